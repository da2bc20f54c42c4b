"""The program of a worker process: ``python -m avatar_server.workers.main --socket FD``. It serves
calls from the socket until the other end closes it."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from avatar_server.config import Settings
from avatar_server.errors import WorkerGoneError
from avatar_server.logs import configure_logs
from avatar_server.workers.channel import Channel
from avatar_server.workers.protocol import SessionRequest, WorkerEvent

if TYPE_CHECKING:
    from avatar_server.workers.worker import Worker


_SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread may keep the interpreter from others that wait for it. A frame passes four
threads, and Python's usual 5 ms at each would be most of the delay that it may take."""


class WorkerProgram:
    """Turns the channel's calls into the worker's."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._worker: Worker | None = None
        self._channel: Channel | None = None

    async def run(self, sock: socket.socket) -> None:
        self._channel = await Channel.open(sock, on_call=self._answer)
        await self._channel.run()
        # Also when the gateway died: its callers' media shall not go on without it.
        if self._worker is not None:
            await self._worker.stop()

    async def _answer(self, call: str, arguments: dict[str, Any]) -> Any:
        if call == "start":
            return await self._start(Settings.model_validate(arguments["settings"]))
        worker = self._worker
        if worker is None:
            raise WorkerGoneError("the worker is not running")
        match call:
            case "open_session":
                return await worker.open_session(SessionRequest(**arguments))
            case "add_candidate":
                return await worker.add_candidate(**arguments)
            case "control":
                return await worker.control(**arguments)
            case "close_session":
                return await worker.close_session(**arguments)
            case "watch":
                return await worker.watch(**arguments)
            case "metrics":
                return await worker.metrics()
            case "stop":
                self._worker = None
                return await worker.stop()
        raise RuntimeError(f"a worker has no call {call!r}")

    async def _start(self, settings: Settings) -> None:
        configure_logs(settings.log_level, f"worker {self._index}")
        # Loaded here, so that the libraries' time counts for a worker that really starts.
        from avatar_server.workers.worker import Worker

        worker = Worker(settings, self._send_event)
        await worker.start()
        self._worker = worker
        # What is loaded now stays: the collector need not walk it for each caller.
        gc.collect()
        gc.freeze()

    def _send_event(self, event: WorkerEvent) -> None:
        if self._channel is not None:
            self._channel.send_event(
                {"kind": event.kind, "session_id": event.session_id, "data": event.data}
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m avatar_server.workers.main")
    parser.add_argument("--socket", type=int, required=True, help="file descriptor of the socket")
    parser.add_argument("--index", type=int, default=0)
    parser.add_argument("--core", type=int, help="the core to stay on")
    arguments = parser.parse_args()
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    sock = socket.socket(fileno=arguments.socket)
    try:
        import uvloop
    except ImportError:
        asyncio.run(WorkerProgram(arguments.index).run(sock))
    else:
        uvloop.run(WorkerProgram(arguments.index).run(sock))


if __name__ == "__main__":
    main()
