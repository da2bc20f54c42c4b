"""``WS /v1/sessions/{id}/events``: what happens in a session, for dashboards and QA."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from avatar_server.api.context import Context
from avatar_server.api.problems import Problem, problem_response
from avatar_server.workers.protocol import WorkerEvent

router = APIRouter(prefix="/v1/sessions")

_BACKLOG = 32
MAX_RATE = 60.0


class EventFeed:
    """The events of one session for one listener. A listener who cannot follow loses the oldest."""

    def __init__(self, rate: float) -> None:
        self._interval_s = 1.0 / rate if rate > 0 else float("inf")
        self._next_expression_s = 0.0
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_BACKLOG)

    def take(self, event: WorkerEvent) -> None:
        if event.kind == "expression" and not self._expression_due():
            return
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait({"type": event.kind, **event.data})

    async def next(self) -> dict[str, Any]:
        return await self._events.get()

    def _expression_due(self) -> bool:
        """Whether it is time for another one; half an interval early still keeps the rate."""
        now = time.monotonic()
        if now < self._next_expression_s - self._interval_s / 2:
            return False
        self._next_expression_s = max(self._next_expression_s + self._interval_s, now)
        return True


@router.websocket("/{session_id}/events")
async def events(
    session_id: str,
    websocket: WebSocket,
    context: Context,
    rate: Annotated[float, Query(ge=0, le=MAX_RATE)] = 10.0,
) -> None:
    """State changes, timings twice a second, and the expression ``rate`` times a second, as JSON
    messages; closes with 1000 when the session has ended."""
    if not context.pool.is_running(session_id):
        reason = context.pool.end_reason(session_id)
        problem = Problem(404, "No such session", reason or f"no session {session_id} runs here")
        await websocket.send_denial_response(problem_response(problem))
        return
    feed = EventFeed(rate)
    unsubscribe = context.pool.subscribe(session_id, feed.take, rate)
    leaving: asyncio.Task[None] | None = None
    try:
        await websocket.accept()
        leaving = asyncio.create_task(_until_gone(websocket))
        await _forward(feed, websocket, leaving)
    except WebSocketDisconnect:
        pass
    finally:
        unsubscribe()
        if leaving is not None:
            leaving.cancel()


async def _forward(feed: EventFeed, websocket: WebSocket, leaving: asyncio.Task[None]) -> None:
    while True:
        arriving = asyncio.create_task(feed.next())
        await asyncio.wait({arriving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not arriving.done():
            arriving.cancel()
            return
        event = arriving.result()
        await websocket.send_json(event)
        if event["type"] == "closed":
            await websocket.close(1000, "the session has ended")
            return


async def _until_gone(websocket: WebSocket) -> None:
    """Read and ignore, until the listener leaves."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
