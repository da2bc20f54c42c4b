"""Where a session is in its life."""

from __future__ import annotations

from enum import StrEnum


class SessionState(StrEnum):
    """The life of a session, in order. It only ever moves on."""

    NEW = "new"
    CONNECTING = "connecting"
    """Answered; ICE and DTLS are at work."""
    LIVE = "live"
    CLOSING = "closing"
    CLOSED = "closed"

    def comes_after(self, other: SessionState) -> bool:
        """Whether this is a later part of a session's life than ``other``."""
        order = list(SessionState)
        return order.index(self) > order.index(other)
