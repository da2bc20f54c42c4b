"""Where the camera stands when a manifest does not say."""

from __future__ import annotations

import math

import numpy as np

from avatar_server.avatar.manifest import Manifest
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.types import Camera, FloatArray

FOV_DEGREES = 24.0
"""Narrow, as portraits are taken: a wide lens swells the nose."""


def framed(manifest: Manifest) -> Camera | None:
    """The manifest's camera, if it has one."""
    framing = manifest.framing
    return Camera(framing.eye, framing.target, framing.fov_degrees) if framing else None


def default_camera(model: AvatarModel, skeleton: Skeleton, positions: FloatArray) -> Camera:
    """A bust of a humanoid (top of the hair to mid-chest), or the whole of a model without a head,
    or with nothing to see there.

    ``positions`` float32 (V, 3): the model at rest, scene space.
    """
    head = model.humanoid.get("head")
    if head is not None:
        crown = _crown(model, skeleton, positions, head)
        base = skeleton.position(head)
        height = crown - float(base[1])
        if height > 1e-3:
            top, bottom = crown + 0.22 * height, float(base[1]) - 1.05 * height
            seen = np.abs(positions[:, 1] - (top + bottom) / 2) < (top - bottom) / 2
            seen &= np.abs(positions[:, 0] - base[0]) < (top - bottom) / 2
            if seen.any():
                return _facing(float(base[0]), (top + bottom) / 2, float(base[2]), top - bottom)
    finite = positions[np.isfinite(positions).all(axis=1)]
    if not len(finite):
        return _facing(0.0, 0.0, 0.0, 2.0)
    low, high = finite.min(axis=0), finite.max(axis=0)
    centre = (low + high) / 2
    extent = float(max(high[0] - low[0], high[1] - low[1])) * 1.15
    return _facing(float(centre[0]), float(centre[1]), float(high[2]), extent or 1.0)


def vertices_below(
    model: AvatarModel, skeleton: Skeleton, node: int, without: frozenset[int] = frozenset()
) -> np.ndarray:
    """Rows of the vertex table that hang mostly on a node or below it, but not on any of the nodes
    ``without``; int (K,)."""
    if not len(model.positions):
        return np.empty(0, np.intp)
    below = skeleton.subtree(node) - without
    strongest = np.argmax(model.skinning.weights, axis=1)
    rows = model.skinning.joints[np.arange(len(strongest)), strongest]
    inside = np.array([int(n) in below for n in model.skinning.palette_nodes])
    return np.flatnonzero(inside[rows])


def _crown(model: AvatarModel, skeleton: Skeleton, positions: FloatArray, head: int) -> float:
    """Height of the top of the head; a high ponytail or hat counts."""
    heights = positions[vertices_below(model, skeleton, head), 1]
    base = float(skeleton.position(head)[1])
    if len(heights) and float(heights.max()) > base:
        return float(heights.max())
    return base + (0.25 if base > 0 else 0.0)


def _facing(x: float, y: float, z: float, extent: float) -> Camera:
    distance = extent / 2 / math.tan(math.radians(FOV_DEGREES / 2))
    return Camera((x, y, z + distance), (x, y, z), FOV_DEGREES)
