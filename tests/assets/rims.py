"""Finds the openings of a face in its mesh: rims of lids and lips, whoever sculpted it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar import AvatarModel

Floats = NDArray[np.float64]


def morphed(model: AvatarModel, weights: dict[str, float]) -> Floats:
    """(V, 3) positions before skinning, with morphs added by name."""
    positions = model.positions.astype(float)
    for morph in model.morphs:
        weight = weights.get(morph.name, 0.0)
        if weight:
            positions[morph.vertices] += weight * morph.positions
    return positions


def movement(model: AvatarModel, name: str) -> Floats:
    """(V, 3) what one morph adds."""
    return morphed(model, {name: 1.0}) - model.positions


@dataclass(frozen=True)
class Opening:
    """A hole in the skin: ``loop`` (N,) vertices in order around it."""

    loop: NDArray[np.int64]

    def area(self, positions: Floats) -> float:
        """Signed area (m²) seen from the front; positive as the loop runs at first sight."""
        x, y = positions[self.loop, 0], positions[self.loop, 1]
        return float(0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))

    def halves(self, positions: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The two rims between the corners furthest left and right, both from left to right."""
        x = positions[self.loop, 0]
        start, stop = int(np.argmin(x)), int(np.argmax(x))
        turned = np.roll(self.loop, -start)
        at = (stop - start) % len(self.loop)
        first = turned[: at + 1]
        second = np.concatenate([turned[at:], turned[:1]])[::-1]
        return first, second

    def gap(self, rest: Floats, positions: Floats) -> float:
        """The largest distance (m) from a vertex of one rim to the other rim, both ways."""
        first, second = self.halves(rest)
        return max(
            _to_line(positions[first], positions[second]),
            _to_line(positions[second], positions[first]),
        )


def _to_line(points: Floats, line: Floats) -> float:
    a, b = line[:-1], line[1:]
    ab = b - a
    k = ((points[:, None] - a) * ab).sum(-1) / np.maximum((ab**2).sum(-1), 1e-18)
    near = a + np.clip(k, 0, 1)[..., None] * ab
    return float(np.linalg.norm(points[:, None] - near, axis=-1).min(axis=1).max())


def openings(model: AvatarModel) -> list[Opening]:
    """All holes and edges of all surfaces. Vertices at one place that also move alike count as
    one, so that seams of the texture do not look like holes."""
    places = np.hstack([model.positions, movement(model, "jawOpen")])
    _, first, group = np.unique(
        np.round(places / 1e-5).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    same = first[np.asarray(group).reshape(-1)]
    found = []
    for part in model.primitives:
        run = model.indices[part.first_index : part.first_index + part.index_count]
        found += _loops(same[run].reshape(-1, 3))
    return found


def _loops(triangles: NDArray[np.int64]) -> list[Opening]:
    edges = {
        edge for a, b, c in triangles.tolist() for edge in ((a, b), (b, c), (c, a)) if a != b != c
    }
    onward = {b: a for a, b in edges if (b, a) not in edges}
    found = []
    while onward:
        start, at = onward.popitem()
        loop = [start]
        while at != start and at in onward:
            loop.append(at)
            at = onward.pop(at)
        if at == start and len(loop) > 5:
            found.append(Opening(np.array(loop)))
    return found


def opening_moved_by(model: AvatarModel, name: str) -> Opening:
    """The hole that a morph opens or closes most."""
    rest, moved = morphed(model, {}), morphed(model, {name: 1.0})
    return max(openings(model), key=lambda o: abs(o.area(moved) - o.area(rest)))
