"""VRMC_springBone-1.0: colliders, collider groups and spring chains; and
VRMC_springBone_extended_collider-1.0."""

from __future__ import annotations

from typing import Final

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.model import Spring, SpringCollider, SpringJoint
from avatar_server.avatar.vrm.source import VrmSource

NAME: Final = "VRMC_springBone"
EXTENDED_COLLIDER: Final = "VRMC_springBone_extended_collider"
_PLANE_RADIUS: Final = 500.0
"""Metres of the ball whose near side stands for a plane."""


def read_springs(source: VrmSource) -> tuple[tuple[Spring, ...], tuple[SpringCollider, ...]]:
    """The springs and the colliders that they name by row."""
    part = source.document.object("extensions").object(NAME).leniently()
    colliders: list[SpringCollider] = []
    row_of: dict[int, int] = {}
    entries = part.objects("colliders")
    for i, entry in enumerate(entries):
        collider = _collider(entry, source)
        if collider is not None:
            row_of[i] = len(colliders)
            colliders.append(collider)
    groups = [
        tuple(row_of[c] for c in group.indices("colliders", len(entries)) if c in row_of)
        for group in part.objects("colliderGroups")
    ]
    found = (_spring(entry, groups, source) for entry in part.objects("springs"))
    return tuple(s for s in found if len(s.joints) > 1), tuple(colliders)


def _collider(entry: JsonObject, source: VrmSource) -> SpringCollider | None:
    node = source.node(entry, "node")
    # What only newer readers know stands beside a shape for all others.
    shape = entry.object("extensions").object(EXTENDED_COLLIDER).object("shape") or entry.object(
        "shape"
    )
    kind = next((k for k in ("capsule", "sphere", "plane") if k in shape), None)
    if node is None or kind is None:
        return None
    part = shape.object(kind)
    x, y, z = part.numbers("offset", (0.0, 0.0, 0.0))
    if kind == "plane":
        nx, ny, nz = _unit(part.numbers("normal", (0.0, 0.0, 1.0)))
        far = (x - _PLANE_RADIUS * nx, y - _PLANE_RADIUS * ny, z - _PLANE_RADIUS * nz)
        return SpringCollider(node, far, _PLANE_RADIUS)
    radius, inside = max(part.number("radius", 0.0), 0.0), part.flag("inside")
    if kind == "sphere":
        return SpringCollider(node, (x, y, z), radius, inside=inside)
    tx, ty, tz = part.numbers("tail", (0.0, 0.0, 0.0))
    return SpringCollider(node, (x, y, z), radius, (tx, ty, tz), inside)


def _unit(vector: tuple[float, ...]) -> tuple[float, ...]:
    length = sum(c * c for c in vector) ** 0.5
    return tuple(c / length for c in vector) if length > 1e-9 else (0.0, 0.0, 1.0)


def _spring(entry: JsonObject, groups: list[tuple[int, ...]], source: VrmSource) -> Spring:
    joints: list[SpringJoint] = []
    for joint in entry.objects("joints"):
        node = source.node(joint, "node")
        if node is None or any(j.node == node for j in joints):
            continue
        x, y, z = joint.numbers("gravityDir", (0.0, -1.0, 0.0))
        joints.append(
            SpringJoint(
                node,
                max(joint.number("hitRadius", 0.0), 0.0),
                joint.number("stiffness", 1.0),
                joint.number("gravityPower", 0.0),
                (x, y, z),
                min(max(joint.number("dragForce", 0.5), 0.0), 1.0),
            )
        )
    named = [c for g in entry.indices("colliderGroups", len(groups)) for c in groups[g]]
    center = source.node(entry, "center")
    return Spring(
        entry.text("name"),
        tuple(joints),
        tuple(dict.fromkeys(named)),
        -1 if center is None else center,
    )
