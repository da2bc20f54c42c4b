"""From a material to what its shader takes: the features to compile in, the textures to bind and
the numbers of its uniform block.

Lighting is one key light, fixed to the camera: the face stays lit from its best side whatever the
framing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from avatar_server.avatar.material import Material, TextureUse
from avatar_server.avatar.model import AvatarModel
from avatar_server.types import FloatArray, MaterialChange

KEY_DIRECTION: FloatArray = np.array([0.36, 0.48, 0.80], np.float32)
KEY_DIRECTION /= np.linalg.norm(KEY_DIRECTION)
"""Towards the key light in camera space: above, to the viewer's right, in front."""

_MAPS = (
    ("BASE", "base_texture"),
    ("SHADE", "shade_texture"),
    ("SHIFT", "shading_shift_texture"),
    ("NORMAL", "normal_texture"),
    ("METALLIC_ROUGHNESS", "metallic_roughness_texture"),
    ("TRANSMISSION", "transmission_texture"),
    ("RIM", "rim_texture"),
    ("EMISSIVE", "emissive_texture"),
    ("OUTLINE_WIDTH", "outline_width_texture"),
    ("UV_MASK", "uv_mask_texture"),
)

_SHARP_RAMP = 0.7
"""A ramp at least so toony is too narrow to show in which light its ends are mixed."""

MAX_UV_SLOTS = 4
SURFACE_DTYPE = np.dtype(
    [
        ("base_color", "f4", 4),
        ("shade_color", "f4", 4),
        ("ramp", "f4", 4),
        ("rim_color", "f4", 4),
        ("matcap_color", "f4", 4),
        ("emissive_color", "f4", 4),
        ("outline_color", "f4", 4),
        ("outline", "f4", 4),
        ("uv_u", "f4", (MAX_UV_SLOTS, 4)),
        ("uv_v", "f4", (MAX_UV_SLOTS, 4)),
    ]
)
"""The ``Surface`` block of blocks.glsl (std140: all of it is vec4)."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A material made ready. ``maps`` are (sampler name, use of a texture); ``slots`` the distinct
    transforms of texture coordinates."""

    material: Material
    defines: tuple[str, ...]
    maps: tuple[tuple[str, TextureUse], ...]
    slots: tuple[TextureUse, ...]


def encode_srgb(linear: object) -> FloatArray:
    """Linear light to sRGB (IEC 61966-2-1), elementwise, clamped to [0, 1]."""
    value = np.clip(np.asarray(linear, np.float32), 0.0, 1.0)
    return np.where(
        value <= 0.0031308, value * 12.92, 1.055 * np.power(value, 1 / 2.4) - 0.055
    ).astype(np.float32)


def is_glass(material: Material) -> bool:
    """Whether what is solid behind the surface shines through it."""
    return material.shading == "pbr" and material.transmission > 0


Side = Literal["front", "back", "both", "outline", "hull"]
"""What of a surface one draw shows: sides of it, the rim of its inflated hull, or the hull's inner
side."""


def surface_of(
    material: Material,
    side: Side,
    *,
    vertex_colors: bool = False,
    changed: frozenset[str] = frozenset(),
) -> Surface:
    """What drawing one side of ``material``, or its outline, takes; ``changed`` are the colours
    that expressions change.

    The outline is drawn flat where its colour does not depend on the surface's."""
    outline = side in ("outline", "hull")
    needs_surface = not outline or (material.outline_lighting_mix > 0 or _has_alpha(material))
    defines: list[str] = [material.alpha_mode]
    if outline:
        defines.append("OUTLINE")
        if material.outline_mode == "screen":
            defines.append("OUTLINE_SCREEN")
    elif side != "front":
        defines.append("TWO_SIDES" if side == "both" else "BACK_SIDE")
    if vertex_colors and material.vertex_colors and needs_surface:
        defines.append("VERTEX_COLORS")
    if needs_surface and material.shading == "mtoon":
        defines.append("LIT")
        defines += _mtoon_defines(material, changed)
    elif needs_surface and material.shading == "pbr":
        defines.append("PBR")
        if material.clearcoat > 0 or max(material.sheen_color) > 0:
            defines.append("LAYERED")
        if is_glass(material):
            defines[0] = "GLASS"
    glows = max(material.emissive_color) > 0 or "emissionColor" in changed
    if needs_surface and material.shading != "unlit" and glows:
        defines.append("EMISSIVE")
    if material.shading == "mtoon" and (any(material.uv_scroll) or material.uv_rotation):
        defines.append("UV_ANIMATION")
    uses = _texture_uses(material, set(defines), outline, needs_surface)
    slots = tuple(dict.fromkeys(replace(use, texture=0) for use in uses.values()))[:MAX_UV_SLOTS]
    if "NORMAL" in uses and material.even_tangents:
        defines.append("EVEN_TANGENTS")
    maps = [(f"{name.lower()}_map", use) for name, use in uses.items()]
    for name, use in uses.items():
        slot = replace(use, texture=0)
        defines += [f"{name}_MAP", f"{name}_SLOT {slots.index(slot) if slot in slots else 0}"]
    if "MATCAP" in defines and material.matcap_texture is not None:
        maps.append(("matcap_map", material.matcap_texture))
    if any(slot.texcoord == 1 for slot in slots):
        defines.append("SECOND_UV")
    defines.append(f"UV_SLOTS {len(slots)}")
    return Surface(material, tuple(defines), tuple(maps), slots)


def _has_alpha(material: Material) -> bool:
    return material.alpha_mode != "OPAQUE"


def _mtoon_defines(material: Material, changed: frozenset[str]) -> list[str]:
    defines = []
    if material.shading_toony < _SHARP_RAMP:
        defines.append("SOFT_RAMP")
    if max(material.rim_color) > 0 or "rimColor" in changed:
        defines.append("RIM")
        # A power is costly; a few products and a square root are not.
        halves = round(2 * material.rim_fresnel_power)
        if abs(2 * material.rim_fresnel_power - halves) < 0.1 and 2 <= halves <= 24:
            defines.append(f"RIM_POWER {halves // 2}")
            if halves % 2:
                defines.append("RIM_ROOT")
    has_matcap = max(material.matcap_color) > 0 or "matcapColor" in changed
    if material.matcap_texture is not None and has_matcap:
        defines.append("MATCAP")
    if material.shade_texture is not None and material.shade_texture == material.base_texture:
        defines.append("SHADE_IS_BASE")
    return defines


def _texture_uses(
    material: Material, defines: set[str], outline: bool, needs_surface: bool
) -> dict[str, TextureUse]:
    wanted = set()
    if needs_surface:
        wanted.add("BASE")
    if "PBR" in defines:
        wanted |= {"NORMAL", "METALLIC_ROUGHNESS"}
    if "GLASS" in defines:
        wanted.add("TRANSMISSION")
    if "LIT" in defines:
        wanted |= {"NORMAL", "SHIFT"}
        if "SHADE_IS_BASE" not in defines:
            wanted.add("SHADE")
        if defines & {"RIM", "MATCAP"}:
            wanted.add("RIM")
    if "EMISSIVE" in defines:
        wanted.add("EMISSIVE")
    if "UV_ANIMATION" in defines:
        wanted.add("UV_MASK")
    if outline:
        wanted.add("OUTLINE_WIDTH")
        wanted.discard("NORMAL")
    uses = {name: getattr(material, field) for name, field in _MAPS if name in wanted}
    return {name: use for name, use in uses.items() if use is not None}


_NO_CHANGE = MaterialChange(colors=MappingProxyType({}))


def surface_block(surface: Surface, change: MaterialChange = _NO_CHANGE) -> bytes:
    """The uniform block, laid out as ``SURFACE_DTYPE``, under an expression's change."""
    material, colors = surface.material, change.colors
    block = np.zeros((), SURFACE_DTYPE)
    base = colors.get("color", material.base_color)
    block["base_color"] = (*encode_srgb(base[:3]), base[3])
    shade = colors.get("shadeColor", material.shade_color)
    if material.shading == "pbr":
        block["shade_color"][:3] = material.specular_color
        ramp = (material.metallic, material.roughness, material.specular_edge)
    else:
        block["shade_color"][:3] = encode_srgb(shade[:3])
        ramp = _toon_ramp(material)
    block["shade_color"][3] = material.alpha_cutoff
    block["ramp"] = (*ramp, material.normal_scale)
    rim = colors.get("rimColor", material.rim_color)
    matcap = colors.get("matcapColor", material.matcap_color)
    emissive = colors.get("emissionColor", material.emissive_color)
    outline = colors.get("outlineColor", material.outline_color)
    if material.shading == "pbr":
        block["rim_color"][:2] = material.clearcoat, material.clearcoat_roughness
        block["matcap_color"] = (*material.sheen_color, material.sheen_roughness)
        block["outline_color"] = (*material.transmission_tint, material.transmission)
    else:
        block["rim_color"] = (*encode_srgb(rim[:3]), max(material.rim_fresnel_power, 1e-3))
        block["matcap_color"] = (*encode_srgb(matcap[:3]), material.rim_lift)
        block["outline_color"] = (*encode_srgb(outline[:3]), material.outline_lighting_mix)
    block["emissive_color"][:3] = encode_srgb(emissive[:3])
    block["outline"] = (material.outline_width, *material.uv_scroll, material.uv_rotation)
    for row, slot in enumerate(surface.slots):
        block["uv_u"][row], block["uv_v"][row] = _uv_rows(slot, change)
    return block.tobytes()


def baked_block(block: bytes) -> str:
    """The ``Surface`` block as GLSL constants, on one line."""
    values = np.frombuffer(block, SURFACE_DTYPE)[0]
    lines = []
    for name in SURFACE_DTYPE.names or ():
        rows = [
            f"vec4({','.join(repr(float(v)) for v in row)})" for row in values[name].reshape(-1, 4)
        ]
        kind, value = (
            ("vec4", rows[0])
            if values[name].ndim == 1
            else (f"vec4[{len(rows)}]", f"vec4[{len(rows)}]({','.join(rows)})")
        )
        lines.append(f"const {kind} {name} = {value};")
    return " ".join(lines)


def _toon_ramp(material: Material) -> tuple[float, float, float]:
    """linearstep(-1 + toony, 1 - toony, light + shift) as gain and offset, and the gain of the
    shift texture."""
    toony = min(material.shading_toony, 0.999)
    gain = 0.5 / (1.0 - toony)
    offset = gain * (material.shading_shift + 1.0 - toony)
    return gain, offset, gain * material.shading_shift_texture_scale


def texture_matrix(use: TextureUse) -> FloatArray:
    """(2, 2): how texture coordinates are scaled, then turned counter-clockwise
    (KHR_texture_transform)."""
    cos, sin = np.cos(use.rotation), np.sin(use.rotation)
    return np.array(
        [[cos * use.scale[0], sin * use.scale[1]], [-sin * use.scale[0], cos * use.scale[1]]],
        np.float32,
    )


def _uv_rows(use: TextureUse, change: MaterialChange) -> tuple[FloatArray, FloatArray]:
    """Rows of the affine map of texture coordinates: ``texture_matrix``, then the offset."""
    own = 1.0 - change.uv_share
    (across, down), (u_offset, v_offset) = change.uv_scale, change.uv_offset
    moved = replace(
        use,
        scale=(own * use.scale[0] + across, own * use.scale[1] + down),
        offset=(own * use.offset[0] + u_offset, own * use.offset[1] + v_offset),
    )
    matrix = texture_matrix(moved)
    second = float(use.texcoord == 1)
    u = np.array([*matrix[0], moved.offset[0], second], np.float32)
    return u, np.array([*matrix[1], moved.offset[1], 0.0], np.float32)


def changed_colors(model: AvatarModel) -> dict[int, frozenset[str]]:
    """The colours that the model's expressions can change, by material: what shows nothing at rest
    may show then."""
    kinds: dict[int, set[str]] = {}
    for expression in model.expressions.values():
        for bind in expression.colors:
            kinds.setdefault(bind.material, set()).add(bind.kind)
    return {material: frozenset(names) for material, names in kinds.items()}
