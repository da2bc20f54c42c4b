"""How many callers fit, and what one costs."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import Character, find_avatar
from avatar_server.config import Settings
from avatar_server.face import FaceModels
from avatar_server.render import create_renderer
from avatar_server.workers.capacity import OVERHEAD, cores_of_worker, fitting, measure_capacity
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
