from __future__ import annotations

import json

import pytest
import websockets

from avatar_server.expression import ARKIT_52
from tests.api.server import Server, calling
from tests.rtc.client import until


def address(server: Server, path: str) -> str:
    return server.url.replace("http", "ws", 1) + path


async def test_a_listener_hears_of_a_session_until_it_ends(server, client):
    async with calling(client) as (caller, response):
        path = response.headers["location"]
        kinds: list[str] = []
        async with websockets.connect(address(server, f"{path}/events?rate=20")) as socket:
            await until(lambda: len(caller.frames) > 2)
            while not {"state", "timings", "expression"} <= set(kinds):
                event = json.loads(await socket.recv())
                kinds.append(event["type"])
                if event["type"] == "expression":
                    assert len(event["coefficients"]) == len(ARKIT_52)
            await client.delete(path)
            last: dict = {}
            async for message in socket:
                last = json.loads(message)
            assert last == {"type": "closed", "reason": "the caller ended it"}
            assert socket.close_code == 1000


async def test_rate_zero_is_no_expressions(server, client):
    async with calling(client) as (_, response):
        path = response.headers["location"]
        async with websockets.connect(address(server, f"{path}/events?rate=0")) as socket:
            kinds = [json.loads(await socket.recv())["type"] for _ in range(4)]
        assert "timings" in kinds
        assert "expression" not in kinds
        await client.delete(path)


async def test_nothing_to_hear_of_a_session_that_is_not(server):
    with pytest.raises(websockets.InvalidStatus) as failure:
        await websockets.connect(address(server, "/v1/sessions/nobody/events"))
    assert failure.value.response.status_code == 404
    assert b"nobody" in failure.value.response.body
