"""Core glTF materials and KHR_materials_unlit (glTF 2.0, 3.9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from avatar_server.avatar.gltf.images import Textures
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.material import AlphaMode, Material

_ALPHA_MODES: Final[dict[str, AlphaMode]] = {"OPAQUE": "OPAQUE", "MASK": "MASK", "BLEND": "BLEND"}

DEFAULT_MATERIAL: Final = Material(name="default", metallic=1.0)
"""What a primitive without a material is drawn with (glTF 2.0, 3.9.6)."""


def read_material(entry: JsonObject, textures: Textures) -> Material:
    """One entry of ``materials``."""
    extensions = entry.object("extensions")
    pbr = entry.object("pbrMetallicRoughness")
    r, g, b, a = pbr.numbers("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
    red, green, blue = entry.rgb("emissiveFactor", (0.0, 0.0, 0.0))
    strength = _emissive_strength(extensions)
    material = Material(
        name=entry.leniently().text("name"),
        shading="unlit" if "KHR_materials_unlit" in extensions else "pbr",
        base_color=(r, g, b, a),
        base_texture=textures.use(pbr, "baseColorTexture"),
        normal_texture=textures.use(entry, "normalTexture"),
        normal_scale=entry.object("normalTexture").number("scale", 1.0),
        emissive_color=(red * strength, green * strength, blue * strength),
        emissive_texture=textures.use(entry, "emissiveTexture"),
        alpha_mode=_ALPHA_MODES.get(entry.text("alphaMode", "OPAQUE"), "OPAQUE"),
        alpha_cutoff=entry.number("alphaCutoff", 0.5),
        double_sided=entry.flag("doubleSided"),
        metallic=pbr.number("metallicFactor", 1.0),
        roughness=pbr.number("roughnessFactor", 1.0),
        metallic_roughness_texture=textures.use(pbr, "metallicRoughnessTexture"),
    )
    material = _with_layers(_with_reflectance(material, extensions), extensions)
    return _see_through(material, extensions, textures)


def _emissive_strength(extensions: JsonObject) -> float:
    hdr = extensions.object("VRMC_materials_hdr_emissiveMultiplier").leniently()
    strength = extensions.object("KHR_materials_emissive_strength").leniently()
    return strength.number("emissiveStrength", hdr.number("emissiveMultiplier", 1.0))


def _see_through(material: Material, extensions: JsonObject, textures: Textures) -> Material:
    """KHR_materials_transmission, coloured by KHR_materials_volume at its greatest thickness;
    nothing is refracted or blurred."""
    part = extensions.object("KHR_materials_transmission").leniently()
    share = _share(part.number("transmissionFactor", 0.0))
    if not share or material.alpha_mode == "BLEND" or material.shading != "pbr":
        return material
    volume = extensions.object("KHR_materials_volume").leniently()
    depth = max(volume.number("thicknessFactor", 0.0), 0.0)
    # Beer's law; no distance stands for an infinite one.
    distance = volume.number("attenuationDistance", 0.0)
    power = depth / distance if distance > 0 else 0.0
    r, g, b = (_share(c) ** power for c in volume.rgb("attenuationColor", (1.0, 1.0, 1.0)))
    return replace(
        material,
        transmission=share,
        transmission_texture=textures.use(part, "transmissionTexture"),
        transmission_tint=(r, g, b),
    )


def _with_layers(material: Material, extensions: JsonObject) -> Material:
    """KHR_materials_sheen and KHR_materials_clearcoat, by their factors."""
    sheen = extensions.object("KHR_materials_sheen").leniently()
    coat = extensions.object("KHR_materials_clearcoat").leniently()
    r, g, b = (max(c, 0.0) for c in sheen.rgb("sheenColorFactor", (0.0, 0.0, 0.0)))
    return replace(
        material,
        sheen_color=(r, g, b),
        sheen_roughness=_share(sheen.number("sheenRoughnessFactor", 0.0)),
        clearcoat=_share(coat.number("clearcoatFactor", 0.0)),
        clearcoat_roughness=_share(coat.number("clearcoatRoughnessFactor", 0.0)),
    )


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _with_reflectance(material: Material, extensions: JsonObject) -> Material:
    """KHR_materials_ior and KHR_materials_specular, without the latter's textures."""
    ior = extensions.object("KHR_materials_ior").leniently().number("ior", 1.5)
    specular = extensions.object("KHR_materials_specular").leniently()
    strength = specular.number("specularFactor", 1.0)
    head_on = ((ior - 1.0) / (ior + 1.0)) ** 2 if ior >= 1.0 else 1.0
    r, g, b = (
        min(head_on * max(c, 0.0), 1.0) * strength
        for c in specular.rgb("specularColorFactor", (1.0, 1.0, 1.0))
    )
    return replace(material, specular_color=(r, g, b), specular_edge=strength)
