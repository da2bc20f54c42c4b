"""Drawn lines of the face (lashes, brows, lips) as strips that follow a moving curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from assets.workshop.ani import head
from assets.workshop.ani.moves import Field
from assets.workshop.part import Array, Part
from assets.workshop.shapes import Rect, grid_triangles, into

Shape = Callable[[Array], Array]
"""A polyline (N, 3) on the skin to the strip's points (rows, columns, 3)."""


def across(line: Array) -> Array:
    """(N, 2) unit normals of a polyline seen from the front, to the left of its course."""
    tangent = np.gradient(line[:, :2], axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1)


def laid(points: Array, like: Array, lift: Array | float) -> Array:
    """(N, 3): plane ``points`` (N, 2) at the skin depth of ``like`` (N, 3), carried along the
    head's curve, ``lift`` metres in front."""
    z = (
        like[:, 2]
        + head.depth_at(points[:, 0], points[:, 1], detailed=False)
        - head.depth_at(like[:, 0], like[:, 1], detailed=False)
    )
    return np.column_stack([points, z + lift])


def band(above: Array, below: Array, lift: tuple[float | Array, float | Array]) -> Shape:
    """A strip from ``below`` to ``above`` metres (N,) across a line."""

    def shape(line: Array) -> Array:
        normal = across(line)
        top = laid(line[:, :2] + normal * above[:, None], line, lift[0])
        bottom = laid(line[:, :2] - normal * below[:, None], line, lift[1])
        return np.stack([top, bottom])

    return shape


def strip(
    name: str,
    material: str,
    line: Array,
    moved: dict[str, Array],
    shape: Shape,
    rect: Rect,
    *,
    joint: str = "head",
) -> Part:
    """A strip along ``line`` (N, 3) whose morphs are the same strip along the moved lines;
    ``moved`` holds the displacement (N, 3) of the line by morph."""
    points = shape(line)
    rows, columns = points.shape[:2]
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    rest = points.reshape(-1, 3)
    morphs = {
        key: shape(line + delta).reshape(-1, 3) - rest
        for key, delta in moved.items()
        if np.abs(delta).max() > 1e-6
    }
    part = Part(
        name, material, rest, grid_triangles(rows, columns),
        into(rect, np.stack([u.ravel(), v.ravel()], 1)), skin={joint: np.ones(len(rest))},
        morphs=morphs, mesh="face",
    )  # fmt: skip
    corners = rest[part.triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2].sum()
    if facing < 0:
        part.triangles = part.triangles[:, ::-1].copy()
    part.normals = np.tile([0.0, 0.0, 1.0], (len(rest), 1))
    part.morph_normals = {key: np.zeros_like(rest) for key in morphs}
    return part


def followed(line: Array, names: Sequence[str], side: float = 0.0) -> dict[str, Array]:
    """Displacement of a line on the skin by every movement in ``names``."""
    space = Field(line, np.full(len(line), side), np.ones(len(line)))
    return {name: space.displacement(name) for name in names}
