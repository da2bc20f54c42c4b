"""What every face tracker does, and how one is made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from avatar_server.face.models import FaceModels
from avatar_server.types import Face, VideoFrame

TrackerBackend = Literal["litert", "mediapipe"]


class FaceTracker(Protocol):
    """Follows the largest face through the frames of one person's camera.

    A tracker belongs to one stream and one thread. It keeps where the face was, never a picture.
    """

    def track(self, frame: VideoFrame) -> Face | None:
        """The followed face in this frame, or None when there is none. Frames of any size and
        content are welcome, in the order of their ``times.capture_s``."""

    def reset(self) -> None:
        """Forgets the face: the next frame is a first frame."""

    def close(self) -> None:
        """Frees what the tracker alone holds. It is not used again."""


def create_tracker(
    backend: TrackerBackend = "litert",
    *,
    models: FaceModels | None = None,
    model_path: Path | None = None,
) -> FaceTracker:
    """A tracker on ``backend``: LiteRT running MediaPipe's models, or ``mediapipe`` itself.

    ``models`` shares loaded networks between trackers of one thread (LiteRT only); without it the
    file at ``model_path``, or the one ``find_model`` finds, is loaded. Raises ``ModelFileError``.
    """
    if backend == "litert":
        from avatar_server.face.litert_tracker import LiteRtTracker

        return LiteRtTracker(models or FaceModels(model_path))
    raise ValueError(f"no face tracker is called {backend!r}; there are 'litert' and 'mediapipe'")
