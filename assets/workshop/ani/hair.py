"""Lilac hair: cap, fringe parted on her left, side locks, and two tails on springs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assets.workshop.ani import design, layout, loose_hair
from assets.workshop.curves import Path, Profile, smoothstep, unit
from assets.workshop.part import Array, Part, compact, joined, smooth_normals
from assets.workshop.rig import Rig, Spring
from assets.workshop.shapes import Rect, grid, into, pixels, ribbon

_CENTER = np.array([0.0, 1.455, -0.010])
_BROW_DEPTH = 0.058
_CROWN = pixels(layout.HAIR)
_TAIL = pixels(layout.TAIL)


def _window(area: Rect, number: int, share: float = 0.30) -> Rect:
    """A vertical slice of a hair texture: few strands on each lock, and not the same ones."""
    start = (number * 0.381966) % (1 - share)
    return (area[0] + start * area[2], area[1], share * area[2], area[3])


def _by_height(part: Part) -> Part:
    """Texture rows by height, lower at the sides, so that the band of shine arches over the
    head."""
    u = (part.uvs[:, 0] - _CROWN[0]) / _CROWN[2]
    x, y = part.positions[:, 0], part.positions[:, 1]
    v = np.clip((1.580 - y - 2.4 * x**2) / 0.165, 0, 1)
    return part.with_uvs(into(_CROWN, np.stack([np.clip(u, 0, 1), v], 1)))


def _rounded(part: Part, share: float = 0.55) -> Part:
    """Normals blended with those of a ball around the head: calm shading over many locks."""
    own = smooth_normals(part.positions, part.triangles)
    part.normals = unit(own * (1 - share) + unit(part.positions - _CENTER) * share)
    return part


_HAIRLINE = Profile(
    (0.0, 1.512), (0.45, 1.508), (0.85, 1.494), (1.1, 1.468), (1.3, 1.432), (1.5, 1.412),
    (1.75, 1.402), (2.2, 1.385), (np.pi, 1.366),
)  # fmt: skip
"""Height of the hair's edge by the angle around the head."""


def covered(angles: Array, points: Array) -> Array:
    """True where skin lies well under the cap and never shows."""
    return np.asarray(points[:, 1] > _HAIRLINE(np.abs(angles)) + 0.008)


def _over_skull(angles: Array, ways: Array, share: Array, lift: Array | float = 0.0) -> Array:
    """Points of the cap, ``share`` of the way to its edge, or ``lift`` metres over it."""
    points = design.SKULL.surface(angles, ways, detailed=False)
    high = 0.0125 * (1 - 0.60 * share**3) + lift
    points = points + unit(points - _CENTER) * high[..., None]
    points[..., 1] += 0.006 * smoothstep(1.48, 1.56, points[..., 1])
    return np.asarray(points)


def cap() -> Part:
    """Close-lying hair over the skull."""
    t = np.linspace(-np.pi, np.pi, 33)
    rows = np.linspace(0, 1, 10)
    q = np.linspace(0, design.SKULL.depth, 400)
    bottom = []
    for angle in np.abs(t):
        line = design.SKULL.surface(np.full_like(q, angle), q, detailed=False)
        bottom.append(q[np.argmax(line[:, 1] < _HAIRLINE(angle))])
    ways = np.asarray(bottom)[None, :] * rows[:, None] ** 0.9
    points = _over_skull(np.broadcast_to(t, ways.shape), ways, rows[:, None] * np.ones_like(ways))
    part = grid("hair", "hair", points, _CROWN)
    columns = len(t)
    strand = np.tile(np.abs(np.abs(np.linspace(-1, 1, columns)) * 2 % 2 - 1), len(rows))
    part.uvs[:, 0] = into(_CROWN, np.stack([strand, strand], 1))[:, 0]
    return _rounded(_by_height(part), 0.5).bound_to("head").in_mesh("hair")


def over_forehead(x: float, y: float, lift: float) -> tuple[float, float, float]:
    """A point ``lift`` metres in front of the skin."""
    z = float(design.SKULL.depth_at(min(max(x, -0.080), 0.080), y, detailed=False))
    return (x, y, z + lift)


def _lock(
    name: str,
    points: Array,
    width: float,
    rect: Rect,
    *,
    shape: Profile,
    rows: int = 10,
    thick: float = 0.20,
    section: int = 3,
) -> Part:
    """A lock that lies on the head: its outer side faces away from the head's middle axis."""
    path = Path(points)
    t = np.linspace(0, 1, rows)
    up = path(t) * [1, 0.45, 1] - _CENTER * [0, 0.45, 1] - [0, 0.028, 0]
    return ribbon(
        name,
        "hair",
        path,
        unit(up),
        lambda s: width * shape(s),
        lambda s: width * thick * np.maximum(shape(s), 0.06),
        rect,
        rows=rows,
        section=section,
    )


_FULL = Profile(
    (0, 0.12),
    (0.14, 0.55),
    (0.32, 0.9),
    (0.50, 1.0),
    (0.68, 0.88),
    (0.82, 0.6),
    (0.92, 0.31),
    (1, 0.02),
)
_SLIM = Profile((0, 0.3), (0.4, 1.0), (0.7, 0.72), (0.9, 0.34), (1.0, 0.02))

# root x, then (x, y) at three heights, width, lift over the skin at the tip, joint
_FRINGE = (
    (0.008, (-0.016, 1.519), (-0.030, 1.482), (-0.029, 1.4475), 0.037, 0.0065, "bangs_R"),
    (0.017, (0.027, 1.520), (0.036, 1.482), (0.031, 1.4500), 0.033, 0.0065, "bangs_mid"),
    (0.002, (-0.034, 1.517), (-0.055, 1.478), (-0.0560, 1.4400), 0.039, 0.0075, "bangs_R"),
    (0.022, (0.044, 1.517), (0.0585, 1.476), (0.0570, 1.4420), 0.037, 0.0075, "bangs_L"),
    (-0.006, (-0.049, 1.514), (-0.0725, 1.468), (-0.0765, 1.4180), 0.036, 0.0080, "bangs_R"),
    (0.028, (0.055, 1.512), (0.0750, 1.466), (0.0780, 1.4140), 0.034, 0.0080, "bangs_L"),
    (0.012, (0.004, 1.521), (-0.007, 1.484), (-0.0015, 1.4370), 0.031, 0.0080, "bangs_mid"),
)
_STRANDS = (
    (0.015, (0.015, 1.522), (0.0165, 1.490), (0.0105, 1.4600), 0.011, 0.0085, "bangs_mid"),
    (-0.002, (-0.030, 1.520), (-0.043, 1.480), (-0.0405, 1.4440), 0.010, 0.0105, "bangs_R"),
    (0.024, (0.038, 1.520), (0.047, 1.480), (0.0440, 1.4480), 0.010, 0.0105, "bangs_L"),
)


_LAYERS = (0.0004, 0.0004, 0.0026, 0.0026, 0.0010, 0.0010, 0.0034)
_OVER = (0.0040, 0.0045, 0.0045)
"""How high each lies over its neighbours (m): well apart, or their edges show in dashes."""


def _drop(x0: float, *way: tuple[float, float], lift: float, high: float, root: float) -> Array:
    """From the parting on the crown, ``root`` metres over the cap, down over the forehead."""
    (xa, ya), (xb, yb), (xt, yt) = way
    angle = float(design.SKULL.angle_at(xa, ya) * np.sign(xa))
    k = np.array([0.10, 0.34, 0.58, 0.80])
    ways = float(design.SKULL.profile_at(ya)) * k
    crown = _over_skull(
        angle * np.ones(4), ways, 0.8 * k, root + (high - root) * smoothstep(0.5, 1.0, k)
    )
    crown[:, 0] += 0.6 * x0 * (1 - k)
    return np.array(
        [
            *crown,
            over_forehead(xa, ya, 0.0150 + high),
            over_forehead(xb, yb, 0.0145 + high),
            over_forehead((xb + xt) / 2 + 0.15 * (xb - xa), (yb + yt) / 2, 0.011 + high),
            over_forehead(xt, yt, lift),
        ]
    )


def fringe() -> list[Part]:
    """Broad locks swept from the parting, and a few thin strands over them."""
    parts = []
    for rows, shape, thick, high in (
        (_FRINGE, _FULL, 0.13, _LAYERS),
        (_STRANDS, _SLIM, 0.22, _OVER),
    ):
        for i, (x0, a, b, tip, width, lift, chain) in enumerate(rows):
            root = 0.0022 + high[i] if rows is _FRINGE else -0.004
            points = _drop(x0, a, b, tip, lift=lift, high=high[i], root=root)
            part = _lock(
                "fringe", points, width, _window(_CROWN, i), shape=shape, thick=thick, rows=12
            )
            part = _by_height(part)
            y = part.positions[:, 1]
            swing = smoothstep(1.525, 1.465, y) * 0.8
            part.skin = {"head": 1 - swing, f"{chain}_0": swing}
            parts.append(_rounded(part).in_mesh("hair"))
    parts.append(_ahoge())
    return parts


def _ahoge() -> Part:
    """The one strand on the crown that does as it likes."""
    path = Path(
        [(0.010, 1.566, 0.012), (0.013, 1.587, 0.012), (0.024, 1.600, 0.018),
         (0.040, 1.600, 0.026), (0.048, 1.590, 0.032)]
    )  # fmt: skip
    part = ribbon(
        "ahoge", "hair", path, (0.0, 0.35, 1.0), lambda s: 0.013 * _SLIM(s),
        lambda s: 0.003 * _SLIM(s), _CROWN, rows=13, section=3,
    )  # fmt: skip
    part.uvs[:, 1] = _CROWN[1] + 0.08 * _CROWN[3]
    return part.bound_to("head").in_mesh("hair")


def build(rig: Rig) -> list[Part]:
    """All hair as two parts, crown and tails; adds its joints and springs to ``rig``."""
    for name, x in (("bangs_mid", 0.004), ("bangs_L", 0.048), ("bangs_R", -0.048)):
        top, tip = over_forehead(x, 1.520, 0.012), over_forehead(x * 1.1, 1.445, 0.010)
        chain = rig.chain(name, "head", np.array([top, tip]))
        rig.springs.append(
            Spring(name, tuple(chain), stiffness=2.6, gravity=0.02, drag=0.5, radius=0.004)
        )
    crown, loose = [*fringe()[::-1], cap()], [*loose_hair.side_locks(rig), *loose_hair.tails(rig)]
    groups = ("head", "body")
    for side in ("L", "R"):
        locks = [j.name for j in rig.joints if j.name.startswith(f"side_{side}")]
        rig.springs.append(
            Spring(f"side_{side}", tuple(locks), stiffness=2.0, gravity=0.05, drag=0.45,
                   radius=0.010, groups=groups)
        )  # fmt: skip
        chain = [j.name for j in rig.joints if j.name.startswith(f"tail_{side}")]
        rig.springs.append(
            Spring(f"tail_{side}", tuple(chain), stiffness=1.8, gravity=0.06, drag=0.40,
                   radius=0.014, groups=groups)
        )  # fmt: skip
    for part in (*crown, *loose):
        if part.normals is None:
            part.normals = smooth_normals(part.positions, part.triangles)
    on_head = joined(crown, "hair")
    # What hangs before the face is a zone of its own, drawn before the skin that it hides.
    before = on_head.positions[on_head.triangles, 2].mean(axis=1) > _BROW_DEPTH
    front = compact(replace(on_head, material="fringe", triangles=on_head.triangles[before]))
    rest = compact(replace(on_head, triangles=on_head.triangles[~before]))
    return [front, rest, joined(loose, "tail")]
