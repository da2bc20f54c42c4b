from __future__ import annotations

import pytest

from avatar_server.workers.frame_rate import FrameRateLimit


def kept(limit: FrameRateLimit, times: list[float]) -> list[float]:
    return [time for time in times if limit.keeps(time)]


def test_all_frames_are_kept_until_a_rate_is_set():
    times = [0.0, 0.01, 5.0, 4.0]
    assert kept(FrameRateLimit(), times) == times


@pytest.mark.parametrize(("camera_fps", "fps"), [(30, 15), (30, 10), (60, 24), (25, 15), (15, 30)])
def test_the_rate_is_kept_on_average(camera_fps, fps):
    limit = FrameRateLimit()
    limit.set(fps)
    times = [1000 + n / camera_fps for n in range(camera_fps * 10)]
    assert len(kept(limit, times)) == pytest.approx(10 * min(fps, camera_fps), abs=2)


@pytest.mark.parametrize("jump", [-500.0, 500.0])
def test_a_clock_that_jumps_is_followed(jump):
    limit = FrameRateLimit()
    limit.set(15)
    kept(limit, [n / 30 for n in range(30)])
    after = [jump + n / 30 for n in range(30)]
    assert len(kept(limit, after)) == pytest.approx(15, abs=2)
