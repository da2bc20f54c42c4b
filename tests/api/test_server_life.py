from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import websockets

from tests.api.server import (
    SDP,
    assert_problem,
    calling,
    offer_text,
    running,
    wait_until_gone,
)
from tests.rtc.client import until


async def until_readiness(client: httpx.AsyncClient, status: int) -> None:
    for _ in range(200):
        if (await client.get("/readyz")).status_code == status:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the server did not come to answer {status}")


async def test_a_killed_worker_ends_its_sessions_and_comes_back(tmp_path):
    with running(tmp_path, "--workers", "1", "--capacity", "2") as server:
        async with server.client() as client:
            async with calling(client) as (caller, response):
                path = response.headers["location"]
                await until(lambda: len(caller.frames) > 2)
                events = f"{server.url.replace('http', 'ws', 1)}{path}/events?rate=0"
                async with websockets.connect(events) as listener:
                    (worker,) = server.worker_ids()
                    os.kill(worker, signal.SIGKILL)
                    last = [json.loads(message) async for message in listener][-1]
                assert last["type"] == "closed"
                assert "SIGKILL" in last["reason"]
                assert_problem(await client.delete(path), 410, "SIGKILL")
            await until_readiness(client, 200)
            assert server.worker_ids() != [worker]
            async with calling(client) as (caller, response):
                await until(lambda: len(caller.frames) > 2)


async def test_sigterm_lets_a_call_finish(tmp_path):
    with running(tmp_path, "--workers", "1", "--capacity", "2") as server:
        (worker,) = server.worker_ids()
        async with server.client() as client, calling(client) as (caller, response):
            await until(lambda: len(caller.frames) > 2)
            server.process.send_signal(signal.SIGTERM)
            await until_readiness(client, 503)
            refused = await client.post("/v1/sessions", content=await offer_text(), headers=SDP)
            assert_problem(refused, 503, "shutting down")
            frames = len(caller.frames)
            await until(lambda: len(caller.frames) > frames + 5)
            assert (await client.delete(response.headers["location"])).status_code == 200
        assert await asyncio.to_thread(server.process.wait, 20) == 0
        wait_until_gone(worker)


async def test_a_worker_does_not_outlive_its_gateway(tmp_path):
    with running(tmp_path, "--workers", "1", "--capacity", "1") as server:
        (worker,) = server.worker_ids()
        server.process.kill()
        await asyncio.to_thread(server.process.wait, 20)
        wait_until_gone(worker)


async def test_tokens_guard_sessions_and_imports(tmp_path):
    with running(tmp_path, "--workers", "1", "--capacity", "1", "--token", "secret") as server:
        async with server.client() as client:
            offer = await offer_text()
            for headers in ({}, {"authorization": "Bearer wrong"}):
                refused = await client.post(
                    "/v1/sessions", content=offer, headers={**SDP, **headers}
                )
                assert_problem(refused, 401, "token")
                assert refused.headers["www-authenticate"] == "Bearer"
            assert_problem(await client.post("/v1/avatars", content=b"x"), 401)
            client.headers["authorization"] = "Bearer secret"
            async with calling(client) as (_, response):
                assert response.status_code == 201


async def test_ice_servers_and_origins_are_told(tmp_path):
    options = ("--ice-server", "turn:127.0.0.1:9,ann,pass", "--cors-origin", "https://a.example")
    with running(tmp_path, "--workers", "1", "--capacity", "1", *options) as server:
        async with server.client() as client:
            response = await client.options("/v1/sessions")
            assert response.headers["link"] == (
                '<turn:127.0.0.1:9>; rel="ice-server"; username="ann"; credential="pass"; '
                'credential-type="password"'
            )
            preflight = {
                "origin": "https://a.example",
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            }
            allowed = await client.options("/v1/sessions", headers=preflight)
            assert allowed.headers["access-control-allow-origin"] == "https://a.example"
            seen = await client.get("/v1/avatars", headers={"origin": "https://a.example"})
            assert "Location" in seen.headers["access-control-expose-headers"]


async def test_requests_are_logged_without_addresses(tmp_path):
    options = ("--workers", "1", "--capacity", "1", "--access-log")
    with running(tmp_path, *options) as server:
        async with server.client() as client:
            await client.get("/healthz")
        server.stop()
        log = server.log_path.read_text()
    assert "GET /healthz" in log
    assert "127.0.0.1" not in log


def test_a_taken_port_is_one_line_and_exit_code_2():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "avatar_server", "serve", "--port", port],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "--port" in done.stderr


@pytest.mark.parametrize("option", ["--face-model", "--avatar"])
def test_a_server_that_cannot_serve_says_so_and_ends(tmp_path, option):
    broken = tmp_path / "face_landmarker.task"
    broken.write_bytes(b"no model")
    value = str(broken) if option == "--face-model" else "nobody"
    done = subprocess.run(
        [sys.executable, "-m", "avatar_server", "serve", "--port", "0", option, value],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    # LiteRT prints a line of its own when it loads a model.
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("INFO: ")]
    assert line.startswith("avatar-server: ")
    assert Path(value).name in line
