"""The eight emotion overlays, as ARKit coefficients at full weight.

Which muscles make which face: P. Ekman, W. Friesen, J. Hager, "Facial Action Coding System", 2002
(the emotion prototypes: joy 6+12, sorrow 1+4+15, anger 4+5+7+23, surprise 1+2+5+26,
fear 1+2+4+5+20+26, disgust 9+15+16, contempt one-sided 12+14), each action unit written in the
ARKit blendshapes that move the same part.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from avatar_server.expression.arkit import ARKIT_52, ARKIT_INDEX
from avatar_server.types import FloatArray

EMOTIONS: Final[tuple[str, ...]] = (
    "neutral",
    "joy",
    "sorrow",
    "anger",
    "surprise",
    "fear",
    "disgust",
    "contempt",
)

_ON_BOTH_SIDES: Final[dict[str, dict[str, float]]] = {
    "neutral": {},
    "joy": {"mouthSmile": 0.85, "cheekSquint": 0.6, "eyeSquint": 0.35, "mouthDimple": 0.2},
    "sorrow": {"mouthFrown": 0.8, "browDown": 0.15, "eyeLookDown": 0.25, "eyeBlink": 0.12},
    "anger": {"browDown": 0.95, "noseSneer": 0.35, "mouthPress": 0.5, "eyeSquint": 0.3},
    "surprise": {"browOuterUp": 0.85, "eyeWide": 0.8},
    "fear": {"browOuterUp": 0.35, "eyeWide": 0.9, "mouthStretch": 0.8, "mouthFrown": 0.35},
    "disgust": {"noseSneer": 0.9, "mouthUpperUp": 0.45, "browDown": 0.5, "eyeSquint": 0.4},
    "contempt": {"eyeBlink": 0.12},
}

_ALONE: Final[dict[str, dict[str, float]]] = {
    "neutral": {},
    "joy": {"jawOpen": 0.18},
    "sorrow": {"browInnerUp": 0.85, "mouthShrugLower": 0.4},
    "anger": {"mouthRollLower": 0.15},
    "surprise": {"browInnerUp": 0.7, "jawOpen": 0.5, "mouthFunnel": 0.45},
    "fear": {"browInnerUp": 0.9, "jawOpen": 0.3},
    "disgust": {"mouthShrugUpper": 0.3, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    "contempt": {
        "mouthSmileLeft": 0.55,
        "mouthDimpleLeft": 0.5,
        "browOuterUpRight": 0.4,
        "eyeSquintLeft": 0.25,
    },
}


def _faces() -> FloatArray:
    faces = np.zeros((len(EMOTIONS), len(ARKIT_52)), np.float32)
    for row, emotion in enumerate(EMOTIONS):
        for stem, value in _ON_BOTH_SIDES[emotion].items():
            faces[row, ARKIT_INDEX[stem + "Left"]] = value
            faces[row, ARKIT_INDEX[stem + "Right"]] = value
        for name, value in _ALONE[emotion].items():
            faces[row, ARKIT_INDEX[name]] = value
    faces.flags.writeable = False
    return faces


EMOTION_FACES: Final[FloatArray] = _faces()
"""float32 (8, 52): row of ``EMOTIONS``, column of ``ARKIT_52``, in [0, 1]."""
