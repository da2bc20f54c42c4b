"""Materials as glTF 2.0, with VRMC_materials_mtoon or KHR_materials_unlit where they apply."""

from __future__ import annotations

from typing import Final

from avatar_server.avatar.gltf.writer import GlbWriter, JsonDict
from avatar_server.avatar.material import Material, Texture, TextureUse
from avatar_server.avatar.model import AvatarModel

_WRAPS: Final = {"repeat": 10497, "clamp": 33071, "mirror": 33648}
_USUAL_REFLECTANCE: Final = 0.04
"""Of what is no metal, at an index of refraction of 1.5."""
_OUTLINE_MODES: Final = {
    "none": "none",
    "world": "worldCoordinates",
    "screen": "screenCoordinates",
}


class MaterialWriter:
    """Writes all textures and materials of a model, at the same indices as the model's."""

    def __init__(self, writer: GlbWriter, model: AvatarModel) -> None:
        self._writer = writer
        self._images: dict[int, int] = {}
        for texture in model.textures:
            self._texture(texture)
        for material in model.materials:
            writer.add("materials", self._material(material))

    def _texture(self, texture: Texture) -> None:
        key = id(texture.pixels)
        if key not in self._images:
            self._images[key] = self._writer.image(texture.pixels)
        sampler = {
            "magFilter": 9728 if texture.nearest else 9729,
            "minFilter": 9728 if texture.nearest else 9987,
            "wrapS": _WRAPS[texture.wrap_s],
            "wrapT": _WRAPS[texture.wrap_t],
        }
        samplers = self._writer.document.setdefault("samplers", [])
        if sampler not in samplers:
            samplers.append(sampler)
        self._writer.add(
            "textures", {"source": self._images[key], "sampler": samplers.index(sampler)}
        )

    def _use(self, use: TextureUse | None, **more: float) -> JsonDict | None:
        if use is None:
            return None
        info: JsonDict = {"index": use.texture, **more}
        if use.texcoord:
            info["texCoord"] = use.texcoord
        if use.offset != (0.0, 0.0) or use.scale != (1.0, 1.0) or use.rotation:
            self._writer.uses("KHR_texture_transform")
            transform: JsonDict = {"offset": list(use.offset), "scale": list(use.scale)}
            if use.rotation:
                transform["rotation"] = use.rotation
            info["extensions"] = {"KHR_texture_transform": transform}
        return info

    def _material(self, material: Material) -> JsonDict:
        pbr: JsonDict = {
            "baseColorFactor": _unit_range(material.base_color),
            "metallicFactor": _clamped(material.metallic),
            "roughnessFactor": _clamped(material.roughness),
            "baseColorTexture": self._use(material.base_texture),
            "metallicRoughnessTexture": self._use(material.metallic_roughness_texture),
        }
        extensions: JsonDict = {}
        strength = max(1.0, *material.emissive_color)
        entry: JsonDict = {
            "name": material.name,
            "pbrMetallicRoughness": _present(pbr),
            "normalTexture": self._use(material.normal_texture, scale=material.normal_scale),
            "emissiveTexture": self._use(material.emissive_texture),
            "emissiveFactor": _unit_range(tuple(c / strength for c in material.emissive_color)),
            "alphaMode": material.alpha_mode,
            "doubleSided": material.double_sided,
            "alphaCutoff": material.alpha_cutoff if material.alpha_mode == "MASK" else None,
        }
        if strength > 1.0:
            extensions["KHR_materials_emissive_strength"] = {"emissiveStrength": strength}
        if material.shading == "pbr" and not _reflects_as_usual(material):
            extensions["KHR_materials_specular"] = _specular(material)
        if material.shading == "pbr":
            extensions |= self._layers(material)
        if material.shading == "unlit":
            extensions["KHR_materials_unlit"] = {}
        if material.shading == "mtoon":
            # Readers without MToon then draw the lit colour as it is, which comes nearest.
            extensions["KHR_materials_unlit"] = {}
            extensions["VRMC_materials_mtoon"] = self._mtoon(material)
        for name in extensions:
            self._writer.uses(name)
        return _present(entry | {"extensions": extensions or None})

    def _layers(self, material: Material) -> JsonDict:
        """What lies over a plain glTF material, and what shines through it."""
        layers: JsonDict = {}
        if max(material.sheen_color) > 0:
            layers["KHR_materials_sheen"] = {
                "sheenColorFactor": _unit_range(material.sheen_color),
                "sheenRoughnessFactor": material.sheen_roughness,
            }
        if material.clearcoat > 0:
            layers["KHR_materials_clearcoat"] = {
                "clearcoatFactor": material.clearcoat,
                "clearcoatRoughnessFactor": material.clearcoat_roughness,
            }
        if material.transmission > 0:
            layers["KHR_materials_transmission"] = _present(
                {
                    "transmissionFactor": material.transmission,
                    "transmissionTexture": self._use(material.transmission_texture),
                }
            )
        if material.transmission > 0 and min(material.transmission_tint) < 1:
            layers["KHR_materials_volume"] = {
                "thicknessFactor": 1.0,
                "attenuationDistance": 1.0,
                "attenuationColor": list(material.transmission_tint),
            }
        return layers

    def _mtoon(self, material: Material) -> JsonDict:
        queue = material.render_queue_offset
        shift_texture = self._use(
            material.shading_shift_texture, scale=material.shading_shift_texture_scale
        )
        return _present(
            {
                "specVersion": "1.0",
                "transparentWithZWrite": material.transparent_with_z_write,
                "renderQueueOffsetNumber": min(max(queue, -9), 9),
                "shadeColorFactor": _unit_range(material.shade_color),
                "shadeMultiplyTexture": self._use(material.shade_texture),
                "shadingShiftFactor": min(max(material.shading_shift, -1.0), 1.0),
                "shadingShiftTexture": shift_texture,
                "shadingToonyFactor": _clamped(material.shading_toony),
                "giEqualizationFactor": _clamped(material.gi_equalization),
                "matcapFactor": _unit_range(material.matcap_color),
                "matcapTexture": self._use(material.matcap_texture),
                "parametricRimColorFactor": _unit_range(material.rim_color),
                "parametricRimFresnelPowerFactor": max(material.rim_fresnel_power, 0.0),
                "parametricRimLiftFactor": material.rim_lift,
                "rimLightingMixFactor": _clamped(material.rim_lighting_mix),
                "rimMultiplyTexture": self._use(material.rim_texture),
                "outlineWidthMode": _OUTLINE_MODES[material.outline_mode],
                "outlineWidthFactor": material.outline_width,
                "outlineWidthMultiplyTexture": self._use(material.outline_width_texture),
                "outlineColorFactor": _unit_range(material.outline_color),
                "outlineLightingMixFactor": _clamped(material.outline_lighting_mix),
                "uvAnimationScrollXSpeedFactor": material.uv_scroll[0],
                "uvAnimationScrollYSpeedFactor": material.uv_scroll[1],
                "uvAnimationRotationSpeedFactor": material.uv_rotation,
                "uvAnimationMaskTexture": self._use(material.uv_mask_texture),
            }
        )


def _reflects_as_usual(material: Material) -> bool:
    usual = all(abs(c - _USUAL_REFLECTANCE) < 1e-4 for c in material.specular_color)
    return usual and material.specular_edge == 1.0


def _specular(material: Material) -> JsonDict:
    edge = _clamped(material.specular_edge)
    scale = _USUAL_REFLECTANCE * max(edge, 1e-6)
    color = [max(c, 0.0) / scale for c in material.specular_color]
    return {"specularFactor": edge, "specularColorFactor": color}


def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _unit_range(color: tuple[float, ...]) -> list[float]:
    return [_clamped(c) for c in color]


def _present(entry: JsonDict) -> JsonDict:
    return {key: value for key, value in entry.items() if value is not None}
