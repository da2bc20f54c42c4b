"""EXT_meshopt_compression's index streams (its "Appendix A": modes TRIANGLES and INDICES)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_TRIANGLES_HEADER: Final = 0xE1
_SEQUENCE_HEADER: Final = 0xD1
_TAIL: Final = 16
_EDGES: Final = 16
_VERTICES: Final = 16
_EXPLICIT: Final = 15


class _Stream:
    """Bytes taken one by one, and the differences that are coded in them."""

    def __init__(self, source: bytes, at: int, end: int) -> None:
        self._source = source
        self._at = at
        self._end = end
        self.last = 0

    def byte(self) -> int:
        if self._at >= self._end:
            raise ValueError("it is cut short")
        self._at += 1
        return self._source[self._at - 1]

    def varint(self) -> int:
        """LEB128, at most 5 bytes."""
        value = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFFFFFF
        raise ValueError("a number of more than 5 bytes")

    def index(self) -> int:
        """An index as a zigzag difference from the last one that was written out."""
        value = self.varint()
        self.last = (self.last + ((value >> 1) ^ -(value & 1))) & 0xFFFFFFFF
        return self.last


class _Fifo:
    """The sixteen newest entries."""

    def __init__(self, size: int) -> None:
        self._entries: list[tuple[int, int]] = [(0, 0)] * size
        self._size = size
        self._next = 0

    def push(self, first: int, second: int = 0) -> None:
        self._entries[self._next] = (first, second)
        self._next = (self._next + 1) % self._size

    def newest(self, back: int) -> tuple[int, int]:
        return self._entries[(self._next - 1 - back) % self._size]


def decode_triangles(source: bytes, count: int) -> NDArray[np.int64]:
    """int64 (count,) of a triangle stream. Raises ``ValueError``."""
    if count % 3:
        raise ValueError(f"{count} indices make no whole triangles")
    if len(source) < 1 + count // 3 + _TAIL or source[0] != _TRIANGLES_HEADER:
        raise ValueError("it is no version 1 triangle stream, or cut short")
    decoder = _TriangleDecoder(source, count // 3)
    return np.array([decoder.triangle(code) for code in source[1 : 1 + count // 3]]).reshape(-1)


class _TriangleDecoder:
    """Most triangles share an edge with a recent one; the code byte says with which."""

    def __init__(self, source: bytes, triangles: int) -> None:
        self._common = source[-_TAIL:]
        self._data = _Stream(source, 1 + triangles, len(source) - _TAIL)
        self._edges = _Fifo(_EDGES)
        self._vertices = _Fifo(_VERTICES)
        self._fresh = 0

    def triangle(self, code: int) -> tuple[int, int, int]:
        high, low = code >> 4, code & 15
        if high < _EXPLICIT:
            a, b = self._edges.newest(high)
            c = self._third(low)
            self._edges.push(c, b)
            self._edges.push(a, c)
            return a, b, c
        a, b, c = self._corners(low)
        self._edges.push(b, a)
        self._edges.push(c, b)
        self._edges.push(a, c)
        return a, b, c

    def _new(self) -> int:
        self._fresh += 1
        return self._fresh - 1

    def _third(self, low: int) -> int:
        if low == 0:
            corner = self._new()
        elif low < 13:
            return self._vertices.newest(low)[0]
        elif low < _EXPLICIT:
            self._data.last += 1 if low == 14 else -1
            corner = self._data.last
        else:
            corner = self._data.index()
        self._vertices.push(corner)
        return corner

    def _corners(self, low: int) -> tuple[int, int, int]:
        if low < 14:
            pair = self._common[low]
            explicit = False
        else:
            pair = self._data.byte()
            explicit = True
            if pair == 0:
                self._fresh = 0
        a = self._data.index() if low == _EXPLICIT else self._new()
        b, b_is_new = self._corner(pair >> 4, explicit)
        c, c_is_new = self._corner(pair & 15, explicit)
        self._vertices.push(a)
        if b_is_new:
            self._vertices.push(b)
        if c_is_new:
            self._vertices.push(c)
        return a, b, c

    def _corner(self, code: int, explicit: bool) -> tuple[int, bool]:
        if code == 0:
            return self._new(), True
        if code == _EXPLICIT and explicit:
            return self._data.index(), True
        return self._vertices.newest(code - 1)[0], False


def decode_sequence(source: bytes, count: int) -> NDArray[np.int64]:
    """int64 (count,) of an index sequence: two baselines, told apart by the lowest bit. Raises
    ``ValueError``."""
    if not source or source[0] != _SEQUENCE_HEADER:
        raise ValueError("it is no version 1 index sequence")
    stream = _Stream(source, 1, len(source) - 4)
    last = [0, 0]
    result = np.empty(count, np.int64)
    for i in range(count):
        value = stream.varint()
        baseline, delta = value & 1, value >> 1
        last[baseline] = (last[baseline] + ((delta >> 1) ^ -(delta & 1))) & 0xFFFFFFFF
        result[i] = last[baseline]
    return result
