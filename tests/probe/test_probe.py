"""The probe against real servers: what it measures, and that it finds what is slow."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.server import Server, running

SLOW_POSE = """
import time
from avatar_server.avatar import Character
from avatar_server.cli import main

quick = Character.pose

def slow(self, expression):
    time.sleep(0.04)
    return quick(self, expression)

Character.pose = slow
main()
"""


def probe(url: str, media: Path, *options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "avatar_server", "probe", url, "--media", media, *options]
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("probed")
    with running(folder, "--engine", "local", "--capacity", "2") as server:
        yield server


@pytest.fixture(scope="module")
def report(server: Server, face_video: Path, tmp_path_factory: pytest.TempPathFactory):
    """A measurement of the sound server, and where it was written."""
    folder = tmp_path_factory.mktemp("report")
    done = probe(
        server.url,
        face_video,
        *("--avatar", "ball", "--clients", 2, "--seconds", 4),
        *("--json", folder / "r.json", "--csv", folder / "r.csv", "--report", folder / "r.html"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_callers_are_measured_glass_to_glass(report: Path) -> None:
    figures = json.loads((report / "r.json").read_text())
    total = figures["overall"]
    assert (total["clients"], total["failed"]) == (2, 0)
    assert total["fps"] > 1
    for caller in figures["clients"]:
        glass, wire = caller["glass_to_glass_ms"], caller["wire_ms"]
        assert glass["count"] > 5
        # Glass to glass holds the caller's own encoder and decoder on top of the wire.
        assert 0 < wire["p50"] < glass["p50"]
        assert caller["first_frame_ms"] > 0
        assert caller["loss"] < 0.01
        assert {"decode", "track", "pose", "draw", "encode"} <= set(caller["stages_ms"])


def test_reports_stand_alone(report: Path) -> None:
    with (report / "r.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["client"] for row in rows} == {"0", "1"}
    assert all(0 < float(row["glass_to_glass_ms"]) < 60_000 for row in rows)
    page = (report / "r.html").read_text()
    assert page.count("data:image/svg+xml") == 3
    assert 'src="http' not in page
    assert "token" not in json.loads((report / "r.json").read_text())["run"]


def test_a_slow_stage_is_named(report: Path, face_video: Path, tmp_path: Path) -> None:
    with running(
        tmp_path, "--engine", "local", "--capacity", "2", program=("-c", SLOW_POSE)
    ) as slow:
        done = probe(
            slow.url,
            face_video,
            *("--avatar", "ball", "--fps", 10, "--seconds", 4, "--json", tmp_path / "now.json"),
            *("--compare", report / "r.json", "--tolerance", 0.5),
        )
    assert done.returncode == 1, done.stdout + done.stderr
    worse = [line for line in done.stdout.splitlines() if "worse" in line]
    assert any("stage pose" in line for line in worse), done.stdout
    assert json.loads((tmp_path / "now.json").read_text())["overall"]["slowest_stage"] == "pose"


def test_impaired_packets_are_lost_and_late(
    server: Server, face_video: Path, tmp_path: Path
) -> None:
    done = probe(
        server.url,
        face_video,
        *("--avatar", "ball", "--seconds", 4),
        *("--json", tmp_path / "bad.json", "--csv", tmp_path / "bad.csv"),
        *("--impair", "loss=20%,delay=60ms,jitter=10ms"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    bad = json.loads((tmp_path / "bad.json").read_text())["overall"]
    with (tmp_path / "bad.csv").open() as file:
        delays = [float(row["glass_to_glass_ms"]) for row in csv.DictReader(file)]
    # 60 ms each way, whatever else.
    assert min(delays) > 120
    assert 0.02 < bad["loss"] < 0.6


def test_bad_use_is_one_line_and_exit_code_2(face_video: Path, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    cases = [
        ((nobody, face_video, "--seconds", 1), "no caller got through"),
        ((nobody, tmp_path / "gone.mp4"), "gone.mp4"),
        ((nobody, face_video, "--impair", "mood=bad"), "mood=bad"),
        ((nobody, face_video, "--compare", tmp_path / "old.json"), "old.json"),
    ]
    for (url, media, *options), says in cases:
        done = probe(url, media, *options)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr
        assert "Traceback" not in done.stderr
