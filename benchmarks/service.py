"""The real server under real callers, against the bare work of their frames.

    python benchmarks/service.py --clients 2 --seconds 20 --codec vp8 --json -

Runs ``avatar-server serve`` in its own processes with WebRTC clients in theirs and reads the
server's CPU from the operating system; before it and after it ``benchmarks/floor.py``'s work, at
the pace of one worker's frames, the mean of which is the floor: a shared machine is not equally
fast all the time. The last line of the JSON holds the verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from avatar_server.probe.options import ClientRecord, ProbeOptions
from avatar_server.probe.run import run
from avatar_server.probe.statistics import overall
from benchmarks.clips import face_clip
from benchmarks.floor import floor_ms
from benchmarks.server_process import ServerProcess


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0, help="measured, after a warm-up")
    parser.add_argument("--codec", choices=["vp8", "h264"], default="vp8")
    parser.add_argument("--avatar", default="ani")
    parser.add_argument("--fps", type=int, default=30, help="of each caller's camera")
    parser.add_argument("--media", type=Path, help="a video of a face; default: a moved photo")
    parser.add_argument("--json", help="write all figures here, - for standard output")
    parser.add_argument("--serve", default="", help="further options for avatar-server serve")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        media = face_clip(Path(folder), options.media)
        before = floor_of(options, media)
        report = service(options, media)
        after = floor_of(options, media)
    floor = {name: (before[name] + after[name]) / 2 for name in before}
    report["floor_ms"] = round(sum(floor.values()), 3)
    report["floor_before_after_ms"] = [round(sum(run.values()), 3) for run in (before, after)]
    report["floor_parts_ms"] = {name: round(value, 3) for name, value in floor.items()}
    report["ratio"] = round(report["service_ms"] / report["floor_ms"], 3)
    _print(options, report)


def floor_of(options: argparse.Namespace, media: Path) -> dict[str, float]:
    """The floor at the pace of a worker, of which there is one a core."""
    callers = -(-options.clients // (os.cpu_count() or 1))
    return floor_ms(media, options.codec, options.avatar, callers * options.fps)


def service(options: argparse.Namespace, media: Path) -> dict[str, Any]:
    """Start the server, call it, and divide its CPU by the frames that reached the callers."""
    capacity = ["--capacity", str(max(options.clients, 1))]
    # Smaller pictures and fewer frames would flatter the figures of a busy machine.
    full_quality = {"AVATAR_SERVER_ADAPTIVE": "false"}
    with ServerProcess(*capacity, *options.serve.split(), env=full_quality) as server:
        resting_mb = server.memory_mb()
        probe = ProbeOptions(
            server.url,
            media,
            clients=options.clients,
            seconds=options.seconds,
            avatar=options.avatar,
            codec=options.codec,
            fps=options.fps,
            marks=False,
            warm_up_s=3.0,
        )
        records: list[ClientRecord] = []
        calls = threading.Thread(target=lambda: records.extend(run(probe)))
        calls.start()
        # All callers are in by then: processes start one after the other on a small machine.
        time.sleep(3.0 + 1.5 * options.clients)
        began, cpu = time.monotonic(), server.cpu_s()
        time.sleep(max(1.0, options.seconds - 1.5 * options.clients - 1.0))
        elapsed, cpu = time.monotonic() - began, server.cpu_s() - cpu
        memory_mb = server.memory_mb()
        calls.join()
        frames = sum(
            sum(began <= at <= began + elapsed for at in record.arrivals_s) for record in records
        )
        total = overall(records)
        for record in records:
            if record.error:
                print(f"caller {record.client}: {record.error}", file=sys.stderr)
        return {
            "service_ms": round(cpu / max(frames, 1) * 1000, 3),
            "cores_per_caller": round(cpu / elapsed / options.clients, 3),
            "cores": round(cpu / elapsed, 3),
            "fps": round(frames / elapsed / options.clients, 2),
            "added_delay_ms": {
                cut: round(total["wire_ms"].get(cut, float("nan")), 2) for cut in ("p50", "p95")
            },
            "first_frame_ms": round(total["first_frame_ms"].get("p50", float("nan")), 1),
            "ready_s": round(server.ready_s, 2),
            "memory_mb": round(memory_mb, 1),
            "memory_per_caller_mb": round((memory_mb - resting_mb) / options.clients, 1),
            "failed": total["failed"],
            "clients": options.clients,
            "codec": options.codec,
            "avatar": options.avatar,
        }


def _print(options: argparse.Namespace, report: dict[str, Any]) -> None:
    verdict = {
        key: report[key] for key in ("floor_ms", "service_ms", "ratio", "added_delay_ms", "fps")
    }
    if options.json == "-":
        print(json.dumps({k: v for k, v in report.items() if k not in verdict}))
        print(json.dumps(verdict))
        return
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    for key, value in report.items():
        print(f"{key:22} {value}")


if __name__ == "__main__":
    main()
