"""Calls and events between a gateway and a worker process over one stream socket.

Each message is a JSON object behind its length, four bytes, big-endian. A call is
``{"id", "call", "arguments"}``, its reply ``{"id", "result"}`` or ``{"id", "error": {"kind",
"message", "terms"}}``; a message that asks for nothing is ``{"event": {...}}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from avatar_server import errors

logger = logging.getLogger(__name__)

_LENGTH_BYTES = 4
MAX_MESSAGE_BYTES = 16 * 1024 * 1024

CallHandler = Callable[[str, dict[str, Any]], Awaitable[Any]]
EventHandler = Callable[[dict[str, Any]], None]


def error_to_json(error: BaseException) -> dict[str, Any]:
    """An expected error by its class's name; any other as one that has no advice."""
    kind = type(error).__name__ if isinstance(error, errors.AvatarServerError) else ""
    terms = dict(error.terms) if isinstance(error, errors.LicenceError) else {}
    return {"kind": kind, "message": str(error) or type(error).__name__, "terms": terms}


def error_from_json(data: dict[str, Any]) -> Exception:
    kind = getattr(errors, str(data.get("kind")), None)
    if isinstance(kind, type) and issubclass(kind, errors.AvatarServerError):
        return kind(data["message"], **data["terms"])
    return RuntimeError(data["message"])


class Channel:
    """One end of the socket. ``run`` serves it until the other end closes."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_call: CallHandler | None = None,
        on_event: EventHandler | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_call = on_call
        self._on_event = on_event
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._answering: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls,
        sock: socket.socket,
        on_call: CallHandler | None = None,
        on_event: EventHandler | None = None,
    ) -> Channel:
        reader, writer = await asyncio.open_unix_connection(sock=sock)
        return cls(reader, writer, on_call, on_event)

    async def run(self) -> None:
        """Read until the other end is gone; whoever still waits for a reply is told so."""
        try:
            while True:
                header = await self._reader.readexactly(_LENGTH_BYTES)
                length = int.from_bytes(header, "big")
                if length > MAX_MESSAGE_BYTES:
                    raise ConnectionError(f"a message of {length} bytes")
                self._take(json.loads(await self._reader.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(errors.WorkerGoneError("the worker process ended"))
            self._waiting.clear()
            await self.close()

    async def call(self, name: str, **arguments: Any) -> Any:
        """Call the other end and wait for its reply. Raises what it raised, or
        WorkerGoneError."""
        if self._writer.is_closing():
            raise errors.WorkerGoneError("the worker process ended")
        self._last_id += 1
        call_id = self._last_id
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[call_id] = future
        self._write({"id": call_id, "call": name, "arguments": arguments})
        try:
            return await future
        finally:
            self._waiting.pop(call_id, None)

    def send_event(self, event: dict[str, Any]) -> None:
        if not self._writer.is_closing():
            self._write({"event": event})

    async def close(self) -> None:
        for task in self._answering:
            task.cancel()
        self._writer.close()
        with contextlib.suppress(ConnectionError, OSError):
            await self._writer.wait_closed()

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message, separators=(",", ":")).encode()
        self._writer.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)

    def _take(self, message: dict[str, Any]) -> None:
        if "event" in message:
            if self._on_event is not None:
                self._on_event(message["event"])
        elif "call" in message:
            task = asyncio.create_task(self._answer(message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        else:
            future = self._waiting.get(message["id"])
            if future is not None and not future.done():
                if "error" in message:
                    future.set_exception(error_from_json(message["error"]))
                else:
                    future.set_result(message.get("result"))

    async def _answer(self, message: dict[str, Any]) -> None:
        reply: dict[str, Any] = {"id": message["id"]}
        try:
            if self._on_call is None:
                raise RuntimeError("this end takes no calls")
            reply["result"] = await self._on_call(message["call"], message["arguments"])
        except errors.AvatarServerError as error:
            reply["error"] = error_to_json(error)
        except Exception as error:
            logger.exception("call %s failed", message["call"])
            reply["error"] = error_to_json(error)
        if not self._writer.is_closing():
            self._write(reply)
