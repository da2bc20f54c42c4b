"""Textures under OpenGL."""

from __future__ import annotations

from ctypes import c_int, c_uint

import moderngl

from avatar_server.avatar.material import Texture
from avatar_server.render.opengl.gl_functions import gl_function
from avatar_server.render.texture_levels import Level, shrink, texels_at

_MAX_ANISOTROPY = 8.0

# OpenGL 3.3, table 3.17; moderngl knows only repeating and clamping.
_TEXTURE_2D = 0x0DE1
_TEXTURE_WRAP_S = 0x2802
_TEXTURE_WRAP_T = 0x2803
_MIRRORED_REPEAT = 0x8370


class TextureStore:
    """Uploads each texture once a level."""

    def __init__(self, context: moderngl.Context, textures: tuple[Texture, ...], mip: bool) -> None:
        self._context = context
        self._textures = textures
        self._mip = mip
        self._uploaded: dict[tuple[int, Level, bool], moderngl.Texture] = {}

    def get(self, index: int, level: Level, *, is_color: bool) -> moderngl.Texture:
        texture = self._textures[index]
        if self._mip or texture.nearest:
            level = (0, 0)
        key = (index, level, is_color)
        if key not in self._uploaded:
            self._uploaded[key] = self._upload(texture, level, is_color=is_color)
        return self._uploaded[key]

    def release(self) -> None:
        for texture in self._uploaded.values():
            texture.release()
        self._uploaded.clear()

    def _upload(self, texture: Texture, level: Level, *, is_color: bool) -> moderngl.Texture:
        pixels = texels_at(texture, level, is_color=is_color)
        height, width = pixels.shape[:2]
        uploaded = self._context.texture((width, height), 4, pixels.tobytes())
        uploaded.repeat_x = texture.wrap_s != "clamp"
        uploaded.repeat_y = texture.wrap_t != "clamp"
        for wrap, axis in ((texture.wrap_s, _TEXTURE_WRAP_S), (texture.wrap_t, _TEXTURE_WRAP_T)):
            if wrap == "mirror":
                _mirror(uploaded, axis)
        if texture.nearest:
            uploaded.filter = (moderngl.NEAREST, moderngl.NEAREST)
        elif self._mip:
            uploaded.build_mipmaps()
            for mip in range(1, max(width, height).bit_length()):
                pixels = shrink(pixels, (1, 1), is_color=is_color)
                uploaded.write(pixels.tobytes(), level=mip)
            uploaded.anisotropy = _MAX_ANISOTROPY
        else:
            uploaded.filter = (moderngl.LINEAR, moderngl.LINEAR)
        return uploaded


def _mirror(texture: moderngl.Texture, axis: int) -> None:
    set_parameter = gl_function("glTexParameteri", c_uint, c_uint, c_int)
    if set_parameter is not None:
        texture.use(0)
        set_parameter(_TEXTURE_2D, axis, _MIRRORED_REPEAT)
