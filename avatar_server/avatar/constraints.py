"""Nodes that follow others: VRMC_node_constraint-1.0.

Source of the arithmetic: VRM 1.0, VRMC_node_constraint-1.0, "Roll", "Aim" and "Rotation".
"""

from __future__ import annotations

import numpy as np

from avatar_server.avatar import quaternions
from avatar_server.avatar.model import AvatarModel, NodeConstraint
from avatar_server.avatar.skeleton import Skeleton, local_matrices
from avatar_server.types import FloatArray

_AXES = {"X": (1.0, 0.0, 0.0), "Y": (0.0, 1.0, 0.0), "Z": (0.0, 0.0, 1.0)}


class Constraints:
    """The constraints of one model, in an order in which each finds its source done."""

    def __init__(self, model: AvatarModel, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._ordered = _in_order(model.constraints, skeleton)

    def apply(self, local: FloatArray) -> None:
        """Turns the constrained nodes in ``local`` float32 (N, 4, 4) in place."""
        for constraint in self._ordered:
            node, rest = constraint.node, self._skeleton.rest_rotations[constraint.node]
            if constraint.kind == "aim":
                target = self._aimed(constraint, local)
            else:
                moved = self._source_turn(constraint.source, local)
                target = _rolled(constraint, moved, rest, self._skeleton)
            change = quaternions.multiply(quaternions.conjugate(rest), target)
            turn = quaternions.multiply(rest, quaternions.scaled(change, constraint.weight))
            local[node] = local_matrices(
                self._skeleton.rest_translations[node : node + 1],
                turn[None],
                self._skeleton.rest_scales[node : node + 1],
            )[0]

    def _source_turn(self, source: int, local: FloatArray) -> FloatArray:
        """The source's rotation relative to its own rest: rest⁻¹ · now."""
        rotation = local[source, :3, :3] / self._skeleton.rest_scales[source]
        now = quaternions.from_matrix(rotation)
        return quaternions.multiply(
            quaternions.conjugate(self._skeleton.rest_rotations[source]), now
        )

    def _aimed(self, constraint: NodeConstraint, local: FloatArray) -> FloatArray:
        """fromTo(axis now, direction to the source), both seen from the parent, times rest."""
        skeleton, node = self._skeleton, constraint.node
        parent = skeleton.global_of(int(skeleton.parents[node]), local)
        here = parent @ local[node]
        there = skeleton.global_of(constraint.source, local)
        way = np.linalg.solve(parent[:3, :3].astype(np.float64), (there - here)[:3, 3])
        length = float(np.linalg.norm(way))
        rest: FloatArray = skeleton.rest_rotations[node]
        if length < 1e-6:
            return rest
        axis = quaternions.rotate(rest, _signed_axis(constraint.axis))
        arc = quaternions.shortest_arc(axis, np.asarray(way / length, np.float32))
        return quaternions.multiply(arc, rest)


def _rolled(
    constraint: NodeConstraint, moved: FloatArray, rest: FloatArray, skeleton: Skeleton
) -> FloatArray:
    """The node's rotation for a source that has ``moved`` from its rest.

    A rotation constraint takes the movement over as it is in the source's own axes. A roll
    constraint takes what of it turns about the axis, in the node's axes.
    """
    if constraint.kind == "rotation":
        return quaternions.multiply(rest, moved)
    source_rest = skeleton.rest_rotations[constraint.source]
    in_parent = quaternions.multiply(
        quaternions.multiply(source_rest, moved), quaternions.conjugate(source_rest)
    )
    in_node = quaternions.multiply(
        quaternions.multiply(quaternions.conjugate(rest), in_parent), rest
    )
    axis = _signed_axis(constraint.axis)
    swing = quaternions.shortest_arc(axis, quaternions.rotate(in_node, axis))
    roll = quaternions.multiply(quaternions.conjugate(swing), in_node)
    return quaternions.multiply(rest, roll)


def _signed_axis(name: str) -> FloatArray:
    """ "X" or "PositiveX" and "NegativeX" as a unit vector, float32 (3,)."""
    sign = -1.0 if name.lower().startswith("neg") else 1.0
    return np.multiply(_AXES[name[-1].upper()], sign).astype(np.float32)


def _in_order(
    constraints: tuple[NodeConstraint, ...], skeleton: Skeleton
) -> tuple[NodeConstraint, ...]:
    """Sources before those that follow them; of a circle, as it comes."""
    by_node = {c.node: c for c in constraints}
    done: dict[int, NodeConstraint] = {}
    entered: set[int] = set()
    # A stack of its own: a file may chain more of them than Python nests calls.
    waiting = list(reversed(constraints))
    while waiting:
        constraint = waiting.pop()
        if constraint.node in entered:
            done.setdefault(constraint.node, by_node[constraint.node])
            continue
        entered.add(constraint.node)
        waiting.append(constraint)
        node: int = constraint.source
        while node >= 0:
            if node in by_node and node not in entered:
                waiting.append(by_node[node])
            node = int(skeleton.parents[node])
    return tuple(done.values())
