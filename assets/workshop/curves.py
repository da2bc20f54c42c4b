"""Curves and smooth weights: what shapes and morphs are drawn with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline, PchipInterpolator

from assets.workshop.part import Array


def smoothstep(low: float, high: float, x: ArrayLike) -> Array:
    """0 below ``low``, 1 above ``high``, with zero slope at both; ``low`` > ``high`` falls."""
    t = np.clip((np.asarray(x, float) - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def bump(x: ArrayLike, center: float, width: float) -> Array:
    """A Gaussian of height 1; ``width`` is its standard deviation."""
    return np.asarray(np.exp(-0.5 * ((np.asarray(x, float) - center) / width) ** 2))


def bump2(
    x: ArrayLike, y: ArrayLike, center: Sequence[float], widths: Sequence[float], angle: float = 0.0
) -> Array:
    """A Gaussian of two coordinates, its axes turned by ``angle`` radians."""
    dx, dy = np.asarray(x, float) - center[0], np.asarray(y, float) - center[1]
    c, s = np.cos(angle), np.sin(angle)
    u, v = (c * dx + s * dy) / widths[0], (-s * dx + c * dy) / widths[1]
    return np.asarray(np.exp(-0.5 * (u * u + v * v)))


class Profile:
    """A monotone-safe curve through (position, value) pairs (PCHIP: no overshoot)."""

    def __init__(self, *knots: tuple[float, float]) -> None:
        ordered = sorted(knots)
        self._low, self._high = ordered[0][0], ordered[-1][0]
        self._curve = PchipInterpolator([k[0] for k in ordered], [k[1] for k in ordered])

    def __call__(self, x: ArrayLike) -> Array:
        return np.asarray(self._curve(np.clip(np.asarray(x, float), self._low, self._high)))


class Path:
    """A smooth curve in space through ``points`` (K, D), by a parameter in [0, 1] along its
    chord length."""

    def __init__(self, points: ArrayLike) -> None:
        p = np.asarray(points, float)
        steps = np.linalg.norm(np.diff(p, axis=0), axis=1)
        at = np.concatenate([[0.0], np.cumsum(steps)])
        self.length = float(at[-1])
        self._curve = CubicSpline(at / at[-1], p, bc_type="natural")

    def __call__(self, t: ArrayLike) -> Array:
        return np.asarray(self._curve(np.asarray(t, float)))

    def tangent(self, t: ArrayLike) -> Array:
        d = np.asarray(self._curve(np.asarray(t, float), 1))
        return np.asarray(d / np.maximum(np.linalg.norm(d, axis=-1, keepdims=True), 1e-12))


def unit(v: ArrayLike) -> Array:
    """Rows of unit length."""
    a = np.asarray(v, float)
    return np.asarray(a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-12))


def chain_weights(t: ArrayLike, joints: Sequence[str]) -> dict[str, Array]:
    """Skin weights of a chain: ``t`` in [0, 1] from the first joint to the end of the last, blended
    between neighbours."""
    at = np.clip(np.asarray(t, float), 0.0, 1.0) * len(joints) - 0.5
    weights = {}
    for i, joint in enumerate(joints):
        w = np.clip(1.0 - np.abs(at - i), 0.0, 1.0)
        if i == 0:
            w = np.where(at < 0, 1.0, w)
        if i == len(joints) - 1:
            w = np.where(at > i, 1.0, w)
        weights[joint] = np.asarray(w)
    return weights
