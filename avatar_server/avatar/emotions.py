"""Emotion overlays: a feeling added to a tracked face without fighting it."""

from __future__ import annotations

import numpy as np

from avatar_server.errors import ControlError
from avatar_server.expression import ARKIT_52, ARKIT_INDEX, EMOTION_FACES, EMOTIONS
from avatar_server.types import FloatArray

EASE_S = 0.25
"""Time constant with which an overlay set by ``set_emotion`` comes and goes."""

_OPPOSITES = (
    ("mouthSmile", "mouthFrown"),
    ("eyeWide", "eyeSquint"),
    ("browOuterUp", "browDown"),
    ("mouthPucker", "mouthStretch"),
    ("mouthPucker", "mouthSmile"),
)
"""Pairs of which a face can show only one: what the overlay adds to one is taken from the other."""

_MOUTH = np.array([n.startswith(("mouth", "jaw", "tongue")) for n in ARKIT_52])
_SMILE = np.array([n.startswith(("mouthSmile", "mouthFrown", "mouthDimple")) for n in ARKIT_52])
_LIDS = [
    (ARKIT_INDEX[f"eyeBlink{side}"], [ARKIT_INDEX[f"eye{n}{side}"] for n in ("Wide", "Squint")])
    for side in ("Left", "Right")
]


def _opposed() -> list[tuple[int, int]]:
    pairs = []
    for a, b in _OPPOSITES:
        for side in ("Left", "Right"):
            left = ARKIT_INDEX.get(a + side, ARKIT_INDEX.get(a, -1))
            right = ARKIT_INDEX.get(b + side, ARKIT_INDEX.get(b, -1))
            pairs += [(left, right), (right, left)]
    return pairs


_OPPOSED_PAIRS = _opposed()


class EmotionOverlay:
    """The overlay that one character wears now: the expression's own and what was set."""

    def __init__(self) -> None:
        self._wanted = np.zeros(len(EMOTIONS), np.float32)
        self._shown = np.zeros(len(EMOTIONS), np.float32)

    def set(self, name: str, weight: float) -> None:
        """Wears ``name`` at ``weight`` (0 to 1) from now on, instead of the one before.

        Raises ``ControlError`` naming the emotions that there are.
        """
        if name not in EMOTIONS:
            known = ", ".join(EMOTIONS)
            raise ControlError(f"there is no emotion {name!r}; choose one of: {known}")
        if not 0.0 <= weight <= 1.0:
            raise ControlError(f"an emotion's weight is from 0 to 1, not {weight:g}")
        self._wanted[:] = 0.0
        self._wanted[EMOTIONS.index(name)] = weight

    def wear_as(self, other: EmotionOverlay) -> None:
        """Goes on with what another character wears, at once."""
        self._wanted[:] = other._wanted
        self._shown[:] = other._shown

    def step(self, step_s: float) -> None:
        self._shown += (self._wanted - self._shown) * (1 - np.exp(-step_s / EASE_S))

    def over(self, face: FloatArray, emotion: FloatArray) -> FloatArray:
        """``face`` (52,) under the overlay of ``emotion`` (8,) and of what was set."""
        weights = np.minimum(np.fmax(emotion, self._shown), np.float32(1))
        if weights.max() < 1e-3:
            return face
        return overlaid(face, combined(weights))


def combined(weights: FloatArray) -> FloatArray:
    """The face (52,) of several emotions at once; weights that add up to more than 1 share it."""
    return np.asarray(weights @ EMOTION_FACES / max(1.0, float(weights.sum())), np.float32)


def overlaid(face: FloatArray, overlay: FloatArray) -> FloatArray:
    """Both faces (52,) at once.

    * The same muscle in both: 1 - (1 - a)(1 - b), which never leaves [0, 1] and keeps each side's
      share: a wink stays one.
    * A muscle and its opponent: what the overlay shows of one is taken from the other.
    * A closing eye is left to close, and a speaking mouth to speak: there the overlay fades, but
      for the corners of the mouth, which only give way by half (as VRM's overrides do).
    """
    layer = overlay.copy()
    for lid, around in _LIDS:
        layer[around] *= 1.0 - min(1.0, float(face[lid]))
        layer[lid] *= 1.0 - min(1.0, float(face[lid]))
    speaking = min(1.0, 1.5 * _speech(face))
    layer[_MOUTH] *= 1.0 - speaking * np.where(_SMILE[_MOUTH], 0.5, 1.0).astype(np.float32)
    return layered(face, layer)


def layered(face: FloatArray, layer: FloatArray) -> FloatArray:
    """Both faces (52,) at once, the layer's muscles in full."""
    room = np.ones_like(face)
    for muscle, opponent in _OPPOSED_PAIRS:
        room[opponent] = min(float(room[opponent]), 1.0 - float(layer[muscle]))
    base = face * room
    capped = np.clip(base, 0.0, 1.0)
    return np.asarray(np.maximum(base, 1.0 - (1.0 - capped) * (1.0 - layer)), np.float32)


def _speech(face: FloatArray) -> float:
    return max(float(face[ARKIT_INDEX[n]]) for n in ("jawOpen", "mouthFunnel", "mouthPucker"))
