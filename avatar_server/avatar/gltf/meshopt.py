"""EXT_meshopt_compression: vertices, triangles and index sequences, and the vertex filters.

Written from the extension's own description of the bitstream (Khronos glTF registry,
``EXT_meshopt_compression``, "Appendix A: Bitstream" and "Appendix B: Filters").
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar_server.avatar.gltf.container import MAX_FILE_BYTES
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.meshopt_indices import decode_sequence, decode_triangles
from avatar_server.types import ByteArray

_GROUP: Final = 16
_VERTEX_HEADER: Final = 0xA0
_SHIFTS: Final = {
    1: np.array([6, 4, 2, 0], np.uint8),
    2: np.array([4, 0], np.uint8),
}


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


def decode_vertices(source: ByteArray, count: int, stride: int) -> ByteArray:
    """uint8 (count * stride,) of an attribute stream, version 0.

    Vertices come in blocks; in a block each byte of the vertex is a row of zigzag deltas, packed
    by groups of 16. Raises ``ValueError``.
    """
    if not 4 <= stride <= 256 or stride % 4:
        raise ValueError(f"a vertex of {stride} bytes")
    if not len(source) or source[0] != _VERTEX_HEADER:
        raise ValueError("it does not begin as version 0 of a vertex stream does")
    if len(source) < 1 + max(stride, 32):
        raise ValueError("it is cut short")
    block_size = min((8192 // stride) & ~(_GROUP - 1), 256)
    last = source[len(source) - stride :].copy()
    stream = source[: len(source) - max(stride, 32)]
    result = np.empty((count, stride), np.uint8)
    at = 1
    for start in range(0, count, block_size):
        size = min(block_size, count - start)
        deltas = np.empty((stride, size), np.uint8)
        for byte in range(stride):
            deltas[byte], at = _byte_row(stream, at, size)
        # Zigzag: the lowest bit is the sign.
        plain = (deltas >> 1) ^ (np.uint8(0) - (deltas & 1))
        block = np.cumsum(plain, axis=1, dtype=np.uint8) + last[:, None]
        result[start : start + size] = block.T
        last = block[:, -1]
    return result.ravel()


def _byte_row(stream: ByteArray, at: int, size: int) -> tuple[ByteArray, int]:
    """One row of deltas of a block, and where the next begins."""
    groups = -(-size // _GROUP)
    header = stream[at : at + -(-groups // 4)]
    if len(header) * 4 < groups:
        raise ValueError("it is cut short")
    at += len(header)
    row = np.zeros(groups * _GROUP, np.uint8)
    for group in range(groups):
        mode = (int(header[group >> 2]) >> ((group & 3) * 2)) & 3
        if mode == 0:
            continue
        values, at = _group(stream, at, mode)
        row[group * _GROUP : (group + 1) * _GROUP] = values
    return row[:size], at


def _group(stream: ByteArray, at: int, mode: int) -> tuple[ByteArray, int]:
    """Sixteen deltas of 2, 4 or 8 bits; the largest value of a short one means that the delta
    follows as a whole byte."""
    size = {1: 4, 2: 8, 3: 16}[mode]
    packed = stream[at : at + size]
    if len(packed) < size:
        raise ValueError("it is cut short")
    at += size
    if mode == 3:
        return packed, at
    escape = (1 << (2 * mode)) - 1
    values = ((packed[:, None] >> _SHIFTS[mode]) & np.uint8(escape)).ravel()
    escaped = np.flatnonzero(values == escape)
    literals = stream[at : at + len(escaped)]
    if len(literals) < len(escaped):
        raise ValueError("it is cut short")
    values[escaped] = literals
    return values, at + len(escaped)


def _filtered(content: ByteArray, name: str, stride: int) -> ByteArray:
    if name == "NONE":
        return content
    if name == "OCTAHEDRAL" and stride in (4, 8):
        return _unfold_octahedron(content, "<i1" if stride == 4 else "<i2")
    if name == "EXPONENTIAL":
        return _from_exponents(content)
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
    values: ByteArray = np.ldexp(mantissa, packed >> 24).astype("<f4").view(np.uint8)
    return values
