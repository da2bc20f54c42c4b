"""Writes a figure as GLB that is a valid VRM 1.0 file.

Specifications: glTF 2.0, VRMC_vrm-1.0, VRMC_materials_mtoon-1.0, VRMC_springBone-1.0,
KHR_materials_unlit. Morph targets are sparse accessors (glTF 2.0, 3.6.2.3).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assets.workshop.materials import Toon
from assets.workshop.part import Part, finished
from assets.workshop.rig import Rig

_FLOAT, _UINT16, _UINT32 = 5126, 5123, 5125
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963


@dataclass
class Figure:
    """A whole character. ``atlas`` is the PNG of the one texture; ``expressions`` maps a VRM
    preset to (morph, weight) pairs; ``meta`` and ``look_at`` are VRMC_vrm's own."""

    name: str
    rig: Rig
    materials: list[Toon]
    parts: list[Part]
    atlas: bytes
    morph_names: Sequence[str]
    expressions: Mapping[str, Mapping[str, float]]
    meta: Mapping[str, Any]
    look_at: Mapping[str, Any] | None = None
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def triangle_count(self) -> int:
        return sum(len(p.triangles) for p in self.parts)


class _Buffer:
    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        self.data.extend(b"\0" * (-len(self.data) % 4))
        view: dict[str, Any] = {
            "buffer": 0,
            "byteOffset": len(self.data),
            "byteLength": len(data),
        }
        if target is not None:
            view["target"] = target
        self.data.extend(data)
        self.views.append(view)
        return len(self.views) - 1

    def _store(self, accessor: dict[str, Any]) -> int:
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def array(
        self,
        values: Any,
        kind: str,
        component: int = _FLOAT,
        *,
        target: int | None = _ARRAY_BUFFER,
        bounds: bool = False,
    ) -> int:
        dtype = {_FLOAT: "<f4", _UINT16: "<u2", _UINT32: "<u4"}[component]
        a = np.ascontiguousarray(values, dtype)
        accessor: dict[str, Any] = {
            "bufferView": self.view(a.tobytes(), target),
            "componentType": component,
            "count": len(a),
            "type": kind,
        }
        if bounds:
            accessor["min"] = a.min(axis=0).tolist()
            accessor["max"] = a.max(axis=0).tolist()
        return self._store(accessor)

    def sparse(self, values: Any, *, bounds: bool) -> int:
        """A VEC3 accessor that stores only the rows that are not zero."""
        a = np.ascontiguousarray(values, "<f4")
        rows = np.flatnonzero(np.any(a != 0, axis=1))
        if len(rows) == 0 or len(rows) > 0.7 * len(a):
            return self.array(a, "VEC3", bounds=bounds)
        component, dtype = (_UINT16, "<u2") if len(a) < 65536 else (_UINT32, "<u4")
        accessor: dict[str, Any] = {
            "componentType": _FLOAT,
            "count": len(a),
            "type": "VEC3",
            "sparse": {
                "count": len(rows),
                "indices": {
                    "bufferView": self.view(rows.astype(dtype).tobytes()),
                    "componentType": component,
                },
                "values": {"bufferView": self.view(a[rows].tobytes())},
            },
        }
        if bounds:
            accessor["min"] = np.minimum(a.min(axis=0), 0).tolist()
            accessor["max"] = np.maximum(a.max(axis=0), 0).tolist()
        return self._store(accessor)


def _skin_rows(part: Part, palette: Mapping[str, int]) -> tuple[Any, Any]:
    count = len(part.positions)
    names = list(part.skin)
    table = np.stack([part.skin[n] for n in names], 1) if names else np.ones((count, 1))
    ids = np.array([palette[n] for n in names] or [0])
    order = np.argsort(-table, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(table, order, 1)
    joints = ids[order]
    pad = 4 - weights.shape[1]
    weights = np.pad(weights, ((0, 0), (0, pad)))
    joints = np.pad(joints, ((0, 0), (0, pad)))
    weights = np.where(weights < 1e-3, 0.0, weights)
    weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    weights[:, 0] += 1 - weights.sum(1, dtype=np.float64).astype(np.float32)
    return np.where(weights > 0, joints, 0), weights


def _primitive(
    buffer: _Buffer,
    part: Part,
    material: int,
    palette: Mapping[str, int],
    morphs: Sequence[str],
) -> dict[str, Any]:
    done = finished(part)
    joints, weights = _skin_rows(done, palette)
    count = len(done.positions)
    index_type = _UINT16 if count < 65535 else _UINT32
    zero: list[int] = []

    def target(values: Any, *, bounds: bool) -> int:
        rounded = None if values is None else np.where(np.abs(values) < 2e-6, 0.0, values)
        if rounded is not None and np.any(rounded):
            return buffer.sparse(rounded, bounds=bounds)
        if not zero:
            zero.append(buffer.array(np.zeros((count, 3)), "VEC3", bounds=True))
        return zero[0]

    primitive: dict[str, Any] = {
        "attributes": {
            "POSITION": buffer.array(done.positions, "VEC3", bounds=True),
            "NORMAL": buffer.array(done.normals, "VEC3"),
            "TEXCOORD_0": buffer.array(done.uvs, "VEC2"),
            "JOINTS_0": buffer.array(joints, "VEC4", _UINT16),
            "WEIGHTS_0": buffer.array(weights, "VEC4"),
        },
        "indices": buffer.array(
            done.triangles.reshape(-1), "SCALAR", index_type, target=_ELEMENT_BUFFER
        ),
        "material": material,
        "mode": 4,
    }
    if morphs:
        primitive["targets"] = [
            {
                "POSITION": target(done.morphs.get(name), bounds=True),
                "NORMAL": target(done.morph_normals.get(name), bounds=False),
            }
            for name in morphs
        ]
    return primitive


def _nodes(rig: Rig) -> tuple[list[dict[str, Any]], dict[str, int]]:
    number = {joint.name: i for i, joint in enumerate(rig.joints)}
    nodes: list[dict[str, Any]] = []
    for joint in rig.joints:
        base = rig.at(joint.parent) if joint.parent else np.zeros(3)
        nodes.append(
            {
                "name": joint.name,
                "translation": [round(float(v), 6) for v in np.array(joint.at) - base],
            }
        )
    for joint in rig.joints:
        if joint.parent:
            nodes[number[joint.parent]].setdefault("children", []).append(number[joint.name])
    return nodes, number


def _global_at(rig: Rig) -> dict[str, Any]:
    """Positions as a reader adds them up from the rounded translations."""
    at: dict[str, Any] = {}
    for joint in rig.joints:
        base = rig.at(joint.parent) if joint.parent else np.zeros(3)
        local = np.round(np.array(joint.at) - base, 6)
        at[joint.name] = at.get(joint.parent, np.zeros(3)) + local
    return at


def _vrm(figure: Figure, node: Mapping[str, int], meshes: Mapping[str, int]) -> dict[str, Any]:
    row = {name: i for i, name in enumerate(figure.morph_names)}
    preset = {}
    for name, binds in figure.expressions.items():
        preset[name] = {
            "morphTargetBinds": [
                {"node": meshes["face"], "index": row[morph], "weight": weight}
                for morph, weight in binds.items()
            ],
            "isBinary": False,
            "overrideBlink": "none",
            "overrideLookAt": "none",
            "overrideMouth": "none",
        } | dict(figure.overrides.get(name, {}))
    humanoid = {j.humanoid: {"node": node[j.name]} for j in figure.rig.joints if j.humanoid}
    vrm: dict[str, Any] = {
        "specVersion": "1.0",
        "meta": dict(figure.meta),
        "humanoid": {"humanBones": humanoid},
        "firstPerson": {"meshAnnotations": [{"node": n, "type": "auto"} for n in meshes.values()]},
        "expressions": {"preset": preset},
    }
    if figure.look_at is not None:
        vrm["lookAt"] = dict(figure.look_at)
    return vrm


def write_glb(figure: Figure, path: Path) -> None:
    """Writes ``figure`` to ``path``."""
    buffer = _Buffer()
    nodes, number = _nodes(figure.rig)
    roots = [number[j.name] for j in figure.rig.joints if not j.parent]
    palette = {joint.name: i for i, joint in enumerate(figure.rig.joints)}
    material_row = {m.name: i for i, m in enumerate(figure.materials)}
    mesh_names = list(dict.fromkeys(p.mesh for p in figure.parts))
    meshes, mesh_nodes = [], {}
    for name in mesh_names:
        own = [p for p in figure.parts if p.mesh == name]
        morphs = list(figure.morph_names) if any(p.morphs for p in own) else []
        mesh: dict[str, Any] = {
            "name": name,
            "primitives": [
                _primitive(buffer, p, material_row[p.material], palette, morphs) for p in own
            ],
        }
        if morphs:
            mesh["weights"] = [0.0] * len(morphs)
            mesh["extras"] = {"targetNames": morphs}
        mesh_nodes[name] = len(nodes)
        nodes.append({"name": name, "mesh": len(meshes), "skin": 0})
        roots.append(mesh_nodes[name])
        meshes.append(mesh)
    binds = np.tile(np.eye(4, dtype=np.float32), (len(palette), 1, 1))
    at = _global_at(figure.rig)
    for name, i in palette.items():
        binds[i, 3, :3] = -at[name]
    skin = {
        "joints": list(range(len(palette))),
        "inverseBindMatrices": buffer.array(binds.reshape(-1, 16), "MAT4", target=None),
        "skeleton": number[figure.rig.joints[0].name],
    }
    image = buffer.view(figure.atlas)
    used = ["VRMC_vrm", "VRMC_materials_mtoon", "KHR_materials_unlit"]
    extensions = {"VRMC_vrm": _vrm(figure, number, mesh_nodes)}
    if figure.rig.springs:
        used.append("VRMC_springBone")
        extensions["VRMC_springBone"] = figure.rig.spring_gltf(number)
    document = {
        "asset": {"version": "2.0", "generator": "Avatar Server assets.workshop"},
        "extensionsUsed": used,
        "scene": 0,
        "scenes": [{"name": figure.name, "nodes": roots}],
        "nodes": nodes,
        "meshes": meshes,
        "skins": [skin],
        "materials": [m.to_gltf() for m in figure.materials],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
        "images": [{"name": "atlas", "bufferView": image, "mimeType": "image/png"}],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data) + (-len(buffer.data) % 4)}],
        "extensions": extensions,
    }
    _write_chunks(path, document, bytes(buffer.data))


def _write_chunks(path: Path, document: Mapping[str, Any], binary: bytes) -> None:
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    with path.open("wb") as out:
        out.write(struct.pack("<4sII", b"glTF", 2, total))
        out.write(struct.pack("<I4s", len(text), b"JSON") + text)
        out.write(struct.pack("<I4s", len(binary), b"BIN\0") + binary)
