"""Rudi's atlas: fur in strokes, markings with soft edges, irises, hoodie."""

from __future__ import annotations

import itertools

import numpy as np

from assets.workshop.atlas import Atlas, Patch, rgb
from assets.workshop.curves import bump2, smoothstep
from assets.workshop.part import Array
from assets.workshop.rudi import design, layout, palette
from assets.workshop.rudi.body import BOTTOM, TOP


def atlas() -> Atlas:
    """The whole picture."""
    canvas = Atlas(1024, 2, palette.FUR)
    _face(canvas.patch(*layout.FACE))
    _strands(canvas.patch(*layout.FUR), (palette.FUR, palette.FUR, palette.FUR_LIGHT), 5)
    _strands(canvas.patch(*layout.CREAM), ("#f7e0cf", palette.CREAM, palette.CREAM), 7, 0.22)
    _strands(canvas.patch(*layout.DARK), (palette.DARK, palette.DARK, palette.DARK_LIGHT), 9)
    _ear(canvas.patch(*layout.EAR))
    _iris(canvas.patch(*layout.IRIS))
    _eye_white(canvas.patch(*layout.EYE_WHITE))
    for area, color in (
        (layout.LINE, palette.LINE),
        (layout.SHINE, "#ffffff"),
        (layout.PAD, palette.PAD),
    ):
        canvas.patch(*area).paint(color)
    canvas.patch(*layout.LID).gradient([(0, palette.LINE), (1, palette.FUR_DARK)])
    canvas.patch(*layout.NOSE).gradient(
        [(0, palette.NOSE_LIGHT), (0.42, palette.NOSE), (1, palette.NOSE)]
    )
    _teeth(canvas.patch(*layout.TEETH))
    _mouth(canvas.patch(*layout.MOUTH))
    _tongue(canvas.patch(*layout.TONGUE))
    _string(canvas.patch(*layout.STRING))
    _tail(canvas.patch(*layout.TAIL))
    _trunk(canvas.patch(*layout.TORSO))
    _sleeve(canvas.patch(*layout.SLEEVE))
    _hood(canvas.patch(*layout.HOOD))
    _paw(canvas.patch(*layout.PAW))
    return canvas


def _frayed(x: Array, y: Array, size: float, seed: int) -> tuple[Array, Array]:
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


def _near_line(x: Array, y: Array, points: list[tuple[float, float, float]]) -> Array:
    """Distance to a polyline of (x, y, half width) over the half width there: 1 at the edge."""
    best = np.full_like(x, np.inf)
    for (x0, y0, w0), (x1, y1, w1) in itertools.pairwise(points):
        dx, dy = x1 - x0, y1 - y0
        k = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        d = np.hypot(x - x0 - k * dx, y - y0 - k * dy) / (w0 + k * (w1 - w0))
        best = np.minimum(best, d)
    return best


def _ellipse(x: Array, y: Array, center: tuple[float, float], radii: tuple[float, float],
             angle: float = 0.0) -> Array:  # fmt: skip
    dx, dy = x - center[0], y - center[1]
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(np.hypot((c * dx + s * dy) / radii[0], (-s * dx + c * dy) / radii[1]))


def _soft(r: Array, width: float = 0.12) -> Array:
    return smoothstep(1 + width, 1 - width, r)


def _face(p: Patch) -> None:
    x, y, t = design.SKULL.painted_points(p.u, p.v)
    turned = np.abs(t)
    a, b = _frayed(np.abs(x), y, 0.0016, 11)
    p.paint(palette.FUR)
    p.paint(palette.FUR_LIGHT, 0.55 * bump2(a, b, (0, 1.440), (0.020, 0.040)))
    p.paint(palette.FUR_LIGHT, 0.40 * bump2(a, b, (0.075, 1.415), (0.020, 0.020)))
    p.paint(palette.FUR_DEEP, 0.30 * smoothstep(1.480, 1.510, b))
    p.paint(palette.FUR_DEEP, 0.75 * smoothstep(1.25, 1.75, turned))
    # On the temple x turns back; the cheek's patch goes on around the head.
    width = design.SKULL.half_width(y)
    around = np.where(turned > np.pi / 2, 2 * width - a, a)
    cheek = _soft(_ellipse(around, b, (0.1180, 1.3500), (0.0520, 0.0320), -0.42), 0.12)
    p.paint(palette.CREAM, cheek)
    stripe = _near_line(
        a, b, [(0.0560, 1.3950, 0.0120), (0.0660, 1.3740, 0.0110), (0.0760, 1.3480, 0.0120),
               (0.0760, 1.3220, 0.0130), (0.0640, 1.3000, 0.0150)]
    )  # fmt: skip
    p.paint(palette.MASK, smoothstep(1.24, 0.80, stripe) * smoothstep(1.400, 1.385, b))
    p.paint(palette.FUR_DARK, 0.80 * smoothstep(1.316, 1.300, b))
    muzzle = np.minimum(
        _ellipse(a, b, (0, 1.3480), (0.0530, 0.0370)),
        _near_line(a, b, [(0, 1.360, 0.030), (0, 1.396, 0.0165), (0, 1.408, 0.006)]),
    )
    p.paint(palette.CREAM, _soft(muzzle, 0.10))
    p.paint(palette.CREAM_SHADE, 0.45 * bump2(a, y, (0, 1.3180), (0.026, 0.007)))
    eye = _ellipse(a, y, (0.0515, 1.4025), (0.0280, 0.0273))
    low = smoothstep(1.428, 1.398, y - 0.35 * (np.abs(x) - 0.0515))
    p.paint(palette.MASK, 0.85 * low * smoothstep(1.24, 0.98, eye))
    p.paint(palette.FUR_DEEP, 0.45 * (1 - low) * smoothstep(1.20, 1.0, eye))
    brow = _ellipse(a, b, (0.0500, 1.4515), (0.0225, 0.0095), -0.10)
    p.paint(palette.CREAM, _soft(brow, 0.16))
    p.paint("#f7a59a", 0.34 * bump2(a, y, (0.0880, 1.3640), (0.0120, 0.0080)))
    _whiskers(p, x, y)
    _fur(p)


def _whiskers(p: Patch, x: Array, y: Array) -> None:
    """Three rows of dots on each whisker pad."""
    for cx, cy in ((0.0190, 1.3570), (0.0260, 1.3585), (0.0170, 1.3500), (0.0250, 1.3510),
                   (0.0325, 1.3535)):  # fmt: skip
        p.paint(
            palette.FUR_DARK, 0.75 * _soft(_ellipse(np.abs(x), y, (cx, cy), (0.0011, 0.0011)), 0.4)
        )


def _fur(p: Patch) -> None:
    """Short strokes that run away from the nose."""
    rng = np.random.default_rng(21)
    light, dark = np.zeros_like(p.u), np.zeros_like(p.u)
    nose_u, nose_v = 0.5, float(design.SKULL.profile_at(1.385) / design.SKULL.depth)
    for i in range(900):
        u, v = rng.uniform(0.02, 0.5), rng.uniform(0.03, 0.97)
        way = np.array([(u - nose_u) * 2.0, v - nose_v])
        far = np.linalg.norm(way)
        if far < 0.10:
            continue
        way = way / far + [0, 0.15]
        length = rng.uniform(0.018, 0.040)
        line = [(u, v), (u + way[0] * length * 0.5, v + way[1] * length)]
        other = [(1 - q[0], q[1]) for q in line]
        width = rng.uniform(0.9, 1.9)
        for stroke in (line, other):
            _add(p, light if i % 3 else dark, stroke, width)
    p.paint(np.clip(p.view * 1.10 + 0.02, 0, 1), light, 0.50)
    p.paint(p.view * rgb("#e2b8a2"), dark, 0.38)


def _add(p: Patch, mask: Array, line: list[tuple[float, float]], width: float) -> None:
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


def _strands(p: Patch, colors: tuple[str, str, str], seed: int, ink: float = 0.4) -> None:
    """Fur from root (top) to tip (bottom)."""
    p.gradient([(0, colors[0]), (0.5, colors[1]), (1, colors[2])])
    rng = np.random.default_rng(seed)
    light, dark = np.zeros_like(p.u), np.zeros_like(p.u)
    for i in range(220):
        u, v = rng.uniform(0, 1), rng.uniform(-0.05, 0.95)
        line = [(u, v), (u + rng.uniform(-0.02, 0.02), v + rng.uniform(0.08, 0.2))]
        _add(p, light if i % 2 else dark, line, rng.uniform(1.2, 2.6))
    p.paint(np.clip(p.view * 1.12 + 0.02, 0, 1), light, 0.5)
    p.paint(p.view * rgb("#dcb0a0"), dark, ink)


def _ear(p: Patch) -> None:
    """Rust rim, white fur, and a shaded hollow; the texture lies flat on the ear."""
    x, y = (p.u - 0.5) * 2, (p.v - 0.5) * 2
    a, b = _frayed(x * 0.05, y * 0.05, 0.0014, 3)
    a, b = a * 20, b * 20
    p.paint(palette.FUR)
    p.paint(palette.FUR_LIGHT, smoothstep(0.78, 0.95, np.hypot(x, y)) * 0.6)
    inner = np.hypot(a, b - 0.08)
    p.paint(palette.CREAM, smoothstep(0.80, 0.68, inner))
    p.paint("#e8a08c", 0.85 * smoothstep(0.56, 0.22, np.hypot(a, b - 0.14)))
    p.paint(palette.FUR_DARK, 0.65 * smoothstep(0.42, 0.05, np.hypot(a, b - 0.36)))
    rng = np.random.default_rng(31)
    light = np.zeros_like(x)
    for _ in range(60):
        angle = rng.uniform(0, 2 * np.pi)
        r0, r1 = 0.40, rng.uniform(0.24, 0.32)
        line = [(0.5 + r0 * np.cos(angle), 0.52 + r0 * np.sin(angle)),
                (0.5 + r1 * np.cos(angle), 0.54 + r1 * np.sin(angle))]  # fmt: skip
        _add(p, light, line, rng.uniform(2.5, 5))
    p.paint(palette.CREAM, light, 0.85)


def _iris(p: Patch) -> None:
    """Dark rim, amber growing brighter below, a large pupil."""
    du, dv = (p.u - 0.5) * 2, (p.v - 0.5) * 2
    r, angle = np.hypot(du, dv), np.arctan2(dv, du)
    p.gradient([(0.0, palette.IRIS_DARK), (0.30, palette.IRIS_DEEP), (0.58, palette.IRIS),
                (0.84, palette.IRIS_BRIGHT), (1.0, palette.IRIS_GLOW)])  # fmt: skip
    rays = 0.5 + 0.5 * np.cos(angle * 24 + 1.2 * np.sin(angle * 5))
    fan = smoothstep(0.50, 0.66, r) * smoothstep(0.92, 0.78, r) * smoothstep(-0.1, 0.5, dv)
    p.paint(palette.IRIS_GLOW, 0.50 * fan * rays)
    p.paint(palette.IRIS_GLOW, 0.75 * p.spot((0.5, 0.84), (0.26, 0.11), soft=0.9))
    p.paint(palette.IRIS_DARK, 0.97 * smoothstep(0.60, 0.50, np.hypot(du, (dv + 0.03) * 0.94)))
    p.paint(palette.IRIS_DARK, smoothstep(0.84, 0.97, r))
    p.paint(palette.IRIS_DARK, 0.55 * smoothstep(-0.15, -0.75, dv))
    for u, v, size in ((0.27, 0.70, 0.024), (0.73, 0.68, 0.020)):
        p.paint("#ffffff", 0.7 * p.spot((u, v), (size, size), soft=0.6))


def _eye_white(p: Patch) -> None:
    p.gradient([(0.0, palette.EYE_SHADE), (0.30, palette.EYE_SHADE), (0.50, palette.EYE_WHITE),
                (1.0, palette.EYE_WHITE)])  # fmt: skip


def _teeth(p: Patch) -> None:
    p.paint(palette.TEETH)
    for k in range(1, 8):
        p.paint("#d9c4bd", 0.8 * smoothstep(0.012, 0.004, np.abs(p.u - k / 8)))


def _mouth(p: Patch) -> None:
    p.gradient([(0.0, palette.MOUTH), (0.40, palette.MOUTH), (1.0, palette.MOUTH_DEEP)])


def _tongue(p: Patch) -> None:
    p.gradient([(0.0, palette.TONGUE), (0.6, palette.TONGUE), (1.0, palette.TONGUE_DEEP)])
    p.paint(palette.TONGUE_DEEP, 0.60 * p.spot((0.5, 0.45), (0.06, 0.5), soft=0.9))
    p.paint("#ffffff", 0.30 * p.spot((0.34, 0.22), (0.09, 0.07), soft=0.9))


def _string(p: Patch) -> None:
    p.paint(palette.STRING)
    p.paint(
        palette.LINING_DEEP, 0.35 * smoothstep(0.3, 0.9, np.sin((p.v * 9 + p.u * 3) * np.pi * 2))
    )


def _tail(p: Patch) -> None:
    """Rings of rust and cream from root to tip, edges frayed along the fur."""
    rng = np.random.default_rng(17)
    jag = np.zeros_like(p.u)
    for k, frequency in enumerate((9, 17, 31)):
        jag += 0.010 / (1 + k) * np.sin(p.u * 2 * np.pi * frequency + rng.uniform(0, 6))
    v = p.v + jag
    p.paint(palette.FUR)
    ring = 0.5 + 0.5 * np.cos(v * 2 * np.pi * 5.5)
    p.paint("#f7c48c", smoothstep(0.45, 0.62, ring))
    p.paint(palette.FUR_DARK, smoothstep(0.905, 0.935, v))
    light, dark = np.zeros_like(p.u), np.zeros_like(p.u)
    for i in range(420):
        u, at = rng.uniform(0, 1), rng.uniform(-0.02, 0.96)
        line = [(u, at), (u + rng.uniform(-0.01, 0.01), at + rng.uniform(0.03, 0.07))]
        _add(p, light if i % 2 else dark, line, rng.uniform(1.2, 2.4))
    p.paint(np.clip(p.view * 1.12 + 0.02, 0, 1), light, 0.5)
    p.paint(p.view * rgb("#dcb0a0"), dark, 0.45)


def _knit(p: Patch, strength: float = 0.05) -> None:
    """A faint knit."""
    weave = np.sin(p.u * 2 * np.pi * 120) * np.sin(p.v * 2 * np.pi * 120)
    p.paint(np.clip(p.view * (1 + strength * weave[..., None]), 0, 1))


def _trunk(p: Patch) -> None:
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
    mark = _soft(_ellipse(x, top, (0, -0.0060), (0.0150, 0.0125)), 0.06)
    for toe, tilt in (((0.0185, 0.0075), -0.35), ((0.0070, 0.0150), 0.0)):
        mark = np.maximum(mark, _soft(_ellipse(np.abs(x), top, toe, (0.0052, 0.0070), tilt), 0.08))
    p.paint(palette.LINING, mark)
    for line in ([(-0.085, 1.05), (-0.060, 1.098), (0.060, 1.098), (0.085, 1.05)],):
        uv = [(0.5 + q[0] / 0.70, (TOP - q[1]) / (TOP - BOTTOM)) for q in line]
        p.paint(palette.HOODIE_SEAM, p.stroke(uv, 2.4), 0.9)
    p.paint(palette.HOODIE_DEEP, smoothstep(0.915, 0.920, p.v))


def _sleeve(p: Patch) -> None:
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


def _hood(p: Patch) -> None:
    """u around the roll, v along it: warm lining inside."""
    p.gradient([(0, palette.HOODIE), (0.5, palette.HOODIE_LIGHT), (1, palette.HOODIE)])
    _knit(p)
    p.paint(palette.LINING, smoothstep(0.600, 0.606, p.u))
    p.paint(palette.LINING_DEEP, 0.5 * smoothstep(0.61, 0.70, p.u))
    p.paint(palette.HOODIE_SEAM, smoothstep(0.006, 0.003, np.abs(p.u - 0.560)), 0.7)


def _paw(p: Patch) -> None:
    _strands(p, (palette.DARK, palette.DARK_LIGHT, palette.DARK_LIGHT), 13)
