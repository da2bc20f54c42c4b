"""MediaPipe's face landmarker graph on LiteRT."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avatar_server.face.models import FaceModels
from avatar_server.face.regions import Region, region_of_landmarks, whole_frame
from avatar_server.face.search import SEARCH_FRAMES, FollowedFace, close_ups
from avatar_server.face.smoothing import LandmarkFilter
from avatar_server.types import Face, FloatArray, VideoFrame

_MIN_PRESENCE = 0.5
_MIN_PRESENCE_FOLLOWED = 0.4
"""A followed face is let go a little later than a new one is believed, so that a face on the
threshold does not come and go."""
_SEEN_AGAIN_OVERLAP = 0.5
"""A detection that overlaps the followed region by more takes its place (MediaPipe's
``min_tracking_confidence``)."""
_CANDIDATES = 3
"""How many detections are tried, the largest first, before the detector counts as mistaken."""
_RIVAL_CHECK_FRAMES = 15
"""How often to look whether a larger face has come."""


class LiteRtTracker:
    """``FaceTracker`` on MediaPipe's own networks, through one graph of MediaPipe's or the other.

    * ``num_faces`` 1: the detector runs only while there is no face (and twice a second in search
      of a larger one); a face is followed by the region of its landmarks, and the landmarks are
      smoothed over stream time.
    * ``num_faces`` 2: MediaPipe looks for the missing second face in every frame, takes the region
      from the detector and smooths nothing. So does this; it still follows one face.
    * ``live``: as cheap as the first and as quick as the second: the region of the last landmarks,
      nothing smoothed.
    """

    def __init__(self, models: FaceModels, *, num_faces: int = 2, live: bool = False) -> None:
        self._models = models
        self._detects_always = num_faces > 1 and not live
        self._smooths = num_faces == 1 and not live
        self._frame_size = (0, 0)
        self._lost_frames = 0
        self.reset()

    def reset(self) -> None:
        self._followed = FollowedFace()
        self._followed_frames = 0
        self._filter = LandmarkFilter()

    def close(self) -> None:
        self.reset()

    def track(self, frame: VideoFrame) -> Face | None:
        size = frame.width, frame.height
        if not all(size):
            return None
        if size != self._frame_size:
            self._frame_size = size
            self.reset()
        face = self._follow(frame) or self._find(frame)
        self._lost_frames = 0 if face else self._lost_frames + 1
        return face

    def _follow(self, frame: VideoFrame) -> Face | None:
        """The face that was there in the frame before, or the larger one that took its place."""
        region = self._followed.region
        if region is None:
            return None
        self._followed_frames += 1
        interval = 1 if self._detects_always else _RIVAL_CHECK_FRAMES
        if self._followed_frames % interval == 0:
            region = self._look_around(frame, region, interval)
        return self._landmark(frame, region, _MIN_PRESENCE_FOLLOWED)

    def _look_around(self, frame: VideoFrame, region: Region, frames: int) -> Region:
        """Where to look for landmarks after all faces of the frame were detected, ``frames`` after
        the last time."""
        seen = self._models.detector.detect(frame, whole_frame(frame.width, frame.height))
        others = [face for face in seen if face.overlap(region) <= _SEEN_AGAIN_OVERLAP]
        again = [face for face in seen if face.overlap(region) > _SEEN_AGAIN_OVERLAP]
        faces = [*(again[:1] or [region]), *others]
        if chosen := self._followed.choose(faces, frames):
            self._filter = LandmarkFilter()
            return faces[chosen]
        return faces[0] if self._detects_always else region

    def _find(self, frame: VideoFrame) -> Face | None:
        self.reset()
        for regions in self._searches(frame):
            for region in sorted(regions, key=lambda each: each.area, reverse=True)[:_CANDIDATES]:
                if face := self._landmark(frame, region, _MIN_PRESENCE):
                    return face
        return None

    def _searches(self, frame: VideoFrame) -> Iterator[list[Region]]:
        """What the detector sees in the whole frame, then what it sees in close-ups.

        A frame without a face looks through a third of the close-ups; only one that shows
        something is worth looking through all, for there may be a larger face.
        """
        detect = self._models.detector.detect
        yield detect(frame, whole_frame(frame.width, frame.height))
        tiles = close_ups(frame.width, frame.height)
        today = tiles[self._lost_frames % SEARCH_FRAMES :: SEARCH_FRAMES]
        if any(detect(frame, tile) for tile in today):
            yield [face for tile in tiles for face in detect(frame, tile)]

    def _landmark(self, frame: VideoFrame, region: Region, min_presence: float) -> Face | None:
        """The face in ``region``, to be followed from now on; None if there is none."""
        points, presence = self._models.landmarks(frame, region)
        if presence <= min_presence:
            return None
        following = region_of_landmarks(points)
        if self._smooths:
            points = self._filter.apply(points, frame.times.capture_s)
        size = np.array([frame.width, frame.height, frame.width], np.float32)
        landmarks: FloatArray = (points / size).astype(np.float32, copy=False)
        head = self._models.head_pose.solve(landmarks, frame.width / frame.height)
        if head is None:
            return None
        self._followed.region = following
        return Face(
            landmarks=landmarks, scores=self._models.scores(points), head=head, presence=presence
        )
