"""What passes between the gateway and its workers. All of it is plain data, so that it travels
over a socket or through a cluster engine as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from avatar_server.config import Settings
from avatar_server.types import Wearer


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A caller's wish: the offer, and what to answer it with."""

    session_id: str
    offer: str
    avatar: str
    i_am: Wearer | None = None
    """What the caller says to be of the avatar."""
    performance: str | None = None
    echo_audio: bool = False
    marks: bool = False
    """Carry the numbers burnt into camera frames over into their avatar frames."""


@dataclass(frozen=True, slots=True)
class WorkerEvent:
    """Something a worker tells of itself.

    ``kind`` is "closed" (a session ended; ``data["reason"]``), "state", "timings" or "expression"
    (of a session), or "capacity" (``data["callers"]``, session_id empty).
    """

    kind: str
    session_id: str
    data: dict[str, Any] = field(default_factory=dict)


EventListener = Callable[[WorkerEvent], None]
"""Called on the gateway's event loop; returns at once."""

DeathListener = Callable[[str], None]
"""Called once on the gateway's event loop when a worker is gone without being asked to; the
argument says how."""


class WorkerLink(Protocol):
    """The gateway's hold on one worker, wherever it runs.

    The calls raise what the worker raised (errors of ``avatar_server.errors``), or
    WorkerGoneError.
    """

    @property
    def process_id(self) -> int | None:
        """The worker's process on this machine, None where it has none of its own."""

    async def open_session(self, request: SessionRequest) -> str:
        """Answer the offer: the answer's SDP. Raises OfferError, AvatarFileError, LicenceError."""

    async def add_candidate(self, session_id: str, fragment: str) -> None: ...

    async def control(self, session_id: str, message: str) -> None:
        """Follow a message of the data channel ``control``. Raises what it is refused with."""

    async def close_session(self, session_id: str, reason: str) -> None: ...

    async def watch(self, session_id: str, rate: float) -> None:
        """Send expressions of the session as events, ``rate`` a second; 0 stops."""

    async def metrics(self) -> str:
        """The worker's metrics in Prometheus' text format."""

    async def stop(self) -> None:
        """End all sessions and the worker."""


class Engine(Protocol):
    """A place where workers run. ``start`` returns when the worker can take callers."""

    async def start(
        self, index: int, settings: Settings, on_event: EventListener, on_death: DeathListener
    ) -> WorkerLink: ...

    async def close(self) -> None:
        """Let go of what the workers had in common, after the last one was stopped."""
