"""Buffers and buffer views: the binary chunk, data URIs and files beside the model."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

import numpy as np

from avatar_server.avatar.gltf.container import (
    MAX_FILE_BYTES,
    GltfFile,
    read_document,
    read_limited,
)
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.meshopt import decode_view
from avatar_server.errors import AvatarFileError
from avatar_server.types import ByteArray

_MESHOPT: Final = ("EXT_meshopt_compression", "KHR_meshopt_compression")


class BufferViews:
    """The buffer views of a file as bytes, each buffer read and each view decoded only once."""

    def __init__(self, file: GltfFile) -> None:
        self._file = file
        self._buffers = file.json.objects("buffers")
        self._views = file.json.objects("bufferViews")
        self._read: dict[int, ByteArray] = {}
        self._decoded: dict[int, ByteArray] = {}

    @property
    def count(self) -> int:
        return len(self._views)

    def stride(self, index: int) -> int:
        """Bytes from one element to the next, 0 if they are packed."""
        view = self._views[index]
        for name in _MESHOPT:
            compressed = view.object("extensions").object(name)
            if compressed:
                return compressed.integer("byteStride")
        return view.integer("byteStride")

    def content(self, index: int) -> ByteArray:
        """The bytes of a view, uint8 (n,), meshopt compression undone."""
        if index not in self._decoded:
            view = self._views[index]
            extensions = view.object("extensions")
            compressed = next((extensions.object(n) for n in _MESHOPT if n in extensions), None)
            self._decoded[index] = (
                self._slice(view)
                if compressed is None
                else decode_view(compressed, self._slice(compressed))
            )
        return self._decoded[index]

    def _slice(self, view: JsonObject) -> ByteArray:
        buffer = view.index("buffer", len(self._buffers))
        if buffer is None:
            raise view.fail("names no buffer")
        whole = self._buffer(buffer)
        start, length = view.integer("byteOffset"), view.integer("byteLength")
        if start + length > len(whole):
            raise view.fail(
                f"bytes {start} to {start + length} lie outside buffer {buffer} "
                f"of {len(whole)} bytes"
            )
        return whole[start : start + length]

    def _buffer(self, index: int) -> ByteArray:
        if index not in self._read:
            content = self._buffer_content(index)
            declared = self._buffers[index].integer("byteLength")
            if declared > len(content):
                raise self._buffers[index].fail(
                    f"says {declared} bytes but has {len(content)}: the file is cut short"
                )
            self._read[index] = np.frombuffer(content, np.uint8)
        return self._read[index]

    def _buffer_content(self, index: int) -> bytes:
        uri = self._buffers[index].text("uri")
        if uri:
            return read_uri(uri, self._file.folder, self._buffers[index].where)
        if index == 0:
            return self._file.binary
        raise self._buffers[index].fail("has no data: neither a URI nor the binary chunk")


def files_beside(path: Path) -> tuple[Path, ...]:
    """The files that the model at ``path`` takes its buffers and images from, relative to its
    folder. Raises ``AvatarFileError`` for one outside of it."""
    document = read_document(path)
    uris = {
        entry.text("uri"): entry.where
        for kind in ("buffers", "images")
        for entry in document.objects(kind)
    }
    folder = path.parent.resolve()
    return tuple(
        _beside(uri, folder, where).relative_to(folder)
        for uri, where in uris.items()
        if uri and not _is_data(uri)
    )


def read_uri(uri: str, folder: Path, where: str) -> bytes:
    """The bytes behind a data URI or a path relative to ``folder``, never outside of it."""
    if _is_data(uri):
        return _read_data_uri(uri, where)
    path = _beside(uri, folder, where)
    try:
        return read_limited(path)
    except AvatarFileError as error:
        raise AvatarFileError(f"{where}: {uri[:60]!r}: {error}") from None


def _is_data(uri: str) -> bool:
    return uri[:5].lower() == "data:"


def _beside(uri: str, folder: Path, where: str) -> Path:
    name = unquote(uri)
    if ":" in name.split("/")[0] or "\0" in name:
        raise AvatarFileError(f"{where}: the address {uri[:60]!r} is not beside the model")
    path = (folder / name.replace("\\", "/")).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise AvatarFileError(f"{where}: the path {uri[:60]!r} leads out of the model's folder")
    return path


def _read_data_uri(uri: str, where: str) -> bytes:
    head, comma, body = uri.partition(",")
    if not comma:
        raise AvatarFileError(f"{where}: a data URI without data")
    if len(body) > MAX_FILE_BYTES:
        raise AvatarFileError(f"{where}: a data URI of {len(body)} characters is too long")
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(unquote(body) + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        raise AvatarFileError(f"{where}: a data URI whose base64 is broken") from None
