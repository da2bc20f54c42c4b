from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import Character
from avatar_server.avatar.emotions import overlaid
from avatar_server.errors import ControlError
from avatar_server.expression import ARKIT_INDEX, EMOTION_FACES, EMOTIONS
from tests.avatar.figures import avatar, expression


def row(name: str) -> int:
    return ARKIT_INDEX[name]


def face(**values: float) -> np.ndarray:
    return expression(**values).coefficients


def test_the_same_muscle_adds_up_below_one() -> None:
    mixed = overlaid(face(mouthSmileLeft=0.5), face(mouthSmileLeft=0.6))
    assert mixed[row("mouthSmileLeft")] == pytest.approx(1 - 0.5 * 0.4)


def test_joy_takes_from_a_frown() -> None:
    joy = EMOTION_FACES[EMOTIONS.index("joy")]
    mixed = overlaid(face(mouthFrownLeft=0.8), joy)
    assert mixed[row("mouthFrownLeft")] < 0.2


def test_an_emotion_lets_the_mouth_speak_and_the_eye_close() -> None:
    for name, overlay in zip(EMOTIONS, EMOTION_FACES, strict=True):
        spoken = overlaid(face(jawOpen=0.7, eyeBlinkLeft=1.0), overlay)
        assert spoken[row("jawOpen")] == pytest.approx(0.7, abs=0.05), name
        assert spoken[row("eyeBlinkLeft")] == pytest.approx(1.0)
        assert spoken[row("eyeWideLeft")] == 0.0


@pytest.mark.parametrize("name", EMOTIONS)
def test_a_wink_stays_a_wink_under_every_emotion(name: str) -> None:
    character = Character(avatar())
    rig = character.pose(expression(eyeBlinkLeft=1.0, emotions={name: 1.0}))
    left, right = rig.morph_weights[row("eyeBlinkLeft")], rig.morph_weights[row("eyeBlinkRight")]
    assert left == pytest.approx(1.0)
    assert right < 0.3
    assert rig.morph_weights.min() >= 0
    assert rig.morph_weights.max() <= 1


def test_no_overlay_leaves_the_face_as_it_is() -> None:
    given = face(jawOpen=0.3, browInnerUp=0.2)
    rig = Character(avatar()).pose(expression(jawOpen=0.3, browInnerUp=0.2))
    assert rig.morph_weights == pytest.approx(given)


def test_an_emotion_that_is_set_eases_in_and_out() -> None:
    character = Character(avatar())
    character.set_emotion("joy", 1.0)
    smiles = []
    for frame in range(60):
        if frame == 30:
            character.set_emotion("neutral", 1.0)
        rig = character.pose(expression(frame / 30))
        smiles.append(rig.morph_weights[row("mouthSmileLeft")])
    assert smiles[1] < 0.3
    assert smiles[29] > 0.8
    assert smiles[59] < 0.05


def test_another_character_goes_on_with_the_emotion() -> None:
    worn, next_one = Character(avatar()), Character(avatar())
    worn.set_emotion("joy", 1.0)
    for frame in range(60):
        before = worn.pose(expression(frame / 30))
    next_one.feel_as(worn)
    after = next_one.pose(expression(2.0))
    assert before.morph_weights[row("mouthSmileLeft")] > 0.8
    assert after.morph_weights == pytest.approx(before.morph_weights, abs=0.02)


def test_unknown_emotions_are_refused_by_name() -> None:
    with pytest.raises(ControlError, match="joy"):
        Character(avatar()).set_emotion("glee", 1.0)
    with pytest.raises(ControlError, match="from 0 to 1"):
        Character(avatar()).set_emotion("joy", 2.0)
