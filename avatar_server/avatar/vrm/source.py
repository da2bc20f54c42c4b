"""What the readers of both VRM versions need to know of the file around the extension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.scene import Scene
from avatar_server.avatar.material import Material
from avatar_server.avatar.model import (
    LookAt,
    ModelExpression,
    ModelMeta,
    MorphTarget,
    Node,
    NodeConstraint,
    Spring,
    SpringCollider,
)

FirstPerson = Literal["auto", "both", "thirdPersonOnly", "firstPersonOnly"]


@dataclass(frozen=True, slots=True)
class VrmSource:
    """``morph_nodes`` are the rows of the node that draws each morph target, aligned with
    ``morphs``; ``materials`` are the finished ones, by the file's index."""

    document: JsonObject
    scene: Scene
    morphs: tuple[MorphTarget, ...]
    morph_nodes: tuple[int, ...]
    materials: tuple[Material, ...]

    def node(self, owner: JsonObject, key: str) -> int | None:
        """The row of the node that ``owner`` names under ``key``; None if there is none."""
        index = owner.index(key, len(self.scene.nodes))
        return None if index is None else self.scene.row_of[index]


@dataclass(frozen=True, slots=True)
class VrmParts:
    """What a VRM extension adds to a model; see ``AvatarModel``. ``first_person`` maps the row of
    a node to its annotation; ``nodes`` replace the scene's where the reader added some."""

    humanoid: Mapping[str, int]
    expressions: Mapping[str, ModelExpression]
    look_at: LookAt | None
    meta: ModelMeta
    first_person: Mapping[int, FirstPerson]
    springs: Sequence[Spring] = ()
    colliders: Sequence[SpringCollider] = ()
    constraints: Sequence[NodeConstraint] = ()
    nodes: tuple[Node, ...] = ()
