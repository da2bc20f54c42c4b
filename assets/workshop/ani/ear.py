"""The left ear: a flattened shell with its hollow, on a joint of its own."""

from __future__ import annotations

import numpy as np

from assets.workshop.ani import layout
from assets.workshop.curves import bump2
from assets.workshop.part import Part
from assets.workshop.shapes import ellipsoid, pixels

ROOT = (0.0775, 1.4080, -0.0040)


def build() -> Part:
    """A shell that leans back and stands a little off the head."""
    part = ellipsoid(
        "ear", "skin", (0, 0, 0), (0.0075, 0.0225, 0.0150), pixels(layout.SKIN, 8),
        rows=8, columns=9,
    )  # fmt: skip
    p = part.positions
    p[:, 2] -= 0.25 * p[:, 1] * (p[:, 1] > 0)
    p[:, 2] *= 1 - 0.22 * np.clip(-p[:, 1] / 0.0225, 0, 1)
    hollow = bump2(p[:, 2], p[:, 1], (0.001, 0.002), (0.0062, 0.0115))
    p[:, 0] -= 0.0085 * hollow * (p[:, 0] > 0)
    lean, flare = np.radians(-14), np.radians(24)
    cl, sl, cf, sf = np.cos(lean), np.sin(lean), np.cos(flare), np.sin(flare)
    p = p @ np.array([[1, 0, 0], [0, cl, -sl], [0, sl, cl]]).T
    p = p @ np.array([[cf, 0, sf], [0, 1, 0], [-sf, 0, cf]])
    part.positions = p + np.array(ROOT) + [0.0040, 0, -0.008]
    return part.bound_to("ear_L").in_mesh("face")
