"""Morph targets: the deltas of the active ones, added to the vertex table.

Targets are sparse, and in one frame most weigh nothing, so only the rows that an active target
names are touched. Positions and normals lie side by side in one table (V, 6): one gather and one
scatter serve both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.model import AvatarModel
from avatar_server.types import FloatArray

NEGLIGIBLE_WEIGHT = 1e-3
"""A target that weighs less moves no vertex by more than a few micrometres."""

_DENSE_SHARE = 0.6
"""From this share of its range on, a target is stored as one block: adding zeros costs less than
gathering."""


@dataclass(frozen=True, slots=True)
class _Block:
    rows: slice | NDArray[np.intp]
    deltas: FloatArray


class Morphs:
    """The morph targets of one model. Immutable: shared by every character that wears the model."""

    def __init__(self, model: AvatarModel) -> None:
        self.rest = np.concatenate([model.positions, model.normals], axis=1).astype(np.float32)
        self._blocks = [
            _block(t.vertices.astype(np.intp), np.concatenate([t.positions, t.normals], axis=1))
            for t in model.morphs
        ]

    def blend(self, weights: FloatArray, out: FloatArray) -> None:
        """Writes rest + Σ weight · delta into ``out`` float32 (V, 6): positions, then normals.

        ``weights`` float32 (M,). Normals are left as long as they come out; skinning makes them
        unit length.
        """
        np.copyto(out, self.rest)
        for index in np.flatnonzero(np.abs(weights) > NEGLIGIBLE_WEIGHT):
            block = self._blocks[index]
            out[block.rows] += block.deltas * weights[index]


def _block(vertices: NDArray[np.intp], deltas: FloatArray) -> _Block:
    deltas = np.ascontiguousarray(deltas, np.float32)
    moved = np.any(deltas != 0, axis=1)
    vertices, deltas = vertices[moved], deltas[moved]
    if not len(vertices):
        return _Block(slice(0, 0), deltas)
    first, end = int(vertices[0]), int(vertices[-1]) + 1
    if len(vertices) < _DENSE_SHARE * (end - first):
        return _Block(vertices, deltas)
    dense = np.zeros((end - first, 6), np.float32)
    dense[vertices - first] = deltas
    return _Block(slice(first, end), dense)
