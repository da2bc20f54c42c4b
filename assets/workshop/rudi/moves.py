"""Rudi's movements: the ARKit 52 drawn for the left side, and what mends two at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assets.workshop.curves import bump, smoothstep
from assets.workshop.movement import Broad, Move, both_sides, brow_line, rows, spot, together
from assets.workshop.part import Array
from assets.workshop.rudi import design

_UPPER, _LOWER, _CLOSED = design.lids()
_W = np.linspace(0, 1, design.EYE_STEPS + 1)
_HUMP = np.sin(np.pi * _W) ** 0.8
_S = np.linspace(-1, 1, 2 * design.MOUTH_STEPS + 1)
_C = np.cos(np.pi * _S / 2)
_ROUND = np.abs(_C) ** 0.6
_X = _S * design.MOUTH_HALF
_SIDE = smoothstep(-0.20, 0.95, _S)
_HALF = bump(_S, 0.40, 0.40) * (1 - _S**2) ** 0.5
_TO_CLOSED = _CLOSED - _UPPER
_FLAT = design.LIPS[:, 1].mean() - 0.001 - design.LIPS[:, 1]
"""What makes the line of the lips straight."""
_WIDE = 0.024
"""Reach of movements that carry the muzzle along."""


def _lip(dx: ArrayLike = 0.0, dy: ArrayLike = 0.0, dz: ArrayLike = 0.0) -> Array:
    return rows(_S, dx, dy, dz)


def _lid(dx: ArrayLike = 0.0, dy: ArrayLike = 0.0) -> Array:
    return rows(_W, dx, dy)[:, :2]


def jaw_share(x: Array, y: Array, z: Array) -> Array:
    """How much of the jaw's movement a point takes: 1 at the chin, 0 above the mouth."""
    reach = smoothstep(-0.02, 0.075, z)
    return np.asarray(
        smoothstep(1.352, 1.322, y) * reach * smoothstep(0.100, 0.026, np.abs(x)) ** 0.8
    )


def _jaw(dx: float, dy: float, dz: float) -> Broad:
    def broad(x: Array, y: Array, z: Array) -> Array:
        share = jaw_share(x, y, z)
        return rows(x, dx * share, dy * share, dz * share)

    return broad


_CORNER = -0.0035
_DROP = 0.0280
_CLOSE_AT = -0.0150
_CHEEK = ((0.066, 1.365), (0.020, 0.016))

_OPEN_UPPER = _lip(-0.06 * _X, 0.0012 * _C + _CORNER * (1 - _C))
_OPEN_LOWER = _lip(-0.06 * _X, -_DROP * _ROUND + _CORNER * (1 - _ROUND), -0.0040 * _C)

MOVES: dict[str, Move] = {
    "eyeBlinkLeft": Move(_TO_CLOSED, _CLOSED - _LOWER),
    "eyeSquintLeft": Move(0.30 * _TO_CLOSED, _lid(dy=0.0075 * _HUMP), broad=spot(
        (0.054, 1.374), (0.022, 0.008), (0, 0.0024, 0.0020))),
    "eyeWideLeft": Move(
        _lid(dy=0.0066 * _HUMP), _lid(dy=-0.0030 * _HUMP),
        brow=brow_line((0, 0.003), 0.0045, 0.0035), iris_scale=0.90,
    ),
    "eyeLookUpLeft": Move(_lid(dy=0.0034 * _HUMP), _lid(dy=0.0014 * _HUMP), gaze=(0.0, 0.0090)),
    "eyeLookDownLeft": Move(0.26 * _TO_CLOSED, _lid(dy=-0.0016 * _HUMP), gaze=(0.0, -0.0090)),
    "eyeLookInLeft": Move(_lid(-0.0010 * _HUMP), _lid(-0.0010 * _HUMP), gaze=(-0.0105, 0.0)),
    "eyeLookOutLeft": Move(_lid(0.0010 * _HUMP), _lid(0.0010 * _HUMP), gaze=(0.0105, 0.0)),
    "jawForward": Move(
        upper_lip=_lip(dy=0.0030 * _C, dz=0.001 * _C),
        lower_lip=_lip(dy=0.0060 * _C, dz=0.0110 * _C),
        broad=_jaw(0, 0.0030, 0.0150), lip_reach=0.020,
    ),
    "jawLeft": Move(
        upper_lip=_lip(0.0036 * _C + 0.002), lower_lip=_lip(0.0090 * _C + 0.003, -0.0028 * _C),
        broad=_jaw(0.0130, -0.0010, 0), lip_reach=0.020,
    ),
    "jawOpen": Move(
        upper_lip=_OPEN_UPPER, lower_lip=_OPEN_LOWER, broad=_jaw(0, -0.0215, -0.0050),
        lip_reach=_WIDE,
    ),
    "mouthClose": Move(
        upper_lip=_lip(0, _CLOSE_AT * _C - 0.0012 * _C, 0.0006 * _C),
        lower_lip=_lip(
            0, _CLOSE_AT * _C + _CORNER * (1 - _C) + _DROP * _ROUND - _CORNER * (1 - _ROUND),
            0.0046 * _C,
        ),
        lip_reach=_WIDE,
    ),
    "mouthFunnel": Move(
        upper_lip=_lip(-0.46 * _X, 0.8 * _FLAT + 0.0062 * _ROUND, 0.0075 * _C),
        lower_lip=_lip(-0.46 * _X, 0.8 * _FLAT - 0.0110 * _ROUND, 0.0065 * _C),
        broad=_jaw(0, -0.0050, 0), lip_reach=0.024,
    ),
    "mouthPucker": Move(
        upper_lip=_lip(-0.64 * _X, 0.9 * _FLAT + 0.0022 * _ROUND, 0.0105 * _C + 0.002),
        lower_lip=_lip(-0.64 * _X, 0.9 * _FLAT - 0.0034 * _ROUND, 0.0100 * _C + 0.002),
        broad=spot((0.040, 1.350), (0.013, 0.013), (-0.006, 0, -0.0040), mirrored=True),
        lip_reach=0.024,
    ),
    "mouthLeft": Move(
        upper_lip=_lip(0.0125, 0.0024 * _SIDE), lower_lip=_lip(0.0125, 0.0024 * _SIDE),
        lip_reach=0.036, broad=_jaw(0.004, 0, 0),
    ),
    "mouthSmileLeft": Move(
        upper_lip=_lip(0.0095 * _SIDE, 0.0125 * _SIDE - 0.0018 * _C, -0.0020 * _SIDE),
        lower_lip=_lip(0.0095 * _SIDE, 0.0125 * _SIDE - 0.0018 * _C, -0.0020 * _SIDE),
        broad=spot(*_CHEEK, (0.0030, 0.0070, 0.0060)), lip_reach=0.022,
    ),
    "mouthFrownLeft": Move(
        upper_lip=_lip(0.0014 * _SIDE, -0.0120 * _SIDE + 0.0014 * _C),
        lower_lip=_lip(0.0014 * _SIDE, -0.0120 * _SIDE + 0.0014 * _C),
        broad=spot((0.040, 1.335), (0.014, 0.012), (0, -0.003, 0)), lip_reach=0.020,
    ),
    "mouthDimpleLeft": Move(
        upper_lip=_lip(0.0100 * _SIDE**2, 0.0040 * _SIDE, -0.0060 * _SIDE**2),
        lower_lip=_lip(0.0100 * _SIDE**2, 0.0040 * _SIDE, -0.0060 * _SIDE**2),
        broad=spot((0.047, 1.354), (0.010, 0.010), (0.003, 0.001, -0.0030)),
    ),
    "mouthStretchLeft": Move(
        upper_lip=_lip(0.0140 * _SIDE, -0.0036 * _SIDE, -0.0030 * _SIDE),
        lower_lip=_lip(0.0140 * _SIDE, -0.0046 * _SIDE - 0.0016 * _HALF, -0.0030 * _SIDE),
        broad=spot((0.048, 1.342), (0.014, 0.014), (0.005, -0.003, 0)), lip_reach=0.022,
    ),
    "mouthRollLower": Move(
        upper_lip=_lip(0.03 * _X, 0.35 * _FLAT + 0.0030 * _C, -0.0008 * _C),
        lower_lip=_lip(0.03 * _X, 0.35 * _FLAT + 0.0030 * _C, -0.0030 * _C),
        broad=spot((0, 1.3330), (0.020, 0.0070), (0, 0.0076, -0.0060), mirrored=False),
    ),
    "mouthRollUpper": Move(
        upper_lip=_lip(0.03 * _X, 0.60 * _FLAT - 0.0050 * _C, -0.0050 * _C),
        lower_lip=_lip(0.03 * _X, 0.60 * _FLAT - 0.0050 * _C, -0.0020 * _C),
        broad=spot((0.014, 1.3540), (0.014, 0.0060), (0, -0.0050, -0.0060), mirrored=True),
    ),
    "mouthShrugLower": Move(
        upper_lip=_lip(-0.06 * _X, 0.0072 * _ROUND - 0.0030, 0.0008 * _C),
        lower_lip=_lip(-0.06 * _X, 0.0072 * _ROUND - 0.0030, 0.0030 * _C),
        broad=spot((0, 1.325), (0.020, 0.011), (0, 0.0075, 0.0055)),
    ),
    "mouthShrugUpper": Move(
        upper_lip=_lip(-0.05 * _X, 0.0100 * bump(_S, 0, 0.45) - 0.002, 0.0060 * _C),
        lower_lip=_lip(-0.05 * _X, 0.0100 * bump(_S, 0, 0.45) - 0.002, 0.0040 * _C),
        broad=spot((0, 1.366), (0.022, 0.010), (0, 0.0034, 0.0010)), lip_reach=0.020,
    ),
    "mouthPressLeft": Move(
        upper_lip=_lip(0.0060 * _SIDE, 0.65 * _FLAT * _SIDE + 0.0010 * _SIDE, -0.0040 * _SIDE),
        lower_lip=_lip(0.0060 * _SIDE, 0.65 * _FLAT * _SIDE + 0.0010 * _SIDE, -0.0040 * _SIDE),
        broad=spot((0.014, 1.3330), (0.013, 0.0060), (0, 0.0060, -0.0040)),
    ),
    "mouthLowerDownLeft": Move(
        lower_lip=_lip(0, -0.0125 * _HALF, -0.0008 * _HALF), lip_reach=0.020,
    ),
    "mouthUpperUpLeft": Move(
        upper_lip=_lip(0, 0.0130 * _HALF, 0.0016 * _HALF), lip_reach=0.022,
        broad=spot((0.030, 1.366), (0.013, 0.010), (0, 0.0034, 0.0020)),
    ),
    "browDownLeft": Move(brow=brow_line((-0.0050, -0.0135), -0.0085, -0.0020)),
    "browInnerUp": Move(brow=brow_line((-0.0020, 0.0150), 0.0060, -0.0018), both_sides=True),
    "browOuterUpLeft": Move(brow=brow_line((0, 0.0008), 0.0115, 0.0135)),
    "cheekPuff": Move(
        upper_lip=_lip(-0.30 * _X, 0.5 * _FLAT, 0.0030),
        lower_lip=_lip(-0.30 * _X, 0.5 * _FLAT, 0.0030),
        broad=together(
            spot((0.033, 1.3520), (0.0150, 0.0135), (0.0100, 0.0010, 0.0120), mirrored=True),
            spot((0.095, 1.3480), (0.0360, 0.0240), (0.0170, 0.0010, 0.0110), mirrored=True),
        ),
        lip_reach=0.014,
    ),
    "cheekSquintLeft": Move(
        lower_lid=_lid(dy=0.0100 * _HUMP), broad=spot(*_CHEEK, (0.0020, 0.0085, 0.0075)),
    ),
    "noseSneerLeft": Move(
        upper_lip=_lip(0, 0.0060 * _HALF, 0), lower_lid=_lid(dy=0.0034 * _HUMP * (1.2 - _W)),
        brow=brow_line((-0.0015, -0.0055), -0.0015, 0),
        broad=together(
            spot((0.010, 1.3860), (0.012, 0.012), (0.0010, 0.0070, 0.0030)),
            spot((0.026, 1.368), (0.014, 0.012), (0, 0.0060, 0.0030)),
        ),
    ),
    "tongueOut": Move(
        upper_lip=_lip(-0.05 * _X, 0.0024 * _C), lower_lip=_lip(-0.05 * _X, -0.0125 * _ROUND),
        broad=_jaw(0, -0.0085, -0.002), lip_reach=_WIDE,
    ),
}  # fmt: skip


def _without(name: str, share: float = 1.0) -> Move:
    """Takes back what a movement does to the lids."""
    return Move(undo=name, undo_share=share)


# mouthClose undoes jawOpen, as ARKit has it, and so crosses the lips where the jaw is closed. Where
# correctives are applied, it presses the lips alone and undoes exactly as much as the jaw opened.
_PRESSED = Move(
    upper_lip=_lip(0.08 * _X, 0.0012 * _C, -0.0036 * _C),
    lower_lip=_lip(0.08 * _X, 0.0012 * _C, -0.0036 * _C),
    lip_reach=_WIDE,
)

CORRECTIVES: dict[str, tuple[tuple[str, ...], Move]] = {
    f"corrective_{label}Left": (("eyeBlinkLeft", other), _without(other))
    for label, other in (
        ("blinkSquint", "eyeSquintLeft"),
        ("blinkWide", "eyeWideLeft"),
        ("blinkLookDown", "eyeLookDownLeft"),
        ("blinkLookUp", "eyeLookUpLeft"),
        ("blinkLookIn", "eyeLookInLeft"),
        ("blinkLookOut", "eyeLookOutLeft"),
        ("blinkCheek", "cheekSquintLeft"),
        ("blinkSneer", "noseSneerLeft"),
    )
} | {
    "corrective_closeAlone": (("mouthClose",), _PRESSED.minus(MOVES["mouthClose"])),
    "corrective_closeJaw": (("mouthClose", "jawOpen"), MOVES["mouthClose"].minus(_PRESSED)),
    "corrective_smilePuckerLeft": (
        ("mouthSmileLeft", "mouthPucker"),
        Move(
            upper_lip=_lip(-0.0095 * _SIDE, -0.0110 * _SIDE + 0.0018 * _C),
            lower_lip=_lip(-0.0095 * _SIDE, -0.0110 * _SIDE + 0.0018 * _C),
            lip_reach=0.022,
        ),
    ),
    "corrective_puckerFunnel": (
        ("mouthPucker", "mouthFunnel"),
        Move(
            upper_lip=_lip(0.50 * _X, -0.8 * _FLAT - 0.0008 * _C, -0.007 * _C),
            lower_lip=_lip(0.50 * _X, -0.8 * _FLAT + 0.0012 * _C, -0.007 * _C),
            lip_reach=0.024,
        ),
    ),
    "corrective_puckerPuff": (
        ("mouthPucker", "cheekPuff"),
        Move(
            upper_lip=_lip(0.30 * _X, -0.5 * _FLAT),
            lower_lip=_lip(0.30 * _X, -0.5 * _FLAT),
            lip_reach=0.014,
        ),
    ),
    "corrective_jawTongue": (
        ("jawOpen", "tongueOut"),
        Move(
            upper_lip=_lip(0.05 * _X, -0.0024 * _C),
            lower_lip=_lip(0.05 * _X, 0.0115 * _ROUND),
            broad=_jaw(0, 0.0085, 0.002),
            lip_reach=_WIDE,
        ),
    ),
    "corrective_jawLowerLeft": (
        ("jawOpen", "mouthLowerDownLeft"),
        Move(lower_lip=_lip(0, 0.0095 * _HALF), lip_reach=0.020),
    ),
    "corrective_smileCheekLeft": (
        ("mouthSmileLeft", "cheekSquintLeft"),
        Move(broad=spot(*_CHEEK, (-0.0015, -0.0040, -0.0035))),
    ),
}
"""Morphs that a product of two others brings in: lids still meet, cheeks and mouth keep room."""

MOVES |= {name: move for name, (_, move) in CORRECTIVES.items()}


def correctives() -> dict[str, tuple[str, ...]]:
    """Every corrective morph of both sides with its drivers."""
    return both_sides({name: drivers for name, (drivers, _) in CORRECTIVES.items()})
