"""A head as a smooth surface that is a height field where it is seen from the front.

At height y the half width is w(y), and across it z falls from the front profile to the temple along
a superellipse. Behind the ears rows rise towards the nape. ``t`` is the angle around (0 front,
pi back), ``q`` the way down the front profile (m).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from assets.workshop.curves import smoothstep
from assets.workshop.part import Array


@dataclass(frozen=True)
class Skull:
    """``rows`` (R, 5): y, z front, z back, y back, half width, from the crown to the chin.
    ``features(x, y)`` adds to the depth of the front. ``around`` metres of the triangulation plane
    stand for one radian; ``painted`` is (largest |t|, highest y) of the texture."""

    rows: Array
    features: Callable[[Array, Array], Array]
    power: float = 2.2
    around: float = 0.11
    painted: tuple[float, float] = (1.9, 1.5)

    @cached_property
    def _ways(self) -> Array:
        steps = np.hypot(np.diff(self.rows[:, 0]), np.diff(self.rows[:, 1]))
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def depth(self) -> float:
        """The whole way down the front profile."""
        return float(self._ways[-1])

    @cached_property
    def _curves(self) -> list[PchipInterpolator]:
        return [PchipInterpolator(self._ways, self.rows[:, k]) for k in range(5)]

    @cached_property
    def _way_at(self) -> PchipInterpolator:
        return PchipInterpolator(self.rows[::-1, 0], self._ways[::-1])

    def profile_at(self, y: ArrayLike) -> Array:
        """The way q down the front profile at height y."""
        return np.asarray(self._way_at(np.clip(y, self.rows[-1, 0], self.rows[0, 0])))

    def half_width(self, y: ArrayLike) -> Array:
        return np.asarray(self._curves[4](self.profile_at(y)))

    def angle_at(self, x: ArrayLike, y: ArrayLike) -> Array:
        """The angle t (0..pi/2) of the front point (x, y)."""
        ratio = np.clip(np.abs(x) / np.maximum(self.half_width(y), 1e-9), 0, 1)
        return np.asarray(np.arcsin(ratio ** (self.power / 2)))

    def plane_of(self, x: ArrayLike, y: ArrayLike) -> Array:
        """(N, 2) coordinates in the triangulation plane of front points."""
        return np.stack([self.angle_at(x, y) * self.around * np.sign(x), self.profile_at(y)], -1)

    def surface(self, t: ArrayLike, q: ArrayLike, *, detailed: bool = True) -> Array:
        """(N, 3) points at angle ``t`` (signed) and profile way ``q``."""
        t, q = np.asarray(t, float), np.clip(np.asarray(q, float), 0, self.depth)
        y_front, z_front, z_back, y_back, w = (curve(q) for curve in self._curves)
        middle, reach = (z_front + z_back) / 2, (z_front - z_back) / 2
        x = np.sign(t) * w * np.abs(np.sin(t)) ** (2 / self.power)
        cosine = np.cos(t)
        z = middle + reach * np.sign(cosine) * np.abs(cosine) ** (2 / self.power)
        rise = smoothstep(0.0, 1.0, -cosine)
        y = y_front * (1 - rise) + y_back * rise
        if detailed:
            z = z + self.features(x, y) * smoothstep(0.1, 0.5, cosine)
        return np.stack([x, y, z], -1)

    def depth_at(self, x: ArrayLike, y: ArrayLike, *, detailed: bool = True) -> Array:
        """z of the face at front points (x, y)."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        t = self.angle_at(x, y) * np.sign(x)
        return np.asarray(self.surface(t, self.profile_at(y), detailed=detailed)[..., 2])

    def laid(self, flat: Array, lift: Array | float = 0.0) -> Array:
        """(N, 3): front points (N, 2) on the skin, ``lift`` metres in front."""
        return np.column_stack([flat, self.depth_at(flat[:, 0], flat[:, 1]) + lift])

    def unit_uv(self, t: ArrayLike, q: ArrayLike) -> Array:
        """Texture coordinates 0..1 of surface points; beyond the painted part they clamp."""
        limit, top = self.painted[0], float(self.profile_at(self.painted[1]))
        u = np.clip(0.5 + np.asarray(t, float) / (2 * limit), 0, 1)
        v = np.clip((np.asarray(q, float) - top) / (self.depth - top), 0, 1)
        return np.stack([u, v], -1)

    def painted_points(self, u: Array, v: Array) -> tuple[Array, Array, Array]:
        """x and y (m) and the angle t at texture coordinates of ``unit_uv``."""
        limit, top = self.painted[0], float(self.profile_at(self.painted[1]))
        t = (u - 0.5) * 2 * limit
        points = self.surface(t, top + v * (self.depth - top), detailed=False)
        return points[..., 0], points[..., 1], t

    def scattered(
        self,
        fixed: Array,
        spacing_at: Sequence[tuple[float, float, float, float]],
        *,
        widest: float = 0.026,
        step: float = 0.0042,
    ) -> Array:
        """Points that fill half of the plane around ``fixed`` ones. ``spacing_at`` rows are
        (x, q, radius, spacing) of focal regions; spacing grows with distance from them."""
        wide = np.pi * self.around
        rows, columns = round(self.depth / step), round(wide / step)
        r, c = np.meshgrid(np.arange(rows + 1), np.arange(columns + 1), indexing="ij")
        inner = (c > 0) & (c < columns)
        x = (c + 0.5 * (r % 2) * inner) / columns * wide
        candidates = np.stack([x.ravel(), (r / rows * self.depth).ravel()], 1)
        spacing = np.full(len(candidates), widest)
        for fx, fq, radius, small in spacing_at:
            d = np.hypot(candidates[:, 0] - fx, candidates[:, 1] - fq)
            spacing = np.minimum(spacing, small + np.maximum(d - radius, 0) * 0.2)
        order = np.lexsort((spacing, candidates[:, 0] > 0))
        accepted = np.empty((len(fixed) + len(candidates), 2))
        accepted[: len(fixed)] = fixed
        count = len(fixed)
        for i in order:
            p, room = candidates[i], spacing[i]
            if 0 < p[0] < 0.55 * room or wide - 0.55 * room < p[0] < wide:
                continue
            near = accepted[:count] - p
            if np.min(np.hypot(near[:, 0], near[:, 1])) > room * 0.92:
                accepted[count] = p
                count += 1
        return accepted[len(fixed) : count]
