"""How large a texture should be for the picture it is in.

A GPU filters mip maps for nothing. To a processor, choosing among levels for every pixel doubles
the cost of drawing. As an avatar fills its picture in much the same way all the time, each material
gets one fixed level there, shrunk for width and height separately (hair is squeezed across its
strands, but not along them).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.material import Texture, TextureUse, Wrap
from avatar_server.avatar.model import AvatarModel
from avatar_server.render.draw_list import Run
from avatar_server.render.surface import encode_srgb, texture_matrix
from avatar_server.types import ByteArray, FloatArray

Level = tuple[int, int]
"""How often width and height are halved."""

_LARGEST_LEVEL = 4
_ENOUGH_TEXELS = 128
_MOST_ENLARGED = 16
_CODES = np.arange(256, dtype=np.float32) / 255
_LIGHT: FloatArray = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_CODE_OF_LIGHT = np.rint(encode_srgb(np.arange(65536) / 65535) * 255).astype(np.uint8)
_WIDE_LIGHT = np.rint(_LIGHT * 65535).astype(np.uint16)

COLOR_MAPS = frozenset({"base_map", "shade_map", "rim_map", "emissive_map", "matcap_map"})
"""Samplers of textures that hold colours; the others hold numbers."""


def shrink(pixels: ByteArray, level: Level, *, is_color: bool = False) -> ByteArray:
    """A picture (h, w, 4) averaged down; colours as the light that they stand for. What is
    transparent does not bleed into what is not."""
    height, width = pixels.shape[:2]
    size = (max(width >> level[0], 1), max(height >> level[1], 1))
    if size == (width, height):
        return np.ascontiguousarray(pixels)
    if pixels[..., 3].min() == 255:
        return _shrunk_solid(pixels, size, is_color=is_color)

    def averaged(values: FloatArray) -> FloatArray:
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)

    light = _light_of(pixels) if is_color else pixels.astype(np.float32) / np.float32(255)
    weighted = light.copy()
    weighted[..., :3] *= light[..., 3:]
    small, even = averaged(weighted), averaged(light)
    alpha = small[..., 3:]
    small[..., :3] = np.where(alpha > 0, small[..., :3] / np.maximum(alpha, 1e-5), even[..., :3])
    return _pixels_of(small, is_color=is_color)


def _shrunk_solid(pixels: ByteArray, size: tuple[int, int], *, is_color: bool) -> ByteArray:
    """Most textures, which are large: light in 16 bits costs a quarter of light in floats."""
    if not is_color:
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    light = cv2.resize(cv2.LUT(pixels, _WIDE_LIGHT), size, interpolation=cv2.INTER_AREA)
    result: ByteArray = _CODE_OF_LIGHT[light]
    result[..., 3] = 255
    return result


def enlarged(texture: Texture) -> ByteArray:
    """The pixels of a colour texture; of one of few texels so many that mixing colours between
    them as they are encoded comes near to mixing light, which WebGL does."""
    height, width = texture.pixels.shape[:2]
    factor = _ENOUGH_TEXELS // max(height, width)
    if texture.nearest or factor < 2:
        return texture.pixels
    factor = min(factor, _MOST_ENLARGED)
    light = _light_of(texture.pixels)
    for axis, wrap in enumerate((texture.wrap_t, texture.wrap_s)):
        size = light.shape[axis]
        at = (np.arange(size * factor) + 0.5) / factor - 0.5
        first = np.floor(at).astype(int)
        share = (at - first).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        near, far = (light.take(_texels(first + k, size, wrap), axis) for k in (0, 1))
        light = near + (far - near) * share
    return _pixels_of(light, is_color=True)


def _texels(index: NDArray[np.int_], size: int, wrap: Wrap) -> NDArray[np.int_]:
    if wrap == "clamp":
        return np.clip(index, 0, size - 1)
    if wrap == "repeat":
        return index % size
    return np.minimum(index % (2 * size), 2 * size - 1 - index % (2 * size))


def _light_of(pixels: ByteArray) -> FloatArray:
    """float32 (h, w, 4) in [0, 1]: sRGB as light (IEC 61966-2-1), alpha as it is."""
    light = _LIGHT[pixels]
    light[..., 3] = pixels[..., 3] / np.float32(255)
    return light


def _pixels_of(values: FloatArray, *, is_color: bool) -> ByteArray:
    values = np.clip(values, 0.0, 1.0)
    pixels = (values * 255 + 0.5).astype(np.uint8)
    if is_color:
        pixels[..., :3] = _CODE_OF_LIGHT[(values[..., :3] * 65535 + 0.5).astype(np.uint16)]
    return pixels


def level_for(run: Run, model: AvatarModel, screen: FloatArray, use: TextureUse) -> Level:
    """The level at which one texel of the texture in ``use`` covers about one pixel of the run's
    triangles.

    ``screen`` float32 (V, 2): where the vertices are in the picture, in pixels, y down.
    """
    height, width = model.textures[use.texture].pixels.shape[:2]
    corner = screen[run.triangles]
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    uvs = model.uvs1 if use.texcoord == 1 and model.uvs1 is not None else model.uvs
    with_coordinates = np.isfinite(uvs[run.triangles]).all(axis=(1, 2))
    seen = (np.abs(area) > 1e-3) & np.isfinite(area) & with_coordinates
    if not seen.any():
        return 0, 0
    texel = uvs[run.triangles[seen]] @ texture_matrix(use).T * (width, height)
    along, aside = texel[:, 1] - texel[:, 0], texel[:, 2] - texel[:, 0]
    first, second, area = first[seen], second[seen], area[seen]
    levels = []
    for axis in (0, 1):
        # Rows of the Jacobian of texels by pixels.
        by_x = along[:, axis] * second[:, 1] - aside[:, axis] * first[:, 1]
        by_y = aside[:, axis] * first[:, 0] - along[:, axis] * second[:, 0]
        density = _weighted_median(np.hypot(by_x, by_y) / np.abs(area), np.abs(area))
        level = np.floor(np.log2(np.clip(np.nan_to_num(density), 1e-6, 1e6)) + 0.5)
        levels.append(int(np.clip(level, 0, _LARGEST_LEVEL)))
    return levels[0], levels[1]


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def texels_at(texture: Texture, level: Level, *, is_color: bool) -> ByteArray:
    """What a texture is drawn from at a level."""
    if is_color and level == (0, 0):
        return enlarged(texture)
    return shrink(texture.pixels, level, is_color=is_color)
