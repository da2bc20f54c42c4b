"""Pictures between FFmpeg's memory and ours, without a detour over RGB."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np
from av.video.frame import VideoFrame as AvFrame

from avatar_server.types import ByteArray, FrameTimes, VideoFrame

_FULL_RANGE: Final = 2
"""AVCOL_RANGE_JPEG."""


def from_av(frame: AvFrame, times: FrameTimes) -> VideoFrame:
    """The frame's planes Y (h, w), U and V (ceil(h/2), ceil(w/2)), uint8, read-only views.

    Other pixel formats are converted to YUV 4:2:0 first. A picture that its file says to turn
    (phones write portrait so) is turned to the nearest right angle.
    """
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p")
    planes = tuple(plane_rows(frame, index) for index in range(3))
    turns = round(frame.rotation / 90) % 4
    if turns:
        planes = tuple(np.ascontiguousarray(np.rot90(plane, turns)) for plane in planes)
    for plane in planes:
        # A codec's later frames refer to this memory.
        plane.flags.writeable = False
    return VideoFrame(
        planes=planes,
        times=times,
        full_range=frame.format.name == "yuvj420p" or frame.color_range == _FULL_RANGE,
        keyframe=bool(frame.key_frame),
    )


def to_av(picture: VideoFrame, even: bool = False) -> AvFrame:
    """The picture in memory that FFmpeg owns; its time is not set.

    ``even`` repeats the last column or row where a side is odd: H.264 in 4:2:0 has even sides only.
    """
    if picture.is_rgb:
        rgb = AvFrame.from_ndarray(np.ascontiguousarray(picture.planes[0]), format="rgb24")
        return to_av(from_av(rgb.reformat(format="yuv420p"), picture.times), even)
    width, height = picture.width, picture.height
    if even:
        width, height = width + width % 2, height + height % 2
    frame = AvFrame(width, height, "yuv420p")
    for index, plane in enumerate(picture.planes):
        rows = plane_rows(frame, index)
        rows[: plane.shape[0], : plane.shape[1]] = plane
        if rows.shape[1] > plane.shape[1]:
            rows[:, -1] = rows[:, -2]
        if rows.shape[0] > plane.shape[0]:
            rows[-1] = rows[-2]
    return frame


def plane_rows(frame: AvFrame, index: int) -> ByteArray:
    """One plane of a planar picture as a view (h, w) on FFmpeg's memory, padding left out."""
    plane = frame.planes[index]
    rows = np.frombuffer(cast(Any, plane), np.uint8, plane.line_size * plane.height)
    return rows.reshape(plane.height, plane.line_size)[:, : plane.width]
