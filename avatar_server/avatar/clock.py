"""Stream time to time steps that nothing downstream has to fear."""

from __future__ import annotations

import math

LONGEST_STEP_S = 0.25
"""After a longer gap life goes on as if only this much time had passed."""


class StreamClock:
    """Steps between stream times; ``now_s`` is the time lived, which never goes backwards."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self.now_s = 0.0

    def step(self, stream_time_s: float) -> float:
        """Seconds since the call before: 0 at first and after a step backwards, else at most
        ``LONGEST_STEP_S``."""
        if not math.isfinite(stream_time_s):
            return 0.0
        last, self._last_s = self._last_s, stream_time_s
        if last is None:
            return 0.0
        step = min(max(stream_time_s - last, 0.0), LONGEST_STEP_S)
        self.now_s += step
        return step
