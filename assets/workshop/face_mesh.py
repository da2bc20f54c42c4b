"""The skin of a head as a mesh with rings around eyes and mouth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assets.workshop.curves import smoothstep
from assets.workshop.movement import Drawing, Field, Move
from assets.workshop.part import Array, Index, Part, smooth_normals, weld_groups
from assets.workshop.shapes import Rect, inside, into, triangulated
from assets.workshop.skull import Skull

CALM = 0.6
"""How much a drawn face's normals are those of the head without features."""

Focus = tuple[float, float, float, float]
"""x, y of the front, radius and spacing of points around it, metres."""


@dataclass(frozen=True)
class Rings:
    """Distances of rings from a contour and the spacing of points on each, metres."""

    offsets: tuple[float, ...]
    gaps: tuple[float, ...]


@dataclass(frozen=True)
class FaceMesh:
    """The head's skin; ``angles`` and ``ways`` are its coordinates on the skull. Rims: lids of the
    left eye from inner to outer corner, lips from the right corner to the left."""

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

    def field(self, drawing: Drawing, moves: dict[str, Move]) -> Field:
        sides = np.zeros(len(self.positions))
        sides[self.upper_lip] = 1.0
        sides[self.lower_lip[1:-1]] = -1.0
        front = smoothstep(-0.1, 0.30, np.cos(self.angles))
        return Field(drawing, moves, self.positions, sides, front)


def _ring(contour: Array, offset: float, spacing: float) -> Array:
    """Points around a closed counter-clockwise ``contour`` at a distance."""
    edge = np.roll(contour, -1, axis=0) - np.roll(contour, 1, axis=0)
    normal = np.stack([edge[:, 1], -edge[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    for _ in range(int(offset / 0.0012)):
        normal = (np.roll(normal, 1, 0) + 2 * normal + np.roll(normal, -1, 0)) / 4
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    kept: list[Array] = []
    for p in contour + normal * offset:
        clear = all(np.hypot(*(p - k)) > spacing for k in kept)
        if clear and np.min(np.hypot(*(contour - p).T)) > 0.8 * offset:
            kept.append(p)
    return np.array(kept)


def _around(contour: Array, rings: Rings, nearest: float) -> Array:
    points = np.concatenate(
        [_ring(contour, d, g) for d, g in zip(rings.offsets, rings.gaps, strict=True)]
    )
    return points[points[:, 0] > nearest]


def _mouth(drawing: Drawing, rings: Rings) -> tuple[Array, Array, Array]:
    """Upper rim with corner, lower rim without (both from the middle out), and ring points. The
    lips are parted a little while the plane is triangulated; at rest they touch."""
    half = drawing.lips[len(drawing.lips) // 2 :]
    s = np.linspace(0, 1, len(half))
    gap = np.stack([0 * s, 0.0022 * (1 - s**2) ** 0.4], 1)
    upper, lower = half + gap, half - gap
    flip = np.array([-1.0, 1.0])
    contour = np.concatenate([lower[:-1], upper[::-1], upper[1:] * flip, lower[-2:0:-1] * flip])
    middle = [
        (0.0, y + sign * d)
        for d in rings.offsets
        for sign, y in ((1, upper[0, 1]), (-1, lower[0, 1]))
    ]
    return upper, lower[:-1], np.concatenate([middle, _around(contour, rings, 0.0012)])


def _rows(skull: Skull, ways: Sequence[float]) -> list[Array]:
    """Points on the left half of the plane, one row for each way up from the chin's end."""
    angles = np.linspace(0.0, 1.35, 13) * skull.around
    return [np.column_stack([angles, np.full_like(angles, skull.depth - way)]) for way in ways]


def build(
    drawing: Drawing,
    eye_rings: Rings,
    mouth_rings: Rings,
    focus: Sequence[Focus],
    *,
    calm: float = CALM,
    widest: float = 0.026,
    step: float = 0.0042,
    chin: Sequence[float] = (),
) -> FaceMesh:
    """Triangulates the left half of the head in its plane and mirrors it. ``calm`` is how much
    its normals are those of the head without features; ``widest`` and ``step`` are those of
    ``Skull.scattered``. Rows of points follow the chin at the distances ``chin`` from the end of
    the profile, so that the outline there runs along rows."""
    skull = drawing.skull
    n, m = len(drawing.upper_lid) - 1, len(drawing.lips) // 2
    contour = np.concatenate([drawing.lower_lid[:-1], drawing.upper_lid[:0:-1]])
    lid_rim = np.concatenate([drawing.upper_lid, drawing.lower_lid[1:-1]])
    lid_rings = _around(contour, eye_rings, 0.004)
    upper, lower, lip_rings = _mouth(drawing, mouth_rings)
    near = [np.min(np.hypot(*(lip_rings - p).T)) > 0.004 for p in lid_rings]
    front = np.concatenate([lid_rim, upper, lower, lid_rings[near], lip_rings])
    fixed = np.concatenate([skull.plane_of(front[:, 0], front[:, 1]), *_rows(skull, chin)])
    spacing = []
    for x, y, radius, gap in focus:
        at = skull.plane_of(np.array([x]), np.array([y]))[0]
        spacing.append((float(at[0]), float(at[1]), radius, gap))
    plane = np.concatenate([fixed, skull.scattered(fixed, spacing, widest=widest, step=step)])
    lid_hole = np.concatenate([fixed[: n + 1], fixed[2 * n - 1 : n : -1]])
    start = 2 * n
    lip_hole = np.concatenate([fixed[start : start + m + 1], fixed[start + 2 * m : start + m : -1]])
    keep = ~inside(lid_hole, plane) | (np.arange(len(plane)) < len(fixed))
    plane = plane[keep]
    triangles = triangulated(plane, [lid_hole, lip_hole])[:, ::-1]
    return _mirrored(drawing, plane, triangles, calm)


def _mirrored(drawing: Drawing, plane: Array, triangles: Index, calm: float) -> FaceMesh:
    """Both halves from the left one; vertices of the middle line are shared."""
    skull = drawing.skull
    n, m = len(drawing.upper_lid) - 1, len(drawing.lips) // 2
    start = 2 * n
    t, q = plane[:, 0] / skull.around, plane[:, 1]
    left = skull.surface(t, q)
    rest = drawing.lips[m:]
    left[start : start + 2 * m + 1] = skull.laid(np.concatenate([rest, rest[:-1]]))
    middle = plane[:, 0] < 1e-9
    left[middle, 0] = 0.0
    other = np.flatnonzero(~middle)
    count = len(plane)
    twin = np.arange(count)
    twin[other] = count + np.arange(len(other))
    positions = np.concatenate([left, left[other] * [-1.0, 1.0, 1.0]])
    faces = np.concatenate([triangles, twin[triangles][:, ::-1]])
    p = positions[faces]
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    faces = faces[area > 1e-10]
    apart = positions.copy()
    lower_rim = np.arange(start + m + 1, start + 2 * m + 1)
    apart[lower_rim, 1] -= 1.0
    apart[twin[lower_rim], 1] = apart[lower_rim, 1]
    groups = weld_groups(apart)
    broad = np.concatenate([_calm(skull, t, q), _calm(skull, -t[other], q[other])])
    normals = (1 - calm) * smooth_normals(positions, faces, groups) + calm * broad
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    upper = np.arange(start, start + m + 1)
    lower = np.concatenate([lower_rim, [start + m]])
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


def _calm(skull: Skull, t: Array, q: Array) -> Array:
    """Unit normals of the head without its features: what a drawn face is shaded by."""
    q = np.clip(q, 0.002, skull.depth - 0.002)
    step = 1e-3
    along = skull.surface(t + step, q, detailed=False) - skull.surface(t - step, q, detailed=False)
    down = skull.surface(t, q + step, detailed=False) - skull.surface(t, q - step, detailed=False)
    normal = np.cross(down, along)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))


def skin_part(mesh: FaceMesh, skull: Skull, rect: Rect) -> Part:
    """The head's skin, rigid on the head."""
    return Part(
        "face",
        "face",
        mesh.positions,
        mesh.triangles,
        into(rect, skull.unit_uv(mesh.angles, mesh.ways)),
        normals=mesh.normals,
        skin={"head": np.ones(len(mesh.positions))},
        groups=mesh.groups,
        mesh="face",
    )
