"""What spring bones bump into: spheres and capsules (VRMC_springBone-1.0, colliders)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.model import AvatarModel, SpringCollider
from avatar_server.avatar.skeleton import IndexArray
from avatar_server.types import FloatArray


class Colliders:
    """All colliders of a model as capsules; a sphere is one without length."""

    def __init__(self, model: AvatarModel) -> None:
        shapes: tuple[SpringCollider, ...] = model.spring_colliders
        self.count = len(shapes)
        self._nodes = np.array([c.node for c in shapes], np.intp)
        # Negative where joints are kept inside.
        self.radii = np.array([-c.radius if c.inside else c.radius for c in shapes], np.float32)
        # Columns: both ends as points; then the axis as a direction.
        shape = np.zeros((self.count, 4, 2), np.float32)
        for i, collider in enumerate(shapes):
            tail = collider.offset if collider.tail is None else collider.tail
            shape[i, :, 0] = *collider.offset, 1.0
            shape[i, :3, 1] = np.subtract(tail, collider.offset)
        self._shapes = shape

    def tables(self) -> dict[str, NDArray[Any]]:
        """The shapes as springs.c takes them."""
        return {
            "collider_nodes": self._nodes.astype(np.int32),
            "collider_shapes": self._shapes,
        }

    def placed(self, joints: FloatArray) -> FloatArray:
        """Each capsule in the scene for ``joints`` (N, 4, 4), float32 (C, 7): one end, the way to
        the other end, and 1 / that way's length squared (0 for a sphere)."""
        out = np.empty((self.count, 7), np.float32)
        shapes = np.matmul(joints[self._nodes], self._shapes)
        out[:, :3], out[:, 3:6] = shapes[:, :3, 0], shapes[:, :3, 1]
        squared = np.vecdot(out[:, 3:6], out[:, 3:6])
        np.divide(1.0, squared, out=out[:, 6], where=squared > 1e-12)
        out[squared <= 1e-12, 6] = 0.0
        return out


class Contacts:
    """Which joints of a simulation may touch which colliders. ``radii`` as ``Colliders`` has them.

    ``pairs``: (joint's row, collider), each joint's in the order of its spring.
    """

    def __init__(
        self, pairs: list[tuple[int, int]], hit_radii: FloatArray, radii: FloatArray
    ) -> None:
        table = np.array(pairs, np.intp).reshape(-1, 2)
        self._joints, self._colliders = np.ascontiguousarray(table.T)
        # How near the axis a tail may come; negative, how far from it it may go.
        reach = hit_radii[self._joints] + radii[self._colliders]
        kept_inside = radii[self._colliders] < 0
        self._reach = np.where(kept_inside, np.minimum(reach, -1e-6), reach).astype(np.float32)
        seen: dict[int, int] = {}
        turns = []
        for joint, _ in pairs:
            turns.append(seen.get(joint, 0))
            seen[joint] = turns[-1] + 1
        self._turns = np.array(turns, np.intp)

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self._joints)

    def tables(self) -> dict[str, NDArray[Any]]:
        """The pairs as springs.c takes them, with room to mark those that touch."""
        return {
            "pair_joints": self._joints.astype(np.int32),
            "pair_colliders": self._colliders.astype(np.int32),
            "pair_reach": self._reach,
            "touching": np.empty(self.count, np.uint8),
        }

    def push_out(
        self, tails: FloatArray, roots: FloatArray, lengths: FloatArray, placed: FloatArray
    ) -> bool:
        """Moves ``tails`` (J, 3) out of the colliders in place, one collider of a joint after the
        other, each time back to its bone's length (J, 1) from its root (J, 3). ``placed`` float32
        (C, 7) as ``Colliders.placed`` gives it. Tells whether anything was inside one."""
        if not len(self._joints):
            return False
        depth, _, _ = self._depths(tails, placed, slice(None))
        touching = np.flatnonzero(depth > 0)
        if not len(touching):
            return False
        turns = self._turns[touching]
        for turn in np.unique(turns):
            pairs = touching[turns == turn]
            depth, offset, distance = self._depths(tails, placed, pairs)
            out = np.maximum(depth, 0) / np.maximum(distance, np.float32(1e-9))
            out *= np.where(self._reach[pairs] < 0, np.float32(-1), np.float32(1))
            joints = self._joints[pairs]
            bones = tails[joints] - roots[joints] + offset * out[:, None]
            size = np.sqrt(np.vecdot(bones, bones))[:, None]
            bones *= lengths[joints] / np.maximum(size, np.float32(1e-9))
            tails[joints] = roots[joints] + bones
        return True

    def _depths(
        self, tails: FloatArray, placed: FloatArray, pairs: slice | IndexArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """How deep each pair's tail is where it may not be, the way out from the capsule's axis
        (P, 3), and how long that is; metres."""
        shape = placed[self._colliders[pairs]]
        along = shape[:, 3:6]
        offset = tails[self._joints[pairs]] - shape[:, :3]
        share = np.vecdot(offset, along) * shape[:, 6]
        offset -= along * np.minimum(np.maximum(share, 0), 1)[:, None]
        distance = np.sqrt(np.vecdot(offset, offset))
        reach = self._reach[pairs]
        return np.where(reach < 0, distance + reach, reach - distance), offset, distance
