"""The head's pose in C and in numpy."""

import numpy as np
import pytest

from avatar_server import native
from avatar_server.face import FaceModels
from avatar_server.face.head_pose import HeadPoseSolver


@pytest.fixture(scope="module")
def solver() -> HeadPoseSolver:
    return FaceModels().head_pose


def test_compiled_or_not_the_pose_is_the_same(solver):
    assert native.load() is not None, "no C compiler here"
    rng = np.random.default_rng(11)
    for _ in range(200):
        spread, middle = rng.uniform(0.02, 0.6), rng.uniform(0.2, 0.8, 3) * (1, 1, 0.1)
        points = rng.normal(size=(478, 3)) * spread * (0.3, 0.4, 0.2) + middle
        aspect = rng.uniform(0.5, 2.0)
        landmarks = points.astype(np.float32)
        one, other = solver.solve(landmarks, aspect), solver._solve(landmarks, aspect)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
            rotation = one[:3, :3]
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
            assert np.linalg.det(rotation) > 0


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_landmarks_in_one_point_or_nowhere_tell_no_pose(solver, value):
    assert solver.solve(np.full((478, 3), value, np.float32), 1.0) is None
