"""EXT_mesh_gpu_instancing: one node that draws its mesh many times."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.scene import MAX_REACH
from avatar_server.types import FloatArray

NAME: Final = "EXT_mesh_gpu_instancing"
MAX_INSTANCES: Final = 10_000


def instance_transforms(node: JsonObject, accessors: Accessors) -> FloatArray | None:
    """float32 (n, 4, 4): where the node draws its mesh, relative to itself; None if it draws it
    once as usual. Raises ``AvatarFileError`` for attributes that disagree or are too many."""
    attributes = node.object("extensions").object(NAME).object("attributes")
    translations = _read(attributes, "TRANSLATION", accessors, 3)
    rotations = _read(attributes, "ROTATION", accessors, 4)
    scales = _read(attributes, "SCALE", accessors, 3)
    counts = {len(a) for a in (translations, rotations, scales) if a is not None}
    if not counts:
        return None
    if len(counts) > 1:
        raise attributes.fail(f"attributes of {' and '.join(map(str, sorted(counts)))} instances")
    (count,) = counts
    if count > MAX_INSTANCES:
        raise attributes.fail(f"{count} instances; at most {MAX_INSTANCES} are drawn")
    result = np.tile(np.eye(4), (count, 1, 1))
    if rotations is not None:
        result[:, :3, :3] = _matrices(rotations)
    if scales is not None:
        result[:, :3, :3] *= scales[:, None, :]
    if translations is not None:
        result[:, :3, 3] = translations
    return result.astype(np.float32)


def _read(
    attributes: JsonObject, name: str, accessors: Accessors, width: int
) -> NDArray[np.float64] | None:
    index = attributes.index(name, accessors.count)
    if index is None:
        return None
    values = accessors.floats(index, width)
    if not np.all(np.abs(values) < MAX_REACH):
        raise attributes.fail(f"{name} leads out of any scene")
    return values.astype(np.float64)


def _matrices(rotations: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3, 3) of quaternions (n, 4) xyzw of any length but zero, which turns nothing."""
    length = np.linalg.norm(rotations, axis=1, keepdims=True)
    whole = length > 1e-12
    x, y, z, w = np.where(whole, rotations / np.where(whole, length, 1.0), (0.0, 0.0, 0.0, 1.0)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)
