"""One primitive of a mesh: its vertices, triangles and morph deltas as the file has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.draco import uncompress
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.texture_sets import USUAL_SETS, TextureSets
from avatar_server.avatar.gltf.triangles import (
    TRIANGLE_MODES,
    Triangles,
    face_normals,
    smooth_normals,
    triangles_of,
    unit,
)
from avatar_server.types import FloatArray

BlockKey = tuple[Any, ...]
MAX_VERTICES: Final = 1_500_000
MAX_TRIANGLES: Final = 500_000
"""More are not read even to be simplified."""
MAX_MORPHED: Final = 50_000_000
"""Vertices of all morph targets together."""


@dataclass(frozen=True, slots=True)
class MorphDelta:
    """The vertices that a target moves: int64 (K,) rows of the block, float32 (K, 3) each."""

    rows: NDArray[np.int64]
    positions: FloatArray
    normals: FloatArray


@dataclass(frozen=True, slots=True)
class VertexBlock:
    """Vertices that one or several primitives of a mesh share, before any node places them.

    ``joints`` int64 and ``weights`` float32 (V, 4), or None where the vertices are rigid. Of
    tangents no more is kept than that there are some.
    """

    positions: FloatArray
    normals: FloatArray
    uvs: FloatArray
    uvs1: FloatArray | None
    colors: FloatArray | None
    joints: NDArray[np.int64] | None
    weights: FloatArray | None
    morphs: tuple[MorphDelta, ...]
    has_tangents: bool = False


@dataclass(frozen=True, slots=True)
class PrimitiveGeometry:
    """``key`` tells primitives that share ``block`` from those that do not."""

    key: BlockKey
    block: VertexBlock
    triangles: Triangles


class PrimitiveReader:
    """Reads primitives; those of one mesh that name the same accessors share one block, as
    exporters of VRM 0.x write a whole face with one vertex buffer and many materials."""

    def __init__(self, accessors: Accessors) -> None:
        self._accessors = accessors
        self._blocks: dict[BlockKey, VertexBlock] = {}
        self.has_points_or_lines = False
        self._vertices = 0
        self._morphed = 0
        self._triangles = 0

    def read(
        self, primitive: JsonObject, *, is_lit: bool = True, sets: TextureSets = USUAL_SETS
    ) -> PrimitiveGeometry | None:
        """None for points, lines and primitives without positions. Where light does not matter,
        missing normals are not worth corners of their own. ``sets`` are the file's numbers of the
        texture coordinates to keep."""
        mode = primitive.integer("mode", 4)
        attributes = primitive.object("attributes")
        if "POSITION" not in attributes:
            return None
        if mode not in TRIANGLE_MODES:
            self.has_points_or_lines = True
            return None
        uncompress(primitive, self._accessors)
        targets = primitive.objects("targets")
        key = (_key(attributes, targets), is_lit, sets)
        if key not in self._blocks:
            self._blocks[key] = self._block(attributes, targets, sets)
        block = self._blocks[key]
        triangles = triangles_of(mode, self._indices(primitive, len(block.positions)))
        self._triangles += len(triangles)
        if self._triangles > MAX_TRIANGLES:
            raise primitive.fail(f"the file has more than {MAX_TRIANGLES} triangles")
        if "NORMAL" in attributes or not is_lit:
            return PrimitiveGeometry(key, _repair_normals(block, triangles), triangles)
        return PrimitiveGeometry((*key, id(primitive)), *_with_flat_normals(block, triangles))

    def _indices(self, primitive: JsonObject, vertices: int) -> NDArray[np.int64]:
        index = primitive.index("indices", self._accessors.count)
        if index is None:
            return np.arange(vertices)
        indices = self._accessors.integers(index, 1)[:, 0]
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < vertices:
            raise primitive.fail(f"index {int(indices.max())} of {vertices} vertices")
        return indices

    def _block(
        self, attributes: JsonObject, targets: list[JsonObject], sets: TextureSets
    ) -> VertexBlock:
        positions = self._vectors(attributes, "POSITION", None)
        count = len(positions)
        self._vertices += count
        if self._vertices > MAX_VERTICES:
            raise attributes.fail(f"the file has more than {MAX_VERTICES} vertices")
        normals = (
            self._vectors(attributes, "NORMAL", count)
            if "NORMAL" in attributes
            else np.zeros((count, 3), np.float32)
        )
        self._morphed += count * len(targets)
        if self._morphed > MAX_MORPHED:
            raise attributes.fail(
                f"the file's morph targets have more than {MAX_MORPHED} vertices together"
            )
        uvs = self._floats(attributes, f"TEXCOORD_{sets[0]}", count, 2)
        joints, weights = self._influences(attributes, count)
        return VertexBlock(
            positions,
            normals,
            np.zeros((count, 2), np.float32) if uvs is None else uvs,
            self._floats(attributes, f"TEXCOORD_{sets[1]}", count, 2),
            self._colors(attributes, count),
            joints,
            weights,
            tuple(self._morph(t, count) for t in targets),
            "TANGENT" in attributes and "NORMAL" in attributes,
        )

    def _vectors(self, owner: JsonObject, name: str, count: int | None) -> FloatArray:
        index = owner.index(name, self._accessors.count)
        if index is None:
            raise owner.fail(f"{name} names no accessor")
        values = self._accessors.floats(index, 3)
        if count is not None and len(values) != count:
            raise owner.fail(f"{len(values)} values of {name} for {count} vertices")
        if name == "POSITION" and not np.all(np.abs(values) < 1e6):
            raise owner.fail("positions that are no finite numbers below 1,000 km")
        return values

    def _floats(self, owner: JsonObject, name: str, count: int, *widths: int) -> FloatArray | None:
        index = owner.index(name, self._accessors.count)
        if index is None:
            return None
        values = self._accessors.floats(index, *widths)
        if len(values) != count:
            raise owner.fail(f"{len(values)} values of {name} for {count} vertices")
        return np.clip(np.nan_to_num(values), -1e6, 1e6).astype(np.float32)

    def _colors(self, attributes: JsonObject, count: int) -> FloatArray | None:
        colors = self._floats(attributes, "COLOR_0", count, 3, 4)
        if colors is None or colors.shape[1] == 4:
            return colors
        return np.concatenate([colors, np.ones((count, 1), np.float32)], axis=1)

    def _morph(self, target: JsonObject, count: int) -> MorphDelta:
        positions = self._delta(target, "POSITION", count)
        normals = self._delta(target, "NORMAL", count)
        rows = np.flatnonzero(np.any(positions != 0, axis=1) | np.any(normals != 0, axis=1))
        return MorphDelta(rows, positions[rows], normals[rows])

    def _delta(self, target: JsonObject, name: str, count: int) -> FloatArray:
        if name not in target:
            return np.zeros((count, 3), np.float32)
        delta = self._vectors(target, name, count)
        return delta if name == "POSITION" else np.nan_to_num(delta, posinf=0.0, neginf=0.0)

    def _influences(
        self, attributes: JsonObject, count: int
    ) -> tuple[NDArray[np.int64] | None, FloatArray | None]:
        """Joints and weights of all sets; of more than four influences the strongest stay."""
        joint_sets: list[NDArray[np.int64]] = []
        weight_sets: list[FloatArray] = []
        for n in range(4):
            weights = self._floats(attributes, f"WEIGHTS_{n}", count, 4)
            index = attributes.index(f"JOINTS_{n}", self._accessors.count)
            if weights is None or index is None:
                break
            joints = self._accessors.integers(index, 4)
            if len(joints) != count:
                raise attributes.fail(f"{len(joints)} values of JOINTS_{n} for {count} vertices")
            joint_sets.append(joints)
            weight_sets.append(np.maximum(weights, 0.0))
        if not joint_sets:
            return None, None
        joints, weights = np.hstack(joint_sets), np.hstack(weight_sets)
        if joints.shape[1] > 4:
            strongest = np.argsort(-weights, axis=1, kind="stable")[:, :4]
            joints = np.take_along_axis(joints, strongest, axis=1)
            weights = np.take_along_axis(weights, strongest, axis=1)
        return joints, normalized_weights(weights)


def normalized_weights(weights: FloatArray) -> FloatArray:
    """float32 (V, 4) that add up to 1; a vertex without any weight hangs on its first joint."""
    total = weights.sum(axis=1, keepdims=True)
    empty = total[:, 0] <= 1e-9
    result = weights / np.where(empty[:, None], 1.0, total)
    result[empty] = (1.0, 0.0, 0.0, 0.0)
    return result.astype(np.float32)


def _key(attributes: JsonObject, targets: list[JsonObject]) -> BlockKey:
    def flat(part: JsonObject) -> BlockKey:
        return tuple(sorted((name, repr(value)) for name, value in part.data.items()))

    return (flat(attributes), tuple(flat(t) for t in targets))


def _repair_normals(block: VertexBlock, triangles: Triangles) -> VertexBlock:
    """Normals made unit in place; those that are zero or not numbers are computed anew."""
    with np.errstate(all="ignore"):
        length = np.linalg.norm(block.normals.astype(np.float64), axis=1)
    broken = ~(np.isfinite(length) & (length > 1e-10))
    if np.any(broken):
        block.normals[broken] = smooth_normals(block.positions, triangles)[broken]
    block.normals[:] = unit(block.normals)
    return block


def _with_flat_normals(block: VertexBlock, triangles: Triangles) -> tuple[VertexBlock, Triangles]:
    """The same triangles with corners of their own and the faces' normals, as glTF 2.0 (3.7.2.1)
    asks for primitives that bring none; morph targets turn the faces too."""
    corners = triangles.ravel()
    own = np.arange(len(corners)).reshape(-1, 3)

    def spread(positions: FloatArray) -> FloatArray:
        return np.repeat(unit(face_normals(positions, triangles)), 3, axis=0)

    normals = spread(block.positions)

    def morphed(delta: MorphDelta) -> MorphDelta:
        moved = np.zeros_like(block.positions)
        moved[delta.rows] = delta.positions
        turned = spread(block.positions + moved) - normals
        rows = np.flatnonzero(np.any(moved[corners] != 0, axis=1) | np.any(turned != 0, axis=1))
        return MorphDelta(rows, moved[corners][rows], turned[rows])

    morphs = tuple(map(morphed, block.morphs))
    return VertexBlock(
        block.positions[corners],
        normals,
        block.uvs[corners],
        None if block.uvs1 is None else block.uvs1[corners],
        None if block.colors is None else block.colors[corners],
        None if block.joints is None else block.joints[corners],
        None if block.weights is None else block.weights[corners],
        morphs,
    ), own
