"""The structures of scene.h, field by field."""

from __future__ import annotations

import ctypes

import numpy as np

from avatar_server.render.surface import SURFACE_DTYPE

MAP_DTYPE = np.dtype(
    [
        ("texels", np.uintp),
        ("width", "i4"),
        ("height", "i4"),
        ("wrap_s", "i4"),
        ("wrap_t", "i4"),
        ("nearest", "i4"),
        ("slot", "i4"),
    ],
    align=True,
)
"""``Map``: a texture as a surface uses it."""

MAPS = (
    "base",
    "shade",
    "shift",
    "normal",
    "metallic_roughness",
    "transmission",
    "rim",
    "emissive",
    "outline_width",
    "uv_mask",
    "matcap",
)

MATERIAL_DTYPE = np.dtype(
    [
        ("block", SURFACE_DTYPE),
        *((name, MAP_DTYPE) for name in MAPS),
        ("features", "i4"),
        ("slots", "i4"),
        ("rim_halves", "i4"),
        ("varyings", "i4"),
        ("is_simple", "i4"),
        ("is_flat", "i4"),
    ],
    align=True,
)
"""``Surface``."""

DRAW_DTYPE = np.dtype([("first", "i4"), ("count", "i4"), ("sides", "i4"), ("surface", "i4")])
"""``Draw``."""

VERTEX_BYTES = 64
QUEUE_BYTES = 168
SHOWN_BYTES = 8
FEATURES = {
    name: 1 << bit
    for bit, name in enumerate(
        (
            "LIT",
            "SHADE_IS_BASE",
            "RIM",
            "MATCAP",
            "EMISSIVE",
            "VERTEX_COLORS",
            "MASK",
            "BLEND",
            "OUTLINE",
            "OUTLINE_SCREEN",
            "DEPTH_WRITE",
            "PBR",
            "UV_ANIMATION",
            "SOFT_RAMP",
            "LAYERED",
            "EVEN_TANGENTS",
            "GLASS",
        )
    )
}
SIDE_FRONT, SIDE_BACK = 1, 2
WRAPS = {"repeat": 0, "clamp": 1, "mirror": 2}
LANES = 8


def record_floats(varyings: int, has_normal_map: bool) -> int:
    """Numbers in a triangle's record, in whole groups of lanes: see surface.h."""
    count = 3 + 3 * (1 + varyings) + 6 * has_normal_map
    return -(-count // LANES) * LANES


_Pointer = ctypes.c_void_p
_Int = ctypes.c_int32
_Float = ctypes.c_float


class SilhouetteStruct(ctypes.Structure):
    """``Silhouette``."""

    _fields_ = (
        ("sides", _Pointer),
        ("corners", _Pointer),
        ("ends", _Pointer),
        ("triangles", _Pointer),
        ("draws", _Pointer),
        ("group_count", _Int),
        ("triangle_count", _Int),
        ("capacity", _Int),
    )


class HullStruct(ctypes.Structure):
    """``Hull``."""

    _fields_ = (
        ("rows", _Pointer),
        ("ends", _Pointer),
        ("draws", _Pointer),
        ("group_count", _Int),
        ("count", _Int),
    )


class SceneStruct(ctypes.Structure):
    """``Scene``."""

    _fields_ = (
        ("uvs", _Pointer),
        ("uvs1", _Pointer),
        ("colors", _Pointer),
        ("draws", _Pointer),
        ("surfaces", _Pointer),
        ("silhouette", SilhouetteStruct),
        ("hull", HullStruct),
        ("vertex_count", _Int),
        ("triangle_count", _Int),
        ("draw_count", _Int),
        ("record_floats", _Int),
        ("vertices", _Pointer),
        ("corners", _Pointer),
        ("owners", _Pointer),
        ("records_at", _Pointer),
        ("records", _Pointer),
        ("facing", _Pointer),
        ("queues", _Pointer),
        ("shown", _Pointer),
        ("record_count", _Int),
        ("shown_count", _Int),
        ("solid_count", _Int),
        ("width", _Int),
        ("height", _Int),
        ("stride", _Int),
        ("band_rows", _Int),
        ("band_top", _Int),
        ("depth", _Pointer),
        ("seen", _Pointer),
        ("pixels", _Pointer),
        ("backdrop", _Pointer),
        ("picture", _Pointer),
        ("y", _Pointer),
        ("u", _Pointer),
        ("v", _Pointer),
        ("positions", _Pointer),
        ("normals", _Pointer),
        ("view", _Float * 12),
        ("scale_x", _Float),
        ("scale_y", _Float),
        ("depth_scale", _Float),
        ("depth_offset", _Float),
        ("key", _Float * 3),
        ("pixel", _Float),
        ("seconds", _Float),
        ("left", _Int),
        ("right", _Int),
    )
