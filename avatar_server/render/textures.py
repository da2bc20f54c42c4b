"""Textures under OpenGL."""

from __future__ import annotations

import moderngl

from avatar_server.avatar.model import Texture
from avatar_server.render.texture_levels import Level, shrink

_MAX_ANISOTROPY = 8.0


class TextureStore:
    """Uploads each texture once a level."""

    def __init__(self, context: moderngl.Context, textures: tuple[Texture, ...], mip: bool) -> None:
        self._context = context
        self._textures = textures
        self._mip = mip
        self._uploaded: dict[tuple[int, Level], moderngl.Texture] = {}

    def get(self, index: int, level: Level) -> moderngl.Texture:
        texture = self._textures[index]
        if self._mip or texture.nearest:
            level = (0, 0)
        key = (index, level)
        if key not in self._uploaded:
            self._uploaded[key] = self._upload(texture, level)
        return self._uploaded[key]

    def release(self) -> None:
        for texture in self._uploaded.values():
            texture.release()
        self._uploaded.clear()

    def _upload(self, texture: Texture, level: Level) -> moderngl.Texture:
        pixels = shrink(texture.pixels, level)
        height, width = pixels.shape[:2]
        uploaded = self._context.texture((width, height), 4, pixels.tobytes())
        uploaded.repeat_x = texture.wrap_s != "clamp"
        uploaded.repeat_y = texture.wrap_t != "clamp"
        if texture.nearest:
            uploaded.filter = (moderngl.NEAREST, moderngl.NEAREST)
        elif self._mip:
            uploaded.build_mipmaps()
            uploaded.anisotropy = _MAX_ANISOTROPY
        else:
            uploaded.filter = (moderngl.LINEAR, moderngl.LINEAR)
        return uploaded
