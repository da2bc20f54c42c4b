"""A worker in this process, with real callers."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import threading
import time
from pathlib import Path

import pytest
from aiortc.mediastreams import MediaStreamTrack
from av import VideoFrame as AvFrame

from avatar_server.config import Settings
from avatar_server.errors import (
    AvatarFileError,
    ControlError,
    ModelFileError,
    OfferError,
    SessionNotFoundError,
)
from avatar_server.types import Expression, PosedRig
from avatar_server.workers.adaptation import STEPS
from avatar_server.workers.protocol import SessionRequest, WorkerEvent
from avatar_server.workers.worker import Worker
from tests.api.server import write_ball
from tests.rtc.client import CLOCK, Caller, SquareCamera, until


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_ball(tmp_path)
    return Settings(avatars=[tmp_path], avatar="ball", size=128, capacity=4)


class Running:
    """A started worker and what it told."""

    def __init__(self, settings: Settings) -> None:
        self.events: list[WorkerEvent] = []
        self.worker = Worker(settings, self.events.append)

    async def __aenter__(self) -> Running:
        await self.worker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.stop()

    async def call(self, caller: Caller, session_id: str, **wishes: object) -> None:
        offer = await caller.offer()
        request = SessionRequest(session_id, offer, "ball", **wishes)  # type: ignore[arg-type]
        await caller.accept(await self.worker.open_session(request))

    def told(self, kind: str) -> list[dict]:
        return [event.data for event in self.events if event.kind == kind]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_ten_calls_leave_nothing_behind(settings):
    async with Running(settings) as running:

        async def one_call(number: int) -> None:
            caller = Caller(camera=SquareCamera(), channels=True)
            try:
                await running.call(caller, f"s{number}")
                await until(lambda: len(caller.frames) > 2)
                await running.worker.close_session(f"s{number}", "done")
            finally:
                await caller.close()

        async def count() -> tuple[int, int, int]:
            gc.collect()
            # What is closing may take a moment for its last callbacks.
            await asyncio.sleep(0.5)
            return len(asyncio.all_tasks()), threading.active_count(), open_files()

        # The first ones load libraries and fill thread pools.
        for number in range(3):
            await one_call(number)
        before = await count()
        for number in range(3, 13):
            await one_call(number)
        after = await count()
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
        assert running.told("closed") == [{"reason": "done"}] * 13


async def test_several_callers_share_a_worker(settings):
    async with Running(settings) as running:
        callers = [Caller(camera=SquareCamera(fps=15)) for _ in range(3)]
        try:
            for number, caller in enumerate(callers):
                await running.call(caller, f"s{number}")
            await until(lambda: all(len(caller.frames) > 5 for caller in callers))
        finally:
            for caller in callers:
                await caller.close()
        await until(lambda: len(running.told("closed")) == 3)


async def test_whoever_waits_for_a_request_is_told_when_the_session_ends(settings):
    async with Running(settings) as running:
        caller = Caller(camera=SquareCamera())
        try:
            await running.call(caller, "s0")
            wish = '{"type": "avatar", "avatar": "ani"}'
            asked = [asyncio.create_task(running.worker.control("s0", wish)) for _ in range(3)]
            await asyncio.sleep(0)
            await running.worker.close_session("s0", "done")
            for task in asked:
                with pytest.raises(ControlError, match="the session ended"):
                    await task
            with pytest.raises(SessionNotFoundError):
                await running.worker.control("s0", wish)
        finally:
            await caller.close()


class OddCamera(MediaStreamTrack):
    """A camera whose picture changes its size in mid-call, and goes black."""

    kind = "video"
    SIZES = ((64, 48), (2, 2), (331, 247), (1920, 1080), (320, 240))

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    async def recv(self) -> AvFrame:
        await asyncio.sleep(1 / 15)
        frame = AvFrame(*self.SIZES[self.sent // 8 % len(self.SIZES)], "yuv420p")
        for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = self.sent * 6000
        frame.time_base = CLOCK
        self.sent += 1
        return frame


async def test_odd_cameras_are_served(settings):
    async with Running(settings) as running:
        camera = OddCamera()
        caller = Caller(camera=camera)
        try:
            await running.call(caller, "s0")
            await until(lambda: camera.sent > 8 * len(OddCamera.SIZES) and len(caller.frames) > 15)
            told = running.told("state")
            assert {"state": "black", "avatar": "ball", "quality": "full"} in told
            assert running.told("closed") == []
        finally:
            await caller.close()


async def test_a_camera_that_stops_leaves_a_living_character(settings):
    async with Running(settings) as running:
        camera = SquareCamera()
        caller = Caller(camera=camera)
        try:
            await running.call(caller, "s0")
            await until(lambda: len(caller.frames) > 5)
            caller.transceiver.sender.replaceTrack(None)
            await until(lambda: running.told("state")[-1]["state"] == "waiting")
            frames = len(caller.frames)
            await until(lambda: len(caller.frames) > frames + 10)
        finally:
            await caller.close()


async def test_a_session_has_a_time_limit(settings):
    limited = settings.model_copy(update={"session_limit_s": 0.5})
    async with Running(limited) as running:
        caller = Caller(camera=SquareCamera())
        try:
            await running.call(caller, "s0")
            await until(lambda: running.told("closed") != [])
        finally:
            await caller.close()
        assert running.told("closed") == [{"reason": "the time limit of a session is over"}]


async def test_a_caller_who_never_connects_is_let_go(settings):
    limited = settings.model_copy(update={"connect_limit_s": 6.0})
    async with Running(limited) as running:
        caller = Caller(camera=SquareCamera())
        request = SessionRequest("s0", await caller.offer(), "ball")
        await running.worker.open_session(request)
        await caller.close()
        await until(lambda: running.told("closed") != [])


async def test_a_refused_session_leaves_nothing(settings):
    async with Running(settings) as running:
        caller = Caller(camera=SquareCamera())
        offer = await caller.offer()
        await caller.close()
        with pytest.raises(OfferError):
            await running.worker.open_session(SessionRequest("s0", "not an offer", "ball"))
        with pytest.raises(AvatarFileError):
            await running.worker.open_session(SessionRequest("s1", offer, "nobody"))
        for session_id in ("s0", "s1"):
            with pytest.raises(SessionNotFoundError):
                await running.worker.close_session(session_id, "")
        assert "avatar_server_sessions 0.0" in await running.worker.metrics()


async def test_a_worker_measures_its_capacity(settings):
    async with Running(settings.model_copy(update={"capacity": "auto"})) as running:
        await until(lambda: running.told("capacity") != [])
        assert running.told("capacity")[0]["callers"] >= 1


async def test_a_bad_face_model_is_told_at_the_start(settings, tmp_path):
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(b"no model")
    worker = Worker(settings.model_copy(update={"face_model": path}), lambda event: None)
    with pytest.raises(ModelFileError, match=r"face_landmarker\.task"):
        await worker.start()


async def test_a_pipeline_that_fails_on_every_frame_ends_its_session(settings, monkeypatch):
    from avatar_server.avatar import Character

    def fail(self: Character, expression: object) -> None:
        raise ZeroDivisionError

    async with Running(settings) as running:
        monkeypatch.setattr(Character, "pose", fail)
        caller = Caller(camera=SquareCamera())
        try:
            await running.call(caller, "s0")
            await until(lambda: running.told("closed") != [])
        finally:
            await caller.close()
        assert running.told("closed") == [{"reason": "the pipeline failed: ZeroDivisionError"}]


class SlowPose:
    """A character that takes its time, as long as ``seconds`` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from avatar_server.avatar import Character

        self.seconds = 0.1
        usual = Character.pose

        def pose(character: Character, expression: Expression) -> PosedRig:
            time.sleep(self.seconds)
            return usual(character, expression)

        monkeypatch.setattr(Character, "pose", pose)
        # Readings of a second make a long test.
        monkeypatch.setattr("avatar_server.workers.worker._READING_INTERVAL_S", 0.1)


async def test_quality_gives_way_while_a_worker_is_too_busy_and_comes_back(settings, monkeypatch):
    slow = SlowPose(monkeypatch)
    async with Running(settings) as running:
        caller = Caller(camera=SquareCamera())

        def qualities() -> list[str]:
            return [
                name for name, _ in itertools.groupby(s["quality"] for s in running.told("state"))
            ]

        try:
            await running.call(caller, "s0")
            await until(lambda: qualities()[-1] == "half_tracking")
            assert qualities() == [step.name for step in STEPS]
            assert "avatar_server_quality_level 6.0" in await running.worker.metrics()
            await until(lambda: caller.frames[-1].width == 80)
            await until(lambda: running.told("timings")[-1]["quality"] == "half_tracking")
            slow.seconds = 0.0
            await until(lambda: qualities()[-1] == "full")
            await until(lambda: caller.frames[-1].width == 128)
            assert "avatar_server_quality_level 0.0" in await running.worker.metrics()
        finally:
            await caller.close()


async def test_quality_stays_where_it_may_not_give_way(settings, monkeypatch):
    SlowPose(monkeypatch)
    async with Running(settings.model_copy(update={"adaptive": False})) as running:
        caller = Caller(camera=SquareCamera())
        try:
            await running.call(caller, "s0")
            await until(lambda: len(caller.frames) > 20)
            assert {state["quality"] for state in running.told("state")} == {"full"}
            assert caller.frames[-1].width == 128
        finally:
            await caller.close()
