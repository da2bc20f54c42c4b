"""The real server as a process of its own, and what the operating system says it used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

READY_S = 30.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class ServerProcess:
    """``avatar-server serve`` on a free port, with the CPU and memory of its whole process tree."""

    def __init__(self, *options: str, env: dict[str, str] | None = None) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "avatar_server", "serve", "--port", str(port), *options],
            env=os.environ | (env or {}),
            stdout=subprocess.DEVNULL,
        )
        self.ready_s = self._wait(began)

    def _wait(self, began: float) -> float:
        while time.monotonic() - began < READY_S:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}")
            try:
                if httpx.get(self.url + "/readyz", timeout=1).status_code == 200:
                    return time.monotonic() - began
            except httpx.HTTPError:
                pass
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"the server was not ready within {READY_S:.0f} s")

    def pids(self) -> list[int]:
        """The server's process and all below it."""
        found, todo = [], [self._process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    todo += [int(child) for child in task.read_text().split()]
                except OSError:
                    continue
        return found

    def cpu_s(self) -> float:
        """User and system seconds so far, over all threads of all its processes (proc(5))."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Proportional set size: shared pages are counted once."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
