"""The head as a smooth surface, and the face's mesh on it.

Seen from the front the surface is a height field: at height y its half width is w(y), and across
it z falls from the profile to the temple along a superellipse. Behind the ears rows rise towards
the nape. ``t`` is the angle around (0 front, pi back), ``q`` the way down the front profile (m).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from assets.workshop.curves import Profile, bump, bump2, smoothstep
from assets.workshop.part import Array

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
        (1.4400, 0.0940, -0.101, 1.4420, 0.0848),
        (1.4200, 0.0938, -0.094, 1.4250, 0.0826),
        (1.4000, 0.0938, -0.084, 1.4080, 0.0780),
        (1.3850, 0.0936, -0.074, 1.3970, 0.0706),
        (1.3700, 0.0926, -0.060, 1.3860, 0.0606),
        (1.3575, 0.0908, -0.044, 1.3770, 0.0494),
        (1.3470, 0.0878, -0.024, 1.3690, 0.0378),
        (1.3395, 0.0842, -0.002, 1.3600, 0.0272),
        (1.3345, 0.0800, 0.020, 1.3500, 0.0190),
        (1.3318, 0.0750, 0.040, 1.3400, 0.0115),
        (1.3308, 0.0690, 0.055, 1.3330, 0.0050),
        (1.3306, 0.0650, 0.064, 1.3308, 0.0000),
    ]
)
_POWER = 2.35
_Q = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(_ROWS[:, 0]), np.diff(_ROWS[:, 1])))])
DEPTH = float(_Q[-1])
AROUND = 0.075
"""Metres of triangulation plane for one radian around."""

_y, _zf, _zb, _yb, _w = (PchipInterpolator(_Q, _ROWS[:, k]) for k in range(5))
_q_of_y = PchipInterpolator(_ROWS[::-1, 0], _Q[::-1])

_nose_height = Profile(
    (1.440, 0.0), (1.425, 0.0006), (1.412, 0.0020), (1.400, 0.0048), (1.3915, 0.0088),
    (1.3872, 0.0106), (1.3845, 0.0092), (1.3818, 0.0048), (1.3785, 0.0012), (1.374, 0.0),
)  # fmt: skip
_nose_width = Profile((1.43, 0.0065), (1.41, 0.0058), (1.392, 0.0050), (1.380, 0.0066))


def half_width(y: ArrayLike) -> Array:
    """Half width of the head at height y on its front."""
    return np.asarray(_w(_q_of_y(np.clip(y, _ROWS[-1, 0], _ROWS[0, 0]))))


def angle_at(x: ArrayLike, y: ArrayLike) -> Array:
    """The angle t (0..pi/2) of the front point (x, y)."""
    ratio = np.clip(np.abs(x) / np.maximum(half_width(y), 1e-9), 0, 1)
    return np.asarray(np.arcsin(ratio ** (_POWER / 2)))


def profile_at(y: ArrayLike) -> Array:
    """The way q down the front profile at height y."""
    return np.asarray(_q_of_y(np.clip(y, _ROWS[-1, 0], _ROWS[0, 0])))


def plane_of(x: ArrayLike, y: ArrayLike) -> Array:
    """(N, 2) coordinates in the triangulation plane of front points."""
    return np.stack([angle_at(x, y) * AROUND * np.sign(x), profile_at(y)], -1)


def features(x: ArrayLike, y: ArrayLike) -> Array:
    """What nose, sockets, lips, cheeks and chin add to the depth of the front."""
    x, y = np.abs(np.asarray(x, float)), np.asarray(y, float)
    nose = _nose_height(y) * bump(x / _nose_width(y), 0, 1)
    socket = -0.0042 * bump2(x, y, (0.034, 1.4175), (0.0155, 0.013))
    mound = 0.0028 * bump2(x, y, (0, 1.3625), (0.019, 0.011))
    upper = 0.0010 * bump2(x, y, (0.0035, 1.3655), (0.006, 0.0022))
    lower = 0.0013 * bump2(x, y, (0, 1.3580), (0.008, 0.0028))
    dent = -0.0011 * bump2(x, y, (0, 1.3505), (0.011, 0.0035))
    chin = 0.0030 * bump2(x, y, (0, 1.3395), (0.011, 0.0065))
    cheek = 0.0034 * bump2(x, y, (0.043, 1.386), (0.017, 0.017))
    return np.asarray(nose + socket + mound + upper + lower + dent + chin + cheek)


def surface(t: ArrayLike, q: ArrayLike, *, detailed: bool = True) -> Array:
    """(N, 3) points at angle ``t`` (signed) and profile way ``q``."""
    t, q = np.asarray(t, float), np.clip(np.asarray(q, float), 0, DEPTH)
    zf, zb, w = _zf(q), _zb(q), _w(q)
    middle, reach = (zf + zb) / 2, (zf - zb) / 2
    power = 2 / _POWER
    x = np.sign(t) * w * np.abs(np.sin(t)) ** power
    cosine = np.cos(t)
    z = middle + reach * np.sign(cosine) * np.abs(cosine) ** power
    rise = smoothstep(0.0, 1.0, -cosine)
    y = _y(q) * (1 - rise) + _yb(q) * rise
    if detailed:
        z = z + features(x, y) * smoothstep(0.1, 0.5, cosine)
    return np.stack([x, y, z], -1)


def depth_at(x: ArrayLike, y: ArrayLike, *, detailed: bool = True) -> Array:
    """z of the face at front points (x, y)."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    t = angle_at(x, y) * np.sign(x)
    return surface(t, profile_at(y), detailed=detailed)[..., 2]


@cache
def _uv_limits() -> tuple[float, float, float]:
    return 1.75, float(profile_at(1.50)), DEPTH


def unit_uv(t: ArrayLike, q: ArrayLike) -> Array:
    """Face texture coordinates 0..1 of surface points; beyond the painted part they clamp."""
    limit, top, bottom = _uv_limits()
    u = np.clip(0.5 + np.asarray(t, float) / (2 * limit), 0, 1)
    v = np.clip((np.asarray(q, float) - top) / (bottom - top), 0, 1)
    return np.stack([u, v], -1)


def painted_points(u: Array, v: Array) -> tuple[Array, Array]:
    """x and y (m) of the face at texture coordinates of ``unit_uv``."""
    limit, top, bottom = _uv_limits()
    t = (u - 0.5) * 2 * limit
    points = surface(t, top + v * (bottom - top), detailed=False)
    return points[..., 0], points[..., 1]


def scattered(fixed: Array, spacing_at: Sequence[tuple[float, float, float, float]]) -> Array:
    """Points that fill half of the plane around ``fixed`` ones. ``spacing_at`` rows are
    (x, q, radius, spacing) of focal regions; spacing grows with distance from them."""
    rows, columns = round(DEPTH / 0.0028), round(np.pi * AROUND / 0.0028)
    r, c = np.meshgrid(np.arange(rows + 1), np.arange(columns + 1), indexing="ij")
    inner = (c > 0) & (c < columns)
    x = (c + 0.5 * (r % 2) * inner) / columns * np.pi * AROUND
    candidates = np.stack([x.ravel(), (r / rows * DEPTH).ravel()], 1)
    spacing = np.full(len(candidates), 0.019)
    for fx, fq, radius, small in spacing_at:
        d = np.hypot(candidates[:, 0] - fx, candidates[:, 1] - fq)
        spacing = np.minimum(spacing, small + np.maximum(d - radius, 0) * 0.2)
    order = np.lexsort((spacing, candidates[:, 0] > 0))
    accepted = list(fixed)
    for i in order:
        p, room = candidates[i], spacing[i]
        if 0 < p[0] < 0.55 * room or (
            p[0] > np.pi * AROUND - 0.55 * room > 0 and p[0] < np.pi * AROUND
        ):
            continue
        near = np.asarray(accepted)
        if np.min(np.hypot(near[:, 0] - p[0], near[:, 1] - p[1])) > room * 0.92:
            accepted.append(p)
    return np.asarray(accepted[len(fixed) :])
