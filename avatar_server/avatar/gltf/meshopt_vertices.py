"""Vertex streams of meshopt compression (mode ATTRIBUTES): version 0 of EXT_meshopt_compression
and version 1 of KHR_meshopt_compression."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.types import ByteArray

_GROUP: Final = 16
_HEADERS: Final = {0xA0: 0, 0xA1: 1}
_TAIL_LEAST: Final = (32, 24)
_BITS: Final = ((0, 2, 4, 8), (0, 1, 2, 4), (1, 2, 4, 8))
"""Bits of a delta by the two header bits of its group: version 0, and version 1 by the control
mode of its row."""
_ROW_IS_ZERO: Final = 2
_ROW_IS_PLAIN: Final = 3
_SHIFTS: Final = {
    1: np.arange(8, dtype=np.uint8),
    2: np.array([6, 4, 2, 0], np.uint8),
    4: np.array([4, 0], np.uint8),
}


def decode_vertices(source: ByteArray, count: int, stride: int) -> ByteArray:
    """uint8 (count * stride,) of a vertex stream. Raises ``ValueError``.

    Vertices come in blocks; in a block each byte of the vertex is a row of deltas, packed by
    groups of 16. The tail of the stream holds what the first deltas are relative to, and in
    version 1 how the deltas of every four bytes are meant.
    """
    if not 4 <= stride <= 256 or stride % 4:
        raise ValueError(f"a vertex of {stride} bytes")
    version = _HEADERS.get(int(source[0]) if len(source) else -1)
    if version is None:
        raise ValueError("it does not begin as a vertex stream does")
    tail = stride + (stride // 4 if version else 0)
    end = len(source) - max(tail, _TAIL_LEAST[version])
    if end < 1:
        raise ValueError("it is cut short")
    last = source[len(source) - tail :][:stride].copy()
    channels = source[len(source) - tail + stride :] if version else np.zeros(stride // 4, np.uint8)
    rows = _Rows(source[:end], version)
    block_size = min((8192 // stride) & ~(_GROUP - 1), 256)
    result = np.empty((count, stride), np.uint8)
    for start in range(0, count, block_size):
        size = min(block_size, count - start)
        deltas = rows.block(stride, size)
        for at in range(0, stride, 4):
            part = slice(at, at + 4)
            result[start : start + size, part] = _undo(
                deltas[part], last[part], int(channels[at // 4])
            )
        last = result[start + size - 1].copy()
    return result.ravel()


class _Rows:
    """Unpacks rows of deltas, one after another."""

    def __init__(self, stream: ByteArray, version: int) -> None:
        self._stream = stream
        self._version = version
        self._at = 1

    def block(self, stride: int, size: int) -> ByteArray:
        """uint8 (stride, size): a row for every byte of a vertex."""
        if not self._version:
            return np.stack([self._row(size, _BITS[0]) for _ in range(stride)])
        control = self._take(stride // 4)
        modes = ((control[:, None] >> np.array([0, 2, 4, 6], np.uint8)) & 3).ravel()
        return np.stack([self._controlled_row(size, int(mode)) for mode in modes])

    def _controlled_row(self, size: int, mode: int) -> ByteArray:
        if mode == _ROW_IS_ZERO:
            return np.zeros(size, np.uint8)
        if mode == _ROW_IS_PLAIN:
            return self._take(size)
        return self._row(size, _BITS[1 + mode])

    def _row(self, size: int, bits_of_mode: tuple[int, ...]) -> ByteArray:
        groups = -(-size // _GROUP)
        header = self._take(-(-groups // 4))
        row = np.zeros(groups * _GROUP, np.uint8)
        for group in range(groups):
            bits = bits_of_mode[(int(header[group >> 2]) >> ((group & 3) * 2)) & 3]
            if bits:
                row[group * _GROUP : (group + 1) * _GROUP] = self._group(bits)
        return row[:size]

    def _group(self, bits: int) -> ByteArray:
        """Sixteen deltas; the largest value of a short one means that a whole byte follows."""
        packed = self._take(_GROUP * bits // 8)
        if bits == 8:
            return packed
        escape = (1 << bits) - 1
        values = ((packed[:, None] >> _SHIFTS[bits]) & np.uint8(escape)).ravel()
        escaped = np.flatnonzero(values == escape)
        values[escaped] = self._take(len(escaped))
        return values

    def _take(self, size: int) -> ByteArray:
        if self._at + size > len(self._stream):
            raise ValueError("it is cut short")
        self._at += size
        return self._stream[self._at - size : self._at]


def _undo(deltas: ByteArray, last: ByteArray, channel: int) -> ByteArray:
    """uint8 (size, 4): the values of four rows of ``deltas`` (4, size) after ``last`` (4,)."""
    kind = channel & 3
    if kind == 0:
        return _summed(deltas.T, last)
    packed = np.ascontiguousarray(deltas.T)
    if kind == 1:
        sums: ByteArray = _summed(packed.view("<u2"), last.view("<u2")).view(np.uint8)
        return sums
    if kind == 2:
        words = packed.view("<u4")[:, 0].astype(np.uint64)
        turn = np.uint64(channel >> 4)
        turned = ((words >> turn) | (words << (np.uint64(32) - turn))).astype("<u4")
        values = np.bitwise_xor.accumulate(turned) ^ last.view("<u4")[0]
        xored: ByteArray = values.astype("<u4").view(np.uint8).reshape(-1, 4)
        return xored
    raise ValueError(f"deltas of the unknown kind {kind}")


def _summed(deltas: NDArray[Any], last: NDArray[Any]) -> NDArray[Any]:
    """Running sums, modulo the type's range, of zigzag deltas: the lowest bit is the sign."""
    one = deltas.dtype.type(1)
    plain = (deltas >> one) ^ (deltas.dtype.type(0) - (deltas & one))
    sums: NDArray[Any] = np.cumsum(plain, axis=0, dtype=deltas.dtype) + last
    return sums
