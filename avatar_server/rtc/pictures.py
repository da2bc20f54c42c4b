"""Pictures between FFmpeg's memory and ours, without a detour over RGB."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np
from av.video.frame import VideoFrame as AvFrame

from avatar_server.types import ByteArray, FrameTimes, VideoFrame

_FULL_RANGE: Final = 2
"""AVCOL_RANGE_JPEG."""


def to_video_frame(picture: AvFrame, times: FrameTimes) -> VideoFrame:
    """The planes of a decoded picture as views on the decoder's own memory."""
    if picture.format.name not in ("yuv420p", "yuvj420p"):
        picture = picture.reformat(format="yuv420p")
    full_range = picture.format.name == "yuvj420p" or picture.color_range == _FULL_RANGE
    return VideoFrame(
        planes=tuple(_read_only(plane_rows(picture, index)) for index in range(3)),
        times=times,
        full_range=full_range,
        keyframe=bool(picture.key_frame),
    )


def to_av_frame(picture: VideoFrame, even: bool = False) -> AvFrame:
    """The picture in memory that FFmpeg owns. ``even`` repeats the last column or row where a
    side is odd, as H.264 in 4:2:0 has even sides only."""
    if picture.is_rgb:
        source = AvFrame.from_ndarray(np.ascontiguousarray(picture.planes[0]), format="rgb24")
        picture_frame = source.reformat(format="yuv420p")
        if not even or (source.width % 2 == 0 and source.height % 2 == 0):
            return picture_frame
        planes = [plane_rows(picture_frame, i) for i in range(3)]
    else:
        planes = list(picture.planes)
    width, height = picture.width, picture.height
    if even:
        width, height = width + width % 2, height + height % 2
    frame = AvFrame(width, height, "yuv420p")
    for index, plane in enumerate(planes):
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


def _read_only(view: ByteArray) -> ByteArray:
    """Other frames refer to a decoded picture's memory."""
    view.flags.writeable = False
    return view
