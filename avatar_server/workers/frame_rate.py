"""Fewer frames than the camera sends, evenly."""

from __future__ import annotations


class FrameRateLimit:
    """Tells which frames of a stream to keep; all of them until ``set``."""

    def __init__(self) -> None:
        self._interval_s = 0.0
        self._next_s = 0.0

    def set(self, fps: float) -> None:
        self._interval_s = 1.0 / fps

    def clear(self) -> None:
        """Keep all frames again."""
        self._interval_s = 0.0

    def keeps(self, capture_s: float) -> bool:
        """Whether the frame of this stream time is due. A frame a quarter of the interval early
        is taken as due; a clock that jumps by a second or more starts anew."""
        if self._interval_s == 0.0:
            return True
        ahead_s = self._next_s - capture_s
        if self._interval_s / 4 < ahead_s < max(1.0, 2 * self._interval_s):
            return False
        in_step = abs(ahead_s) <= self._interval_s
        self._next_s = (self._next_s if in_step else capture_s) + self._interval_s
        return True
