"""RGB to YUV 4:2:0 as video codecs carry it: ITU-R BT.601-7, limited range, and the packing in
which the GPU hands the three planes over in one read-back."""

from __future__ import annotations

import numpy as np

from avatar_server.types import ByteArray, FloatArray

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


def unpack(packed: ByteArray, width: int, height: int) -> tuple[ByteArray, ByteArray, ByteArray]:
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


def yuv_planes(picture: ByteArray) -> tuple[ByteArray, ByteArray, ByteArray]:
    """Y, U and V of a uint8 picture (h, w, 3 or 4), chroma averaged over two by two pixels."""
    height, width = picture.shape[:2]
    even = np.pad(picture[..., :3], ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    rgb = even.astype(np.float32) / 255
    y = rgb[:height, :width] @ RGB_TO_YUV[0] + YUV_OFFSET[0]
    small = (rgb[0::2, 0::2] + rgb[1::2, 0::2] + rgb[0::2, 1::2] + rgb[1::2, 1::2]) / 4
    u, v = (small @ RGB_TO_YUV[row] + YUV_OFFSET[row] for row in (1, 2))
    return tuple(np.rint(plane).astype(np.uint8) for plane in (y, u, v))
