"""Surfaces: grids, lofts, sweeps, ribbons of hair, discs, and filled plane regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import Delaunay

from assets.workshop.curves import Path, unit
from assets.workshop.part import Array, Index, Part

Rect = tuple[float, float, float, float]
"""x, y, width, height in atlas coordinates (0..1, y down)."""


def into(rect: Rect, uv: Array) -> Array:
    """Coordinates of the unit square placed into ``rect`` of the atlas."""
    return np.asarray(np.asarray(uv) * [rect[2], rect[3]] + [rect[0], rect[1]])


def grid_triangles(rows: int, columns: int, *, closed: bool = False) -> Index:
    """Triangles of a (rows, columns) grid of vertices; ``closed`` joins last column to first.
    Front is where rows run down and columns run right."""
    last = columns if closed else columns - 1
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(last), indexing="ij")
    a = (r * columns + c).ravel()
    b = (r * columns + (c + 1) % columns).ravel()
    d, e = a + columns, b + columns
    return np.concatenate([np.stack([a, d, b], 1), np.stack([b, d, e], 1)]).astype(np.int64)


def grid(name: str, material: str, points: Array, rect: Rect, *, flip: bool = False) -> Part:
    """A surface from a (rows, columns, 3) array of points; texture rows run down ``rect``."""
    rows, columns = points.shape[:2]
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    triangles = grid_triangles(rows, columns)
    return Part(
        name,
        material,
        points.reshape(-1, 3).astype(float),
        triangles[:, ::-1].copy() if flip else triangles,
        into(rect, np.stack([u.ravel(), v.ravel()], 1)),
    )


def drop_degenerate(part: Part) -> Part:
    """Without triangles that have no area (at the poles of a grid)."""
    p = part.positions[part.triangles]
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    part.triangles = part.triangles[area > 1e-12]
    return part


def ellipsoid(
    name: str,
    material: str,
    center: ArrayLike,
    radii: ArrayLike,
    rect: Rect,
    *,
    rows: int = 9,
    columns: int = 12,
) -> Part:
    """An ellipsoid with its poles up and down; texture seam at the back."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns + 1), indexing="ij")
    polar, around = v * np.pi, (u - 0.5) * 2 * np.pi
    ball = np.stack(
        [np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], -1
    )
    return drop_degenerate(
        grid(name, material, np.asarray(center) + ball * np.asarray(radii), rect)
    )


def frames(path: Path, t: Array, up: ArrayLike) -> tuple[Array, Array, Array]:
    """Points, sideways and outward directions along a path. ``up`` is the outward hint: one
    vector, or one a point; the frame follows it as closely as the tangent allows."""
    points, tangent = path(t), path.tangent(t)
    hint = np.broadcast_to(np.asarray(up, float), points.shape)
    side = unit(np.cross(tangent, hint))
    return points, side, unit(np.cross(side, tangent))


def ribbon(
    name: str,
    material: str,
    path: Path,
    up: ArrayLike,
    width: Callable[[Array], Array],
    thickness: Callable[[Array], Array],
    rect: Rect,
    *,
    rows: int = 9,
    section: int = 3,
    back: bool = True,
    crease: float = 0.0,
    spacing: float = 1.0,
) -> Part:
    """A lock of hair: a lens-shaped section swept along ``path``.

    ``width`` and ``thickness`` give full width and half thickness (m) at t in [0, 1];
    ``section`` points make the outer face; ``back`` closes the inner face (one more point);
    ``crease`` > 0 sharpens the ridge,
    ``spacing`` > 1 crowds the rows at the root. u runs across, v from root to tip.
    """
    t = np.linspace(0, 1, rows) ** spacing
    points, side, out = frames(path, t, up)
    s = np.linspace(-1, 1, section)
    lift = (1 - np.abs(s) ** (2.0 - crease))[None, :]
    w, h = width(t)[:, None] / 2, thickness(t)[:, None]
    outer = (
        points[:, None]
        + side[:, None] * (s[None, :] * w)[..., None]
        + out[:, None] * (lift * h)[..., None]
    )
    part = grid(name, material, outer[:, ::-1], rect)
    part.uvs[:, 1] = rect[1] + rect[3] * np.repeat(t, section)
    if back:
        inner = points - out * h * 0.7
        loop = np.stack([outer[:, 0], inner, outer[:, -1]], 1)
        under = grid(name, material, loop, rect)
        under.uvs[:, 1] = rect[1] + rect[3] * np.repeat(t, 3)
        start = len(part.positions)
        part.positions = np.concatenate([part.positions, under.positions])
        part.triangles = np.concatenate([part.triangles, under.triangles + start])
        part.uvs = np.concatenate([part.uvs, under.uvs])
    return drop_degenerate(part)


def tube(
    name: str,
    material: str,
    path: Path,
    up: ArrayLike,
    radii: Callable[[Array], Array],
    rect: Rect,
    *,
    rows: int = 8,
    columns: int = 10,
    start: float = 0.0,
    end: float = 1.0,
    caps: tuple[bool, bool] = (False, False),
    spacing: float = 1.0,
) -> Part:
    """A round sweep: ``radii(t)`` gives (T, 2) half widths sideways and outward. A rounded cap
    closes an end; u runs around with its seam at the back (-outward)."""
    t = start + (end - start) * np.linspace(0, 1, rows) ** spacing
    if caps[0]:
        t = np.concatenate([[start], t])
    if caps[1]:
        t = np.concatenate([t, [end]])
    points, side, out = frames(path, t, up)
    r = np.asarray(radii(t), float).copy()
    if caps[0]:
        r[0] = 1e-5
    if caps[1]:
        r[-1] = 1e-5
    around = np.linspace(-np.pi, np.pi, columns + 1)
    ring = (
        points[:, None]
        + side[:, None] * (np.sin(around)[None, :] * r[:, :1])[..., None]
        + out[:, None] * (np.cos(around)[None, :] * r[:, 1:])[..., None]
    )
    part = grid(name, material, ring, rect, flip=True)
    part.uvs[:, 1] = rect[1] + rect[3] * np.repeat(t, columns + 1)
    return drop_degenerate(part)


def loft(name: str, material: str, rings: Array, rect: Rect, *, flip: bool = False) -> Part:
    """A surface through closed rings (R, C, 3); the first point is repeated as the seam."""
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    return grid(name, material, closed, rect, flip=flip)


def disc(
    name: str,
    material: str,
    center: ArrayLike,
    radii: Sequence[float],
    rect: Rect,
    *,
    rings: int = 3,
    columns: int = 20,
    dome: float = 0.0,
) -> Part:
    """A disc facing +z with its middle raised by ``dome``; the texture is laid on flat."""
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    circle = np.stack([np.cos(around), np.sin(around)], 1)
    flat = np.concatenate([np.zeros((1, 2)), *(circle * k / rings for k in range(1, rings + 1))])
    z = dome * (1 - (flat**2).sum(1))
    positions = np.asarray(center) + np.stack([flat[:, 0] * radii[0], flat[:, 1] * radii[1], z], 1)
    ring = np.arange(columns)
    nxt = (ring + 1) % columns
    triangles = [np.stack([np.zeros(columns, int), 1 + ring, 1 + nxt], 1)]
    for k in range(1, rings):
        a, b = 1 + (k - 1) * columns, 1 + k * columns
        triangles.append(np.stack([a + ring, b + ring, b + nxt], 1))
        triangles.append(np.stack([a + ring, b + nxt, a + nxt], 1))
    uv = np.stack([flat[:, 0] / 2 + 0.5, 0.5 - flat[:, 1] / 2], 1)
    return Part(name, material, positions, np.concatenate(triangles), into(rect, uv))


def inside(polygon: Array, points: Array) -> NDArray[np.bool_]:
    """(N,) whether each of ``points`` lies in the closed ``polygon`` (even-odd rule)."""
    x, y = points[:, 0], points[:, 1]
    result = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = (x1 - x0) * (y - y0) / (y1 - y0) + x0
        result ^= crosses & (x < at)
    return result


def triangulated(points: Array, holes: Sequence[Array] = ()) -> Index:
    """Delaunay triangles (counter-clockwise) of plane ``points``, without those whose middle lies
    in a hole. Contours hold where points along them stand closer than to any other row."""
    triangles = Delaunay(points).simplices.astype(np.int64)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    triangles[turn < 0] = triangles[turn < 0][:, ::-1]
    keep = np.abs(turn) > 1e-14
    middle = (a + b + c) / 3
    for hole in holes:
        keep &= ~inside(hole, middle)
    return triangles[keep]


def pixels(area: tuple[int, int, int, int], margin: float = 2.0, size: int = 1024) -> Rect:
    """An area in pixels (x, y, width, height) in atlas coordinates, inset so that filtering does
    not bleed."""
    x, y, w, h = area
    return (
        (x + margin) / size,
        (y + margin) / size,
        (w - 2 * margin) / size,
        (h - 2 * margin) / size,
    )
