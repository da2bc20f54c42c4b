from __future__ import annotations

import math

import numpy as np
import pytest

from avatar_server.avatar import Character, quaternions
from avatar_server.avatar.framing import default_camera
from avatar_server.avatar.model import MorphTarget, Node, Skinning
from avatar_server.avatar.morphs import Morphs
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.avatar.skinning import Skinner
from tests.avatar.figures import BONES, avatar, expression, humanoid


def random_turns(count: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    return quaternions.normalized(rng.normal(size=(count, 4)).astype(np.float32))


def test_quaternions_and_matrices_tell_the_same() -> None:
    a, b = random_turns(50), random_turns(50)[::-1].copy()
    product = quaternions.matrices(quaternions.multiply(a, b))
    assert product == pytest.approx(quaternions.matrices(a) @ quaternions.matrices(b), abs=1e-5)
    single = [quaternions.multiply(p, q) for p, q in zip(a, b, strict=True)]
    assert np.array(single) == pytest.approx(quaternions.multiply(a, b), abs=1e-6)
    v = np.float32([0.2, -0.5, 0.9])
    turned = np.einsum("nij,j->ni", quaternions.matrices(a), v)
    assert quaternions.rotate(a, v) == pytest.approx(turned, abs=1e-5)
    for q, m in zip(a, quaternions.matrices(a), strict=True):
        assert abs(float(quaternions.from_matrix(m) @ q)) == pytest.approx(1, abs=1e-5)


def test_angles_turn_about_x_then_y_then_z() -> None:
    q = quaternions.from_euler_degrees([90, 0, 90])
    # y goes to z by the turn about x, and stays there; z goes to -y, and then to x.
    assert quaternions.rotate(q, np.float32([0, 1, 0])) == pytest.approx([0, 0, 1], abs=1e-6)
    assert quaternions.rotate(q, np.float32([0, 0, 1])) == pytest.approx([1, 0, 0], abs=1e-6)
    assert quaternions.from_degrees(10, 20, 30) == pytest.approx(
        quaternions.from_euler_degrees([10, 20, 30]), abs=1e-6
    )


def test_a_share_of_a_turn_and_the_shortest_way() -> None:
    whole = quaternions.from_axis_angle((0, 1, 0), 1.2)
    quarter = quaternions.scaled(whole, 0.25)
    assert quarter == pytest.approx(quaternions.from_axis_angle((0, 1, 0), 0.3), abs=1e-6)
    assert quaternions.scaled(-whole, 0.25) == pytest.approx(quarter, abs=1e-6)
    a, b = np.float32([0, 0, 1]), np.float32([0, 0, -1])
    assert quaternions.rotate(quaternions.shortest_arc(a, b), a) == pytest.approx(b, abs=1e-5)


def test_children_follow_their_parents_in_any_order_of_the_file() -> None:
    nodes = (
        Node("hand", 1, (0, 0, 2)),
        Node("arm", 2, (0, 1, 0), tuple(quaternions.from_euler_degrees([0, 90, 0]).tolist())),
        Node("root", -1, (1, 0, 0), scale=(2, 2, 2)),
    )
    rest = Skeleton(humanoid(nodes=nodes, humanoid={})).rest_globals
    # The hand's z is the root's x, twice as large: 1 + 2·2.
    assert rest[0, :3, 3] == pytest.approx([5, 2, 0], abs=1e-5)
    assert rest[1, :3, 3] == pytest.approx([1, 2, 0], abs=1e-6)


def test_normalised_turns_do_not_depend_on_the_joints_axes() -> None:
    odd = tuple(quaternions.from_euler_degrees([20, -70, 130]).tolist())
    nodes = (
        Node("a", -1, (0, 0, 0), odd),
        Node("b", 0, (0.3, 0.1, 0), odd),
        Node("c", 1, (1, 2, 3)),
    )
    skeleton = Skeleton(humanoid(nodes=nodes, humanoid={}))
    turn = quaternions.from_euler_degrees([0, 40, 0])
    turns = np.tile(quaternions.IDENTITY, (3, 1))
    turns[1] = turn
    moved = skeleton.globals_of(skeleton.locals_of(turns, np.zeros(3, np.float32)))
    # In the scene, what hangs on the joint turns by the given turn about the joint.
    before = skeleton.rest_globals[2, :3, 3] - skeleton.rest_globals[1, :3, 3]
    after = moved[2, :3, 3] - moved[1, :3, 3]
    assert after == pytest.approx(quaternions.rotate(turn, before), abs=1e-4)


def test_skinning_is_the_weighted_sum_of_the_joints() -> None:
    joints = np.array([[0, 1, 0, 0], [1, 0, 0, 0]], np.uint16)
    weights = np.float32([[0.25, 0.75, 0, 0], [1, 0, 0, 0]])
    binds = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    binds[1, :3, 3] = [-1, 0, 0]
    model = humanoid(
        positions=np.float32([[1, 0, 0], [2, 0, 0]]),
        normals=np.float32([[1, 0, 0], [1, 0, 0]]),
        skinning=Skinning(joints, weights, np.array([0, 1], np.int32), binds),
        morphs=(),
    )
    places = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    places[0, :3, 3] = [0, 4, 0]
    places[1, :3, :3] = quaternions.matrices(quaternions.from_euler_degrees([0, 0, 90]))
    places[1, :3, 3] = [1, 0, 0]
    morphed = np.concatenate([model.positions, model.normals], axis=1)
    positions, normals = Skinner(model).skin(morphed, places)
    # Joint 0 moves (1,0,0) to (1,4,0); joint 1 takes it from its origin to (1,0,0).
    assert positions[0] == pytest.approx([1, 0.25 * 4, 0], abs=1e-6)
    assert positions[1] == pytest.approx([1, 1, 0], abs=1e-6)
    slanted = np.array([0.25, 0.75, 0]) / math.hypot(0.25, 0.75)
    assert normals[0] == pytest.approx(slanted, abs=1e-6)


@pytest.mark.parametrize("limit", [10**9, 0])
def test_morphs_add_their_weighted_deltas(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_server.avatar.morphs.LARGEST_MATRIX", limit)
    rows = [np.array(r, np.int32) for r in ([0, 2], [2])]
    none = np.zeros((2, 3), np.float32)
    up = MorphTarget("up", 0, 0, rows[0], np.float32([[0, 1, 0]] * 2), none)
    out = MorphTarget("out", 0, 1, rows[1], np.float32([[2, 0, 0]]), np.float32([[0, 0, 1]]))
    model = humanoid(morphs=(up, out))
    table = np.empty((len(model.positions), 6), np.float32)
    Morphs(model).blend(np.float32([0.5, 0.25]), table)
    moved = table - np.concatenate([model.positions, model.normals], axis=1)
    assert moved[0] == pytest.approx([0, 0.5, 0, 0, 0, 0])
    assert moved[2] == pytest.approx([0.5, 0.5, 0, 0, 0, 0.25])
    assert not moved[[1, 3]].any()


def test_the_camera_frames_a_bust_or_the_whole() -> None:
    model = humanoid()
    skeleton = Skeleton(model)
    bust = default_camera(model, skeleton, model.positions)
    half = math.tan(math.radians(bust.fov_degrees / 2)) * (bust.eye[2] - bust.target[2])
    crown = float(model.positions[:, 1].max())
    chest = float(model.positions[list(BONES).index("chest"), 1])
    assert crown < bust.target[1] + half < crown + 0.15
    assert chest - 0.1 < bust.target[1] - half < crown - 0.3
    thing = humanoid(humanoid={})
    whole = default_camera(thing, skeleton, thing.positions)
    half = math.tan(math.radians(whole.fov_degrees / 2)) * (whole.eye[2] - whole.target[2])
    assert np.abs(thing.positions[:, :2] - np.array(whole.target[:2])).max() < half
    nothing = humanoid(
        positions=np.empty((0, 3), np.float32),
        normals=np.empty((0, 3), np.float32),
        humanoid={},
        morphs=(),
        skinning=Skinning(
            np.empty((0, 4), np.uint16),
            np.empty((0, 4), np.float32),
            np.empty(0, np.int32),
            np.empty((0, 4, 4), np.float32),
        ),
    )
    rig = Character(avatar(nothing)).pose(expression(jawOpen=1.0))
    assert rig.positions.shape == (0, 3)
    assert np.isfinite(rig.camera.eye).all()
