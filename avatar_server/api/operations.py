"""For those who run the server: health, metrics, schemas."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from avatar_server import __version__
from avatar_server.api.context import Context
from avatar_server.api.problems import Problem
from avatar_server.workers.metrics import WorkerPages

router = APIRouter(tags=["operations"])


@router.get("/healthz", response_class=PlainTextResponse)
async def healthz() -> str:
    """Whether the gateway is alive."""
    return "ok\n"


@router.get("/readyz")
async def readyz(context: Context) -> Response:
    """Whether a caller could be taken: 200, or 503 with the cause."""
    pool = context.pool
    if not pool.ready:
        cause = pool.start_error or "the workers are starting"
        raise Problem(503, "Not ready", cause, headers={"Retry-After": "1"})
    up = sum(pool.workers_up().values())
    return JSONResponse(
        {
            "status": "ready",
            "version": __version__,
            "workers": up,
            "sessions": pool.session_count,
            "capacity": pool.capacity,
        }
    )


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(context: Context) -> Response:
    """All metrics in Prometheus' text format, the workers' with the label ``worker``."""
    registry = CollectorRegistry()
    pool = context.pool
    Gauge("avatar_server_capacity", "Callers that fit at once.", registry=registry).set(
        pool.capacity
    )
    up = Gauge("avatar_server_worker_up", "Whether the worker runs.", ["worker"], registry=registry)
    for worker, is_up in pool.workers_up().items():
        up.labels(str(worker)).set(is_up)
    refused = Counter(
        "avatar_server_sessions_refused",
        "Callers refused for want of room since the start.",
        registry=registry,
    )
    refused.inc(pool.refused)
    registry.register(WorkerPages(await pool.metrics()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/schemas/control")
async def control_schema() -> dict[str, Any]:
    """JSON Schema of the messages on the data channel ``control``."""
    # The peer connection's libraries are large, and the gateway has no other use for them.
    from avatar_server.rtc.control import control_schema as schema

    return schema()
