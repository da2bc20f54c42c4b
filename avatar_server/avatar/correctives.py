"""Corrective morphs: shapes that mend what two others do together."""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.manifest import Manifest
from avatar_server.avatar.model import AvatarModel
from avatar_server.expression import ARKIT_52, ARKIT_INDEX
from avatar_server.types import FloatArray

_ONE = len(ARKIT_52)
"""Column behind the 52 that always holds 1: what shorter lists of drivers are filled up with."""


class Correctives:
    """The manifest's correctives on one model. Those whose morph or drivers the model lacks are
    left out: validation reports them."""

    def __init__(self, manifest: Manifest, model: AvatarModel) -> None:
        rows: dict[str, list[int]] = {}
        for index, morph in enumerate(model.morphs):
            rows.setdefault(morph.name, []).append(index)
        targets: list[int] = []
        drivers: list[list[int]] = []
        for corrective in manifest.correctives:
            columns = [_column(name, rows) for name in corrective.drivers]
            if None not in columns:
                for target in rows.get(corrective.morph, ()):
                    targets.append(target)
                    drivers.append([c for c in columns if c is not None])
        width = max(map(len, drivers), default=1)
        self._targets = np.array(targets, np.intp)
        self._drivers = np.array([d + [_ONE] * (width - len(d)) for d in drivers], np.intp).reshape(
            -1, width
        )

    def apply(self, face: FloatArray, weights: FloatArray) -> None:
        """Writes the product of its drivers into ``weights`` (M,) for each corrective; drivers are
        coefficients of ``face`` (52,) or, by any other name, morphs."""
        if len(self._targets):
            values = np.concatenate([face, [1.0], weights])
            weights[self._targets] = values[self._drivers].prod(axis=1)


def _column(name: str, rows: dict[str, list[int]]) -> int | None:
    if name in ARKIT_INDEX:
        return ARKIT_INDEX[name]
    return _ONE + 1 + rows[name][0] if name in rows else None
