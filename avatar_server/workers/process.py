"""Workers as processes of this machine, each on a socket to the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from typing import Any

from avatar_server.config import Settings
from avatar_server.errors import AvatarServerError, WorkerGoneError
from avatar_server.workers.channel import Channel
from avatar_server.workers.protocol import (
    DeathListener,
    EventListener,
    WorkerEvent,
    WorkerLink,
)
from avatar_server.workers.remote_link import RemoteLink
from avatar_server.workers.threads import thread_environment

logger = logging.getLogger(__name__)

_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 5.0


class WorkerProcess(RemoteLink, WorkerLink):
    """A worker process and the channel to it."""

    def __init__(self, process: asyncio.subprocess.Process, on_death: DeathListener) -> None:
        self._process = process
        self._on_death = on_death
        self._stopping = False
        self._channel: Channel | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int:
        return self._process.pid

    async def connect(
        self, sock: socket.socket, settings: Settings, on_event: EventListener
    ) -> None:
        """Tell the process its settings and wait until it can take callers."""

        def take(event: dict[str, Any]) -> None:
            on_event(WorkerEvent(event["kind"], event["session_id"], event["data"]))

        self._channel = await Channel.open(sock, on_event=take)
        self._serving = asyncio.create_task(self._serve(self._channel))
        try:
            await asyncio.wait_for(
                self._call("start", settings=settings.model_dump(mode="json")), _START_LIMIT_S
            )
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        self._stopping = True
        with contextlib.suppress(AvatarServerError, TimeoutError):
            await asyncio.wait_for(self._call("stop"), _STOP_LIMIT_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _STOP_LIMIT_S)
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._serving is not None:
            await self._serving

    async def _call(self, name: str, **arguments: Any) -> Any:
        if self._channel is None:
            raise WorkerGoneError("the worker process has not started")
        return await self._channel.call(name, **arguments)

    async def _serve(self, channel: Channel) -> None:
        await channel.run()
        if self._stopping:
            return
        # The socket closes a moment before the process is reaped.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _STOP_LIMIT_S)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._on_death(describe_exit(self._process.returncode or 0))


class ProcessEngine:
    """Starts each worker as ``python -m avatar_server.workers.main`` with one end of a socket
    pair, pinned to a core where each worker can have its own."""

    async def start(
        self, index: int, settings: Settings, on_event: EventListener, on_death: DeathListener
    ) -> WorkerLink:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        core = core_of(index, settings)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "avatar_server.workers.main"),
                *("--socket", str(theirs.fileno()), "--index", str(index)),
                *(() if core is None else ("--core", str(core))),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, **thread_environment()},
                # A Ctrl-C is the gateway's to handle: it drains its workers.
                start_new_session=True,
            )
        worker = WorkerProcess(process, on_death)
        await worker.connect(ours, settings, on_event)
        return worker

    async def close(self) -> None: ...


def core_of(index: int, settings: Settings) -> int | None:
    """The core that a worker is bound to, None for any: binding helps only where each of several
    workers has a core of its own."""
    cores = sorted(os.sched_getaffinity(0))
    if not settings.pin_workers or not 1 < settings.worker_count <= len(cores):
        return None
    return cores[index]


def describe_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
