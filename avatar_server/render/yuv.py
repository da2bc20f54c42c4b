"""RGB to YUV 4:2:0 as video codecs carry it: ITU-R BT.601-7, limited range, and the packing in
which the GPU hands the three planes over in one read-back."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_server.types import ByteArray, FloatArray

Planes = tuple[ByteArray, ByteArray, ByteArray]
"""Y (h, w), U and V (ceil(h/2), ceil(w/2))."""

RGB_TO_YUV: FloatArray = np.array(
    [
        [65.481, 128.553, 24.966],
        [-37.797, -74.203, 112.0],
        [112.0, -93.786, -18.214],
    ],
    np.float32,
)
"""Rows Y, U, V of RGB in [0, 1], in 8-bit steps (BT.601-7, 2.5.1 to 2.5.4)."""

YUV_OFFSET: FloatArray = np.array([16.0, 128.0, 128.0], np.float32)


def chroma_size(width: int, height: int) -> tuple[int, int]:
    return (width + 1) // 2, (height + 1) // 2


def packed_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the one-channel picture that holds Y above U and V side by side."""
    chroma_width, chroma_height = chroma_size(width, height)
    return 2 * chroma_width, height + chroma_height


def unpack(packed: ByteArray, width: int, height: int) -> Planes:
    """The planes Y, U and V as views of a packed picture."""
    chroma_width, _ = chroma_size(width, height)
    return (
        packed[:height, :width],
        packed[height:, :chroma_width],
        packed[height:, chroma_width:],
    )


def yuv_of_color(rgb: tuple[float, float, float]) -> tuple[int, int, int]:
    """One sRGB colour in [0, 1] as 8-bit Y, U and V."""
    y, u, v = np.rint(RGB_TO_YUV @ np.asarray(rgb, np.float32) + YUV_OFFSET).astype(int)
    return int(y), int(u), int(v)


def limited_luma(picture: ByteArray) -> ByteArray:
    """Y of a uint8 picture (h, w, 4): uint8 (h, w), contiguous."""
    height, width = picture.shape[:2]
    luma = cv2.cvtColor(_even(picture), cv2.COLOR_RGBA2YUV_I420)[:height, :width]
    return np.ascontiguousarray(luma, np.uint8)


def limited_chroma(picture: ByteArray) -> tuple[ByteArray, ByteArray]:
    """U and V of a uint8 picture (h, w, 4), averaged over two by two pixels."""
    even = _even(picture)
    size = (even.shape[1] // 2, even.shape[0] // 2)
    # OpenCV's own YUV 4:2:0 takes one pixel of four, which leaves stairs in the colours.
    small = cv2.resize(even, size, interpolation=cv2.INTER_AREA)
    chroma = cv2.LUT(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb), _LIMITED_CHROMA)
    u, v = cv2.extractChannel(chroma, 2), cv2.extractChannel(chroma, 1)
    return np.asarray(u, np.uint8), np.asarray(v, np.uint8)


def yuv_planes(picture: ByteArray) -> Planes:
    """Y, U and V of a uint8 picture (h, w, 4)."""
    return limited_luma(picture), *limited_chroma(picture)


_LIMITED_CHROMA = np.rint((np.arange(256) - 128) * (224 / 255) + 128).astype(np.uint8)
"""Chroma of full range (JPEG) to limited range."""


def _even(picture: ByteArray) -> ByteArray:
    height, width = picture.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
