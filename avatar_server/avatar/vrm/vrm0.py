"""VRM 0.x: the extension ``VRM`` (specification/0.0), in VRM 1.0's terms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.model import (
    LookAt,
    LookAtRange,
    MaterialColorBind,
    ModelExpression,
    TextureTransformBind,
)
from avatar_server.avatar.vrm.meta0 import read_meta
from avatar_server.avatar.vrm.names import BONE_OF_VRM0, HUMAN_BONES, PRESET_OF_VRM0
from avatar_server.avatar.vrm.node_constraints import read_constraints
from avatar_server.avatar.vrm.source import FirstPerson, VrmParts, VrmSource
from avatar_server.avatar.vrm.springs0 import read_springs

NAME: Final = "VRM"
_FIRST_PERSON: Final[dict[str, FirstPerson]] = {
    "FirstPersonOnly": "firstPersonOnly",
    "ThirdPersonOnly": "thirdPersonOnly",
    "Both": "both",
}
_COLOR_KINDS: Final = {
    "_Color": "color",
    "_EmissionColor": "emissionColor",
    "_ShadeColor": "shadeColor",
    "_RimColor": "rimColor",
    "_OutlineColor": "outlineColor",
}


def read_vrm0(source: VrmSource) -> VrmParts:
    """Everything that the VRM 0.x extension of ``source`` says, still facing -z; parts that are
    wrong are left out, as a character can be drawn without them."""
    vrm = source.document.object("extensions").object(NAME).leniently()
    springs, colliders, nodes = read_springs(vrm.object("secondaryAnimation"), source)
    first_person = vrm.object("firstPerson")
    return VrmParts(
        _humanoid(vrm.object("humanoid"), source),
        _expressions(vrm.object("blendShapeMaster"), source),
        _look_at(first_person) if "firstPerson" in vrm else None,
        read_meta(vrm.object("meta")),
        _first_person(first_person, source),
        springs,
        colliders,
        read_constraints(source),
        nodes,
    )


def _humanoid(part: JsonObject, source: VrmSource) -> MappingProxyType[str, int]:
    found: dict[str, int] = {}
    for entry in part.objects("humanBones"):
        name = BONE_OF_VRM0.get(entry.text("bone"), entry.text("bone"))
        row = source.node(entry, "node")
        if row is not None and name in HUMAN_BONES:
            found.setdefault(name, row)
    return MappingProxyType(found)


def _expressions(part: JsonObject, source: VrmSource) -> MappingProxyType[str, ModelExpression]:
    # One mesh may be drawn by several nodes: a bind moves its target in each.
    rows_at: dict[tuple[int, int], list[int]] = {}
    for row, morph in enumerate(source.morphs):
        rows_at.setdefault((morph.mesh, morph.index), []).append(row)
    found: dict[str, ModelExpression] = {}
    for entry in part.objects("blendShapeGroups"):
        preset = PRESET_OF_VRM0.get(entry.text("presetName").lower())
        name = preset or entry.text("name")
        if name and name not in found:
            found[name] = _expression(name, entry, source, rows_at, preset is not None)
    return MappingProxyType(found)


def _expression(
    name: str,
    entry: JsonObject,
    source: VrmSource,
    rows_at: Mapping[tuple[int, int], list[int]],
    is_preset: bool,
) -> ModelExpression:
    morphs = [
        (row, bind.number("weight", 100.0) / 100.0)
        for bind in entry.objects("binds")
        for row in rows_at.get((bind.integer("mesh", -1), bind.integer("index", -1)), ())
    ]
    colors: list[MaterialColorBind] = []
    transforms: list[TextureTransformBind] = []
    for value in entry.objects("materialValues"):
        key, target = value.text("propertyName"), value.number_list("targetValue")
        for i, material in enumerate(source.materials):
            if material.name != value.text("materialName"):
                continue
            if key == "_MainTex_ST" and len(target) >= 4:
                offset = (target[2], 1.0 - target[3] - target[1])
                transforms.append(TextureTransformBind(i, (target[0], target[1]), offset))
            elif key in _COLOR_KINDS and len(target) >= 3:
                r, g, b, a = [*target, 1.0][:4]
                colors.append(MaterialColorBind(i, _COLOR_KINDS[key], (r, g, b, a)))
    return ModelExpression(
        name,
        tuple(morphs),
        tuple(colors),
        tuple(transforms),
        entry.flag("isBinary"),
        is_preset=is_preset,
    )


def _look_at(part: JsonObject) -> LookAt:
    by_expression = part.text("lookAtTypeName") == "BlendShape"

    def degree_map(key: str) -> LookAtRange:
        entry = part.object(key)
        output = entry.number("yRange", 1.0 if by_expression else 10.0)
        return LookAtRange(max(entry.number("xRange", 90.0), 0.01), output)

    offset = part.object("firstPersonBoneOffset")
    return LookAt(
        "expression" if by_expression else "bone",
        # Unity's z points the other way than glTF's.
        (offset.number("x", 0.0), offset.number("y", 0.06), -offset.number("z", 0.0)),
        degree_map("lookAtHorizontalInner"),
        degree_map("lookAtHorizontalOuter"),
        degree_map("lookAtVerticalDown"),
        degree_map("lookAtVerticalUp"),
    )


def _first_person(part: JsonObject, source: VrmSource) -> dict[int, FirstPerson]:
    kind_of_mesh: dict[int, FirstPerson] = {
        entry.integer("mesh", -1): _FIRST_PERSON.get(entry.text("firstPersonFlag"), "auto")
        for entry in part.objects("meshAnnotations")
    }
    return {
        source.scene.row_of[i]: kind_of_mesh[mesh]
        for i, node in enumerate(source.document.objects("nodes"))
        if (mesh := node.leniently().integer("mesh", -1)) in kind_of_mesh
    }
