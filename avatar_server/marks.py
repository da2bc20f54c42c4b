"""Frame numbers burnt into pictures, to follow one frame from glass to glass.

A mark is a row of 22 square cells in the top left corner of the Y plane: a white and a black one
to be recognised by, 16 bits of the number, most significant first, and 4 bits of checksum. A cell
is 1/32 of the picture's width, so that the mark outlives scaling and a codec's blur.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar_server.types import ByteArray, VideoFrame

NUMBERS: Final = 1 << 16
_BITS: Final = 16
_CHECK: Final = 4
_CELLS: Final = 2 + _BITS + _CHECK
_WHITE: Final = 235
_BLACK: Final = 16
_LEAST_CONTRAST: Final = 60
SMALLEST_WIDTH: Final = 128


def burn(frame: VideoFrame, number: int) -> None:
    """Write ``number`` (mod 65536) into the frame's own planes, which must be writable YUV.

    Pictures less than 128 wide carry no mark.
    """
    if frame.width < SMALLEST_WIDTH:
        return
    cell = frame.width // 32
    number %= NUMBERS
    bits = [1, 0, *_bits(number, _BITS), *_bits(_checksum(number), _CHECK)]
    luma, u, v = frame.planes
    row = np.repeat(np.where(bits, _WHITE, _BLACK).astype(np.uint8), cell)
    luma[:cell, : row.size] = row
    chroma_rows, chroma_columns = (cell + 1) // 2, (row.size + 1) // 2
    u[:chroma_rows, :chroma_columns] = 128
    v[:chroma_rows, :chroma_columns] = 128


def read(frame: VideoFrame) -> int | None:
    """The number burnt into a YUV frame, or None where there is none to be read safely."""
    if frame.width < SMALLEST_WIDTH or frame.is_rgb:
        return None
    cell = frame.width // 32
    inner = slice(cell // 4, cell - cell // 4)
    cells: ByteArray = frame.planes[0][inner, : _CELLS * cell].reshape(-1, _CELLS, cell)
    levels = cells[:, :, inner].mean(axis=(0, 2))
    if levels[0] - levels[1] < _LEAST_CONTRAST:
        return None
    bits = levels > (levels[0] + levels[1]) / 2
    number = _number(bits[2 : 2 + _BITS])
    return number if _number(bits[2 + _BITS :]) == _checksum(number) else None


def _bits(value: int, count: int) -> list[int]:
    return [(value >> (count - 1 - i)) & 1 for i in range(count)]


def _number(bits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _checksum(number: int) -> int:
    """CRC-4 of 16 bits (ITU-T G.704, 2.3.3.5: x^4 + x + 1), which catches any burst of up to four
    wrong bits."""
    remainder = number << _CHECK
    for shift in range(_BITS - 1, -1, -1):
        if remainder >> (shift + _CHECK) & 1:
            remainder ^= 0b10011 << shift
    return remainder
