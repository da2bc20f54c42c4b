"""The memory that pictures of one size are drawn in, and what is done to them there."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.raster.scene import LANES
from avatar_server.render.yuv import Planes, chroma_size
from avatar_server.types import ByteArray


class SmoothingStruct(ctypes.Structure):
    """``Smoothing`` of picture.h."""

    _fields_ = (
        ("share", ctypes.c_void_p),
        ("source", ctypes.c_void_p),
        ("touched", ctypes.c_void_p),
        ("mixed", ctypes.c_void_p),
        ("row", ctypes.c_void_p),
        ("before", ctypes.c_void_p),
        ("either", ctypes.c_void_p),
        ("begun", ctypes.c_void_p),
        ("count", ctypes.c_int32),
    )


class Canvas:
    """Pixels uint8 (h, w, 4) with premultiplied alpha; per pixel the depth and the triangle in
    front."""

    def __init__(self, library: ctypes.CDLL, width: int, height: int) -> None:
        self._library = library
        self.width, self.height = width, height
        # Rows are drawn in whole groups of lanes, the last of which may reach past the picture.
        self.stride = width + LANES
        self.depth = np.empty((height, self.stride), np.float32)
        self.seen = np.empty((height, self.stride), np.int32)
        self.pixels = np.empty((height, width, 4), np.uint8)
        self._luma = np.empty((height, width), np.uint8)
        count = width * height
        self._kept: dict[str, NDArray[np.generic]] = {
            "share": np.zeros(count, np.float32),
            "source": np.empty(count, np.int32),
            "touched": np.empty(count, np.int32),
            "mixed": np.empty(count * 4, np.uint8),
            **{name: np.zeros(width + LANES, np.uint8) for name in ("row", "before", "either")},
            "begun": np.zeros(width, np.int32),
        }
        self._smoothing = SmoothingStruct(
            **{name: array.ctypes.data for name, array in self._kept.items()}
        )

    def release(self) -> None:
        """Nothing of it is outside Python's memory."""

    def planes(self) -> Planes:
        """Y, U and V of the pixels, Y with smooth edges."""
        across, down = chroma_size(self.width, self.height)
        luma = np.empty((self.height, self.width), np.uint8)
        u, v = np.empty((down, across), np.uint8), np.empty((down, across), np.uint8)
        self._convert(luma, u, v)
        self._smooth(luma, luma, 1)
        return luma, u, v

    def picture(self) -> ByteArray:
        """A copy of the pixels with smooth edges."""
        picture = self.pixels.copy()
        across, down = chroma_size(self.width, self.height)
        unused = np.empty((2, down, across), np.uint8)
        self._convert(self._luma, unused[0], unused[1])
        alpha = picture[..., 3]
        if alpha.min() < 255:  # dark on transparent is an edge too
            self._luma[:] = self._luma // 2 + alpha // 3
        self._smooth(self._luma, picture, 4)
        return picture

    def _convert(self, luma: ByteArray, u: ByteArray, v: ByteArray) -> None:
        self._library.avatar_planes(
            ctypes.c_void_p(self.pixels.ctypes.data),
            *(ctypes.c_void_p(plane.ctypes.data) for plane in (luma, u, v)),
            self.width,
            self.height,
        )

    def _smooth(self, seen: ByteArray, pixels: ByteArray, channels: int) -> None:
        self._library.avatar_smooth(
            ctypes.byref(self._smoothing),
            ctypes.c_void_p(seen.ctypes.data),
            ctypes.c_void_p(pixels.ctypes.data),
            self.width,
            self.height,
            channels,
        )
