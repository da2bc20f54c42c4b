"""The gateway's view of its workers: admission, the choice of a worker, and what happens when
one ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from avatar_server.config import Settings
from avatar_server.errors import (
    AvatarServerError,
    CapacityError,
    SessionNotFoundError,
    WorkerGoneError,
)
from avatar_server.workers.protocol import Engine, SessionRequest, WorkerEvent, WorkerLink

logger = logging.getLogger(__name__)

_RESTART_DELAYS_S = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_AFTER_S = 60.0
_ENDED_KEPT = 1000
_RETRY_AFTER_S = 5.0


@dataclass(slots=True)
class _Seat:
    """A worker's place in the pool; the worker in it may be restarted."""

    index: int
    link: WorkerLink | None = None
    capacity: int = 1
    sessions: set[str] = field(default_factory=set)
    started_s: float = 0.0
    failures: int = 0


Subscriber = Callable[[WorkerEvent], None]


class WorkerPool:
    """Starts workers through ``engine``, admits sessions, and restarts workers that die."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._seats = [_Seat(index) for index in range(settings.worker_count)]
        self._seat_of: dict[str, _Seat] = {}
        self._ended: dict[str, str] = {}
        self._subscribers: dict[str, dict[Subscriber, float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settled = asyncio.Event()
        """The first worker has started, or could not."""
        self._first_error: AvatarServerError | None = None
        self._vacant = asyncio.Event()
        self._vacant.set()
        self._draining = False
        self.start_error: str | None = None
        """Why the last worker that was started did not start."""
        self.refused = 0

    # Life

    def start(self) -> None:
        """Start the workers, the first alone: two that start at once on few cores are both late."""
        self._spawn(self._start_all())

    async def wait_ready(self) -> None:
        """Until the first worker can take callers. Raises what kept it from starting, if that is
        an expected error; the pool itself goes on trying."""
        await self._settled.wait()
        if self._first_error is not None:
            raise self._first_error

    async def drain(self, limit_s: float) -> None:
        """Admit nobody any more, and wait until the sessions have ended, ``limit_s`` at most."""
        self._draining = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._vacant.wait(), limit_s)

    async def stop(self) -> None:
        self._draining = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        links = [seat.link for seat in self._seats if seat.link is not None]
        for seat in self._seats:
            seat.link = None
        await asyncio.gather(*(link.stop() for link in links), return_exceptions=True)
        await self._engine.close()

    # State

    @property
    def ready(self) -> bool:
        return not self._draining and any(seat.link is not None for seat in self._seats)

    @property
    def capacity(self) -> int:
        """Callers that fit at once, over the workers that are up."""
        fixed = self._settings.capacity
        if isinstance(fixed, int):
            return fixed
        return sum(seat.capacity for seat in self._seats if seat.link is not None)

    @property
    def session_count(self) -> int:
        return len(self._seat_of)

    def workers_up(self) -> dict[int, bool]:
        return {seat.index: seat.link is not None for seat in self._seats}

    def process_ids(self) -> list[int]:
        links = [seat.link for seat in self._seats if seat.link is not None]
        return [link.process_id for link in links if link.process_id is not None]

    def is_running(self, session_id: str) -> bool:
        return session_id in self._seat_of

    def end_reason(self, session_id: str) -> str | None:
        """Why a session ended, None for one that runs or that nobody remembers."""
        return self._ended.get(session_id)

    # Sessions

    async def open_session(self, request: SessionRequest) -> str:
        """The answer to the request's offer. Raises CapacityError when nothing is free."""
        try:
            seat = self._admit()
        except CapacityError:
            self.refused += 1
            raise
        link = seat.link
        assert link is not None
        seat.sessions.add(request.session_id)
        self._seat_of[request.session_id] = seat
        self._vacant.clear()
        try:
            return await link.open_session(request)
        except BaseException:
            self._forget(request.session_id)
            raise

    async def add_candidate(self, session_id: str, fragment: str) -> None:
        await self._link_of(session_id).add_candidate(session_id, fragment)

    async def control(self, session_id: str, message: str) -> None:
        await self._link_of(session_id).control(session_id, message)

    async def close_session(self, session_id: str, reason: str) -> None:
        await self._link_of(session_id).close_session(session_id, reason)
        self._end(session_id, reason)

    def subscribe(self, session_id: str, subscriber: Subscriber, rate: float) -> Callable[[], None]:
        """Call ``subscriber`` with each event of the session, expressions about ``rate`` times a
        second (as often as the most eager subscriber wants); the result ends it."""
        self._subscribers.setdefault(session_id, {})[subscriber] = rate
        self._spawn(self._watch(session_id))

        def unsubscribe() -> None:
            if self._subscribers.get(session_id, {}).pop(subscriber, None) is not None:
                self._spawn(self._watch(session_id))

        return unsubscribe

    async def metrics(self) -> dict[int, str]:
        """Each worker's metrics in Prometheus' text format."""

        async def page(seat: _Seat) -> tuple[int, str]:
            if seat.link is None:
                return seat.index, ""
            try:
                return seat.index, await asyncio.wait_for(seat.link.metrics(), 2.0)
            except (TimeoutError, AvatarServerError):
                return seat.index, ""

        return dict(await asyncio.gather(*(page(seat) for seat in self._seats)))

    # Inside

    def _admit(self) -> _Seat:
        if self._draining:
            raise CapacityError("the server is shutting down; call another one", 30.0)
        up = [seat for seat in self._seats if seat.link is not None]
        if not up:
            raise CapacityError("no worker is up yet; try again in a moment", 2.0)
        if len(self._seat_of) >= self.capacity:
            raise CapacityError(
                f"the server is full: {len(self._seat_of)} of {self.capacity} callers are on; "
                "try again when somebody has left",
                _RETRY_AFTER_S,
            )
        return min(up, key=lambda seat: len(seat.sessions) / seat.capacity)

    def _link_of(self, session_id: str) -> WorkerLink:
        seat = self._seat_of.get(session_id)
        if seat is None:
            raise SessionNotFoundError(f"no session {session_id} runs here")
        if seat.link is None:
            raise WorkerGoneError("the session's worker ended")
        return seat.link

    def _forget(self, session_id: str) -> None:
        seat = self._seat_of.pop(session_id, None)
        if seat is not None:
            seat.sessions.discard(session_id)
        if not self._seat_of:
            self._vacant.set()

    def _end(self, session_id: str, reason: str) -> None:
        """Free the session's place; told once, whoever ends it first."""
        if session_id not in self._seat_of:
            return
        self._forget(session_id)
        self._ended[session_id] = reason
        while len(self._ended) > _ENDED_KEPT:
            del self._ended[next(iter(self._ended))]
        self._tell(WorkerEvent("closed", session_id, {"reason": reason}))
        self._subscribers.pop(session_id, None)
        logger.info("session %s ended: %s", session_id, reason)

    def _tell(self, event: WorkerEvent) -> None:
        for subscriber in list(self._subscribers.get(event.session_id, ())):
            subscriber(event)

    async def _watch(self, session_id: str) -> None:
        rates = self._subscribers.get(session_id, {})
        if not rates:
            self._subscribers.pop(session_id, None)
        # The session may end at any moment; then there is nothing to watch.
        with contextlib.suppress(SessionNotFoundError, WorkerGoneError):
            await self._link_of(session_id).watch(session_id, max(rates.values(), default=0.0))

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start_all(self) -> None:
        for seat in self._seats:
            await self._start(seat)

    async def _start(self, seat: _Seat) -> None:
        """Start a worker in ``seat``, again and again until it holds, waiting longer each time."""

        def on_event(event: WorkerEvent) -> None:
            if event.kind == "capacity":
                seat.capacity = max(1, int(event.data["callers"]))
            elif event.kind == "closed":
                self._end(event.session_id, str(event.data["reason"]))
            else:
                self._tell(event)

        def on_death(how: str) -> None:
            self._bury(seat, how)

        while not self._draining:
            await asyncio.sleep(_RESTART_DELAYS_S[min(seat.failures, len(_RESTART_DELAYS_S) - 1)])
            seat.started_s = time.monotonic()
            try:
                seat.link = await self._engine.start(seat.index, self._settings, on_event, on_death)
            except Exception as error:
                seat.failures += 1
                self.start_error = str(error) or type(error).__name__
                if isinstance(error, AvatarServerError) and not self._settled.is_set():
                    self._first_error = error
                    self._settled.set()
                else:
                    logger.error("worker %d does not start: %s", seat.index, self.start_error)
                continue
            self.start_error = None
            self._settled.set()
            return

    def _bury(self, seat: _Seat, how: str) -> None:
        seat.link = None
        for session_id in list(seat.sessions):
            self._end(session_id, f"worker {seat.index} ended unexpectedly ({how})")
        if self._draining:
            return
        steady = time.monotonic() - seat.started_s > _STEADY_AFTER_S
        seat.failures = 0 if steady else seat.failures + 1
        logger.error("worker %d ended (%s) and is started again", seat.index, how)
        self._spawn(self._start(seat))
