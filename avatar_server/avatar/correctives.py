"""Corrective morphs: shapes that mend what two others do together."""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.manifest import Manifest
from avatar_server.avatar.model import AvatarModel
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import FloatArray


class Correctives:
    """The manifest's correctives on one model. Those whose morph the model lacks are left out:
    validation reports them."""

    def __init__(self, manifest: Manifest, model: AvatarModel) -> None:
        rows: dict[str, list[int]] = {}
        for index, morph in enumerate(model.morphs):
            rows.setdefault(morph.name, []).append(index)
        self._entries: list[tuple[list[int], list[int], list[int]]] = []
        for corrective in manifest.correctives:
            faces = [ARKIT_INDEX[d] for d in corrective.drivers if d in ARKIT_INDEX]
            others = [rows[d][0] for d in corrective.drivers if d not in ARKIT_INDEX and d in rows]
            if corrective.morph in rows and len(faces) + len(others) == len(corrective.drivers):
                self._entries.append((rows[corrective.morph], faces, others))

    def apply(self, face: FloatArray, weights: FloatArray) -> None:
        """Writes the product of its drivers into ``weights`` (M,) for each corrective; drivers are
        coefficients of ``face`` (52,) or, by any other name, morphs."""
        for targets, faces, others in self._entries:
            product = np.prod(face[faces]) * np.prod(weights[others])
            weights[targets] = product
