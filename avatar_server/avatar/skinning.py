"""Linear blend skinning of the whole vertex table (glTF 2.0, 3.7.3.3).

Many vertices share one row of weights (all that hang rigidly on one joint do), so the blended
transforms are computed once a distinct row and spread over the vertices: by posing.c, or by numpy
where that is not compiled.
"""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from avatar_server import native
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.posing import SkinStruct
from avatar_server.native_arrays import pointer
from avatar_server.types import FloatArray


class Skinner:
    """Skins one model. Immutable: shared by every character that wears the model."""

    def __init__(self, model: AvatarModel) -> None:
        skinning = model.skinning
        self._nodes = skinning.palette_nodes.astype(np.intp)
        self._inverse_binds = skinning.inverse_binds.astype(np.float32)
        self.vertex_count = len(model.positions)
        self._library = native.load()
        joints, weights, row_of_vertex = _distinct_rows(model)
        if self._library is not None:
            # One transform of each weight row of the model, written anew for each character.
            arrays = {
                "joints": joints,
                "weights": weights,
                "row_of": row_of_vertex.astype(np.int32),
                "blended": np.empty((len(joints), 12), np.float32),
            }
            self._struct = SkinStruct(arrays, row_count=len(joints), vertex_count=self.vertex_count)
            return
        self._rows = _dense(joints, weights, len(self._nodes))
        self._row_of_vertex = row_of_vertex

    def skin(self, morphed: FloatArray, node_globals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Positions float32 (V, 3) in metres and unit normals float32 (V, 3), scene space.

        ``morphed`` float32 (V, 6) as ``Morphs.blend`` writes it; ``node_globals`` float32
        (N, 4, 4). Normals turn with the blended matrix, which is right for rotations and uniform
        scales, the only ones that VRM allows a joint.
        """
        if not self.vertex_count:
            return np.empty((0, 3), np.float32), np.empty((0, 3), np.float32)
        palette = np.matmul(node_globals[self._nodes], self._inverse_binds)
        positions = np.empty((self.vertex_count, 3), np.float32)
        normals = np.empty((self.vertex_count, 3), np.float32)
        if self._library is not None:
            self._library.avatar_skin(
                ctypes.byref(self._struct),
                pointer(np.ascontiguousarray(palette, np.float32)),
                pointer(morphed),
                pointer(positions),
                pointer(normals),
            )
            return positions, normals
        blended = self._rows @ palette[:, :3, :].reshape(-1, 12)
        # One row of 12 per component from here on: plain vector arithmetic over the vertices.
        m = np.take(np.ascontiguousarray(blended.T), self._row_of_vertex, axis=1)
        x, y, z, nx, ny, nz = np.ascontiguousarray(morphed.T)
        turned = np.empty((3, self.vertex_count), np.float32)
        for axis in range(3):
            a, b, c, d = m[4 * axis : 4 * axis + 4]
            positions[:, axis] = a * x + b * y + c * z + d
            turned[axis] = a * nx + b * ny + c * nz
        length = np.sqrt(np.einsum("ij,ij->j", turned, turned))
        np.divide(turned, np.maximum(length, np.float32(1e-12)), out=turned)
        normals[:] = turned.T
        return positions, normals


def _distinct_rows(
    model: AvatarModel,
) -> tuple[NDArray[np.int32], FloatArray, NDArray[np.intp]]:
    """Joints int32 (U, 4) and weights float32 (U, 4) of the distinct rows, and which of them each
    vertex has, int (V,)."""
    joints, weights = model.skinning.joints, model.skinning.weights
    keys = np.concatenate([joints.astype(np.float32), weights.astype(np.float32)], axis=1)
    keys[:, :4][keys[:, 4:] == 0] = 0
    distinct, inverse = np.unique(keys, axis=0, return_inverse=True) if len(keys) else (keys, keys)
    return (
        np.ascontiguousarray(distinct[:, :4], np.int32),
        np.ascontiguousarray(distinct[:, 4:], np.float32),
        np.asarray(inverse, np.intp).reshape(-1),
    )


def _dense(joints: NDArray[np.int32], weights: FloatArray, palette: int) -> FloatArray:
    """The rows' weights of every joint of the palette, float32 (U, P)."""
    rows = np.zeros((len(joints), palette), np.float32)
    for k in range(4):
        np.add.at(rows, (np.arange(len(joints)), joints[:, k]), weights[:, k])
    return rows
