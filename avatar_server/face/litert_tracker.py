"""MediaPipe's face landmarker graph on LiteRT."""

from __future__ import annotations

import numpy as np

from avatar_server.face.models import FaceModels
from avatar_server.face.regions import Region, region_of_landmarks, whole_frame
from avatar_server.face.smoothing import LandmarkFilter
from avatar_server.types import Face, FloatArray, VideoFrame

_MIN_PRESENCE = 0.5
_CANDIDATES = 2
"""How many detections are tried, the largest first, before a frame counts as empty."""


class LiteRtTracker:
    """``FaceTracker`` on MediaPipe's own networks.

    The detector runs only while there is no face; a found face is followed by the region of its
    landmarks. Landmarks are smoothed as MediaPipe smooths a single face in video mode, unless
    ``smooth`` is off.
    """

    def __init__(self, models: FaceModels, *, smooth: bool = True) -> None:
        self._models = models
        self._smooth = smooth
        self._frame_size = (0, 0)
        self.reset()

    def reset(self) -> None:
        self._region: Region | None = None
        self._filter = LandmarkFilter()

    def close(self) -> None:
        self.reset()

    def track(self, frame: VideoFrame) -> Face | None:
        if not frame.width or not frame.height:
            return None
        size = frame.width, frame.height
        if size != self._frame_size:
            self._frame_size = size
            self.reset()
        if self._region is not None and (face := self._follow(frame, self._region)):
            return face
        self.reset()
        return self._find(frame)

    def _find(self, frame: VideoFrame) -> Face | None:
        within = whole_frame(frame.width, frame.height)
        for region in self._models.detector.detect(frame, within)[:_CANDIDATES]:
            if face := self._follow(frame, region):
                return face
        return None

    def _follow(self, frame: VideoFrame, region: Region) -> Face | None:
        """The face in ``region``, which the next frame will start from; None if there is none."""
        points, presence = self._models.landmarks(frame, region)
        if presence <= _MIN_PRESENCE:
            return None
        following = region_of_landmarks(points)
        if self._smooth:
            points = self._filter.apply(points, frame.times.capture_s)
        size = np.array([frame.width, frame.height, frame.width], np.float32)
        landmarks: FloatArray = (points / size).astype(np.float32, copy=False)
        head = self._models.head_pose.solve(landmarks, frame.width / frame.height)
        if head is None:
            return None
        self._region = following
        return Face(
            landmarks=landmarks, scores=self._models.scores(points), head=head, presence=presence
        )
