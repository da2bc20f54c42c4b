"""The gateway as a program: uvicorn around the application, and its orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

from avatar_server.api.app import create_app
from avatar_server.config import Settings
from avatar_server.errors import SettingsError
from avatar_server.logs import configure_logs
from avatar_server.workers.engines import create_engine
from avatar_server.workers.pool import WorkerPool

logger = logging.getLogger(__name__)


class _Gateway(uvicorn.Server):
    """Lets the running sessions end before HTTP does: their callers may still DELETE them."""

    def __init__(self, config: uvicorn.Config, pool: WorkerPool, drain_limit_s: float) -> None:
        super().__init__(config)
        self._pool = pool
        self._drain_limit_s = drain_limit_s
        self._draining: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self._on_signal)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def _on_signal(self) -> None:
        """The first signal drains, the second ends at once."""
        if self._draining is not None:
            self.should_exit = True
            self.force_exit = True
            return
        self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        if self._pool.session_count:
            logger.info("waiting for %d sessions to end", self._pool.session_count)
        await self._pool.drain(self._drain_limit_s)
        self.should_exit = True


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises SettingsError with what to do when the port is not free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
    except OSError as error:
        sock.close()
        raise SettingsError(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror}); "
            "choose another with --host and --port"
        ) from error
    sock.listen(256)
    sock.set_inheritable(False)
    return sock


def run(settings: Settings, on_ready: Callable[[str, WorkerPool], None]) -> None:
    """Serve until SIGTERM or SIGINT. ``on_ready`` is called with the page's address once a caller
    can come. Raises SettingsError, or what keeps the first worker from starting."""
    configure_logs(settings.log_level, "gateway")
    pool = WorkerPool(create_engine(settings.engine), settings)
    sock = listen(settings)
    config = uvicorn.Config(
        create_app(settings, pool),
        loop="auto",
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        log_level="warning",
        access_log=settings.access_log,
        server_header=False,
        timeout_graceful_shutdown=5,
        ws_max_size=4096,
    )
    server = _Gateway(config, pool, settings.drain_limit_s)
    if settings.access_log and not settings.log_addresses:
        logging.getLogger("uvicorn.access").addFilter(without_address)
    if settings.access_log:
        logging.getLogger("uvicorn.access").setLevel("INFO")

    async def announce() -> None:
        try:
            await pool.wait_ready()
            on_ready(address_of(sock), pool)
        except BaseException:
            server.should_exit = True
            raise

    async def serve() -> None:
        announcing = asyncio.create_task(announce())
        await server.serve(sockets=[sock])
        announcing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcing

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())


def without_address(record: logging.LogRecord) -> bool:
    """Takes the caller's address out of an access line of uvicorn's, whose first argument it is."""
    if isinstance(record.args, tuple) and record.args:
        record.args = ("-", *record.args[1:])
    return True


def address_of(sock: socket.socket) -> str:
    """The page's address for a person on this machine."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::", "127.0.0.1", "::1"):
        host = "localhost"
    return f"http://{host}:{port}"
