"""From scene space to clip space.

Pictures are drawn with row 0 of the framebuffer at the top: the projection is mirrored in y, so
that a read-back needs no flip. Front faces are therefore clockwise to OpenGL.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from avatar_server.types import Camera, FloatArray

_FARTHEST_TO_NEAREST = 400.0


@lru_cache(maxsize=64)
def view_matrix(camera: Camera) -> FloatArray:
    """Scene to camera space, float32 (4, 4), read-only: x right, y up, the camera looks down -z.

    A camera whose eye is its target, or that looks straight up or down, still gets a frame."""
    eye = np.asarray(camera.eye, np.float64)
    back = eye - np.asarray(camera.target, np.float64)
    distance = float(np.linalg.norm(back))
    back = back / distance if distance > 1e-9 else np.array([0.0, 0.0, 1.0])
    right = np.cross([0.0, 1.0, 0.0], back)
    if np.linalg.norm(right) < 1e-6:
        right = np.array([1.0, 0.0, 0.0])
    right /= np.linalg.norm(right)
    view = np.eye(4)
    view[:3, :3] = (right, np.cross(back, right), back)
    view[:3, 3] = -view[:3, :3] @ eye
    matrix: FloatArray = view.astype(np.float32)
    matrix.flags.writeable = False
    return matrix


def vertical_fov(camera: Camera, width: int, height: int) -> float:
    """Vertical field of view in radians for a picture of this size.

    The camera's own where the picture is square or wider. A portrait picture keeps the horizontal
    view of the square one, so that the head stays in frame."""
    half = math.tan(math.radians(min(max(camera.fov_degrees, 1.0), 170.0)) / 2)
    return 2 * math.atan(half * max(1.0, height / width))


def clip_range(camera: Camera) -> tuple[float, float]:
    """Distances of the near and far plane: around the target, whatever the model's scale."""
    distance = math.dist(camera.eye, camera.target) or 1.0
    near = distance / 20
    return near, near * _FARTHEST_TO_NEAREST


def projection_matrix(camera: Camera, width: int, height: int) -> FloatArray:
    """Camera to clip space (OpenGL, y up), float32 (4, 4)."""
    near, far = clip_range(camera)
    scale = 1 / math.tan(vertical_fov(camera, width, height) / 2)
    projection = np.zeros((4, 4), np.float32)
    projection[0, 0] = scale * height / width
    projection[1, 1] = scale
    projection[2, 2] = (near + far) / (near - far)
    projection[2, 3] = 2 * near * far / (near - far)
    projection[3, 2] = -1
    return projection


def screen_positions(camera: Camera, positions: FloatArray, height: int) -> FloatArray:
    """Where scene points (V, 3) lie in a square picture, in pixels (V, 2), y down. Points beside
    or behind the camera come out at its plane."""
    view = view_matrix(camera)
    seen = positions @ view[:3, :3].T + view[:3, 3]
    distance = np.maximum(-seen[:, 2:], clip_range(camera)[0])
    scale = height / 2 / math.tan(vertical_fov(camera, height, height) / 2)
    return np.asarray(seen[:, :2] / distance * (scale, -scale), np.float32)


def picture_plane(camera: Camera, positions: FloatArray) -> FloatArray:
    """Where scene points (V, 3) lie in the plane at distance 1 before the camera, (2, V), y up.
    Points beside or behind the camera come out at its near plane."""
    view = view_matrix(camera)
    seen = view[:3, :3] @ positions.T + view[:3, 3:]
    return np.asarray(seen[:2] / np.maximum(-seen[2], clip_range(camera)[0]), np.float32)


def detail_of(camera: Camera, height: int) -> int:
    """How large things at the target are in a picture of this height, in steps of a factor of the
    square root of 2."""
    distance = math.dist(camera.eye, camera.target) or 1.0
    size = height / (2 * distance * math.tan(vertical_fov(camera, height, height) / 2))
    return round(2 * math.log2(size))
