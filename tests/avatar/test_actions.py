from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from avatar_server.avatar import Character, quaternions
from avatar_server.avatar.action_library import LIBRARY
from avatar_server.avatar.proportions import Arm
from avatar_server.avatar.reach import Hold, arm_turns
from avatar_server.avatar.tracks import columns_of
from avatar_server.errors import ControlError
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import PosedRig
from tests.avatar.figures import BONES, avatar, expression

NAMES = list(BONES)
EVERY = [{"name": name, "rating": action.rating} for name, action in LIBRARY.items()]


def playing(character: Character, seconds: float, start_s: float = 0.0) -> list[PosedRig]:
    return [character.pose(expression(start_s + i / 30)) for i in range(int(seconds * 30) + 1)]


def joint(rig: PosedRig, bone: str) -> np.ndarray:
    return rig.joints[NAMES.index(bone), :3, 3]


def test_there_are_the_actions_that_people_expect() -> None:
    wanted = {"wave", "nod", "shake", "laugh", "heart", "surprise", "think", "dance", "clap", "bow"}
    assert wanted <= set(LIBRARY)


@pytest.mark.parametrize("name", LIBRARY)
def test_every_action_is_well_formed(name: str) -> None:
    action = LIBRARY[name]
    tracks = [*action.turns.values(), *action.face.values()]
    for keys in tracks:
        times = [key[0] for key in keys]
        assert times == sorted(set(times))
        assert times[0] >= 0
        assert times[-1] <= action.duration_s + 1e-9
    for face in action.face:
        assert columns_of(face)
    for hand in action.hands.values():
        times = [key.time_s for key in hand]
        assert times == sorted(set(times))


@pytest.mark.parametrize("name", LIBRARY)
def test_an_action_moves_the_body_and_ends_at_rest_without_jumps(name: str) -> None:
    still = playing(Character(avatar(actions=EVERY)), LIBRARY[name].duration_s + 0.5)
    character = Character(avatar(actions=EVERY))
    character.start_action(name)
    rigs = playing(character, LIBRARY[name].duration_s + 0.5)
    away = [
        np.abs(a.joints - b.joints).max() + np.abs(a.morph_weights - b.morph_weights).max()
        for a, b in zip(rigs, still, strict=True)
    ]
    assert max(away) > 0.1
    assert away[-1] == 0
    assert character.action is None
    jumps = [np.abs(b.joints - a.joints).max() for a, b in pairwise(rigs)]
    assert max(jumps) < 0.6


def test_waving_brings_the_right_hand_up_beside_the_face() -> None:
    character = Character(avatar())
    down = joint(character.pose(expression(0.0)), "rightHand")
    character.start_action("wave")
    rig = playing(character, 1.2, 0.03)[-1]
    hand, head = joint(rig, "rightHand"), joint(rig, "head")
    assert down[1] < head[1] - 0.3
    assert hand[1] > head[1] - 0.1
    assert hand[0] < head[0] - 0.1
    assert joint(rig, "leftHand")[1] < head[1] - 0.3


def test_the_heart_brings_both_hands_together_before_the_chest() -> None:
    character = Character(avatar())
    character.start_action("heart")
    rig = playing(character, 1.4)[-1]
    left, right = joint(rig, "leftHand"), joint(rig, "rightHand")
    assert np.linalg.norm(left - right) < 0.3
    assert min(left[2], right[2]) > joint(rig, "chest")[2] + 0.05


def test_the_tracked_face_shows_through_an_action() -> None:
    character = Character(avatar())
    character.start_action("wave")
    for frame in range(20):
        rig = character.pose(expression(frame / 30, eyeBlinkLeft=1.0, jawOpen=0.8))
    assert rig.morph_weights[ARKIT_INDEX["eyeBlinkLeft"]] == pytest.approx(1.0)
    assert rig.morph_weights[ARKIT_INDEX["eyeBlinkRight"]] < 0.1
    assert rig.morph_weights[ARKIT_INDEX["jawOpen"]] >= 0.8
    assert rig.morph_weights[ARKIT_INDEX["mouthSmileLeft"]] > 0.5


def test_stopping_fades_and_starting_another_takes_over() -> None:
    character = Character(avatar())
    character.start_action("dance")
    playing(character, 1.0)
    character.stop_action()
    assert character.action is None
    after = playing(character, 0.6, 1.0)[-1]
    rest = playing(Character(avatar()), 1.6)[-1]
    assert joint(after, "leftHand") == pytest.approx(joint(rest, "leftHand"), abs=1e-5)
    character.start_action("wave")
    character.start_action("bow")
    assert character.action == "bow"


def test_only_allowed_actions_start() -> None:
    character = Character(avatar(actions=[{"name": "nod", "rating": "general"}]))
    assert character.actions == ("nod",)
    with pytest.raises(ControlError, match=r"'wave' is not allowed for figure; choose one of: nod"):
        character.start_action("wave")
    with pytest.raises(ControlError, match="'fly' is not an action"):
        character.start_action("fly")


def test_without_a_list_only_general_actions_are_allowed() -> None:
    assert LIBRARY["kiss"].rating == "teen"
    assert "kiss" not in Character(avatar()).actions
    assert "wave" in Character(avatar()).actions


@pytest.mark.parametrize("wrist", [(-0.25, 1.4, 0.2), (-0.05, 1.35, 0.25), (-0.4, 1.6, 0.1)])
def test_a_reaching_arm_gets_there_and_keeps_its_lengths(wrist: tuple[float, ...]) -> None:
    shoulder = np.float32([-0.15, 1.4, 0])
    axis = np.float32([-1, 0, 0])
    arm = Arm(shoulder, 0.26, 0.24, 0.17, axis, axis)
    upper, lower, hand = arm_turns(arm, Hold(wrist, (-0.5, -1, -0.2), (0, 1, 0), (0, 0, 1)))  # type: ignore[arg-type]
    elbow = shoulder + quaternions.rotate(upper, axis * 0.26)
    forearm = quaternions.multiply(upper, lower)
    reached = elbow + quaternions.rotate(forearm, axis * 0.24)
    assert reached == pytest.approx(np.float32(wrist), abs=1e-4)
    assert elbow[1] < wrist[1]
    palm = quaternions.multiply(forearm, hand)
    assert quaternions.rotate(palm, axis) == pytest.approx([0, 1, 0], abs=1e-4)
    assert quaternions.rotate(palm, np.float32([0, -1, 0])) == pytest.approx([0, 0, 1], abs=1e-4)
