"""The memory that pictures of one size are drawn in, and what is done to them there."""

from __future__ import annotations

import ctypes

import numpy as np

from avatar_server.native_arrays import ArrayStruct, pointer
from avatar_server.render.background import paint_background
from avatar_server.render.raster.scene import LANES
from avatar_server.render.yuv import Planes, chroma_size
from avatar_server.types import ByteArray


class SmoothingStruct(ArrayStruct):
    """``Smoothing`` of picture.h."""

    _fields_ = (
        ("blends", ctypes.c_void_p),
        ("touched", ctypes.c_void_p),
        ("mixed", ctypes.c_void_p),
        ("row", ctypes.c_void_p),
        ("before", ctypes.c_void_p),
        ("either", ctypes.c_void_p),
        ("begun", ctypes.c_void_p),
        ("count", ctypes.c_int32),
    )


BAND_ROWS = 64
"""Rows that are drawn at a time, an even number."""


class Backdrop:
    """A painted background: ``pixels`` uint8 (h, w, 4)."""

    def __init__(self, background: str, width: int, height: int) -> None:
        self.pixels = np.ascontiguousarray(paint_background(background, width, height))

    def release(self) -> None:
        """Nothing of it is outside Python's memory."""


class Canvas:
    """The planes Y, U and V of a picture; of one band its pixels uint8 (rows, w, 4) with
    premultiplied alpha, the depth and the triangle in front of each."""

    def __init__(self, library: ctypes.CDLL, width: int, height: int) -> None:
        self._library = library
        self.width, self.height = width, height
        # Rows are drawn in whole groups of lanes, the last of which may reach past the picture.
        self.stride = width + LANES
        self.depth = np.empty((BAND_ROWS, self.stride), np.float32)
        self.seen = np.empty((BAND_ROWS, self.stride), np.int32)
        self.pixels = np.empty((BAND_ROWS, width, 4), np.uint8)
        self.planes = self._new_planes()
        count = width * height
        self._smoothing = SmoothingStruct(
            {
                "blends": np.zeros(count, np.uint16),
                "touched": np.empty(count, np.int32),
                "mixed": np.empty(count * 4, np.uint8),
                **{name: np.zeros(width + LANES, np.uint8) for name in ("row", "before", "either")},
                "begun": np.zeros(width, np.int32),
            }
        )

    def release(self) -> None:
        """Nothing of it is outside Python's memory."""

    def smooth_planes(self) -> Planes:
        """The planes of the last picture, Y with smooth edges. The next has planes of its own."""
        planes, self.planes = self.planes, self._new_planes()
        self._smooth(planes[0], planes[0], 1)
        return planes

    def smooth(self, picture: ByteArray) -> None:
        """Smooths the edges of the picture uint8 (h, w, 4) that was drawn last, in place."""
        luma, alpha = self.planes[0], picture[..., 3]
        if alpha.min() < 255:  # dark on transparent is an edge too
            luma[:] = luma // 2 + alpha // 3
        self._smooth(luma, picture, 4)

    def _new_planes(self) -> Planes:
        across, down = chroma_size(self.width, self.height)
        return (
            np.empty((self.height, self.width), np.uint8),
            np.empty((down, across), np.uint8),
            np.empty((down, across), np.uint8),
        )

    def _smooth(self, seen: ByteArray, pixels: ByteArray, channels: int) -> None:
        self._library.avatar_smooth(
            ctypes.byref(self._smoothing),
            pointer(seen, np.uint8),
            pointer(pixels, np.uint8),
            self.width,
            self.height,
            channels,
        )
