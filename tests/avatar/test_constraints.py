from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar_server.avatar import quaternions
from avatar_server.avatar.constraints import Constraints
from avatar_server.avatar.model import Node, NodeConstraint
from avatar_server.avatar.skeleton import Skeleton, local_matrices
from tests.avatar.figures import BONES, humanoid

SOURCE = len(BONES)
FOLLOWER = SOURCE + 1


def followed(
    constraint: NodeConstraint,
    turn: np.ndarray,
    rests: tuple[np.ndarray, np.ndarray] = (quaternions.IDENTITY, quaternions.IDENTITY),
    place: tuple[float, float, float] = (0.0, 1.0, 0.0),
) -> np.ndarray:
    """Local rotation matrix of the follower when the source has turned by ``turn`` from rest."""
    nodes = (
        Node("source", -1, place, tuple(rests[0])),  # type: ignore[arg-type]
        Node("follower", -1, (0, 0, 0), tuple(rests[1])),  # type: ignore[arg-type]
    )
    model = humanoid(extra_nodes=nodes, constraints=(constraint,))
    skeleton = Skeleton(model)
    local = skeleton.rest_locals.copy()
    now = quaternions.multiply(rests[0], turn)
    local[SOURCE] = local_matrices(np.float32([place]), now[None], np.ones((1, 3), np.float32))[0]
    Constraints(model, skeleton).apply(local)
    return local[FOLLOWER, :3, :3]


def test_rotation_follows_by_its_weight() -> None:
    turn = quaternions.from_euler_degrees([0, 60, 0])
    found = followed(NodeConstraint(FOLLOWER, SOURCE, "rotation", weight=0.5), turn)
    half = quaternions.matrices(quaternions.from_euler_degrees([0, 30, 0]))
    assert found == pytest.approx(half, abs=1e-5)


def test_roll_takes_the_turn_about_its_axis_only() -> None:
    roll = quaternions.from_euler_degrees([40, 0, 0])
    swing = quaternions.from_euler_degrees([0, 0, 50])
    turn = quaternions.multiply(swing, roll)
    found = followed(NodeConstraint(FOLLOWER, SOURCE, "roll", "X"), turn)
    assert found == pytest.approx(quaternions.matrices(roll), abs=1e-5)


def test_roll_between_nodes_with_other_axes() -> None:
    # The follower's X axis is the source's Y axis at rest.
    rests = quaternions.IDENTITY, quaternions.from_euler_degrees([0, 0, 90])
    turn = quaternions.from_euler_degrees([0, 35, 0])
    found = followed(NodeConstraint(FOLLOWER, SOURCE, "roll", "X"), turn, rests)
    wanted = quaternions.multiply(rests[1], quaternions.from_euler_degrees([35, 0, 0]))
    assert found == pytest.approx(quaternions.matrices(wanted), abs=1e-5)


@pytest.mark.parametrize(("axis", "sign"), [("PositiveZ", 1), ("NegativeZ", -1)])
def test_aim_points_its_axis_at_the_source(axis: str, sign: int) -> None:
    place = (0.3, 0.4, 1.2)
    constraint = NodeConstraint(FOLLOWER, SOURCE, "aim", axis)
    found = followed(constraint, quaternions.IDENTITY, place=place)
    assert sign * found[:, 2] == pytest.approx(np.array(place) / np.linalg.norm(place), abs=1e-5)


def test_a_chain_of_constraints_is_followed_in_its_order() -> None:
    constraints = (
        NodeConstraint(FOLLOWER + 1, FOLLOWER, "rotation"),
        NodeConstraint(FOLLOWER, SOURCE, "rotation"),
    )
    nodes = tuple(Node(name, -1) for name in ("source", "follower", "second"))
    model = humanoid(extra_nodes=nodes, constraints=constraints)
    skeleton = Skeleton(model)
    local = skeleton.rest_locals.copy()
    turn = quaternions.from_euler_degrees([0, 0, 25])
    local[SOURCE, :3, :3] = quaternions.matrices(turn)
    Constraints(model, skeleton).apply(local)
    assert local[FOLLOWER + 1, :3, :3] == pytest.approx(quaternions.matrices(turn), abs=1e-5)


def test_constraints_that_go_in_a_circle_are_survived() -> None:
    constraints = (
        NodeConstraint(SOURCE, FOLLOWER, "rotation"),
        NodeConstraint(FOLLOWER, SOURCE, "rotation"),
    )
    nodes = (Node("source", -1), Node("follower", -1))
    model = humanoid(extra_nodes=nodes, constraints=constraints)
    skeleton = Skeleton(model)
    local = skeleton.rest_locals.copy()
    Constraints(model, skeleton).apply(local)
    assert np.isfinite(local).all()


def test_a_ladder_of_constraints_is_climbed_once() -> None:
    """Two chains of nodes, each following the other's node above: 2^60 ways down."""
    rungs = 60
    left = [SOURCE + 2 * i for i in range(rungs)]
    nodes = tuple(Node(f"{i}", -1 if i < 2 else SOURCE + i - 2) for i in range(2 * rungs))
    constraints = tuple(
        NodeConstraint(here + side, above + 1 - side, "rotation")
        for above, here in pairwise(left)
        for side in (0, 1)
    )
    model = humanoid(extra_nodes=nodes, constraints=constraints[::-1])
    skeleton = Skeleton(model)
    local = skeleton.rest_locals.copy()
    turn = quaternions.matrices(quaternions.from_euler_degrees([0, 0, 25]))
    local[SOURCE : SOURCE + 2, :3, :3] = turn
    Constraints(model, skeleton).apply(local)
    assert local[SOURCE + 2 * rungs - 1, :3, :3] == pytest.approx(turn, abs=1e-3)
