"""How busy a worker is, from what its thread and its sessions tell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from avatar_server.types import Stage
from avatar_server.workers.adaptation import Reading
from avatar_server.workers.pipeline_thread import PipelineThread


class WorkerLoad:
    """Adds up the sessions' reports between two readings."""

    def __init__(self, thread: PipelineThread) -> None:
        self._thread = thread
        self._begin()

    def add(self, report: Mapping[str, Any]) -> None:
        """Takes what ``TimingsWindow.take`` made of one session."""
        frames = int(report["frames"])
        self._frames += frames
        self._skipped += int(report["skipped"])
        for name, mean_ms in report["stages_ms"].items():
            stage = Stage(name)
            self._sums_ms[stage] = self._sums_ms.get(stage, 0.0) + mean_ms * frames

    def read(self) -> Reading:
        """The time since the last reading."""
        elapsed_ns = max(time.monotonic_ns() - self._began_ns, 1)
        reading = Reading(
            (self._thread.busy_ns - self._busy_before_ns) / elapsed_ns,
            self._frames,
            self._skipped,
            {stage: total / max(self._frames, 1) for stage, total in self._sums_ms.items()},
        )
        self._begin()
        return reading

    def _begin(self) -> None:
        self._began_ns = time.monotonic_ns()
        self._busy_before_ns = self._thread.busy_ns
        self._frames = 0
        self._skipped = 0
        self._sums_ms: dict[Stage, float] = {}
