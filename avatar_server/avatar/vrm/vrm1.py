"""VRM 1.0: the extension VRMC_vrm (specification/VRMC_vrm-1.0)."""

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
    ModelMeta,
    OverrideKind,
    TextureTransformBind,
)
from avatar_server.avatar.vrm.names import BONE_OF_VRM0, COLOR_KINDS, HUMAN_BONES, PRESETS
from avatar_server.avatar.vrm.node_constraints import read_constraints
from avatar_server.avatar.vrm.source import FirstPerson, VrmParts, VrmSource
from avatar_server.avatar.vrm.springs1 import read_springs

NAME: Final = "VRMC_vrm"
_OVERRIDES: Final[dict[str, OverrideKind]] = {"none": "none", "block": "block", "blend": "blend"}
_FIRST_PERSON: Final[dict[str, FirstPerson]] = {
    "auto": "auto",
    "both": "both",
    "thirdPersonOnly": "thirdPersonOnly",
    "firstPersonOnly": "firstPersonOnly",
}
_META_FLAGS: Final = (
    "allowExcessivelyViolentUsage",
    "allowExcessivelySexualUsage",
    "allowPoliticalOrReligiousUsage",
    "allowAntisocialOrHateUsage",
    "allowRedistribution",
)
_META_CHOICES: Final = {
    "avatarPermission": "onlyAuthor",
    "commercialUsage": "personalNonProfit",
    "creditNotation": "required",
    "modification": "prohibited",
}


def read_vrm1(source: VrmSource) -> VrmParts:
    """Everything that the VRM 1.0 extensions of ``source`` say; parts that are wrong are left
    out, as a character can be drawn without them."""
    vrm = source.document.object("extensions").object(NAME).leniently()
    springs, colliders = read_springs(source)
    return VrmParts(
        _humanoid(vrm, source),
        _expressions(vrm.object("expressions"), source),
        _look_at(vrm.object("lookAt")) if "lookAt" in vrm else None,
        read_meta(vrm),
        _first_person(vrm.object("firstPerson"), source),
        springs,
        colliders,
        read_constraints(source),
    )


def _humanoid(vrm: JsonObject, source: VrmSource) -> MappingProxyType[str, int]:
    bones = vrm.object("humanoid").object("humanBones")
    # Files from before the release have the thumb named as VRM 0.x did.
    is_draft = "leftThumbIntermediate" in bones or "rightThumbIntermediate" in bones
    found = {
        (BONE_OF_VRM0.get(name, name) if is_draft else name): source.node(
            bones.object(name), "node"
        )
        for name in bones.data
    }
    return MappingProxyType(
        {n: row for n, row in found.items() if row is not None and n in HUMAN_BONES}
    )


def _expressions(part: JsonObject, source: VrmSource) -> MappingProxyType[str, ModelExpression]:
    morph_at = {
        (node, morph.index): row
        for row, (node, morph) in enumerate(zip(source.morph_nodes, source.morphs, strict=True))
    }
    found: dict[str, ModelExpression] = {}
    for group, is_preset in (("preset", True), ("custom", False)):
        entries = part.object(group)
        for name in entries.data:
            if (name in PRESETS) == is_preset and name in entries:
                found[name] = _expression(name, entries.object(name), source, morph_at, is_preset)
    return MappingProxyType(found)


def _expression(
    name: str,
    entry: JsonObject,
    source: VrmSource,
    morph_at: Mapping[tuple[int, int], int],
    is_preset: bool,
) -> ModelExpression:
    morphs = []
    for bind in entry.objects("morphTargetBinds"):
        node = source.node(bind, "node")
        row = morph_at.get((-1 if node is None else node, bind.integer("index", -1)))
        if row is not None:
            morphs.append((row, bind.number("weight", 1.0)))
    return ModelExpression(
        name,
        tuple(morphs),
        tuple(
            MaterialColorBind(material, bind.text("type"), _rgba(bind))
            for bind in entry.objects("materialColorBinds")
            if (material := bind.index("material", len(source.materials))) is not None
            and bind.text("type") in COLOR_KINDS
        ),
        tuple(
            _texture_transform(material, bind)
            for bind in entry.objects("textureTransformBinds")
            if (material := bind.index("material", len(source.materials))) is not None
        ),
        entry.flag("isBinary"),
        _OVERRIDES.get(entry.text("overrideBlink"), "none"),
        _OVERRIDES.get(entry.text("overrideLookAt"), "none"),
        _OVERRIDES.get(entry.text("overrideMouth"), "none"),
        is_preset,
    )


def _rgba(bind: JsonObject) -> tuple[float, float, float, float]:
    r, g, b, a = ([*bind.number_list("targetValue"), 1.0, 1.0, 1.0, 1.0])[:4]
    return r, g, b, a


def _texture_transform(material: int, bind: JsonObject) -> TextureTransformBind:
    sx, sy = bind.numbers("scale", (1.0, 1.0))
    ox, oy = bind.numbers("offset", (0.0, 0.0))
    return TextureTransformBind(material, (sx, sy), (ox, oy))


def _look_at(part: JsonObject) -> LookAt:
    by_expression = part.text("type") == "expression"
    x, y, z = part.numbers("offsetFromHeadBone", (0.0, 0.06, 0.0))

    def range_map(key: str) -> LookAtRange:
        entry = part.object(key)
        scale = entry.number("outputScale", 1.0 if by_expression else 10.0)
        return LookAtRange(max(entry.number("inputMaxValue", 90.0), 0.01), scale)

    return LookAt(
        "expression" if by_expression else "bone",
        (x, y, z),
        range_map("rangeMapHorizontalInner"),
        range_map("rangeMapHorizontalOuter"),
        range_map("rangeMapVerticalDown"),
        range_map("rangeMapVerticalUp"),
    )


def _first_person(part: JsonObject, source: VrmSource) -> dict[int, FirstPerson]:
    return {
        row: _FIRST_PERSON[kind]
        for entry in part.objects("meshAnnotations")
        if (row := source.node(entry, "node")) is not None
        and (kind := entry.text("type")) in _FIRST_PERSON
    }


def read_meta(vrm: JsonObject) -> ModelMeta:
    """What is not said is taken as the specification's default: not allowed."""
    part, version = vrm.object("meta"), vrm.text("specVersion", "1.0")
    permissions = {key: part.text(key, default) for key, default in _META_CHOICES.items()}
    permissions |= {key: "true" if part.flag(key) else "false" for key in _META_FLAGS}
    for key in ("thirdPartyLicenses", "otherLicenseUrl"):
        if text := part.text(key):
            permissions[key] = text
    return ModelMeta(
        title=part.text("name"),
        version=part.text("version"),
        authors=tuple(a for a in part.array("authors") if isinstance(a, str)),
        licence="LicenseRef-VRM-Public-License-1.0" if part.text("licenseUrl") else "",
        licence_url=part.text("licenseUrl"),
        copyright=part.text("copyrightInformation"),
        spec=f"VRM {version[:12]}",
        permissions=MappingProxyType(permissions),
    )
