from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from avatar_server.avatar import Character, quaternions
from avatar_server.expression import ARKIT_52
from tests.avatar.figures import BONES, avatar, expression, humanoid

CROWN = len(BONES)
HEAD = list(BONES).index("head")


def test_at_rest_the_crown_is_where_the_bones_put_it() -> None:
    rig = Character(avatar(rest_pose={})).pose(expression())
    assert rig.positions[CROWN] == pytest.approx(
        [0, 0.9 + 0.1 + 0.15 + 0.2 + 0.08 + 0.22, 0], abs=2e-3
    )
    assert np.linalg.norm(rig.normals, axis=1) == pytest.approx(np.ones(CROWN + 1), abs=1e-6)


@pytest.mark.parametrize(
    ("axis", "direction"),
    [((0, 1, 0), (1, 0, 0)), ((1, 0, 0), (0, -1, 0))],
)
def test_the_face_turns_as_far_as_the_head_was_turned(
    axis: tuple[float, ...], direction: tuple[float, ...]
) -> None:
    turn = quaternions.from_axis_angle(axis, math.radians(30))
    rig = Character(avatar()).pose(expression(rotation=turn))
    forward = rig.joints[HEAD, :3, 2]
    assert np.dot(forward, direction) == pytest.approx(math.sin(math.radians(30)), abs=0.02)


def test_a_wink_stays_a_wink() -> None:
    rig = Character(avatar()).pose(expression(eyeBlinkLeft=1.0))
    assert rig.morph_weights[0] == pytest.approx(1)
    assert rig.morph_weights[7] == 0


def test_a_rig_is_not_overwritten_by_the_next() -> None:
    character = Character(avatar())
    first = character.pose(expression(0.0))
    kept = first.positions.copy(), first.joints.copy(), first.morph_weights.copy()
    turn = quaternions.from_axis_angle((0, 1, 0), 0.5)
    character.pose(expression(0.04, rotation=turn, jawOpen=1.0))
    assert np.array_equal(first.positions, kept[0])
    assert np.array_equal(first.joints, kept[1])
    assert np.array_equal(first.morph_weights, kept[2])


def test_a_model_without_anything_to_drive_still_moves_its_head() -> None:
    model = humanoid(morph_names=())
    turn = quaternions.from_axis_angle((0, 0, 1), 0.4)
    rig = Character(avatar(model)).pose(expression(rotation=turn, jawOpen=1.0))
    assert rig.positions[CROWN, 0] < -0.05
    assert rig.morph_weights.shape == (0,)


def test_arms_of_a_t_pose_hang_down() -> None:
    rig = Character(avatar()).pose(expression())
    shoulder, hand = (rig.joints[list(BONES).index(b), :3, 3] for b in ("leftUpperArm", "leftHand"))
    down, out = shoulder[1] - hand[1], hand[0] - shoulder[0]
    assert math.degrees(math.atan2(down, out)) == pytest.approx(72, abs=2)


def test_shoulders_follow_the_head_a_little() -> None:
    def arm_height(roll: float) -> float:
        turn = quaternions.from_axis_angle((0, 0, 1), roll)
        character = Character(avatar(head={"chest_share": 0.0}))
        rig = character.pose(expression(rotation=turn))
        return float(rig.joints[list(BONES).index("leftUpperArm"), 1, 3])

    assert 0.002 < arm_height(0.4) - arm_height(0.0) < 0.02


def test_head_gain_and_translation_gain() -> None:
    turn = quaternions.from_axis_angle((0, 1, 0), 0.3)
    given = expression(rotation=turn)
    given = replace(given, head_translation=np.float32([0.1, 0.0, 0.0]))
    rig = Character(avatar(head={"rotation_gain": 1.5, "translation_gain": 0.5})).pose(given)
    assert math.asin(rig.joints[HEAD, 0, 2]) == pytest.approx(0.45, abs=0.01)
    still = Character(avatar(head={"rotation_gain": 1.5})).pose(expression(rotation=turn))
    assert rig.joints[0, 0, 3] - still.joints[0, 0, 3] == pytest.approx(0.05)


def test_correctives_are_the_product_of_their_drivers() -> None:
    names = (*ARKIT_52, "corrective_a", "corrective_b")
    correctives = [
        {"morph": "corrective_a", "drivers": ["eyeBlinkLeft", "eyeSquintLeft"]},
        {"morph": "corrective_b", "drivers": ["jawOpen"]},
        {"morph": "absent", "drivers": ["jawOpen"]},
    ]
    character = Character(avatar(humanoid(morph_names=names), correctives=correctives))
    rig = character.pose(expression(eyeBlinkLeft=0.5, eyeSquintLeft=0.4, jawOpen=0.3))
    assert rig.morph_weights[52:] == pytest.approx([0.2, 0.3])


def test_joint_drivers_turn_their_node() -> None:
    drivers = [{"node": "leftEye", "driver": "browInnerUp", "rotation_degrees": [0, 0, 20]}]
    rig = Character(avatar(joint_drivers=drivers)).pose(expression(browInnerUp=0.5))
    ear = rig.joints[list(BONES).index("leftEye"), :3, 0]
    assert math.degrees(math.atan2(ear[1], ear[0])) == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    "times", [[0, 5, 5.03], [0, 0, 0], [3, 2, 2.5], [0, math.nan, 1], [0, math.inf, 1]]
)
def test_odd_stream_times_are_survived(times: list[float]) -> None:
    character = Character(avatar(), seed=1)
    for time_s in times:
        rig = character.pose(expression(time_s, tracked=False))
        assert np.isfinite(rig.positions).all()


def test_values_that_are_no_numbers_do_not_reach_the_rig() -> None:
    bad = expression()
    bad = replace(
        bad,
        coefficients=np.full(52, np.nan, np.float32),
        head_translation=np.full(3, np.inf, np.float32),
        emotion=np.full(8, np.nan, np.float32),
        head_rotation=np.full(4, np.nan, np.float32),
    )
    rig = Character(avatar()).pose(bad)
    assert np.isfinite(rig.positions).all()
    assert np.isfinite(rig.morph_weights).all()
