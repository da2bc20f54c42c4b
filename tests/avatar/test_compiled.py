"""Posing in C and posing in numpy give the same character."""

import numpy as np
import pytest

from avatar_server import native
from avatar_server.avatar import Character, find_avatar
from avatar_server.builtin import builtin_folder
from avatar_server.expression import load_performance


def poses(avatar, frames):
    character = Character(avatar)
    performance = load_performance(builtin_folder("performances") / "chat.csv")
    character.start_action("dance")
    return [character.pose(performance.at(at)) for at in frames]


@pytest.mark.parametrize("name", ["ani", "rudi"])
def test_compiled_or_not_the_pose_is_the_same(name, monkeypatch):
    assert native.load() is not None, "no C compiler here"
    avatar = find_avatar(name)
    # Uneven, with a pause: steps of every length, tails in and out of colliders.
    frames = np.cumsum(np.random.default_rng(3).choice([1 / 30, 1 / 60, 0.002, 0.25], 150))
    compiled = poses(avatar, frames)
    monkeypatch.setattr(native, "load", lambda: None)
    plain = poses(avatar, frames)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one.positions, other.positions, atol=2e-4)
        # A hundredth is half a degree; a fold's vertex with two opposite pulls may turn by more.
        assert np.percentile(np.abs(one.normals - other.normals), 99.9) < 0.01
    assert max(np.ptp([pose.positions[:, 0] for pose in plain], axis=0)) > 0.02
