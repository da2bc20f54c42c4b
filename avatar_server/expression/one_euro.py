"""The One Euro filter, over vectors and over rotations, in stream time.

Source: G. Casiez, N. Roussel, D. Vogel, "1 € Filter: A Simple Speed-based Low-pass Filter for Noisy
Input in Interactive Systems", CHI 2012. A low-pass filter whose cut-off rises with the speed of
the signal: still faces do not tremble, quick ones do not lag.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar_server.expression import rotation
from avatar_server.types import FloatArray

LONGEST_STEP_S = 0.5
"""After a longer gap the old value says nothing about the new one: the filter starts afresh."""


@dataclass(frozen=True, slots=True)
class OneEuroSettings:
    """``min_cutoff`` Hz at rest, ``beta`` Hz of cut-off per unit a second of speed,
    ``speed_cutoff`` Hz of the low-pass on the speed itself."""

    min_cutoff: float = 1.0
    beta: float = 1.0
    speed_cutoff: float = 1.0


Cutoff = TypeVar("Cutoff", float, NDArray[np.float64])


def smoothing_factor(cutoff_hz: Cutoff, step_s: float) -> Cutoff:
    """Weight of the new sample for a first-order low-pass: 1 / (1 + tau / step) with
    tau = 1 / (2 pi cutoff) (Casiez et al. 2012, equation 3)."""
    turns = 2.0 * math.pi * cutoff_hz * step_s
    return turns / (1.0 + turns)


class OneEuroFilter:
    """Filters a vector of any length, each entry with a cut-off of its own speed."""

    def __init__(
        self,
        settings: OneEuroSettings,
    ) -> None:
        self._settings = settings
        self.reset()

    def reset(self, value: FloatArray | None = None, at_s: float = 0.0) -> None:
        """Forget the past, or start from ``value`` at rest at ``at_s``."""
        self._value = None if value is None else value.astype(np.float64)
        self._raw = self._value
        self._speed = None if value is None else np.zeros(value.shape)
        self._at_s = at_s

    def step(self, value: FloatArray, at_s: float) -> FloatArray:
        """The filtered value at stream time ``at_s``. Time that stands still or runs backwards
        gives the last output again."""
        raw = value.astype(np.float64)
        step_s = at_s - self._at_s
        if self._value is None or self._raw is None or self._speed is None:
            return self._start(raw, at_s)
        if step_s <= 0.0:
            return self._start(raw, at_s) if step_s < -LONGEST_STEP_S else self._output()
        if step_s > LONGEST_STEP_S:
            return self._start(raw, at_s)
        keep_speed = smoothing_factor(self._settings.speed_cutoff, step_s)
        self._speed = self._speed + keep_speed * ((raw - self._raw) / step_s - self._speed)
        cutoff = self._settings.min_cutoff + self._settings.beta * np.abs(self._speed)
        self._value = self._value + smoothing_factor(cutoff, step_s) * (raw - self._value)
        self._raw, self._at_s = raw, at_s
        return self._output()

    def _start(self, raw: NDArray[np.float64], at_s: float) -> FloatArray:
        self._value, self._raw, self._speed, self._at_s = raw, raw, np.zeros(raw.shape), at_s
        return self._output()

    def _output(self) -> FloatArray:
        assert self._value is not None
        return self._value.astype(np.float32)


class OneEuroRotation:
    """The same filter on the rotation manifold: the speed is the angle turned a second, and the
    low-pass moves along the great arc (slerp), so that no axis is treated apart."""

    def __init__(self, settings: OneEuroSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self, value: FloatArray | None = None, at_s: float = 0.0) -> None:
        self._value = None if value is None else value.astype(np.float64)
        self._raw = self._value
        self._velocity: NDArray[np.float64] = np.zeros(3)
        self._at_s = at_s

    def step(self, value: FloatArray, at_s: float) -> FloatArray:
        """The filtered quaternion (xyzw) at stream time ``at_s``."""
        raw = value.astype(np.float64)
        step_s = at_s - self._at_s
        if self._value is None or self._raw is None or abs(step_s) > LONGEST_STEP_S:
            self._value, self._raw, self._at_s = raw, raw, at_s
            self._velocity = np.zeros(3)
        elif step_s > 0.0:
            keep = smoothing_factor(self._settings.speed_cutoff, step_s)
            turned = rotation.to_vector(rotation.between(self._raw, raw)) / step_s
            self._velocity = self._velocity + keep * (turned - self._velocity)
            speed = float(np.linalg.norm(self._velocity))
            cutoff = self._settings.min_cutoff + self._settings.beta * speed
            self._value = rotation.slerp(self._value, raw, smoothing_factor(cutoff, step_s))
            self._raw, self._at_s = raw, at_s
        return self._value.astype(np.float32)
