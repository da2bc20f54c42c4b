"""Where a surface turns away from the viewer: the edges that carry an outline.

An inflated hull shows nothing but a rim along the edges between a triangle that faces the viewer
and one that does not. Finding those in host memory and drawing the rim alone (as fins: Lake et
al., "Stylized Rendering Techniques for Scalable Real-Time 3D Animation", NPAR 2000) covers a fifth
of the pixels that the hull does, nearly all of which are hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatar_server.types import FloatArray

Indices = NDArray[np.uint32]
_Places = NDArray[np.intp]

INDICES_PER_FIN = 6


class Silhouette:
    """The edges of several groups of triangles, and which of them are on the silhouette."""

    def __init__(
        self, positions: FloatArray, groups: Sequence[Indices], with_borders: Sequence[bool]
    ) -> None:
        """``positions`` (V, 3) at rest tell which vertices are one point, as at seams of texture
        coordinates; each group is (n, 3), and has fins along its open borders, too, or not: where
        a sheet that turns its back to the viewer ends."""
        self._vertex_count = len(positions)
        _, point = np.unique(positions, axis=0, return_inverse=True)
        total = sum(len(group) for group in groups)
        pairs = [
            _edge_pairs(point.reshape(-1), group, borders)
            for group, borders in zip(groups, with_borders, strict=True)
        ]
        first = np.cumsum([0, *(len(group) for group in groups)])
        triangles = np.concatenate([*groups, np.empty((0, 3), np.uint32)]).astype(np.intp)
        self._corners = tuple(np.ascontiguousarray(column) for column in triangles.T)
        self._edges = np.concatenate([*(edges for _, edges in pairs), _no_places(4)])
        # What lies beyond a border is the row after the last triangle, and faces the viewer.
        sides = [
            np.where(side >= 0, side + start, total)
            for (side, _), start in zip(pairs, first, strict=False)
        ]
        self._sides = tuple(
            np.ascontiguousarray(column) for column in np.concatenate([*sides, _no_places(2)]).T
        )
        self._ends = np.cumsum([len(edges) for _, edges in pairs])

    @property
    def edge_count(self) -> int:
        """The most fins there can be."""
        return len(self._edges)

    def tables(self) -> tuple[NDArray[np.int32], ...]:
        """All int32, contiguous: the two triangles (E, 2) at each edge, of which n is none, its
        vertices in the one and in the other (E, 4), the triangles (n, 3), and where each group's
        edges end."""
        tables = np.stack(self._sides, axis=1), self._edges, np.stack(self._corners, axis=1)
        return tuple(np.ascontiguousarray(table, np.int32) for table in (*tables, self._ends))

    def fins(self, seen: FloatArray) -> tuple[Indices, NDArray[np.intp]]:
        """The rims' triangles, and where those of each group end.

        ``seen`` (2, V) are the vertices in the picture's plane. Two triangles an edge: uint32
        (n, 6) of indices below V for a vertex and V further for the same one moved outwards. The
        ends count fins."""
        x, y = seen
        a, b, c = self._corners
        left, top = x[a], y[a]
        faces = np.append((x[b] - left) * (y[c] - top) > (x[c] - left) * (y[b] - top), True)
        near, far = self._sides
        found = np.flatnonzero(faces[near] != faces[far])
        # Of the two triangles' vertices, those of the one that faces away: where a hard edge has
        # its own normal on each side, the hull grows from that one.
        edges = self._edges[found]
        start, end = np.where(faces[near[found]][:, None], edges[:, 2:], edges[:, :2]).T
        count = self._vertex_count
        fins = np.empty((len(found), INDICES_PER_FIN), np.uint32)
        for column, index in enumerate(
            (start, end, start + count, start + count, end, end + count)
        ):
            fins[:, column] = index
        return fins, np.searchsorted(found, self._ends)


def _edge_pairs(point: _Places, triangles: Indices, with_borders: bool) -> tuple[_Places, _Places]:
    """The two triangles (E, 2) at each inner edge; its vertices in the one and the other (E, 4).
    The second triangle at a border is -1."""
    corners = triangles.astype(np.intp)
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    owner = np.tile(np.arange(len(corners)), 3)
    low, high = np.sort(point[edges], axis=1).T
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    is_next = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
    same = np.flatnonzero(is_next & (low[1:] != high[1:]))
    one, other = order[same], order[same + 1]
    sides = np.stack([owner[one], owner[other]], axis=1)
    both = np.hstack([edges[one], edges[other]])
    if with_borders and len(order):
        alone = order[~np.append(is_next, False) & ~np.append(False, is_next)]
        sides = np.concatenate([sides, np.stack([owner[alone], np.full(len(alone), -1)], axis=1)])
        both = np.concatenate([both, np.hstack([edges[alone], edges[alone]])])
    return sides, both


def _no_places(columns: int) -> _Places:
    return np.empty((0, columns), np.intp)
