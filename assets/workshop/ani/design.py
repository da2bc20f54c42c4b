"""The drawing: head, and contours of the left eye, mouth and brow from the front, in metres."""

from __future__ import annotations

import numpy as np

from assets.workshop.curves import Path, Profile, bump, bump2
from assets.workshop.movement import Drawing
from assets.workshop.part import Array
from assets.workshop.skull import Skull

EYE_STEPS = 18
MOUTH_STEPS = 9
"""Segments of one lid, and of half a lip."""

# y, z front, z back, y back, half width
_ROWS = np.array(
    [
        (1.5560, -0.008, -0.012, 1.5560, 0.0000),
        (1.5550, 0.012, -0.032, 1.5550, 0.0210),
        (1.5500, 0.030, -0.053, 1.5500, 0.0390),
        (1.5390, 0.051, -0.073, 1.5390, 0.0555),
        (1.5200, 0.0705, -0.090, 1.5200, 0.0700),
        (1.4950, 0.0840, -0.101, 1.4950, 0.0800),
        (1.4650, 0.0912, -0.104, 1.4650, 0.0846),
        (1.4400, 0.0940, -0.101, 1.4420, 0.0850),
        (1.4200, 0.0938, -0.094, 1.4250, 0.0834),
        (1.4000, 0.0938, -0.084, 1.4080, 0.0797),
        (1.3850, 0.0936, -0.074, 1.3970, 0.0740),
        (1.3700, 0.0926, -0.060, 1.3860, 0.0652),
        (1.3575, 0.0908, -0.044, 1.3770, 0.0545),
        (1.3470, 0.0878, -0.024, 1.3690, 0.0428),
        (1.3395, 0.0842, -0.002, 1.3600, 0.0316),
        (1.3345, 0.0800, 0.020, 1.3500, 0.0222),
        (1.3318, 0.0750, 0.040, 1.3400, 0.0134),
        (1.3308, 0.0690, 0.055, 1.3330, 0.0058),
        (1.3306, 0.0650, 0.064, 1.3308, 0.0000),
    ]
)
_NOSE_HEIGHT = Profile(
    (1.440, 0.0), (1.425, 0.0006), (1.412, 0.0020), (1.400, 0.0048), (1.3915, 0.0088),
    (1.3872, 0.0106), (1.3845, 0.0092), (1.3818, 0.0048), (1.3785, 0.0012), (1.374, 0.0),
)  # fmt: skip
_NOSE_WIDTH = Profile((1.43, 0.0065), (1.41, 0.0058), (1.392, 0.0050), (1.380, 0.0066))


def features(x: Array, y: Array) -> Array:
    """What nose, sockets, lips, cheeks and chin add to the depth of the front."""
    x, y = np.abs(np.asarray(x, float)), np.asarray(y, float)
    nose = _NOSE_HEIGHT(y) * bump(x / _NOSE_WIDTH(y), 0, 1)
    socket = -0.0042 * bump2(x, y, (0.034, 1.4175), (0.0155, 0.013))
    mound = 0.0028 * bump2(x, y, (0, 1.3625), (0.019, 0.011))
    upper = 0.0010 * bump2(x, y, (0.0035, 1.3655), (0.006, 0.0022))
    lower = 0.0013 * bump2(x, y, (0, 1.3580), (0.008, 0.0028))
    dent = -0.0011 * bump2(x, y, (0, 1.3505), (0.011, 0.0035))
    chin = 0.0030 * bump2(x, y, (0, 1.3395), (0.011, 0.0065))
    cheek = 0.0034 * bump2(x, y, (0.043, 1.386), (0.017, 0.017))
    return np.asarray(nose + socket + mound + upper + lower + dent + chin + cheek)


SKULL = Skull(_ROWS, features, power=2.35, around=0.075, painted=(1.75, 1.50))

_UPPER_LID = Path(
    [(0.0138, 1.4080), (0.0164, 1.4178), (0.0236, 1.4286), (0.0350, 1.4342), (0.0476, 1.4322),
     (0.0578, 1.4244), (0.0630, 1.4138)]
)  # fmt: skip
_LOWER_LID = Path(
    [(0.0138, 1.4080), (0.0174, 1.4016), (0.0254, 1.3964), (0.0364, 1.3948), (0.0486, 1.3974),
     (0.0578, 1.4038), (0.0630, 1.4138)]
)  # fmt: skip
_CLOSED_LID = Path(
    [(0.0140, 1.4104), (0.0250, 1.4159), (0.0368, 1.4188), (0.0495, 1.4183), (0.0631, 1.4136)]
)
"""Half way up and a little arched: lids that meet low down, a tracker takes for a nod."""
IRIS = (0.0370, 1.4142)
IRIS_RADII = (0.0162, 0.0194)


def lids(steps: int = EYE_STEPS) -> tuple[Array, Array, Array]:
    """(steps + 1, 2) points of the upper rim, the lower rim and the line where they meet, from
    the inner to the outer corner."""
    s = np.linspace(0, 1, steps + 1)
    return _UPPER_LID(s), _LOWER_LID(s), _CLOSED_LID(s)


MOUTH_HALF = 0.0183
MOUTH_Y = 1.3622


def lip_line(s: Array) -> Array:
    """(N, 2) points where the lips meet at rest, s in [-1, 1] from right to left."""
    a = np.abs(s)
    y = MOUTH_Y + 0.0005 * np.exp(-0.5 * (a / 0.28) ** 2) * -1 + 0.0030 * a**2.6
    return np.stack([s * MOUTH_HALF, y], -1)


BROW = Path(
    [(0.0140, 1.4418), (0.0222, 1.4442), (0.0345, 1.4466), (0.0475, 1.4458), (0.0620, 1.4388)]
)
"""From the inner to the outer end."""

_DRAWN = np.array([1.000, 1.3306, 1.374, 1.390, 1.450, 1.480, 2.000])
_FINISHED = np.array([0.9973, 1.3277, 1.3775, 1.3940, 1.4450, 1.480, 2.000])


def grown_up(y: Array) -> tuple[Array, Array]:
    """The drawing's heights with lower eyes and a longer lower face, a woman's and not a girl's,
    and how much each is stretched. Each is stretched alike all over the eyes and
    brows, and all over the mouth, so that what meets in the drawing meets in the face."""
    slopes = np.diff(_FINISHED) / np.diff(_DRAWN)
    return np.interp(y, _DRAWN, _FINISHED), slopes[np.searchsorted(_DRAWN, y) - 1]


LIPS = lip_line(np.linspace(-1, 1, 2 * MOUTH_STEPS + 1))
DRAWING = Drawing(SKULL, *lids(), LIPS, BROW)
