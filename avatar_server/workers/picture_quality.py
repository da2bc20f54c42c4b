"""The size and rate of one caller's picture: what the caller asked for, and the share of it that
the worker can give."""

from __future__ import annotations

from typing import Final

from avatar_server.workers.adaptation import Quality
from avatar_server.workers.frame_rate import FrameRateLimit
from avatar_server.workers.live import LivePipeline
from avatar_server.workers.pipeline_thread import PipelineThread

SMALLEST_SIDE: Final = 64


class PictureQuality:
    """Holds ``live`` and ``frame_rate`` to it."""

    def __init__(
        self,
        live: LivePipeline,
        thread: PipelineThread,
        frame_rate: FrameRateLimit,
        size: int,
        quality: Quality,
    ) -> None:
        self._live = live
        self._thread = thread
        self._frame_rate = frame_rate
        self._wanted_size = (size, size)
        self._wanted_fps: float | None = None
        self._usual_fps = live.fps
        self._quality = quality

    @property
    def name(self) -> str:
        """Of the step that holds."""
        return self._quality.name

    @property
    def size(self) -> tuple[int, int]:
        """Width and height to draw in: even, as codecs want it."""
        width, height = self._wanted_size
        return self._side(width), self._side(height)

    async def ask(self, width: int | None, height: int | None, fps: float | None) -> None:
        """The caller asks; what is None stays."""
        self._wanted_size = (width or self._wanted_size[0], height or self._wanted_size[1])
        self._wanted_fps = fps or self._wanted_fps
        await self.apply()

    def allow(self, quality: Quality) -> None:
        """The worker has another share to give, from the next ``apply`` on."""
        self._quality = quality

    async def apply(self) -> None:
        """Let the picture be what it can be now."""
        fps = (self._wanted_fps or self._usual_fps) * self._quality.frame_rate
        self._live.fps = max(1, round(fps))
        if self._wanted_fps is None and self._quality.frame_rate == 1.0:
            # Whatever the camera sends.
            self._frame_rate.clear()
        else:
            self._frame_rate.set(fps)
        self._live.tracking.every = self._quality.track_every

        def resize() -> None:
            self._live.costume.renderer.resize(*self.size)

        await self._thread.call(resize)

    def _side(self, wanted: int) -> int:
        smaller = max(round(wanted * self._quality.side), min(wanted, SMALLEST_SIDE))
        return smaller // 2 * 2
