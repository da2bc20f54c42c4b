"""Neutral calibration: what this person's resting face scores, taken away from what follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.expression import rotation
from avatar_server.expression.arkit import ARKIT_52, ARKIT_INDEX
from avatar_server.types import FloatArray

CALIBRATION_S = 1.0

MOST_NEUTRAL = 0.5
"""No resting face may take away more than this of a coefficient, or it could never move again."""

NOT_CALIBRATED = tuple(
    ARKIT_INDEX[name] for name in ARKIT_52 if name.startswith("eyeLook") or name == "tongueOut"
)
"""Where somebody looks while calibrating is not where their eyes rest."""

USUAL_NEUTRAL: dict[str, float] = {
    "eyeBlinkLeft": 0.05,
    "eyeBlinkRight": 0.05,
    "eyeSquintLeft": 0.15,
    "eyeSquintRight": 0.15,
}
"""What MediaPipe's model gives most resting faces before anybody calibrated: lids that it takes
for a little closed. All else differs more between people than it has in common."""


@dataclass(frozen=True, slots=True)
class Neutral:
    """A resting face: ``coefficients`` float32 (52,) raw scores, ``head_rotation`` float32 (4,)
    xyzw towards the camera, ``head_position`` float32 (3,) metres in camera space."""

    coefficients: FloatArray
    head_rotation: FloatArray
    head_position: FloatArray | None

    def subtract(self, coefficients: FloatArray) -> FloatArray:
        """Rescale so that rest is 0 and full is still 1; ARKit order, clipped to [0, 1]."""
        scaled = (coefficients - self.coefficients) / (1.0 - self.coefficients)
        return np.clip(scaled, 0.0, 1.0).astype(np.float32)


def usual_neutral() -> Neutral:
    """The resting face that is assumed until a person calibrates."""
    coefficients = np.zeros(len(ARKIT_52), np.float32)
    for name, value in USUAL_NEUTRAL.items():
        coefficients[ARKIT_INDEX[name]] = value
    return Neutral(coefficients, rotation.IDENTITY, None)


class Calibration:
    """Collects one second of frames and makes a ``Neutral`` of them."""

    def __init__(self) -> None:
        self._coefficients: list[FloatArray] = []
        self._rotations: list[FloatArray] = []
        self._positions: list[FloatArray] = []
        self._began_s: float | None = None

    def add(
        self,
        coefficients: FloatArray,
        head_rotation: FloatArray,
        head_position: FloatArray,
        at_s: float,
    ) -> Neutral | None:
        """Take one tracked frame in; the result once a second has been seen."""
        if self._began_s is None or at_s < self._began_s:
            self._began_s = at_s
        self._coefficients.append(coefficients)
        self._rotations.append(head_rotation)
        self._positions.append(head_position)
        if at_s - self._began_s < CALIBRATION_S:
            return None
        return self._neutral()

    def _neutral(self) -> Neutral:
        # Medians: a blink in the middle of the second must not become the resting face.
        coefficients = np.clip(np.median(self._coefficients, axis=0), 0.0, MOST_NEUTRAL)
        coefficients[list(NOT_CALIBRATED)] = 0.0
        return Neutral(
            coefficients.astype(np.float32),
            _mean_rotation(np.array(self._rotations, np.float64)).astype(np.float32),
            np.median(self._positions, axis=0).astype(np.float32),
        )


def _mean_rotation(rotations: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation nearest to all of them: largest eigenvector of the sum of outer products
    (F. L. Markley et al., "Averaging Quaternions", 2007)."""
    _, vectors = np.linalg.eigh(rotations.T @ rotations)
    mean: NDArray[np.float64] = vectors[:, -1]
    return mean if mean[3] >= 0 else -mean
