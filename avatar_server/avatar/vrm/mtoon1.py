"""VRMC_materials_mtoon-1.0: MToon's parameters on top of a core material."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from avatar_server.avatar.gltf.images import Textures
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.material import Material

NAME: Final = "VRMC_materials_mtoon"
OutlineMode = Literal["none", "world", "screen"]
_SPEC_VERSIONS: Final = ("1.0", "1.0-beta")
"""Those that three-vrm draws as MToon; drafts before them had other fields."""
_OUTLINE_MODES: Final[dict[str, OutlineMode]] = {
    "none": "none",
    "worldCoordinates": "world",
    "screenCoordinates": "screen",
}


def apply_mtoon(material: Material, entry: JsonObject, textures: Textures) -> Material:
    """``material`` with the MToon extension of its ``entry``; defaults as the specification's."""
    mtoon = entry.object("extensions").object(NAME).leniently()
    if mtoon.text("specVersion") not in _SPEC_VERSIONS:
        return material
    return replace(
        material,
        shading="mtoon",
        shade_color=mtoon.rgb("shadeColorFactor", (0.0, 0.0, 0.0)),
        shade_texture=textures.use(mtoon, "shadeMultiplyTexture"),
        shading_shift=mtoon.number("shadingShiftFactor", 0.0),
        shading_shift_texture=textures.use(mtoon, "shadingShiftTexture"),
        shading_shift_texture_scale=mtoon.object("shadingShiftTexture").number("scale", 1.0),
        shading_toony=mtoon.number("shadingToonyFactor", 0.9),
        gi_equalization=mtoon.number("giEqualizationFactor", 0.9),
        matcap_color=mtoon.rgb("matcapFactor", (1.0, 1.0, 1.0)),
        matcap_texture=textures.use(mtoon, "matcapTexture"),
        rim_color=mtoon.rgb("parametricRimColorFactor", (0.0, 0.0, 0.0)),
        rim_fresnel_power=mtoon.number("parametricRimFresnelPowerFactor", 5.0),
        rim_lift=mtoon.number("parametricRimLiftFactor", 0.0),
        rim_lighting_mix=mtoon.number("rimLightingMixFactor", 1.0),
        rim_texture=textures.use(mtoon, "rimMultiplyTexture"),
        outline_mode=_OUTLINE_MODES.get(mtoon.text("outlineWidthMode", "none"), "none"),
        outline_width=max(mtoon.number("outlineWidthFactor", 0.0), 0.0),
        outline_width_texture=textures.use(mtoon, "outlineWidthMultiplyTexture"),
        outline_color=mtoon.rgb("outlineColorFactor", (0.0, 0.0, 0.0)),
        outline_lighting_mix=mtoon.number("outlineLightingMixFactor", 1.0),
        uv_scroll=(
            mtoon.number("uvAnimationScrollXSpeedFactor", 0.0),
            mtoon.number("uvAnimationScrollYSpeedFactor", 0.0),
        ),
        uv_rotation=mtoon.number("uvAnimationRotationSpeedFactor", 0.0),
        uv_mask_texture=textures.use(mtoon, "uvAnimationMaskTexture"),
        transparent_with_z_write=mtoon.flag("transparentWithZWrite"),
        render_queue_offset=mtoon.integer("renderQueueOffsetNumber", 0, least=-9),
    )
