"""How large a texture should be for the picture it is in.

A GPU filters mip maps for nothing. To a processor, choosing among levels for every pixel doubles
the cost of drawing. As an avatar fills its picture in much the same way all the time, each material
gets one fixed level there, shrunk for width and height separately (hair is squeezed across its
strands, but not along them).
"""

from __future__ import annotations

import cv2
import numpy as np

from avatar_server.avatar.model import AvatarModel, TextureUse
from avatar_server.render.draw_list import Run
from avatar_server.render.surface import texture_matrix
from avatar_server.types import ByteArray, FloatArray

Level = tuple[int, int]
"""How often width and height are halved."""

_LARGEST_LEVEL = 4


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
