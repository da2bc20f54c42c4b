"""What a surface of the character looks like, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from avatar_server.types import ByteArray

Wrap = Literal["repeat", "clamp", "mirror"]
AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]


@dataclass(frozen=True, slots=True)
class Texture:
    """``pixels`` uint8 (h, w, 4): straight-alpha RGBA, row 0 at the top, where v = 0
    (glTF 2.0, 3.8.3). Colour textures are sRGB."""

    pixels: ByteArray
    wrap_s: Wrap = "repeat"
    wrap_t: Wrap = "repeat"
    nearest: bool = False


@dataclass(frozen=True, slots=True)
class TextureUse:
    """A texture and the transform of its coordinates (KHR_texture_transform)."""

    texture: int
    texcoord: int = 0
    offset: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0


@dataclass(frozen=True, slots=True)
class Material:
    """MToon 1.0's parameters (VRMC_materials_mtoon); colours are linear RGB(A).

    ``shading``: "mtoon" takes lit and shade colours with a toon ramp, "unlit" the base colour as
    it is (KHR_materials_unlit), "pbr" a plain glTF material of metal and roughness, whose
    ``metallic_roughness_texture`` has roughness in green and metal in blue. What is no metal
    reflects ``specular_color`` head-on and ``specular_edge`` at grazing angles; over it lie a sheen
    (KHR_materials_sheen) and a clear coat (KHR_materials_clearcoat). Of light from behind it lets
    ``transmission`` through, where the red of its texture lets it (KHR_materials_transmission),
    times ``transmission_tint`` and the base colour. Texture coordinates
    move by ``uv_scroll`` and turn by ``uv_rotation`` radians a second, where the blue of
    ``uv_mask_texture`` lets them. A normal map bends the normal along the texture's two directions:
    by as much along both with ``even_tangents``, as tangents of the file's own do; else by less
    along the one in which the texture is stretched.
    """

    name: str = ""
    shading: Literal["mtoon", "unlit", "pbr"] = "pbr"
    base_color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base_texture: TextureUse | None = None
    shade_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shade_texture: TextureUse | None = None
    shading_shift: float = 0.0
    shading_shift_texture: TextureUse | None = None
    shading_shift_texture_scale: float = 1.0
    shading_toony: float = 0.9
    gi_equalization: float = 0.9
    normal_texture: TextureUse | None = None
    normal_scale: float = 1.0
    matcap_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    matcap_texture: TextureUse | None = None
    rim_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rim_fresnel_power: float = 5.0
    rim_lift: float = 0.0
    rim_lighting_mix: float = 1.0
    rim_texture: TextureUse | None = None
    emissive_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emissive_texture: TextureUse | None = None
    outline_mode: Literal["none", "world", "screen"] = "none"
    outline_width: float = 0.0
    outline_width_texture: TextureUse | None = None
    outline_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    outline_lighting_mix: float = 1.0
    uv_scroll: tuple[float, float] = (0.0, 0.0)
    uv_rotation: float = 0.0
    uv_mask_texture: TextureUse | None = None
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5
    transparent_with_z_write: bool = False
    render_queue_offset: int = 0
    double_sided: bool = False
    metallic: float = 0.0
    roughness: float = 1.0
    metallic_roughness_texture: TextureUse | None = None
    specular_color: tuple[float, float, float] = (0.04, 0.04, 0.04)
    specular_edge: float = 1.0
    sheen_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    sheen_roughness: float = 0.0
    clearcoat: float = 0.0
    clearcoat_roughness: float = 0.0
    transmission: float = 0.0
    transmission_texture: TextureUse | None = None
    transmission_tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vertex_colors: bool = False
    even_tangents: bool = False
