"""Pixels of a region, straight from the planes of a frame.

A frame as WebRTC codecs carry it is YUV 4:2:0. Converting all of it to RGB for the sake of a
256x256 crop costs more than the crop, so each plane is warped once and only the crop is converted.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_server.face.regions import Region
from avatar_server.types import ByteArray, VideoFrame

# R'G'B' = matrix @ (Y', Cb, Cr, 1) for 8-bit values, ITU-R BT.601-7 sections 2.5.1 to 2.5.3.
_KR, _KB = 0.299, 0.114


def _yuv_to_rgb(full_range: bool) -> NDArray[np.float64]:
    luma, chroma, black = (1.0, 1.0, 0.0) if full_range else (255 / 219, 255 / 224, 16.0)
    kg = 1 - _KR - _KB
    weights = np.array(
        [
            [luma, 0.0, 2 * (1 - _KR) * chroma],
            [luma, -2 * _KB * (1 - _KB) / kg * chroma, -2 * _KR * (1 - _KR) / kg * chroma],
            [luma, 2 * (1 - _KB) * chroma, 0.0],
        ]
    )
    offset = -weights @ np.array([black, 128.0, 128.0])
    return np.column_stack([weights, offset])


YUV_TO_RGB = {full_range: _yuv_to_rgb(full_range) for full_range in (False, True)}
"""By whether the frame has full range: float64 (3, 4), R'G'B' of 8-bit (Y', Cb, Cr, 1)."""


def sample(frame: VideoFrame, region: Region, size: int, *, black_outside: bool) -> ByteArray:
    """The region as uint8 RGB (size, size, 3), sampled bilinearly.

    What lies outside the frame is black, or repeats the frame's edge.
    """
    border = cv2.BORDER_CONSTANT if black_outside else cv2.BORDER_REPLICATE
    to_frame = region.sampling(size)
    if frame.is_rgb:
        return _warp(frame.planes[0], to_frame, size, border, 0)
    # Chroma sample i sits between luma samples 2i and 2i+1: index = (luma index + 0.5) / 2 - 0.5.
    to_chroma = to_frame / 2 - np.array([[0.0, 0.0, 0.25]])
    luma, blue, red = frame.planes
    crop = cv2.merge(
        (
            _warp(luma, to_frame, size, border, 0 if frame.full_range else 16),
            _warp(blue, to_chroma, size, border, 128),
            _warp(red, to_chroma, size, border, 128),
        )
    )
    return np.asarray(cv2.transform(crop, YUV_TO_RGB[frame.full_range]), dtype=np.uint8)


def to_rgb(frame: VideoFrame) -> ByteArray:
    """The whole frame as contiguous uint8 RGB (h, w, 3)."""
    if frame.is_rgb:
        return np.ascontiguousarray(frame.planes[0])
    luma, blue, red = frame.planes
    chroma = [
        cv2.resize(plane, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)[
            : frame.height, : frame.width
        ]
        for plane in (blue, red)
    ]
    picture = cv2.transform(cv2.merge((luma, *chroma)), YUV_TO_RGB[frame.full_range])
    return np.asarray(picture, dtype=np.uint8)


def _warp(
    plane: ByteArray, to_plane: NDArray[np.float64], size: int, border: int, outside: int
) -> ByteArray:
    warped = cv2.warpAffine(
        plane,
        to_plane,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
        borderValue=(outside, outside, outside),
    )
    return np.asarray(warped, dtype=np.uint8)
