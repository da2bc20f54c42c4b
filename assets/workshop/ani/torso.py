"""The trunk that the clothes are cut to, and how it bends."""

from __future__ import annotations

import numpy as np

from assets.workshop.curves import Profile, smoothstep
from assets.workshop.part import Array

SHOULDER = (0.132, 1.222, -0.022)
ELBOW = (0.372, 1.222, -0.026)
WRIST = (0.590, 1.222, -0.018)

_SQUARE = 2.3
"""Exponent of the superellipse around the trunk."""

_WIDTH = Profile(
    (1.266, 0.046), (1.258, 0.070), (1.246, 0.100), (1.230, 0.124), (1.205, 0.136), (1.170, 0.134),
    (1.120, 0.126), (1.070, 0.113), (1.020, 0.103), (0.970, 0.104), (0.920, 0.120), (0.870, 0.132),
)  # fmt: skip
_FRONT = Profile(
    (1.266, 0.022), (1.246, 0.034), (1.220, 0.052), (1.180, 0.078), (1.140, 0.096), (1.110, 0.097),
    (1.075, 0.086), (1.020, 0.074), (0.970, 0.074), (0.870, 0.086),
)  # fmt: skip
_BACK = Profile(
    (1.266, -0.064), (1.246, -0.076), (1.210, -0.096), (1.150, -0.102), (1.08, -0.092),
    (1.00, -0.078), (0.94, -0.088), (0.87, -0.100),
)  # fmt: skip


def around(y: float, angles: Array, swell: float = 0.0) -> Array:
    """(N, 3) points around the trunk at height y; angle 0 is the front, positive to her left."""
    front, back = float(_FRONT(y)), float(_BACK(y))
    middle = (front + back) / 2
    s, c = np.sin(angles), np.cos(angles)
    x = (float(_WIDTH(y)) + swell) * np.sign(s) * np.abs(s) ** (2 / _SQUARE)
    z = middle + ((front - back) / 2 + swell) * np.sign(c) * np.abs(c) ** (2 / _SQUARE)
    return np.stack([x, np.full_like(x, y), z], 1)


def angle_at(x: float, y: float) -> float:
    """The angle at which the front of the trunk is ``x`` metres from the middle."""
    return float(np.arcsin(min(abs(x) / float(_WIDTH(y)), 1.0) ** (_SQUARE / 2)))


def front_depth(x: Array, y: Array) -> Array:
    """z of the front of the trunk; beyond its sides the middle of its depth."""
    front, back = _FRONT(y), _BACK(y)
    share = np.clip(np.abs(x) / _WIDTH(y), 0, 1) ** _SQUARE
    return np.asarray((front + back) / 2 + (front - back) / 2 * (1 - share) ** (1 / _SQUARE))


def trunk_skin(y: Array) -> dict[str, Array]:
    knots = [("hips", 0.93), ("spine", 1.02), ("chest", 1.11), ("upperChest", 1.20)]
    weights = {}
    for i, (joint, at) in enumerate(knots):
        low = knots[i - 1][1] if i else None
        high = knots[i + 1][1] if i + 1 < len(knots) else None
        w = np.ones_like(y)
        if low is not None:
            w = w * np.clip((y - low) / (at - low), 0, 1)
        if high is not None:
            w = np.minimum(w, np.clip((high - y) / (high - at), 0, 1))
        weights[joint] = w
    return weights


def neck_skin(y: Array) -> dict[str, Array]:
    """Weights from the head down the neck to the trunk."""
    up = smoothstep(1.285, 1.350, y)
    low = smoothstep(1.30, 1.255, y)
    return {"head": up, "neck": (1 - up) * (1 - low), "upperChest": low}
