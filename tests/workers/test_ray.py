"""A worker as an actor of a local Ray cluster, with a real caller."""

from __future__ import annotations

import pytest

from tests.api.server import calling, running
from tests.rtc.client import until

pytest.importorskip("ray", reason="the package ray is not installed")


async def test_a_call_served_by_an_actor(tmp_path):
    options = ("--engine", "ray", "--workers", "1", "--capacity", "1")
    with running(tmp_path, *options) as server:
        async with server.client() as client, calling(client) as (caller, response):
            await until(lambda: len(caller.frames) > 5)
            metrics = (await client.get("/metrics")).text
            assert 'avatar_server_sessions{worker="0"} 1.0' in metrics
            assert (await client.delete(response.headers["location"])).status_code == 200
        assert server.stop() == 0
