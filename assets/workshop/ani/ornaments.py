"""Slim ribbons on the tails, and golden stars."""

from __future__ import annotations

import numpy as np

from assets.workshop.ani import layout
from assets.workshop.ani.hair import over_forehead
from assets.workshop.ani.loose_hair import TAIL_PATH
from assets.workshop.curves import Path, unit
from assets.workshop.part import Array, Part, mirrored, swap_side
from assets.workshop.shapes import into, pixels, ribbon, tube


def build() -> list[Part]:
    """A tie with a small bow on each tail, and a golden star on her fringe."""
    path = Path(TAIL_PATH)
    k = 0.055
    center, axis = path(np.array([k]))[0], path.tangent(np.array([k]))[0]
    front = unit(np.array([0, 0, 1.0]) - axis * axis[2])
    side = np.cross(axis, front)
    a = np.linspace(0, 2 * np.pi, 15)
    ring = center + 0.0165 * (np.cos(a)[:, None] * side + np.sin(a)[:, None] * front)
    area = pixels(layout.RIBBON)
    tie = tube(
        "ribbon", "ribbon", Path(ring), axis, lambda t: np.tile([[0.0085, 0.0070]], (len(t), 1)),
        area, rows=8, columns=4,
    )  # fmt: skip
    knot = center + front * 0.024 + np.array([0, 0.003, 0])
    loops = []
    for away, up in ((1.0, 0.50), (-1.0, 0.50), (0.30, -1.0), (-0.30, -1.0)):
        out = unit(np.array([away, up, 0.15]))
        length = 0.034 if up > 0 else 0.066
        line = knot + out * np.linspace(0, length, 5)[:, None]
        line[:, 2] += 0.006 * np.sin(np.linspace(0, np.pi, 5))
        fat = 0.014 if up > 0 else 0.010
        loops.append(
            ribbon(
                "ribbon", "ribbon", Path(line), (0, 0, 1),
                lambda t, w=fat: w * (0.25 + 0.75 * t**0.7), lambda t: 0.004 * (1 - 0.5 * t),
                area, rows=4, section=3,
            )
        )  # fmt: skip
    left = [p.bound_to("head").in_mesh("hair") for p in (tie, *loops)]
    at = np.array(over_forehead(-0.0525, 1.4890, 0.0250))
    clip = star(at, size=0.0120, yaw=-32, roll=14).bound_to("head").in_mesh("hair")
    return [*left, *(mirrored(p, swap_side) for p in left), clip]


def star(at: Array, *, size: float, yaw: float = 0.0, roll: float = 0.0) -> Part:
    """A golden five-pointed star, domed; angles in degrees."""
    a = np.pi / 2 + np.arange(10) * np.pi / 5
    r = np.where(np.arange(10) % 2 == 0, size, 0.47 * size)
    rim = np.stack([np.cos(a) * r, np.sin(a) * r, np.zeros(10)], 1)
    flat = np.concatenate([[[0, 0, 0.35 * size]], rim, rim - [0, 0, 0.25 * size]])
    i = np.arange(10)
    n = (i + 1) % 10
    top = np.stack([0 * i, 1 + i, 1 + n], 1)
    wall = np.concatenate(
        [np.stack([1 + i, 11 + i, 1 + n], 1), np.stack([1 + n, 11 + i, 11 + n], 1)]
    )
    (cy, cr), (sy, sr) = np.cos(np.radians([yaw, roll])), np.sin(np.radians([yaw, roll]))
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array(
        [[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]
    )
    uv = into(pixels(layout.METAL, 4), np.clip(0.5 - flat[:, [1, 1]] / (2 * size), 0, 1))
    part = Part("metal", "metal", flat @ turn.T + at, np.concatenate([top, wall]), uv)
    part.groups = np.arange(len(flat))
    return part
