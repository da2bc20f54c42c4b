"""Turns a model that faces -z, as VRM 0.x has it, to +z, as VRM 1.0 and this project have it.

Every space of the file is turned by 180 degrees about y: each node's own, each mesh's and the
scene's. With T the turn, a local transform L becomes T L T^-1, which for this T only changes
signs and so is exact, and all bones keep axes that are parallel to the scene's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar_server.avatar.model import AvatarModel, Node, NodeConstraint, Spring, SpringCollider
from avatar_server.types import FloatArray

Vector = tuple[float, float, float]
_TURN: Final = np.array([-1.0, 1.0, -1.0], np.float32)
_TURNED_AXES: Final = {
    "PositiveX": "NegativeX",
    "NegativeX": "PositiveX",
    "PositiveZ": "NegativeZ",
    "NegativeZ": "PositiveZ",
}


def face_forward(model: AvatarModel) -> AvatarModel:
    """``model``, which faces -z, facing +z."""
    turn4 = np.append(_TURN, np.float32(1.0))
    skinning = replace(
        model.skinning,
        inverse_binds=model.skinning.inverse_binds * turn4[:, None] * turn4[None, :],
    )
    look_at = model.look_at
    if look_at is not None:
        look_at = replace(look_at, offset_from_head=_turned(look_at.offset_from_head))
    return replace(
        model,
        nodes=tuple(map(_turned_node, model.nodes)),
        positions=_turned_rows(model.positions),
        normals=_turned_rows(model.normals),
        morphs=tuple(
            replace(m, positions=_turned_rows(m.positions), normals=_turned_rows(m.normals))
            for m in model.morphs
        ),
        skinning=skinning,
        look_at=look_at,
        springs=tuple(map(_turned_spring, model.springs)),
        spring_colliders=tuple(map(_turned_collider, model.spring_colliders)),
        constraints=tuple(map(_turned_constraint, model.constraints)),
    )


def _turned(vector: Vector) -> Vector:
    x, y, z = vector
    return -x, y, -z


def _turned_rows(rows: FloatArray) -> FloatArray:
    result: FloatArray = rows * _TURN
    return result


def _turned_node(node: Node) -> Node:
    x, y, z, w = node.rotation
    return replace(node, translation=_turned(node.translation), rotation=(-x, y, -z, w))


def _turned_spring(spring: Spring) -> Spring:
    joints = (replace(j, gravity_dir=_turned(j.gravity_dir)) for j in spring.joints)
    return replace(spring, joints=tuple(joints))


def _turned_collider(collider: SpringCollider) -> SpringCollider:
    tail = None if collider.tail is None else _turned(collider.tail)
    return replace(collider, offset=_turned(collider.offset), tail=tail)


def _turned_constraint(constraint: NodeConstraint) -> NodeConstraint:
    return replace(constraint, axis=_TURNED_AXES.get(constraint.axis, constraint.axis))
