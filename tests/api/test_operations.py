from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.server import assert_problem, calling
from tests.rtc.client import until


async def samples(client) -> dict[tuple[str, tuple], float]:
    response = await client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_metrics_count_what_a_call_does(client):
    async with calling(client) as (caller, response):
        await until(lambda: len(caller.frames) > 10)
        metrics = await samples(client)
        worker = ("worker", "0")
        assert metrics["avatar_server_sessions", (worker,)] == 1
        assert metrics["avatar_server_worker_up", (worker,)] == 1
        assert metrics["avatar_server_capacity", ()] == 2
        for stage in ("decode", "track", "draw", "encode"):
            labels = (("stage", stage), worker)
            assert metrics["avatar_server_stage_seconds_count", labels] > 5
        assert metrics["avatar_server_delay_seconds_count", (worker,)] > 5
        await client.delete(response.headers["location"])
    after = await samples(client)
    ended = "avatar_server_sessions_ended_total"
    assert after[ended, (("reason", "the caller ended it"), ("worker", "0"))] >= 1
    assert after["avatar_server_sessions", (("worker", "0"),)] == 0


async def test_health_and_readiness(client):
    assert (await client.get("/healthz")).text == "ok\n"
    ready = (await client.get("/readyz")).json()
    assert ready["status"] == "ready"
    assert ready["capacity"] == 2


@pytest.mark.parametrize("path", ["/nowhere", "/v1/nowhere"])
async def test_a_wrong_address_is_a_problem(client, path):
    assert_problem(await client.get(path), 404, path)


async def test_the_page_and_its_guards(client):
    page = await client.get("/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "camera=(self)" in page.headers["permissions-policy"]
    assert (await client.get("/sdk/index.js")).status_code == 200
    assert (await client.get("/node_modules/typescript/package.json")).status_code == 404


async def test_the_reference_names_each_route(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    docs = (await client.get("/docs")).text
    assert "/v1/sessions" in paths
    for path in paths:
        assert path in docs
    assert "<script" not in docs


async def test_the_control_schema_is_published(client):
    schema = (await client.get("/v1/schemas/control")).json()
    assert {"client", "server"} <= schema["$defs"].keys()


async def test_backgrounds_are_listed(client):
    listed = (await client.get("/v1/backgrounds")).json()["backgrounds"]
    assert "studio" in [background["name"] for background in listed]
