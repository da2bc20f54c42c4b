"""Pixels to 478 landmarks, 52 blendshape scores and the head's pose."""

from avatar_server.face.model_file import find_model
from avatar_server.face.models import FaceModels
from avatar_server.face.scores import SCORE_NAMES
from avatar_server.face.tracker import FaceTracker, TrackerBackend, create_tracker

__all__ = [
    "SCORE_NAMES",
    "FaceModels",
    "FaceTracker",
    "TrackerBackend",
    "create_tracker",
    "find_model",
]
