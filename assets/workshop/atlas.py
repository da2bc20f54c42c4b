"""A painted texture: soft brushes on a float canvas, in rectangles of one atlas.

Colours are sRGB hex. Coordinates of a ``Patch`` are 0..1 of its own rectangle, y down.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from assets.workshop.part import Array
from assets.workshop.shapes import Rect


def rgb(color: str) -> Array:
    """``#rrggbb`` to sRGB in 0..1."""
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def mix(a: str, b: str, t: float) -> str:
    """The colour at ``t`` between two, in sRGB."""
    c = np.rint((rgb(a) * (1 - t) + rgb(b) * t) * 255).astype(int)
    return f"#{c[0]:02x}{c[1]:02x}{c[2]:02x}"


class Atlas:
    """The canvas: ``size`` pixels square, painted at ``oversample`` times that."""

    def __init__(self, size: int = 1024, oversample: int = 2, ground: str = "#ffffff") -> None:
        self.size, self.oversample = size, oversample
        full = size * oversample
        self.pixels: Array = np.ones((full, full, 3)) * rgb(ground)

    def patch(self, x: int, y: int, width: int, height: int) -> Patch:
        """A rectangle in pixels of the finished atlas."""
        return Patch(self, x, y, width, height)

    def image(self) -> Image.Image:
        full = np.clip(self.pixels, 0, 1).astype(np.float32)
        small = cv2.resize(full, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return Image.fromarray(np.rint(small * 255).astype(np.uint8))

    def png(self) -> bytes:
        out = io.BytesIO()
        self.image().save(out, format="PNG", optimize=True)
        return out.getvalue()


class Patch:
    def __init__(self, atlas: Atlas, x: int, y: int, width: int, height: int) -> None:
        k = atlas.oversample
        self.atlas = atlas
        self.view = atlas.pixels[y * k : (y + height) * k, x * k : (x + width) * k]
        self.rect: Rect = tuple(v / atlas.size for v in (x, y, width, height))  # type: ignore[assignment]
        h, w = self.view.shape[:2]
        self.v, self.u = np.meshgrid(
            (np.arange(h) + 0.5) / h, (np.arange(w) + 0.5) / w, indexing="ij"
        )

    def inner(self, margin: float = 1.5) -> Rect:
        """The rectangle without a border of ``margin`` pixels, where filtering would bleed."""
        m = margin / self.atlas.size
        x, y, w, h = self.rect
        return (x + m, y + m, w - 2 * m, h - 2 * m)

    def paint(self, color: str | Array, mask: ArrayLike = 1.0, opacity: float = 1.0) -> None:
        """Lays ``color`` (hex, or an (h, w, 3) picture) over the patch where ``mask`` is 1."""
        ink = rgb(color) if isinstance(color, str) else color
        m = np.broadcast_to(np.clip(np.asarray(mask, float), 0, 1), self.u.shape)[..., None]
        self.view[:] = self.view * (1 - m * opacity) + ink * (m * opacity)

    def multiply(self, color: str, mask: ArrayLike = 1.0, opacity: float = 1.0) -> None:
        """Darkens by ``color`` where ``mask`` is 1."""
        self.paint(self.view * rgb(color), mask, opacity)

    def gradient(self, colors: Sequence[tuple[float, str]], along: Array | None = None) -> None:
        """Fills with colours at positions of ``along`` (default: top to bottom)."""
        at = self.v if along is None else along
        stops = [c[0] for c in colors]
        table = np.stack([rgb(c[1]) for c in colors])
        self.view[:] = np.stack([np.interp(at, stops, table[:, k]) for k in range(3)], -1)

    def spot(
        self,
        center: Sequence[float],
        radii: Sequence[float],
        *,
        soft: float = 1.0,
        angle: float = 0.0,
    ) -> Array:
        """Mask of an ellipse: 1 within (1 - soft) of the radius, fading to 0 at the radius."""
        du, dv = self.u - center[0], self.v - center[1]
        c, s = np.cos(angle), np.sin(angle)
        r = np.hypot((c * du + s * dv) / radii[0], (-s * du + c * dv) / radii[1])
        edge = max(soft, 1e-3)
        t = np.clip((1 - r) / edge, 0, 1)
        return np.asarray(t * t * (3 - 2 * t))

    def polygon(self, points: ArrayLike, *, blur: float = 0.0) -> Array:
        """Mask of a filled polygon; ``blur`` in atlas pixels."""
        h, w = self.u.shape
        mask = np.zeros((h, w), np.uint8)
        corners = np.rint(np.asarray(points) * [w * 16, h * 16]).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, shift=4)
        return self._soft(mask, blur)

    def stroke(
        self, points: ArrayLike, width: float | Sequence[float], *, blur: float = 0.0
    ) -> Array:
        """Mask of a line through ``points``; ``width`` in atlas pixels, one or one a point."""
        h, w = self.u.shape
        p = np.asarray(points, float) * [w, h]
        widths = np.broadcast_to(np.asarray(width, float), (len(p),)) * self.atlas.oversample / 2
        steps = np.linspace(0, len(p) - 1, max(int(np.abs(np.diff(p, axis=0)).sum()), 8))
        at = np.arange(len(p))
        x, y = np.interp(steps, at, p[:, 0]), np.interp(steps, at, p[:, 1])
        r = np.interp(steps, at, widths)
        mask = np.zeros((h, w), np.uint8)
        for cx, cy, radius in zip(x, y, r, strict=True):
            center = (round(cx * 16), round(cy * 16))
            cv2.circle(mask, center, max(round(radius * 16), 1), 255, -1, cv2.LINE_AA, shift=4)
        return self._soft(mask, blur)

    def _soft(self, mask: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], blur: float) -> Array:
        soft = mask.astype(np.float32) / 255
        if blur > 0:
            soft = cv2.GaussianBlur(soft, (0, 0), blur * self.atlas.oversample)
        return np.asarray(soft, float)
