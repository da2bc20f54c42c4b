"""Accessors: typed arrays over buffer views (glTF 2.0, 3.6.2), sparse and quantized ones too."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.buffers import BufferViews
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.types import FloatArray

MAX_ELEMENTS: Final = 4_000_000
_COMPONENTS: Final[dict[int, np.dtype[Any]]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Accessors:
    """Reads the accessors of a file, checked against the size of what they stand on."""

    def __init__(self, accessors: list[JsonObject], views: BufferViews) -> None:
        self._accessors = accessors
        self._views = views
        self._provided: dict[int, NDArray[Any]] = {}

    @property
    def views(self) -> BufferViews:
        return self._views

    @property
    def count(self) -> int:
        return len(self._accessors)

    def name(self, index: int) -> str:
        return self._accessors[index].leniently().text("name")

    def is_stored(self, index: int) -> bool:
        """Whether the file holds the accessor's elements as they are."""
        return "bufferView" in self._accessors[index]

    def provide(self, index: int, values: NDArray[Any]) -> None:
        """Makes ``values`` (count, width) the accessor's elements, as compression of whole
        primitives has them elsewhere."""
        count = self._accessors[index].integer("count")
        if len(values) != count:
            raise self._accessors[index].fail(f"{len(values)} elements decoded, {count} declared")
        self._provided[index] = values

    def floats(self, index: int, *widths: int) -> FloatArray:
        """float32 (count, width); normalized integers become [0, 1] or [-1, 1] (3.6.2.2)."""
        values = self._read(index, widths)
        if values.dtype.kind == "f" or not self._accessors[index].flag("normalized"):
            return values.astype(np.float32)
        scaled = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
        result: FloatArray = np.maximum(scaled, -1.0, dtype=np.float32)
        return result

    def integers(self, index: int, *widths: int) -> NDArray[np.int64]:
        """int64 (count, width). Floats, which some exporters write for joints, are rounded."""
        values = self._read(index, widths)
        if values.dtype.kind == "f":
            if not np.all(np.isfinite(values)) or np.any(np.abs(values) > 2**31):
                raise self._accessors[index].fail("holds numbers that are no indices")
            values = np.rint(values)
        return values.astype(np.int64)

    def _read(self, index: int, widths: tuple[int, ...]) -> NDArray[Any]:
        accessor = self._accessors[index]
        component = accessor.integer("componentType")
        if component not in _COMPONENTS:
            raise accessor.fail(f"componentType {component} is unknown")
        kind = accessor.text("type")
        width = _WIDTHS.get(kind)
        if width not in widths:
            raise accessor.fail(f"type {kind[:20]!r} does not fit its use")
        count = accessor.integer("count")
        if count > MAX_ELEMENTS:
            raise accessor.fail(f"{count} elements are more than the {MAX_ELEMENTS} allowed")
        dtype = _COMPONENTS[component]
        if index in self._provided:
            provided = self._provided[index]
            if provided.shape[1] != width:
                raise accessor.fail(f"{provided.shape[1]} components decoded, {width} declared")
            return provided.astype(dtype)
        sparse = accessor.object("sparse")
        view = accessor.index("bufferView", self._views.count)
        if view is None:
            # Without a view all is zero (3.6.2.3), which a file of a few bytes can ask a lot of.
            values: NDArray[Any] = np.zeros((count, width), dtype)
        else:
            offset = accessor.integer("byteOffset")
            values = self._elements(accessor, view, offset, count, width, dtype)
        if sparse:
            self._overlay(sparse, values, dtype)
        return values

    def _elements(
        self,
        where: JsonObject,
        view: int,
        offset: int,
        count: int,
        width: int,
        dtype: np.dtype[Any],
    ) -> NDArray[Any]:
        content = self._views.content(view)
        size = width * dtype.itemsize
        stride = self._views.stride(view) or size
        if count and offset + (count - 1) * stride + size > len(content):
            raise where.fail(
                f"{count} elements from byte {offset} do not fit into the {len(content)} bytes "
                f"of buffer view {view}"
            )
        if not count:
            return np.zeros((0, width), dtype)
        strides = (stride, dtype.itemsize)
        return np.ndarray((count, width), dtype, content.data, offset, strides).copy()

    def _overlay(self, sparse: JsonObject, values: NDArray[Any], dtype: np.dtype[Any]) -> None:
        count = sparse.integer("count")
        if count > len(values):
            raise sparse.fail(f"{count} elements for {len(values)}")
        index_part, value_part = sparse.object("indices"), sparse.object("values")
        component = index_part.integer("componentType")
        if component not in (5121, 5123, 5125):
            raise index_part.fail(f"componentType {component} is not one of indices")
        rows = self._part(index_part, count, 1, _COMPONENTS[component])[:, 0]
        if count and int(rows.max()) >= len(values):
            raise index_part.fail(f"index {int(rows.max())} of {len(values)}")
        values[rows] = self._part(value_part, count, values.shape[1], dtype)

    def _part(self, part: JsonObject, count: int, width: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        view = part.index("bufferView", self._views.count)
        if view is None:
            raise part.fail("names no buffer view")
        return self._elements(part, view, part.integer("byteOffset"), count, width, dtype)
