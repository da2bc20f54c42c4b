"""What is built on the ARKit 52: visemes as recipes, and the VRM presets.

The fifteen visemes are those of Oculus LipSync (Viseme Reference); the recipes are our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from assets.workshop.part import Part

VISEMES: Final[dict[str, dict[str, float]]] = {
    "viseme_sil": {"mouthPressLeft": 0.12, "mouthPressRight": 0.12},
    "viseme_PP": {
        "mouthPressLeft": 0.6,
        "mouthPressRight": 0.6,
        "mouthRollLower": 0.55,
        "mouthRollUpper": 0.55,
    },
    "viseme_FF": {
        "jawOpen": 0.12,
        "mouthRollLower": 0.75,
        "mouthUpperUpLeft": 0.45,
        "mouthUpperUpRight": 0.45,
        "mouthStretchLeft": 0.15,
        "mouthStretchRight": 0.15,
    },
    "viseme_TH": {
        "jawOpen": 0.25,
        "mouthStretchLeft": 0.2,
        "mouthStretchRight": 0.2,
    },
    "viseme_DD": {
        "jawOpen": 0.22,
        "mouthStretchLeft": 0.35,
        "mouthStretchRight": 0.35,
        "mouthUpperUpLeft": 0.2,
        "mouthUpperUpRight": 0.2,
    },
    "viseme_kk": {
        "jawOpen": 0.32,
        "mouthStretchLeft": 0.2,
        "mouthStretchRight": 0.2,
        "mouthLowerDownLeft": 0.15,
        "mouthLowerDownRight": 0.15,
    },
    "viseme_CH": {
        "jawOpen": 0.16,
        "mouthFunnel": 0.75,
        "mouthUpperUpLeft": 0.15,
        "mouthUpperUpRight": 0.15,
    },
    "viseme_SS": {
        "jawOpen": 0.08,
        "mouthStretchLeft": 0.6,
        "mouthStretchRight": 0.6,
        "mouthLowerDownLeft": 0.3,
        "mouthLowerDownRight": 0.3,
        "mouthUpperUpLeft": 0.2,
        "mouthUpperUpRight": 0.2,
    },
    "viseme_nn": {
        "jawOpen": 0.16,
        "mouthStretchLeft": 0.15,
        "mouthStretchRight": 0.15,
        "mouthDimpleLeft": 0.3,
        "mouthDimpleRight": 0.3,
    },
    "viseme_RR": {"jawOpen": 0.22, "mouthFunnel": 0.45, "mouthPucker": 0.2},
    "viseme_aa": {"jawOpen": 0.8, "mouthLowerDownLeft": 0.1, "mouthLowerDownRight": 0.1},
    "viseme_E": {
        "jawOpen": 0.42,
        "mouthStretchLeft": 0.5,
        "mouthStretchRight": 0.5,
        "mouthSmileLeft": 0.15,
        "mouthSmileRight": 0.15,
    },
    "viseme_I": {
        "jawOpen": 0.2,
        "mouthStretchLeft": 0.6,
        "mouthStretchRight": 0.6,
        "mouthSmileLeft": 0.35,
        "mouthSmileRight": 0.35,
    },
    "viseme_O": {"jawOpen": 0.5, "mouthFunnel": 0.8},
    "viseme_U": {"jawOpen": 0.22, "mouthPucker": 0.85, "mouthFunnel": 0.25},
}


def both(name: str, weight: float) -> dict[str, float]:
    """The left and the right morph at the same weight."""
    return {f"{name}Left": weight, f"{name}Right": weight}


PRESETS: Final[dict[str, dict[str, float]]] = {
    "happy": both("mouthSmile", 0.9)
    | both("cheekSquint", 0.7)
    | both("eyeSquint", 0.3)
    | {"browInnerUp": 0.25, "jawOpen": 0.22}
    | both("browOuterUp", 0.2),
    "angry": both("browDown", 1.0)
    | both("eyeSquint", 0.3)
    | both("mouthFrown", 0.55)
    | both("noseSneer", 0.5)
    | both("mouthPress", 0.4),
    "sad": {"browInnerUp": 0.95, "mouthShrugLower": 0.35}
    | both("mouthFrown", 0.75)
    | both("eyeLookDown", 0.35)
    | both("eyeSquint", 0.15),
    "relaxed": both("mouthSmile", 0.45)
    | both("eyeSquint", 0.35)
    | both("eyeBlink", 0.18)
    | both("mouthDimple", 0.2),
    "surprised": both("eyeWide", 0.95)
    | both("browOuterUp", 0.85)
    | {"browInnerUp": 0.85, "jawOpen": 0.5, "mouthFunnel": 0.4},
    "neutral": {},
    "aa": {"viseme_aa": 1.0},
    "ih": {"viseme_I": 1.0},
    "ou": {"viseme_U": 1.0},
    "ee": {"viseme_E": 1.0},
    "oh": {"viseme_O": 1.0},
    "blink": both("eyeBlink", 1.0),
    "blinkLeft": {"eyeBlinkLeft": 1.0},
    "blinkRight": {"eyeBlinkRight": 1.0},
    "lookUp": both("eyeLookUp", 1.0),
    "lookDown": both("eyeLookDown", 1.0),
    "lookLeft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "lookRight": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
}


def add_recipes(part: Part, recipes: Mapping[str, Mapping[str, float]] = VISEMES) -> None:
    """Adds to ``part`` the morphs that are weighted sums of those it has, on top of what it
    already has under their names."""
    zero = np.zeros_like(part.positions)
    for name, recipe in recipes.items():
        total = part.morphs.get(name, zero).copy()
        for morph, weight in recipe.items():
            total += weight * part.morphs.get(morph, zero)
        if np.any(total):
            part.morphs[name] = total
