"""What a caller asked for, and what the worker gives of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.avatar import Character, load_avatar
from avatar_server.expression import ExpressionMapper
from avatar_server.face import FaceTracker
from avatar_server.render import create_renderer
from avatar_server.types import Face, VideoFrame
from avatar_server.workers.adaptation import STEPS
from avatar_server.workers.frame_rate import FrameRateLimit
from avatar_server.workers.live import Costume, LivePipeline
from avatar_server.workers.picture_quality import PictureQuality
from avatar_server.workers.pipeline_thread import PipelineThread
from tests.api.server import write_ball

FULL, FEWER, *_, SMALL, SPARSE = STEPS


class NoFace(FaceTracker):
    """A tracker that never sees anyone."""

    def track(self, frame: VideoFrame) -> Face | None:
        return None

    def reset(self) -> None: ...

    def close(self) -> None: ...


class Caller:
    """One caller's quality, and the live pipeline under it."""

    def __init__(self, live: LivePipeline, thread: PipelineThread) -> None:
        self.live = live
        self.limit = FrameRateLimit()
        self.quality = PictureQuality(live, thread, self.limit, 512, FULL)

    @property
    def size(self) -> tuple[int, int]:
        renderer = self.live.costume.renderer
        return renderer.width, renderer.height

    def kept(self) -> int:
        """Of a second of a camera at 60 frames a second."""
        return sum(self.limit.keeps(frame / 60) for frame in range(60))


@pytest.fixture
async def caller(tmp_path: Path):
    thread = PipelineThread()
    thread.start()

    def make() -> LivePipeline:
        avatar = load_avatar(write_ball(tmp_path))
        costume = Costume(avatar, Character(avatar), create_renderer(avatar))
        return LivePipeline(
            NoFace(),
            ExpressionMapper(),
            costume,
            30,
            lambda drawn: None,
            lambda drive: None,
            lambda error: None,
        )

    live = await thread.call(make)
    yield Caller(live, thread)
    await thread.call(live.close)
    await thread.stop()


async def test_in_full_quality_a_caller_gets_what_the_camera_sends(caller):
    await caller.quality.apply()
    assert caller.size == (512, 512)
    assert caller.kept() == 60
    assert caller.live.tracking.every == 1


async def test_a_step_is_a_share_of_what_the_caller_asked_for(caller):
    await caller.quality.ask(640, 480, 20)
    assert (caller.size, caller.live.fps) == ((640, 480), 20)
    caller.quality.allow(SPARSE)
    await caller.quality.apply()
    assert (caller.size, caller.live.fps) == ((400, 300), 10)
    assert caller.kept() == pytest.approx(10, abs=1)
    assert caller.live.tracking.every == 2
    await caller.quality.ask(None, None, 30)
    assert (caller.size, caller.live.fps) == ((400, 300), 15)


async def test_the_steps_are_24_frames_and_320_pixels(caller):
    caller.quality.allow(FEWER)
    await caller.quality.apply()
    assert (caller.size, caller.live.fps) == ((512, 512), 24)
    assert caller.kept() == pytest.approx(24, abs=1)
    caller.quality.allow(SMALL)
    await caller.quality.apply()
    assert (caller.size, caller.live.fps) == ((320, 320), 15)
    caller.quality.allow(FULL)
    await caller.quality.apply()
    assert (caller.size, caller.kept()) == ((512, 512), 60)


async def test_pictures_are_even_and_small_ones_are_left_alone(caller):
    caller.quality.allow(SMALL)
    await caller.quality.ask(64, 101, None)
    assert caller.size == (64, 64)
