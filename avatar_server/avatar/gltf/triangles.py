"""Triangles and normals of one primitive."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.types import FloatArray

Triangles = NDArray[np.int64]
TRIANGLE_MODES: Final = (4, 5, 6)
"""Triangles, strip and fan; the other modes are points and lines, which an avatar has no use of."""


def triangles_of(mode: int, indices: NDArray[np.int64]) -> Triangles:
    """int64 (T, 3) of an index run drawn in ``mode`` (glTF 2.0, 3.7.2.1); leftovers are dropped,
    and so are the triangles of a strip that only turn it (two equal corners)."""
    if mode == 4:
        whole: Triangles = indices[: len(indices) // 3 * 3].reshape(-1, 3)
        return whole
    count = max(len(indices) - 2, 0)
    i = np.arange(count)
    if mode == 5:
        corners = np.stack([i, i + 1 + i % 2, i + 2 - i % 2], axis=1)
    else:
        corners = np.stack([i + 1, i + 2, np.zeros_like(i)], axis=1)
    triangles: Triangles = indices[corners.reshape(-1, 3)]
    a, b, c = triangles.T
    distinct: Triangles = triangles[(a != b) & (b != c) & (c != a)]
    return distinct


def face_normals(positions: FloatArray, triangles: Triangles) -> FloatArray:
    """float32 (T, 3), as long as twice the triangle's area."""
    p = positions.astype(np.float64)
    a, b, c = p[triangles[:, 0]], p[triangles[:, 1]], p[triangles[:, 2]]
    return np.cross(b - a, c - a).astype(np.float32)


def smooth_normals(positions: FloatArray, triangles: Triangles) -> FloatArray:
    """float32 (V, 3) unit: the mean of the faces around each vertex, by area."""
    faces = face_normals(positions, triangles).astype(np.float64)
    total = np.zeros((len(positions), 3))
    for corner in range(3):
        np.add.at(total, triangles[:, corner], faces)
    return unit(total.astype(np.float32))


def unit(vectors: FloatArray) -> FloatArray:
    """float32 (n, 3) of length 1; zero vectors point to +z."""
    wide = vectors.astype(np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    good = length[:, 0] > 1e-20
    result = np.zeros_like(wide)
    result[:, 2] = 1.0
    result[good] = wide[good] / length[good]
    return result.astype(np.float32)
