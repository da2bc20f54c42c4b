"""A worker: one event loop, one pipeline thread, and the sessions that share them. Models and
avatars are loaded once."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from avatar_server.avatar import Avatar, Character
from avatar_server.config import Settings
from avatar_server.errors import AvatarServerError, OfferError, SessionNotFoundError
from avatar_server.expression import ExpressionMapper, rest_expression
from avatar_server.face import FaceModels, FaceTracker, create_tracker
from avatar_server.render import create_renderer
from avatar_server.rtc import RtcSession
from avatar_server.types import FrameTimes
from avatar_server.workers.adaptation import Adaptation
from avatar_server.workers.capacity import Capacity, capacities, measure_capacity
from avatar_server.workers.library import Library
from avatar_server.workers.live import Costume, LivePipeline
from avatar_server.workers.load import WorkerLoad
from avatar_server.workers.metrics import WorkerMetrics
from avatar_server.workers.pipeline_thread import PipelineThread
from avatar_server.workers.protocol import EventListener, SessionRequest, WorkerEvent
from avatar_server.workers.session import WorkerSession
from avatar_server.workers.session_options import rtc_options
from avatar_server.workers.tracing import configure_tracing

logger = logging.getLogger(__name__)

_READING_INTERVAL_S = 1.0


def _end_label(reason: str) -> str:
    """A reason as a metric's label: its words before any detail."""
    return reason.partition(":")[0].partition("(")[0].strip()


class Worker:
    """Runs sessions in this process. It is a WorkerLink: the local engine hands it out as it is,
    the others call it from afar."""

    process_id: int | None = None

    def __init__(self, settings: Settings, on_event: EventListener) -> None:
        self._settings = settings
        self._on_event = on_event
        self._metrics = WorkerMetrics()
        self._thread = PipelineThread()
        self._load = WorkerLoad(self._thread)
        self._adaptation = Adaptation()
        self._library = Library(settings.avatar_folders, settings.commercial_usage)
        self._models: FaceModels | None = None
        self._sessions: dict[str, WorkerSession] = {}
        self._warm: list[Costume] = []
        self._tracing = configure_tracing()
        self._seeds = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Load what the first caller needs. The rest follows once callers can come.

        Raises ModelFileError, RenderError, AvatarFileError, LicenceError.
        """
        self._thread.start()
        loading = asyncio.create_task(self._library.avatar(self._settings.avatar))
        try:
            await self._thread.call(self._load_models)
            await self._warm_up(await loading)
        except BaseException:
            loading.cancel()
            await self._thread.stop()
            raise
        self._spawn(self._finish_start())

    async def open_session(self, request: SessionRequest) -> str:
        """Answer the offer; the pipeline is made ready meanwhile."""
        session_id = request.session_id

        def on_ended(reason: str) -> None:
            self._sessions.pop(session_id, None)
            self._metrics.sessions.set(len(self._sessions))
            self._metrics.sessions_ended.labels(_end_label(reason)).inc()
            self._on_event(WorkerEvent("closed", session_id, {"reason": reason}))

        trace = self._tracing.session(session_id, request.avatar)
        session = WorkerSession(
            session_id,
            thread=self._thread,
            library=self._library,
            metrics=self._metrics,
            make_costume=self._make_costume,
            trace=trace,
            on_event=self._on_event,
            on_report=self._load.add,
            on_ended=on_ended,
        )
        rtc = RtcSession(
            session_id,
            on_frame=session.take_frame,
            on_control=session.take_request,
            on_closed=session.take_closed,
            on_sent=session.take_sent,
            on_live=session.take_live,
            on_channel=session.take_channel,
            options=rtc_options(self._settings, request),
        )
        self._sessions[session_id] = session
        self._metrics.sessions.set(len(self._sessions))
        preparing = asyncio.create_task(self._prepare(session, request))
        try:
            answer = await rtc.answer(request.offer)
            live = await preparing
            if session.ended:
                raise OfferError("the connection ended before it was answered; post a new offer")
        except BaseException as error:
            trace.end(str(error))
            await self._abandon(session_id, rtc, preparing)
            raise
        trace.event("answered")
        session.begin(
            rtc,
            live,
            size=self._settings.size,
            quality=self._adaptation.quality,
            background=self._settings.background,
            limit_s=self._settings.session_limit_s,
        )
        return answer

    async def add_candidate(self, session_id: str, fragment: str) -> None:
        await self._session(session_id).add_candidate(fragment)

    async def control(self, session_id: str, message: str) -> None:
        await self._session(session_id).control(message)

    async def close_session(self, session_id: str, reason: str) -> None:
        await self._session(session_id).end(reason)

    async def watch(self, session_id: str, rate: float) -> None:
        self._session(session_id).watch(rate)

    async def metrics(self) -> str:
        return self._metrics.text()

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        ending = [session.end("the server is shutting down") for session in self._sessions.values()]
        await asyncio.gather(*ending, return_exceptions=True)
        await self._thread.call(self._free)
        await self._thread.stop()
        await asyncio.to_thread(self._tracing.close)

    # Inside

    def _session(self, session_id: str) -> WorkerSession:
        session = self._sessions.get(session_id)
        if session is None:
            raise SessionNotFoundError(f"no session {session_id} runs here")
        return session

    async def _prepare(self, session: WorkerSession, request: SessionRequest) -> LivePipeline:
        avatar = await self._library.avatar(request.avatar, request.i_am)
        performance = None
        if request.performance is not None:
            performance = await self._library.performance(request.performance)

        def make() -> LivePipeline:
            size = self._settings.size
            live = LivePipeline(
                self._create_tracker(),
                ExpressionMapper(),
                self._make_costume(avatar, size, size, self._settings.background),
                self._settings.fps,
                session.take_picture,
                session.take_drive,
                session.take_failure,
                marks=request.marks,
            )
            if performance is not None:
                live.play(performance)
            return live

        return await self._thread.call(make)

    async def _abandon(
        self, session_id: str, rtc: RtcSession, preparing: asyncio.Task[LivePipeline]
    ) -> None:
        """Take back a session whose offer could not be answered."""
        self._sessions.pop(session_id, None)
        self._metrics.sessions.set(len(self._sessions))
        try:
            live = await preparing
        except Exception as error:
            logger.debug("session %s: %s", session_id, error)
        else:
            await self._thread.call(live.close)
        await rtc.close("the offer was not answered")

    def _load_models(self) -> None:
        if self._settings.tracker == "litert":
            self._models = FaceModels(self._settings.face_model)
        self._create_tracker().close()

    def _create_tracker(self) -> FaceTracker:
        return create_tracker(
            self._settings.tracker,
            models=self._models,
            model_path=self._settings.face_model,
            live=True,
        )

    def _make_costume(self, avatar: Avatar, width: int, height: int, background: str) -> Costume:
        renderer = create_renderer(
            avatar,
            backend=self._settings.renderer,
            width=width,
            height=height,
            background=background,
        )
        # Two callers with the same avatar shall not blink in step.
        seed, max_rating = next(self._seeds), self._settings.max_rating
        return Costume(avatar, Character(avatar, seed, max_rating), renderer)

    async def _warm_up(self, avatar: Avatar) -> None:
        """Draw the avatar once: compiled shaders and uploaded vertices stay for its sessions."""

        def draw() -> None:
            size = self._settings.size
            costume = self._make_costume(avatar, size, size, self._settings.background)
            rig = costume.character.pose(rest_expression(0.0))
            costume.renderer.draw(rig, FrameTimes(0.0, 0))
            self._warm.append(costume)

        await self._thread.call(draw)

    async def _finish_start(self) -> None:
        """What need not be there for the first caller: the measured capacity, other avatars."""
        try:
            if self._settings.capacity != "auto":
                self._tell_capacity(self._settings.capacity)
            else:
                measured = capacities(self._measure, lambda: not self._sessions)
                self._tell_measured(await anext(measured))
                self._spawn(self._measure_again(measured))
            for avatar_id in self._library.built_in_ids():
                if avatar_id != self._settings.avatar:
                    await self._warm_up(await self._library.avatar(avatar_id))
        except AvatarServerError as error:
            logger.warning("%s", error)
        if self._settings.adaptive:
            await self._adapt()

    async def _measure(self) -> Capacity:
        return await measure_capacity(self._thread, self._models, self._warm[0], self._settings)

    async def _measure_again(self, measured: AsyncIterator[Capacity]) -> None:
        async for capacity in measured:
            self._tell_measured(capacity)

    def _tell_measured(self, capacity: Capacity) -> None:
        logger.info("%s at %d fps", capacity, self._settings.fps)
        self._tell_capacity(capacity.callers)

    def _tell_capacity(self, callers: int) -> None:
        self._metrics.capacity.set(callers)
        self._on_event(WorkerEvent("capacity", "", {"callers": callers}))

    async def _adapt(self) -> None:
        """Give all sessions the quality that this worker can hold, as long as it runs."""
        self._load.read()
        while True:
            await asyncio.sleep(_READING_INTERVAL_S)
            if not self._adaptation.read(self._load.read()):
                continue
            quality = self._adaptation.quality
            logger.info("quality is now %s", quality.name)
            self._metrics.quality_level.set(self._adaptation.level)
            for session in list(self._sessions.values()):
                session.allow(quality)

    def _free(self) -> None:
        for costume in self._warm:
            costume.renderer.close()
        self._warm.clear()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
