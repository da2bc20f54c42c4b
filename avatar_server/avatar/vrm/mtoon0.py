"""MToon of VRM 0.x (``VRM.materialProperties``), carried over to MToon 1.0's parameters.

The formulas of the carry-over are those that VRM Consortium publishes with UniVRM
(``MToon10Migrator``) and that three-vrm draws by (``VRMMaterialsV0CompatPlugin``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from avatar_server.avatar.gltf.images import Textures
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.material import AlphaMode, Material, TextureUse
from avatar_server.avatar.vrm.mtoon1 import OutlineMode

_OUTLINE_MODES: Final[tuple[OutlineMode, ...]] = ("none", "world", "screen")
_CENTIMETRES: Final = 0.01
_GAMMA: Final = 2.2
_ALPHA_OF_UNLIT: Final[dict[str, AlphaMode]] = {
    "VRM/UnlitTexture": "OPAQUE",
    "VRM/UnlitCutout": "MASK",
    "VRM/UnlitTransparent": "BLEND",
    "VRM/UnlitTransparentZWrite": "BLEND",
}


def apply_material_properties(
    materials: Sequence[Material], properties: Sequence[JsonObject], textures: Textures
) -> tuple[Material, ...]:
    """``materials`` with what ``VRM.materialProperties`` says of them, by position."""
    offsets = _queue_offsets(properties)
    result = list(materials)
    for i, entry in enumerate(properties[: len(result)]):
        shader = entry.text("shader")
        if shader == "VRM/MToon":
            result[i] = _mtoon(result[i], entry, textures)
        elif shader in _ALPHA_OF_UNLIT:
            result[i] = _unlit(result[i], entry, textures)
        else:
            continue
        offset = offsets.get(_queue(entry), 0) if result[i].alpha_mode == "BLEND" else 0
        result[i] = replace(result[i], render_queue_offset=offset)
    return tuple(result)


def shading_from_vrm0(toony: float, shift: float) -> tuple[float, float]:
    """MToon 1.0's (toony, shift) of 0.x's: the same range from shade to lit."""
    new_toony = toony + (1.0 - toony) * (0.5 + 0.5 * shift)
    return new_toony, -shift - (1.0 - new_toony)


def _mtoon(material: Material, entry: JsonObject, textures: Textures) -> Material:
    floats = entry.object("floatProperties")
    colors = entry.object("vectorProperties")
    transform = _main_texture_transform(colors)

    def texture(name: str, *, transformed: bool = True) -> TextureUse | None:
        index = entry.object("textureProperties").index(name, textures.count)
        row = None if index is None else textures.row(index)
        if row is None:
            return None
        return replace(transform, texture=row) if transformed else TextureUse(row)

    toony, shift = shading_from_vrm0(
        floats.number("_ShadeToony", 0.9), floats.number("_ShadeShift", 0.0)
    )
    alpha = _alpha_mode(entry)
    indirect = floats.number("_IndirectLightIntensity", 0.1)
    mixed_outline = floats.integer("_OutlineColorMode") == 1
    outline_mode = min(floats.integer("_OutlineWidthMode"), 2)
    return replace(
        material,
        shading="mtoon",
        base_color=(*_linear(colors, "_Color", (1.0, 1.0, 1.0)), _alpha(colors)),
        base_texture=texture("_MainTex"),
        normal_texture=texture("_BumpMap"),
        normal_scale=floats.number("_BumpScale", 1.0),
        emissive_color=_linear(colors, "_EmissionColor", (0.0, 0.0, 0.0)),
        emissive_texture=texture("_EmissionMap"),
        shade_color=_linear(colors, "_ShadeColor", (0.97, 0.81, 0.86)),
        shade_texture=texture("_ShadeTexture"),
        shading_shift=shift,
        shading_toony=toony,
        gi_equalization=1.0 - indirect if indirect else 0.9,
        matcap_texture=texture("_SphereAdd", transformed=False),
        rim_color=_linear(colors, "_RimColor", (0.0, 0.0, 0.0)),
        rim_fresnel_power=floats.number("_RimFresnelPower", 1.0),
        rim_lift=floats.number("_RimLift", 0.0),
        rim_lighting_mix=floats.number("_RimLightingMix", 0.0),
        rim_texture=texture("_RimTexture"),
        outline_mode=_OUTLINE_MODES[outline_mode],
        outline_width=max(_CENTIMETRES * floats.number("_OutlineWidth", 0.0), 0.0),
        outline_width_texture=texture("_OutlineWidthTexture"),
        outline_color=_linear(colors, "_OutlineColor", (0.0, 0.0, 0.0)),
        outline_lighting_mix=floats.number("_OutlineLightingMix", 1.0) if mixed_outline else 0.0,
        # Unity's v points up, glTF's down.
        uv_scroll=(floats.number("_UvAnimScrollX", 0.0), -floats.number("_UvAnimScrollY", 0.0)),
        uv_rotation=floats.number("_UvAnimRotation", 0.0),
        uv_mask_texture=texture("_UvAnimMaskTexture"),
        alpha_mode=alpha,
        alpha_cutoff=floats.number("_Cutoff", 0.5),
        transparent_with_z_write=alpha == "BLEND" and _writes_depth(entry),
        double_sided=floats.integer("_CullMode", 2) == 0,
    )


def _unlit(material: Material, entry: JsonObject, textures: Textures) -> Material:
    """As three-vrm has it: MToon that is as bright in the shade, so that emission stays; and with
    the curve of colours on alpha, too."""
    colors = entry.object("vectorProperties")
    index = entry.object("textureProperties").index("_MainTex", textures.count)
    row = None if index is None else textures.row(index)
    use = None if row is None else replace(_main_texture_transform(colors), texture=row)
    color = _linear(colors, "_Color", (1.0, 1.0, 1.0))
    return replace(
        material,
        shading="mtoon",
        base_color=(*color, max(_alpha(colors), 0.0) ** _GAMMA),
        base_texture=use,
        shade_color=color,
        shade_texture=use,
        alpha_mode=_alpha_mode(entry),
        alpha_cutoff=entry.object("floatProperties").number("_Cutoff", 0.5),
        transparent_with_z_write=_writes_depth(entry),
    )


def _linear(
    colors: JsonObject, name: str, default: tuple[float, float, float]
) -> tuple[float, float, float]:
    """A colour of the file, which VRM 0.x keeps in gamma space, in linear space."""
    r, g, b = (max(c, 0.0) ** _GAMMA for c in colors.rgb(name, default))
    return r, g, b


def _alpha(colors: JsonObject) -> float:
    return colors.numbers("_Color", (1.0, 1.0, 1.0, 1.0))[3]


def _main_texture_transform(colors: JsonObject) -> TextureUse:
    """Unity's offset counts from the lower left corner, glTF's from the upper left."""
    offset_x, offset_y, scale_x, scale_y = colors.numbers("_MainTex", (0.0, 0.0, 1.0, 1.0))
    return TextureUse(0, 0, (offset_x, 1.0 - scale_y - offset_y), (scale_x, scale_y))


def _alpha_mode(entry: JsonObject) -> AlphaMode:
    shader = entry.text("shader")
    if shader in _ALPHA_OF_UNLIT:
        return _ALPHA_OF_UNLIT[shader]
    keywords = entry.object("keywordMap")
    if keywords.flag("_ALPHABLEND_ON"):
        return "BLEND"
    return "MASK" if keywords.flag("_ALPHATEST_ON") else "OPAQUE"


def _writes_depth(entry: JsonObject) -> bool:
    if entry.text("shader") in _ALPHA_OF_UNLIT:
        return entry.text("shader") == "VRM/UnlitTransparentZWrite"
    return entry.object("floatProperties").integer("_ZWrite") == 1


def _queue(entry: JsonObject) -> tuple[bool, int]:
    return _writes_depth(entry), entry.integer("renderQueue", -1, least=-1)


def _queue_offsets(properties: Sequence[JsonObject]) -> dict[tuple[bool, int], int]:
    """VRM 0.x names absolute render queues, 1.0 an offset: -9 to 0 for transparent materials, 0 to
    9 for those that write depth. The order among a model's own materials is kept."""
    queues = {_queue(p) for p in properties if _alpha_mode(p) == "BLEND"}
    plain = sorted(q for q in queues if not q[0])
    writing = sorted(q for q in queues if q[0])
    offsets = {q: max(i - len(plain) + 1, -9) for i, q in enumerate(plain)}
    return offsets | {q: min(i, 9) for i, q in enumerate(writing)}
