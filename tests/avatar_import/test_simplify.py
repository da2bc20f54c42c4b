"""Models of too many triangles."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import load_model
from avatar_server.avatar.simplify import MAX_TRIANGLES, simplified
from avatar_server.errors import AvatarFileError

from .files import ball
from .side_by_side import rest_rig


def test_a_model_of_many_triangles_is_simplified_and_keeps_its_shape(tmp_path):
    model = load_model(ball(250, 260).write(tmp_path))
    assert 0.9 * MAX_TRIANGLES < model.triangle_count <= MAX_TRIANGLES
    posed = rest_rig(model).positions
    np.testing.assert_allclose(np.linalg.norm(posed, axis=1), 1.0, atol=1e-5)
    triangles = posed[model.indices.reshape(-1, 3)].astype(np.float64)
    crosses = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    # Closed, and outside is still outside: the area and volume are the sphere's.
    assert np.linalg.norm(crosses, axis=1).sum() / 2 == pytest.approx(4 * np.pi, rel=0.01)
    volume = np.einsum("ij,ij->i", triangles[:, 0], crosses).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi, rel=0.01)


def test_vertices_keep_what_is_theirs(tmp_path):
    model = load_model(ball(250, 260).write(tmp_path))
    x, _, z = model.positions.T
    (morph,) = model.morphs
    np.testing.assert_array_equal(morph.vertices, np.flatnonzero(z > 0.95))
    inside = np.hypot(x, z) > 0.1
    u = np.arctan2(x, z) / (2 * np.pi) + 0.5
    gap = np.abs(model.uvs[inside, 0] - u[inside])
    assert np.minimum(gap, 1 - gap).max() < 1e-4


def test_small_models_are_left_alone(tmp_path):
    model = load_model(ball(20, 20).write(tmp_path))
    assert model.triangle_count == 800
    assert simplified(model, limit=1000) is model


def test_a_model_that_cannot_be_simplified_is_refused_with_the_numbers(tmp_path):
    # Without normals every triangle stands alone, and there is no edge to collapse.
    with pytest.raises(AvatarFileError, match=r"its 80,000 triangles .* at most 70,000"):
        load_model(ball(200, 200, with_normals=False).write(tmp_path))
