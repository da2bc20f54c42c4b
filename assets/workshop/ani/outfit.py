"""What Ani wears: a plum blazer, open over a shell-white knit with a small stand-up collar."""

from __future__ import annotations

import numpy as np

from assets.workshop.ani import layout
from assets.workshop.ani.torso import (
    ELBOW,
    SHOULDER,
    angle_at,
    around,
    front_depth,
    neck_skin,
    trunk_skin,
)
from assets.workshop.curves import Path, Profile, smoothstep
from assets.workshop.part import Array, Part, joined, mirrored, swap_side
from assets.workshop.shapes import drop_degenerate, frames, grid, into, pixels

fold = Profile(
    (1.070, 0.003), (1.110, 0.018), (1.160, 0.033), (1.205, 0.044), (1.236, 0.050), (1.266, 0.053)
)  # fmt: skip
"""Where the lapels fold back: distance from the middle by height."""

_LAPEL = Profile((1.066, 0.007), (1.096, 0.043), (1.132, 0.073), (1.172, 0.094), (1.205, 0.104))
"""The lapels' outer edge, likewise."""
KNIT_FRONT = ((-0.080, 0.080), (1.310, 1.060))
"""What of x, and of y from top to bottom, the knit's texture covers."""
PENDANT_Z = 0.0755
"""Depth of the star on the chain."""


def knit() -> Part:
    """The collar all around the neck, and below it only the front that the blazer leaves open."""
    a = np.linspace(-np.pi, np.pi, 17)
    rings = []
    for y, w, front, back in (
        (1.298, 0.0318, 0.0120, -0.054),
        (1.304, 0.0352, 0.0160, -0.0575),
        (1.282, 0.0372, 0.0170, -0.0610),
        (1.264, 0.0430, 0.0190, -0.0640),
        (1.254, 0.0680, 0.0190, -0.0640),
    ):
        middle, reach = (front + back) / 2, (front - back) / 2
        tilt = 0.004 * np.cos(a)
        rings.append(
            np.stack([w * np.sin(a), y - tilt, middle + reach * np.cos(a)], 1),
        )
    collar = grid("knit", "knit", np.stack(rings), (0, 0, 1, 1))
    x = np.linspace(-1, 1, 7)
    rows = []
    for y in (1.266, 1.250, 1.225, 1.195, 1.160, 1.120, 1.075):
        # Wide enough to end under the lapels, but not to look out at the shoulders.
        reach = min(float(fold(y)) + 0.014, 0.060 - 1.1 * max(y - 1.250, 0.0))
        at = np.full_like(x, y)
        rows.append(np.stack([x * reach, at, front_depth(x * reach, at) - 0.0035], 1))
    front = grid("knit", "knit", np.stack(rows), (0, 0, 1, 1))
    part = joined([collar, front], "knit")
    (left, right), (top, bottom) = KNIT_FRONT
    u = (part.positions[:, 0] - left) / (right - left)
    v = (part.positions[:, 1] - top) / (bottom - top)
    part.uvs = into(pixels(layout.KNIT), np.stack([u, v], 1))
    y = part.positions[:, 1]
    trunk = trunk_skin(y)
    neck = neck_skin(y)
    part.skin = {"head": neck["head"], "neck": neck["neck"]} | {
        joint: weight * neck["upperChest"] for joint, weight in trunk.items()
    }
    return part.in_mesh("body")


def _under_lapel(y: float) -> float:
    """Where the trunk's cloth ends: well under the lapel, not at its fold."""
    width = max(float(_LAPEL(y)) - float(fold(y)) - 0.020, 0.0) if y < 1.18 else 0.0
    return float(fold(y)) + 0.009 + 0.7 * width


def blazer() -> Part:
    """The trunk's cloth from edge to edge around the back."""
    heights = (1.266, 1.258, 1.246, 1.230, 1.205, 1.170, 1.130, 1.090, 1.066, 1.020, 0.960, 0.910,
               0.870)  # fmt: skip
    rows = []
    for y in heights:
        edge = angle_at(_under_lapel(y), y) if y > 1.07 else 0.0
        rows.append(around(y, np.linspace(edge, 2 * np.pi - edge, 25)))
    part = grid("cloth", "cloth", np.stack(rows), pixels(layout.CLOTH))
    part.skin = trunk_skin(part.positions[:, 1])
    return part.in_mesh("body")


def _folded(inner: Array, outer: Array, name: str, stand: float = 0.0) -> Part:
    """Cloth folded back on itself from ``inner`` to ``outer`` (N, 3): rounded at the fold, and
    turned under at the edge, so that its outline is drawn. Inside it goes ``stand`` metres down."""
    v = np.array([0.0, 0.06, 0.35, 0.75, 1.0, 0.975])
    lift = np.array([-0.0020, 0.0052, 0.0075, 0.0062, 0.0042, -0.0015])
    points = inner[None] + (outer - inner)[None] * v[:, None, None]
    along = np.gradient(points, axis=1)
    across = np.broadcast_to((outer - inner)[None], points.shape)
    normal = np.cross(across, along)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    normal *= np.sign(normal[..., 2:] + 0.6 * normal[..., 1:2])
    points = points + normal * lift[:, None, None]
    points[0, :, 1] -= stand
    part = grid(name, "collar", points, pixels(layout.COLLAR))
    part.uvs[:, 1] = into(pixels(layout.COLLAR), np.stack([0 * v, np.minimum(v, 1)], 1))[
        :, 1
    ].repeat(points.shape[1])
    corners = part.positions[part.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if (facing[:, 2] + 0.6 * facing[:, 1]).sum() < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    part.skin = trunk_skin(part.positions[:, 1])
    return part.in_mesh("body")


def _on_front(points: list[tuple[float, float]], count: int) -> Array:
    flat = Path(points)(np.linspace(0, 1, count))
    return np.column_stack([flat, front_depth(flat[:, 0], flat[:, 1])])


def lapels() -> Part:
    """The left lapel and the half of the collar that meets it in a notch, and their mirrors."""
    y = np.linspace(1.238, 1.070, 9)
    inner = np.column_stack([fold(y), y, front_depth(fold(y), y)])
    outer = _on_front(
        [(0.104, 1.205), (0.094, 1.172), (0.073, 1.132), (0.043, 1.096), (0.007, 1.066)], 9
    )
    lapel = _folded(inner, outer, "lapel")
    k = np.linspace(0, 1, 9)
    inner_line = Path(
        [(0.0480, 1.233, 0.0455), (0.0540, 1.268, 0.008), (0.0490, 1.288, -0.036),
         (0.0270, 1.294, -0.060), (0.0, 1.295, -0.068)]
    )  # fmt: skip
    edge = Path(
        [(0.0900, 1.226, 0.0400), (0.1010, 1.250, 0.0060), (0.0960, 1.254, -0.046),
         (0.0580, 1.256, -0.085), (0.0, 1.254, -0.094)]
    )  # fmt: skip
    half = joined([lapel, _folded(inner_line(k), edge(k), "collar", stand=0.035)], "collar")
    return joined([half, mirrored(half, swap_side)], "collar")


def sleeve() -> Part:
    """The left sleeve along +x; its top is a ball around the shoulder, round in every pose, its
    cuff turned back over a rose lining."""
    start, end = 0.084, 0.582
    knots = np.array(
        [(0, 0.0), (0.015, 0.022), (0.05, 0.040), (0.10, 0.0475), (0.19, 0.0465), (0.32, 0.0420),
         (0.45, 0.0390), (0.53, 0.0375), (0.58, 0.0368), (0.64, 0.0358), (0.76, 0.0350),
         (0.922, 0.0343), (0.928, 0.0376), (0.988, 0.0384), (1.0, 0.0366), (1.0, 0.0)]
    )  # fmt: skip
    t, radius = knots.T
    path = Path([(start, 1.222, -0.022), SHOULDER, ELBOW, (end, 1.222, -0.019)])
    points, side, out = frames(path, t, (0, 1, 0))
    a = np.linspace(-np.pi, np.pi, 13)[:, None]
    ring = points[:, None] + radius[:, None, None] * (
        np.sin(a) * side[:, None] + np.cos(a) * out[:, None]
    )
    part = drop_degenerate(grid("sleeve", "cloth", ring, pixels(layout.SLEEVE), flip=True))
    x = part.positions[:, 0]
    along = np.repeat(t, 13)
    part.uvs[:, 1] = pixels(layout.SLEEVE)[1] + pixels(layout.SLEEVE)[3] * along
    bend = smoothstep(ELBOW[0] - 0.035, ELBOW[0] + 0.035, x)
    part.skin = {"leftUpperArm": 1 - bend, "leftLowerArm": bend}
    return part.in_mesh("body")


def build() -> list[Part]:
    """Knit, blazer with sleeves, lapels: what lies under comes first."""
    left = sleeve()
    cloth = joined([blazer(), left, mirrored(left, swap_side)], "cloth")
    return [knit(), cloth, lapels()]
