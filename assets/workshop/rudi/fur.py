"""Ears, and the tufts that break the silhouette: cheeks, crown, inside the ears."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.curves import Path, unit
from assets.workshop.face_lines import followed, riding
from assets.workshop.part import Array, Part, joined, smooth_normals
from assets.workshop.rudi import design, layout
from assets.workshop.rudi.moves import MOVES
from assets.workshop.shapes import Rect, disc, pixels, ribbon

EAR_ROOT = (0.0840, 1.4720, -0.0200)
_EAR = (0.0440, 0.0450)
_HEAD = np.array([0.0, 1.395, -0.005])


def _lock(
    points: Sequence[Sequence[float]],
    width: float,
    thick: float,
    rect: Rect,
    out: Sequence[float],
    *,
    round_share: float = 0.75,
) -> Part:
    """One pointed tuft along ``points``, facing ``out``, shaded mostly as the head under it."""
    part = ribbon(
        "tuft", "fur", Path(points), out,
        lambda t: width * np.minimum(0.35 + 2.4 * t, 1.0) * (1 - t**1.7) ** 1.1 + 0.0004,
        lambda t: thick * (1 - t) ** 0.8 + 0.0002, rect, rows=8, section=3,
    )  # fmt: skip
    own = smooth_normals(part.positions, part.triangles)
    around = unit(unit(part.positions - _HEAD) + np.array([0.0, 0.0, 0.45]))
    part.normals = unit(own * (1 - round_share) + around * round_share)
    return part.bound_to("head").in_mesh("face")


def _placed(local: Array) -> Array:
    """From the ear's own axes (x outwards, y to the tip, z to the front) to the head."""
    tilt, yaw, lean = np.radians(-34), np.radians(20), np.radians(-8)
    p = local + np.array([0, 0.036, 0])
    c, s = np.cos(lean), np.sin(lean)
    p = p @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T
    c, s = np.cos(yaw), np.sin(yaw)
    p = p @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
    c, s = np.cos(tilt), np.sin(tilt)
    p = p @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
    return np.asarray(p + EAR_ROOT)


def _ear_shape(flat: Array) -> Array:
    """Rounds the unit circle into an ear: wide at the base, softly pointed at the top."""
    x, y = flat[:, 0], flat[:, 1]
    narrow = 1 - 0.20 * np.clip(y, 0, 1) ** 2
    return np.stack([x * narrow * _EAR[0], (y + 0.10 * np.clip(y, 0, 1) ** 2) * _EAR[1]], 1)


def ear() -> list[Part]:
    """The left ear: a hollow front with white fur, and a round back."""
    parts = []
    for name, dome, area in (("ear_front", -0.0150, layout.EAR), ("ear_back", 0.0200, layout.FUR)):
        part = disc(name, "fur", (0, 0, 0), (1, 1), pixels(area, 4), rings=4, columns=26)
        flat = part.positions[:, :2].copy()
        r = np.hypot(flat[:, 0], flat[:, 1])
        xy = _ear_shape(flat)
        if dome < 0:
            rim = 0.0045 * np.exp(-0.5 * ((r - 0.82) / 0.10) ** 2) * (1 - r**6)
            z = dome * (1 - r**2) * 0.8 + rim
        else:
            z = -dome * np.sqrt(np.clip(1 - r**2, 0, 1))
            part.triangles = part.triangles[:, ::-1].copy()
        part.positions = _placed(np.column_stack([xy, z]))
        parts.append(part.bound_to("ear_L").in_mesh("face"))
    shell = joined(parts, "ear")
    shell.groups = None
    parts = [shell]
    cream = pixels(layout.CREAM)
    for x, length, sway in ((-0.026, 0.040, 0.006), (-0.010, 0.052, 0.002), (0.009, 0.044, -0.004)):
        path = np.array(
            [(x, -0.038, 0.000), (x + 0.5 * sway, -0.036 + 0.45 * length, 0.0085),
             (x + sway, -0.036 + length, 0.0060)]
        )  # fmt: skip
        parts.append(
            _lock(_placed(path).tolist(), 0.021, 0.004, cream, (0.2, 0, 1)).bound_to("ear_L")
        )
    return parts


_CHEEK = (
    # root x, y on the skin; tip x, y, z; width; zone; how far the middle bulges upwards
    ((0.108, 1.3960), (0.1560, 1.3960, -0.004), 0.034, layout.FUR, 0.003),
    ((0.092, 1.3180), (0.1240, 1.2960, 0.026), 0.032, layout.FUR, -0.002),
    ((0.112, 1.3780), (0.1690, 1.3660, 0.002), 0.036, layout.CREAM, 0.004),
    ((0.102, 1.3360), (0.1530, 1.3050, 0.012), 0.036, layout.CREAM, 0.000),
    ((0.110, 1.3580), (0.1690, 1.3370, 0.008), 0.038, layout.CREAM, 0.003),
)


def cheek(names: Sequence[str]) -> list[Part]:
    """Tufts of the left cheek; they ride on the skin under their roots."""
    parts = []
    for order, (root, tip, width, area, arch) in enumerate(_CHEEK):
        flat = np.array([root])
        a = design.SKULL.laid(flat, -0.008 + 0.0008 * order)[0]
        a = a + 0.13 * (_HEAD - a)
        b = np.array(tip)
        middle = a * 0.5 + b * 0.5 + np.array([0.003, arch, 0.007 + 0.001 * order])
        part = _lock([a, middle, b], width, 0.007, pixels(area), (0.25, 0.0, 1.0))
        riding(part, followed(design.DRAWING, MOVES, design.SKULL.laid(flat), names), 0.8)
        parts.append(part)
    return parts


def crown() -> list[Part]:
    """The tuft on top of the head."""
    parts = []
    for x, tip_x, height, width in (
        (-0.024, -0.044, 0.015, 0.026), (0.022, 0.040, 0.017, 0.026),
        (-0.009, -0.016, 0.027, 0.028), (0.008, 0.022, 0.032, 0.028),
    ):  # fmt: skip
        root = np.array([x, 1.4900, 0.046])
        tip = np.array([tip_x, 1.5070 + height, 0.042])
        middle = (root + tip) / 2 + np.array([0, 0.006, 0.006])
        parts.append(_lock([root, middle, tip], width, 0.006, pixels(layout.FUR), (0, 0.2, 1)))
    return parts
