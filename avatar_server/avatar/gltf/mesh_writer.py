"""Splits the joined vertex table into glTF meshes and skins again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.scene import global_transforms
from avatar_server.avatar.gltf.writer import GlbWriter, JsonDict
from avatar_server.avatar.material import Material, TextureUse
from avatar_server.avatar.model import AvatarModel, MorphTarget, Primitive
from avatar_server.types import FloatArray


@dataclass(frozen=True, slots=True)
class WrittenMeshes:
    """``morph_places`` maps a row of ``AvatarModel.morphs`` to the (node, target index) pairs that
    draw it; ``mesh_nodes`` a row of ``AvatarModel.primitives`` to its node."""

    morph_places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    mesh_nodes: dict[int, int] = field(default_factory=dict)


def write_meshes(writer: GlbWriter, model: AvatarModel) -> WrittenMeshes:
    """Writes a mesh for every node of ``model`` that draws, into nodes that are already written.

    Rigid meshes stay on their node. A skinned mesh gets a root node of its own, since glTF ignores
    the transform of its node.
    """
    written = WrittenMeshes()
    meshes = _MeshWriter(writer, model, written)
    groups: dict[tuple[int, bool], list[int]] = {}
    for row, primitive in enumerate(model.primitives):
        if primitive.index_count:
            key = (primitive.node, meshes.is_rigid(primitive))
            groups.setdefault(key, []).append(row)
    for (node, rigid), rows in groups.items():
        meshes.write(node, rows, rigid=rigid)
    return written


class _MeshWriter:
    def __init__(self, writer: GlbWriter, model: AvatarModel, written: WrittenMeshes) -> None:
        self._writer = writer
        self._model = model
        self._written = written
        self._globals = global_transforms(model.nodes)

    def is_rigid(self, primitive: Primitive) -> bool:
        """All vertices hang on the primitive's own node, by the identity."""
        skinning = self._model.skinning
        vertices = np.unique(self._corners(primitive))
        used = np.unique(skinning.joints[vertices][skinning.weights[vertices] > 0])
        return all(
            skinning.palette_nodes[p] == primitive.node
            and np.array_equal(skinning.inverse_binds[p], np.eye(4))
            for p in used
        )

    def write(self, node: int, rows: list[int], *, rigid: bool) -> None:
        """One mesh of the primitives ``rows``, which share one vertex buffer."""
        model = self._model
        vertices = np.unique(np.concatenate([self._corners(model.primitives[r]) for r in rows]))
        new_row = np.full(len(model.positions), -1, np.int64)
        new_row[vertices] = np.arange(len(vertices))
        attributes = self._attributes(vertices)
        skin = None if rigid else self._skin(vertices, attributes)
        morphs = self._morphs_of(vertices)
        targets = [self._target(model.morphs[m], new_row, len(vertices)) for m in morphs]
        mirrored = rigid and np.linalg.det(self._globals[node][:3, :3]) < 0
        primitives = []
        for r in rows:
            corners = new_row[self._corners(model.primitives[r])]
            if mirrored:
                corners = corners.reshape(-1, 3)[:, ::-1].ravel()
            primitives.append(self._primitive(model.primitives[r], corners, attributes, targets))
        mesh: JsonDict = {"name": model.nodes[node].name, "primitives": primitives}
        if morphs:
            mesh["extras"] = {"targetNames": [model.morphs[m].name for m in morphs]}
            mesh["weights"] = [model.morphs[m].rest_weight for m in morphs]
        place = self._place(node, self._writer.add("meshes", mesh), skin)
        self._written.mesh_nodes.update(dict.fromkeys(rows, place))
        for target, m in enumerate(morphs):
            self._written.morph_places.setdefault(m, []).append((place, target))

    def _corners(self, primitive: Primitive) -> NDArray[np.int64]:
        first = primitive.first_index
        return self._model.indices[first : first + primitive.index_count].astype(np.int64)

    def _place(self, node: int, mesh: int, skin: int | None) -> int:
        if skin is None:
            self._writer.document["nodes"][node]["mesh"] = mesh
            return node
        entry = {"name": self._model.nodes[node].name or "mesh", "mesh": mesh, "skin": skin}
        place = self._writer.add("nodes", entry)
        self._writer.document["scenes"][0]["nodes"].append(place)
        return place

    def _attributes(self, vertices: NDArray[np.int64]) -> JsonDict:
        model, writer = self._model, self._writer
        attributes = {
            "POSITION": writer.accessor(model.positions[vertices], bounds=True),
            "NORMAL": writer.accessor(model.normals[vertices]),
            "TEXCOORD_0": writer.accessor(model.uvs[vertices]),
        }
        if model.uvs1 is not None:
            attributes["TEXCOORD_1"] = writer.accessor(model.uvs1[vertices])
        elif any(map(_uses_second_coordinates, model.materials)):
            attributes["TEXCOORD_1"] = writer.accessor(np.zeros((len(vertices), 2), np.float32))
        if model.colors is not None:
            colors = np.clip(model.colors[vertices], 0.0, 1.0)
            attributes["COLOR_0"] = writer.accessor(colors)
        return attributes

    def _primitive(
        self,
        primitive: Primitive,
        corners: NDArray[np.int64],
        attributes: JsonDict,
        targets: list[JsonDict],
    ) -> JsonDict:
        own = dict(attributes)
        if not self._model.materials[primitive.material].vertex_colors:
            own.pop("COLOR_0", None)
        count = int(corners.max()) + 1
        entry: JsonDict = {
            "attributes": own,
            "indices": self._writer.indices(corners, count),
            "material": primitive.material,
        }
        return entry | ({"targets": targets} if targets else {})

    def _skin(self, vertices: NDArray[np.int64], attributes: JsonDict) -> int:
        """The joints that ``vertices`` hang on, and their weights in ``attributes``."""
        skinning = self._model.skinning
        joints, weights = _merged(
            skinning.joints[vertices].astype(np.int64), skinning.weights[vertices]
        )
        used = np.unique(joints[weights > 0])
        local = np.zeros(len(skinning.palette_nodes), np.int64)
        local[used] = np.arange(len(used))
        attributes["JOINTS_0"] = self._writer.accessor(
            np.where(weights > 0, local[joints], 0).astype("<u2")
        )
        attributes["WEIGHTS_0"] = self._writer.accessor(weights)
        binds = skinning.inverse_binds[used].transpose(0, 2, 1).reshape(-1, 16).copy()
        binds[:, [3, 7, 11]], binds[:, 15] = 0.0, 1.0
        seen: set[int] = set()
        nodes = [self._joint(int(skinning.palette_nodes[p]), seen) for p in used]
        return self._writer.add(
            "skins",
            {"joints": nodes, "inverseBindMatrices": self._writer.accessor(binds, target=None)},
        )

    def _joint(self, node: int, seen: set[int]) -> int:
        """``node``, or for a second bind of the same node a child that moves with it: the joints
        of one skin must differ."""
        if node not in seen:
            seen.add(node)
            return node
        child = self._writer.add("nodes", {"name": f"{self._model.nodes[node].name}_bind"})
        self._writer.document["nodes"][node].setdefault("children", []).append(child)
        return child

    def _morphs_of(self, vertices: NDArray[np.int64]) -> list[int]:
        """Rows of the morph targets that move ``vertices``, and of their mesh's that move none."""
        morphs = self._model.morphs
        moved = [bool(np.isin(m.vertices, vertices).any()) for m in morphs]
        meshes = {m.mesh for m, moves in zip(morphs, moved, strict=True) if moves}
        return [
            i
            for i, (m, moves) in enumerate(zip(morphs, moved, strict=True))
            if moves or (not len(m.vertices) and m.mesh in meshes)
        ]

    def _target(self, morph: MorphTarget, new_row: NDArray[np.int64], count: int) -> JsonDict:
        rows = new_row[morph.vertices]
        kept = rows >= 0
        sparse = rows[kept].astype(np.int32)
        return {
            "POSITION": self._writer.sparse_accessor(
                sparse, morph.positions[kept], count, bounds=True
            ),
            "NORMAL": self._writer.sparse_accessor(
                sparse, morph.normals[kept], count, bounds=False
            ),
        }


def _merged(joints: NDArray[np.int64], weights: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """The same influences with every joint named once a vertex, adding up to 1 exactly enough for
    a validator."""
    joints, wide = joints.copy(), weights.astype(np.float64)
    for later in range(1, 4):
        for earlier in range(later):
            same = (joints[:, later] == joints[:, earlier]) & (wide[:, later] > 0)
            wide[same, earlier] += wide[same, later]
            wide[same, later] = 0.0
    wide /= np.maximum(wide.sum(axis=1, keepdims=True), 1e-12)
    rounded = wide.astype(np.float32)
    largest = np.argmax(rounded, axis=1)
    at = np.arange(len(rounded))
    rounded[at, largest] += (1.0 - rounded.astype(np.float64).sum(axis=1)).astype(np.float32)
    return joints, rounded


def _uses_second_coordinates(material: Material) -> bool:
    values = (getattr(material, part.name) for part in fields(material))
    return any(isinstance(value, TextureUse) and value.texcoord == 1 for value in values)
