"""The left eye: white, iris, lights, lid edges, lashes, crease and brow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assets.workshop import face_lines
from assets.workshop.ani import design, layout
from assets.workshop.ani.moves import MOVES, followed
from assets.workshop.curves import Profile, smoothstep
from assets.workshop.face_lines import across, band, laid, strip
from assets.workshop.part import Array, Part, smooth_normals
from assets.workshop.shapes import disc, grid, grid_triangles, into, pixels

RECESS = 0.0098
"""How far the eye lies behind the skin (m)."""

Lids = tuple[Array, Array]


def rims() -> Lids:
    """(N, 3) upper and lower rim on the skin."""
    upper, lower, _ = design.lids()

    def lift(p: Array) -> Array:
        return np.column_stack([p, design.SKULL.depth_at(p[:, 0], p[:, 1])])

    return lift(upper), lift(lower)


def eye_depth(x: Array, y: Array) -> Array:
    """z of the eye's white."""
    return np.asarray(design.SKULL.depth_at(x, y, detailed=False) - RECESS)


def white() -> Part:
    upper, lower, _ = (rim[::3] for rim in design.lids())
    middle = np.array(design.IRIS)
    up = middle + (upper - middle) * 1.22 + [0, 0.004]
    low = middle + (lower - middle) * 1.20
    k = np.linspace(0, 1, 4)[:, None, None]
    flat = up * (1 - k) + low * k
    z = eye_depth(flat[..., 0], flat[..., 1])
    part = grid(
        "eye_white", "eye", np.concatenate([flat, z[..., None]], -1)[:, ::-1],
        pixels(layout.EYE_WHITE), flip=True,
    )  # fmt: skip
    return part.bound_to("head").in_mesh("face")


def _on_eye(flat: Array, lift: Array | float) -> Array:
    return np.column_stack([flat, eye_depth(flat[:, 0], flat[:, 1]) + lift])


def iris() -> Part:
    """A disc that slides over the white; its morphs are the gaze."""
    part = disc(
        "iris", "ink", (*design.IRIS, 0), design.IRIS_RADII, pixels(layout.IRIS, 1),
        rings=2, columns=20,
    )  # fmt: skip
    flat = part.positions[:, :2] - design.IRIS
    r2 = ((flat / design.IRIS_RADII) ** 2).sum(1)
    lift = 0.0010 + 0.0006 * (1 - r2)
    part.positions = _on_eye(flat + design.IRIS, lift)
    for name, move in MOVES.items():
        if move.gaze != (0.0, 0.0) or move.iris_scale != 1.0:
            there = flat * move.iris_scale + design.IRIS + move.gaze
            part.morphs[name] = _on_eye(there, lift) - part.positions
            part.morph_normals[name] = np.zeros_like(part.positions)
    part.normals = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    return part.bound_to("leftEye").in_mesh("face")


def light(center: tuple[float, float], radii: tuple[float, float], tilt: float) -> Part:
    """A reflection on the iris; it follows the gaze half way."""
    part = disc("eye_light", "ink", (0, 0, 0), radii, pixels(layout.SHINE, 16), rings=1, columns=10)
    c, s = np.cos(tilt), np.sin(tilt)
    flat = part.positions[:, :2] @ np.array([[c, s], [-s, c]])
    at = flat + design.IRIS + np.array(center)
    part.positions = _on_eye(at, 0.0022)
    for name, move in MOVES.items():
        if move.gaze != (0.0, 0.0) or move.iris_scale != 1.0:
            there = flat + design.IRIS + np.array(center) * move.iris_scale
            there = there + 0.7 * np.array(move.gaze)
            part.morphs[name] = _on_eye(there, 0.0022) - part.positions
            part.morph_normals[name] = np.zeros_like(part.positions)
    part.normals = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    return part.bound_to("leftEye").in_mesh("face")


def edge(name: str, material: str, rim: Array, moved: dict[str, Array], area: object) -> Part:
    """The thickness of a lid: a wall from the rim back to the white."""
    back = rim + np.array([0, 0, -RECESS - 0.001])
    points = np.stack([rim + np.array([0, 0, 0.0002]), back])
    rows, columns = points.shape[:2]
    along = smoothstep(0.15, 0.55, np.linspace(0, 1, columns))
    uv = np.column_stack([np.full(rows * columns, 0.5), np.tile(along, rows)])
    triangles = grid_triangles(rows, columns)
    part = Part(
        name, material, points.reshape(-1, 3), triangles,
        into(pixels(area, 4), uv), skin={"head": np.ones(rows * columns)}, mesh="face",
        morphs={k: np.concatenate([d, d]) for k, d in moved.items() if np.abs(d).max() > 1e-6},
    )  # fmt: skip
    towards = np.array([*design.IRIS, 0.08]) - part.positions[part.triangles].mean(1)
    normals = smooth_normals(part.positions, part.triangles)[part.triangles[:, 0]]
    if np.einsum("ij,ij->i", towards, normals).sum() < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    return part


_LASH = Profile((0, 0.0006), (0.12, 0.0016), (0.35, 0.0030), (0.7, 0.0038), (1.0, 0.0033))
_WING = 5


def _lash_shape(line: Array) -> Array:
    """The upper lash: thicker outwards, ending in a wing whose direction follows the lid."""
    s = np.linspace(0, 1, len(line))
    chord = line[-1, :2] - line[len(line) // 2, :2]
    angle = np.radians(24) - 0.55 * (np.arctan2(chord[1], chord[0]) + np.radians(37))
    reach = np.linspace(0, 1, _WING + 1)[1:]
    bend = angle + 0.35 * reach
    steps = 0.0072 / _WING * np.stack([np.cos(bend), np.sin(bend)], 1)
    wing = line[-1, :2] + np.cumsum(steps, axis=0)
    normal = across(line)
    normal[-4:] = normal[-4] * 0.5 + 0.5 * normal[-4:]
    tip = np.array([-np.sin(angle), np.cos(angle)])
    up = line[:, :2] + normal * _LASH(s)[:, None]
    down = line[:, :2] - normal * (0.0007 * smoothstep(0, 0.2, s))[:, None]
    body = (0.0030 * (1 - reach) ** 0.9)[:, None]
    up = np.concatenate([up, wing + tip * body * 0.75])
    down = np.concatenate([down, wing - tip * body * 0.25])
    like = np.concatenate([line, np.repeat(line[-1:], _WING, 0)])
    return np.stack([laid(design.SKULL, up, like, 0.0034), laid(design.SKULL, down, like, 0.0026)])


_UPPER_RIM_Y = design.lids()[0][:, 1]


def _crease(line: Array) -> Array:
    """The fold above the upper lid, parallel to its rim."""
    away = 0.0066
    half = 0.00085 * np.sin(np.pi * np.linspace(0, 1, len(line) - 7)) ** 0.6
    wide = np.pad(half, (5, 2))
    # The lid bulges where it comes down over the eye.
    lift = 0.0018 + 0.11 * np.maximum(_UPPER_RIM_Y - line[:, 1], 0)
    fold = band(design.SKULL, [away + wide, away - wide], [lift, lift])
    return fold(line)[:, 5:-2]


def _lashlet(at: float, length: float, lean: float) -> object:
    """A single lash standing out of the lid at ``at``."""

    def shape(line: Array) -> Array:
        i = round(at * (len(line) - 1))
        normal = across(line)[i]
        tangent = np.array([normal[1], -normal[0]])
        root = line[i, :2] + normal * _LASH(np.array(at)) * 0.6
        tip = root + (normal * np.cos(lean) + tangent * np.sin(lean)) * length
        width = tangent * 0.0013
        flat = np.stack([root - width, (root * 0.45 + tip * 0.55) - 0.2 * width, tip])
        other = np.stack([root + width, (root * 0.45 + tip * 0.55) + 0.9 * width, tip])
        like = np.repeat(line[i : i + 1], 3, 0)
        return np.stack(
            [laid(design.SKULL, flat, like, 0.0026), laid(design.SKULL, other, like, 0.0026)]
        )

    return shape


def lines(names: Sequence[str]) -> list[Part]:
    """Lashes, crease and lid edges with all their movements."""
    upper, lower = rims()
    with_upper, with_lower = followed(upper, names), followed(lower, names)
    lash = pixels(layout.LASH, 8)
    parts = [
        strip("lash_upper", "ink", upper, with_upper, _lash_shape, lash),
        edge("lid_edge_upper", "mouth", upper, with_upper, layout.LID),
        edge("lid_edge_lower", "mouth", lower, with_lower, layout.SKIN),
    ]
    for at, length, lean in ((0.97, 0.0062, 1.30),):
        parts.append(strip("lashlet", "ink", upper, with_upper, _lashlet(at, length, lean), lash))
    s = np.linspace(0, 1, len(lower))
    thin = (0.0011 + 0.0004 * smoothstep(0.3, 0.85, s)) * smoothstep(0.0, 0.12, s)
    shape = band(design.SKULL, [0.3 * thin, -thin], [0.0022, 0.0022])
    line = strip("lash_lower", "ink", lower, with_lower, shape, lash)
    darker = np.tile(0.25 + 0.75 * smoothstep(0.1, 0.8, s), 2)
    line.uvs = into(pixels(layout.LID, 4), np.column_stack([0 * darker + 0.5, darker]))
    parts.append(line)
    parts.append(strip("lid_crease", "ink", upper, with_upper, _crease, pixels(layout.LIP_LINE, 8)))
    return parts


_BROW_UP = Profile(
    (0, 0.0002), (0.03, 0.0011), (0.12, 0.0021), (0.5, 0.0025), (0.8, 0.0018), (1, 0.0003)
)
_BROW_DOWN = Profile(
    (0, 0.0004), (0.04, 0.0015), (0.12, 0.0021), (0.5, 0.0015), (0.8, 0.0008), (1, 0.0002)
)


def brow(names: Sequence[str], lift: tuple[float, float] = (0.0125, 0.0095)) -> Part:
    """The brow, in front of the fringe."""
    s = np.linspace(0, 1, 11)
    rise = lift[0] + (lift[1] - lift[0]) * s
    flat = design.BROW(s)
    line = np.column_stack([flat, design.SKULL.depth_at(flat[:, 0], flat[:, 1])])

    def shape(moved: Array) -> Array:
        # A raised brow also comes forward, over the thicker hair there.
        lifted = rise + 0.75 * np.maximum(moved[:, 1] - line[:, 1], 0)
        return band(design.SKULL, [_BROW_UP(s), -_BROW_DOWN(s)], [lifted, lifted])(moved)

    # Lids close under a brow that stays.
    moves = {name: replace(move, upper_lid=None, lower_lid=None) for name, move in MOVES.items()}
    moved = face_lines.followed(design.DRAWING, moves, line, names)
    return strip("brow", "ink", line, moved, shape, pixels(layout.BROW, 8))
