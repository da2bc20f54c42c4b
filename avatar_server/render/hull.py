"""Where an outline shows more than its rim: the hull's triangles that are drawn whole.

An inflated hull is drawn from its inner side, behind the surface. The rim of it is drawn as fins
(silhouette.py). The rest is seen in two cases: through a blended surface that keeps no depth, and
on the inner side of an open surface that is drawn from its outer side alone, as of a cup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.simplify import rest_positions
from avatar_server.render.draw_list import Run, has_outline, is_veil, pieces_of
from avatar_server.types import FloatArray

Indices = NDArray[np.uint32]

_SIDE = 192
"""Pixels of the picture in which insides are looked for."""
_EMPTY = -1
_OUTSIDE = -1
_SEEN_SHARE = 0.25
_CRUMB = 0.003
"""Of the inner side of a piece at rest, and of all that is drawn: what is seen of less than both
stays as it is, as under single strands of hair."""


def hulls_of(model: AvatarModel, runs: Sequence[Run]) -> dict[int, Indices]:
    """The triangles (n, 3) of each run's hull that are drawn, by the run's row."""
    hulls: dict[int, Indices] = {}
    open_runs: dict[int, NDArray[np.intp]] = {}
    for row, run in enumerate(runs):
        material = model.materials[run.material]
        if not has_outline(material):
            continue
        if is_veil(material):
            hulls[row] = run.triangles
        elif not material.double_sided:
            open_runs[row] = pieces_of(run, model.positions)
    if open_runs:
        hulls |= _seen_insides(model, runs, open_runs)
    return dict(sorted(hulls.items()))


def _seen_insides(
    model: AvatarModel, runs: Sequence[Run], open_runs: dict[int, NDArray[np.intp]]
) -> dict[int, Indices]:
    """Of ``open_runs``, with the piece of each triangle, the pieces whose inner side is seen at
    rest from the front, to which all characters face.

    Painted from back to front: small errors of order only change what is hidden anyway."""
    corners = _in_picture(rest_positions(model))
    painted: list[tuple[NDArray[np.int32], FloatArray, NDArray[np.int64]]] = []
    pieces = [(_OUTSIDE, 0)]
    for row, run in enumerate(runs):
        material = model.materials[run.material]
        if is_veil(material) or not len(run.triangles):
            continue
        at = corners[run.triangles]
        sides = _twice_area(at)
        label = np.zeros(len(at), np.int64)
        shown = sides < 0 if not material.double_sided else np.ones(len(at), bool)
        if row in open_runs:
            label = np.where(shown, 0, len(pieces) + open_runs[row])
            pieces += [(row, piece) for piece in range(int(open_runs[row].max()) + 1)]
            shown = np.ones(len(at), bool)
        painted.append((at[shown, :, :2].astype(np.int32), at[shown, :, 2].mean(1), label[shown]))
    triangles, depths, labels = (np.concatenate(parts) for parts in zip(*painted, strict=True))
    canvas = np.full((_SIDE, _SIDE), _EMPTY, np.int32)
    alone = np.zeros(len(pieces))
    for place in np.argsort(depths):
        cv2.fillConvexPoly(canvas, triangles[place], int(labels[place]))
    np.add.at(alone, labels, np.abs(_twice_area(triangles)) / 2)
    seen = np.bincount(canvas[canvas != _EMPTY], minlength=len(pieces))
    least = np.maximum(_SEEN_SHARE * alone, max(_CRUMB * int((canvas != _EMPTY).sum()), 1.0))
    is_seen = seen >= least
    found: dict[int, Indices] = {}
    for row, piece in open_runs.items():
        kept = [p for label, (owner, p) in enumerate(pieces) if owner == row and is_seen[label]]
        if kept:
            found[row] = runs[row].triangles[np.isin(piece, kept)]
    return found


def _twice_area(corners: NDArray[Any]) -> NDArray[Any]:
    """(n,) of triangles (n, 3, 2 or more) in the picture; negative where one faces the viewer."""
    (x0, y0), (x1, y1), (x2, y2) = (corners[:, k, :2].T for k in range(3))
    twice: NDArray[Any] = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    return twice


def _in_picture(positions: FloatArray) -> FloatArray:
    """float32 (V, 3): across, down, and towards the viewer, in a square picture of ``_SIDE``."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    scale = (_SIDE - 1) / max(float((high - low)[:2].max()), 1e-9)
    placed = (positions - low) * scale
    placed[:, 1] = _SIDE - 1 - placed[:, 1]
    return np.asarray(placed, np.float32)
