"""The region of interest as the landmark network takes it: done by crop.c, or by OpenCV where that
is not compiled."""

from __future__ import annotations

import ctypes

import numpy as np

from avatar_server import native
from avatar_server.face.regions import Region
from avatar_server.face.sampling import YUV_TO_RGB, sample
from avatar_server.native_arrays import pointer
from avatar_server.types import FloatArray, VideoFrame

_MOST_SIDE = 256
_LEAST_FRAME = 3
"""Of a smaller frame the chroma planes have no neighbours to mix."""
_COLORS = {
    full_range: (matrix / 255).astype(np.float32) for full_range, matrix in YUV_TO_RGB.items()
}


class _Plane(ctypes.Structure):
    """``Plane`` of crop.c."""

    _fields_ = (
        ("samples", ctypes.c_void_p),
        ("stride", ctypes.c_int64),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
    )


def write_crop(frame: VideoFrame, region: Region, into: FloatArray) -> None:
    """Writes the region as RGB of 0 to 1 to ``into`` float32 (size, size, 3), sampled bilinearly.

    What lies outside the frame repeats the frame's edge.
    """
    size = len(into)
    library = native.load()
    small = min(frame.width, frame.height) < _LEAST_FRAME or size > _MOST_SIDE or size % 2
    if library is None or frame.is_rgb or small:
        crop = sample(frame, region, size, black_outside=False)
        np.multiply(crop, np.float32(1 / 255), out=into)
        return
    planes = (_Plane * 3)(
        *(
            _Plane(plane.ctypes.data, plane.strides[0], plane.shape[1], plane.shape[0])
            for plane in frame.planes
        )
    )
    library.avatar_crop(
        planes,
        pointer(region.sampling(size).astype(np.float32)),
        pointer(_COLORS[frame.full_range]),
        ctypes.c_int(size),
        pointer(into),
    )
