"""Tracking on every n-th frame only, and what is shown in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar_server.expression import rotation
from avatar_server.types import Expression, FloatArray

LONGEST_GAP_S: Final = 0.5
"""Two tracked frames further apart are not joined."""


class SparseTracking:
    """Tells which frames to track and interpolates the expression between them, which is shown
    ``every`` - 1 frames late for that."""

    def __init__(self) -> None:
        self.every = 1
        self._since = 0
        self._before: Expression | None = None
        self._after: Expression | None = None

    def due(self) -> bool:
        """Whether the next frame is to be tracked. It counts as one, so ask once."""
        self._since += 1
        return self._after is None or self._since >= self.every

    def tracked(self, expression: Expression) -> Expression:
        """What to show of the frame that was tracked."""
        self._since = 0
        self._before, self._after = self._after, expression
        return self.between(expression.stream_time_s)

    def between(self, stream_time_s: float) -> Expression:
        """What to show of a frame that was not, or of the one just tracked."""
        before, after = self._before, self._after
        assert after is not None
        share = (self._since + 1) / self.every
        joined = (
            before is not None
            and 0 < after.stream_time_s - before.stream_time_s < LONGEST_GAP_S
            and share < 1
        )
        shown = interpolated(before, after, share) if joined and before is not None else after
        return replace(shown, stream_time_s=stream_time_s)


def interpolated(before: Expression, after: Expression, share: float) -> Expression:
    """Linear in coefficients and places, on the shortest arc in the head's rotation; all else is
    that of ``after``."""

    def mixed(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.asarray(a + (b - a) * share, np.float32)

    turned = rotation.slerp(before.head_rotation, after.head_rotation, share)
    return replace(
        after,
        coefficients=mixed(before.coefficients, after.coefficients),
        head_rotation=turned.astype(np.float32),
        head_translation=mixed(before.head_translation, after.head_translation),
        emotion=mixed(before.emotion, after.emotion),
    )
