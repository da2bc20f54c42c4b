"""ARKit's 52 coefficients to the weights of a model's own expressions and morph targets.

A model that names its morphs or expressions after ARKit is driven directly ("perfect sync").
Another is driven through VRM's presets, mouth shapes and blinks read out of the 52. A model with
neither keeps still, but for its head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from avatar_server.avatar.manifest import Gain
from avatar_server.avatar.material_binds import MaterialBinds
from avatar_server.avatar.model import AvatarModel, ModelExpression
from avatar_server.avatar.presets import Presets
from avatar_server.expression import ARKIT_52, ARKIT_INDEX
from avatar_server.types import FloatArray, MaterialChange

DIRECT_MINIMUM = 8
"""From so many names in common on, a model is taken to be made for ARKit."""

LOOK_NAMES = tuple(name for name in ARKIT_52 if name.startswith("eyeLook"))


class Gains:
    """The manifest's retargeting curves, all 52 at once."""

    def __init__(self, gains: Mapping[str, Gain]) -> None:
        rows = [gains.get(name, Gain()) for name in ARKIT_52]
        self._gain = np.array([g.gain for g in rows], np.float32)
        self._offset = np.array([g.offset for g in rows], np.float32)
        self._max = np.array([g.max for g in rows], np.float32)
        self._curved = [(i, g.curve) for i, g in enumerate(rows) if g.curve != 1.0]

    def apply(self, coefficients: FloatArray) -> FloatArray:
        """clip(gain · valueᶜᵘʳᵛᵉ + offset, 0, max), float32 (52,)."""
        # fmax and fmin drop what is not a number.
        shaped = np.fmax(np.fmin(coefficients, np.float32(1)), np.float32(0))
        for index, curve in self._curved:
            shaped[index] **= curve
        return np.asarray(np.clip(self._gain * shaped + self._offset, 0.0, self._max), np.float32)


class Retarget:
    """How one model is driven: channels (its expressions), and the morphs that each one moves."""

    def __init__(self, model: AvatarModel) -> None:
        direct = arkit_expressions(model)
        self.is_direct = len(direct) >= DIRECT_MINIMUM or (bool(direct) and not model.expressions)
        if self.is_direct:
            self.channels = tuple(direct.values())
            self._columns = np.array([ARKIT_INDEX[name] for name in direct], np.intp)
            self._presets: Presets | None = None
        else:
            self.channels = tuple(model.expressions.values())
            self._presets = Presets(self.channels)
        self._materials = MaterialBinds(self.channels, model.materials)
        self._binds = np.zeros((len(self.channels), len(model.morphs)), np.float32)
        for row, channel in enumerate(self.channels):
            for morph, weight in channel.morphs:
                self._binds[row, morph] += weight
        bound = np.any(self._binds != 0, axis=0) if len(self.channels) else np.zeros(0, bool)
        self._rest = np.array([m.rest_weight for m in model.morphs], np.float32)
        if len(bound):
            self._rest[bound] = 0.0

    def channel_weights(self, face: FloatArray) -> FloatArray:
        """Weight of each of ``channels``, float32 (C,), for a face of 52 coefficients."""
        if self._presets is None:
            return face[self._columns]
        return self._presets.weights(face)

    def morph_weights(self, channel_weights: FloatArray) -> FloatArray:
        """Weight of every morph target, float32 (M,)."""
        return np.asarray(self._rest + channel_weights @ self._binds, np.float32)

    def material_changes(self, channel_weights: FloatArray) -> Mapping[int, MaterialChange]:
        """Materials that these weights change."""
        return self._materials.changes(channel_weights)


def arkit_expressions(model: AvatarModel) -> dict[str, ModelExpression]:
    """What the model has for each ARKit name: its own expression of that name, or else the morphs.

    Upper and lower case, separators, prefixes up to a dot and ``_L``/``_R`` endings do not matter.
    """
    found: dict[str, ModelExpression] = {}
    by_key: dict[str, list[int]] = {}
    for index, morph in enumerate(model.morphs):
        by_key.setdefault(_key(morph.name), []).append(index)
    expressions = {_key(name): e for name, e in model.expressions.items()}
    for name in ARKIT_52:
        for key in _spellings(name):
            if key in expressions:
                found[name] = expressions[key]
            elif key in by_key:
                binds = tuple((index, 1.0) for index in by_key[key])
                found[name] = ModelExpression(name=name, morphs=binds, is_preset=False)
            if name in found:
                break
    return found


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rsplit(".", 1)[-1].lower())


def _spellings(name: str) -> tuple[str, ...]:
    key = name.lower()
    for side, letter in (("left", "l"), ("right", "r")):
        if key.endswith(side):
            return (key, key.removesuffix(side) + letter)
    return (key,)
