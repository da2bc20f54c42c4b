"""What the routes share: the settings, the workers and the avatars on disk."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from avatar_server.api.problems import Problem
from avatar_server.avatar import AvatarCatalog
from avatar_server.config import Settings
from avatar_server.workers.pool import WorkerPool


@dataclass(slots=True)
class ServerContext:
    settings: Settings
    pool: WorkerPool
    catalog: AvatarCatalog
    importing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One import at a time: it costs a core."""


def _context(connection: HTTPConnection) -> ServerContext:
    return cast("ServerContext", connection.app.state.context)


Context = Annotated[ServerContext, Depends(_context)]


def _authorized(connection: HTTPConnection) -> None:
    """Raises Problem 401 unless the request carries one of the server's bearer tokens (RFC 6750),
    where it has any."""
    tokens = _context(connection).settings.tokens
    if not tokens:
        return
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and any(
        hmac.compare_digest(given.strip().encode(), token.encode()) for token in tokens
    ):
        return
    raise Problem(
        401,
        "A token is needed",
        "send one of the server's tokens as 'Authorization: Bearer TOKEN'",
        headers={"WWW-Authenticate": "Bearer"},
    )


Authorized = Depends(_authorized)
