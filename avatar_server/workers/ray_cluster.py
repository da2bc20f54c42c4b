"""Workers as actors of a Ray cluster, placed by its scheduler over its machines.

The cluster is the one that ``RAY_ADDRESS`` names, else one started on this machine. Each actor asks
for one CPU. Media goes straight from the caller to the machine that the actor runs on, so that
machine must be reachable for the callers over UDP.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Any

from avatar_server.config import Settings
from avatar_server.errors import AvatarServerError, SettingsError, WorkerGoneError
from avatar_server.workers.channel import error_from_json, error_to_json
from avatar_server.workers.protocol import (
    DeathListener,
    EventListener,
    SessionRequest,
    WorkerEvent,
    WorkerLink,
)
from avatar_server.workers.remote_link import RemoteLink
from avatar_server.workers.threads import thread_environment

try:
    import ray
except ImportError:
    _has_ray = False
else:
    _has_ray = True

_EVENTS_AT_ONCE = 256
_STOP_LIMIT_S = 10.0


class WorkerActor:
    """A worker inside an actor. Expected errors come back as data: an exception would arrive
    wrapped in Ray's own, with a traceback that is nobody's business."""

    def __init__(self, settings: dict[str, Any]) -> None:
        # Loaded in the actor's process, not where the actor is asked for.
        from avatar_server.workers.worker import Worker

        self._events: asyncio.Queue[WorkerEvent] = asyncio.Queue()
        self._worker = Worker(Settings.model_validate(settings), self._events.put_nowait)

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            if name == "open_session":
                return {"result": await self._worker.open_session(SessionRequest(**arguments))}
            return {"result": await getattr(self._worker, name)(**arguments)}
        except AvatarServerError as error:
            return {"error": error_to_json(error)}

    async def next_events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The events since the last call; waits for one."""
        events = [await self._events.get()]
        while not self._events.empty() and len(events) < _EVENTS_AT_ONCE:
            events.append(self._events.get_nowait())
        return [(event.kind, event.session_id, event.data) for event in events]


class RayWorker(RemoteLink, WorkerLink):
    """The gateway's hold on an actor."""

    process_id = None

    def __init__(self, actor: Any, on_event: EventListener, on_death: DeathListener) -> None:
        self._actor = actor
        self._on_event = on_event
        self._on_death = on_death
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._call("start")
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        with contextlib.suppress(AvatarServerError, TimeoutError):
            await asyncio.wait_for(self._call("stop"), _STOP_LIMIT_S)
        ray.kill(self._actor)

    async def _call(self, name: str, **arguments: Any) -> Any:
        try:
            reply = await self._actor.call.remote(name, arguments)
        except ray.exceptions.RayActorError as error:
            raise WorkerGoneError("the worker's actor ended") from error
        if "error" in reply:
            raise error_from_json(reply["error"])
        return reply["result"]

    async def _listen(self) -> None:
        while True:
            try:
                events = await self._actor.next_events.remote()
            except ray.exceptions.RayError:
                self._on_death("its actor ended")
                return
            for kind, session_id, data in events:
                self._on_event(WorkerEvent(kind, session_id, data))


class RayEngine:
    """Asks the cluster for an actor for each worker."""

    def __init__(self) -> None:
        if not _has_ray:
            raise SettingsError(
                "engine 'ray' needs the package ray: pip install 'avatar-server[ray]'"
            )

    async def start(
        self, index: int, settings: Settings, on_event: EventListener, on_death: DeathListener
    ) -> WorkerLink:
        if not ray.is_initialized():
            await asyncio.to_thread(_join_cluster)
            _take_signals_back()
        actor_class = ray.remote(WorkerActor)
        # Long calls (the wait for events) must not hold up the others.
        actor = actor_class.options(num_cpus=1, max_concurrency=1000).remote(
            settings.model_dump(mode="json")
        )
        worker = RayWorker(actor, on_event, on_death)
        await worker.start()
        return worker

    async def close(self) -> None:
        if ray.is_initialized():
            await asyncio.to_thread(ray.shutdown)


def _take_signals_back() -> None:
    """Ray puts handlers of its own under Python's, which print a stack and end the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if handler is not None:
            signal.signal(number, handler)


def _join_cluster() -> None:
    ray.init(
        address=os.environ.get("RAY_ADDRESS"),
        runtime_env={"env_vars": thread_environment()},
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
    )
