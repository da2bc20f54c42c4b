"""The 52 coefficients read as VRM's preset expressions, for models that have no others.

Source of the rules: VRM 1.0, VRMC_vrm-1.0/expressions (presets, isBinary, overrideBlink,
overrideLookAt, overrideMouth).
"""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.model import ModelExpression
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import FloatArray

MOUTH = ("aa", "ih", "ou", "ee", "oh")
BLINK = ("blink", "blinkLeft", "blinkRight")
LOOK = ("lookUp", "lookDown", "lookLeft", "lookRight")
FEELINGS = ("happy", "angry", "sad", "relaxed", "surprised")


class Presets:
    """Weights of a model's expressions from a face of 52 coefficients."""

    def __init__(self, expressions: tuple[ModelExpression, ...]) -> None:
        self._expressions = expressions
        self._row = {e.name: i for i, e in enumerate(expressions)}
        self._has_sides = "blinkLeft" in self._row and "blinkRight" in self._row

    def weights(self, face: FloatArray) -> FloatArray:
        """Float32 (E,), overrides and isBinary applied."""
        wanted = preset_weights(face)
        if self._has_sides:
            wanted["blink"] = 0.0
        else:
            wanted["blink"] = (wanted["blinkLeft"] + wanted["blinkRight"]) / 2
        out = np.zeros(len(self._expressions), np.float32)
        for name, row in self._row.items():
            out[row] = wanted.get(name, 0.0)
        return apply_overrides(self._expressions, out)


def preset_weights(face: FloatArray) -> dict[str, float]:
    """Weight in [0, 1] of each VRM preset that a face (52,) shows.

    Feelings add up to at most 1, and so do mouth shapes: VRM models are not built to bear more.
    """

    def v(name: str) -> float:
        return float(face[ARKIT_INDEX[name]])

    def both(stem: str) -> float:
        return (v(stem + "Left") + v(stem + "Right")) / 2

    opened = _unit(1.25 * (v("jawOpen") - 0.7 * v("mouthClose")))
    rounded = _unit(max(v("mouthPucker"), 1.1 * v("mouthFunnel")))
    spread = _unit(1.2 * both("mouthStretch") + 0.5 * both("mouthUpperUp"))
    bared = _unit(both("mouthLowerDown"))
    mouth = {
        "aa": opened * (1 - rounded) * (1 - 0.5 * spread),
        "oh": rounded * min(1.0, 1.5 * opened),
        "ou": rounded * (1 - min(1.0, 1.5 * opened)),
        "ih": 0.7 * spread * (1 - rounded) * (1 - 0.5 * opened),
        "ee": 0.7 * bared * (1 - rounded) * (1 - 0.5 * opened),
    }
    feelings = {
        "happy": _beyond(both("mouthSmile"), 0.15),
        "angry": _beyond(0.8 * both("browDown") + 0.5 * both("noseSneer"), 0.2),
        "sad": _beyond(both("mouthFrown") + 0.3 * v("browInnerUp"), 0.2),
        "surprised": _beyond(
            0.4 * v("browInnerUp") + 0.3 * both("browOuterUp") + 0.6 * both("eyeWide"), 0.3
        ),
        "relaxed": 0.0,
    }
    horizontal = (
        v("eyeLookOutLeft") - v("eyeLookInLeft") + v("eyeLookInRight") - v("eyeLookOutRight")
    ) / 2
    vertical = both("eyeLookUp") - both("eyeLookDown")
    return {
        **_at_most_one(mouth),
        **_at_most_one(feelings),
        "blinkLeft": _unit(v("eyeBlinkLeft")),
        "blinkRight": _unit(v("eyeBlinkRight")),
        "lookLeft": _unit(horizontal),
        "lookRight": _unit(-horizontal),
        "lookUp": _unit(vertical),
        "lookDown": _unit(-vertical),
    }


def apply_overrides(expressions: tuple[ModelExpression, ...], weights: FloatArray) -> FloatArray:
    """isBinary and the three overrides: float32 (E,) of float32 (E,).

    "block" silences the other group as soon as the expression shows at all; "blend" fades it by
    the expression's weight. Several overrides add up (as three-vrm adds them).
    """
    binary = np.array([e.is_binary for e in expressions], bool)
    out = np.where(binary, np.where(weights > 0.5, 1.0, 0.0), weights).astype(np.float32)
    left = {"blink": 1.0, "look": 1.0, "mouth": 1.0}
    for expression, weight in zip(expressions, out, strict=True):
        for group, kind in (
            ("blink", expression.override_blink),
            ("look", expression.override_look_at),
            ("mouth", expression.override_mouth),
        ):
            if kind == "block" and weight > 0:
                left[group] = 0.0
            elif kind == "blend":
                left[group] -= _unit(float(weight))
    for row, expression in enumerate(expressions):
        for group, names in (("blink", BLINK), ("look", LOOK), ("mouth", MOUTH)):
            if expression.name in names:
                # A binary shape that an override fades is shown wholly or not at all.
                share = max(0.0, left[group])
                out[row] *= (1.0 if share >= 1.0 else 0.0) if expression.is_binary else share
    return out


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _beyond(value: float, threshold: float) -> float:
    return _unit((value - threshold) / (1 - threshold))


def _at_most_one(weights: dict[str, float]) -> dict[str, float]:
    total = max(1.0, sum(weights.values()))
    return {name: weight / total for name, weight in weights.items()}
