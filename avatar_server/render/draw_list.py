"""What is drawn in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.model import AvatarModel, Material
from avatar_server.render.surface import Side
from avatar_server.types import FloatArray


@dataclass(frozen=True, slots=True)
class Run:
    """Triangles (n, 3) of one material that one draw does together."""

    material: int
    triangles: NDArray[np.uint32]


def runs_of(model: AvatarModel) -> list[Run]:
    """All that a viewer sees of the model, in the order of render queues.

    Primitives of one solid material are joined; blended ones keep the file's order, by which
    artists lay one over the other."""
    shown = [
        item
        for item in model.primitives
        if item.first_person != "firstPersonOnly" and item.index_count > 0
    ]
    parts: dict[tuple[int, int, int, int], list[NDArray[np.uint32]]] = {}
    for place, item in enumerate(shown):
        material = model.materials[item.material]
        blend_place = place if material.alpha_mode == "BLEND" else 0
        key = (*draw_order(material), blend_place, item.material)
        indices = model.indices[item.first_index : item.first_index + item.index_count]
        parts.setdefault(key, []).append(indices)
    return [
        Run(key[-1], np.concatenate(parts[key]).reshape(-1, 3).astype(np.uint32))
        for key in sorted(parts)
    ]


def draw_order(material: Material) -> tuple[int, int]:
    """Render queue of a material (VRMC_materials_mtoon 1.0, "Rendering order"): opaque, cut-out,
    transparent with depth, transparent; in the last two by the material's own offset."""
    if material.alpha_mode == "OPAQUE":
        return 0, 0
    if material.alpha_mode == "MASK":
        return 1, 0
    return (2 if material.transparent_with_z_write else 3), material.render_queue_offset


def sides_of(material: Material) -> tuple[Side, ...]:
    """The draws that a material takes."""
    outline: tuple[Side, ...] = ("outline",) if _has_outline(material) else ()
    if not material.double_sided:
        return ("front", *outline)
    return ("both", *outline) if material.alpha_mode == "BLEND" else ("front", "back", *outline)


def nearest_first(run: Run, positions: FloatArray, depth: FloatArray) -> Run:
    """The run with its connected pieces (strands of hair, say) sorted by the depth (V,) of their
    nearest vertex, so that what is hidden is found hidden before it is shaded.

    Within a piece the file's order stays: neighbours share their vertices' work. ``positions``
    (V, 3) at rest tell which vertices are one point."""
    _, point = np.unique(positions[run.triangles.ravel()], axis=0, return_inverse=True)
    piece = _pieces(point.reshape(-1, 3))
    nearest = np.full(len(piece), np.inf, np.float32)
    np.minimum.at(nearest, piece, depth[run.triangles].min(axis=1))
    order = np.lexsort((piece, nearest[piece]))
    return Run(run.material, run.triangles[order])


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


def _has_outline(material: Material) -> bool:
    return (
        material.shading == "mtoon"
        and material.outline_mode != "none"
        and material.outline_width > 0
    )
