from __future__ import annotations

import math

import numpy as np
import pytest

from avatar_server.avatar import Character, quaternions
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
