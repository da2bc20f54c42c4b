"""Small characters made in code, with geometry that can be computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar_server.avatar import Avatar
from avatar_server.avatar.manifest import Manifest, parse_manifest
from avatar_server.avatar.material import Material
from avatar_server.avatar.model import AvatarModel, MorphTarget, Node, Primitive, Skinning
from avatar_server.expression import ARKIT_52, ARKIT_INDEX, EMOTIONS
from avatar_server.types import Expression

BONES: dict[str, tuple[str | None, tuple[float, float, float]]] = {
    "hips": (None, (0, 0.9, 0)),
    "spine": ("hips", (0, 0.1, 0)),
    "chest": ("spine", (0, 0.15, 0)),
    "neck": ("chest", (0, 0.2, 0)),
    "head": ("neck", (0, 0.08, 0)),
    "leftEye": ("head", (0.03, 0.08, 0.06)),
    "rightEye": ("head", (-0.03, 0.08, 0.06)),
    "leftShoulder": ("chest", (0.03, 0.15, 0)),
    "leftUpperArm": ("leftShoulder", (0.1, 0, 0)),
    "leftLowerArm": ("leftUpperArm", (0.25, 0, 0)),
    "leftHand": ("leftLowerArm", (0.22, 0, 0)),
    "rightShoulder": ("chest", (-0.03, 0.15, 0)),
    "rightUpperArm": ("rightShoulder", (-0.1, 0, 0)),
    "rightLowerArm": ("rightUpperArm", (-0.25, 0, 0)),
    "rightHand": ("rightLowerArm", (-0.22, 0, 0)),
}


def humanoid(
    *,
    morph_names: tuple[str, ...] = ARKIT_52,
    extra_nodes: tuple[Node, ...] = (),
    **changes: object,
) -> AvatarModel:
    """A figure with one vertex at each bone and one at the crown; morph i moves the crown's vertex
    by 1 cm · (i + 1) along x. Its crown is 0.22 m above the head bone."""
    names = list(BONES)
    nodes = [
        Node(name, -1 if parent is None else names.index(parent), offset)
        for name, (parent, offset) in BONES.items()
    ]
    nodes += list(extra_nodes)
    places = np.zeros((len(nodes), 3), np.float32)
    for i, node in enumerate(nodes):
        places[i] = np.add(node.translation, places[node.parent] if node.parent >= 0 else 0)
    crown = len(nodes)
    positions = np.concatenate([places, [places[names.index("head")] + (0, 0.22, 0)]])
    positions = positions.astype(np.float32)
    count = len(positions)
    owners = np.zeros((count, 4), np.uint16)
    owners[:, 0] = [*range(len(nodes)), names.index("head")]
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1
    binds = np.tile(np.eye(4, dtype=np.float32), (len(nodes), 1, 1))
    binds[:, :3, 3] = -places
    fields: dict[str, object] = {
        "name": "figure",
        "nodes": tuple(nodes),
        "positions": positions,
        "normals": np.tile(np.float32([0, 0, 1]), (count, 1)),
        "uvs": np.zeros((count, 2), np.float32),
        "indices": np.arange(count - count % 3, dtype=np.uint32),
        "primitives": (Primitive(0, count - count % 3, 0, 0),),
        "materials": (Material(),),
        "textures": (),
        "morphs": tuple(
            MorphTarget(
                name,
                0,
                i,
                np.array([crown], np.int32),
                np.float32([[0.01 * (i + 1), 0, 0]]),
                np.zeros((1, 3), np.float32),
            )
            for i, name in enumerate(morph_names)
        ),
        "skinning": Skinning(owners, weights, np.arange(len(nodes), dtype=np.int32), binds),
        "humanoid": {name: names.index(name) for name in BONES},
    }
    fields.update(changes)
    return AvatarModel(**fields)  # type: ignore[arg-type]


def manifest(**fields: object) -> Manifest:
    return parse_manifest(
        {"schema": 1, "id": "figure", "name": "Figure", "model": "figure.glb", **fields}, "figure"
    )


def avatar(model: AvatarModel | None = None, **fields: object) -> Avatar:
    return Avatar("figure", manifest(**fields), model or humanoid(), Path())


def expression(
    time_s: float = 0.0,
    *,
    rotation: np.ndarray | None = None,
    tracked: bool = True,
    emotions: dict[str, float] | None = None,
    **coefficients: float,
) -> Expression:
    face = np.zeros(52, np.float32)
    for name, value in coefficients.items():
        face[ARKIT_INDEX[name]] = value
    emotion = np.zeros(len(EMOTIONS), np.float32)
    for name, value in (emotions or {}).items():
        emotion[EMOTIONS.index(name)] = value
    turn = np.float32([0, 0, 0, 1]) if rotation is None else rotation
    return Expression(face, turn, np.zeros(3, np.float32), emotion, time_s, tracked)
