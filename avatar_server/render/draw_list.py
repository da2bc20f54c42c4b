"""What is drawn in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.material import Material
from avatar_server.avatar.model import AvatarModel, Primitive
from avatar_server.avatar.simplify import rest_positions
from avatar_server.render.surface import Side, is_glass
from avatar_server.types import FloatArray


@dataclass(frozen=True, slots=True)
class Run:
    """Triangles (n, 3) of one material that one draw does together."""

    material: int
    triangles: NDArray[np.uint32]


def runs_of(model: AvatarModel) -> list[Run]:
    """All that a viewer sees of the model, in the order of render queues.

    Primitives of one solid material are joined. Blended ones of one queue are drawn from back to
    front, as three.js sorts them: by the middles of their vertices' blocks at rest, and in the
    file's order where these are one."""
    shown = [
        item
        for item in model.primitives
        if item.first_person != "firstPersonOnly" and item.index_count > 0
    ]
    blended = [i for i in shown if model.materials[i.material].alpha_mode == "BLEND"]
    depths = _depths(model, blended) if len(blended) > 1 else {}
    parts: dict[tuple[int, int, float, int, int], list[NDArray[np.uint32]]] = {}
    for place, item in enumerate(shown):
        material = model.materials[item.material]
        is_blended = material.alpha_mode == "BLEND"
        depth = depths.get(item.first_index, 0.0)
        key = (*draw_order(material), depth, place if is_blended else 0, item.material)
        parts.setdefault(key, []).append(_indices(model, item))
    return [
        Run(key[-1], np.concatenate(parts[key]).reshape(-1, 3).astype(np.uint32))
        for key in sorted(parts)
    ]


def _indices(model: AvatarModel, item: Primitive) -> NDArray[np.uint32]:
    return model.indices[item.first_index : item.first_index + item.index_count]


def _depths(model: AvatarModel, items: list[Primitive]) -> dict[int, float]:
    """Where along z the middle of each item's block is at rest, by the item's first index.

    Numbers that only rounding tells apart are made one."""
    height = rest_positions(model)[:, 2]
    spans: dict[tuple[int, int], tuple[float, float]] = {}

    def block_of(item: Primitive) -> tuple[int, int]:
        return (0, item.block) if item.block >= 0 else (1, item.first_index)

    wanted = {block_of(item) for item in items}
    for item in model.primitives:
        if (block := block_of(item)) in wanted and item.index_count:
            own = height[_indices(model, item)]
            low, high = spans.get(block, (np.inf, -np.inf))
            spans[block] = min(low, float(own.min())), max(high, float(own.max()))
    return {item.first_index: round(sum(spans[block_of(item)]) / 2, 5) for item in items}


def draw_order(material: Material) -> tuple[int, int]:
    """Render queue of a material: opaque, cut-out, glass, transparent with depth, transparent; in
    the last two by the material's own offset (VRMC_materials_mtoon 1.0, "Rendering order"). What
    is transparent and not MToon comes with the first of those with depth, as in three-vrm."""
    if is_glass(material):
        return 1, 1
    if material.alpha_mode == "OPAQUE":
        return 0, 0
    if material.alpha_mode == "MASK":
        return 1, 0
    if material.shading != "mtoon":
        return 2, 0
    return (2 if material.transparent_with_z_write else 3), material.render_queue_offset


def sides_of(material: Material) -> tuple[Side, ...]:
    """The draws that a material takes, but for its hull (hull.py). Of both sides of a blended one
    three.js draws the back first, and MToon as the triangles come."""
    with_rim = has_outline(material) and not is_veil(material)
    outline: tuple[Side, ...] = ("outline",) if with_rim else ()
    if not material.double_sided:
        return ("front", *outline)
    if material.alpha_mode != "BLEND":
        return ("front", "back", *outline)
    return ("both", *outline) if material.shading == "mtoon" else ("back", "front")


def nearest_first(run: Run, positions: FloatArray, depth: FloatArray) -> Run:
    """The run with its connected pieces (strands of hair, say) sorted by the depth (V,) of their
    nearest vertex, so that what is hidden is found hidden before it is shaded.

    Within a piece the file's order stays: neighbours share their vertices' work. ``positions``
    (V, 3) at rest tell which vertices are one point."""
    piece = pieces_of(run, positions)
    nearest = np.full(len(piece), np.inf, np.float32)
    np.minimum.at(nearest, piece, depth[run.triangles].min(axis=1))
    order = np.lexsort((piece, nearest[piece]))
    return Run(run.material, run.triangles[order])


def pieces_of(run: Run, positions: FloatArray) -> NDArray[np.intp]:
    """The connected piece of each triangle, numbered from 0. ``positions`` (V, 3) at rest tell
    which vertices are one point."""
    _, point = np.unique(positions[run.triangles.ravel()], axis=0, return_inverse=True)
    return _pieces(point.reshape(-1, 3))


def _pieces(triangles: NDArray[np.intp]) -> NDArray[np.intp]:
    """A number below n for each of n triangles, equal for those that are connected."""
    label = np.arange(int(triangles.max(initial=-1)) + 1)
    while True:
        least = label[triangles].min(axis=1)
        joined = label.copy()
        np.minimum.at(joined, triangles.ravel(), least.repeat(3))
        joined = joined[joined]
        if np.array_equal(joined, label):
            _, piece = np.unique(least, return_inverse=True)
            return np.asarray(piece.reshape(-1), np.intp)
        label = joined


def is_veil(material: Material) -> bool:
    """Whether what is drawn later lies over the surface even from behind, as it keeps no depth."""
    return material.alpha_mode == "BLEND" and not material.transparent_with_z_write


def has_outline(material: Material) -> bool:
    return (
        material.shading == "mtoon"
        and material.outline_mode != "none"
        and material.outline_width > 0
    )
