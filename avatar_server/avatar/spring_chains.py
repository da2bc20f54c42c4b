"""Which joints of a model swing, in which order, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_server.avatar.model import AvatarModel, Spring, SpringJoint
from avatar_server.avatar.skeleton import IndexArray, Skeleton
from avatar_server.types import FloatArray


@dataclass(frozen=True, slots=True)
class Swinging:
    """One simulated joint: ``tail`` is the node that it points to."""

    node: int
    tail: int
    joint: SpringJoint
    spring: Spring


@dataclass(slots=True)
class Level:
    """Joints of the same depth, rows ``rows`` of the whole simulation."""

    rows: slice
    parents: IndexArray
    frames: FloatArray
    """float32 (n, 4, 5): the joint's rest frame and its tail, relative to the parent's frame."""


def swinging_joints(
    model: AvatarModel, skeleton: Skeleton
) -> tuple[list[Swinging], list[int], list[int]]:
    """The joints to simulate by depth, their depths, and the row of the one that each hangs on.

    The last joint of a chain is only where the one before points to. A joint of no length, or that
    an earlier spring has already, is left out.
    """
    found: dict[int, Swinging] = {}
    for spring in model.springs:
        for joint, tip in zip(spring.joints, spring.joints[1:], strict=False):
            apart = skeleton.position(tip.node) - skeleton.position(joint.node)
            if joint.node not in found and float(np.linalg.norm(apart)) > 1e-5:
                found[joint.node] = Swinging(joint.node, tip.node, joint, spring)
    above = {node: _nearest(skeleton, node, found) for node in found}

    def depth(node: int) -> int:
        return 0 if above[node] < 0 else 1 + depth(above[node])

    ordered = sorted(found.values(), key=lambda s: depth(s.node))
    row = {s.node: i for i, s in enumerate(ordered)}
    return (
        ordered,
        [depth(s.node) for s in ordered],
        [row.get(above[s.node], -1) for s in ordered],
    )


def _nearest(skeleton: Skeleton, node: int, among: dict[int, Swinging]) -> int:
    node = int(skeleton.parents[node])
    while node >= 0 and node not in among:
        node = int(skeleton.parents[node])
    return node


def levels_of(
    swinging: list[Swinging],
    depths: list[int],
    parents: list[int],
    skeleton: Skeleton,
) -> list[Level]:
    levels = []
    for depth in range(max(depths, default=-1) + 1):
        start, end = depths.index(depth), len(depths) - depths[::-1].index(depth)
        members = swinging[start:end]
        frames = np.empty((len(members), 4, 5), np.float32)
        for i, member in enumerate(members):
            up = swinging[parents[start + i]].node if depth else int(skeleton.parents[member.node])
            base = np.linalg.inv(skeleton.rest_globals[up]) if up >= 0 else np.eye(4)
            frames[i, :, :4] = base @ skeleton.rest_globals[member.node]
            frames[i, :, 4] = base @ skeleton.rest_globals[member.tail][:, 3]
        levels.append(
            Level(
                slice(start, end),
                np.array(parents[start:end], np.intp),
                frames,
            )
        )
    return levels


def followers_of(
    nodes: IndexArray, skeleton: Skeleton
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Nodes that hang on a simulated joint without being one: which, on which row, and where."""
    row = {int(n): i for i, n in enumerate(nodes)}
    followers, rows, frames = [], [], []
    for node in range(skeleton.count):
        up = node
        while up >= 0 and up not in row:
            up = int(skeleton.parents[up])
        if up >= 0 and node not in row:
            followers.append(node)
            rows.append(row[up])
            frames.append(np.linalg.inv(skeleton.rest_globals[up]) @ skeleton.rest_globals[node])
    return (
        np.array(followers, np.intp),
        np.array(rows, np.intp),
        np.array(frames, np.float32).reshape(-1, 4, 4),
    )
