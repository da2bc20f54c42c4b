"""Morph targets, added to the vertex table.

Positions and normals lie side by side in one table (V, 6). posing.c adds the deltas of the active
targets. Without it the deltas of all targets, over the vertices that any of them moves, are one
matrix: a single matrix-vector product adds them all, which costs numpy less than picking out the
active ones. Only models whose matrix would be too large keep their targets apart.
"""

from __future__ import annotations

import ctypes

import numpy as np

from avatar_server import native
from avatar_server.avatar.model import AvatarModel, MorphTarget
from avatar_server.avatar.posing import MorphsStruct
from avatar_server.avatar.skeleton import IndexArray
from avatar_server.native_arrays import pointer
from avatar_server.types import FloatArray

NEGLIGIBLE_WEIGHT = 1e-3
"""A target that weighs less moves no vertex by more than a few micrometres."""

LARGEST_MATRIX = 6_000_000
"""Numbers in the matrix (24 MB): beyond the caches' reach a product over all of it is slower."""


class Morphs:
    """The morph targets of one model. Immutable: shared by every character that wears the model."""

    def __init__(self, model: AvatarModel) -> None:
        self.rest = np.concatenate([model.positions, model.normals], axis=1).astype(np.float32)
        moved = [_moved(target) for target in model.morphs]
        rows = np.unique(np.concatenate([m[0] for m in moved])) if moved else np.empty(0, np.intp)
        self._rows: IndexArray = rows.astype(np.intp)
        self._apart = moved
        self._matrix: FloatArray | None = None
        self._library = native.load()
        if self._library is not None:
            self._struct = self._make_struct(moved)
            return
        if len(rows) and len(moved) * len(rows) * 6 <= LARGEST_MATRIX:
            self._matrix = _matrix(moved, self._rows)
            self._apart = []

    def blend(self, weights: FloatArray, out: FloatArray) -> None:
        """Writes rest + Σ weight · delta into ``out`` float32 (V, 6): positions, then normals.

        ``weights`` float32 (M,). Normals are left as long as they come out; skinning makes them
        unit length.
        """
        if self._library is not None:
            self._library.avatar_blend(ctypes.byref(self._struct), pointer(weights), pointer(out))
            return
        np.copyto(out, self.rest)
        if self._matrix is not None:
            out[self._rows] += (weights @ self._matrix).reshape(-1, 6)
            return
        for index in np.flatnonzero(np.abs(weights) > NEGLIGIBLE_WEIGHT):
            rows, deltas = self._apart[index]
            out[rows] += deltas * weights[index]

    def _make_struct(self, moved: list[tuple[IndexArray, FloatArray]]) -> MorphsStruct:
        nothing = (np.empty(0, np.intp), np.empty((0, 6), np.float32))
        rows, deltas = zip(nothing, *moved, strict=True)
        arrays = {
            "rest": np.ascontiguousarray(self.rest),
            "starts": np.cumsum([len(each) for each in rows], dtype=np.int32),
            "rows": np.concatenate(rows).astype(np.int32),
            "deltas": np.ascontiguousarray(np.concatenate(deltas), np.float32),
        }
        return MorphsStruct(arrays, vertex_count=len(self.rest), target_count=len(moved))


def _moved(target: MorphTarget) -> tuple[IndexArray, FloatArray]:
    """The vertices that a target moves, int (K,), and by how much, float32 (K, 6)."""
    deltas = np.concatenate([target.positions, target.normals], axis=1).astype(np.float32)
    kept = np.any(deltas != 0, axis=1)
    return target.vertices[kept].astype(np.intp), deltas[kept]


def _matrix(moved: list[tuple[IndexArray, FloatArray]], rows: IndexArray) -> FloatArray:
    """float32 (M, 6 · R): a target's deltas at each of ``rows``."""
    matrix = np.zeros((len(moved), len(rows), 6), np.float32)
    for target, (vertices, deltas) in zip(matrix, moved, strict=True):
        target[np.searchsorted(rows, vertices)] = deltas
    return matrix.reshape(len(moved), 6 * len(rows))
