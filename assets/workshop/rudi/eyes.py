"""The left eye: white, iris, lights, thickness of the lids, dark rims, and the brow spot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.workshop.curves import Profile, smoothstep
from assets.workshop.face_lines import band, followed, strip
from assets.workshop.part import Array, Part, smooth_normals
from assets.workshop.rudi import design, layout
from assets.workshop.rudi.moves import MOVES
from assets.workshop.shapes import disc, grid, grid_triangles, into, pixels

RECESS = 0.0075
"""How far the eye lies behind the calm skin (m)."""


def _rims() -> tuple[Array, Array]:
    upper, lower, _ = design.lids()
    return design.SKULL.laid(upper), design.SKULL.laid(lower)


def _eye_depth(x: Array, y: Array) -> Array:
    """z of the eye's white: bulges less than the skin around it, so that lids stay in front."""
    socket = design.SKULL.depth_at(x, y, detailed=False) - RECESS
    dome = 0.0012 * (1 - ((x - 0.0515) / 0.024) ** 2 - ((y - 1.402) / 0.024) ** 2)
    return np.asarray(socket + np.maximum(dome, -0.002))


def white() -> Part:
    upper, lower, _ = design.lids()
    middle = np.array(design.IRIS)
    up = middle + (upper - middle) * 1.20 + [0, 0.006]
    low = middle + (lower - middle) * 1.20 - [0, 0.002]
    k = np.linspace(0, 1, 7)[:, None, None]
    flat = up * (1 - k) + low * k
    z = _eye_depth(flat[..., 0], flat[..., 1])
    part = grid(
        "eye_white", "eye", np.concatenate([flat, z[..., None]], -1)[:, ::-1],
        pixels(layout.EYE_WHITE), flip=True,
    )  # fmt: skip
    return part.bound_to("head").in_mesh("face")


def _on_eye(flat: Array, lift: Array | float) -> Array:
    return np.column_stack([flat, _eye_depth(flat[:, 0], flat[:, 1]) + lift])


def _follows_gaze(part: Part, flat: Array, lift: Array | float, share: float) -> Part:
    """``flat`` (N, 2) relative to the iris' middle; slides over the white."""
    part.positions = _on_eye(flat + design.IRIS, lift)
    for name, move in MOVES.items():
        if move.gaze != (0.0, 0.0) or move.iris_scale != 1.0:
            there = flat * move.iris_scale + design.IRIS + share * np.array(move.gaze)
            part.morphs[name] = _on_eye(there, lift) - part.positions
            part.morph_normals[name] = np.zeros_like(part.positions)
    part.normals = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    return part.bound_to("leftEye").in_mesh("face")


def iris() -> Part:
    part = disc(
        "iris", "iris", (0, 0, 0), design.IRIS_RADII, pixels(layout.IRIS, 1), rings=3, columns=28
    )
    flat = part.positions[:, :2].copy()
    r2 = ((flat / design.IRIS_RADII) ** 2).sum(1)
    return _follows_gaze(part, flat, 0.0009 + 0.0006 * (1 - r2), 1.0)


def light(center: tuple[float, float], radii: tuple[float, float], tilt: float) -> Part:
    """A reflection on the iris; it follows the gaze most of the way."""
    part = disc(
        "eye_light", "light", (0, 0, 0), radii, pixels(layout.SHINE, 16), rings=1, columns=16
    )
    c, s = np.cos(tilt), np.sin(tilt)
    flat = part.positions[:, :2] @ np.array([[c, s], [-s, c]]) + center
    return _follows_gaze(part, flat, 0.0022, 0.75)


def _wall(name: str, rim: Array, moved: dict[str, Array]) -> Part:
    """The thickness of a lid: from the rim back to the white."""
    points = np.stack([rim + np.array([0, 0, 0.0003]), rim + np.array([0, 0, -0.0125])])
    count, columns = points.shape[:2]
    v, u = np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, columns), indexing="ij")
    part = Part(
        name, "line", points.reshape(-1, 3), grid_triangles(count, columns),
        into(pixels(layout.LID, 6), np.stack([u.ravel(), v.ravel()], 1)),
        skin={"head": np.ones(count * columns)}, mesh="face",
        morphs={k: np.concatenate([d, d]) for k, d in moved.items() if np.abs(d).max() > 1e-6},
    )  # fmt: skip
    towards = np.array([*design.IRIS, 0.08]) - part.positions[part.triangles].mean(1)
    normals = smooth_normals(part.positions, part.triangles)[part.triangles[:, 0]]
    if np.einsum("ij,ij->i", towards, normals).sum() < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    part.normals = np.tile([0.0, 0.0, 1.0], (len(part.positions), 1))
    part.morph_normals = {key: np.zeros_like(part.positions) for key in part.morphs}
    return part


_UPPER_RIM = Profile((0, 0.0014), (0.3, 0.0030), (0.7, 0.0042), (0.93, 0.0038), (1, 0.0014))
_LOWER_RIM = Profile((0, 0.0010), (0.5, 0.0013), (0.9, 0.0022), (1, 0.0012))


def lines(names: Sequence[str]) -> list[Part]:
    """Dark rims around the eye, and the lids' thickness, with all their movements."""
    upper, lower = _rims()
    with_upper = followed(design.DRAWING, MOVES, upper, names)
    with_lower = followed(design.DRAWING, MOVES, lower, names)
    s = np.linspace(0, 1, len(upper))
    area, skull = pixels(layout.LINE, 8), design.SKULL
    return [
        _wall("lid_upper", upper, with_upper),
        _wall("lid_lower", lower, with_lower),
        strip(
            "rim_upper", "line", upper, with_upper,
            band(skull, [_UPPER_RIM(s), -0.0004 + 0 * s], [0.0018, 0.0010]), area,
        ),
        strip(
            "rim_lower", "line", lower, with_lower,
            band(skull, [0.0004 + 0 * s, -_LOWER_RIM(s)], [0.0010, 0.0020]), area,
        ),
    ]  # fmt: skip


def brow(names: Sequence[str]) -> Part:
    """A thick white tuft over the eye whose lower outer edge ends in points of fur."""
    s = np.linspace(0, 1, 17)
    flat = design.BROW(s)
    line = design.SKULL.laid(flat)
    body = np.sin(np.pi * np.clip(s, 0.03, 0.97)) ** 0.55
    points = 0.0026 * (np.arange(17) % 2) * smoothstep(0.1, 0.6, s)
    up = (0.0098 * body + 0.5 * points) * (1 - 0.22 * s)
    down = (0.0086 * body + points) * (1 - 0.22 * s)
    low, high = 0.0010, 0.0052
    shape = band(
        design.SKULL,
        [up, 0.55 * up, 0 * s, -0.55 * down, -down],
        [low, high * 0.8 * body + low, high * body + low, high * 0.8 * body + low, low],
    )
    moved = followed(design.DRAWING, MOVES, line, names)
    part = strip(
        "brow", "brow", line, moved, shape, pixels(layout.CREAM), flat=False,
    )  # fmt: skip
    own = smooth_normals(part.positions, part.triangles)
    part.normals = own * 0.5 + np.array([0, 0, 0.5]) * smoothstep(-1, 1, own[:, 2:])
    part.normals /= np.linalg.norm(part.normals, axis=1, keepdims=True)
    return part
