"""Small drawn lines that one movement brings out of the skin: dimples, a wrinkled nose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.ani import design, layout
from assets.workshop.ani.moves import followed
from assets.workshop.curves import Path
from assets.workshop.face_lines import band
from assets.workshop.part import Part
from assets.workshop.shapes import grid, pixels

_HIDDEN, _SHOWN = -0.0100, 0.0024

_Mark = tuple[str, tuple[tuple[float, float], ...], float]
_LEFT: tuple[_Mark, ...] = (
    ("mouthDimpleLeft", ((0.0258, 1.3716), (0.0284, 1.3662), (0.0262, 1.3608)), 0.0024),
    ("mouthPressLeft", ((0.0020, 1.3546), (0.0080, 1.3541), (0.0138, 1.3558)), 0.0020),
    ("mouthPressLeft", ((0.0224, 1.3692), (0.0244, 1.3645), (0.0227, 1.3598)), 0.0022),
    ("noseSneerLeft", ((0.0098, 1.3905), (0.0128, 1.3868), (0.0138, 1.3818)), 0.0014),
)
_MIDDLE: tuple[_Mark, ...] = (
    ("mouthRollLower", ((-0.0108, 1.3560), (0.0, 1.3538), (0.0108, 1.3560)), 0.0021),
    ("mouthRollUpper", ((-0.0104, 1.3678), (0.0, 1.3694), (0.0104, 1.3678)), 0.0020),
    ("mouthShrugLower", ((-0.0075, 1.3475), (0.0, 1.3505), (0.0075, 1.3475)), 0.0014),
    ("mouthClose", ((-0.0055, 1.3548), (0.0, 1.3539), (0.0055, 1.3548)), 0.0012),
    ("jawForward", ((-0.0150, 1.3530), (0.0, 1.3492), (0.0150, 1.3530)), 0.0028),
)


def _mark(mark: _Mark, names: Sequence[str]) -> Part:
    shown_by, points, width = mark
    t = np.linspace(0, 1, 5)
    line = design.SKULL.laid(Path(points)(t))
    half = width / 2 * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.7
    rows = band(design.SKULL, [half, -half], [_HIDDEN, _HIDDEN])(line)
    part = grid("mark", "ink", rows, pixels(layout.LIP_LINE, 8))
    corners = part.positions[part.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2].sum()
    if facing < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    count = len(part.positions)
    for name, delta in followed(part.positions, names).items():
        if name == shown_by:
            delta[:, 2] += _SHOWN - _HIDDEN
        if np.abs(delta).max() > 1e-6:
            part.morphs[name] = delta
            part.morph_normals[name] = np.zeros_like(delta)
    part.normals = np.tile([0.0, 0.0, 1.0], (count, 1))
    return part.bound_to("head").in_mesh("face")


def left(names: Sequence[str]) -> list[Part]:
    return [_mark(mark, names) for mark in _LEFT]


def middle(names: Sequence[str]) -> list[Part]:
    return [_mark(mark, names) for mark in _MIDDLE]
