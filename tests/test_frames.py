"""PyAV's frames and ours: the same pixels, any size, any pixel format."""

import av
import numpy as np
import pytest

from avatar_server.frames import from_av, to_av
from avatar_server.types import FrameTimes


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (7, 5), (64, 48), (853, 479)])
def test_planes_have_the_frames_own_sides(width: int, height: int) -> None:
    frame = av.VideoFrame(width, height, "yuv420p")
    for index, plane in enumerate(frame.planes):
        plane.update(bytes([50 * (index + 1)]) * plane.buffer_size)
    ours = from_av(frame, FrameTimes.starting(0.0))
    half = ((height + 1) // 2, (width + 1) // 2)
    assert [p.shape for p in ours.planes] == [(height, width), half, half]
    assert [int(p.min()) for p in ours.planes] == [50, 100, 150]
    back = to_av(ours)
    assert [bytes(p)[0] for p in back.planes] == [50, 100, 150]
    assert (back.width, back.height) == (width, height)


def test_yuv_is_viewed_not_copied() -> None:
    frame = av.VideoFrame(64, 64, "yuv420p")
    ours = from_av(frame, FrameTimes.starting(0.0))
    frame.planes[0].update(bytes([77]) * frame.planes[0].buffer_size)
    assert (ours.planes[0] == 77).all()


def test_rgb_is_converted() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 255
    ours = from_av(av.VideoFrame.from_ndarray(red, format="rgb24"), FrameTimes.starting(0.0))
    # ITU-R BT.601 limited range: Y 81, Cb 90, Cr 240.
    assert np.abs([int(p[8, 8]) for p in ours.planes] - np.array([81, 90, 240])).max() <= 2
    assert not ours.full_range
