"""The skin of the head as a mesh, and how a movement of lids and lips carries it along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.workshop.ani import design, head
from assets.workshop.curves import smoothstep
from assets.workshop.part import Array, Index, Part, smooth_normals, weld_groups
from assets.workshop.shapes import Rect, inside, into, triangulated

_EYE_RINGS = (0.0014, 0.0034, 0.0062, 0.0100, 0.0145)
_MOUTH_RINGS = (0.0012, 0.0028, 0.0052, 0.0085, 0.0125)
_OPENING = 0.0011
"""How far the lips are parted while the plane is triangulated; at rest they touch."""


@dataclass(frozen=True)
class FaceMesh:
    """The head's skin. ``upper_lid`` and so on are vertex numbers along a rim: lids of the left
    eye from inner to outer corner, lips from the right corner to the left."""

    positions: Array
    triangles: Index
    angles: Array
    ways: Array
    normals: Array
    groups: Index
    upper_lid: Index
    lower_lid: Index
    upper_lip: Index
    lower_lip: Index

    @property
    def frontness(self) -> Array:
        return smoothstep(-0.1, 0.30, np.cos(self.angles))


def _ring(contour: Array, offset: float, spacing: float) -> Array:
    """Points around a closed counter-clockwise ``contour`` at a distance."""
    edge = np.roll(contour, -1, axis=0) - np.roll(contour, 1, axis=0)
    normal = np.stack([edge[:, 1], -edge[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    for _ in range(int(offset / 0.0012)):
        normal = (np.roll(normal, 1, 0) + 2 * normal + np.roll(normal, -1, 0)) / 4
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    points = contour + normal * offset
    kept: list[Array] = []
    for p in points:
        clear = all(np.hypot(*(p - k)) > spacing for k in kept)
        if clear and np.min(np.hypot(*(contour - p).T)) > 0.8 * offset:
            kept.append(p)
    return np.array(kept)


def _eye_points() -> tuple[Array, Array]:
    """Rim points (upper then the lower's inner ones) and ring points of the left eye."""
    upper, lower, _ = design.lids()
    contour = np.concatenate([lower[:-1], upper[:0:-1]])
    gaps = (0.0016, 0.0026, 0.0036, 0.0048, 0.006)
    rings = [_ring(contour, d, g) for d, g in zip(_EYE_RINGS, gaps, strict=True)]
    points = np.concatenate(rings)
    return np.concatenate([upper, lower[1:-1]]), points[points[:, 0] > 0.004]


def _mouth_points() -> tuple[Array, Array, Array]:
    """Upper rim with corner, lower rim without (both from the middle out), and ring points."""
    s = np.linspace(0, 1, design.MOUTH_STEPS + 1)
    line = design.lip_line(s)
    part = _OPENING * np.sqrt(1 - s**2)
    upper, lower = line + np.stack([0 * s, part], 1), line - np.stack([0 * s, part], 1)
    flip = np.array([-1.0, 1.0])
    contour = np.concatenate([lower[:-1], upper[::-1], upper[1:] * flip, lower[-2:0:-1] * flip])
    gaps = (0.0015, 0.0024, 0.0034, 0.0045, 0.0055)
    rings = np.concatenate([_ring(contour, d, g) for d, g in zip(_MOUTH_RINGS, gaps, strict=True)])
    rings = rings[rings[:, 0] > 0.0009]
    middle = [
        (0.0, y + sign * d)
        for d in _MOUTH_RINGS
        for sign, y in ((1, upper[0, 1]), (-1, lower[0, 1]))
    ]
    return upper, lower[:-1], np.concatenate([np.array(middle), rings])


def build() -> FaceMesh:
    """Triangulates the left half of the head in its plane and mirrors it."""
    lid_rim, lid_rings = _eye_points()
    upper, lower, lip_rings = _mouth_points()
    near = [
        np.min(np.hypot(lip_rings[:, 0] - p[0], lip_rings[:, 1] - p[1])) > 0.003 for p in lid_rings
    ]
    front = np.concatenate([lid_rim, upper, lower, lid_rings[near], lip_rings])
    fixed = head.plane_of(front[:, 0], front[:, 1])
    eye = head.plane_of(np.array([0.037]), np.array([1.416]))[0]
    mouth = head.plane_of(np.array([0.0]), np.array([1.362]))[0]
    nose = head.plane_of(np.array([0.0]), np.array([1.387]))[0]
    loose = head.scattered(
        fixed,
        [
            (eye[0], eye[1], 0.034, 0.0062),
            (mouth[0], mouth[1], 0.020, 0.0055),
            (nose[0], nose[1], 0.009, 0.0026),
            (nose[0], nose[1], 0.020, 0.0052),
            (mouth[0], mouth[1] + 0.03, 0.020, 0.0058),
        ],
    )
    plane = np.concatenate([fixed, loose])
    n = design.EYE_STEPS
    lid_hole = np.concatenate([fixed[: n + 1], fixed[2 * n - 1 : n : -1]])
    start = 2 * n
    m = design.MOUTH_STEPS
    lip_hole = np.concatenate([fixed[start : start + m + 1], fixed[start + 2 * m : start + m : -1]])
    keep = ~inside(lid_hole, plane) | (np.arange(len(plane)) < len(fixed))
    plane = plane[keep]
    triangles = triangulated(plane, [lid_hole, lip_hole])[:, ::-1]
    return _mirrored(plane, triangles, n, start, m)


def _mirrored(plane: Array, triangles: Index, n: int, start: int, m: int) -> FaceMesh:
    """Both halves from the left one; vertices of the middle line are shared."""
    t, q = plane[:, 0] / head.AROUND, plane[:, 1]
    left = head.surface(t, q)
    rest = design.lip_line(np.linspace(0, 1, m + 1))
    lips = np.concatenate([rest, rest[:-1]])
    left[start : start + 2 * m + 1, :2] = lips
    left[start : start + 2 * m + 1, 2] = head.depth_at(lips[:, 0], lips[:, 1])
    middle = plane[:, 0] < 1e-9
    left[middle, 0] = 0.0
    other = np.flatnonzero(~middle)
    count = len(plane)
    twin = np.arange(count)
    twin[other] = count + np.arange(len(other))
    flip = np.array([-1.0, 1.0, 1.0])
    positions = np.concatenate([left, left[other] * flip])
    faces = np.concatenate([triangles, twin[triangles][:, ::-1]])
    p = positions[faces]
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    faces = faces[area > 1e-10]
    apart = positions.copy()
    lower_rim = np.concatenate([np.arange(start + m + 1, start + 2 * m + 1)])
    apart[lower_rim, 1] -= 1.0
    apart[twin[lower_rim], 1] = apart[lower_rim, 1]
    groups = weld_groups(apart)
    detailed = smooth_normals(positions, faces, groups)
    broad = np.concatenate([_calm_normals(t, q), _calm_normals(-t[other], q[other])])
    normals = 0.4 * detailed + 0.6 * broad
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    upper = np.arange(start, start + m + 1)
    lower = np.concatenate([np.arange(start + m + 1, start + 2 * m + 1), [start + m]])
    return FaceMesh(
        positions=positions,
        triangles=faces,
        angles=np.concatenate([t, -t[other]]),
        ways=np.concatenate([q, q[other]]),
        normals=normals,
        groups=groups,
        upper_lid=np.arange(n + 1),
        lower_lid=np.concatenate([[0], np.arange(n + 1, 2 * n), [n]]),
        upper_lip=np.concatenate([twin[upper[:0:-1]], upper]),
        lower_lip=np.concatenate([twin[lower[:0:-1]], lower]),
    )


def _calm_normals(t: Array, q: Array) -> Array:
    """Unit normals of the head without its features: what a drawn face is shaded by."""
    q = np.clip(q, 0.002, head.DEPTH - 0.002)
    step = 1e-3
    along = head.surface(t + step, q, detailed=False) - head.surface(t - step, q, detailed=False)
    down = head.surface(t, q + step, detailed=False) - head.surface(t, q - step, detailed=False)
    normal = np.cross(down, along)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))


def skin_part(mesh: FaceMesh, rect: Rect) -> Part:
    """The head's skin, rigid on the head."""
    return Part(
        "face",
        "face",
        mesh.positions,
        mesh.triangles,
        into(rect, head.unit_uv(mesh.angles, mesh.ways)),
        normals=mesh.normals,
        skin={"head": np.ones(len(mesh.positions))},
        groups=mesh.groups,
        mesh="face",
    )
