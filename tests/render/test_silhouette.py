"""The edges that carry an outline."""

from __future__ import annotations

import numpy as np

from avatar_server.render.silhouette import Silhouette

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
FACES = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)
TRIANGLES = np.concatenate([FACES[:, [0, 1, 2]], FACES[:, [0, 2, 3]]]).astype(np.uint32)


def seen_from_a_corner(points: np.ndarray) -> np.ndarray:
    """(2, V): along the cube's diagonal, where its outline is a hexagon."""
    right, up = np.array([1, -1, 0]) / np.sqrt(2), np.array([-1, -1, 2]) / np.sqrt(6)
    return np.array([points @ right, points @ up], np.float32)


def test_a_cube_seen_from_a_corner_is_a_hexagon():
    fins, ends = Silhouette(CUBE, [TRIANGLES], [False]).fins(seen_from_a_corner(CUBE))
    assert ends.tolist() == [6]
    # All corners but the nearest and the farthest, each also moved outwards.
    assert set(fins.ravel().tolist()) == {1, 2, 3, 4, 5, 6} | {9, 10, 11, 12, 13, 14}


def test_an_edge_is_found_across_a_seam_of_texture_coordinates():
    apart = CUBE[TRIANGLES.ravel()]
    triangles = np.arange(len(apart), dtype=np.uint32).reshape(-1, 3)
    fins, _ = Silhouette(apart, [triangles], [False]).fins(seen_from_a_corner(apart))
    assert len(fins) == 6


def test_groups_are_kept_apart_and_an_open_sheet_has_no_outline():
    sheet = TRIANGLES[[0, 6]]
    silhouette = Silhouette(CUBE, [TRIANGLES, sheet, TRIANGLES], [False] * 3)
    _, ends = silhouette.fins(seen_from_a_corner(CUBE))
    assert ends.tolist() == [6, 6, 12]


def test_a_sheet_that_turns_its_back_has_fins_along_its_borders():
    points = seen_from_a_corner(CUBE)
    faces = [
        len(Silhouette(CUBE, [sheet], [True]).fins(points)[0])
        for sheet in (TRIANGLES[[0, 6]], TRIANGLES[[0, 6]][:, ::-1])
    ]
    assert sorted(faces) == [0, 4]


def test_no_group_has_no_fins():
    fins, ends = Silhouette(CUBE, [], []).fins(seen_from_a_corner(CUBE))
    assert len(fins) == 0
    assert len(ends) == 0
