"""The LiteRT tracker against ``mediapipe`` itself, over the same frames in the same mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from avatar_server.face import FaceModels, FaceTracker, create_tracker
from avatar_server.types import ByteArray, Face
from tests.face.scenes import frame, head_sequence

pytest.importorskip("mediapipe")

# A fifth of what the tracker promises (0.02, 0.5 %, 1.5 degrees), and five times what it reaches:
# half a pixel in the crop or another treatment of the frame's edge already breaks these.
MAX_SCORES = 0.004
MAX_LANDMARKS = 0.001
MAX_DEGREES = 0.3


@dataclass
class Differences:
    landmarks: float
    """Mean distance in shares of the face's width."""
    scores: float
    degrees: float


def differences(ours: Face, theirs: Face, size: tuple[int, int]) -> Differences:
    width = np.ptp(theirs.landmarks[:, 0]) * size[0]
    apart = np.linalg.norm((ours.landmarks - theirs.landmarks)[:, :2] * size, axis=1)
    cosine = (np.trace(ours.head[:3, :3].T @ theirs.head[:3, :3]) - 1) / 2
    return Differences(
        landmarks=float(apart.mean() / width),
        scores=float(np.abs(ours.scores - theirs.scores).mean()),
        degrees=float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
    )


def run(tracker: FaceTracker, pictures: list[ByteArray]) -> list[Face | None]:
    try:
        return [tracker.track(frame(picture, index)) for index, picture in enumerate(pictures, 1)]
    finally:
        tracker.close()


@pytest.mark.parametrize("num_faces", [1, 2])
@pytest.mark.parametrize("size", [(512, 512), (640, 360), (360, 640)])
def test_parity_with_mediapipe(
    models: FaceModels, num_faces: Literal[1, 2], size: tuple[int, int]
) -> None:
    pictures = head_sequence(size=size)
    ours = run(create_tracker(models=models, num_faces=num_faces), pictures)
    theirs = run(create_tracker("mediapipe", num_faces=num_faces), pictures)

    assert sum(face is not None for face in theirs) > 0.8 * len(pictures)
    missed = [
        index
        for index, (our, their) in enumerate(zip(ours, theirs, strict=True))
        if their is not None and our is None
    ]
    assert not missed
    pairs = [
        differences(our, their, size)
        for our, their in zip(ours, theirs, strict=True)
        if our is not None and their is not None
    ]
    assert np.mean([pair.scores for pair in pairs]) <= MAX_SCORES
    assert np.mean([pair.landmarks for pair in pairs]) <= MAX_LANDMARKS
    assert max(pair.degrees for pair in pairs) <= MAX_DEGREES
