"""Textures on the GPU.

A GPU filters mip maps for nothing. To a software rasteriser, choosing among levels for every pixel
doubles the cost of drawing. As an avatar fills its picture in much the same way all the time, each
material gets one fixed level there, shrunk for width and height separately (hair is squeezed
across its strands, but not along them).
"""

from __future__ import annotations

from ctypes import c_int, c_uint

import cv2
import moderngl
import numpy as np

from avatar_server.avatar.model import AvatarModel, Texture, TextureUse
from avatar_server.render.draw_list import Run
from avatar_server.render.gl_functions import gl_function
from avatar_server.render.surface import texture_matrix
from avatar_server.types import ByteArray, FloatArray

Level = tuple[int, int]
"""How often width and height are halved."""

_LARGEST_LEVEL = 4
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
        for wrap, axis in ((texture.wrap_s, _TEXTURE_WRAP_S), (texture.wrap_t, _TEXTURE_WRAP_T)):
            if wrap == "mirror":
                _mirror(uploaded, axis)
        if texture.nearest:
            uploaded.filter = (moderngl.NEAREST, moderngl.NEAREST)
        elif self._mip:
            uploaded.build_mipmaps()
            uploaded.anisotropy = _MAX_ANISOTROPY
        else:
            uploaded.filter = (moderngl.LINEAR, moderngl.LINEAR)
        return uploaded


def _mirror(texture: moderngl.Texture, axis: int) -> None:
    set_parameter = gl_function("glTexParameteri", c_uint, c_uint, c_int)
    if set_parameter is not None:
        texture.use(0)
        set_parameter(_TEXTURE_2D, axis, _MIRRORED_REPEAT)


def shrink(pixels: ByteArray, level: Level) -> ByteArray:
    """A picture (h, w, 4) averaged down. What is transparent does not bleed into what is not."""
    height, width = pixels.shape[:2]
    size = (max(width >> level[0], 1), max(height >> level[1], 1))
    if size == (width, height):
        return np.ascontiguousarray(pixels)
    if pixels[..., 3].min() == 255:
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    weighted = pixels.astype(np.float32)
    weighted[..., :3] *= weighted[..., 3:] / 255
    small = np.asarray(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), np.float32)
    plain = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = small[..., 3:]
    small[..., :3] = np.where(
        alpha > 0, small[..., :3] * 255 / np.maximum(alpha, 1e-3), plain[..., :3]
    )
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)


def level_for(run: Run, model: AvatarModel, screen: FloatArray, use: TextureUse) -> Level:
    """The level at which one texel of the texture in ``use`` covers about one pixel of the run's
    triangles.

    ``screen`` float32 (V, 2): where the vertices are in the picture, in pixels, y down.
    """
    height, width = model.textures[use.texture].pixels.shape[:2]
    corner = screen[run.triangles]
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    seen = np.abs(area) > 1e-3
    if not seen.any():
        return 0, 0
    uvs = model.uvs1 if use.texcoord == 1 and model.uvs1 is not None else model.uvs
    texel = uvs[run.triangles[seen]] @ texture_matrix(use).T * (width, height)
    along, aside = texel[:, 1] - texel[:, 0], texel[:, 2] - texel[:, 0]
    first, second, area = first[seen], second[seen], area[seen]
    levels = []
    for axis in (0, 1):
        # Rows of the Jacobian of texels by pixels.
        by_x = along[:, axis] * second[:, 1] - aside[:, axis] * first[:, 1]
        by_y = aside[:, axis] * first[:, 0] - along[:, axis] * second[:, 0]
        density = _weighted_median(np.hypot(by_x, by_y) / np.abs(area), np.abs(area))
        levels.append(int(np.clip(np.floor(np.log2(max(density, 1e-6)) + 0.5), 0, _LARGEST_LEVEL)))
    return levels[0], levels[1]


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
