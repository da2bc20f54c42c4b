"""A sheaf of hair: locks that lie side by side around an axis, and part towards their tips.

One closed surface in place of a core with strands laid over it, so that hardly any of it hides
behind the rest: what is covered costs as much to draw as what is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assets.workshop.curves import Path, Profile, smoothstep, unit
from assets.workshop.part import Array, Part, joined, smooth_normals, weld_groups
from assets.workshop.shapes import Rect, drop_degenerate, frames, grid


@dataclass(frozen=True)
class Lock:
    """A slice of the sheaf from angle ``start`` over ``span`` (degrees; 0 is outward, 90 to the
    side), down to ``reach`` of the axis; its tip bends outward by ``curl`` metres, and up by
    ``hook`` of that."""

    start: float
    span: float
    reach: float
    curl: float = 0.0
    hook: float = 0.0


@dataclass(frozen=True)
class Axis:
    """Where the sheaf runs: ``outward(t)`` hints (T, 3) where its outer side is, ``radii(t)`` gives
    (T, 2) half widths sideways and outward. The locks part at ``parting``."""

    path: Path
    outward: Callable[[Array], Array]
    radii: Callable[[Array], Array]
    parting: float

    def around(self, t: Array, angles: Array, share: Array) -> Array:
        """(T, A, 3) points at ``share`` (A,) of the radius."""
        points, side, out = frames(self.path, t, self.outward(t))
        r = np.asarray(self.radii(t), float)
        across = side[:, None] * (np.sin(angles) * share)[None, :, None] * r[:, None, :1]
        return (
            points[:, None]
            + across
            + out[:, None] * (np.cos(angles) * share)[None, :, None] * r[:, None, 1:]
        )


def sheaf(
    name: str,
    material: str,
    axis: Axis,
    locks: Sequence[Lock],
    rect: Rect,
    *,
    together: Sequence[float],
    apart: Sequence[float],
    groove: float | None = None,
    round_share: float = 0.5,
) -> Part:
    """All ``locks`` as one part. Rows lie at ``together`` (up to the parting) and at ``apart`` of
    the rest of each lock's length. Edges of locks lie at ``groove`` of the radius and the middle
    of each stands out; without it each lock is one flat band, which is cheaper and enough where
    there are many. Each has its own upright strip of ``rect``. Normals crease between locks, and
    take ``round_share`` from the sheaf as a whole."""
    rows = (together, apart)
    parts = [
        _lock(name, material, axis, lock, _strip(rect, i, len(locks)), rows, groove)
        for i, lock in enumerate(locks)
    ]
    for part in parts:
        own = smooth_normals(part.positions, part.triangles)
        part.groups = weld_groups(part.positions)
        whole = part.normals
        part.normals = unit(own * (1 - round_share) + whole * round_share)
    return joined(parts, name)


def _strip(rect: Rect, number: int, count: int) -> Rect:
    return (rect[0] + rect[2] * number / count, rect[1], rect[2] / count, rect[3])


_TAPER = Profile((0.0, 1.0), (0.3, 1.0), (0.55, 0.89), (0.76, 0.64), (0.91, 0.32), (1.0, 0.015))


def _lock(
    name: str,
    material: str,
    axis: Axis,
    lock: Lock,
    rect: Rect,
    rows: tuple[Sequence[float], Sequence[float]],
    groove: float | None,
) -> Part:
    across = np.array([0.0, 1.0] if groove is None else [0.0, 0.5, 1.0])
    share = np.array([1.0, 1.0] if groove is None else [groove, 1.0, groove])
    together, apart = rows
    s = np.concatenate([np.zeros(len(together)), apart])
    t = np.concatenate([together, axis.parting + (lock.reach - axis.parting) * np.asarray(apart)])
    outer = axis.around(t, np.radians(lock.start + lock.span * across), share)
    edges = outer[:, [0, -1]].mean(1)
    middle = edges if groove is None else (edges + outer[:, 1]) / 2
    core = axis.path(t)
    outward = unit(middle - core)
    taper = _TAPER(s)
    bend = outward * (lock.curl * s**1.8)[:, None]
    bend -= axis.path.tangent(t) * (lock.curl * lock.hook * s**3)[:, None]
    outer = middle[:, None] + (outer - middle[:, None]) * taper[:, None, None] + bend[:, None]
    # Where the locks part each is a wedge that reaches the axis; below, a flat lens.
    width = np.linalg.norm(outer[:, 0] - outer[:, -1], axis=1)[:, None]
    lens = outer[:, [0, -1]].mean(1) - outward * width * 0.12
    inner = core + (lens - core) * smoothstep(0.0, 0.3, s)[:, None]
    front = grid(name, material, outer, rect, flip=True)
    below = slice(len(together) - 1, None)
    inside = np.stack([outer[below, -1], inner[below], outer[below, 0]], 1)
    back = grid(name, material, inside, rect, flip=True)
    v = rect[1] + rect[3] * t
    front.uvs[:, 1], back.uvs[:, 1] = v.repeat(len(across)), v[below].repeat(3)
    whole = unit(outer - core[:, None])
    front.normals = whole.reshape(-1, 3)
    turned = np.stack([whole[below, -1], outward[below], whole[below, 0]], 1)
    back.normals = turned.reshape(-1, 3)
    return drop_degenerate(joined([front, back]))
