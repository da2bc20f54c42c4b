"""The tracker on real pictures of a real face."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from skimage.data import chelsea

from avatar_server.face import SCORE_NAMES, FaceModels, create_tracker
from avatar_server.face.regions import whole_frame
from avatar_server.types import Face, FrameTimes, VideoFrame
from tests.face.scenes import frame, picture, yuv_frame


def face_center(face: Face, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    return (low + high) / 2 * size


def blank(height: int, width: int, level: int = 0) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


IN_EVERY_WAY = pytest.mark.parametrize("way", [{"num_faces": 1}, {"num_faces": 2}, {"live": True}])


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


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (480, 640)])
@pytest.mark.parametrize("place", [(0.15, 0.3), (0.5, 0.5), (0.72, 0.75)])
def test_finds_a_small_face_within_three_frames(
    models: FaceModels, size: tuple[int, int], place: tuple[float, float]
) -> None:
    center = (place[0] * size[0], place[1] * size[1])
    rgb = picture(center, 0.15 * size[1], size=size)
    tracker = create_tracker(models=models)
    faces = [tracker.track(frame(rgb, index)) for index in range(6)]
    assert all(faces[2:])
    for face in faces[2:]:
        assert face is not None
        assert np.abs(face_center(face, size) - center).max() < 0.05 * size[1]


@pytest.mark.parametrize("center", [(360, 160), (380, 320)])
def test_a_mistaken_detection_does_not_hide_a_small_face(
    models: FaceModels, center: tuple[int, int]
) -> None:
    """With her beside it the detector takes the cat for a face, which the landmark model does not
    believe: the search has to go on."""
    rgb = picture(center, 72, onto=cv2.resize(chelsea(), (640, 480)))
    mistaken = models.detector.detect(frame(rgb), whole_frame(640, 480))
    assert mistaken
    assert all(abs(each.center_x - center[0]) > 60 for each in mistaken)

    tracker = create_tracker(models=models)
    faces = [tracker.track(frame(rgb, index)) for index in range(4)]
    assert faces[2] is not None
    assert np.abs(face_center(faces[2]) - center).max() < 15


@IN_EVERY_WAY
@pytest.mark.parametrize("height", [75, 200])
def test_a_lost_face_is_found_again_within_three_frames(
    models: FaceModels, height: int, way: dict[str, Any]
) -> None:
    tracker = create_tracker(models=models, **way)
    here, nobody = picture((200, 200), height), picture((-900, 0), height)
    there = picture((480, 300), height)
    for index in range(5):
        before = tracker.track(frame(here, index))
    assert before is not None
    for index in range(5, 12):
        assert tracker.track(frame(nobody, index)) is None
    again = [tracker.track(frame(there, index)) for index in range(12, 15)]
    assert again[-1] is not None
    assert np.abs(face_center(again[-1]) - (480, 300)).max() < 10


@pytest.mark.parametrize("absent", range(1, 7))
@pytest.mark.parametrize("center", [(100, 130), (1150, 600), (640, 330)])
def test_a_small_face_returns_at_any_point_of_the_search(
    models: FaceModels, absent: int, center: tuple[int, int]
) -> None:
    size = (1280, 720)
    nobody, there = frame(blank(720, 1280, 90)), picture(center, 0.15 * 720, size=size)
    tracker = create_tracker(models=models)
    assert not any(tracker.track(nobody) for _ in range(absent))
    assert any(tracker.track(frame(there, index)) for index in range(3))


@IN_EVERY_WAY
def test_follows_the_larger_of_two_faces_without_flicker(
    models: FaceModels, way: dict[str, Any]
) -> None:
    tracker = create_tracker(models=models, **way)
    for index in range(60):
        sway = 12 * np.sin(index / 5)
        small = picture((170 - sway, 240), 110)
        both = picture((450 + sway, 240), 170 + sway, onto=small)
        face = tracker.track(frame(both, index))
        assert face is not None
        assert face_center(face)[0] > 320


def test_starts_with_the_larger_of_two_small_faces(models: FaceModels) -> None:
    """Both too small for the detector in the whole frame, in different close-ups of it."""
    larger_on_the_right = picture((1000, 500), 125, size=(1280, 720))
    both = picture((250, 200), 95, size=(1280, 720), onto=larger_on_the_right)
    tracker = create_tracker(models=models)
    faces = [face for index in range(10) if (face := tracker.track(frame(both, index)))]
    assert len(faces) >= 8
    for face in faces:
        assert face_center(face, (1280, 720))[0] > 640


def test_two_like_faces_do_not_flicker(models: FaceModels) -> None:
    """Now one is a little larger, now the other: whoever was followed first stays."""
    tracker = create_tracker(models=models)
    sides = set()
    for index in range(60):
        sway = 10 * np.sin(index / 4)
        both = picture((460, 240), 140 - sway, onto=picture((180, 240), 140 + sway))
        face = tracker.track(frame(both, index))
        assert face is not None
        sides.add(bool(face_center(face)[0] > 320))
    assert len(sides) == 1


@IN_EVERY_WAY
def test_turns_to_a_much_larger_face_that_comes_and_stays(
    models: FaceModels, way: dict[str, Any]
) -> None:
    tracker = create_tracker(models=models, **way)
    alone = picture((160, 240), 90)
    both = picture((450, 240), 220, onto=alone)
    assert tracker.track(frame(alone, 0)) is not None
    centers = [
        face_center(face)[0]
        for index in range(1, 60)
        if (face := tracker.track(frame(both, index)))
    ]
    assert len(centers) == 59
    sides = [center > 320 for center in centers]
    assert sides[-1]
    assert sides == sorted(sides), "it turned more than once"


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 2), (3, 1), (7, 5), (1, 640), (480, 1), (241, 319), (2160, 3840), (16, 4096)],
)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_empty_frames_of_any_size_hold_no_face(
    models: FaceModels, shape: tuple[int, int], level: int
) -> None:
    tracker = create_tracker(models=models)
    for index in range(4):
        assert tracker.track(frame(blank(*shape, level), index)) is None
        assert tracker.track(yuv_frame(blank(*shape, level), index)) is None


def test_noise_holds_no_face(models: FaceModels) -> None:
    tracker = create_tracker(models=models)
    random = np.random.default_rng(1)
    for index in range(5):
        noise = random.integers(0, 256, (333, 517, 3), dtype=np.uint8)
        assert tracker.track(frame(noise, index)) is None


def test_frames_that_change_size_in_mid_call(models: FaceModels) -> None:
    tracker = create_tracker(models=models)
    sizes = [(640, 480), (641, 361), (320, 240), (1, 1), (3840, 2160), (181, 321), (640, 480)]
    for round_, size in enumerate(sizes):
        rgb = picture((size[0] / 2, size[1] / 2), 0.4 * size[1], size=size)
        faces = [tracker.track(yuv_frame(rgb, 3 * round_ + step)) for step in range(3)]
        if size == (1, 1):
            assert faces == [None] * 3
            continue
        for face in faces:
            assert face is not None
            assert np.abs(face_center(face, size) / size - 0.5).max() < 0.03


def test_planes_with_padded_rows(models: FaceModels) -> None:
    """As decoders hand them out: each row a little longer than the picture is wide."""
    tight = yuv_frame(picture((320, 240), 200))
    padded = tuple(np.pad(plane, ((0, 0), (0, 24)))[:, : plane.shape[1]] for plane in tight.planes)
    expected = create_tracker(models=models).track(tight)
    face = create_tracker(models=models).track(VideoFrame(padded, FrameTimes(0.0, 0)))
    assert expected is not None
    assert face is not None
    np.testing.assert_array_equal(face.landmarks, expected.landmarks)


def test_trackers_that_share_models_do_not_disturb_each_other(models: FaceModels) -> None:
    left = [frame(picture((200 + index, 200), 160), index) for index in range(10)]
    right = [frame(picture((430, 280 - index), 120), index) for index in range(10)]
    alone = create_tracker(models=models)
    expected = [alone.track(each) for each in left]
    one, other = create_tracker(models=models), create_tracker(models=models)
    for expected_face, ours, theirs in zip(expected, left, right, strict=True):
        face = one.track(ours)
        assert other.track(theirs) is not None
        assert face is not None
        assert expected_face is not None
        np.testing.assert_array_equal(face.landmarks, expected_face.landmarks)


def test_reset_makes_the_next_frame_a_first_frame(models: FaceModels) -> None:
    rgb = picture((320, 240), 160)
    tracker = create_tracker(models=models)
    first = tracker.track(frame(rgb, 0))
    tracker.track(frame(picture((330, 240), 160), 1))
    tracker.reset()
    again = tracker.track(frame(rgb, 2))
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first.landmarks, again.landmarks)


def test_frames_out_of_time_are_still_tracked(models: FaceModels) -> None:
    """Equal and backward stream times cannot be smoothed over; they must not break tracking."""
    tracker = create_tracker(models=models)
    for index in (5, 5, 3, 4, 4, 100):
        face = tracker.track(frame(picture((320, 240), 160), index))
        assert face is not None
        assert np.isfinite(face.landmarks).all()
