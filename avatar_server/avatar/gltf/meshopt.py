"""Meshopt-compressed buffer views: their decoding, and the filters over vertices.

Written from the description of the bitstream in the Khronos glTF registry
(``EXT_meshopt_compression`` and ``KHR_meshopt_compression``, appendices on bitstream and filters).
"""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.gltf.container import MAX_FILE_BYTES
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.meshopt_indices import decode_sequence, decode_triangles
from avatar_server.avatar.gltf.meshopt_vertices import decode_vertices
from avatar_server.types import ByteArray


def decode_view(view: JsonObject, source: ByteArray) -> ByteArray:
    """The bytes that the compressed ``source`` of a buffer view stands for.

    Raises ``AvatarFileError`` for data that is broken or of a later version.
    """
    count, stride = view.integer("count"), view.integer("byteStride")
    mode, filter_name = view.text("mode"), view.text("filter", "NONE")
    if count * stride > MAX_FILE_BYTES or count > len(source) * 256:
        raise view.fail(f"{count} elements do not come out of {len(source)} bytes")
    try:
        if mode == "ATTRIBUTES":
            return _filtered(decode_vertices(source, count, stride), filter_name, stride)
        if stride not in (2, 4):
            raise ValueError(f"indices of {stride} bytes")
        decode = {"TRIANGLES": decode_triangles, "INDICES": decode_sequence}.get(mode)
        if decode is None:
            raise ValueError(f"mode {mode[:20]!r} is unknown")
        indices = decode(source.tobytes(), count)
        return indices.astype("<u2" if stride == 2 else "<u4").view(np.uint8)
    except ValueError as error:
        raise view.fail(f"its meshopt data cannot be read: {error}") from None


def _filtered(content: ByteArray, name: str, stride: int) -> ByteArray:
    if name == "NONE":
        return content
    if name == "OCTAHEDRAL" and stride in (4, 8):
        return _unfold_octahedron(content, "<i1" if stride == 4 else "<i2")
    if name == "EXPONENTIAL":
        return _from_exponents(content)
    if name == "COLOR" and stride in (4, 8):
        return _from_ycocg(content, "u1" if stride == 4 else "u2")
    raise ValueError(f"the filter {name[:20]!r} over {stride} bytes is not one of vertices")


def _unfold_octahedron(content: ByteArray, component: str) -> ByteArray:
    """Unit vectors, as normalized integers, from points on an octahedron that is folded flat; the
    third component says what 1 is, the fourth stays."""
    packed = content.view(component).reshape(-1, 4)
    largest = np.iinfo(packed.dtype).max
    one = np.maximum(np.abs(packed[:, 2:3].astype(np.float64)), 1.0)
    xy = packed[:, :2] / one
    z = 1.0 - np.abs(xy).sum(axis=1, keepdims=True)
    xy -= np.copysign(np.maximum(-z, 0.0), xy)
    vectors = np.hstack([xy, z])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    result = packed.copy()
    result[:, :3] = np.rint(vectors * largest).astype(packed.dtype)
    return result.reshape(-1).view(np.uint8)


def _from_exponents(content: ByteArray) -> ByteArray:
    """Floats from a signed 24-bit mantissa and a signed 8-bit exponent each."""
    packed = content.view("<i4")
    mantissa = ((packed << 8) >> 8).astype(np.float64)
    with np.errstate(over="ignore"):
        values: ByteArray = np.ldexp(mantissa, packed >> 24).astype("<f4").view(np.uint8)
    return values


def _from_ycocg(content: ByteArray, component: str) -> ByteArray:
    """RGBA from luma and chroma; the highest bit of alpha says how many bits are used."""
    packed = content.view(f"<{component}").reshape(-1, 4)
    largest = np.iinfo(packed.dtype).max
    y, alpha = packed[:, 0].astype(np.int64), packed[:, 3].astype(np.int64)
    co, cg = packed.view(f"<i{component[1]}")[:, 1:3].astype(np.int64).T
    bits = np.frexp(alpha.astype(np.float64))[1]
    used = (np.int64(1) << bits) - 1
    alpha = alpha & (used >> 1)
    alpha = (alpha << 1) | (alpha & 1)
    wide = np.stack([y + co - cg, y + cg, y - co - cg, alpha], axis=1)
    scaled = np.rint(wide * (largest / np.maximum(used, 1))[:, None])
    result: ByteArray = np.clip(scaled, 0, largest).astype(packed.dtype).reshape(-1).view(np.uint8)
    return result
