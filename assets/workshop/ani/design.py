"""The drawing: contours of the left eye, mouth and brow as seen from the front, in metres."""

from __future__ import annotations

import numpy as np

from assets.workshop.curves import Path
from assets.workshop.part import Array

EYE_STEPS = 18
MOUTH_STEPS = 9
"""Segments of one lid, and of half a lip."""

_UPPER_LID = Path(
    [(0.0155, 1.4078), (0.0180, 1.4168), (0.0245, 1.4268), (0.0350, 1.4316), (0.0468, 1.4298),
     (0.0562, 1.4236), (0.0612, 1.4150)]
)  # fmt: skip
_LOWER_LID = Path(
    [(0.0155, 1.4078), (0.0188, 1.4026), (0.0262, 1.3985), (0.0365, 1.3972), (0.0478, 1.3998),
     (0.0562, 1.4060), (0.0612, 1.4150)]
)  # fmt: skip
_CLOSED_LID = Path(
    [(0.0154, 1.4066), (0.0255, 1.4022), (0.0370, 1.4004), (0.0490, 1.4036), (0.0614, 1.4124)]
)
IRIS = (0.0370, 1.4146)
IRIS_RADII = (0.0146, 0.0174)


def lids(steps: int = EYE_STEPS) -> tuple[Array, Array, Array]:
    """(steps + 1, 2) points of the upper rim, the lower rim and the line where they meet, from
    the inner to the outer corner."""
    s = np.linspace(0, 1, steps + 1)
    return _UPPER_LID(s), _LOWER_LID(s), _CLOSED_LID(s)


MOUTH_HALF = 0.0165
MOUTH_Y = 1.3622


def lip_line(s: Array) -> Array:
    """(N, 2) points where the lips meet at rest, s in [-1, 1] from right to left."""
    a = np.abs(s)
    y = MOUTH_Y + 0.0005 * np.exp(-0.5 * (a / 0.28) ** 2) * -1 + 0.0030 * a**2.6
    return np.stack([s * MOUTH_HALF, y], -1)


BROW = Path(
    [(0.0140, 1.4512), (0.0225, 1.4546), (0.0345, 1.4574), (0.0470, 1.4564), (0.0615, 1.4492)]
)
"""From the inner to the outer end."""
