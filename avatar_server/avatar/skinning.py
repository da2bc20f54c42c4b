"""Linear blend skinning of the whole vertex table (glTF 2.0, 3.7.3.3).

Many vertices share one row of weights (all that hang rigidly on one joint do), so the blended
transforms are computed once a distinct row, as one matrix product, and spread over the vertices.
"""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.model import AvatarModel
from avatar_server.types import FloatArray


class Skinner:
    """Skins one model. Immutable: shared by every character that wears the model."""

    def __init__(self, model: AvatarModel) -> None:
        skinning = model.skinning
        self._nodes = skinning.palette_nodes.astype(np.intp)
        self._inverse_binds = skinning.inverse_binds.astype(np.float32)
        self.vertex_count = len(model.positions)
        self._rows, self._row_of_vertex = _distinct_rows(model)

    def skin(self, morphed: FloatArray, node_globals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Positions float32 (V, 3) in metres and unit normals float32 (V, 3), scene space.

        ``morphed`` float32 (V, 6) as ``Morphs.blend`` writes it; ``node_globals`` float32
        (N, 4, 4). Normals turn with the blended matrix, which is right for rotations and uniform
        scales, the only ones that VRM allows a joint.
        """
        if not self.vertex_count:
            return np.empty((0, 3), np.float32), np.empty((0, 3), np.float32)
        palette = np.matmul(node_globals[self._nodes], self._inverse_binds)
        blended = self._rows @ palette[:, :3, :].reshape(-1, 12)
        # One row of 12 per component from here on: plain vector arithmetic over the vertices.
        m = np.take(np.ascontiguousarray(blended.T), self._row_of_vertex, axis=1)
        x, y, z, nx, ny, nz = np.ascontiguousarray(morphed.T)
        positions = np.empty((self.vertex_count, 3), np.float32)
        normals = np.empty((self.vertex_count, 3), np.float32)
        turned = np.empty((3, self.vertex_count), np.float32)
        for axis in range(3):
            a, b, c, d = m[4 * axis : 4 * axis + 4]
            positions[:, axis] = a * x + b * y + c * z + d
            turned[axis] = a * nx + b * ny + c * nz
        length = np.sqrt(np.einsum("ij,ij->j", turned, turned))
        np.divide(turned, np.maximum(length, np.float32(1e-12)), out=turned)
        normals[:] = turned.T
        return positions, normals


def _distinct_rows(model: AvatarModel) -> tuple[FloatArray, np.ndarray]:
    """The distinct weight rows float32 (U, P), and which of them each vertex has, int (V,)."""
    joints, weights = model.skinning.joints, model.skinning.weights
    count, palette = len(joints), len(model.skinning.palette_nodes)
    keys = np.concatenate([joints.astype(np.float32), weights.astype(np.float32)], axis=1)
    keys[:, :4][keys[:, 4:] == 0] = 0
    distinct, inverse = np.unique(keys, axis=0, return_inverse=True) if count else (keys, keys)
    rows = np.zeros((len(distinct), palette), np.float32)
    for k in range(4):
        np.add.at(
            rows, (np.arange(len(distinct)), distinct[:, k].astype(np.intp)), distinct[:, 4 + k]
        )
    return rows, np.asarray(inverse, np.intp).reshape(-1)
