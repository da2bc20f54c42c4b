"""The one thread of a worker that runs pipelines. It owns the GL context and the models; the
sessions take turns, and each hands over one frame at a time, the newest."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

from avatar_server.types import VideoFrame

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Slot:
    """A session's place in the turn.

    ``work`` runs on the pipeline thread: with the newest frame, or with None when the slot's
    clock is due. ``due_ns`` (monotonic, None: no clock) is set by ``work`` or through
    ``PipelineThread.wake``.
    """

    def __init__(self, work: Callable[[VideoFrame | None], None]) -> None:
        self.work = work
        self.frame: VideoFrame | None = None
        self.due_ns: int | None = None
        self.skipped = 0
        """Frames that a newer one replaced before they were taken up."""


class PipelineThread:
    """Runs slots in turn, and calls in between. All GL objects are made, used and freed here."""

    def __init__(self, name: str = "pipeline") -> None:
        self._condition = threading.Condition()
        self._calls: deque[Callable[[], None]] = deque()
        self._slots: deque[Slot] = deque()
        self._stopping = False
        self.busy_ns = 0
        """Time that the thread has worked so far, waits for a core included."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` on the thread, between two frames."""
        done: Future[T] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(function(*args, **kwargs))
            except BaseException as error:
                done.set_exception(error)

        self.post(run)
        return await asyncio.wrap_future(done)

    def post(self, function: Callable[[], Any]) -> None:
        """Run ``function`` on the thread and forget it."""
        with self._condition:
            if self._stopping:
                raise RuntimeError("the pipeline thread has stopped")
            self._calls.append(function)
            self._condition.notify()

    def add(self, slot: Slot) -> None:
        with self._condition:
            self._slots.append(slot)
            self._condition.notify()

    def remove(self, slot: Slot) -> None:
        """Take ``slot`` out of the turn. Its work may still be running when this returns; a call
        made after it runs when it is done."""
        with self._condition:
            if slot in self._slots:
                self._slots.remove(slot)
            slot.frame = None

    def submit(self, slot: Slot, frame: VideoFrame) -> None:
        """Hand over the newest frame; one that still waits is dropped and counted."""
        with self._condition:
            if slot.frame is not None:
                slot.skipped += 1
            slot.frame = frame
            self._condition.notify()

    def wake(self, slot: Slot, due_ns: int | None) -> None:
        """Set the slot's clock."""
        with self._condition:
            slot.due_ns = due_ns
            self._condition.notify()

    async def stop(self) -> None:
        """Run the calls that wait, then end the thread."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while True:
            with self._condition:
                job = self._next_job()
                while job is None:
                    if self._stopping:
                        return
                    self._condition.wait(self._seconds_to_next_tick())
                    job = self._next_job()
            began_ns = time.monotonic_ns()
            try:
                job()
            except Exception:
                logger.exception("a pipeline failed")
            self.busy_ns += time.monotonic_ns() - began_ns

    def _next_job(self) -> Callable[[], None] | None:
        if self._calls:
            return self._calls.popleft()
        now = time.monotonic_ns()
        for turn, slot in enumerate(self._slots):
            frame = slot.frame
            if frame is None and (slot.due_ns is None or slot.due_ns > now):
                continue
            slot.frame = None
            # Whoever was served goes to the end of the row.
            self._slots.rotate(-turn - 1)
            return lambda slot=slot, frame=frame: slot.work(frame)  # type: ignore[misc]
        return None

    def _seconds_to_next_tick(self) -> float | None:
        ticks = [slot.due_ns for slot in self._slots if slot.due_ns is not None]
        if not ticks:
            return None
        return max(0.0, (min(ticks) - time.monotonic_ns()) / 1e9)
