"""Ani's atlas: skin with blush, irises, hair with a band of shine, clothes, drawn lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.ani import design, layout, outfit, palette
from assets.workshop.atlas import Atlas, Patch, mix, rgb
from assets.workshop.curves import Path, bump2, smoothstep
from assets.workshop.part import Array


def atlas() -> Atlas:
    """The whole picture."""
    canvas = Atlas(1024, 2, palette.SKIN)
    _face(canvas.patch(*layout.FACE))
    _iris(canvas.patch(*layout.IRIS))
    _eye_white(canvas.patch(*layout.EYE_WHITE))
    for area, color in (
        (layout.LASH, palette.LASH),
        (layout.LIP_LINE, palette.LIP_LINE),
        (layout.BROW, palette.BROW),
        (layout.TEETH, palette.TEETH),
        (layout.SHINE, "#ffffff"),
        (layout.SKIN, palette.SKIN),
    ):
        canvas.patch(*area).paint(color)
    canvas.patch(*layout.LID).gradient([(0, palette.LID_EDGE), (1, palette.LASH)])
    _mouth(canvas.patch(*layout.MOUTH))
    _tongue(canvas.patch(*layout.TONGUE))
    _metal(canvas.patch(*layout.METAL))
    _hair(canvas.patch(*layout.HAIR), palette.HAIR_CROWN, band=True, seed=3)
    _tail(canvas.patch(*layout.TAIL))
    _cloth(canvas.patch(*layout.CLOTH))
    _collar(canvas.patch(*layout.COLLAR))
    _knit(canvas.patch(*layout.KNIT))
    _neck(canvas.patch(*layout.NECK))
    _sleeve(canvas.patch(*layout.SLEEVE))
    _ribbon(canvas.patch(*layout.RIBBON))
    _hand(canvas.patch(*layout.HAND))
    return canvas


def _face(p: Patch) -> None:
    x, y, _ = design.SKULL.painted_points(p.u, p.v)
    a = np.abs(x)
    p.paint(palette.SKIN)
    p.paint(palette.SKIN_LIGHT, 0.5 * bump2(a, y, (0, 1.470), (0.05, 0.03)))
    p.paint(palette.BLUSH, 0.42 * bump2(a, y, (0.0475, 1.3885), (0.0135, 0.0075)))
    p.paint(palette.BLUSH, 0.16 * bump2(a, y, (0, 1.3875), (0.0075, 0.0045)))
    p.paint(palette.BLUSH, 0.12 * bump2(a, y, (0, 1.336), (0.012, 0.006)))
    p.paint(palette.BLUSH, 0.22 * bump2(a, y, (0.05, 1.4375), (0.016, 0.005), -0.35))
    upper, _, _ = design.lids()
    above = y - np.interp(a, upper[:, 0], upper[:, 1])
    lid = smoothstep(0.0145, 0.022, a) * smoothstep(0.064, 0.058, a)
    p.paint(palette.LID_SHADOW, 0.5 * lid * smoothstep(0.0075, 0.0, above) * (above > -0.003))
    _blush_strokes(p, x, y)
    lip_low = bump2(a, y, (0, 1.3592), (0.0100, 0.0019))
    lip_up = bump2(a, y, (0.0032, 1.3645), (0.0068, 0.0011))
    p.paint(palette.LIP, np.clip(0.85 * lip_low + 0.70 * lip_up, 0, 1))
    p.paint("#ffffff", 0.55 * bump2(x, y, (0.0022, 1.3587), (0.0022, 0.0006)))
    p.paint(palette.SKIN_SHADE, 0.55 * bump2(a, y, (0, 1.3532), (0.0055, 0.0011)))
    p.paint(palette.NOSE_SHADE, 0.85 * bump2(a, y, (0.0010, 1.3815), (0.0040, 0.0013)))
    p.paint(palette.NOSTRIL, 0.45 * bump2(a, y, (0.0036, 1.3814), (0.0016, 0.0009), 0.25))
    p.paint(palette.SKIN_SHADE, 0.55 * bump2(x, y, (-0.0062, 1.3925), (0.0016, 0.0100), -0.12))
    p.paint("#ffffff", 0.75 * bump2(x, y, (0.0006, 1.3895), (0.0009, 0.0014)))
    p.paint(palette.SKIN_SHADE, 0.30 * bump2(a, y, (0.0115, 1.4225), (0.0032, 0.008), 0.2))
    under_fringe = smoothstep(1.462, 1.492, y)
    p.paint(palette.SKIN_SHADE, 0.75 * under_fringe)
    side = smoothstep(0.066, 0.078, a) * smoothstep(1.40, 1.43, y)
    p.paint(palette.SKIN_SHADE, 0.6 * side)


def _blush_strokes(p: Patch, x: Array, y: Array) -> None:
    """Three soft slanting strokes on each cheek."""
    for i in range(3):
        center = (0.0425 + 0.0048 * i, 1.3880 + 0.0004 * i)
        mark = bump2(np.abs(x), y, center, (0.00055, 0.0030), -0.45)
        p.paint(palette.BLUSH_LINE, 0.30 * mark)


def _iris(p: Patch) -> None:
    """Dark rim, a gradient from deep to bright below, petals of light around the pupil."""
    du, dv = (p.u - 0.5) * 2, (p.v - 0.5) * 2
    r = np.hypot(du, dv)
    angle = np.arctan2(dv, du)
    p.gradient(
        [(0.0, palette.IRIS_DARK), (0.34, palette.IRIS_DEEP), (0.62, palette.IRIS),
         (0.86, palette.IRIS_BRIGHT), (1.0, palette.IRIS_GLOW)]
    )  # fmt: skip
    rays = 0.5 + 0.5 * np.cos(angle * 22 + 1.3 * np.sin(angle * 5))
    fan = smoothstep(0.36, 0.55, r) * smoothstep(0.86, 0.70, r) * smoothstep(-0.15, 0.45, dv)
    p.paint(palette.IRIS_GLOW, 0.42 * fan * rays)
    p.paint(palette.IRIS_ROSE, 0.62 * p.spot((0.5, 0.86), (0.33, 0.17), soft=1.0))
    p.paint(palette.IRIS_GLOW, 0.75 * p.spot((0.5, 0.80), (0.20, 0.085), soft=0.8))
    p.paint(palette.IRIS_DARK, 0.92 * smoothstep(0.42, 0.33, np.hypot(du, (dv + 0.02) * 0.86)))
    ring = smoothstep(0.40, 0.44, np.hypot(du, dv * 0.86)) * smoothstep(
        0.50, 0.46, np.hypot(du, dv * 0.86)
    )
    p.paint(palette.IRIS_BRIGHT, 0.35 * ring)
    p.paint(palette.IRIS_DARK, smoothstep(0.84, 0.97, r))
    p.paint(palette.IRIS_DARK, 0.62 * smoothstep(-0.15, -0.75, dv))
    for u, v, size in ((0.30, 0.70, 0.022), (0.69, 0.66, 0.026), (0.62, 0.76, 0.014)):
        p.paint("#ffffff", 0.85 * p.spot((u, v), (size, size), soft=0.6))


def _eye_white(p: Patch) -> None:
    p.gradient([(0.0, palette.EYE_SHADE), (0.34, palette.EYE_SHADE), (0.50, palette.EYE_WHITE),
                (1.0, palette.EYE_WHITE)])  # fmt: skip
    p.paint(palette.EYE_SHADE, 0.5 * smoothstep(0.82, 1.0, np.abs(p.u - 0.5) * 2))


def _mouth(p: Patch) -> None:
    p.gradient([(0.0, palette.MOUTH), (0.45, palette.MOUTH), (1.0, palette.MOUTH_DEEP)])


def _tongue(p: Patch) -> None:
    p.gradient([(0.0, palette.TONGUE), (0.6, palette.TONGUE), (1.0, palette.TONGUE_DEEP)])
    p.paint(palette.TONGUE_DEEP, 0.55 * p.spot((0.5, 0.45), (0.07, 0.5), soft=0.9))
    p.paint("#ffffff", 0.30 * p.spot((0.34, 0.22), (0.09, 0.07), soft=0.9))


def _metal(p: Patch) -> None:
    p.gradient([(0, palette.GOLD_LIGHT), (0.5, palette.GOLD), (1, palette.GOLD_DEEP)])


def _hair(p: Patch, stops: list[tuple[float, str]], *, band: bool, seed: int) -> None:
    """Root at the top, tip at the bottom; soft strands and a band of shine."""
    p.gradient(stops)
    rng = np.random.default_rng(seed)
    for i in range(22):
        u = (i + rng.uniform(0.2, 0.8)) / 22
        sway = rng.uniform(-0.02, 0.02)
        top = rng.uniform(-0.1, 0.35)
        v = np.linspace(top, rng.uniform(0.75, 1.1), 7)
        line = np.stack([u + sway * np.sin(v * 3), v], 1)
        width = rng.uniform(3.0, 6.5) * np.array([0.2, 0.8, 1, 1, 1, 0.8, 0.2])
        mask = p.stroke(line, width, blur=1.6)
        if i % 2:
            p.multiply(palette.HAIR_STRAND, mask, 0.30)
        else:
            p.paint(palette.HAIR_LIGHT, mask, 0.26)
    at, deep = (0.40, 0.050) if band else (0.235, 0.040)
    glow = np.zeros_like(p.u)
    for i in range(16):
        u = (i + rng.uniform(0.3, 0.7)) / 16
        half = deep * rng.uniform(0.55, 1.35)
        middle = at + rng.uniform(-0.010, 0.010)
        v = np.linspace(middle - half, middle + half, 7)
        width = rng.uniform(13, 19) * np.array([0.05, 0.45, 0.85, 1, 0.85, 0.45, 0.05])
        glow = np.maximum(glow, p.stroke(np.stack([u + 0 * v, v], 1), width, blur=1.4))
    p.paint(palette.HAIR_SHINE, glow, 0.62 if band else 0.34)
    if band:
        p.paint("#ffffff", 0.35 * glow * smoothstep(0.022, 0.006, np.abs(p.v - at)))


def _tail(p: Patch) -> None:
    """One upright strip for each lock of a tail: its own light and shade, a shining patch below
    the tie, and lines of the pen where it meets its neighbours and along it."""
    p.gradient(palette.HAIR_TAIL)
    count, rng = layout.TAIL_STRIPS, np.random.default_rng(8)
    across = p.u * count % 1.0
    ink = p.view * rgb("#d3aacb")
    lilac = smoothstep(0.75, 0.25, p.v)
    p.paint("#ffffff", (0.12 + 0.08 * lilac) * smoothstep(0.34, 0.10, np.abs(across - 0.40)))
    p.multiply(palette.HAIR_STRAND, 0.36 * smoothstep(0.66, 0.98, across))
    for i in range(count * 5):
        u, top = (i + rng.uniform(0.2, 0.8)) / (count * 5), rng.uniform(0.0, 0.5)
        v = np.linspace(top, top + rng.uniform(0.25, 0.5), 7)
        mask = p.stroke(np.stack([u + 0 * v, v], 1), rng.uniform(1.5, 3.0) * _PEN, blur=0.7)
        p.paint("#ffffff" if i % 2 else ink, mask, 0.16 if i % 2 else 0.34)
    shine = np.zeros_like(p.u)
    for i in range(count * 3):
        u, middle = (i + rng.uniform(0.3, 0.7)) / (count * 3), 0.225 + rng.uniform(-0.012, 0.012)
        v = middle + 0.046 * rng.uniform(0.5, 1.3) * np.linspace(-1, 1, 7)
        line = np.stack([u + 0 * v, v], 1)
        shine = np.maximum(shine, p.stroke(line, rng.uniform(7, 13) * _PEN, blur=1.0))
    p.paint(palette.HAIR_SHINE, shine, 0.66)

    def line(u: float, start: float, end: float, width: float, lean: float = 0.0) -> None:
        k = np.linspace(0, 1, 7)
        points = np.stack([u + lean * k, start + (end - start) * k], 1)
        p.paint(ink, p.stroke(points, width * _PEN), 0.9)

    for i in range(count + 1):
        line(i / count, -0.05, rng.uniform(0.28, 0.42), 3.4)
        line(i / count, rng.uniform(0.46, 0.56), 0.84, 3.2)
    for i in range(count):
        lean = rng.uniform(-0.10, 0.10) / count
        line((i + rng.uniform(0.40, 0.66)) / count, rng.uniform(0.55, 0.72), 1.05, 2.2, lean)
        line((i + rng.uniform(0.25, 0.60)) / count, -0.02, rng.uniform(0.14, 0.30), 2.2)


_PEN = np.array([0.15, 0.6, 0.9, 1.0, 0.9, 0.6, 0.15])
"""The width of a stroke along it."""


def _cloth(p: Patch) -> None:
    """The blazer's trunk: u from her left edge around the back, v from neck to hem."""
    p.gradient([(0, palette.BLAZER), (1, palette.BLAZER_DEEP)])
    for u in (0.13, 0.5, 0.87):
        p.paint(palette.BLAZER_SEAM, p.stroke([(u, 0.25), (u, 1)], 1.6), 0.8)
    p.paint(palette.GOLD_DEEP, p.spot((0.016, 0.515), (0.013, 0.0065), soft=0.15))
    p.paint(palette.GOLD, p.spot((0.016, 0.514), (0.010, 0.005), soft=0.15))


def _collar(p: Patch) -> None:
    """Lapel and collar: v from the fold to the edge, which carries a thin rose piping."""
    p.gradient([(0, palette.LAPEL_DEEP), (0.25, palette.LAPEL), (1, palette.LAPEL)])
    p.paint(palette.PIPING, smoothstep(0.935, 0.945, p.v))
    p.paint(palette.PIPING, smoothstep(0.011, 0.008, p.u) * smoothstep(0.40, 0.50, p.v))


def _knit(p: Patch) -> None:
    """Laid on flat from the front: ribs on the collar, fine stitches, the shade of chin and
    lapels, and a thin chain."""
    p.paint(palette.KNIT)
    (left, right), (top, bottom) = outfit.KNIT_FRONT
    x, y = left + (right - left) * p.u, top + (bottom - top) * p.v

    def at(points: Sequence[tuple[float, float]]) -> Array:
        return (np.array(points) - (left, top)) / (right - left, bottom - top)

    stitches = 0.5 + 0.5 * np.cos(2 * np.pi * x / 0.0050)
    p.paint(palette.KNIT_RIB, 0.45 * stitches**2 * smoothstep(1.256, 1.246, y))
    for angle in np.linspace(-1.35, 1.35, 17):
        rib = 0.040 * np.sin(angle)
        line = at([(rib * 0.92, 1.305), (rib, 1.262)])
        p.paint(palette.KNIT_RIB, p.stroke(line, 1.6, blur=0.5), 0.9)
    p.paint(palette.KNIT_SHADE, 0.75 * smoothstep(0.006, 0.0, np.abs(y - 1.2585 + 3.0 * x**2)))
    p.paint(palette.KNIT_SHADE, 0.55 * smoothstep(1.292, 1.304, y))
    edge = outfit.fold(y)
    p.paint(palette.KNIT_SHADE, 0.8 * smoothstep(edge - 0.014, edge + 0.002, np.abs(x)))
    chain = at([(-0.040, 1.262), (-0.032, 1.240), (-0.018, 1.214), (0.0, 1.194),
                (0.018, 1.214), (0.032, 1.240), (0.040, 1.262)])  # fmt: skip
    curve = Path(chain)(np.linspace(0, 1, 40))
    p.paint(palette.GOLD_DEEP, p.stroke(curve, 3.0, blur=0.3), 0.55)
    p.paint(palette.GOLD, p.stroke(curve, 2.0), 1.0)


def _neck(p: Patch) -> None:
    """The throat, in the shade of the chin."""
    p.paint(palette.SKIN)
    fall = p.v - 0.05 * np.cos((p.u - 0.5) * 2 * np.pi)
    p.paint(palette.SKIN_SHADE, 0.85 * smoothstep(0.26, 0.20, fall))


def _sleeve(p: Patch) -> None:
    """u around, v from shoulder to cuff: the turned-back cuff shows the lining."""
    p.gradient([(0, palette.BLAZER), (1, palette.BLAZER_DEEP)])
    p.paint(palette.BLAZER_SEAM, smoothstep(0.904, 0.922, p.v), 0.7)
    p.paint(palette.LINING, smoothstep(0.923, 0.926, p.v))
    p.paint(palette.LINING_DEEP, 0.8 * smoothstep(0.942, 0.928, p.v) * (p.v > 0.925))
    p.paint(palette.BLAZER_SEAM, smoothstep(0.990, 0.994, p.v))


def _ribbon(p: Patch) -> None:
    p.gradient([(0, palette.RIBBON), (0.7, palette.RIBBON), (1, palette.RIBBON_DEEP)])
    p.paint(palette.RIBBON_DEEP, 0.45 * smoothstep(0.06, 0.0, np.abs(p.u - 0.5)))
    for u in (0.08, 0.92):
        p.paint(palette.RIBBON_EDGE, 0.7 * smoothstep(0.05, 0.02, np.abs(p.u - u)))


def _hand(p: Patch) -> None:
    p.gradient([(0, palette.SKIN), (0.7, palette.SKIN), (1, mix(palette.SKIN, palette.BLUSH, 0.3))])
