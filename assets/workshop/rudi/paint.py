"""Rudi's atlas: fur in strokes, markings with soft edges, irises."""

from __future__ import annotations

import numpy as np

from assets.workshop.atlas import Atlas, Patch, rgb
from assets.workshop.curves import bump2, smoothstep
from assets.workshop.part import Array
from assets.workshop.rudi import design, layout, paint_hoodie, palette
from assets.workshop.rudi.brush import ellipse, frayed, hair, near_line, soft, strands


def atlas() -> Atlas:
    """The whole picture."""
    canvas = Atlas(1024, 2, palette.FUR)
    _face(canvas.patch(*layout.FACE))
    strands(canvas.patch(*layout.FUR), (palette.FUR, palette.FUR, palette.FUR_LIGHT), 5)
    strands(canvas.patch(*layout.CREAM), ("#f7e0cf", palette.CREAM, palette.CREAM), 7, 0.22)
    strands(canvas.patch(*layout.DARK), (palette.DARK, palette.DARK, palette.DARK_LIGHT), 9)
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
    paint_hoodie.string(canvas.patch(*layout.STRING))
    _tail(canvas.patch(*layout.TAIL))
    paint_hoodie.trunk(canvas.patch(*layout.TORSO))
    paint_hoodie.sleeve(canvas.patch(*layout.SLEEVE))
    paint_hoodie.hood(canvas.patch(*layout.HOOD))
    _paw(canvas.patch(*layout.PAW))
    return canvas


def _face(p: Patch) -> None:
    x, y, t = design.SKULL.painted_points(p.u, p.v)
    turned = np.abs(t)
    a, b = frayed(np.abs(x), y, 0.0016, 11)
    p.paint(palette.FUR)
    p.paint(palette.FUR_LIGHT, 0.55 * bump2(a, b, (0, 1.440), (0.020, 0.040)))
    p.paint(palette.FUR_LIGHT, 0.40 * bump2(a, b, (0.075, 1.415), (0.020, 0.020)))
    p.paint(palette.FUR_DEEP, 0.30 * smoothstep(1.480, 1.510, b))
    p.paint(palette.FUR_DEEP, 0.75 * smoothstep(1.25, 1.75, turned))
    # On the temple x turns back; the cheek's patch goes on around the head.
    width = design.SKULL.half_width(y)
    around = np.where(turned > np.pi / 2, 2 * width - a, a)
    cheek = soft(ellipse(around, b, (0.1180, 1.3500), (0.0520, 0.0320), -0.42), 0.12)
    p.paint(palette.CREAM, cheek)
    stripe = near_line(
        a, b, [(0.0560, 1.3950, 0.0120), (0.0660, 1.3740, 0.0110), (0.0760, 1.3480, 0.0120),
               (0.0760, 1.3220, 0.0130), (0.0640, 1.3000, 0.0150)]
    )  # fmt: skip
    p.paint(palette.MASK, smoothstep(1.24, 0.80, stripe) * smoothstep(1.400, 1.385, b))
    p.paint(palette.FUR_DARK, 0.80 * smoothstep(1.316, 1.300, b))
    muzzle = np.minimum(
        ellipse(a, b, (0, 1.3480), (0.0530, 0.0370)),
        near_line(a, b, [(0, 1.360, 0.030), (0, 1.396, 0.0165), (0, 1.408, 0.006)]),
    )
    p.paint(palette.CREAM, soft(muzzle, 0.10))
    p.paint(palette.CREAM_SHADE, 0.45 * bump2(a, y, (0, 1.3180), (0.026, 0.007)))
    eye = ellipse(a, y, (0.0515, 1.4025), (0.0280, 0.0273))
    low = smoothstep(1.428, 1.398, y - 0.35 * (np.abs(x) - 0.0515))
    p.paint(palette.MASK, 0.85 * low * smoothstep(1.24, 0.98, eye))
    p.paint(palette.FUR_DEEP, 0.45 * (1 - low) * smoothstep(1.20, 1.0, eye))
    brow = ellipse(a, b, (0.0500, 1.4515), (0.0225, 0.0095), -0.10)
    p.paint(palette.CREAM, soft(brow, 0.16))
    p.paint("#f7a59a", 0.34 * bump2(a, y, (0.0880, 1.3640), (0.0120, 0.0080)))
    _whiskers(p, x, y)
    _fur(p)


def _whiskers(p: Patch, x: Array, y: Array) -> None:
    """Three rows of dots on each whisker pad."""
    for cx, cy in ((0.0190, 1.3570), (0.0260, 1.3585), (0.0170, 1.3500), (0.0250, 1.3510),
                   (0.0325, 1.3535)):  # fmt: skip
        p.paint(
            palette.FUR_DARK, 0.75 * soft(ellipse(np.abs(x), y, (cx, cy), (0.0011, 0.0011)), 0.4)
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
            hair(p, light if i % 3 else dark, stroke, width)
    p.paint(np.clip(p.view * 1.10 + 0.02, 0, 1), light, 0.50)
    p.paint(p.view * rgb("#e2b8a2"), dark, 0.38)


def _ear(p: Patch) -> None:
    """Rust rim, white fur, and a shaded hollow; the texture lies flat on the ear."""
    x, y = (p.u - 0.5) * 2, (p.v - 0.5) * 2
    a, b = frayed(x * 0.05, y * 0.05, 0.0014, 3)
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
        hair(p, light, line, rng.uniform(2.5, 5))
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
        hair(p, light if i % 2 else dark, line, rng.uniform(1.2, 2.4))
    p.paint(np.clip(p.view * 1.12 + 0.02, 0, 1), light, 0.5)
    p.paint(p.view * rgb("#dcb0a0"), dark, 0.45)


def _paw(p: Patch) -> None:
    strands(p, (palette.DARK, palette.DARK_LIGHT, palette.DARK_LIGHT), 13)
