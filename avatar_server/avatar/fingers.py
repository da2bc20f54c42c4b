"""Curled fingers, for the models that have finger bones."""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.skeleton import IndexArray, Skeleton
from avatar_server.types import FloatArray

RELAXED = np.array([0.2, 0.18, 0.24], np.float32)
"""Curl of thumb, index and the other fingers in a hand that does nothing."""
RELAXED.setflags(write=False)

_SEGMENTS = {"Proximal": 75.0, "Intermediate": 95.0, "Distal": 65.0}
"""Degrees of a fist."""


class Fingers:
    """The fingers of one hand."""

    def __init__(self, model: AvatarModel, skeleton: Skeleton, side: str) -> None:
        nodes, axes, degrees, rows = [], [], [], []
        hand = model.humanoid.get(f"{side}Hand")
        for finger in ("Thumb", "Index", "Middle", "Ring", "Little"):
            for segment, fist in _SEGMENTS.items():
                node = model.humanoid.get(f"{side}{finger}{segment}")
                if node is None or hand is None:
                    continue
                nodes.append(node)
                axes.append(_curl_axis(skeleton, hand, node, finger == "Thumb"))
                degrees.append(0.45 * fist if finger == "Thumb" else fist)
                rows.append(("Thumb", "Index").index(finger) if finger in ("Thumb", "Index") else 2)
        self.nodes: IndexArray = np.array(nodes, np.intp)
        self._axes = np.array(axes, np.float32).reshape(-1, 3)
        self._half_angles = np.radians(np.array(degrees, np.float32)) / 2
        self._rows = np.array(rows, np.intp)

    def turns(self, curls: FloatArray) -> FloatArray:
        """Normalised rotations of ``nodes``, float32 (K, 4), for the curls of thumb, index and
        other fingers; 0 is straight, 1 a fist."""
        half = self._half_angles * curls[self._rows]
        return np.concatenate(
            [self._axes * np.sin(half)[:, None], np.cos(half)[:, None]], axis=1, dtype=np.float32
        )


def _curl_axis(skeleton: Skeleton, hand: int, node: int, is_thumb: bool) -> FloatArray:
    """The axis about which a segment turns towards the palm, which at rest faces down."""
    along = skeleton.position(node) - skeleton.position(hand)
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    palm = np.array([0.0, -1.0, 0.0]) if not is_thumb else np.array([0.0, -0.5, -1.0])
    axis = np.cross(along, palm)
    return np.asarray(axis / max(float(np.linalg.norm(axis)), 1e-6), np.float32)
