"""Quaternion arithmetic, (x, y, z, w), unit length.

Formulas: J. Diebel, "Representing Attitude: Euler Angles, Unit Quaternions, and Rotation Vectors",
2006; K. Shoemake, "Animating Rotation with Quaternion Curves", SIGGRAPH 1985 (slerp).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Quaternion = NDArray[np.floating]

IDENTITY = np.array([0.0, 0.0, 0.0, 1.0], np.float32)


def multiply(a: Quaternion, b: Quaternion) -> NDArray[np.float64]:
    """The rotation ``b`` followed by ``a``."""
    ax, ay, az, aw = a.tolist()
    bx, by, bz, bw = b.tolist()
    return np.array(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ]
    )


def inverse(q: Quaternion) -> NDArray[np.float64]:
    return np.array([-q[0], -q[1], -q[2], q[3]], np.float64)


def between(start: Quaternion, end: Quaternion) -> NDArray[np.float64]:
    """The rotation that turns ``start`` into ``end``, applied after ``start``."""
    return multiply(end, inverse(start))


def to_vector(q: Quaternion) -> NDArray[np.float64]:
    """Rotation vector (axis times angle in radians, the shorter way round)."""
    x, y, z, w = (q if q[3] >= 0 else -q).tolist()
    sine = math.sqrt(x * x + y * y + z * z)
    scale = 2.0 if sine < 1e-9 else 2.0 * math.atan2(sine, w) / sine
    return np.array([x * scale, y * scale, z * scale])


def from_vector(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    x, y, z = vector.tolist()
    angle = math.sqrt(x * x + y * y + z * z)
    scale = 0.5 if angle < 1e-9 else math.sin(angle / 2) / angle
    return np.array([x * scale, y * scale, z * scale, math.cos(angle / 2)])


def slerp(a: Quaternion, b: Quaternion, t: float) -> NDArray[np.float64]:
    """From ``a`` (t = 0) to ``b`` (t = 1) along the shorter arc at constant speed."""
    mixed = multiply(from_vector(to_vector(between(a, b)) * t), a)
    return np.asarray(mixed / np.linalg.norm(mixed))


def from_matrix(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Quaternion of a (3, 3) rotation matrix, by its largest component, w >= 0
    (Diebel 2006, 6.5)."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix.tolist()
    squares = (1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz, 1 + xx + yy + zz)
    rows = (
        (squares[0], xy + yx, zx + xz, zy - yz),
        (xy + yx, squares[1], yz + zy, xz - zx),
        (zx + xz, yz + zy, squares[2], yx - xy),
        (zy - yz, xz - zx, yx - xy, squares[3]),
    )
    chosen = rows[squares.index(max(squares))]
    length = math.copysign(math.sqrt(sum(value * value for value in chosen)), chosen[3])
    return np.array(chosen) / length


def to_yaw_pitch_roll(q: Quaternion) -> tuple[float, float, float]:
    """Degrees about y, then the turned x, then the turned z (intrinsic Y-X-Z): how far the head
    turns, nods and tilts."""
    x, y, z, w = (float(v) for v in q)
    yaw = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    pitch = math.asin(max(-1.0, min(1.0, 2 * (w * x - y * z))))
    roll = math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def from_yaw_pitch_roll(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """The inverse of ``to_yaw_pitch_roll``; degrees."""

    def about(axis: int, degrees: float) -> NDArray[np.float64]:
        vector = np.zeros(3)
        vector[axis] = math.radians(degrees)
        return from_vector(vector)

    return multiply(multiply(about(1, yaw), about(0, pitch)), about(2, roll))
