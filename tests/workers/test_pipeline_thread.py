from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest

from avatar_server.types import FrameTimes, VideoFrame
from avatar_server.workers.pipeline_thread import PipelineThread, Slot


def frame(number: int) -> VideoFrame:
    return VideoFrame((np.zeros((2, 2, 3), np.uint8),), FrameTimes(float(number), 0))


@pytest.fixture
async def thread():
    thread = PipelineThread()
    thread.start()
    yield thread
    await thread.stop()


class Worked:
    """A slot that notes the numbers of its frames, and can be held up."""

    def __init__(self, order: list, name: str = "") -> None:
        self.free = threading.Event()
        self.free.set()
        self.began = threading.Event()
        self.slot = Slot(self._work)
        self._order = order
        self._name = name

    def _work(self, given: VideoFrame | None) -> None:
        self.began.set()
        self.free.wait(10)
        number = None if given is None else int(given.times.capture_s)
        self._order.append((self._name, number))


async def done(thread: PipelineThread) -> None:
    """Returns when nothing waits any more."""
    for _ in range(20):
        await thread.call(lambda: None)


async def test_the_newest_frame_wins_and_the_others_are_counted(thread):
    order: list = []
    worked = Worked(order)
    thread.add(worked.slot)
    worked.free.clear()
    thread.submit(worked.slot, frame(1))
    await asyncio.to_thread(worked.began.wait, 10)
    for number in (2, 3, 4):
        thread.submit(worked.slot, frame(number))
    worked.free.set()
    await done(thread)
    await asyncio.sleep(0.05)
    assert order == [("", 1), ("", 4)]
    assert worked.slot.skipped == 2


async def test_sessions_take_turns(thread):
    order: list = []
    busy, other = Worked(order, "busy"), Worked(order, "other")
    thread.add(busy.slot)
    thread.add(other.slot)
    busy.free.clear()
    thread.submit(busy.slot, frame(1))
    await asyncio.to_thread(busy.began.wait, 10)
    thread.submit(busy.slot, frame(2))
    thread.submit(other.slot, frame(1))
    busy.free.set()
    await asyncio.sleep(0.05)
    assert order == [("busy", 1), ("other", 1), ("busy", 2)]


async def test_a_clock_runs_its_slot_without_frames(thread):
    order: list = []
    worked = Worked(order)
    thread.add(worked.slot)
    thread.wake(worked.slot, time.monotonic_ns())
    await asyncio.to_thread(worked.began.wait, 10)
    thread.wake(worked.slot, None)
    await done(thread)
    assert ("", None) in order


async def test_a_removed_slot_gets_no_more_turns(thread):
    order: list = []
    worked = Worked(order)
    thread.add(worked.slot)
    thread.remove(worked.slot)
    thread.submit(worked.slot, frame(1))
    await asyncio.sleep(0.05)
    assert order == []


async def test_calls_give_results_and_errors_and_a_failing_slot_stops_nobody(thread):
    def fail(_: object = None) -> None:
        raise ValueError("broken")

    broken = Slot(fail)
    thread.add(broken)
    thread.submit(broken, frame(1))
    assert await thread.call(lambda: 42) == 42
    with pytest.raises(ValueError, match="broken"):
        await thread.call(fail)
    assert await thread.call(threading.get_ident) != threading.get_ident()


async def test_nothing_is_called_after_the_end():
    thread = PipelineThread()
    thread.start()
    await thread.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        await thread.call(lambda: None)
