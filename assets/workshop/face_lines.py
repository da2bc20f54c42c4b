"""Drawn lines of a face (lashes, brows, lips) as strips that follow a moving curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assets.workshop.curves import Path
from assets.workshop.movement import Drawing, Field, Move
from assets.workshop.part import Array, Part
from assets.workshop.shapes import Rect, grid_triangles, into
from assets.workshop.skull import Skull

Shape = Callable[[Array], Array]
"""A polyline (N, 3) on the skin to the strip's points (rows, columns, 3)."""


def across(line: Array) -> Array:
    """(N, 2) unit normals of a polyline seen from the front, to the left of its course."""
    tangent = np.gradient(line[:, :2], axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1)


def laid(skull: Skull, flat: Array, like: Array, lift: Array | float) -> Array:
    """(N, 3): plane points (N, 2) at the skin depth of ``like`` (N, 3), carried along the head's
    curve, ``lift`` metres in front."""
    z = (
        like[:, 2]
        + skull.depth_at(flat[:, 0], flat[:, 1], detailed=False)
        - skull.depth_at(like[:, 0], like[:, 1], detailed=False)
    )
    return np.column_stack([flat, z + lift])


def band(skull: Skull, offsets: Sequence[Array], lifts: Sequence[Array | float]) -> Shape:
    """A strip whose rows lie at ``offsets`` (N,) metres across a line, first row leftmost of its
    course."""

    def shape(line: Array) -> Array:
        normal = across(line)
        return np.stack(
            [
                laid(skull, line[:, :2] + normal * offset[:, None], line, lift)
                for offset, lift in zip(offsets, lifts, strict=True)
            ]
        )

    return shape


def strip(
    name: str,
    material: str,
    line: Array,
    moved: Mapping[str, Array],
    shape: Shape,
    rect: Rect,
    *,
    flat: bool = True,
) -> Part:
    """A strip along ``line`` (N, 3) whose morphs are the same strip along the moved lines;
    ``moved`` holds the displacement (N, 3) of the line by morph. A ``flat`` one is lit as if it
    faced the viewer."""
    points = shape(line)
    count, columns = points.shape[:2]
    v, u = np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, columns), indexing="ij")
    rest = points.reshape(-1, 3)
    morphs = {
        key: shape(line + delta).reshape(-1, 3) - rest
        for key, delta in moved.items()
        if np.abs(delta).max() > 1e-6
    }
    part = Part(
        name, material, rest, grid_triangles(count, columns),
        into(rect, np.stack([u.ravel(), v.ravel()], 1)), skin={"head": np.ones(len(rest))},
        morphs=morphs, mesh="face",
    )  # fmt: skip
    corners = rest[part.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2].sum()
    if facing < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    if flat:
        part.normals = np.tile([0.0, 0.0, 1.0], (len(rest), 1))
        part.morph_normals = {key: np.zeros_like(rest) for key in morphs}
    return part


def followed(
    drawing: Drawing,
    moves: Mapping[str, Move],
    line: Array,
    names: Sequence[str],
    side: float = 0.0,
) -> dict[str, Array]:
    """Displacement of points on the skin by every movement in ``names``."""
    space = Field(drawing, moves, line, np.full(len(line), side), np.ones(len(line)))
    return {name: space.displacement(name) for name in names}


def riding(part: Part, moved: Mapping[str, Array], share: float = 1.0) -> Part:
    """Carries a rigid part along with one point; ``moved`` (1, 3) by morph."""
    for name, delta in moved.items():
        if np.abs(delta).max() > 1e-6:
            zero = np.zeros_like(part.positions)
            part.morphs[name] = part.morphs.get(name, zero) + delta[0] * share
            part.morph_normals.setdefault(name, zero)
    return part


def mark(
    drawing: Drawing,
    moves: Mapping[str, Move],
    shown_by: str,
    points: Sequence[tuple[float, float]],
    width: float,
    rect: Rect,
    names: Sequence[str],
    *,
    lift: float = 0.0020,
) -> Part:
    """A small drawn line that one movement draws on the skin: a dimple, a wrinkle. At rest it has
    no width, so whatever else moves, nothing of it is seen."""
    t = np.linspace(0, 1, 8)
    line = drawing.skull.laid(Path(points)(t))
    none, half = 0 * t, width / 2 * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.7
    moved = followed(drawing, moves, line, names)
    hidden = band(drawing.skull, [none, none], [-0.0015, -0.0015])
    shown = band(drawing.skull, [half, -half], [lift, lift])
    part = strip("mark", "line", line, moved, shown, rect)
    drawn = shown(line + moved[shown_by]).reshape(-1, 3)
    rest = hidden(line).reshape(-1, 3)
    part.positions = rest
    part.morphs = {
        name: hidden(line + delta).reshape(-1, 3) - rest
        for name, delta in moved.items()
        if np.abs(delta).max() > 1e-6
    } | {shown_by: drawn - rest}
    part.morph_normals = {name: np.zeros_like(rest) for name in part.morphs}
    return part
