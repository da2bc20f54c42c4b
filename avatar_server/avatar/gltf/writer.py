"""Writes binary glTF 2.0: the buffer, its views and accessors, and the container."""

from __future__ import annotations

import io
import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatar_server.types import ByteArray

_COMPONENT_OF: Final = {"u1": 5121, "u2": 5123, "u4": 5125, "f4": 5126}
_TYPE_OF: Final = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_ARRAY_BUFFER: Final = 34962
_ELEMENT_ARRAY_BUFFER: Final = 34963

JsonDict = dict[str, Any]


class GlbWriter:
    """Collects data and JSON; ``document`` is free for its user to fill."""

    def __init__(self, generator: str) -> None:
        self.document: JsonDict = {"asset": {"version": "2.0", "generator": generator}}
        self._chunks: list[bytes] = []
        self._length = 0

    def add(self, collection: str, entry: JsonDict) -> int:
        """Appends to a top-level array and tells the index."""
        entries = self.document.setdefault(collection, [])
        entries.append(entry)
        return len(entries) - 1

    def uses(self, extension: str) -> None:
        used = self.document.setdefault("extensionsUsed", [])
        if extension not in used:
            used.append(extension)

    def accessor(
        self, values: NDArray[Any], *, bounds: bool = False, target: int | None = _ARRAY_BUFFER
    ) -> int:
        """An accessor over (count, width) values; ``bounds`` writes min and max."""
        entry = self._shape(values)
        entry["bufferView"] = self.view(np.ascontiguousarray(values).tobytes(), target)
        if bounds:
            entry |= _bounds(values)
        return self.add("accessors", entry)

    def indices(self, values: NDArray[np.int64], vertices: int) -> int:
        """An accessor of triangle corners, 16 bits wide where they fit."""
        dtype = "<u2" if vertices < 65535 else "<u4"
        return self.accessor(values.astype(dtype).reshape(-1, 1), target=_ELEMENT_ARRAY_BUFFER)

    def sparse_accessor(
        self, rows: NDArray[np.int32], values: NDArray[np.float32], count: int, *, bounds: bool
    ) -> int:
        """An accessor of ``count`` rows that is zero but for ``rows``, float32 (K, 3)."""
        entry = self._shape(np.empty((count, 3), np.float32))
        if bounds:
            rest = np.zeros((1 if len(rows) < count else 0, 3), np.float32)
            entry |= _bounds(np.concatenate([values, rest]))
        if len(rows):
            index_type = "<u2" if count <= 65536 else "<u4"
            entry["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": self.view(rows.astype(index_type).tobytes(), None),
                    "componentType": _COMPONENT_OF[index_type[1:]],
                },
                "values": {"bufferView": self.view(values.astype("<f4").tobytes(), None)},
            }
        return self.add("accessors", entry)

    def view(self, content: bytes, target: int | None) -> int:
        """A buffer view over ``content``, aligned to four bytes."""
        entry: JsonDict = {"buffer": 0, "byteOffset": self._length, "byteLength": len(content)}
        if target is not None:
            entry["target"] = target
        padded = content + bytes(-len(content) % 4)
        self._chunks.append(padded)
        self._length += len(padded)
        return self.add("bufferViews", entry)

    def image(self, pixels: ByteArray) -> int:
        """A PNG of uint8 (h, w, 4), without its alpha where that is all opaque."""
        opaque = bool(np.all(pixels[..., 3] == 255))
        picture = Image.fromarray(np.ascontiguousarray(pixels[..., :3]) if opaque else pixels)
        content = io.BytesIO()
        picture.save(content, "PNG", compress_level=6)
        return self.add(
            "images",
            {"bufferView": self.view(content.getvalue(), None), "mimeType": "image/png"},
        )

    def bytes(self) -> bytes:
        """The whole file."""
        if self._length:
            self.document["buffers"] = [{"byteLength": self._length}]
        text = json.dumps(self.document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        encoded = text.encode()
        encoded += b" " * (-len(encoded) % 4)
        chunks = [struct.pack("<I4s", len(encoded), b"JSON") + encoded]
        if self._length:
            chunks.append(struct.pack("<I4s", self._length, b"BIN\0") + b"".join(self._chunks))
        length = 12 + sum(map(len, chunks))
        return struct.pack("<4sII", b"glTF", 2, length) + b"".join(chunks)

    def _shape(self, values: NDArray[Any]) -> JsonDict:
        return {
            "componentType": _COMPONENT_OF[values.dtype.str[1:]],
            "count": len(values),
            "type": _TYPE_OF[values.shape[1]],
        }


def _bounds(values: NDArray[Any]) -> JsonDict:
    return {
        "min": [float(v) for v in values.min(axis=0)],
        "max": [float(v) for v in values.max(axis=0)],
    }
