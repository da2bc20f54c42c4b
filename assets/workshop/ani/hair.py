"""Lilac hair: cap, fringe parted on her left, side locks, and two tails on springs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.ani import head, layout
from assets.workshop.curves import Path, Profile, chain_weights, smoothstep, unit
from assets.workshop.part import Part, joined, mirrored, smooth_normals, swap_side
from assets.workshop.rig import Rig, Spring
from assets.workshop.shapes import grid, into, ribbon

_CENTER = np.array([0.0, 1.455, -0.010])
_CROWN = layout.rect(layout.HAIR)
_TAIL = layout.rect(layout.TAIL)


def _by_height(part: Part) -> Part:
    """Texture rows by height, so that the band of shine runs around the head."""
    u = (part.uvs[:, 0] - _CROWN[0]) / _CROWN[2]
    v = np.clip((1.580 - part.positions[:, 1]) / 0.165, 0, 1)
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


def cap() -> Part:
    """Close-lying hair over the skull."""
    t = np.linspace(-np.pi, np.pi, 45)
    rows = np.linspace(0, 1, 12)
    q = np.linspace(0, head.DEPTH, 400)
    bottom = []
    for angle in np.abs(t):
        line = head.surface(np.full_like(q, angle), q, detailed=False)
        bottom.append(q[np.argmax(line[:, 1] < _HAIRLINE(angle))])
    ways = np.asarray(bottom)[None, :] * rows[:, None] ** 0.9
    points = head.surface(np.broadcast_to(t, ways.shape), ways, detailed=False)
    lift = 0.0105 * (1 - 0.55 * rows[:, None] ** 3) * np.ones_like(ways)
    points = points + unit(points - _CENTER) * lift[..., None]
    points[..., 1] += 0.004 * smoothstep(1.50, 1.56, points[..., 1])
    part = grid("hair", "hair", points, _CROWN)
    columns = len(t)
    strand = np.tile(np.abs(np.linspace(-1, 1, columns)) * 3 % 1.0, len(rows))
    part.uvs[:, 0] = into(_CROWN, np.stack([strand, strand], 1))[:, 0]
    return _rounded(_by_height(part), 0.5).bound_to("head").in_mesh("hair")


def _front(x: float, y: float, lift: float) -> tuple[float, float, float]:
    z = float(head.depth_at(min(max(x, -0.080), 0.080), y, detailed=False))
    return (x, y, z + lift)


def _lock(
    name: str,
    points: Sequence[Sequence[float]],
    width: float,
    rect: tuple[float, ...],
    *,
    rows: int = 9,
    thick: float = 0.20,
    root: float = 0.55,
    section: int = 4,
    belly: float = 0.35,
) -> Part:
    path = Path(points)
    shape = Profile((0, root), (belly, 1.0), (0.7, 0.74), (0.9, 0.34), (1.0, 0.03))
    t = np.linspace(0, 1, rows)
    up = unit(path(t) - _CENTER * [1, 0, 1] - path(t) * [0, 0.55, 0] - [0, 0.63, 0])
    return ribbon(
        name, "hair", path, up, lambda s: width * shape(s),
        lambda s: width * thick * np.maximum(shape(s), 0.08), rect, rows=rows, section=section,
    )  # fmt: skip


# x of root, x of tip, y of tip, width, lift at the tip, joint
_FRINGE = (
    (0.010, -0.0065, 1.4420, 0.028, 0.006, "bangs_mid"),
    (0.003, -0.0290, 1.4500, 0.034, 0.008, "bangs_mid"),
    (-0.006, -0.0500, 1.4460, 0.036, 0.008, "bangs_R"),
    (-0.018, -0.0690, 1.4330, 0.034, 0.008, "bangs_R"),
    (0.014, 0.0215, 1.4520, 0.027, 0.007, "bangs_mid"),
    (0.019, 0.0430, 1.4510, 0.034, 0.008, "bangs_L"),
    (0.027, 0.0660, 1.4380, 0.036, 0.008, "bangs_L"),
)


def fringe() -> list[Part]:
    parts = []
    for x0, x1, y1, width, lift, chain in _FRINGE:
        bow = 0.35 * (x1 - x0)
        points = [
            (x0 * 0.6, 1.5665, 0.020),
            (x0 + 0.18 * (x1 - x0), 1.553, 0.058),
            _front(x0 + 0.45 * (x1 - x0) + 0.3 * bow, 1.522, 0.0125),
            _front(x0 + 0.80 * (x1 - x0) + 0.3 * bow, 1.484, 0.0130),
            _front(x1, y1, lift),
        ]
        part = _by_height(_lock("fringe", points, width, _CROWN, thick=0.17, belly=0.5))
        y = part.positions[:, 1]
        swing = smoothstep(1.525, 1.465, y) * 0.8
        part.skin = {"head": 1 - swing, f"{chain}_0": swing}
        parts.append(_rounded(part).in_mesh("hair"))
    return parts


_SIDE = np.array(
    [(0.050, 1.555, 0.030), (0.079, 1.520, 0.045), (0.0895, 1.470, 0.050), (0.0880, 1.415, 0.054),
     (0.0810, 1.355, 0.064), (0.0760, 1.300, 0.074), (0.0790, 1.262, 0.080)]
)  # fmt: skip


def _follow(part: Part, path: Path, start: float, joints: Sequence[str]) -> Part:
    """Skins a lock to a chain by the nearest place along ``path``; the root stays on the head."""
    s = np.linspace(0, 1, 101)
    d = np.linalg.norm(part.positions[:, None] - path(s)[None], axis=2)
    t = s[np.argmin(d, axis=1)]
    weights = chain_weights((t - start) / (1 - start), joints)
    hold = smoothstep(start + 0.10, start - 0.02, t)
    part.skin = {joint: w * (1 - hold) for joint, w in weights.items()} | {"head": hold}
    return part


def side_locks(rig: Rig) -> list[Part]:
    path = Path(_SIDE)
    joints = {}
    for side, flip in (("L", 1.0), ("R", -1.0)):
        at = path(np.array([0.36, 0.58, 0.80, 1.0])) * [flip, 1, 1]
        joints[side] = rig.chain(f"side_{side}", "head", at)
    parts = []
    offsets = (
        (np.zeros(3), 0.034, 1.0), (np.array([0.004, -0.006, -0.016]), 0.030, 0.90),
        (np.array([-0.006, 0.004, 0.010]), 0.018, 0.84),
    )  # fmt: skip
    for shift, width, reach in offsets:
        k = np.linspace(0, reach, 8)
        points = path(k) + shift * smoothstep(0.0, 0.35, k)[:, None]
        part = _lock("side", points, width, _TAIL, rows=13, thick=0.22, belly=0.35)
        v = (part.uvs[:, 1] - _TAIL[1]) / _TAIL[3]
        part.uvs[:, 1] = _TAIL[1] + _TAIL[3] * (0.16 + 0.74 * v)
        _follow(_rounded(part, 0.45), path, 0.36, joints["L"][:-1])
        parts.append(part.in_mesh("hair"))
    return parts + [mirrored(p, swap_side) for p in parts]


_TAIL_PATH = np.array(
    [(0.074, 1.523, -0.046), (0.112, 1.541, -0.054), (0.148, 1.512, -0.052),
     (0.167, 1.440, -0.044), (0.170, 1.350, -0.034), (0.160, 1.255, -0.022),
     (0.152, 1.165, -0.010), (0.158, 1.095, 0.000)]
)  # fmt: skip


def tails(rig: Rig) -> list[Part]:
    path = Path(_TAIL_PATH)
    joints = {}
    for side, flip in (("L", 1.0), ("R", -1.0)):
        at = path(np.array([0.08, 0.25, 0.42, 0.60, 0.79, 1.0])) * [flip, 1, 1]
        joints[side] = rig.chain(f"tail_{side}", "head", at)
    parts = []
    # around the tail: outward, front; width, reach, phase of the wave
    strands = (
        (0.000, 0.000, 0.062, 1.00, 0.0), (0.019, 0.010, 0.044, 0.93, 0.8),
        (-0.017, 0.012, 0.042, 0.96, 1.9), (0.004, 0.022, 0.046, 0.88, 2.6),
        (0.010, -0.020, 0.050, 0.95, 3.6), (-0.015, -0.015, 0.044, 0.90, 4.4),
        (0.030, -0.004, 0.026, 0.80, 5.2), (-0.026, 0.002, 0.024, 0.84, 0.4),
    )  # fmt: skip
    for out, front, width, reach, phase in strands:
        k = np.linspace(0, reach, 10)
        fan = smoothstep(0.0, 0.30, k) * (1 + 0.5 * k)
        wave = 0.007 * np.sin(5.5 * k + phase) * k
        points = path(k)
        tangent = path.tangent(k)
        outward = unit(np.cross(tangent, [0, 0, -1.0]))
        points = points + outward * (out * fan + wave)[:, None]
        points[:, 2] += front * fan + wave * 0.6
        shape = Profile((0, 0.34), (0.10, 0.55), (0.4, 1.0), (0.72, 0.80), (0.9, 0.40), (1, 0.02))
        curve = Path(points)
        t = np.linspace(0, 1, 14)
        facing = unit(np.array([0.35, 0, 1.0]) + np.array([out * 14, 0, front * 22]))
        part = ribbon(
            "tail", "hair", curve, np.broadcast_to(facing, (len(t), 3)),
            lambda s, w=width, f=shape: w * f(s),
            lambda s, w=width, f=shape: w * 0.30 * np.maximum(f(s), 0.05),
            _TAIL, rows=14, section=4,
        )  # fmt: skip
        _follow(part, path, 0.08, joints["L"][:-1])
        parts.append(part.in_mesh("hair"))
    return parts + [mirrored(p, swap_side) for p in parts]


def build(rig: Rig) -> Part:
    """All hair as one part; adds its joints and springs to ``rig``."""
    for name, x in (("bangs_mid", 0.004), ("bangs_L", 0.048), ("bangs_R", -0.048)):
        top, tip = _front(x, 1.520, 0.012), _front(x * 1.1, 1.445, 0.010)
        chain = rig.chain(name, "head", np.array([top, tip]))
        rig.springs.append(
            Spring(name, tuple(chain), stiffness=2.6, gravity=0.02, drag=0.5, radius=0.004)
        )
    parts = [cap(), *fringe(), *side_locks(rig), *tails(rig)]
    groups = ("head", "body")
    for side in ("L", "R"):
        locks = [j.name for j in rig.joints if j.name.startswith(f"side_{side}")]
        rig.springs.append(
            Spring(f"side_{side}", tuple(locks), stiffness=1.3, gravity=0.12, drag=0.45,
                   radius=0.010, groups=groups)
        )  # fmt: skip
        chain = [j.name for j in rig.joints if j.name.startswith(f"tail_{side}")]
        rig.springs.append(
            Spring(f"tail_{side}", tuple(chain), stiffness=0.9, gravity=0.16, drag=0.40,
                   radius=0.022, groups=groups)
        )  # fmt: skip
    for part in parts:
        if part.normals is None:
            part.normals = smooth_normals(part.positions, part.triangles)
    return joined(parts, "hair")
