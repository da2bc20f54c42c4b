"""A real server in processes of its own, and callers of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import trimesh

from tests.rtc.client import Caller, SquareCamera

SDP = {"content-type": "application/sdp"}
START_LIMIT_S = 60.0


def write_ball(folder: Path, name: str = "ball") -> Path:
    """A small avatar: a ball, as plain glTF."""
    folder.mkdir(parents=True, exist_ok=True)
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.12)
    ball.apply_translation((0.0, 1.4, 0.0))
    path = folder / f"{name}.glb"
    path.write_bytes(ball.export(file_type="glb"))
    return path


class Server:
    """``avatar-server serve`` with ``options``, on a free port of this machine."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        environment: dict[str, str] | None = None,
        program: tuple[str, ...] = ("-m", "avatar_server"),
    ):
        write_ball(folder / "avatars")
        self.imports = folder / "imports"
        self.log_path = folder / "server.log"
        with self.log_path.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, *program, "serve", "--port", "0"),
                    *("--avatars", str(folder / "avatars"), "--avatar", "ball", "--size", "128"),
                    *options,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={
                    **os.environ,
                    "AVATAR_SERVER_IMPORTS": str(self.imports),
                    **(environment or {}),
                },
            )
        self.url = self._wait_for_address()

    def _wait_for_address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Avatar Server: "):
                return line.split()[-1]
        raise AssertionError(f"the server did not start: {self.log_path.read_text()}")

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=30.0)

    def worker_ids(self) -> list[int]:
        """Process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [
            int(pid)
            for pid in children.read_text().split()
            if b"avatar_server.workers.main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextlib.contextmanager
def running(
    folder: Path,
    *options: str,
    program: tuple[str, ...] = ("-m", "avatar_server"),
    **environment: str,
) -> Iterator[Server]:
    server = Server(folder, *options, environment=environment, program=program)
    try:
        yield server
    finally:
        server.stop()


async def post_offer(client: httpx.AsyncClient, caller: Caller, **query: str) -> httpx.Response:
    """Post the caller's offer, and take the answer where there is one."""
    offer = await caller.offer()
    response = await client.post("/v1/sessions", params=query, content=offer, headers=SDP)
    if response.status_code == 201:
        await caller.accept(response.text)
    return response


@contextlib.asynccontextmanager
async def calling(
    client: httpx.AsyncClient, codec: str | None = None, **query: str
) -> AsyncIterator[tuple[Caller, httpx.Response]]:
    """A caller with a camera and both data channels, in a call."""
    caller = Caller(codec=codec, camera=SquareCamera(), channels=True)
    try:
        response = await post_offer(client, caller, **query)
        assert response.status_code == 201, response.text
        yield caller, response
    finally:
        await caller.close()


async def offer_text(**options: object) -> str:
    """An offer of a caller who then goes away."""
    caller = Caller(camera=SquareCamera(), **options)  # type: ignore[arg-type]
    try:
        return await caller.offer()
    finally:
        await caller.close()


def assert_problem(response: httpx.Response, status: int, *words: str) -> None:
    """A problem document (RFC 9457) of ``status`` whose detail has ``words`` in it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    for word in words:
        assert word in problem["detail"]


def wait_until_gone(pid: int, limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.05)
