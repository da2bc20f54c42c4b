from __future__ import annotations

import math

import numpy as np
import pytest

from avatar_server import native
from avatar_server.avatar.manifest import SpringScales
from avatar_server.avatar.model import AvatarModel, Node, Spring, SpringCollider, SpringJoint
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.avatar.spring_bones import STEP_S, SpringBones
from tests.avatar.figures import BONES, humanoid

HEAD = list(BONES).index("head")
FIRST = len(BONES)
LENGTH = 0.05


def with_hair(
    *, joints: int = 4, colliders: tuple[SpringCollider, ...] = (), center: int = -1, **force: float
) -> AvatarModel:
    """A straight chain that hangs down behind the head."""
    nodes = tuple(
        Node(
            f"hair_{k}",
            HEAD if k == 0 else FIRST + k - 1,
            (0, 0.15, -0.1) if k == 0 else (0, -LENGTH, 0),
        )
        for k in range(joints + 1)
    )
    chain = tuple(SpringJoint(FIRST + k, **force) for k in range(joints + 1))  # type: ignore[arg-type]
    return humanoid(
        extra_nodes=nodes,
        springs=(Spring("hair", chain, tuple(range(len(colliders))), center),),
        spring_colliders=colliders,
    )


class Hair:
    """A chain and what it hangs on."""

    def __init__(self, model: AvatarModel) -> None:
        self.skeleton = Skeleton(model)
        self.springs = SpringBones(model, self.skeleton, SpringScales())
        self.tip = self.skeleton.count - 1

    def at(self, shift: tuple[float, float, float], step_s: float) -> np.ndarray:
        """Global transforms with everything but the chain's own movement shifted."""
        joints = self.skeleton.rest_globals.copy()
        joints[:, :3, 3] += np.float32(shift)
        self.springs.swing(joints, step_s)
        return joints


def test_one_step_is_what_the_specification_computes() -> None:
    hair = Hair(with_hair(joints=1, stiffness=2.0, gravity_power=0.5, drag_force=0.4))
    hair.at((0, 0, 0), 0.0)
    root = hair.skeleton.position(FIRST) + np.float32([0.03, 0, 0])
    tail = hair.skeleton.position(FIRST + 1)
    joints = hair.at((0.03, 0, 0), STEP_S)
    # No inertia at rest; stiffness along the rest direction, gravity down.
    wanted = tail + np.array([0, -1, 0]) * 2.0 * STEP_S + np.array([0, -1, 0]) * 0.5 * STEP_S
    wanted = root + (wanted - root) / np.linalg.norm(wanted - root) * LENGTH
    assert joints[FIRST + 1, :3, 3] == pytest.approx(wanted, abs=1e-6)


def test_bones_keep_their_length_and_gravity_turns_them() -> None:
    sideways = with_hair(joints=3, stiffness=0.2, gravity_power=2.0)
    side = tuple(
        Node(n.name, n.parent, (LENGTH, 0, 0)) if n.name.startswith("hair") else n
        for n in sideways.nodes
    )
    hair = Hair(humanoid(extra_nodes=side[FIRST:], springs=sideways.springs))
    joints = hair.at((0, 0, 0), 0.0)
    places = joints[FIRST : FIRST + 4, :3, 3]
    assert np.linalg.norm(np.diff(places, axis=0), axis=1) == pytest.approx([LENGTH] * 3, abs=1e-5)
    assert places[-1, 1] < places[0, 1] - LENGTH


def test_a_pushed_chain_comes_to_rest() -> None:
    hair = Hair(with_hair(stiffness=1.0, gravity_power=0.2, drag_force=0.3))
    rest = hair.at((0, 0, 0), 1 / 30)[hair.tip, :3, 3]
    away = []
    for frame in range(150):
        pushed = (0.1, 0, 0) if frame < 3 else (0, 0, 0)
        tip = hair.at(pushed, 1 / 30)[hair.tip, :3, 3]
        away.append(float(np.linalg.norm(tip - rest)))
    assert max(away) > 0.02
    assert max(away[30:60]) < max(away[3:30])
    assert away[-1] < 1e-3


@pytest.mark.parametrize("fps", [10, 24, 120, 500])
def test_no_frame_rate_blows_a_chain_up(fps: int) -> None:
    hair = Hair(with_hair(stiffness=3.0, gravity_power=1.0, drag_force=0.05))
    for frame in range(4 * fps):
        time_s = frame / fps
        joints = hair.at((0.2 * math.sin(9 * time_s), 0.1 * math.cos(7 * time_s), 0), 1 / fps)
        assert np.isfinite(joints).all()
        places = joints[FIRST:, :3, 3]
        lengths = np.linalg.norm(np.diff(places, axis=0), axis=1)
        assert lengths == pytest.approx([LENGTH] * 4, rel=1e-3)


def test_a_gap_of_five_seconds_and_a_jump_are_survived() -> None:
    hair = Hair(with_hair(stiffness=1.0, drag_force=0.4))
    hair.at((0, 0, 0), 0.0)
    rest = hair.at((0, 0, 0), 1 / 30)[hair.tip, :3, 3]
    hair.at((1.0, 0.5, 0), 5.0)
    for _ in range(120):
        joints = hair.at((1.0, 0.5, 0), 1 / 30)
    assert joints[hair.tip, :3, 3] - [1.0, 0.5, 0] == pytest.approx(rest, abs=2e-3)


@pytest.mark.parametrize("fps", [15, 24, 30])
def test_frame_rates_agree(fps: int) -> None:
    def path(rate: int) -> np.ndarray:
        hair = Hair(with_hair(stiffness=1.0, gravity_power=0.3, drag_force=0.3))
        tips = []
        for frame in range(2 * rate + 1):
            # Even movement between the samples of the slowest rate, so that all rates see the same.
            time_s = frame / rate
            place = np.interp(time_s, [0, 1 / 3, 1.0, 2.0], [0, 0.15, -0.1, 0])
            joints = hair.at((float(place), 0, 0), 1 / rate if frame else 0.0)
            tips.append(joints[hair.tip, :3, 3])
        return np.array(tips)[:: rate // 3]

    difference = np.linalg.norm(path(fps) - path(60), axis=1)
    assert difference.max() < 0.006


def test_a_sphere_and_a_capsule_keep_tails_out() -> None:
    ball = SpringCollider(HEAD, (0, 0.05, -0.1), 0.06)
    rod = SpringCollider(HEAD, (-0.1, 0.0, -0.1), 0.03, (0.1, 0.0, -0.1))
    hair = Hair(with_hair(colliders=(ball, rod), hit_radius=0.01, stiffness=0.3, gravity_power=1.0))
    for frame in range(60):
        joints = hair.at((0.02 * math.sin(frame / 5), 0, 0.02 * math.cos(frame / 5)), 1 / 30)
    centre = joints[HEAD, :3, 3] + [0, 0.05, -0.1]
    tails = joints[FIRST + 1 :, :3, 3]
    # Keeping the bone's length after the push may take a tail back in by a few millimetres.
    assert np.linalg.norm(tails - centre, axis=1).min() > 0.07 - 5e-3
    axis = joints[HEAD, :3, 3] + [0, 0, -0.1]
    assert np.hypot(tails[:, 1] - axis[1], tails[:, 2] - axis[2]).min() > 0.04 - 5e-3


@pytest.mark.parametrize("compiled", [True, False])
def test_a_sphere_keeps_tails_in(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        monkeypatch.setattr(native, "load", lambda: None)
    ball = SpringCollider(HEAD, (0, 0, 0), 0.24, inside=True)
    pull = {"hit_radius": 0.01, "stiffness": 0.0, "gravity_power": 2.0, "gravity_dir": (1, 0, 0)}
    hair, free = Hair(with_hair(colliders=(ball,), **pull)), Hair(with_hair(**pull))
    reach = []
    for each in (hair, free):
        for frame in range(120):
            joints = each.at((0, 0, 0), 1 / 60 if frame else 0.0)
        tails = joints[FIRST + 1 :, :3, 3] - joints[HEAD, :3, 3]
        reach.append(float(np.linalg.norm(tails, axis=1).max()))
    assert reach[0] < 0.24 < reach[1] - 0.02


def test_a_center_takes_its_chain_along() -> None:
    free = Hair(with_hair(stiffness=0.5, drag_force=0.2))
    bound = Hair(with_hair(stiffness=0.5, drag_force=0.2, center=0))
    for hair in (free, bound):
        hair.at((0, 0, 0), 0.0)
    rest = free.skeleton.rest_globals[free.tip, :3, 3]
    moved = np.float32([0.2, 0, 0])
    assert np.linalg.norm(free.at((0.2, 0, 0), 1 / 30)[free.tip, :3, 3] - rest - moved) > 0.05
    assert bound.at((0.2, 0, 0), 1 / 30)[bound.tip, :3, 3] == pytest.approx(rest + moved, abs=1e-4)
