"""Between PyAV's video frames and ours, without copying a picture that is already YUV 4:2:0."""

from __future__ import annotations

import av
import numpy as np

from avatar_server.types import ByteArray, FrameTimes, VideoFrame

_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_OURS = {"yuv420p": False, "yuvj420p": True}


def from_av(frame: av.VideoFrame, times: FrameTimes) -> VideoFrame:
    """Views of the frame's three planes, Y (h, w), U and V (ceil(h/2), ceil(w/2)), uint8.

    Other pixel formats are converted to YUV 4:2:0 first. A picture that its file says to turn
    (phones write portrait so) is turned, to the nearest right angle.
    """
    if frame.format.name not in _OURS:
        frame = frame.reformat(format="yuv420p")
    full_range = _OURS[frame.format.name] or int(frame.color_range) == _FULL_RANGE
    planes = tuple(_view(plane) for plane in frame.planes[:3])
    turns = round(getattr(frame, "rotation", 0) / 90) % 4
    if turns:
        planes = tuple(np.ascontiguousarray(np.rot90(plane, turns)) for plane in planes)
    return VideoFrame(planes, times, full_range)


def _view(plane: av.video.plane.VideoPlane) -> ByteArray:
    rows: ByteArray = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def to_av(picture: VideoFrame) -> av.VideoFrame:
    """A PyAV frame with a copy of the picture; its time is not set."""
    if picture.is_rgb:
        frame = av.VideoFrame.from_ndarray(picture.planes[0], format="rgb24")
        return frame.reformat(format="yuv420p")
    frame = av.VideoFrame(picture.width, picture.height, "yuv420p")
    for plane, pixels in zip(frame.planes, picture.planes, strict=True):
        _view(plane)[:] = pixels
    return frame
