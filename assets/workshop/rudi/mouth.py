"""Nose, lip lines, the inside of the mouth, teeth and tongue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.curves import Path, smoothstep, unit
from assets.workshop.face_lines import band, followed, riding, strip
from assets.workshop.part import Array, Part, smooth_normals
from assets.workshop.rudi import design, layout
from assets.workshop.rudi.moves import MOVES
from assets.workshop.shapes import disc, ellipsoid, grid, into, pixels

_N = 2 * design.MOUTH_STEPS + 1


def _line() -> Array:
    return design.SKULL.laid(design.LIPS)


def _moved(line: Array, names: Sequence[str], side: float) -> dict[str, Array]:
    return followed(design.DRAWING, MOVES, line, names, side)


def lip_lines(names: Sequence[str]) -> list[Part]:
    """The drawn edge of both lips, and the line from the nose down to them."""
    line, s = _line(), np.linspace(-1, 1, _N)
    taper = 1 - 0.80 * np.abs(s) ** 2
    area, skull = pixels(layout.LINE, 8), design.SKULL
    t = np.linspace(0, 1, 12)
    fall = Path([(0.0, 1.3650), (0.0, 1.3550), (0.0, float(design.LIPS[_N // 2, 1]))])(t)
    philtrum = skull.laid(fall)
    thin = 0.0009 + 0 * t
    return [
        strip(
            "lip_upper", "line", line, _moved(line, names, 1.0),
            band(skull, [0.0017 * taper, -0.0001 + 0 * s], [0.0016, 0.0012]), area,
        ),
        strip(
            "lip_lower", "line", line, _moved(line, names, -1.0),
            band(skull, [0.0001 + 0 * s, -0.0011 * taper], [0.0012, 0.0016]), area,
        ),
        strip(
            "philtrum", "line", philtrum, _moved(philtrum, names, 1.0),
            band(skull, [thin, -thin], [0.0022, 0.0022]), area,
        ),
    ]  # fmt: skip


def nose(names: Sequence[str]) -> list[Part]:
    """A rounded triangle with a light on it; it rides on the muzzle."""
    x, y = design.NOSE
    z = float(design.SKULL.depth_at(x, y))
    part = ellipsoid(
        "nose", "nose", (0, 0, 0), (0.0180, 0.0118, 0.0130), pixels(layout.NOSE, 6), rows=13,
        columns=20,
    )  # fmt: skip
    p = part.positions
    low = np.clip(-p[:, 1] / 0.0118, 0, 1)
    p[:, 0] *= 1 - 0.42 * low**1.2
    p[:, 1] -= 0.0022 * low
    p[:, 1] += 0.0016 * np.clip(np.abs(p[:, 0]) / 0.018, 0, 1) * (p[:, 1] > 0)
    p[:, 2] += 0.12 * p[:, 1]
    center = np.array([x, y, z + 0.0010])
    part.positions = p + center
    part.normals = smooth_normals(part.positions, part.triangles)
    shine = disc("nose_light", "light", (0, 0, 0), (0.0058, 0.0022), pixels(layout.SHINE, 16),
                 rings=1, columns=14)  # fmt: skip
    c, s = np.cos(0.12), np.sin(0.12)
    shine.positions[:, :2] = shine.positions[:, :2] @ np.array([[c, -s], [s, c]])
    shine.positions = shine.positions + center + [-0.0045, 0.0062, 0.0130]
    shine.normals = np.tile([0.0, 0.0, 1.0], (len(shine.positions), 1))
    moved = _moved(np.array([[x, y, z]]), names, 1.0)
    return [riding(q.bound_to("head").in_mesh("face"), moved) for q in (part, shine)]


def cavity(names: Sequence[str]) -> Part:
    """A bag behind the lips: rings from the rims back into the dark."""
    line = _line()
    rim = np.concatenate([line, line[-2:0:-1]])
    order = np.concatenate([np.arange(_N), np.arange(_N - 2, 0, -1)])
    sides = np.concatenate([np.ones(_N), -np.ones(_N - 2)])
    arch = np.cos(np.linspace(-1, 1, _N) * np.pi / 2)[order]
    up, low = _moved(line, names, 1.0), _moved(line, names, -1.0)
    center = np.array([0, design.MOUTH_Y - 0.003, rim[:, 2].mean() - 0.044])
    points, shares = [], []
    for scale, spread, back, share in (
        (1.0, 0.0, -0.0006, 1.0), (0.93, 0.003, -0.012, 0.95), (0.74, 0.005, -0.030, 0.72),
    ):  # fmt: skip
        ring = rim * [scale, 1, 1]
        ring[:, 1] += sides * spread * arch
        ring[:, 2] += back
        points.append(ring)
        shares.append(share)
    points.append(np.tile(center, (len(rim), 1)))
    shares.append(0.45)
    stack = np.stack(points)
    part = grid(
        "mouth", "mouth", np.concatenate([stack, stack[:, :1]], axis=1), pixels(layout.MOUTH)
    )
    for name in names:
        delta = np.concatenate([up[name], low[name][-2:0:-1]])
        if np.abs(delta).max() < 1e-6:
            continue
        full = np.stack(
            [delta * k for k in shares[:-1]] + [np.tile(delta.mean(0), (len(rim), 1)) * shares[-1]]
        )
        part.morphs[name] = np.concatenate([full, full[:, :1]], axis=1).reshape(-1, 3)
    inward = center - part.positions
    if np.einsum("ij,ij->i", inward, smooth_normals(part.positions, part.triangles)).sum() < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    part.normals = np.tile(unit([0.0, 0.15, 1.0]), (len(part.positions), 1))
    part.morph_normals = {key: np.zeros_like(part.positions) for key in part.morphs}
    return part.bound_to("head").in_mesh("face")


def _on_lip(part: Part, names: Sequence[str], wanted: Sequence[str], share: float) -> Part:
    """Lets the part ride on the lower lip's middle."""
    middle = _line()[_N // 2 : _N // 2 + 1]
    return riding(part, _moved(middle, [n for n in names if n in wanted], -1.0), share)


def _teeth(name: str, top: float, bottom: float, half: float, joint: str, back: float) -> Part:
    s = np.linspace(-1, 1, 13)
    x = s * half
    z = design.SKULL.depth_at(1.1 * x, design.MOUTH_Y) - back - 0.006 * np.abs(s) ** 2
    fang = 0.0036 * np.exp(-0.5 * ((np.abs(s) - 0.72) / 0.10) ** 2)
    corner = 0.0022 * np.abs(s) ** 4
    rise = 1.0 if bottom < top else -1.0
    edge = bottom + rise * (corner - fang * (rise > 0))
    grid_rows = [
        np.stack([x, np.full_like(x, top), z], 1),
        np.stack([x, np.full_like(x, (top + bottom) / 2), z + 0.0003], 1),
        np.stack([x * 0.985, edge, z - 0.0002], 1),
    ]
    part = grid(name, "teeth", np.stack(grid_rows), pixels(layout.TEETH), flip=rise < 0)
    part.normals = np.tile([0.0, 0.0, 1.0], (len(part.positions), 1))
    return part.bound_to(joint).in_mesh("face")


_JAW = ("jawOpen", "jawLeft", "jawRight", "jawForward", "tongueOut")


def teeth(names: Sequence[str]) -> list[Part]:
    upper = _teeth("teeth_upper", 1.3560, 1.3408, 0.0205, "head", 0.0100)
    lower = _teeth("teeth_lower", 1.3270, 1.3325, 0.0165, "jaw", 0.0200)
    _on_lip(lower, names, _JAW, 0.60)
    for name in ("mouthFunnel", "mouthPucker"):
        for part in (upper, lower):
            part.morphs[name] = part.positions * [-0.30, 0, 0]
            part.morph_normals[name] = np.zeros_like(part.positions)
    return [upper, lower]


def tongue(names: Sequence[str]) -> Part:
    """Rests on the floor of the mouth, rides on the jaw, and comes out over the lower lip."""
    front = float(design.SKULL.depth_at(0.0, design.MOUTH_Y))
    radii = np.array([0.0165, 0.0075, 0.0210])
    center = np.array([0.0, 1.3370, front - 0.0340])
    part = ellipsoid("tongue", "mouth", center, radii, pixels(layout.TONGUE), rows=9, columns=16)
    local = part.positions - center
    flat = np.stack([local[:, 0] / radii[0], -local[:, 2] / radii[2]], 1) * 0.5 + 0.5
    part.uvs = into(pixels(layout.TONGUE), np.clip(flat, 0, 1))
    for name, share in (("jawOpen", 0.50), ("jawLeft", 0.66), ("jawRight", 0.66)):
        _on_lip(part, names, (name,), share)
    _on_lip(part, names, ("jawForward",), 0.30)
    along = smoothstep(-0.017, 0.021, local[:, 2])
    out = np.zeros_like(local)
    out[:, 2] = 0.0390 * along
    out[:, 1] = 0.0060 - 0.0170 * smoothstep(0.35, 1.0, along) ** 1.3
    out[:, 0] = local[:, 0] * (-0.10 * along)
    out[:, 1] -= local[:, 1] * 0.35 * along
    part.morphs["tongueOut"] = out
    between = np.zeros_like(local)
    between[:, 2] = 0.0140 * along
    between[:, 1] = 0.0055 * along - local[:, 1] * 0.35 * along
    part.morphs["viseme_TH"] = between
    part.morphs["viseme_nn"] = between * [0, 1.1, 0.6]
    return part.bound_to("jaw").in_mesh("face")
