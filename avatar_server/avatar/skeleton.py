"""The joints of a model: its rest pose, and local transforms to global ones.

Rotations of humanoid bones travel in *normalised* form, as VRM defines them for animation: as if
every bone's axes at rest were the scene's (x to the person's left, y up, z to the viewer). What a
file's own joint axes are then does not matter to whoever poses it.

Evaluated by skeleton.c, or by numpy where that is not compiled.
"""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from avatar_server import native
from avatar_server.avatar import quaternions
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.posing import JointsStruct
from avatar_server.native_arrays import pointer
from avatar_server.types import FloatArray

IndexArray = NDArray[np.intp]


class Skeleton:
    """The node tree of one model, laid out for evaluation level by level.

    * ``rest_rotations`` float32 (N, 4), ``rest_translations`` and ``rest_scales`` float32 (N, 3):
      local, relative to ``parents`` int (N,), -1 for a root.
    * ``rest_globals`` float32 (N, 4, 4); ``rest_global_rotations`` float32 (N, 4).
    * ``parent_rest_rotations`` float32 (N, 4): rest rotation of each node's parent in the scene.
    """

    def __init__(self, model: AvatarModel) -> None:
        nodes = model.nodes
        self.count = len(nodes)
        self.parents: IndexArray = np.array([n.parent for n in nodes], np.intp)
        self.names = tuple(n.name for n in nodes)
        self.humanoid = model.humanoid
        self.rest_translations = _rows([n.translation for n in nodes], 3)
        self.rest_rotations = quaternions.normalized(_rows([n.rotation for n in nodes], 4))
        self.rest_scales = _rows([n.scale for n in nodes], 3)
        self._levels = _levels(self.parents)
        # Level by level in memory too: a level is a slice, and only its parents are gathered.
        ordered = [nodes for nodes, _ in self._levels]
        self._by_depth = np.concatenate(ordered) if ordered else np.empty(0, np.intp)
        self._from_depth = np.argsort(self._by_depth)
        ends = np.cumsum([len(nodes) for nodes in ordered])
        self._sorted_levels = [
            (slice(int(end) - len(nodes), int(end)), self._from_depth[parents])
            for (nodes, parents), end in zip(self._levels[1:], ends[1:], strict=True)
        ]
        self.rest_locals = local_matrices(
            self.rest_translations, self.rest_rotations, self.rest_scales
        )
        self.rest_globals = self._globals_of(self.rest_locals)
        self.rest_global_rotations = self._global_rotations()
        self.parent_rest_rotations = np.where(
            self.parents[:, None] >= 0,
            self.rest_global_rotations[np.maximum(self.parents, 0)],
            quaternions.IDENTITY,
        ).astype(np.float32)
        # VRM 1.0, "Humanoid pose": local = P⁻¹ · turn · P · rest, where P is the parent's rotation
        # in the scene at rest.
        self._before = quaternions.conjugate(self.parent_rest_rotations)
        self._after = quaternions.multiply(self.parent_rest_rotations, self.rest_rotations)
        self._library = native.load()
        if self._library is not None:
            self._struct = self._make_struct()

    def locals_of(self, turns: FloatArray, shift: FloatArray) -> FloatArray:
        """Local transforms float32 (N, 4, 4) of all nodes, turned by normalised rotations float32
        (N, 4); the roots moved by ``shift`` float32 (3,)."""
        if self._library is not None:
            locals_ = np.empty((self.count, 4, 4), np.float32)
            self._library.avatar_locals(
                ctypes.byref(self._struct), pointer(turns), pointer(shift), pointer(locals_)
            )
            return locals_
        turned = quaternions.multiply(quaternions.multiply(self._before, turns), self._after)
        locals_ = local_matrices(self.rest_translations, turned, self.rest_scales)
        locals_[self.parents < 0, :3, 3] += shift
        return locals_

    def globals_of(self, local: FloatArray) -> FloatArray:
        """Global transforms float32 (N, 4, 4) of local ones, parents before children."""
        if self._library is None:
            return self._globals_of(local)
        result = np.empty_like(local)
        self._library.avatar_globals(ctypes.byref(self._struct), pointer(local), pointer(result))
        return result

    def _globals_of(self, local: FloatArray) -> FloatArray:
        """``globals_of`` in numpy."""
        result = local[self._by_depth]
        for rows, parents in self._sorted_levels:
            result[rows] = np.matmul(result[parents], result[rows])
        return result[self._from_depth]

    def global_of(self, node: int, local: FloatArray) -> FloatArray:
        """Global transform float32 (4, 4) of one node; the identity for -1."""
        result = np.eye(4, dtype=np.float32)
        while node >= 0:
            result = local[node] @ result
            node = int(self.parents[node])
        return result

    def position(self, node: int) -> FloatArray:
        """Where a node is at rest, float32 (3,), scene space."""
        return self.rest_globals[node, :3, 3]

    def subtree(self, root: int) -> frozenset[int]:
        """``root`` and everything below it."""
        inside = {root}
        for nodes, parents in self._levels[1:]:
            inside.update(int(n) for n, p in zip(nodes, parents, strict=True) if int(p) in inside)
        return frozenset(inside)

    def _make_struct(self) -> JointsStruct:
        return JointsStruct(
            {
                "order": self._by_depth.astype(np.int32),
                "parents": self.parents.astype(np.int32),
                "before": self._before,
                "after": self._after,
                "translations": self.rest_translations,
                "scales": self.rest_scales,
            },
            count=self.count,
        )

    def _global_rotations(self) -> FloatArray:
        rotations = self.rest_rotations.copy()
        for nodes, parents in self._levels[1:]:
            rotations[nodes] = quaternions.multiply(rotations[parents], self.rest_rotations[nodes])
        return rotations


def local_matrices(
    translations: FloatArray, rotations: FloatArray, scales: FloatArray
) -> FloatArray:
    """T · R · S of each row, float32 (N, 4, 4) (glTF 2.0, 3.5.3)."""
    out = np.zeros((len(rotations), 4, 4), np.float32)
    out[:, :3, :3] = quaternions.matrices(rotations) * scales[:, None, :]
    out[:, :3, 3] = translations
    out[:, 3, 3] = 1.0
    return out


def _rows(values: list[tuple[float, ...]], width: int) -> FloatArray:
    return np.array(values, np.float32).reshape(-1, width)


def _levels(parents: IndexArray) -> list[tuple[IndexArray, IndexArray]]:
    """Nodes by depth, each with their parents; depth 0 first."""
    depth = np.full(len(parents), -1, np.intp)
    depth[parents < 0] = 0
    for _ in range(len(parents)):
        waiting = np.flatnonzero(depth < 0)
        if not len(waiting):
            break
        known = depth[parents[waiting]]
        depth[waiting[known >= 0]] = known[known >= 0] + 1
    levels = []
    for level in range(int(depth.max(initial=-1)) + 1):
        nodes = np.flatnonzero(depth == level)
        levels.append((nodes, parents[nodes]))
    return levels
