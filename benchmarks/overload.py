"""The delay of those inside while others are turned away.

    python benchmarks/overload.py --callers 2 --surplus 2

Calls with as many callers as the server takes, first alone, then while ``--surplus`` more post real
offers again and again, each once a second however it is answered. Prints the delay that the server
adds in both cases and what refusing cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
from aiortc import RTCPeerConnection

from avatar_server.probe.options import ClientRecord, ProbeOptions
from avatar_server.probe.run import run
from avatar_server.probe.statistics import overall
from benchmarks.clips import face_clip
from benchmarks.server_process import ServerProcess

_WARM_UP_S = 3.0


class Surplus:
    """Callers who find no place and try again every second."""

    def __init__(self, url: str, callers: int) -> None:
        self._url = url
        self._callers = callers
        self._over = threading.Event()
        self.answers: Counter[int] = Counter()
        self.times_ms: list[float] = []
        self._thread = threading.Thread(target=self._post_forever)

    def __enter__(self) -> Surplus:
        if self._callers:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._callers:
            self._thread.join()

    def _post_forever(self) -> None:
        offer = asyncio.run(_offer())
        with httpx.Client(base_url=self._url, timeout=10) as client:
            while not self._over.wait(1 / self._callers):
                began = time.monotonic()
                answer = client.post(
                    "/v1/sessions", content=offer, headers={"content-type": "application/sdp"}
                )
                self.times_ms.append(1000 * (time.monotonic() - began))
                self.answers[answer.status_code] += 1


async def _offer() -> str:
    connection = RTCPeerConnection()
    connection.addTransceiver("video", "sendrecv")
    connection.createDataChannel("control")
    await connection.setLocalDescription(await connection.createOffer())
    offer: str = connection.localDescription.sdp
    await connection.close()
    return offer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--callers", type=int, default=2, help="inside; the server takes no more")
    parser.add_argument("--surplus", type=int, help="outside; default: as many")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--fps", type=int, default=15, help="of each caller's camera")
    parser.add_argument("--serve", default="", help="further options for avatar-server serve")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    surplus = options.callers if options.surplus is None else options.surplus
    places = ("--capacity", str(options.callers), "--log-level", "warning")
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(*places, *options.serve.split()) as server,
    ):
        media = face_clip(Path(folder))
        probe = ProbeOptions(
            server.url,
            media,
            clients=options.callers,
            seconds=options.seconds,
            fps=options.fps,
            marks=False,
            warm_up_s=_WARM_UP_S,
        )
        report = {
            "alone": _measured(probe, server, 0),
            "overloaded": _measured(probe, server, surplus),
        }
    p95 = [report[case]["added_delay_ms"]["p95"] for case in ("alone", "overloaded")]
    report["growth_of_p95"] = round(p95[1] / p95[0], 2)
    if options.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:14} {value}")


def _measured(probe: ProbeOptions, server: ServerProcess, surplus: int) -> dict[str, Any]:
    records: list[ClientRecord] = []
    calls = threading.Thread(target=lambda: records.extend(run(probe)))
    calls.start()
    # The surplus comes when the others are in.
    time.sleep(_WARM_UP_S + 1.5 * probe.clients)
    cpu, began = server.cpu_s(), time.monotonic()
    with Surplus(server.url, surplus) as outside:
        time.sleep(max(1.0, probe.seconds - 1.5 * probe.clients - 1.0))
        cores = (server.cpu_s() - cpu) / (time.monotonic() - began)
    calls.join()
    total = overall(records)
    return {
        "added_delay_ms": {cut: round(total["wire_ms"].get(cut, 0.0), 1) for cut in ("p50", "p95")},
        "fps": round(total["fps"], 1),
        "failed": total["failed"],
        "cores": round(cores, 2),
        "refused": dict(outside.answers),
        "refusal_ms": round(max(outside.times_ms, default=0.0), 1),
    }


if __name__ == "__main__":
    main()
