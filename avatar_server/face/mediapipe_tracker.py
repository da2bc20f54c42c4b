"""``mediapipe`` itself as the tracker: the reference that the LiteRT tracker is measured against.

It reports usage to Google. The package's native library (looked at: version 1.2.2) posts its
version, Python's version, the kind of task, frame counts and latencies (no pictures, no landmarks)
to https://play.googleapis.com/log, at the latest when a task is closed. The package's own NOTICE
says so, and it offers no switch. What it does offer is the path of the certificate bundle that it
trusts for that connection. ``_MuteBaseOptions`` passes an empty one, so that every connection
breaks off in the TLS handshake, before anything is posted. The attempt itself remains: a name
look-up and a handshake that shows this machine's address to whoever answers. To prevent that too,
block the host in a firewall or use the LiteRT tracker, which contacts nobody.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions, RunningMode

from avatar_server.face.model_file import read_verified
from avatar_server.face.regions import region_of_landmarks
from avatar_server.face.sampling import to_rgb
from avatar_server.face.search import FollowedFace
from avatar_server.types import Face, FloatArray, VideoFrame

_log = logging.getLogger(__name__)


class _MuteBaseOptions(BaseOptions):  # type: ignore[misc]
    """Base options under which the usage reports cannot be delivered."""

    def to_ctypes(self) -> Any:
        options = super().to_ctypes()
        # No path at all would mean: trust anybody.
        options.ca_bundle_path = os.devnull.encode()
        return options


class MediaPipeTracker:
    """``FaceTracker`` on MediaPipe's FaceLandmarker in video mode.

    * ``num_faces`` 1: what MediaPipe does by default: landmarks smoothed, the first face it finds
      is followed as long as it lasts.
    * ``num_faces`` 2: no smoothing, and of two faces the larger is followed.

    Tries to reach Google's servers when a face task ends, and fails: see this module's text.
    """

    def __init__(self, model: Path, *, num_faces: int = 2) -> None:
        """Raises ``ModelFileError`` unless ``model`` is the verified file."""
        self._model = read_verified(model)
        self._num_faces = num_faces
        self._landmarker: Any = None
        self._time_ms = -1
        self._followed = FollowedFace()
        _log.warning(
            "The mediapipe package reports usage to Google (play.googleapis.com) and cannot be "
            "told not to; its connections are made to fail before they carry anything"
        )

    def reset(self) -> None:
        """Forgets the face by beginning a new MediaPipe graph: tens of milliseconds."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None
        self._followed = FollowedFace()

    def close(self) -> None:
        self.reset()

    def track(self, frame: VideoFrame) -> Face | None:
        if not frame.width or not frame.height:
            return None
        if self._landmarker is None:
            self._landmarker = self._begin()
        picture = Image(image_format=ImageFormat.SRGB, data=to_rgb(frame))
        # MediaPipe insists on milliseconds that increase.
        self._time_ms = max(round(frame.times.capture_s * 1000), self._time_ms + 1)
        found = self._landmarker.detect_for_video(picture, self._time_ms)
        faces = [_to_array(landmarks) for landmarks in found.face_landmarks]
        # A face too small for a pose has none; without as many poses as faces none can be matched.
        if not faces or len(found.facial_transformation_matrixes) != len(faces):
            self._followed = FollowedFace()
            return None
        size = np.array([frame.width, frame.height, frame.width], np.float32)
        chosen = self._followed.choose([region_of_landmarks(face * size) for face in faces])
        return Face(
            landmarks=faces[chosen],
            scores=np.array([score.score for score in found.face_blendshapes[chosen]], np.float32),
            head=_rigid(found.facial_transformation_matrixes[chosen]),
            presence=1.0,
        )

    def _begin(self) -> Any:
        return FaceLandmarker.create_from_options(
            FaceLandmarkerOptions(
                base_options=_MuteBaseOptions(model_asset_buffer=self._model),
                running_mode=RunningMode.VIDEO,
                num_faces=self._num_faces,
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )
        )


def _to_array(landmarks: Any) -> FloatArray:
    return np.array([(point.x, point.y, point.z) for point in landmarks], np.float32)


def _rigid(transform: FloatArray) -> FloatArray:
    """MediaPipe's pose carries what is left of the scale it estimates, a few parts in ten
    thousand; a head does not grow."""
    head = np.array(transform, np.float32)
    head[:3, :3] /= np.cbrt(np.linalg.det(head[:3, :3]))
    return head
