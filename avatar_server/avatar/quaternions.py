"""Rotations as quaternions (x, y, z, w), singly or in rows, in float32.

All functions broadcast over leading axes. A product ``multiply(a, b)`` rotates by ``b`` first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from avatar_server.expression import rotation
from avatar_server.types import FloatArray

IDENTITY: FloatArray = np.array([0.0, 0.0, 0.0, 1.0], np.float32)
IDENTITY.setflags(write=False)
_CONJUGATE = np.array([-1.0, -1.0, -1.0, 1.0], np.float32)


def multiply(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hamilton product, float32 (..., 4)."""
    if a.ndim == b.ndim == 1:
        return _multiply_two(a.tolist(), b.tolist())
    ax, ay, az, aw = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bx, by, bz, bw = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    out = np.empty(np.broadcast_shapes(a.shape, b.shape), np.float32)
    out[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    out[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return out


def _multiply_two(a: list[float], b: list[float]) -> FloatArray:
    """The same for one pair, without the cost of arrays."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return np.array(
        (
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ),
        np.float32,
    )


def conjugate(q: FloatArray) -> FloatArray:
    """The inverse of a unit quaternion, float32 (..., 4)."""
    return np.asarray(q * _CONJUGATE, np.float32)


def normalized(q: FloatArray) -> FloatArray:
    """Unit length, float32 (..., 4); a zero row becomes the identity."""
    length = np.sqrt(np.einsum("...i,...i->...", q, q))[..., None]
    unit = q / np.maximum(length, np.float32(1e-12))
    return np.where(length > 1e-8, unit, IDENTITY).astype(np.float32)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """``v`` (..., 3) turned by ``q`` (..., 4): v + 2 u × (u × v + w v)."""
    u, w = q[..., :3], q[..., 3:4]
    return np.asarray(v + 2.0 * np.cross(u, np.cross(u, v) + w * v), np.float32)


def matrices(q: FloatArray) -> FloatArray:
    """Rotation matrices, float32 (..., 3, 3), of unit quaternions (..., 4)."""
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    x2, y2, z2 = x + x, y + y, z + z
    xx, yy, zz = x * x2, y * y2, z * z2
    xy, xz, yz = x * y2, x * z2, y * z2
    wx, wy, wz = w * x2, w * y2, w * z2
    out = np.empty((*q.shape[:-1], 3, 3), np.float32)
    out[..., 0, 0] = 1 - (yy + zz)
    out[..., 0, 1] = xy - wz
    out[..., 0, 2] = xz + wy
    out[..., 1, 0] = xy + wz
    out[..., 1, 1] = 1 - (xx + zz)
    out[..., 1, 2] = yz - wx
    out[..., 2, 0] = xz - wy
    out[..., 2, 1] = yz + wx
    out[..., 2, 2] = 1 - (xx + yy)
    return out


def from_matrix(m: ArrayLike) -> FloatArray:
    """The quaternion, float32 (4,), of one rotation matrix (3, 3), w >= 0."""
    return rotation.from_matrix(np.asarray(m)).astype(np.float32)


def from_euler_degrees(angles: ArrayLike) -> FloatArray:
    """Turned about the fixed x axis first, then y, then z: float32 (..., 4) of degrees (..., 3)."""
    half = np.radians(np.asarray(angles, np.float64)) / 2
    s, c = np.sin(half), np.cos(half)
    sx, sy, sz = s[..., 0], s[..., 1], s[..., 2]
    cx, cy, cz = c[..., 0], c[..., 1], c[..., 2]
    return np.stack(
        [
            sx * cy * cz - cx * sy * sz,
            cx * sy * cz + sx * cy * sz,
            cx * cy * sz - sx * sy * cz,
            cx * cy * cz + sx * sy * sz,
        ],
        axis=-1,
    ).astype(np.float32)


def from_degrees(x: float, y: float, z: float) -> FloatArray:
    """The same for one turn, float32 (4,), without the cost of arrays."""
    rx, ry, rz = math.radians(x) / 2, math.radians(y) / 2, math.radians(z) / 2
    sx, cx, sy, cy, sz, cz = (
        math.sin(rx),
        math.cos(rx),
        math.sin(ry),
        math.cos(ry),
        math.sin(rz),
        math.cos(rz),
    )
    return np.array(
        (
            sx * cy * cz - cx * sy * sz,
            cx * sy * cz + sx * cy * sz,
            cx * cy * sz - sx * sy * cz,
            cx * cy * cz + sx * sy * sz,
        ),
        np.float32,
    )


def from_axis_angle(axis: Sequence[float], radians: float) -> FloatArray:
    """A turn by ``radians`` about the unit vector ``axis``, float32 (4,)."""
    s = math.sin(radians / 2)
    return np.array([axis[0] * s, axis[1] * s, axis[2] * s, math.cos(radians / 2)], np.float32)


def scaled(q: FloatArray, share: float) -> FloatArray:
    """The same turn by ``share`` of its angle, float32 (4,); a quaternion power."""
    x, y, z, w = q.tolist()
    if w < 0:
        x, y, z, w = -x, -y, -z, -w
    length = math.sqrt(x * x + y * y + z * z)
    if length < 1e-9:
        return IDENTITY.copy()
    half = math.atan2(length, w) * share
    s = math.sin(half) / length
    return np.array([x * s, y * s, z * s, math.cos(half)], np.float32)


def between(a: FloatArray, b: FloatArray, t: float | FloatArray) -> FloatArray:
    """Normalised linear interpolation along the shorter way, float32 (..., 4)."""
    side = np.where(np.einsum("...i,...i->...", a, b) < 0, np.float32(-1), np.float32(1))
    share = np.asarray(t, np.float32)
    if share.ndim:
        share = share[..., None]
    return normalized(a + (b * side[..., None] - a) * share)


def shortest_arc(a: FloatArray, b: FloatArray) -> FloatArray:
    """The smallest turn that takes unit vectors ``a`` to ``b``, float32 (..., 4)."""
    w = 1.0 + np.einsum("...i,...i->...", a, b)
    out = np.empty((*np.broadcast_shapes(a.shape, b.shape)[:-1], 4), np.float32)
    out[..., :3] = np.cross(a, b)
    out[..., 3] = w
    opposite = w < 1e-6
    if np.any(opposite):
        aside = np.cross(a, np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
        turned = np.concatenate([aside, np.zeros((*aside.shape[:-1], 1))], axis=-1)
        out = np.where(opposite[..., None], turned, out)
    return normalized(out)
