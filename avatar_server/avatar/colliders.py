"""What spring bones bump into: spheres and capsules (VRMC_springBone-1.0, colliders)."""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.model import AvatarModel, SpringCollider
from avatar_server.avatar.skeleton import IndexArray
from avatar_server.types import FloatArray

NEAR_M = 0.03
"""Pairs that are further apart than this are not looked at again in the same step."""


class Colliders:
    """All colliders of a model as capsules; a sphere is one without length."""

    def __init__(self, model: AvatarModel) -> None:
        shapes: tuple[SpringCollider, ...] = model.spring_colliders
        self.count = len(shapes)
        self._nodes = np.array([c.node for c in shapes], np.intp)
        self.radii = np.array([c.radius for c in shapes], np.float32)
        ends = np.ones((self.count, 4, 2), np.float32)
        for i, shape in enumerate(shapes):
            ends[i, :3, 0] = shape.offset
            ends[i, :3, 1] = shape.offset if shape.tail is None else shape.tail
        self._ends = ends

    def placed(self, joints: FloatArray) -> FloatArray:
        """Both ends of each capsule in the scene, float32 (C, 3, 2), for ``joints`` (N, 4, 4)."""
        placed: FloatArray = np.matmul(joints[self._nodes], self._ends)
        return placed[:, :3, :]


class Contacts:
    """Which joints of a simulation may touch which colliders.

    ``pairs``: (joint's row, its level, collider), each joint's in the order of its spring.
    """

    def __init__(
        self, pairs: list[tuple[int, int, int]], hit_radii: FloatArray, radii: FloatArray
    ) -> None:
        table = np.array(pairs, np.intp).reshape(-1, 3)
        self._joints, self._levels, self._colliders = table.T
        self._reach = (hit_radii[self._joints] + radii[self._colliders]).astype(np.float32)
        seen: dict[int, int] = {}
        turns = []
        for joint, _, _ in pairs:
            turns.append(seen.get(joint, 0))
            seen[joint] = turns[-1] + 1
        self._turns = np.array(turns, np.intp)

    def near(self, tails: FloatArray, ends: FloatArray) -> IndexArray:
        """Pairs that may touch in a step that takes the joints about to ``tails`` (J, 3)."""
        if not len(self._joints):
            return self._joints
        depth, _ = self._depths(tails, ends, slice(None))
        return np.flatnonzero(depth > -NEAR_M)

    def push_out(
        self,
        level: int,
        near: IndexArray,
        tails: FloatArray,
        roots: FloatArray,
        lengths: FloatArray,
        ends: FloatArray,
        first: int,
    ) -> None:
        """Moves ``tails`` (J, 3) of one level out of the colliders in place, each at its bone's
        length from its root; one collider of a joint after the other, as the specification does.

        ``roots`` (n, 3) and ``lengths`` (n, 1) are of the level's joints, whose first row is
        ``first``.
        """
        mine = near[self._levels[near] == level]
        for turn in range(int(self._turns[mine].max(initial=-1)) + 1):
            pairs = mine[self._turns[mine] == turn]
            depth, direction = self._depths(tails, ends, pairs)
            inside = np.flatnonzero(depth > 0)
            if not len(inside):
                continue
            joints = self._joints[pairs[inside]]
            root = roots[joints - first]
            moved = tails[joints] + direction[inside] * depth[inside, None] - root
            size = np.sqrt(np.einsum("ij,ij->i", moved, moved))[:, None]
            tails[joints] = root + moved * (lengths[joints - first] / np.maximum(size, 1e-9))

    def _depths(
        self, tails: FloatArray, ends: FloatArray, pairs: slice | IndexArray
    ) -> tuple[FloatArray, FloatArray]:
        """How deep each pair's tail is inside, metres, and the unit direction out."""
        shape = ends[self._colliders[pairs]]
        start = shape[:, :, 0]
        along = shape[:, :, 1] - start
        offset = tails[self._joints[pairs]] - start
        squared = np.einsum("ij,ij->i", along, along)
        share = np.einsum("ij,ij->i", offset, along) / np.maximum(squared, np.float32(1e-12))
        offset -= along * np.minimum(np.maximum(share, 0), 1)[:, None]
        distance = np.sqrt(np.einsum("ij,ij->i", offset, offset))
        direction = offset / np.maximum(distance, np.float32(1e-9))[:, None]
        return self._reach[pairs] - distance, direction
