"""The extensions of VRM 1.0 from a model: VRMC_vrm, VRMC_springBone, VRMC_node_constraint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from avatar_server.avatar.gltf.mesh_writer import WrittenMeshes
from avatar_server.avatar.gltf.writer import GlbWriter, JsonDict
from avatar_server.avatar.model import (
    AvatarModel,
    LookAt,
    LookAtRange,
    ModelExpression,
    ModelMeta,
    SpringCollider,
)
from avatar_server.avatar.vrm.springs1 import EXTENDED_COLLIDER

_LICENCE_URL: Final = "https://vrm.dev/licenses/1.0/"
_CHOICES: Final = {
    "avatarPermission": ("onlyAuthor", "onlySeparatelyLicensedPerson", "everyone"),
    "commercialUsage": ("personalNonProfit", "personalProfit", "corporation"),
    "creditNotation": ("required", "unnecessary"),
    "modification": ("prohibited", "allowModification", "allowModificationRedistribution"),
}
_FLAGS: Final = (
    "allowExcessivelyViolentUsage",
    "allowExcessivelySexualUsage",
    "allowPoliticalOrReligiousUsage",
    "allowAntisocialOrHateUsage",
    "allowRedistribution",
)
_CONSTRAINT_AXES: Final = {"roll": "rollAxis", "aim": "aimAxis"}


def write_vrm1(
    writer: GlbWriter, model: AvatarModel, meshes: WrittenMeshes, meta: ModelMeta
) -> None:
    """Adds the extensions to a file whose nodes, meshes and materials are written."""
    vrm: JsonDict = {
        "specVersion": "1.0",
        "meta": _meta(meta),
        "humanoid": {"humanBones": {name: {"node": n} for name, n in model.humanoid.items()}},
        "firstPerson": {"meshAnnotations": _annotations(model, meshes)},
        "expressions": _expressions(model.expressions, meshes),
    }
    if model.look_at is not None:
        vrm["lookAt"] = _look_at(model.look_at)
    extensions = writer.document.setdefault("extensions", {})
    extensions["VRMC_vrm"] = vrm
    writer.uses("VRMC_vrm")
    if model.springs or model.spring_colliders:
        extensions["VRMC_springBone"] = _springs(model)
        writer.uses("VRMC_springBone")
        if any(collider.inside for collider in model.spring_colliders):
            writer.uses(EXTENDED_COLLIDER)
    for constraint in model.constraints:
        settings: JsonDict = {"source": constraint.source, "weight": constraint.weight}
        if constraint.kind in _CONSTRAINT_AXES:
            settings[_CONSTRAINT_AXES[constraint.kind]] = constraint.axis
        writer.document["nodes"][constraint.node].setdefault("extensions", {})[
            "VRMC_node_constraint"
        ] = {"specVersion": "1.0", "constraint": {constraint.kind: settings}}
        writer.uses("VRMC_node_constraint")


def _meta(meta: ModelMeta) -> JsonDict:
    entry: JsonDict = {
        "name": meta.title or "avatar",
        "version": meta.version or "1",
        "authors": list(meta.authors) or ["unknown"],
        "licenseUrl": _LICENCE_URL,
    }
    for key, allowed in _CHOICES.items():
        value = meta.permissions.get(key, allowed[0])
        entry[key] = value if value in allowed else allowed[0]
    entry |= {key: meta.permissions.get(key) == "true" for key in _FLAGS}
    if meta.copyright:
        entry["copyrightInformation"] = meta.copyright
    if meta.licence_url and meta.licence_url != _LICENCE_URL:
        entry["otherLicenseUrl"] = meta.licence_url
    return entry


def _annotations(model: AvatarModel, meshes: WrittenMeshes) -> list[JsonDict]:
    kinds = {
        meshes.mesh_nodes[row]: p.first_person
        for row, p in enumerate(model.primitives)
        if row in meshes.mesh_nodes
    }
    return [{"node": node, "type": kind} for node, kind in kinds.items()]


def _expressions(expressions: Mapping[str, ModelExpression], meshes: WrittenMeshes) -> JsonDict:
    groups: JsonDict = {"preset": {}, "custom": {}}
    for name, expression in expressions.items():
        group = groups["preset" if expression.is_preset else "custom"]
        group[name] = _expression(expression, meshes)
    return {key: group for key, group in groups.items() if group}


def _expression(expression: ModelExpression, meshes: WrittenMeshes) -> JsonDict:
    entry: JsonDict = {
        "isBinary": expression.is_binary,
        "overrideBlink": expression.override_blink,
        "overrideLookAt": expression.override_look_at,
        "overrideMouth": expression.override_mouth,
    }
    morphs = [
        {"node": node, "index": index, "weight": min(max(weight, 0.0), 1.0)}
        for row, weight in expression.morphs
        for node, index in meshes.morph_places.get(row, ())
    ]
    colors = [
        {"material": c.material, "type": c.kind, "targetValue": list(c.target)}
        for c in expression.colors
    ]
    transforms = [
        {"material": t.material, "scale": list(t.scale), "offset": list(t.offset)}
        for t in expression.texture_transforms
    ]
    lists = {
        "morphTargetBinds": morphs,
        "materialColorBinds": colors,
        "textureTransformBinds": transforms,
    }
    return entry | {key: value for key, value in lists.items() if value}


def _look_at(look_at: LookAt) -> JsonDict:
    def range_map(part: LookAtRange) -> JsonDict:
        return {"inputMaxValue": part.input_max, "outputScale": part.output}

    return {
        "type": look_at.kind,
        "offsetFromHeadBone": list(look_at.offset_from_head),
        "rangeMapHorizontalInner": range_map(look_at.horizontal_inner),
        "rangeMapHorizontalOuter": range_map(look_at.horizontal_outer),
        "rangeMapVerticalDown": range_map(look_at.vertical_down),
        "rangeMapVerticalUp": range_map(look_at.vertical_up),
    }


def _springs(model: AvatarModel) -> JsonDict:
    """Every set of colliders that springs share becomes one group."""
    sets = list(dict.fromkeys(s.colliders for s in model.springs if s.colliders))
    entry: JsonDict = {"specVersion": "1.0"}
    if model.spring_colliders:
        entry["colliders"] = [_collider(c) for c in model.spring_colliders]
    if sets:
        entry["colliderGroups"] = [{"colliders": list(colliders)} for colliders in sets]
    if model.springs:
        entry["springs"] = [_spring(model, row, sets) for row in range(len(model.springs))]
    return entry


def _spring(model: AvatarModel, row: int, sets: Sequence[tuple[int, ...]]) -> JsonDict:
    spring = model.springs[row]
    entry: JsonDict = {
        "name": spring.name,
        "joints": [
            {
                "node": joint.node,
                "hitRadius": joint.hit_radius,
                "stiffness": joint.stiffness,
                "gravityPower": joint.gravity_power,
                "gravityDir": list(joint.gravity_dir),
                "dragForce": joint.drag_force,
            }
            for joint in spring.joints
        ],
    }
    if spring.colliders:
        entry["colliderGroups"] = [sets.index(spring.colliders)]
    if spring.center >= 0:
        entry["center"] = spring.center
    return entry


def _collider(collider: SpringCollider) -> JsonDict:
    part: JsonDict = {"offset": list(collider.offset), "radius": collider.radius}
    if collider.tail is not None:
        part["tail"] = list(collider.tail)
    shape = {"sphere" if collider.tail is None else "capsule": part}
    if not collider.inside:
        return {"node": collider.node, "shape": shape}
    part["inside"] = True
    # For readers that do not know the extension: out of the way, as it recommends.
    fallback = {"sphere": {"offset": [0.0, -10_000.0, 0.0], "radius": 0.0}}
    extension = {"specVersion": "1.0", "shape": shape}
    extensions = {EXTENDED_COLLIDER: extension}
    return {"node": collider.node, "shape": fallback, "extensions": extensions}
