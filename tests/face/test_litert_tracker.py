"""The tracker on real pictures of a real face."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.face import SCORE_NAMES, FaceModels, create_tracker
from avatar_server.types import Face
from tests.face.scenes import frame, picture, yuv_frame


@pytest.fixture(scope="session")
def models() -> FaceModels:
    return FaceModels()


def face_center(face: Face, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    return (low + high) / 2 * size


def test_finds_the_face_where_it_is(models: FaceModels) -> None:
    face = create_tracker(models=models).track(frame(picture((380, 200), 160)))
    assert face is not None
    assert np.abs(face_center(face) - (380, 200)).max() < 8
    assert np.ptp(face.landmarks[:, 1]) * 480 == pytest.approx(160, rel=0.05)
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == face.scores.dtype == face.head.dtype == np.float32
    assert face.presence > 0.9


def test_sees_her_smile(models: FaceModels) -> None:
    face = create_tracker(models=models).track(frame(picture((320, 240), 200)))
    assert face is not None
    scores = dict(zip(SCORE_NAMES, face.scores, strict=True))
    assert scores["mouthSmileLeft"] > 0.5
    assert scores["mouthSmileRight"] > 0.5
    assert scores["eyeBlinkLeft"] < 0.3


@pytest.mark.parametrize("full_range", [False, True])
def test_planes_give_what_rgb_gives(models: FaceModels, full_range: bool) -> None:
    rgb = picture((320, 240), 200)
    expected = create_tracker(models=models).track(frame(rgb))
    face = create_tracker(models=models).track(yuv_frame(rgb, full_range=full_range))
    assert expected is not None
    assert face is not None
    width = np.ptp(expected.landmarks[:, 0])
    assert np.abs(face.landmarks - expected.landmarks).mean() / width < 0.003
    assert np.abs(face.scores - expected.scores).mean() < 0.005
