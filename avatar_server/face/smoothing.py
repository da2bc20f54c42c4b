"""Landmark smoothing, as MediaPipe applies it to a single face in video mode.

The filter is One Euro (G. Casiez, N. Roussel, D. Vogel, "1€ Filter: A Simple Speed-based Low-pass
Filter for Noisy Input in Interactive Systems", CHI 2012) with the constants and the scaling by the
face's size of mediapipe/tasks/cc/vision/face_landmarker/face_landmarks_detector_graph.cc and
mediapipe/calculators/util/landmarks_smoothing_calculator_utils.cc (Apache-2.0).
"""

from __future__ import annotations

import math

import numpy as np

from avatar_server.types import FloatArray

_MIN_CUTOFF_HZ = 0.05
_BETA = 80.0
_SPEED_CUTOFF_HZ = 1.0
_LONGEST_GAP_S = 1.0
"""After a gap this long the past says nothing about the present."""


class LandmarkFilter:
    """A One Euro filter for each coordinate of each landmark, stepped by stream time."""

    def __init__(self) -> None:
        self._time_s = -math.inf
        self._raw: FloatArray | None = None
        self._smooth: FloatArray | None = None
        self._speed: FloatArray | None = None

    def apply(self, points: FloatArray, time_s: float) -> FloatArray:
        """The smoothed landmarks for ``points`` (N, 3) in pixels, seen at ``time_s``.

        Time that stands still or runs backwards smooths nothing and starts anew.
        """
        step = time_s - self._time_s
        self._time_s = time_s
        if self._raw is None or self._smooth is None or self._speed is None:
            return self._start(points)
        size = float(np.ptp(points[:, :2], axis=0).mean())
        if not 0 < step < _LONGEST_GAP_S or size <= 0:
            return self._start(points)
        speed = (points - self._raw) / np.float32(size * step)
        self._speed = self._speed + _gain(_SPEED_CUTOFF_HZ, step) * (speed - self._speed)
        cutoff = np.float32(_MIN_CUTOFF_HZ) + np.float32(_BETA) * np.abs(self._speed)
        self._smooth = self._smooth + _gain(cutoff, step) * (points - self._smooth)
        self._raw = points
        return self._smooth

    def _start(self, points: FloatArray) -> FloatArray:
        self._raw = self._smooth = points
        self._speed = np.zeros_like(points)
        return points


def _gain(cutoff_hz: FloatArray | float, step_s: float) -> FloatArray:
    """Weight of the newest sample in a first-order low-pass."""
    turns = np.float32(2 * math.pi * step_s) * np.asarray(cutoff_hz, np.float32)
    gain: FloatArray = turns / (turns + 1)
    return gain
