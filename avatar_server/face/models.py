"""The networks inside ``face_landmarker.task``, loaded once and shared."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path

import cv2
import numpy as np

from avatar_server.errors import ModelFileError
from avatar_server.face.canonical_face import read_canonical_face
from avatar_server.face.crop import write_crop
from avatar_server.face.detector import FaceDetector
from avatar_server.face.head_pose import HeadPoseSolver
from avatar_server.face.model_file import find_model, read_verified
from avatar_server.face.network import Network
from avatar_server.face.regions import Region
from avatar_server.face.scores import SCORE_LANDMARKS
from avatar_server.types import FloatArray, VideoFrame

_DETECTOR = "face_detector.tflite"
_LANDMARKS = "face_landmarks_detector.tflite"
_BLENDSHAPES = "face_blendshapes.tflite"
_GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"

_CROP_SIZE = 256


class FaceModels:
    """The detector, the landmark and blendshape networks and the canonical face.

    Serves any number of trackers, but one thread at a time: the networks own their buffers.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Loads the model file at ``path``, or the one ``find_model`` finds.

        Raises ``ModelFileError`` when it is absent, unreadable or another file than it should be.
        """
        # A crop is done sooner by one thread than threads are woken; the setting is the process's.
        cv2.setNumThreads(1)
        members = _members(path := path or find_model(), read_verified(path))
        self.detector = FaceDetector(members[_DETECTOR])
        self.head_pose = HeadPoseSolver(read_canonical_face(members[_GEOMETRY]))
        self._landmarks = Network(members[_LANDMARKS])
        self._blendshapes = Network(members[_BLENDSHAPES])

    def landmarks(self, frame: VideoFrame, region: Region) -> tuple[FloatArray, float]:
        """Landmarks (478, 3) in pixels of the frame, and the presence of a face in [0, 1]."""
        points, presence_logit, _ = self._landmarks.run_on(
            lambda into: write_crop(frame, region, into)
        )
        placed = region.to_frame(points.reshape(-1, 3) * np.float32(1 / _CROP_SIZE))
        # MediaPipe measures the region's side in image coordinates, where a tilted side of a
        # picture that is not square has another length (LandmarkProjectionCalculator, z scale).
        # Its pose follows from that depth, so ours has to.
        placed[:, 2] *= math.hypot(
            math.cos(region.rotation), math.sin(region.rotation) * frame.width / frame.height
        )
        return placed, 1 / (1 + math.exp(-min(max(presence_logit.item(), -80.0), 80.0)))

    def scores(self, landmarks: FloatArray) -> FloatArray:
        """Blendshape scores (52,) of landmarks (478, 3) in pixels."""
        return self._blendshapes.run(landmarks[SCORE_LANDMARKS, :2])[0]


def _members(path: Path, bundle: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            names = (_DETECTOR, _LANDMARKS, _BLENDSHAPES, _GEOMETRY)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelFileError(f"{path} is not a face landmarker bundle: {error}") from error
