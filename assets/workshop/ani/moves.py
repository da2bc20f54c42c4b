"""The 52 movements of the face, as displacement fields over its front.

A movement is drawn once, for the left side: what lids do along their rims, what lips do along
theirs, and what the rest of the skin does. Skin near a rim follows it and fades with distance;
every point is then laid back onto the head, so that nothing leaves the face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from assets.workshop.ani import design, head
from assets.workshop.curves import bump, bump2, smoothstep
from assets.workshop.part import Array, swap_side

Broad = Callable[[Array, Array, Array], Array]
"""(x, y, z) of points to their displacement (N, 3)."""


def _nothing(x: Array, y: Array, z: Array) -> Array:
    return np.zeros((len(x), 3))


@dataclass(frozen=True)
class Move:
    """``upper_lid`` and ``lower_lid`` (EYE_STEPS + 1, 2), ``upper_lip`` and ``lower_lip``
    (2 MOUTH_STEPS + 1, 3) in metres along the rims; ``brow`` (N, 2) by the way along the brow."""

    upper_lid: Array | None = None
    lower_lid: Array | None = None
    upper_lip: Array | None = None
    lower_lip: Array | None = None
    brow: Callable[[Array], Array] | None = None
    broad: Broad = _nothing
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


_UPPER, _LOWER, _CLOSED = design.lids()
_W = np.linspace(0, 1, design.EYE_STEPS + 1)
_HUMP = np.sin(np.pi * _W) ** 0.8
_S = np.linspace(-1, 1, 2 * design.MOUTH_STEPS + 1)
_C = np.cos(np.pi * _S / 2)
_ROUND = np.abs(_C) ** 0.55
_X = _S * design.MOUTH_HALF
_SIDE = smoothstep(-0.25, 0.95, _S)
_HALF = bump(_S, 0.42, 0.36) * (1 - _S**2) ** 0.5


def _lip(dx: ArrayLike = 0.0, dy: ArrayLike = 0.0, dz: ArrayLike = 0.0) -> Array:
    return np.stack([np.broadcast_to(np.asarray(v, float), _S.shape) for v in (dx, dy, dz)], 1)


def _rows(x: Array, dx: ArrayLike = 0.0, dy: ArrayLike = 0.0, dz: ArrayLike = 0.0) -> Array:
    return np.stack([np.broadcast_to(np.asarray(v, float), x.shape) for v in (dx, dy, dz)], 1)


def _lid(dx: ArrayLike = 0.0, dy: ArrayLike = 0.0) -> Array:
    return np.stack([np.broadcast_to(np.asarray(v, float), _W.shape) for v in (dx, dy)], 1)


def jaw_share(x: Array, y: Array, z: Array) -> Array:
    """How much of the jaw's movement a point takes: 1 at the chin, 0 above the mouth."""
    reach = np.clip((z + 0.055) / 0.125, 0, 1) ** 0.8
    return np.asarray(
        smoothstep(1.368, 1.338, y) * reach * smoothstep(0.085, 0.022, np.abs(x)) ** 0.8
    )


def _jaw(dx: float, dy: float, dz: float) -> Broad:
    def broad(x: Array, y: Array, z: Array) -> Array:
        share = jaw_share(x, y, z)
        return _rows(x, dx * share, dy * share, dz * share)

    return broad


def _spot(
    center: tuple[float, float],
    widths: tuple[float, float],
    by: tuple[float, float, float],
    *,
    mirrored: bool = False,
) -> Broad:
    def broad(x: Array, y: Array, z: Array) -> Array:
        w = bump2(np.abs(x) if mirrored else x, y, center, widths) * smoothstep(-0.03, 0.03, z)
        side = np.sign(x) if mirrored else 1.0
        return _rows(x, by[0] * w * side, by[1] * w, by[2] * w)

    return broad


def _sum(*fields: Broad) -> Broad:
    def broad(x: Array, y: Array, z: Array) -> Array:
        return np.asarray(sum(f(x, y, z) for f in fields))

    return broad


def _brow(inner: tuple[float, float], middle: float, outer: float) -> Callable[[Array], Array]:
    """(dx, dy) at the inner end, dy in the middle and at the outer end."""

    def along(s: Array) -> Array:
        dy = np.interp(s, [0, 0.5, 1], [inner[1], middle, outer])
        return np.stack([inner[0] * (1 - s), dy], 1)

    return along


_TO_CLOSED = _CLOSED - _UPPER
_CORNER = -0.0030
_DROP = 0.0200
_CLOSE_AT = -0.0115
_CHEEK = ((0.044, 1.384), (0.015, 0.012))

_OPEN_UPPER = _lip(-0.06 * _X, 0.0014 * _C + _CORNER * (1 - _C))
_OPEN_LOWER = _lip(-0.06 * _X, -_DROP * _ROUND + _CORNER * (1 - _ROUND), -0.0022 * _C)

MOVES: dict[str, Move] = {
    "eyeBlinkLeft": Move(_TO_CLOSED, _CLOSED - _LOWER),
    "eyeSquintLeft": Move(0.27 * _TO_CLOSED, _lid(dy=0.0062 * _HUMP), broad=_spot(
        (0.04, 1.392), (0.016, 0.007), (0, 0.0016, 0.0012))),
    "eyeWideLeft": Move(
        _lid(dy=0.0048 * _HUMP), _lid(dy=-0.0016 * _HUMP), brow=_brow((0, 0.002), 0.003, 0.0025),
        iris_scale=0.88,
    ),
    "eyeLookUpLeft": Move(_lid(dy=0.0024 * _HUMP), _lid(dy=0.0010 * _HUMP), gaze=(0.0, 0.0068)),
    "eyeLookDownLeft": Move(0.24 * _TO_CLOSED, _lid(dy=-0.0014 * _HUMP), gaze=(0.0, -0.0070)),
    "eyeLookInLeft": Move(_lid(-0.0006 * _HUMP), _lid(-0.0006 * _HUMP), gaze=(-0.0082, 0.0)),
    "eyeLookOutLeft": Move(_lid(0.0006 * _HUMP), _lid(0.0006 * _HUMP), gaze=(0.0088, 0.0)),
    "jawForward": Move(
        upper_lip=_lip(dz=0.001 * _C), lower_lip=_lip(dy=0.0024 * _C, dz=0.0068 * _C),
        broad=_jaw(0, 0.0022, 0.0105),
    ),
    "jawLeft": Move(
        upper_lip=_lip(0.0026 * _C + 0.002), lower_lip=_lip(0.0040 * _C + 0.002, -0.0024 * _C),
        broad=_jaw(0.0085, -0.0005, 0),
    ),
    "jawOpen": Move(
        upper_lip=_OPEN_UPPER, lower_lip=_OPEN_LOWER, broad=_jaw(0, -0.0100, -0.0030),
        lip_reach=0.0205,
    ),
    "mouthClose": Move(
        upper_lip=_lip(0, _CLOSE_AT * _C - 0.0014 * _C, 0.0006 * _C),
        lower_lip=_lip(
            0, _CLOSE_AT * _C + _CORNER * (1 - _C) + _DROP * _ROUND - _CORNER * (1 - _ROUND),
            0.0028 * _C,
        ),
        lip_reach=0.0205,
    ),
    "mouthFunnel": Move(
        upper_lip=_lip(-0.40 * _X, 0.0046 * _ROUND, 0.0045 * _C),
        lower_lip=_lip(-0.40 * _X, -0.0068 * _ROUND, 0.0042 * _C),
        broad=_jaw(0, -0.0025, 0),
    ),
    "mouthPucker": Move(
        upper_lip=_lip(-0.60 * _X, 0.0009 * _C, 0.0065 * _C + 0.002),
        lower_lip=_lip(-0.60 * _X, -0.0012 * _C, 0.0060 * _C + 0.002),
        broad=_spot((0.026, 1.362), (0.010, 0.010), (-0.003, 0, -0.0022), mirrored=True),
    ),
    "mouthLeft": Move(
        upper_lip=_lip(0.0088, 0.0016 * _SIDE), lower_lip=_lip(0.0088, 0.0016 * _SIDE),
        lip_reach=0.017, broad=_jaw(0.002, 0, 0),
    ),
    "mouthSmileLeft": Move(
        upper_lip=_lip(0.0050 * _SIDE, 0.0072 * _SIDE - 0.0012 * _C),
        lower_lip=_lip(0.0050 * _SIDE, 0.0072 * _SIDE - 0.0012 * _C),
        broad=_spot(*_CHEEK, (0.001, 0.0042, 0.0026)),
    ),
    "mouthFrownLeft": Move(
        upper_lip=_lip(0.0010 * _SIDE, -0.0064 * _SIDE + 0.0006 * _C),
        lower_lip=_lip(0.0010 * _SIDE, -0.0064 * _SIDE + 0.0006 * _C),
        broad=_spot((0.026, 1.352), (0.010, 0.009), (0, -0.002, 0)),
    ),
    "mouthDimpleLeft": Move(
        upper_lip=_lip(0.0046 * _SIDE**2, 0.0012 * _SIDE, -0.0012 * _SIDE**2),
        lower_lip=_lip(0.0046 * _SIDE**2, 0.0012 * _SIDE, -0.0012 * _SIDE**2),
        broad=_spot((0.028, 1.366), (0.008, 0.008), (0.002, 0.0005, -0.001)),
    ),
    "mouthStretchLeft": Move(
        upper_lip=_lip(0.0078 * _SIDE, -0.0026 * _SIDE, -0.0006 * _SIDE),
        lower_lip=_lip(0.0078 * _SIDE, -0.0026 * _SIDE - 0.0012 * _HALF, -0.0006 * _SIDE),
        broad=_spot((0.028, 1.352), (0.010, 0.011), (0.002, -0.002, 0)),
    ),
    "mouthRollLower": Move(
        upper_lip=_lip(0.04 * _X, 0.0010 * _C, -0.0006 * _C),
        lower_lip=_lip(0.04 * _X, 0.0010 * _C, -0.0020 * _C),
        broad=_spot((0, 1.3570), (0.012, 0.0034), (0, 0.0034, -0.0034)),
    ),
    "mouthRollUpper": Move(
        upper_lip=_lip(0.04 * _X, -0.0026 * _C, -0.0020 * _C),
        lower_lip=_lip(0.04 * _X, -0.0026 * _C, -0.0006 * _C),
        broad=_spot((0, 1.3670), (0.012, 0.0034), (0, -0.0034, -0.0030)),
    ),
    "mouthShrugLower": Move(
        upper_lip=_lip(-0.06 * _X, 0.0046 * _ROUND - 0.0020, 0.0004 * _C),
        lower_lip=_lip(-0.06 * _X, 0.0046 * _ROUND - 0.0020, 0.0018 * _C),
        broad=_spot((0, 1.344), (0.014, 0.008), (0, 0.0042, 0.0030)),
    ),
    "mouthShrugUpper": Move(
        upper_lip=_lip(0, 0.0050 * bump(_S, 0, 0.36), 0.0026 * _C),
        lower_lip=_lip(0, 0.0050 * bump(_S, 0, 0.36), 0.0012 * _C),
        broad=_spot((0, 1.384), (0.010, 0.006), (0, 0.0010, 0)),
    ),
    "mouthPressLeft": Move(
        upper_lip=_lip(0.0030 * _SIDE, -0.0012 * _SIDE * _C, -0.0016 * _SIDE),
        lower_lip=_lip(0.0030 * _SIDE, -0.0012 * _SIDE * _C, -0.0016 * _SIDE),
        broad=_spot((0.008, 1.3572), (0.009, 0.0034), (0, 0.0026, -0.0024)),
    ),
    "mouthLowerDownLeft": Move(lower_lip=_lip(0, -0.0072 * _HALF, -0.0004 * _HALF)),
    "mouthUpperUpLeft": Move(
        upper_lip=_lip(0, 0.0062 * _HALF, 0.0004 * _HALF),
        broad=_spot((0.022, 1.378), (0.010, 0.008), (0, 0.0022, 0.0010)),
    ),
    "browDownLeft": Move(
        0.24 * _TO_CLOSED * (1 - _W[:, None]) ** 0.6,
        brow=_brow((-0.0034, -0.0096), -0.0062, -0.0012),
    ),
    "browInnerUp": Move(brow=_brow((-0.0012, 0.0092), 0.0034, -0.0012), both_sides=True),
    "browOuterUpLeft": Move(brow=_brow((0, 0.0004), 0.0078, 0.0084)),
    "cheekPuff": Move(
        upper_lip=_lip(-0.14 * _X, 0, 0.0006), lower_lip=_lip(-0.14 * _X, 0, 0.0006),
        broad=_spot((0.046, 1.3680), (0.020, 0.0185), (0.0112, -0.0004, 0.0105), mirrored=True),
    ),
    "cheekSquintLeft": Move(
        lower_lid=_lid(dy=0.0085 * _HUMP), broad=_spot(*_CHEEK, (0.0012, 0.0052, 0.0040)),
    ),
    "noseSneerLeft": Move(
        upper_lip=_lip(0, 0.0034 * _HALF, 0), lower_lid=_lid(dy=0.0024 * _HUMP * (1.2 - _W)),
        brow=_brow((-0.001, -0.0038), -0.001, 0),
        broad=_sum(
            _spot((0.008, 1.3850), (0.006, 0.006), (0.0006, 0.0036, 0.0006)),
            _spot((0.020, 1.381), (0.008, 0.008), (0, 0.0030, 0.0014)),
        ),
    ),
    "tongueOut": Move(
        upper_lip=_lip(-0.05 * _X, 0.0022 * _C), lower_lip=_lip(-0.05 * _X, -0.0112 * _ROUND),
        broad=_jaw(0, -0.0045, -0.001),
    ),
}  # fmt: skip


def _without(name: str, share: float = 1.0) -> Move:
    """Takes back what a movement does to the lids."""
    return Move(undo=name, undo_share=share)


# mouthClose undoes jawOpen, as ARKit has it, and so crosses the lips where the jaw is closed. Where
# correctives are applied, it presses the lips alone and undoes exactly as much as the jaw opened.
_PRESSED = Move(
    upper_lip=_lip(0.12 * _X, 0.0008 * _C, -0.0016 * _C),
    lower_lip=_lip(0.12 * _X, 0.0008 * _C, -0.0016 * _C),
    lip_reach=0.0205,
)

CORRECTIVES: dict[str, tuple[tuple[str, ...], Move]] = {
    f"corrective_{label}Left": (("eyeBlinkLeft", other), _without(other))
    for label, other in (
        ("blinkSquint", "eyeSquintLeft"),
        ("blinkWide", "eyeWideLeft"),
        ("blinkLookDown", "eyeLookDownLeft"),
        ("blinkLookUp", "eyeLookUpLeft"),
        ("blinkCheek", "cheekSquintLeft"),
        ("blinkSneer", "noseSneerLeft"),
        ("blinkFrown", "browDownLeft"),
    )
} | {
    "corrective_squintCheekLeft": (
        ("eyeSquintLeft", "cheekSquintLeft"),
        _without("cheekSquintLeft", 0.45),
    ),
    "corrective_blinkSquintCheekLeft": (
        ("eyeBlinkLeft", "eyeSquintLeft", "cheekSquintLeft"),
        _without("cheekSquintLeft", -0.45),
    ),
    "corrective_closeAlone": (("mouthClose",), _PRESSED.minus(MOVES["mouthClose"])),
    "corrective_closeJaw": (
        ("mouthClose", "jawOpen"),
        MOVES["mouthClose"].minus(_PRESSED),
    ),
    # An open jaw leaves the lower lip little room above the chin.
    "corrective_jawTongue": (
        ("jawOpen", "tongueOut"),
        Move(lower_lip=_lip(0, 0.0100 * _ROUND), lip_reach=0.0205),
    ),
    "corrective_jawFunnel": (
        ("jawOpen", "mouthFunnel"),
        Move(lower_lip=_lip(0, 0.0045 * _ROUND), lip_reach=0.0205),
    ),
    "corrective_jawLowerDownLeft": (
        ("jawOpen", "mouthLowerDownLeft"),
        Move(lower_lip=_lip(0, 0.0052 * _HALF), lip_reach=0.0205),
    ),
    "corrective_smilePuckerLeft": (
        ("mouthSmileLeft", "mouthPucker"),
        Move(
            upper_lip=_lip(-0.0050 * _SIDE, -0.0048 * _SIDE),
            lower_lip=_lip(-0.0050 * _SIDE, -0.0048 * _SIDE),
        ),
    ),
    "corrective_puckerFunnel": (
        ("mouthPucker", "mouthFunnel"),
        Move(
            upper_lip=_lip(0.46 * _X, -0.0008 * _C, -0.004 * _C),
            lower_lip=_lip(0.46 * _X, 0.0012 * _C, -0.004 * _C),
        ),
    ),
}
"""Morphs that a product of two others brings in: the lids still meet, the mouth stays open."""

MOVES |= {name: move for name, (_, move) in CORRECTIVES.items()}


def correctives() -> dict[str, tuple[str, ...]]:
    """Every corrective morph of both sides with its two drivers."""
    pairs = {name: drivers for name, (drivers, _) in CORRECTIVES.items()}
    other = {
        swap_side(name): tuple(swap_side(d) for d in drivers)
        for name, drivers in pairs.items()
        if "Left" in name
    }
    return pairs | other


def _nearest(points: Array, line: Array) -> tuple[Array, Array]:
    """Distance of each point to a polyline and the place along it in steps."""
    a, b = line[:-1], line[1:]
    ab = b - a
    ap = points[:, None] - a[None]
    k = np.clip((ap * ab).sum(-1) / np.maximum((ab**2).sum(-1), 1e-18), 0, 1)
    d = np.linalg.norm(ap - k[..., None] * ab, axis=-1)
    best = np.argmin(d, axis=1)
    rows = np.arange(len(points))
    return d[rows, best], best + k[rows, best]


def _along(values: Array, at: Array) -> Array:
    steps = np.arange(len(values))
    return np.stack([np.interp(at, steps, values[:, k]) for k in range(values.shape[1])], 1)


@dataclass
class Field:
    """The movements at given places of the face.

    ``points`` (N, 3); ``lip_side`` (N,) +1 above the mouth's line, -1 below, 0 to be found.
    """

    points: Array
    lip_side: Array
    frontness: Array
    _near: dict[bool, tuple[Array, ...]] = field(default_factory=dict)

    def displacement(self, name: str) -> Array:
        """(N, 3) metres that movement ``name`` at 1 adds."""
        if name in MOVES:
            move = MOVES[name]
            total = self._half(move, mirror=False)
            if move.both_sides:
                total = total + self._half(move, mirror=True)
            return total
        return self._half(MOVES[swap_side(name)], mirror=True)

    def _measured(self, mirror: bool) -> tuple[Array, ...]:
        if mirror not in self._near:
            flip = np.array([-1.0 if mirror else 1.0, 1.0])
            p = self.points[:, :2] * flip
            du, su = _nearest(p, _UPPER)
            dl, sl = _nearest(p, _LOWER)
            dm, sm = _nearest(p, design.lip_line(_S))
            line_y = np.interp(p[:, 0], _X, design.lip_line(_S)[:, 1])
            above = np.where(self.lip_side != 0, self.lip_side, np.sign(p[:, 1] - line_y + 1e-12))
            s = np.linspace(0, 1, 25)
            db, sb = _nearest(p, design.BROW(s))
            self._near[mirror] = (p, du, su, dl, sl, dm, sm, above, db, sb / 24)
        return self._near[mirror]

    def _half(self, move: Move, *, mirror: bool) -> Array:
        p, *_ = self._measured(mirror)
        x, y, z = p[:, 0], p[:, 1], self.points[:, 2]
        total = self._lips(move, mirror) + self._brow(move, mirror)
        # Only what is drawn for the lids moves them, or a smile would part them in a blink.
        broad = move.broad(x, y, z) * self._clear_of_lids(mirror, 0.006)[:, None]
        if move.undo:
            total -= move.undo_share * self._lids(MOVES[move.undo], mirror)
        elif move.upper_lid is not None or move.lower_lid is not None:
            total += self._lids(move, mirror)
        total = total * self.frontness[:, None] + broad
        if mirror:
            total[:, 0] *= -1
        return total

    def _clear_of_lids(self, mirror: bool, reach: float) -> Array:
        _, du, _, dl, *_ = self._measured(mirror)
        return smoothstep(0.0, reach, np.minimum(du, dl))

    def _lips(self, move: Move, mirror: bool) -> Array:
        """Follows the rims of the lips; depth changes with the slope of the head, so that two
        movements at once add up exactly."""
        p, *_, dm, sm, above, _, _ = self._measured(mirror)
        if move.upper_lip is None and move.lower_lip is None:
            return np.zeros((len(p), 3))
        flat = design.lip_line(_S)
        depth = head.depth_at(flat[:, 0], flat[:, 1])
        base = move.broad(flat[:, 0], flat[:, 1], depth)
        zero = np.zeros_like(base)
        upper = _along((zero if move.upper_lip is None else move.upper_lip) - base, sm)
        lower = _along((zero if move.lower_lip is None else move.lower_lip) - base, sm)
        fade = 1 - smoothstep(0, move.lip_reach, dm)
        local = np.where((above > 0)[:, None], upper, lower) * fade[:, None]
        step = 0.002
        rest = head.depth_at(p[:, 0], p[:, 1], detailed=False)
        slope = (head.depth_at(p[:, 0] + step, p[:, 1], detailed=False) - rest) / step
        fall = (head.depth_at(p[:, 0], p[:, 1] - step, detailed=False) - rest) / -step
        local[:, 2] += (
            np.clip(slope, -1.2, 1.2) * local[:, 0] + np.clip(fall, -0.3, 0.3) * local[:, 1]
        )
        return local

    def _lids(self, move: Move, mirror: bool) -> Array:
        """Follows the rims of the lids over the head's curve; both rims end at the same depth."""
        p, du, su, dl, sl, *_ = self._measured(mirror)
        none = np.zeros_like(_UPPER)
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
        fade = (1 - smoothstep(0, 0.016, db)) * self._clear_of_lids(mirror, 0.009)
        local = move.brow(sb) * fade[:, None]
        return np.column_stack([local, self._lift(p, local, detailed=False)])

    @staticmethod
    def _lift(p: Array, by: Array, *, detailed: bool) -> Array:
        there = p + by
        return head.depth_at(there[:, 0], there[:, 1], detailed=detailed) - head.depth_at(
            p[:, 0], p[:, 1], detailed=detailed
        )
