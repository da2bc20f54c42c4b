"""How many callers fit, and what one costs."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import Character, find_avatar
from avatar_server.config import Settings
from avatar_server.face import FaceModels
from avatar_server.render import create_renderer
from avatar_server.workers.capacity import (
    OVERHEAD,
    Capacity,
    capacities,
    cores_of_worker,
    fitting,
    measure_capacity,
)
from avatar_server.workers.frame_work import CAMERA, face_like
from avatar_server.workers.live import Costume
from avatar_server.workers.pipeline_thread import PipelineThread


@pytest.mark.parametrize(
    ("work_s", "fps", "cores", "callers"),
    [
        (0.010 / OVERHEAD, 30, 1.0, 3),
        (0.010 / OVERHEAD, 15, 1.0, 6),
        (0.010 / OVERHEAD, 30, 0.9, 3),
        (0.010 / OVERHEAD, 30, 0.89, 2),
        # Who serves at all serves one.
        (1.0, 30, 0.5, 1),
    ],
)
def test_as_many_callers_as_cores_have_room_for(work_s, fps, cores, callers):
    capacity = fitting(work_s, fps, cores)
    assert capacity.callers == callers
    assert capacity.frame_s == pytest.approx(work_s * OVERHEAD)


async def test_a_quieter_moment_shows_a_lower_cost():
    costs = iter([0.020, 0.030, 0.015, 0.010])
    idle = iter([True, False, True, True])

    async def measure() -> Capacity:
        return fitting(next(costs), 30, 1.0)

    told = [
        capacity.frame_s / OVERHEAD
        async for capacity in capacities(measure, lambda: next(idle), pauses_s=[0.0] * 4)
    ]
    # Costlier, not measured as somebody called, then twice cheaper.
    assert told == pytest.approx([0.020, 0.015, 0.010])


def test_a_capacity_says_what_was_measured():
    assert str(Capacity(0.0152, 2)) == "one caller costs about 15.2 ms a frame, 2 callers fit"
    assert str(Capacity(0.0244, 1)) == "one caller costs about 24.4 ms a frame, 1 caller fits"


def test_a_worker_uses_no_more_than_its_share(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)))
    assert cores_of_worker(Settings(workers=8)) == 1.0
    assert cores_of_worker(Settings(workers=1)) == 1.5
    assert cores_of_worker(Settings(workers=32)) == 0.5


async def test_a_frame_at_a_quarter_of_the_size_costs_less_and_lets_more_callers_in():
    thread = PipelineThread()
    thread.start()
    avatar = find_avatar("ani")
    models = await thread.call(FaceModels)

    async def measured(size: int) -> tuple[float, int]:
        def costume() -> Costume:
            renderer = create_renderer(avatar, width=size, height=size)
            return Costume(avatar, Character(avatar), renderer)

        worn = await thread.call(costume)
        try:
            capacity = await measure_capacity(thread, models, worn, Settings(fps=5, workers=1))
        finally:
            await thread.call(worn.renderer.close)
        return capacity.frame_s, capacity.callers

    try:
        large, small = await measured(1024), await measured(128)
    finally:
        await thread.stop()
    assert small[0] < large[0]
    assert small[1] > large[1]


def test_the_face_to_measure_with_moves():
    first, second = face_like(0), face_like(1)
    assert (first.width, first.height) == CAMERA
    assert np.abs(first.planes[0].astype(int) - second.planes[0]).max() > 60
