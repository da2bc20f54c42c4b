"""Faces to expressions: order, neutral, asymmetry, and what happens when the face is gone."""

import numpy as np
import pytest

from avatar_server.expression import (
    ARKIT_52,
    ARKIT_INDEX,
    EMOTION_FACES,
    EMOTIONS,
    ExpressionMapper,
    rotation,
)
from avatar_server.expression.calibration import MOST_NEUTRAL
from avatar_server.face import SCORE_NAMES
from avatar_server.types import Face


def face(*, yaw: float = 0.0, x_cm: float = 0.0, **scores: float) -> Face:
    values = np.zeros(len(SCORE_NAMES), np.float32)
    for name, value in scores.items():
        values[SCORE_NAMES.index(name)] = value
    head = np.eye(4, dtype=np.float32)
    _, y, _, w = rotation.from_yaw_pitch_roll(yaw, 0, 0)
    head[0, 0] = head[2, 2] = 1 - 2 * y * y
    head[0, 2], head[2, 0] = 2 * y * w, -2 * y * w
    head[:3, 3] = (x_cm, 0, -40)
    return Face(np.zeros((478, 3), np.float32), values, head, 1.0)


def settle(mapper: ExpressionMapper, seen: Face, start_s: float = 0.0, frames: int = 60) -> float:
    for i in range(frames):
        mapper.map(seen, start_s + i / 30)
    return start_s + frames / 30


def test_the_52_names_are_arkits() -> None:
    assert len(ARKIT_52) == len(set(ARKIT_52)) == 52
    assert ARKIT_52[0] == "eyeBlinkLeft"
    assert ARKIT_52[-1] == "tongueOut"
    assert set(SCORE_NAMES) - {"_neutral"} == set(ARKIT_52) - {"tongueOut"}


def test_each_score_reaches_its_own_coefficient() -> None:
    for name in SCORE_NAMES:
        if name == "_neutral":
            continue
        mapper = ExpressionMapper()
        end = settle(mapper, face(**{name: 0.9}))
        out = mapper.map(face(**{name: 0.9}), end).coefficients
        assert ARKIT_52[int(out.argmax())] == name
        assert (np.delete(out, ARKIT_INDEX[name]) == 0).all()


def test_a_wink_is_a_wink() -> None:
    mapper = ExpressionMapper()
    wink = face(eyeBlinkLeft=0.8, eyeBlinkRight=0.05)
    out = mapper.map(wink, settle(mapper, wink)).coefficients
    assert out[ARKIT_INDEX["eyeBlinkLeft"]] > 0.7
    assert out[ARKIT_INDEX["eyeBlinkRight"]] < 0.02


def test_calibration_takes_one_second_and_makes_rest_zero() -> None:
    mapper = ExpressionMapper()
    resting = face(yaw=12, x_cm=5, browDownLeft=0.3, mouthFrownLeft=0.2, eyeLookInLeft=0.4)
    end = settle(mapper, resting, frames=15)
    mapper.calibrate()
    end = settle(mapper, resting, end, frames=29)
    assert mapper.calibrating
    end = settle(mapper, resting, end, frames=90)
    assert not mapper.calibrating
    out = mapper.map(resting, end)
    assert out.coefficients[ARKIT_INDEX["browDownLeft"]] < 0.01
    assert out.coefficients[ARKIT_INDEX["mouthFrownLeft"]] < 0.01
    assert out.coefficients[ARKIT_INDEX["eyeLookInLeft"]] > 0.35, "gaze is not calibrated away"
    assert abs(rotation.to_yaw_pitch_roll(out.head_rotation)[0]) < 0.5
    assert np.abs(out.head_translation).max() < 0.002
    full = face(yaw=12, x_cm=5, browDownLeft=1.0)
    out = mapper.map(full, settle(mapper, full, end + 1 / 30))
    assert out.coefficients[ARKIT_INDEX["browDownLeft"]] > 0.98, "full is still full"


def test_calibrating_on_a_grimace_leaves_room_to_move() -> None:
    mapper = ExpressionMapper()
    mapper.calibrate()
    end = settle(mapper, face(jawOpen=0.95), frames=45)
    wide = face(jawOpen=1.0)
    out = mapper.map(wide, settle(mapper, wide, end))
    assert 0.95 / (1 - MOST_NEUTRAL) > 1
    assert out.coefficients[ARKIT_INDEX["jawOpen"]] > 0.95


def test_a_lost_face_holds_then_eases_to_rest() -> None:
    mapper = ExpressionMapper()
    smile = face(yaw=20, mouthSmileLeft=0.8)
    end = settle(mapper, smile)
    last = mapper.map(smile, end)
    held = mapper.map(None, end + 0.1)
    assert not held.tracked
    assert (held.coefficients == last.coefficients).all()
    path = [mapper.map(None, end + 0.1 + i / 30) for i in range(60)]
    smiles = np.array([e.coefficients[ARKIT_INDEX["mouthSmileLeft"]] for e in path])
    assert (np.diff(smiles) <= 0).all()
    assert np.abs(np.diff(smiles)).max() < 0.06, "no jump on the way"
    assert path[-1].coefficients.max() == 0
    assert np.allclose(path[-1].head_rotation, rotation.IDENTITY, atol=1e-6)


def test_a_found_face_is_glided_to() -> None:
    mapper = ExpressionMapper()
    smile = face(mouthSmileLeft=0.8)
    end = settle(mapper, smile)
    for i in range(60):
        mapper.map(None, end + i / 30)
    first = mapper.map(smile, end + 2.0).coefficients[ARKIT_INDEX["mouthSmileLeft"]]
    assert 0.0 < first < 0.8
    later = settle(mapper, smile, end + 2.0 + 1 / 30)
    again = mapper.map(smile, later).coefficients[ARKIT_INDEX["mouthSmileLeft"]]
    assert again == pytest.approx(0.8, abs=0.01)


def test_no_face_ever_is_rest() -> None:
    out = ExpressionMapper().map(None, 3.0)
    assert not out.tracked
    assert out.coefficients.max() == 0


def test_the_head_turns_the_way_the_person_turns() -> None:
    mapper = ExpressionMapper()
    turned = face(yaw=25)
    out = mapper.map(turned, settle(mapper, turned))
    assert rotation.to_yaw_pitch_roll(out.head_rotation)[0] == pytest.approx(25, abs=0.1)


def test_every_emotion_but_neutral_is_a_face_of_its_own() -> None:
    assert EMOTION_FACES.shape == (8, 52)
    assert (EMOTION_FACES[0] == 0).all()
    for row in range(1, 8):
        assert EMOTION_FACES[row].max() > 0.3, EMOTIONS[row]
        for other in range(row):
            assert np.abs(EMOTION_FACES[row] - EMOTION_FACES[other]).sum() > 1
