"""Fewer triangles for models that are too fine to be drawn live.

Only vertices of the file remain: each corner of a triangle moves to a vertex that stays, so that
texture coordinates, weights and morph targets stay what they were. What moves with a morph target,
which is the face, is not touched, nor is any open edge: seams of the texture and of materials
stay closed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import fast_simplification
import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.scene import global_transforms
from avatar_server.avatar.model import AvatarModel, MorphTarget, Primitive
from avatar_server.errors import AvatarFileError
from avatar_server.types import FloatArray

MAX_TRIANGLES: Final = 70_000
"""What is drawn live at most. Characters made for games and streaming have 10,000 to 60,000."""

Indices = NDArray[np.int64]


def simplified(model: AvatarModel, limit: int = MAX_TRIANGLES) -> AvatarModel:
    """``model`` with at most ``limit`` triangles; itself if it has no more.

    Raises ``AvatarFileError`` with the numbers if that cannot be reached.
    """
    if model.triangle_count <= limit:
        return model
    triangles = model.indices.astype(np.int64).reshape(-1, 3)
    moved = np.zeros(len(model.positions), bool)
    for morph in model.morphs:
        moved[morph.vertices] = True
    free = ~moved[triangles].any(axis=1)
    remaining = limit - int((~free).sum())
    if remaining > 0:
        triangles = triangles.copy()
        triangles[free] = _collapsed(rest_positions(model), triangles[free], remaining)
    a, b, c = triangles.T
    kept = (a != b) & (b != c) & (c != a)
    if int(kept.sum()) > limit:
        raise AvatarFileError(
            f"its {model.triangle_count:,} triangles could be simplified to {int(kept.sum()):,}; "
            f"at most {limit:,} are drawn"
        )
    return _with_triangles(model, triangles, kept)


def rest_positions(model: AvatarModel) -> FloatArray:
    """float32 (V, 3): where the vertices stand in the scene before anything moves."""
    skinning = model.skinning
    palette = global_transforms(model.nodes)[skinning.palette_nodes] @ skinning.inverse_binds
    blended = np.einsum("vk,vkij->vij", skinning.weights, palette[skinning.joints][..., :3, :])
    posed = np.einsum("vij,vj->vi", blended[..., :3], model.positions) + blended[..., 3]
    positions: FloatArray = posed.astype(np.float32)
    return positions


def _collapsed(positions: FloatArray, triangles: Indices, target: int) -> Indices:
    """``triangles`` with corners moved to fewer vertices, as quadric error metrics choose them
    (Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics", 1997)."""
    used, corners = np.unique(triangles, return_inverse=True)
    faces = corners.reshape(-1, 3).astype(np.int32)
    points = positions[used].astype(np.float64)
    _, _, collapses = fast_simplification.simplify(
        points, faces, target_count=target, return_collapses=True, preserve_border=True
    )
    final, _, group_of = fast_simplification.replay_simplification(points, faces, collapses)
    # Of every group of vertices that became one, the nearest to where that one is now stays.
    gap = np.linalg.norm(points - final[group_of], axis=1)
    order = np.lexsort((gap, group_of))
    firsts = np.unique(group_of[order], return_index=True)[1]
    stays = np.empty(len(final), np.int64)
    stays[group_of[order][firsts]] = order[firsts]
    moved: Indices = used[stays[group_of[faces]]]
    return moved


def _with_triangles(model: AvatarModel, triangles: Indices, kept: NDArray[np.bool_]) -> AvatarModel:
    """``model`` with the ``kept`` ones of ``triangles``, and the vertices that they use."""
    primitives: list[Primitive] = []
    first = 0
    for primitive in model.primitives:
        start = primitive.first_index // 3
        count = int(kept[start : start + primitive.index_count // 3].sum()) * 3
        primitives.append(replace(primitive, first_index=first, index_count=count))
        first += count
    used, indices = np.unique(triangles[kept], return_inverse=True)
    new_row = np.full(len(model.positions), -1, np.int64)
    new_row[used] = np.arange(len(used))
    skinning = model.skinning
    return replace(
        model,
        positions=model.positions[used],
        normals=model.normals[used],
        uvs=model.uvs[used],
        uvs1=None if model.uvs1 is None else model.uvs1[used],
        colors=None if model.colors is None else model.colors[used],
        indices=indices.ravel().astype(np.uint32),
        primitives=tuple(primitives),
        morphs=tuple(_moved(m, new_row) for m in model.morphs),
        skinning=replace(skinning, joints=skinning.joints[used], weights=skinning.weights[used]),
    )


def _moved(morph: MorphTarget, new_row: Indices) -> MorphTarget:
    rows = new_row[morph.vertices]
    kept = rows >= 0
    return replace(
        morph,
        vertices=rows[kept].astype(np.int32),
        positions=morph.positions[kept],
        normals=morph.normals[kept],
    )
