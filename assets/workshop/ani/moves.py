"""Ani's movements: the ARKit 52 drawn for the left side, and what mends two at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from assets.workshop import face_lines
from assets.workshop.ani import design
from assets.workshop.curves import bump, smoothstep
from assets.workshop.movement import Broad, Move, both_sides, brow_line, rows, spot, together
from assets.workshop.part import Array

_UPPER, _LOWER, _CLOSED = design.lids()
_W = np.linspace(0, 1, design.EYE_STEPS + 1)
_HUMP = np.sin(np.pi * _W) ** 0.8
_S = np.linspace(-1, 1, 2 * design.MOUTH_STEPS + 1)
_C = np.cos(np.pi * _S / 2)
_ROUND = np.abs(_C) ** 0.55
_X = _S * design.MOUTH_HALF
_SIDE = smoothstep(-0.25, 0.95, _S)
_CORNER_LIFT = np.clip((_S + 0.25) / 1.25, 0, 1) ** 2.1
"""A corner that goes up or down bends the line into a bow, not into a V."""
_HALF = bump(_S, 0.42, 0.36) * (1 - _S**2) ** 0.5


def _lip(dx: ArrayLike = 0.0, dy: ArrayLike = 0.0, dz: ArrayLike = 0.0) -> Array:
    return np.stack([np.broadcast_to(np.asarray(v, float), _S.shape) for v in (dx, dy, dz)], 1)


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
        return rows(x, dx * share, dy * share, dz * share)

    return broad


_TO_CLOSED = _CLOSED - _UPPER
_CORNER = -0.0030
_DROP = 0.0218
_JAW_REACH = 0.0310
"""An open mouth pushes the skin down to the chin together; nearer by, it would fold."""
_CLOSE_AT = -0.0115
_CHEEK = ((0.044, 1.384), (0.015, 0.012))

_OPEN_UPPER = _lip(-0.18 * _X, 0.0016 * _C + _CORNER * (1 - _C))
_OPEN_LOWER = _lip(-0.18 * _X, -_DROP * _ROUND + _CORNER * (1 - _ROUND), -0.0022 * _C)

_SMILE = _lip(0.0082 * _SIDE, 0.0088 * _CORNER_LIFT - 0.0014 * _C)
_FROWN = _lip(0.0016 * _SIDE, -0.0078 * _CORNER_LIFT + 0.0010 * _C)

MOVES: dict[str, Move] = {
    "eyeBlinkLeft": Move(
        _TO_CLOSED, _CLOSED - _LOWER, brow=brow_line((0, -0.0038), -0.0038, -0.0038)
    ),
    "eyeSquintLeft": Move(
        0.27 * _TO_CLOSED, _lid(dy=0.0062 * _HUMP),
        brow=brow_line((-0.0008, -0.0042), -0.0040, -0.0032),
        broad=spot((0.04, 1.392), (0.016, 0.007), (0, 0.0016, 0.0012)),
    ),
    "eyeWideLeft": Move(
        _lid(dy=0.0048 * _HUMP), _lid(dy=-0.0016 * _HUMP), iris_scale=0.88,
        brow=brow_line((0, 0.0026), 0.0039, 0.0033),
    ),
    "eyeLookUpLeft": Move(_lid(dy=0.0024 * _HUMP), _lid(dy=0.0010 * _HUMP), gaze=(0.0, 0.0068)),
    "eyeLookDownLeft": Move(
        0.24 * _TO_CLOSED, _lid(dy=-0.0014 * _HUMP), gaze=(0.0, -0.0070),
        brow=brow_line((0, -0.0020), -0.0020, -0.0020),
    ),
    "eyeLookInLeft": Move(_lid(-0.0006 * _HUMP), _lid(-0.0006 * _HUMP), gaze=(-0.0082, 0.0)),
    "eyeLookOutLeft": Move(_lid(0.0006 * _HUMP), _lid(0.0006 * _HUMP), gaze=(0.0088, 0.0)),
    "jawForward": Move(
        upper_lip=_lip(0.05 * _X, 0.0016 * _C, -0.0010 * _C),
        lower_lip=_lip(0.05 * _X, 0.0046 * _C, 0.0078 * _C),
        broad=_jaw(0, 0.0030, 0.0120),
    ),
    "jawLeft": Move(
        upper_lip=_lip(0.0026 * _C + 0.002), lower_lip=_lip(0.0040 * _C + 0.002, -0.0024 * _C),
        broad=_jaw(0.0085, -0.0005, 0),
    ),
    "jawOpen": Move(
        upper_lip=_OPEN_UPPER, lower_lip=_OPEN_LOWER, broad=_jaw(0, -0.0036, -0.0024),
        lip_reach=_JAW_REACH,
    ),
    "mouthClose": Move(
        upper_lip=_lip(0.18 * _X, _CLOSE_AT * _C - 0.0016 * _C, 0.0006 * _C),
        lower_lip=_lip(
            0.18 * _X,
            _CLOSE_AT * _C + _CORNER * (1 - _C) + _DROP * _ROUND - _CORNER * (1 - _ROUND),
            0.0028 * _C,
        ),
        lip_reach=0.0205,
    ),
    "mouthFunnel": Move(
        upper_lip=_lip(-0.44 * _X, 0.0066 * _C**0.75, 0.0045 * _C),
        lower_lip=_lip(-0.44 * _X, -0.0088 * _ROUND, 0.0042 * _C),
        broad=_jaw(0, -0.0025, 0),
    ),
    "mouthPucker": Move(
        upper_lip=_lip(-0.60 * _X, 0.0009 * _C, 0.0065 * _C + 0.002),
        lower_lip=_lip(-0.60 * _X, -0.0012 * _C, 0.0060 * _C + 0.002),
        broad=spot((0.026, 1.362), (0.010, 0.010), (-0.003, 0, -0.0022), mirrored=True),
    ),
    "mouthLeft": Move(
        upper_lip=_lip(0.0088, 0.0016 * _SIDE), lower_lip=_lip(0.0088, 0.0016 * _SIDE),
        lip_reach=0.017, broad=_jaw(0.002, 0, 0),
    ),
    "mouthSmileLeft": Move(
        upper_lip=_SMILE, lower_lip=_SMILE, lip_reach=0.0205,
        broad=spot(*_CHEEK, (0.001, 0.0048, 0.0030)),
    ),
    "mouthFrownLeft": Move(
        upper_lip=_FROWN, lower_lip=_FROWN, lip_reach=0.0180,
        broad=spot((0.026, 1.352), (0.010, 0.009), (0, -0.002, 0)),
    ),
    "mouthDimpleLeft": Move(
        upper_lip=_lip(0.0052 * _SIDE**2, 0.0010 * _SIDE, -0.0012 * _SIDE**2),
        lower_lip=_lip(0.0052 * _SIDE**2, 0.0010 * _SIDE, -0.0012 * _SIDE**2),
        broad=spot((0.028, 1.366), (0.008, 0.008), (0.002, 0.0005, -0.001)),
    ),
    "mouthStretchLeft": Move(
        upper_lip=_lip(0.0078 * _SIDE, -0.0026 * _SIDE, -0.0006 * _SIDE),
        lower_lip=_lip(0.0078 * _SIDE, -0.0026 * _SIDE - 0.0012 * _HALF, -0.0006 * _SIDE),
        lip_reach=0.0205,
        broad=spot((0.028, 1.352), (0.010, 0.011), (0.002, -0.002, 0)),
    ),
    "mouthRollLower": Move(
        upper_lip=_lip(0.04 * _X, 0.0010 * _C, -0.0006 * _C),
        lower_lip=_lip(0.04 * _X, 0.0010 * _C, -0.0020 * _C),
        broad=spot((0, 1.3570), (0.012, 0.0034), (0, 0.0034, -0.0034)),
    ),
    "mouthRollUpper": Move(
        upper_lip=_lip(0.04 * _X, -0.0026 * _C, -0.0020 * _C),
        lower_lip=_lip(0.04 * _X, -0.0026 * _C, -0.0006 * _C),
        broad=spot((0, 1.3670), (0.012, 0.0034), (0, -0.0034, -0.0030)),
    ),
    "mouthShrugLower": Move(
        upper_lip=_lip(-0.06 * _X, 0.0046 * _ROUND - 0.0020, 0.0004 * _C),
        lower_lip=_lip(-0.06 * _X, 0.0046 * _ROUND - 0.0020, 0.0018 * _C),
        broad=spot((0, 1.344), (0.014, 0.008), (0, 0.0042, 0.0030)),
    ),
    "mouthShrugUpper": Move(
        upper_lip=_lip(0, 0.0050 * bump(_S, 0, 0.36), 0.0026 * _C),
        lower_lip=_lip(0, 0.0050 * bump(_S, 0, 0.36), 0.0012 * _C),
        broad=spot((0, 1.384), (0.010, 0.006), (0, 0.0010, 0)),
    ),
    "mouthPressLeft": Move(
        upper_lip=_lip(0.0030 * _SIDE, -0.0012 * _SIDE * _C, -0.0016 * _SIDE),
        lower_lip=_lip(0.0030 * _SIDE, -0.0012 * _SIDE * _C, -0.0016 * _SIDE),
        broad=spot((0.008, 1.3572), (0.009, 0.0034), (0, 0.0026, -0.0024)),
    ),
    "mouthLowerDownLeft": Move(lower_lip=_lip(0, -0.0072 * _HALF, -0.0004 * _HALF)),
    "mouthUpperUpLeft": Move(
        upper_lip=_lip(0, 0.0062 * _HALF, 0.0004 * _HALF),
        broad=spot((0.022, 1.378), (0.010, 0.008), (0, 0.0022, 0.0010)),
    ),
    "browDownLeft": Move(
        0.24 * _TO_CLOSED * (1 - _W[:, None]) ** 0.6,
        brow=brow_line((-0.0044, -0.0150), -0.0110, -0.0046),
    ),
    "browInnerUp": Move(brow=brow_line((-0.0012, 0.0122), 0.0044, -0.0014), both_sides=True),
    "browOuterUpLeft": Move(brow=brow_line((0, 0.0005), 0.0102, 0.0110)),
    "cheekPuff": Move(
        upper_lip=_lip(-0.14 * _X, 0, 0.0006), lower_lip=_lip(-0.14 * _X, 0, 0.0006),
        broad=spot((0.046, 1.3680), (0.020, 0.0185), (0.0112, -0.0004, 0.0105), mirrored=True),
    ),
    "cheekSquintLeft": Move(
        lower_lid=_lid(dy=0.0085 * _HUMP), broad=spot(*_CHEEK, (0.0012, 0.0052, 0.0040)),
    ),
    "noseSneerLeft": Move(
        upper_lip=_lip(0, 0.0034 * _HALF, 0), lower_lid=_lid(dy=0.0024 * _HUMP * (1.2 - _W)),
        brow=brow_line((-0.001, -0.0038), -0.001, 0),
        broad=together(
            spot((0.008, 1.3850), (0.006, 0.006), (0.0006, 0.0036, 0.0006)),
            spot((0.020, 1.381), (0.008, 0.008), (0, 0.0030, 0.0014)),
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
        Move(lower_lip=_lip(0, 0.0100 * _ROUND), lip_reach=_JAW_REACH),
    ),
    "corrective_jawFunnel": (
        ("jawOpen", "mouthFunnel"),
        Move(
            upper_lip=_lip(0.16 * _X),
            lower_lip=_lip(0.16 * _X, 0.0120 * _ROUND),
            lip_reach=_JAW_REACH,
        ),
    ),
    "corrective_jawLowerDownLeft": (
        ("jawOpen", "mouthLowerDownLeft"),
        Move(lower_lip=_lip(0, 0.0085 * _HALF), lip_reach=_JAW_REACH),
    ),
    # A laugh bares the upper teeth: the lip that a smile bends down goes up again; the lower one
    # comes down slower beside the corners, which are further apart.
    "corrective_laughLeft": (
        ("jawOpen", "mouthSmileLeft"),
        Move(
            upper_lip=_lip(0.08 * _X, 0.0021 * _C),
            lower_lip=_lip(0.08 * _X, 0.45 * _DROP * (_ROUND - _C) + 0.0018 * _ROUND),
            lip_reach=_JAW_REACH,
        ),
    ),
    "corrective_smilePuckerLeft": (
        ("mouthSmileLeft", "mouthPucker"),
        Move(
            upper_lip=_lip(-0.0082 * _SIDE, -0.0058 * _CORNER_LIFT),
            lower_lip=_lip(-0.0082 * _SIDE, -0.0058 * _CORNER_LIFT),
            lip_reach=_JAW_REACH,
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
    """Every corrective morph of both sides with its drivers."""
    return both_sides({name: drivers for name, (drivers, _) in CORRECTIVES.items()})


def followed(line: Array, names: Sequence[str], side: float = 0.0) -> dict[str, Array]:
    """Displacement (N, 3) of points on the skin by every movement in ``names``."""
    return face_lines.followed(design.DRAWING, MOVES, line, names, side)
