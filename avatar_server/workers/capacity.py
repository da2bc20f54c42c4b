"""How many callers fit: the work of one frame, measured on the machine that will do it."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from avatar_server.config import Settings
from avatar_server.face import FaceModels
from avatar_server.workers.frame_work import FrameWork
from avatar_server.workers.live import Costume
from avatar_server.workers.pipeline_thread import PipelineThread

FRAMES: Final = 11
WARM_UP: Final = 2
"""Frames that allocate, compile and fill caches; they do not count."""
OVERHEAD: Final = 1.15
"""What a caller costs beside the work measured here: the event loop, hand-overs between threads,
connectivity checks, the data channels."""
_OTHER_TRACKER_S: Final = 0.02
"""What a frame costs MediaPipe's own tracker, about."""
UTILISATION: Final = 0.9
"""Of a worker's share of the cores; one that is busier answers late."""
ADAPTIVE_UTILISATION: Final = 1.0
"""The same where quality gives way instead."""

AGAIN_AFTER_S: Final = (10.0, 60.0, 600.0)


@dataclass(frozen=True, slots=True)
class Capacity:
    """``frame_s``: seconds of CPU that one frame of a caller costs; ``callers`` fit, 1 at least."""

    frame_s: float
    callers: int

    def __str__(self) -> str:
        fit = "1 caller fits" if self.callers == 1 else f"{self.callers} callers fit"
        return f"one caller costs about {1000 * self.frame_s:.1f} ms a frame, {fit}"


async def capacities(
    measure: Callable[[], Awaitable[Capacity]],
    is_idle: Callable[[], bool],
    pauses_s: Iterable[float] = AGAIN_AFTER_S,
) -> AsyncIterator[Capacity]:
    """The capacity as measured now; and again later, where nobody calls at that moment and a frame
    costs less then. A machine that is starting up shows less than it can do."""
    best = await measure()
    yield best
    for pause_s in pauses_s:
        await asyncio.sleep(pause_s)
        if is_idle() and (again := await measure()).frame_s < best.frame_s:
            best = again
            yield best


async def measure_capacity(
    thread: PipelineThread, models: FaceModels | None, costume: Costume, settings: Settings
) -> Capacity:
    """What one worker takes at ``settings.fps``. Each frame is one turn of the pipeline thread, so
    that sessions that run already are hardly held up.

    ``models`` is None where another tracker than ours runs; its time is then assumed.
    """
    work = await thread.call(FrameWork, models, costume, settings, FRAMES)

    def timed() -> float:
        # CPU of this thread, not time on the wall: other programs do not count. The renderer and
        # the networks have no threads of their own.
        began = time.thread_time()
        work()
        return time.thread_time() - began

    try:
        costs_s = [await thread.call(timed) for _ in range(FRAMES)]
    finally:
        work.close()
    # Caches that other programs emptied make a frame dearer than its work is.
    frame_s = statistics.quantiles(costs_s[WARM_UP:], n=4)[0]
    if models is None:
        frame_s += _OTHER_TRACKER_S
    utilisation = ADAPTIVE_UTILISATION if settings.adaptive else UTILISATION
    return fitting(frame_s, settings.fps, utilisation * cores_of_worker(settings))


def fitting(work_s: float, fps: float, cores: float) -> Capacity:
    """Callers at ``fps`` that fit into ``cores`` when a frame's work takes ``work_s`` of CPU."""
    frame_s = OVERHEAD * work_s
    return Capacity(frame_s, max(1, int(cores / (frame_s * fps))))


def cores_of_worker(settings: Settings) -> float:
    """Cores that one worker can use: its share of the machine, and not much more than one, as one
    thread draws for all its callers."""
    available = len(os.sched_getaffinity(0)) if settings.worker_count == 1 else os.cpu_count() or 1
    return min(max(available / settings.worker_count, 0.5), 1.5)
