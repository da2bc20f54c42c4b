"""The timings of a session's last moments, as reported twice a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from avatar_server.types import Stage


class TimingsWindow:
    """Means over the frames sent since the last report."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()
        self._frames = 0
        self._sums_ms: dict[Stage, float] = {}
        self._counts: dict[Stage, int] = {}

    def add(self, stages_ms: Mapping[Stage, float]) -> None:
        self._frames += 1
        for stage, milliseconds in stages_ms.items():
            self._sums_ms[stage] = self._sums_ms.get(stage, 0.0) + milliseconds
            self._counts[stage] = self._counts.get(stage, 0) + 1

    def take(self, skipped: int) -> dict[str, Any]:
        """``stages_ms`` by stage, ``total_ms``, ``fps``, ``frames`` and ``skipped`` of the window;
        begins the next."""
        now = time.monotonic_ns()
        means = {
            stage.value: round(self._sums_ms[stage] / self._counts[stage], 3)
            for stage in Stage
            if stage in self._sums_ms
        }
        frames = self._frames
        elapsed_s = max((now - self._began_ns) / 1e9, 1e-6)
        self._began_ns = now
        self._frames = 0
        self._sums_ms.clear()
        self._counts.clear()
        return {
            "stages_ms": means,
            "total_ms": round(sum(means.values()), 3),
            "fps": round(frames / elapsed_s, 1),
            "frames": frames,
            "skipped": skipped,
        }
