"""The pool's rules, with an engine whose workers are in memory: what is tested is who is asked,
who is refused and who is told. Real workers are in ``test_worker`` and ``tests/api``."""

from __future__ import annotations

import asyncio

import pytest

from avatar_server.config import Settings
from avatar_server.errors import CapacityError, OfferError, RenderError, SessionNotFoundError
from avatar_server.workers.pool import WorkerPool
from avatar_server.workers.protocol import SessionRequest, WorkerEvent


class MemoryWorker:
    process_id = None

    def __init__(self, on_event, on_death) -> None:
        self.on_event = on_event
        self.die = on_death
        self.sessions: list[str] = []
        self.rates: list[float] = []
        self.stopped = False

    async def open_session(self, request: SessionRequest) -> str:
        if request.offer == "bad":
            raise OfferError("bad")
        self.sessions.append(request.session_id)
        return f"answer to {request.offer}"

    async def add_candidate(self, session_id: str, fragment: str) -> None: ...

    async def close_session(self, session_id: str, reason: str) -> None:
        self.sessions.remove(session_id)
        self.on_event(WorkerEvent("closed", session_id, {"reason": reason}))

    async def watch(self, session_id: str, rate: float) -> None:
        self.rates.append(rate)

    async def metrics(self) -> str:
        return ""

    async def stop(self) -> None:
        self.stopped = True


class MemoryEngine:
    def __init__(self, callers: int = 2, failures: int = 0) -> None:
        self.workers: dict[int, MemoryWorker] = {}
        self.started = 0
        self._callers = callers
        self._failures = failures

    async def start(self, index, settings, on_event, on_death) -> MemoryWorker:
        self.started += 1
        if self.started <= self._failures:
            raise RenderError("no graphics")
        worker = self.workers[index] = MemoryWorker(on_event, on_death)
        on_event(WorkerEvent("capacity", "", {"callers": self._callers}))
        return worker

    async def close(self) -> None: ...


def request(session_id: str, offer: str = "offer") -> SessionRequest:
    return SessionRequest(session_id, offer, "ani")


async def started(engine: MemoryEngine, workers: int = 2, **settings: object) -> WorkerPool:
    pool = WorkerPool(engine, Settings(workers=workers, **settings))
    pool.start()
    for _ in range(100):
        if all(pool.workers_up().values()):
            return pool
        await asyncio.sleep(0)
    raise AssertionError("the workers did not start")


async def test_sessions_are_spread_and_the_surplus_is_refused():
    engine = MemoryEngine(callers=2)
    pool = await started(engine)
    for number in range(4):
        assert await pool.open_session(request(f"s{number}")) == "answer to offer"
    assert [len(worker.sessions) for worker in engine.workers.values()] == [2, 2]
    with pytest.raises(CapacityError, match="4 of 4") as full:
        await pool.open_session(request("s4"))
    assert full.value.retry_after_s > 0
    assert pool.refused == 1
    await pool.close_session("s0", "done")
    await pool.open_session(request("s4"))
    await pool.stop()
    assert all(worker.stopped for worker in engine.workers.values())


async def test_a_fixed_capacity_is_for_all_workers_together():
    pool = await started(MemoryEngine(callers=3), capacity=3)
    for number in range(3):
        await pool.open_session(request(f"s{number}"))
    with pytest.raises(CapacityError):
        await pool.open_session(request("s3"))
    await pool.stop()


async def test_a_bad_offer_takes_no_place():
    pool = await started(MemoryEngine(callers=1), workers=1)
    with pytest.raises(OfferError):
        await pool.open_session(request("s0", "bad"))
    assert pool.session_count == 0
    await pool.open_session(request("s1"))
    await pool.stop()


async def test_a_dead_worker_takes_its_sessions_along_and_is_replaced():
    engine = MemoryEngine()
    pool = await started(engine, workers=1)
    heard: list[WorkerEvent] = []
    await pool.open_session(request("s0"))
    pool.subscribe("s0", heard.append, 0.0)
    engine.workers[0].die("signal SIGKILL")
    assert not pool.is_running("s0")
    assert "SIGKILL" in (pool.end_reason("s0") or "")
    assert [event.kind for event in heard] == ["closed"]
    with pytest.raises(SessionNotFoundError):
        await pool.add_candidate("s0", "")
    for _ in range(300):
        if pool.ready:
            break
        await asyncio.sleep(0.01)
    await pool.open_session(request("s1"))
    assert engine.started == 2
    await pool.stop()


async def test_a_worker_that_cannot_start_says_why_and_is_tried_again():
    engine = MemoryEngine(failures=1)
    pool = WorkerPool(engine, Settings(workers=1))
    pool.start()
    for _ in range(50):
        await asyncio.sleep(0)
    assert pool.start_error == "no graphics"
    with pytest.raises(CapacityError):
        await pool.open_session(request("s0"))
    with pytest.raises(RenderError):
        await pool.wait_ready()
    for _ in range(300):
        if pool.ready:
            break
        await asyncio.sleep(0.01)
    assert pool.start_error is None
    await pool.open_session(request("s0"))
    await pool.stop()


async def test_the_most_eager_listener_sets_the_rate():
    engine = MemoryEngine()
    pool = await started(engine, workers=1)
    await pool.open_session(request("s0"))
    leave_slow = pool.subscribe("s0", lambda event: None, 2.0)
    leave_fast = pool.subscribe("s0", lambda event: None, 30.0)
    await asyncio.sleep(0.01)
    leave_fast()
    await asyncio.sleep(0.01)
    leave_slow()
    await asyncio.sleep(0.01)
    assert engine.workers[0].rates[-2:] == [2.0, 0.0]
    assert max(engine.workers[0].rates) == 30.0
    await pool.stop()


async def test_draining_ends_with_the_last_session():
    pool = await started(MemoryEngine(), workers=1)
    await pool.open_session(request("s0"))
    draining = asyncio.create_task(pool.drain(30.0))
    await asyncio.sleep(0)
    with pytest.raises(CapacityError, match="shutting down"):
        await pool.open_session(request("s1"))
    assert not draining.done()
    await pool.close_session("s0", "done")
    await asyncio.wait_for(draining, 10)
    await pool.stop()
