"""Lip lines, the inside of the mouth, teeth and tongue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.ani import design, layout
from assets.workshop.ani.moves import followed
from assets.workshop.curves import smoothstep, unit
from assets.workshop.face_lines import band, strip
from assets.workshop.part import Array, Part, smooth_normals
from assets.workshop.shapes import ellipsoid, grid, into, pixels


def _line() -> Array:
    return design.SKULL.laid(design.LIPS)


def lip_lines(names: Sequence[str]) -> list[Part]:
    """The drawn edge of both lips."""
    line = _line()
    s = np.linspace(-1, 1, len(line))
    taper = 1 - 0.75 * np.abs(s) ** 1.5
    # A smile lifts the cheek over the corners: there the line stands further out.
    rise = 0.0022 * np.abs(s) ** 4
    area, skull = pixels(layout.LIP_LINE, 8), design.SKULL
    return [
        strip(
            "lip_upper", "ink", line, followed(line, names, 1.0),
            band(skull, [0.0013 * taper, -0.0001 + 0 * s], [0.0008 + rise, 0.0002 + rise]), area,
        ),
        strip(
            "lip_lower", "ink", line, followed(line, names, -1.0),
            band(skull, [0.0001 + 0 * s, -0.0011 * taper], [0.0002 + rise, 0.0007 + rise]), area,
        ),
    ]  # fmt: skip


def cavity(names: Sequence[str]) -> Part:
    """A bag behind the lips: rings from the rims back into the dark."""
    line = _line()
    rim = np.concatenate([line, line[-2:0:-1]])
    sides = np.concatenate([np.ones(len(line)), -np.ones(len(line) - 2)])
    moved_up, moved_low = followed(line, names, 1.0), followed(line, names, -1.0)
    rings = ((1.0, 0.0, -0.0006, 1.0), (1.0, 0.0032, -0.008, 0.95), (0.8, 0.004, -0.020, 0.7))
    center = np.array([0, design.MOUTH_Y - 0.002, rim[:, 2].mean() - 0.026])
    points, shares = [], []
    for scale, spread, back, share in rings:
        ring = rim.copy()
        ring[:, 0] *= scale
        ring[:, 1] += (
            sides
            * spread
            * np.cos(np.linspace(-1, 1, len(line)) * np.pi / 2)[
                np.concatenate([np.arange(len(line)), np.arange(len(line) - 2, 0, -1)])
            ]
        )
        ring[:, 2] += back
        points.append(ring)
        shares.append(share)
    points.append(np.tile(center, (len(rim), 1)))
    shares.append(0.45)
    stack = np.stack(points)
    closed = np.concatenate([stack, stack[:, :1]], axis=1)
    part = grid("mouth", "mouth", closed, pixels(layout.MOUTH))
    for name in names:
        delta = np.concatenate([moved_up[name], moved_low[name][-2:0:-1]])
        if np.abs(delta).max() < 1e-6:
            continue
        rows = [delta * k for k in shares[:-1]] + [np.tile(delta.mean(0), (len(rim), 1)) * 0.45]
        full = np.stack(rows)
        part.morphs[name] = np.concatenate([full, full[:, :1]], axis=1).reshape(-1, 3)
    inward = center - part.positions
    normals = smooth_normals(part.positions, part.triangles)
    if np.einsum("ij,ij->i", inward, normals).sum() < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    part.normals = np.tile(unit([0.0, 0.15, 1.0]), (len(part.positions), 1))
    part.morph_normals = {key: np.zeros_like(part.positions) for key in part.morphs}
    return part.bound_to("head").in_mesh("face")


def _jaw_morphs(part: Part, names: Sequence[str], share: float, side: float) -> None:
    """Lets the part ride on the lower lip's middle (or the upper's)."""
    middle = _line()[design.MOUTH_STEPS : design.MOUTH_STEPS + 1]
    for name, delta in followed(middle, names, side).items():
        if np.abs(delta).max() > 1e-6:
            part.morphs[name] = np.tile(delta[0] * share, (len(part.positions), 1))
            part.morph_normals[name] = np.zeros_like(part.positions)


def _teeth(
    name: str, top: float, bottom: float, half: float, joint: str, back: float = 0.0050
) -> Part:
    s = np.linspace(-1, 1, 9)
    x = s * half
    z = design.SKULL.depth_at(0.0, design.MOUTH_Y) - back - 0.013 * np.abs(s) ** 2.0
    corner = 0.0058 * np.abs(s) ** 2.6
    rise = 1.0 if bottom < top else -1.0
    rows = [
        np.stack([x, np.full_like(x, top), z], 1),
        np.stack([x, np.full_like(x, (top + bottom) / 2), z + 0.0003], 1),
        np.stack([x * 0.985, bottom + rise * corner, z - 0.0002], 1),
    ]
    part = grid(name, "eye", np.stack(rows), pixels(layout.TEETH), flip=rise < 0)
    part.normals = np.tile([0.0, 0.0, 1.0], (len(part.positions), 1))
    return part.bound_to(joint).in_mesh("face")


def teeth(names: Sequence[str]) -> list[Part]:
    upper = _teeth("teeth_upper", 1.3700, 1.3598, 0.0197, "head")
    lower = _teeth("teeth_lower", 1.3530, 1.3566, 0.0120, "jaw", 0.0095)
    _jaw_morphs(lower, [n for n in names if n in ("jawOpen", "jawLeft", "jawRight")], 0.55, -1.0)
    moved = [n for n in names if n in ("jawForward", "tongueOut")]
    _jaw_morphs(lower, moved, 0.5, -1.0)
    for name in ("mouthFunnel", "mouthPucker"):
        for part in (upper, lower):
            away = {"teeth_upper": 0.0040, "teeth_lower": -0.0030}[part.name]
            narrow = part.positions * [-0.25, 0, 0] + [0, away, 0]
            part.morphs[name] = narrow
            part.morph_normals[name] = np.zeros_like(narrow)
    return [upper, lower]


def tongue(names: Sequence[str]) -> Part:
    """Rests on the floor of the mouth, rides on the jaw, and comes out over the lower lip."""
    front = design.SKULL.depth_at(0.0, design.MOUTH_Y)
    center = np.array([0.0, 1.3575, float(front) - 0.0250])
    part = ellipsoid(
        "tongue", "mouth", center, (0.0110, 0.0058, 0.0150), pixels(layout.TONGUE),
        rows=6, columns=8,
    )  # fmt: skip
    local = part.positions - center
    flat = np.stack([local[:, 0] / 0.0110, -local[:, 2] / 0.0150], 1) * 0.5 + 0.5
    part.uvs = into(pixels(layout.TONGUE), np.clip(flat, 0, 1))
    names_on_jaw = [n for n in names if n in ("jawOpen", "jawLeft", "jawRight", "jawForward")]
    _jaw_morphs(part, names_on_jaw, 0.60, -1.0)
    along = smoothstep(-0.012, 0.015, local[:, 2])
    out = np.zeros_like(local)
    out[:, 2] = 0.027 * along
    out[:, 1] = 0.0030 - 0.0115 * smoothstep(0.35, 1.0, along) ** 1.3
    out[:, 0] = local[:, 0] * (-0.12 * along)
    out[:, 1] -= local[:, 1] * 0.35 * along
    part.morphs["tongueOut"] = out
    between = np.zeros_like(local)
    between[:, 2] = 0.0105 * along
    between[:, 1] = 0.0045 * along - local[:, 1] * 0.35 * along
    part.morphs["viseme_TH"] = between
    part.morphs["viseme_nn"] = between * [0, 1.1, 0.6]
    return part.bound_to("jaw").in_mesh("face")
