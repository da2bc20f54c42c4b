"""All meshes of the scene, joined into one vertex table with one palette of joints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.instancing import instance_transforms
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.morph_names import target_names
from avatar_server.avatar.gltf.palette import Palette
from avatar_server.avatar.gltf.primitives import (
    MAX_TRIANGLES,
    MAX_VERTICES,
    BlockKey,
    PrimitiveGeometry,
    PrimitiveReader,
    VertexBlock,
)
from avatar_server.avatar.gltf.scene import Scene
from avatar_server.avatar.gltf.stretched import stretch_of, stretched, unstretched
from avatar_server.avatar.gltf.texture_sets import TextureSets
from avatar_server.avatar.material import Material
from avatar_server.avatar.model import MorphTarget, Primitive, Skinning
from avatar_server.errors import AvatarFileError
from avatar_server.types import FloatArray

MAX_DRAWS: Final = 20_000
"""Primitives of all nodes together."""
MAX_MORPHS: Final = 20_000
MAX_MORPH_DELTAS: Final = 20_000_000
"""Morph targets of all nodes together, and the vertices that these move."""
_IDENTITY: Final[FloatArray] = np.eye(4, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Geometry:
    """The part of ``AvatarModel`` that meshes and skins make; see there.

    ``colored`` are the materials that are drawn with vertex colours, ``tangential`` those of
    vertices with tangents; ``morph_nodes`` the rows of
    the nodes that draw each morph target.
    """

    positions: FloatArray
    normals: FloatArray
    uvs: FloatArray
    uvs1: FloatArray | None
    colors: FloatArray | None
    indices: NDArray[np.uint32]
    primitives: tuple[Primitive, ...]
    morphs: tuple[MorphTarget, ...]
    skinning: Skinning
    colored: frozenset[int]
    tangential: frozenset[int]
    morph_nodes: tuple[int, ...]


def read_geometry(
    document: JsonObject,
    accessors: Accessors,
    scene: Scene,
    materials: Sequence[Material],
    sets: Sequence[TextureSets],
) -> Geometry:
    """Reads every mesh that the scene draws, once for every node that draws it. The last of
    ``materials`` is for primitives that name none; ``sets`` are the texture coordinates that each
    material takes."""
    builder = _Builder(document, accessors, scene, materials, sets)
    for row in sorted(scene.drawn, key=lambda r: scene.file_index[r]):
        builder.add_node(row)
    return builder.geometry()


class _Builder:
    def __init__(
        self,
        document: JsonObject,
        accessors: Accessors,
        scene: Scene,
        materials: Sequence[Material],
        sets: Sequence[TextureSets],
    ) -> None:
        self._nodes = document.objects("nodes")
        self._meshes = document.objects("meshes")
        self._skins = document.objects("skins")
        self._accessors = accessors
        self._scene = scene
        self._materials = materials
        self._sets = sets
        self._reader = PrimitiveReader(accessors)
        self._read: dict[int, list[tuple[int, PrimitiveGeometry]]] = {}
        self._palette = Palette(self._skins, accessors, scene)
        self._blocks: list[tuple[VertexBlock, NDArray[np.int64], FloatArray]] = []
        self._starts: list[int] = []
        self._vertex_count = 0
        self._index_count = 0
        self._morph_deltas = 0
        self._morph_names: dict[int, list[str]] = {}
        self._triangles: list[NDArray[np.int64]] = []
        self._primitives: list[Primitive] = []
        self._morphs: list[MorphTarget] = []
        self._morph_nodes: list[int] = []
        self._colored: set[int] = set()
        self._tangential: set[int] = set()

    def add_node(self, row: int) -> None:
        entry = self._nodes[self._scene.file_index[row]]
        mesh = entry.index("mesh", len(self._meshes))
        if mesh is None:
            return
        instances = instance_transforms(entry, self._accessors)
        if instances is None:
            self._draw(mesh, row, entry.index("skin", len(self._skins)), _IDENTITY)
            return
        for transform in instances:
            self._draw(mesh, row, None, transform)

    def _draw(self, mesh: int, row: int, skin: int | None, transform: FloatArray) -> None:
        """Adds the mesh once, hung on the node at ``row`` by ``transform`` where it has no skin."""
        placed: dict[BlockKey, int] = {}
        mirrored = _is_mirror(self._scene.globals_[row] @ transform)
        primitives = self._primitives_of(mesh)
        if len(self._primitives) + len(primitives) > MAX_DRAWS:
            raise AvatarFileError(f"the scene draws more than {MAX_DRAWS} primitives")
        for material, geometry in primitives:
            if geometry.key not in placed:
                placed[geometry.key] = self._place(geometry.block, skin, row, transform)
            block = placed[geometry.key]
            start = self._starts[block]
            corners = geometry.triangles[:, ::-1] if mirrored else geometry.triangles
            first = self._index_count
            self._index_count += corners.size
            if self._index_count > 3 * MAX_TRIANGLES:
                raise AvatarFileError(f"the scene has more than {MAX_TRIANGLES} triangles")
            self._triangles.append(corners + start)
            self._primitives.append(Primitive(first, corners.size, material, row, block=block))
            if geometry.block.colors is not None:
                self._colored.add(material)
            if geometry.block.has_tangents:
                self._tangential.add(material)
        self._add_morphs(mesh, row, list(placed.values()))

    def geometry(self) -> Geometry:
        if self._reader.has_points_or_lines and not self._triangles:
            raise AvatarFileError("it has only points or lines; only triangles are drawn")
        indices = (
            np.concatenate(self._triangles).ravel() if self._triangles else np.zeros(0, np.int64)
        )
        used, remap = _used_rows(indices, self._vertex_count)
        return Geometry(
            self._gather(used, 3, lambda b: b.positions),
            self._gather(used, 3, lambda b: b.normals),
            self._gather(used, 2, lambda b: b.uvs),
            self._gather_optional(used, 0.0, 2, lambda b: b.uvs1),
            self._gather_optional(used, 1.0, 4, lambda b: b.colors),
            remap[indices].astype(np.uint32),
            tuple(self._primitives),
            tuple(_kept(m, remap) for m in self._morphs),
            self._skinning(used),
            frozenset(self._colored),
            frozenset(self._tangential),
            tuple(self._morph_nodes),
        )

    def _primitives_of(self, mesh: int) -> list[tuple[int, PrimitiveGeometry]]:
        if mesh not in self._read:
            found = []
            for entry in self._meshes[mesh].objects("primitives"):
                default = len(self._materials) - 1
                index = entry.index("material", default)
                material = default if index is None else index
                is_lit = self._materials[material].shading != "unlit"
                geometry = self._reader.read(entry, is_lit=is_lit, sets=self._sets[material])
                if geometry is not None and len(geometry.triangles):
                    found.append((material, geometry))
            self._read[mesh] = found
        return self._read[mesh]

    def _place(self, block: VertexBlock, skin: int | None, row: int, transform: FloatArray) -> int:
        """Gives ``block`` its rows in the table and its joints in the palette."""
        count = len(block.positions)
        if self._vertex_count + count > MAX_VERTICES:
            raise AvatarFileError(f"the scene has more than {MAX_VERTICES} vertices")
        if skin is None or block.joints is None or block.weights is None:
            stretch = stretch_of(self._scene.globals_[row] @ transform)
            if stretch is not None:
                block, transform = stretched(block, stretch), unstretched(transform, stretch)
            joints = np.zeros((count, 4), np.int64)
            joints[:, 0] = self._palette.hang(row, transform)
            weights = np.zeros((count, 4), np.float32)
            weights[:, 0] = 1.0
        else:
            weights = block.weights
            joints = self._palette.rows(skin, np.where(weights > 0, block.joints, 0))
        self._blocks.append((block, joints, weights))
        self._starts.append(self._vertex_count)
        self._vertex_count += count
        return len(self._blocks) - 1

    def _add_morphs(self, mesh: int, row: int, blocks: list[int]) -> None:
        entry, node = self._meshes[mesh], self._nodes[self._scene.file_index[row]]
        count = max((len(self._blocks[b][0].morphs) for b in blocks), default=0)
        if not count:
            return
        self._morph_deltas += sum(len(m.rows) for b in blocks for m in self._blocks[b][0].morphs)
        if len(self._morphs) + count > MAX_MORPHS or self._morph_deltas > MAX_MORPH_DELTAS:
            raise AvatarFileError(
                f"the scene has more than {MAX_MORPHS} morph targets, or these move more than "
                f"{MAX_MORPH_DELTAS} vertices"
            )
        if mesh not in self._morph_names:
            self._morph_names[mesh] = target_names(entry, self._accessors, count)
        names = self._morph_names[mesh]
        rest = node.number_list("weights") or entry.number_list("weights")
        for target in range(count):
            parts = [
                (self._starts[b], self._blocks[b][0].morphs[target])
                for b in blocks
                if target < len(self._blocks[b][0].morphs)
            ]
            weight = rest[target] if target < len(rest) else 0.0
            self._morph_nodes.append(row)
            self._morphs.append(
                MorphTarget(
                    names[target],
                    mesh,
                    target,
                    np.concatenate([start + m.rows for start, m in parts]).astype(np.int32),
                    np.concatenate([m.positions for _, m in parts]),
                    np.concatenate([m.normals for _, m in parts]),
                    weight,
                )
            )

    def _gather(
        self, used: NDArray[np.int64], width: int, part: Callable[[VertexBlock], FloatArray]
    ) -> FloatArray:
        parts = [part(block) for block, _, _ in self._blocks]
        return np.concatenate([*parts, np.zeros((0, width), np.float32)])[used]

    def _gather_optional(
        self,
        used: NDArray[np.int64],
        missing: float,
        width: int,
        part: Callable[[VertexBlock], FloatArray | None],
    ) -> FloatArray | None:
        """None where no block has the attribute; blocks without it are filled."""
        if all(part(block) is None for block, _, _ in self._blocks):
            return None

        def filled(block: VertexBlock) -> FloatArray:
            own = part(block)
            shape = (len(block.positions), width)
            return np.full(shape, missing, np.float32) if own is None else own

        return self._gather(used, width, filled)

    def _skinning(self, used: NDArray[np.int64]) -> Skinning:
        no_joints, no_weights = np.zeros((0, 4), np.int64), np.zeros((0, 4), np.float32)
        joints = np.concatenate([*(j for _, j, _ in self._blocks), no_joints])[used]
        weights = np.concatenate([*(w for _, _, w in self._blocks), no_weights])[used]
        nodes, inverse_binds = self._palette.finish()
        return Skinning(joints.astype(np.uint16), weights, nodes, inverse_binds)


def _is_mirror(matrix: NDArray[np.float64]) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.linalg.det(matrix[:3, :3]) < 0)


def _used_rows(
    indices: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The vertices that some triangle uses, and the new row of each old one (-1 if none)."""
    mask = np.zeros(count, bool)
    mask[indices] = True
    used = np.flatnonzero(mask)
    remap = np.full(count, -1, np.int64)
    remap[used] = np.arange(len(used))
    return used, remap


def _kept(morph: MorphTarget, remap: NDArray[np.int64]) -> MorphTarget:
    rows = remap[morph.vertices]
    keep = rows >= 0
    order = np.argsort(rows[keep], kind="stable")
    return MorphTarget(
        morph.name,
        morph.mesh,
        morph.index,
        rows[keep][order].astype(np.int32),
        np.ascontiguousarray(morph.positions[keep][order]),
        np.ascontiguousarray(morph.normals[keep][order]),
        morph.rest_weight,
    )
