"""The Grafana dashboard asks for metrics that a server has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana-dashboard.json"


async def test_every_metric_of_the_dashboard_exists(client: httpx.AsyncClient) -> None:
    page = (await client.get("/metrics")).text
    offered = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"avatar_server_\w+", target["expr"])
    }
    assert len(asked) > 6
    for name in asked:
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        assert family in offered, f"{name} is on no server's page"
