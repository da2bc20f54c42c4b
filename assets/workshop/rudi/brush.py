"""Brushes for fur: frayed edges, single hairs, strands."""

from __future__ import annotations

import itertools

import numpy as np

from assets.workshop.atlas import Patch, rgb
from assets.workshop.curves import smoothstep
from assets.workshop.part import Array


def frayed(x: Array, y: Array, size: float, seed: int) -> tuple[Array, Array]:
    """Coordinates disturbed as the edges of markings in fur are."""
    rng = np.random.default_rng(seed)
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    for k in range(7):
        fx, fy = rng.uniform(120, 520, 2) * rng.choice([-1, 1], 2)
        phase = rng.uniform(0, 2 * np.pi, 2)
        weight = size / (1 + 0.5 * k)
        dx += weight * np.sin(fx * x + fy * y + phase[0])
        dy += weight * np.sin(fy * x - fx * y + phase[1])
    return x + 0.5 * dx, y + 0.5 * dy


def near_line(x: Array, y: Array, points: list[tuple[float, float, float]]) -> Array:
    """Distance to a polyline of (x, y, half width) over the half width there: 1 at the edge."""
    best = np.full_like(x, np.inf)
    for (x0, y0, w0), (x1, y1, w1) in itertools.pairwise(points):
        dx, dy = x1 - x0, y1 - y0
        k = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        d = np.hypot(x - x0 - k * dx, y - y0 - k * dy) / (w0 + k * (w1 - w0))
        best = np.minimum(best, d)
    return best


def ellipse(x: Array, y: Array, center: tuple[float, float], radii: tuple[float, float],
             angle: float = 0.0) -> Array:  # fmt: skip
    """Distance from a centre in radii: 1 on the edge of an ellipse."""
    dx, dy = x - center[0], y - center[1]
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(np.hypot((c * dx + s * dy) / radii[0], (-s * dx + c * dy) / radii[1]))


def soft(r: Array, width: float = 0.12) -> Array:
    """1 inside an edge at 1, fading over ``width`` on both sides."""
    return smoothstep(1 + width, 1 - width, r)


def hair(p: Patch, mask: Array, line: list[tuple[float, float]], width: float) -> None:
    """A tapering stroke added to a mask, drawn only where it lies."""
    h, w = mask.shape
    start, stop = np.array(line[0]) * [w, h], np.array(line[1]) * [w, h]
    low = np.floor(np.minimum(start, stop) - 6).astype(int)
    high = np.ceil(np.maximum(start, stop) + 6).astype(int)
    x0, y0, x1, y1 = max(low[0], 0), max(low[1], 0), min(high[0], w), min(high[1], h)
    if x0 >= x1 or y0 >= y1:
        return
    gx, gy = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    d = stop - start
    k = np.clip(((gx - start[0]) * d[0] + (gy - start[1]) * d[1]) / max(d @ d, 1e-9), 0, 1)
    r = np.hypot(gx - start[0] - k * d[0], gy - start[1] - k * d[1])
    half = width * p.atlas.oversample / 2 * (1 - 0.85 * k)
    part = np.clip(half - r + 0.5, 0, 1)
    mask[y0:y1, x0:x1] = np.maximum(mask[y0:y1, x0:x1], part)


def strands(p: Patch, colors: tuple[str, str, str], seed: int, ink: float = 0.4) -> None:
    """Fur from root (top) to tip (bottom)."""
    p.gradient([(0, colors[0]), (0.5, colors[1]), (1, colors[2])])
    rng = np.random.default_rng(seed)
    light, dark = np.zeros_like(p.u), np.zeros_like(p.u)
    for i in range(220):
        u, v = rng.uniform(0, 1), rng.uniform(-0.05, 0.95)
        line = [(u, v), (u + rng.uniform(-0.02, 0.02), v + rng.uniform(0.08, 0.2))]
        hair(p, light if i % 2 else dark, line, rng.uniform(1.2, 2.6))
    p.paint(np.clip(p.view * 1.12 + 0.02, 0, 1), light, 0.5)
    p.paint(p.view * rgb("#dcb0a0"), dark, ink)
