"""What each further caller adds to the server's memory.

    python benchmarks/memory.py --callers 4 --workers 1

Proportional set size of the server's whole process tree (``smaps_rollup``, proc(5)), at rest and
with one caller more at a time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from avatar_server.probe.options import ClientRecord, ProbeOptions
from avatar_server.probe.run import run
from benchmarks.clips import face_clip
from benchmarks.server_process import ServerProcess

_MEASURED_S = 4.0
_START_S = 1.5
"""What a caller's process takes to be in the call, on a small machine."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--codec", choices=["vp8", "h264"], default="vp8")
    parser.add_argument("--avatar", default="ani")
    parser.add_argument("--fps", type=int, default=10, help="of each caller's camera")
    options = parser.parse_args()
    places = ("--capacity", str(options.callers), "--workers", str(options.workers))
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(*places, "--log-level", "warning") as server,
    ):
        media = face_clip(Path(folder))
        before = server.memory_mb()
        print(f"at rest    {before:7.1f} MB")
        for callers in range(1, options.callers + 1):
            probe = ProbeOptions(
                server.url,
                media,
                clients=callers,
                seconds=_START_S * callers + _MEASURED_S + 1,
                avatar=options.avatar,
                codec=options.codec,
                fps=options.fps,
                marks=False,
            )
            now = _memory_during(probe, server)
            print(f"{callers} callers  {now:7.1f} MB  {now - before:+6.1f} MB", flush=True)
            before = now


def _memory_during(probe: ProbeOptions, server: ServerProcess) -> float:
    """The most that the server held while all callers were in."""
    records: list[ClientRecord] = []
    calls = threading.Thread(target=lambda: records.extend(run(probe)))
    calls.start()
    time.sleep(probe.warm_up_s + _START_S * probe.clients)
    highest = 0.0
    until = time.monotonic() + _MEASURED_S
    while time.monotonic() < until:
        highest = max(highest, server.memory_mb())
        time.sleep(0.5)
    calls.join()
    for record in records:
        if record.error or not record.arrivals_s:
            print(f"caller {record.client}: {record.error or 'no picture'}", file=sys.stderr)
    return highest


if __name__ == "__main__":
    main()
