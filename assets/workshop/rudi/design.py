"""The drawing: head, and contours of the left eye, mouth and brow spot from the front, metres."""

from __future__ import annotations

import numpy as np

from assets.workshop.curves import Path, bump2
from assets.workshop.movement import Drawing
from assets.workshop.part import Array
from assets.workshop.skull import Skull

EYE_STEPS = 18
MOUTH_STEPS = 10
"""Segments of one lid, and of half a lip."""

IRIS = (0.0513, 1.4027)
IRIS_RADII = (0.0210, 0.0231)
NOSE = (0.0, 1.3735)
MOUTH_HALF = 0.0300
MOUTH_Y = 1.3460
PAD = (0.0205, 1.3520)
"""Middle of the left whisker pad."""

_ROWS = np.array(
    [
        (1.5130, 0.002, -0.008, 1.5130, 0.0000),
        (1.5113, 0.024, -0.032, 1.5113, 0.0320),
        (1.5040, 0.044, -0.057, 1.5040, 0.0610),
        (1.4910, 0.0635, -0.079, 1.4910, 0.0850),
        (1.4725, 0.0800, -0.096, 1.4725, 0.1045),
        (1.4480, 0.0920, -0.108, 1.4480, 0.1185),
        (1.4220, 0.0985, -0.113, 1.4240, 0.1262),
        (1.3950, 0.1010, -0.111, 1.4000, 0.1310),
        (1.3700, 0.1005, -0.103, 1.3800, 0.1330),
        (1.3480, 0.0980, -0.092, 1.3640, 0.1300),
        (1.3290, 0.0930, -0.077, 1.3510, 0.1190),
        (1.3140, 0.0850, -0.058, 1.3410, 0.0990),
        (1.3040, 0.0745, -0.036, 1.3330, 0.0710),
        (1.2980, 0.0615, -0.014, 1.3250, 0.0460),
        (1.2955, 0.0475, 0.008, 1.3150, 0.0230),
        (1.2950, 0.0330, 0.028, 1.3000, 0.0000),
    ]
)


def features(x: Array, y: Array) -> Array:
    """Muzzle with its whisker pads and philtrum, bridge, sockets, cheeks and chin."""
    x, y = np.abs(np.asarray(x, float)), np.asarray(y, float)
    r = np.sqrt((x / 0.0470) ** 2 + ((y - 1.3540) / 0.0350) ** 2)
    muzzle = 0.0330 * np.exp(-0.8 * r**2.7)
    pad = 0.0065 * bump2(x, y, PAD, (0.0140, 0.0120))
    groove = -0.0030 * bump2(x, y, (0, 1.3550), (0.0035, 0.0100))
    bridge = 0.0110 * bump2(x, y, (0, 1.3930), (0.0170, 0.0200))
    chin = 0.0060 * bump2(x, y, (0, 1.3260), (0.0170, 0.0090))
    socket = -0.0050 * bump2(x, y, (0.047, 1.400), (0.021, 0.018))
    ridge = 0.0040 * bump2(x, y, (0.048, 1.446), (0.026, 0.011))
    cheek = 0.0080 * bump2(x, y, (0.082, 1.352), (0.026, 0.022))
    return np.asarray(muzzle + pad + groove + bridge + chin + socket + ridge + cheek)


SKULL = Skull(_ROWS, features, power=2.15, around=0.115, painted=(1.95, 1.5112))

_UPPER_LID = Path(
    [(0.0270, 1.3955), (0.0296, 1.4090), (0.0385, 1.4214), (0.0515, 1.4266), (0.0645, 1.4214),
     (0.0734, 1.4095), (0.0762, 1.3971)]
)  # fmt: skip
_LOWER_LID = Path(
    [(0.0270, 1.3955), (0.0310, 1.3879), (0.0402, 1.3823), (0.0515, 1.3804), (0.0637, 1.3827),
     (0.0728, 1.3888), (0.0762, 1.3971)]
)  # fmt: skip
_CLOSED_LID = Path(
    [(0.0270, 1.3955), (0.0389, 1.3868), (0.0515, 1.3842), (0.0645, 1.3873), (0.0762, 1.3971)]
)
BROW = Path([(0.0270, 1.4455), (0.0380, 1.4520), (0.0500, 1.4545), (0.0620, 1.4510),
             (0.0720, 1.4425)])  # fmt: skip
"""The white spot over the eye, from its inner to its outer end."""


def lids(steps: int = EYE_STEPS) -> tuple[Array, Array, Array]:
    """(steps + 1, 2) points of the upper rim, the lower rim and the line where they meet, from
    the inner to the outer corner."""
    s = np.linspace(0, 1, steps + 1)
    return _UPPER_LID(s), _LOWER_LID(s), _CLOSED_LID(s)


def lip_line(s: Array) -> Array:
    """(N, 2) points where the lips meet at rest, s in [-1, 1] from right to left: two arcs that
    hang from the philtrum, with corners that turn up."""
    a = np.abs(s)
    y = MOUTH_Y - 0.0052 * np.sin(np.pi * np.clip(a / 0.95, 0, 1)) ** 0.9 + 0.0045 * a**4
    return np.stack([s * MOUTH_HALF, y], -1)


LIPS = lip_line(np.linspace(-1, 1, 2 * MOUTH_STEPS + 1))
DRAWING = Drawing(SKULL, *lids(), LIPS, BROW, brow_reach=0.024, lid_margin=0.012, lips_bend=True)
