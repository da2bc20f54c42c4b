"""One caller: a peer connection on the event loop, a pipeline on the pipeline thread, and what
passes between the two."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from avatar_server.avatar.licence import credit
from avatar_server.errors import ControlError
from avatar_server.pipeline import AvatarFrame
from avatar_server.rtc import ControlMessage, RtcSession
from avatar_server.types import FrameTimes, VideoFrame
from avatar_server.workers.adaptation import Quality
from avatar_server.workers.frame_rate import FrameRateLimit
from avatar_server.workers.library import Library
from avatar_server.workers.live import Drive, LivePipeline
from avatar_server.workers.metrics import WorkerMetrics
from avatar_server.workers.picture_quality import PictureQuality
from avatar_server.workers.pipeline_thread import PipelineThread
from avatar_server.workers.protocol import EventListener, WorkerEvent
from avatar_server.workers.requests import CallerRequests, CostumeMaker
from avatar_server.workers.timings import TimingsWindow
from avatar_server.workers.tracing import SessionTrace

logger = logging.getLogger(__name__)

TIMINGS_INTERVAL_S: Final = 0.5
CONTROL_CHANNEL: Final = "control"


class WorkerSession:
    """Ties ``rtc`` and ``live`` together until one of them ends. ``on_ended`` is called once, on
    the event loop."""

    def __init__(
        self,
        session_id: str,
        *,
        thread: PipelineThread,
        library: Library,
        metrics: WorkerMetrics,
        make_costume: CostumeMaker,
        trace: SessionTrace,
        on_event: EventListener,
        on_report: Callable[[dict[str, Any]], None],
        on_ended: Callable[[str], None],
    ) -> None:
        self.session_id = session_id
        self._thread = thread
        self._library = library
        self._metrics = metrics
        self._make_costume = make_costume
        self._trace = trace
        self._on_event = on_event
        self._on_report = on_report
        self._on_ended = on_ended
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._expression_interval_s = float("inf")
        self._next_expression_s = float("inf")
        self._timings = TimingsWindow()
        self._frame_rate = FrameRateLimit()
        self._quality: PictureQuality | None = None
        self._skipped_before = 0
        self._without_face_before = 0
        self.ended = False
        self._is_live = False
        self._rtc: RtcSession | None = None
        self._live: LivePipeline | None = None
        self._requests: CallerRequests | None = None

    def begin(
        self,
        rtc: RtcSession,
        live: LivePipeline,
        *,
        size: int,
        quality: Quality,
        background: str,
        limit_s: float,
    ) -> None:
        """From here on frames flow, for ``limit_s`` at most."""
        self._rtc, self._live = rtc, live
        self._quality = PictureQuality(live, self._thread, self._frame_rate, size, quality)
        self._requests = CallerRequests(
            live,
            self._thread,
            self._library,
            self._make_costume,
            self._quality,
            self._tell,
            background=background,
        )
        self._thread.add(live.slot)
        if self._is_live:
            self.take_live()
        self._spawn(self._report())
        self._spawn(self._requests.run())
        self._spawn(self._end_after(limit_s))
        self._spawn(self._quality.apply())
        self.tell_state()

    def allow(self, quality: Quality) -> None:
        """What the worker can give from now on."""
        if self._quality is not None and not self.ended:
            self._quality.allow(quality)
            self._spawn(self._quality.apply())
            self.tell_state()

    # From the peer connection

    def take_frame(self, frame: VideoFrame) -> None:
        """A camera frame, from whatever thread decodes."""
        live = self._live
        if live is None or self.ended or not self._frame_rate.keeps(frame.times.capture_s):
            return
        self._thread.submit(live.slot, frame)

    def take_request(self, message: ControlMessage) -> None:
        """A control message."""
        if self._requests is not None:
            self._requests.take(message)

    async def control(self, message: str) -> None:
        """A control message that came over HTTP; raises what it is refused with."""
        if self._requests is None or self.ended:
            raise ControlError("the session does not run")
        await self._requests.ask(message)

    def take_live(self) -> None:
        """Media can flow."""
        self._is_live = True
        self._trace.event("live")
        if self._live is not None:
            self._thread.wake(self._live.slot, self._live.first_due_ns())

    def take_channel(self, label: str) -> None:
        """The caller opened a data channel."""
        if label == CONTROL_CHANNEL:
            self.tell_state()

    def take_sent(self, times: FrameTimes, rtp_time: int) -> None:
        """An avatar frame is on its way."""
        stages_ms = times.durations_ms()
        self._metrics.observe_stages(stages_ms)
        self._timings.add(stages_ms)

    def take_closed(self, reason: str) -> None:
        """The connection is gone."""
        if not self.ended:
            self._spawn(self.end(reason))

    # From the pipeline thread

    def take_picture(self, drawn: AvatarFrame) -> None:
        """An avatar frame, on the pipeline thread."""
        rtc, live = self._rtc, self._live
        if self.ended or rtc is None or live is None:
            return
        picture = drawn.picture
        rtc.send_picture(picture)
        rtc.send_expression(drawn.expression, int(picture.times.capture_s * 90_000) & 0xFFFFFFFF)
        self._metrics.count_frame(live.drive.value)
        now = time.monotonic()
        if now >= self._next_expression_s:
            self._next_expression_s = now + self._expression_interval_s
            self._loop.call_soon_threadsafe(self._emit_expression, drawn)

    def take_failure(self, error: Exception) -> None:
        """The pipeline fails again and again; on the pipeline thread."""
        reason = f"the pipeline failed: {type(error).__name__}"
        self._loop.call_soon_threadsafe(self.take_closed, reason)

    def take_drive(self, drive: Drive) -> None:
        """Another driver, on the pipeline thread."""
        self._loop.call_soon_threadsafe(self.tell_state)

    # Outwards

    def watch(self, rate: float) -> None:
        """Emit expressions ``rate`` times a second; 0 stops."""
        self._expression_interval_s = 1.0 / rate if rate > 0 else float("inf")
        self._next_expression_s = 0.0 if rate > 0 else float("inf")

    def tell_state(self) -> None:
        if self._live is None or self.ended:
            return
        state = {"state": self._live.drive.value, "avatar": self._live.costume.avatar.id}
        if line := credit(self._live.costume.avatar.model.meta):
            state["credit"] = line
        if self._quality is not None:
            state["quality"] = self._quality.name
        self._trace.event("state", **state)
        self._send({"type": "state", **state})
        self._emit("state", state)

    async def add_candidate(self, fragment: str) -> None:
        if self._rtc is not None:
            await self._rtc.add_candidate(fragment)

    async def end(self, reason: str) -> None:
        """End the session and free all that it held. The second call does nothing."""
        if self.ended:
            return
        self.ended = True
        self._cancel_tasks()
        if self._live is not None:
            self._thread.remove(self._live.slot)
        try:
            if self._rtc is not None:
                await self._rtc.close(reason)
            if self._live is not None:
                self._count_frames(self._live)
                await self._thread.call(self._live.close)
        finally:
            self._trace.end(reason)
            self._on_ended(reason)

    # Inside

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(TIMINGS_INTERVAL_S)
            live = self._live
            if live is None:
                continue
            skipped = self._count_frames(live)
            report = self._timings.take(skipped)
            self._on_report(report)
            if self._quality is not None:
                report["quality"] = self._quality.name
            self._send({"type": "timings", **report})
            self._emit("timings", report)

    async def _end_after(self, limit_s: float) -> None:
        await asyncio.sleep(limit_s)
        await self.end("the time limit of a session is over")

    def _count_frames(self, live: LivePipeline) -> int:
        skipped = live.slot.skipped - self._skipped_before
        without_face = live.frames_without_face - self._without_face_before
        self._skipped_before += skipped
        self._without_face_before += without_face
        self._metrics.frames_skipped.inc(skipped)
        self._metrics.frames_without_face.inc(without_face)
        return skipped

    def _emit_expression(self, drawn: AvatarFrame) -> None:
        expression = drawn.expression
        self._emit(
            "expression",
            {
                "stream_time_s": round(expression.stream_time_s, 4),
                "tracked": expression.tracked,
                "coefficients": [round(float(v), 4) for v in expression.coefficients],
                "head_rotation": [round(float(v), 5) for v in expression.head_rotation],
                "head_translation": [round(float(v), 4) for v in expression.head_translation],
            },
        )

    def _tell(self, message: dict[str, Any]) -> None:
        """What became of a request, told to the caller."""
        self._send(message)
        if message["type"] == "avatar":
            self.tell_state()

    def _emit(self, kind: str, data: dict[str, Any]) -> None:
        if not self.ended:
            self._on_event(WorkerEvent(kind, self.session_id, data))

    def _send(self, message: dict[str, Any]) -> None:
        if self._rtc is not None and not self.ended:
            self._rtc.send_message(message)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _cancel_tasks(self) -> None:
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
