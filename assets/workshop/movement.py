"""Movements of a face drawn once for the left side, as displacement fields over its front.

What lids do along their rims, what lips do along theirs, and what the rest of the skin does. Skin
near a rim follows it and fades with distance; every point is then laid back onto the head, so that
nothing leaves the face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from assets.workshop.curves import Path, bump2, smoothstep
from assets.workshop.part import Array, swap_side
from assets.workshop.skull import Skull

Broad = Callable[[Array, Array, Array], Array]
"""(x, y, z) of points to their displacement (N, 3)."""


@dataclass(frozen=True)
class Drawing:
    """The lines of a face from the front, metres: rims of the left eye (L, 2) from the inner to
    the outer corner, the line where its lids meet, the line of the lips (M, 2) from right to left,
    the left brow from its inner end, all on ``skull``. Where ``lips_bend`` (a cat's mouth) skin
    follows the lip straight above or below it: the nearest place would jump between two arcs."""

    skull: Skull
    upper_lid: Array
    lower_lid: Array
    closed_lid: Array
    lips: Array
    brow: Path
    brow_reach: float = 0.016
    lid_margin: float = 0.009
    lips_bend: bool = False


def rows(x: Array, dx: ArrayLike = 0.0, dy: ArrayLike = 0.0, dz: ArrayLike = 0.0) -> Array:
    """(N, 3) displacements from parts that are numbers or (N,)."""
    return np.stack([np.broadcast_to(np.asarray(v, float), x.shape) for v in (dx, dy, dz)], 1)


def nothing(x: Array, y: Array, z: Array) -> Array:
    return np.zeros((len(x), 3))


def spot(
    center: tuple[float, float],
    widths: tuple[float, float],
    by: tuple[float, float, float],
    *,
    mirrored: bool = False,
) -> Broad:
    """A soft patch of skin that moves; ``mirrored`` moves the same patch of the other side too."""

    def broad(x: Array, y: Array, z: Array) -> Array:
        w = bump2(np.abs(x) if mirrored else x, y, center, widths) * smoothstep(-0.03, 0.03, z)
        side = np.sign(x) if mirrored else 1.0
        return rows(x, by[0] * w * side, by[1] * w, by[2] * w)

    return broad


def together(*fields: Broad) -> Broad:
    """The sum of several."""

    def broad(x: Array, y: Array, z: Array) -> Array:
        return np.asarray(sum(f(x, y, z) for f in fields))

    return broad


def brow_line(inner: tuple[float, float], middle: float, outer: float) -> Callable[[Array], Array]:
    """(dx, dy) at the inner end, dy in the middle and at the outer end."""

    def along(s: Array) -> Array:
        dy = np.interp(s, [0, 0.5, 1], [inner[1], middle, outer])
        return np.stack([inner[0] * (1 - s), dy], 1)

    return along


@dataclass(frozen=True)
class Move:
    """``upper_lid`` and ``lower_lid`` (L, 2), ``upper_lip`` and ``lower_lip`` (M, 3) in metres
    along the rims; ``brow`` (N, 2) by the way along the brow. ``undo`` takes back what another
    movement does to the lids."""

    upper_lid: Array | None = None
    lower_lid: Array | None = None
    upper_lip: Array | None = None
    lower_lip: Array | None = None
    brow: Callable[[Array], Array] | None = None
    broad: Broad = nothing
    lip_reach: float = 0.0145
    lid_reach: float = 0.0165
    both_sides: bool = False
    gaze: tuple[float, float] = (0.0, 0.0)
    iris_scale: float = 1.0
    undo: str = ""
    undo_share: float = 1.0

    def minus(self, other: Move) -> Move:
        """The difference of two movements of the lips of equal reach."""
        assert self.lip_reach == other.lip_reach
        zero = np.zeros((1, 3))
        lips = [
            (zero if mine is None else mine) - (zero if theirs is None else theirs)
            for mine, theirs in (
                (self.upper_lip, other.upper_lip),
                (self.lower_lip, other.lower_lip),
            )
        ]
        return Move(upper_lip=lips[0], lower_lip=lips[1], lip_reach=self.lip_reach)


def both_sides(correctives: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Corrective morphs with their drivers, those of the left side mirrored too."""
    other = {
        swap_side(name): tuple(swap_side(d) for d in drivers)
        for name, drivers in correctives.items()
        if "Left" in name
    }
    return {**correctives, **other}


def _nearest(points: Array, line: Array) -> tuple[Array, Array]:
    """Distance of each point to a polyline and the place along it in steps."""
    a, b = line[:-1], line[1:]
    ab = b - a
    ap = points[:, None] - a[None]
    k = np.clip((ap * ab).sum(-1) / np.maximum((ab**2).sum(-1), 1e-18), 0, 1)
    d = np.linalg.norm(ap - k[..., None] * ab, axis=-1)
    best = np.argmin(d, axis=1)
    row = np.arange(len(points))
    return d[row, best], best + k[row, best]


def _along(values: Array, at: Array) -> Array:
    steps = np.arange(len(values))
    return np.stack([np.interp(at, steps, values[:, k]) for k in range(values.shape[1])], 1)


@dataclass
class Field:
    """The movements of ``drawing`` at given places of the face.

    ``points`` (N, 3); ``lip_side`` (N,) +1 above the mouth's line, -1 below, 0 to be found;
    ``frontness`` (N,) is 0 where lines of the face no longer reach.
    """

    drawing: Drawing
    moves: Mapping[str, Move]
    points: Array
    lip_side: Array
    frontness: Array
    _near: dict[bool, tuple[Array, ...]] = field(default_factory=dict)

    def displacement(self, name: str) -> Array:
        """(N, 3) metres that movement ``name`` at 1 adds."""
        if name in self.moves:
            move = self.moves[name]
            total = self._half(move, mirror=False)
            if move.both_sides:
                total = total + self._half(move, mirror=True)
            return total
        return self._half(self.moves[swap_side(name)], mirror=True)

    def _measured(self, mirror: bool) -> tuple[Array, ...]:
        if mirror not in self._near:
            d = self.drawing
            p = self.points[:, :2] * np.array([-1.0 if mirror else 1.0, 1.0])
            du, su = _nearest(p, d.upper_lid)
            dl, sl = _nearest(p, d.lower_lid)
            dm, sm = _nearest(p, d.lips)
            if d.lips_bend:
                sm = np.interp(p[:, 0], d.lips[:, 0], np.arange(len(d.lips)))
            line_y = np.interp(p[:, 0], d.lips[:, 0], d.lips[:, 1])
            above = np.where(self.lip_side != 0, self.lip_side, np.sign(p[:, 1] - line_y + 1e-12))
            db, sb = _nearest(p, d.brow(np.linspace(0, 1, 25)))
            self._near[mirror] = (p, du, su, dl, sl, dm, sm, above, db, sb / 24)
        return self._near[mirror]

    def _half(self, move: Move, *, mirror: bool) -> Array:
        p, *_ = self._measured(mirror)
        x, y, z = p[:, 0], p[:, 1], self.points[:, 2]
        total = self._lips(move, mirror) + self._brow(move, mirror)
        broad = move.broad(x, y, z)
        if move.undo:
            total -= move.undo_share * self._lids(self.moves[move.undo], mirror)
        elif move.upper_lid is not None or move.lower_lid is not None:
            total += self._lids(move, mirror)
        # Rims of the lids belong to the lids alone: whatever the skin around does, they meet.
        broad = broad * self._clear_of_lids(mirror, 0.010)[:, None]
        total = total * self.frontness[:, None] + broad
        if mirror:
            total[:, 0] *= -1
        return total

    def _clear_of_lids(self, mirror: bool, reach: float) -> Array:
        _, du, _, dl, *_ = self._measured(mirror)
        _, du2, _, dl2, *_ = self._measured(not mirror)
        return smoothstep(0.0, reach, np.minimum(np.minimum(du, dl), np.minimum(du2, dl2)))

    def _lips(self, move: Move, mirror: bool) -> Array:
        """Follows the rims of the lips; depth changes with the slope of the head, so that two
        movements at once add up exactly."""
        p, *_, dm, sm, above, _, _ = self._measured(mirror)
        if move.upper_lip is None and move.lower_lip is None:
            return np.zeros((len(p), 3))
        depth_at, flat = self.drawing.skull.depth_at, self.drawing.lips
        base = move.broad(flat[:, 0], flat[:, 1], depth_at(flat[:, 0], flat[:, 1]))
        zero = np.zeros_like(base)
        upper = _along((zero if move.upper_lip is None else move.upper_lip) - base, sm)
        lower = _along((zero if move.lower_lip is None else move.lower_lip) - base, sm)
        fade = 1 - smoothstep(0, move.lip_reach, dm)
        local = np.where((above > 0)[:, None], upper, lower) * fade[:, None]
        step = 0.002
        rest = depth_at(p[:, 0], p[:, 1], detailed=False)
        slope = (depth_at(p[:, 0] + step, p[:, 1], detailed=False) - rest) / step
        fall = (depth_at(p[:, 0], p[:, 1] - step, detailed=False) - rest) / -step
        local[:, 2] += (
            np.clip(slope, -1.2, 1.2) * local[:, 0] + np.clip(fall, -0.3, 0.3) * local[:, 1]
        )
        return local

    def _lids(self, move: Move, mirror: bool) -> Array:
        """Follows the rims of the lids over the head's curve; both rims end at the same depth."""
        p, du, su, dl, sl, *_ = self._measured(mirror)
        none = np.zeros_like(self.drawing.upper_lid)
        up = _along(none if move.upper_lid is None else move.upper_lid, su)
        low = _along(none if move.lower_lid is None else move.lower_lid, sl)
        fade = 1 - smoothstep(0, move.lid_reach, np.minimum(du, dl))
        local = np.where((du <= dl)[:, None], up, low) * fade[:, None]
        lift = self._lift(p, local, detailed=True) * fade
        lift += self._lift(p, local, detailed=False) * (1 - fade)
        return np.column_stack([local, lift])

    def _brow(self, move: Move, mirror: bool) -> Array:
        p, *_, db, sb = self._measured(mirror)
        if move.brow is None:
            return np.zeros((len(p), 3))
        fade = 1 - smoothstep(0, self.drawing.brow_reach, db)
        local = (
            move.brow(sb) * (fade * self._clear_of_lids(mirror, self.drawing.lid_margin))[:, None]
        )
        return np.column_stack([local, self._lift(p, local, detailed=False)])

    def _lift(self, p: Array, by: Array, *, detailed: bool) -> Array:
        there = p + by
        depth_at = self.drawing.skull.depth_at
        return depth_at(there[:, 0], there[:, 1], detailed=detailed) - depth_at(
            p[:, 0], p[:, 1], detailed=detailed
        )
