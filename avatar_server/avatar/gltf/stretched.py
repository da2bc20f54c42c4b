"""Rigid meshes under nodes that stretch or shear them.

Normals turn as surfaces do only under rotations and uniform scales, which is all that posing knows.
So what is more than that at rest is carried over to the vertices.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.primitives import MorphDelta, VertexBlock
from avatar_server.types import FloatArray

_UNIFORM: Final = 1e-3
_FLAT: Final = 1e-6


def stretch_of(transform: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """float64 (3, 3): the symmetric part M of ``transform`` (4, 4) = R M, R a rotation or a mirror;
    None where M scales all directions alike, or flattens one away."""
    _, sizes, axes = np.linalg.svd(transform[:3, :3])
    if sizes[2] >= (1.0 - _UNIFORM) * sizes[0] or sizes[2] <= _FLAT * sizes[0]:
        return None
    stretch: NDArray[np.float64] = axes.T @ (sizes[:, None] * axes)
    return stretch


def stretched(block: VertexBlock, stretch: NDArray[np.float64]) -> VertexBlock:
    """``block`` with its vertices, normals and morph targets stretched."""
    inverse = np.linalg.inv(stretch)
    turned = block.normals.astype(np.float64) @ inverse
    length = np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)

    def morph(delta: MorphDelta) -> MorphDelta:
        normals = delta.normals @ inverse / length[delta.rows]
        return MorphDelta(delta.rows, _single(delta.positions @ stretch), _single(normals))

    return replace(
        block,
        positions=_single(block.positions @ stretch),
        normals=_single(turned / length),
        morphs=tuple(map(morph, block.morphs)),
    )


def unstretched(transform: FloatArray, stretch: NDArray[np.float64]) -> FloatArray:
    """float32 (4, 4): ``transform`` for vertices that are stretched already."""
    inverse = np.eye(4)
    inverse[:3, :3] = np.linalg.inv(stretch)
    return _single(transform @ inverse)


def _single(values: NDArray[np.floating]) -> FloatArray:
    result: FloatArray = values.astype(np.float32)
    return result
