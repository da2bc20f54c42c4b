"""The hoodie in the atlas: knit, folds, ribs, the warm lining and a paw print."""

from __future__ import annotations

import numpy as np

from assets.workshop.atlas import Patch
from assets.workshop.curves import smoothstep
from assets.workshop.rudi import palette
from assets.workshop.rudi.body import BOTTOM, TOP
from assets.workshop.rudi.brush import ellipse, soft


def string(p: Patch) -> None:
    """A twisted cord."""
    p.paint(palette.STRING)
    p.paint(
        palette.LINING_DEEP, 0.35 * smoothstep(0.3, 0.9, np.sin((p.v * 9 + p.u * 3) * np.pi * 2))
    )


def _knit(p: Patch, strength: float = 0.05) -> None:
    """A faint knit."""
    weave = np.sin(p.u * 2 * np.pi * 120) * np.sin(p.v * 2 * np.pi * 120)
    p.paint(np.clip(p.view * (1 + strength * weave[..., None]), 0, 1))


def trunk(p: Patch) -> None:
    """u around (middle is the front), v by height; a paw print on the chest and a pocket."""
    p.gradient([(0, palette.HOODIE_LIGHT), (0.35, palette.HOODIE), (1, palette.HOODIE_DEEP)])
    _knit(p)
    x, y = (p.u - 0.5) * 0.70, TOP - p.v * (TOP - BOTTOM)
    p.paint(palette.HOODIE_DEEP, 0.65 * smoothstep(1.235, 1.285, y))
    for side in (-1, 1):
        for fold in (
            [(0.118, 1.205), (0.088, 1.180), (0.072, 1.150)],
            [(0.130, 1.165), (0.104, 1.140), (0.092, 1.110)],
        ):
            uv = [(0.5 + side * q[0] / 0.70, (TOP - q[1]) / (TOP - BOTTOM)) for q in fold]
            p.paint(palette.HOODIE_DEEP, p.stroke(uv, [2, 9, 1], blur=1.6), 0.75)
    top = y - 1.1680
    mark = soft(ellipse(x, top, (0, -0.0060), (0.0150, 0.0125)), 0.06)
    for toe, tilt in (((0.0185, 0.0075), -0.35), ((0.0070, 0.0150), 0.0)):
        mark = np.maximum(mark, soft(ellipse(np.abs(x), top, toe, (0.0052, 0.0070), tilt), 0.08))
    p.paint(palette.LINING, mark)
    for line in ([(-0.085, 1.05), (-0.060, 1.098), (0.060, 1.098), (0.085, 1.05)],):
        uv = [(0.5 + q[0] / 0.70, (TOP - q[1]) / (TOP - BOTTOM)) for q in line]
        p.paint(palette.HOODIE_SEAM, p.stroke(uv, 2.4), 0.9)
    p.paint(palette.HOODIE_DEEP, smoothstep(0.915, 0.920, p.v))


def sleeve(p: Patch) -> None:
    """u around, v from shoulder to the ribbed cuff."""
    p.gradient([(0, palette.HOODIE_LIGHT), (0.6, palette.HOODIE), (1, palette.HOODIE)])
    _knit(p)
    for u, v, w in ((0.50, 0.62, 0.22), (0.42, 0.70, 0.16), (0.58, 0.55, 0.14), (0.5, 0.80, 0.2)):
        fold = [(u - w, v + 0.02), (u, v), (u + w, v + 0.03)]
        p.paint(palette.HOODIE_DEEP, p.stroke(fold, [1, 7, 1], blur=1.4), 0.55)
    cuff = smoothstep(0.865, 0.875, p.v)
    p.paint(palette.LINING, cuff)
    rib = smoothstep(0.2, 0.8, np.sin(p.u * 2 * np.pi * 26))
    p.paint(palette.LINING_DEEP, 0.6 * cuff * rib)


def hood(p: Patch) -> None:
    """u around the roll, v along it: warm lining inside."""
    p.gradient([(0, palette.HOODIE), (0.5, palette.HOODIE_LIGHT), (1, palette.HOODIE)])
    _knit(p)
    p.paint(palette.LINING, smoothstep(0.600, 0.606, p.u))
    p.paint(palette.LINING_DEEP, 0.5 * smoothstep(0.61, 0.70, p.u))
    p.paint(palette.HOODIE_SEAM, smoothstep(0.006, 0.003, np.abs(p.u - 0.560)), 0.7)
