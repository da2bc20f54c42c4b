"""What every hold on a worker elsewhere has in common: calls by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any

from avatar_server.workers.protocol import SessionRequest


class RemoteLink(ABC):
    """The calls of ``WorkerLink``, each handed to the worker by name with plain data."""

    @abstractmethod
    async def _call(self, name: str, **arguments: Any) -> Any:
        """The worker's answer. Raises what the worker raised, or WorkerGoneError."""

    async def open_session(self, request: SessionRequest) -> str:
        answer = await self._call("open_session", **asdict(request))
        return str(answer)

    async def add_candidate(self, session_id: str, fragment: str) -> None:
        await self._call("add_candidate", session_id=session_id, fragment=fragment)

    async def control(self, session_id: str, message: str) -> None:
        await self._call("control", session_id=session_id, message=message)

    async def close_session(self, session_id: str, reason: str) -> None:
        await self._call("close_session", session_id=session_id, reason=reason)

    async def watch(self, session_id: str, rate: float) -> None:
        await self._call("watch", session_id=session_id, rate=rate)

    async def metrics(self) -> str:
        return str(await self._call("metrics"))
