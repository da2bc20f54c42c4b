"""The HTTP interface as one FastAPI application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from avatar_server import __version__
from avatar_server.api import avatars, events, imports, operations, page, problems, sessions
from avatar_server.api.context import ServerContext
from avatar_server.avatar import AvatarCatalog
from avatar_server.config import Settings
from avatar_server.workers.pool import WorkerPool

_DESCRIPTION = (
    "A face goes in over WebRTC, an avatar comes out over the same connection. Sessions follow "
    "WHIP (RFC 9725); failures are problem details (RFC 9457)."
)


def create_app(settings: Settings, pool: WorkerPool) -> FastAPI:
    """The application over ``pool``, whose workers live as long as the application runs."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool.start()
        yield
        await pool.stop()

    app = FastAPI(
        title="Avatar Server",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    catalog = AvatarCatalog(settings.avatar_folders, settings.commercial_usage)
    app.state.context = ServerContext(settings, pool, catalog)
    app.add_middleware(page.GuardingHeaders)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match"],
            expose_headers=["Location", "ETag", "Link", "Retry-After"],
        )
    problems.install(app)
    for module in (sessions, events, avatars, imports, operations, page):
        app.include_router(module.router)
    page.mount_page(app)
    return app
