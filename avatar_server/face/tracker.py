"""What every face tracker does, and how one is made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from avatar_server.errors import AvatarServerError
from avatar_server.face.litert_tracker import LiteRtTracker
from avatar_server.face.model_file import find_model
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
    num_faces: Literal[1, 2] = 2,
    live: bool = False,
) -> FaceTracker:
    """A tracker on ``backend``: LiteRT running MediaPipe's models, or ``mediapipe`` itself.

    ``models`` shares loaded networks between trackers of one thread (LiteRT only); without it the
    file at ``model_path``, or the one ``find_model`` finds, is loaded. ``num_faces`` chooses
    between MediaPipe's two ways of tracking, as its option of that name does: 1 smooths the
    landmarks, which delays them, 2 gives them raw and costs a detector run a frame. Either way one
    face is followed. ``live`` (LiteRT only) gives them raw at no such cost: its region comes from
    the last landmarks, a little off MediaPipe's.

    Raises ``ModelFileError``, and ``AvatarServerError`` when ``mediapipe`` is not installed.
    """
    if backend == "litert":
        return LiteRtTracker(models or FaceModels(model_path), num_faces=num_faces, live=live)
    if backend == "mediapipe":
        try:
            from avatar_server.face.mediapipe_tracker import MediaPipeTracker
        except ImportError as error:
            raise AvatarServerError(
                "the face tracker 'mediapipe' needs a package that is not installed "
                f"({error.name}): pip install 'avatar-server[mediapipe]'"
            ) from error
        return MediaPipeTracker(find_model(model_path), num_faces=num_faces)
    raise ValueError(f"no face tracker is called {backend!r}; there are 'litert' and 'mediapipe'")
