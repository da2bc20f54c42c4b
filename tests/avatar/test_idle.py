from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import Character
from avatar_server.avatar.idle import BLINK_CLOSE_S, BLINK_OPEN_S, IdleLife
from avatar_server.expression import ARKIT_INDEX
from tests.avatar.figures import BONES, avatar, expression

HEAD = list(BONES).index("head")


def blink_times(seed: int, seconds: float, fps: int) -> np.ndarray:
    life = IdleLife(seed)
    times, closed = [], False
    for frame in range(int(seconds * fps)):
        life.step(1 / fps if frame else 0.0, tracked=False)
        if life.lid() > 0 and not closed:
            times.append(life.time_s)
        closed = life.lid() > 0
    return np.array(times)


def test_blinks_come_at_human_intervals() -> None:
    intervals = np.diff(blink_times(seed=3, seconds=1800, fps=30))
    assert len(intervals) > 300
    assert np.median(intervals) == pytest.approx(4.0, rel=0.12)
    # Log-normal: symmetric in the logarithm, so the mean lies above the median.
    assert np.mean(intervals) > 1.05 * np.median(intervals)
    assert np.std(np.log(intervals)) == pytest.approx(0.5, abs=0.1)


def test_a_lid_closes_faster_than_it_opens() -> None:
    assert BLINK_CLOSE_S < 0.7 * BLINK_OPEN_S
    life, shut = IdleLife(1), []
    for _ in range(20000):
        life.step(0.001, tracked=False)
        shut.append(life.lid())
    lid = np.array(shut)
    assert lid.max() > 0.999
    first = np.flatnonzero(lid > 0)
    run = first[: np.argmax(np.diff(first, append=10**9) > 1) + 1]
    assert len(run) * 0.001 == pytest.approx(BLINK_CLOSE_S + BLINK_OPEN_S, abs=0.003)


def test_the_same_seed_lives_the_same_life_and_another_does_not() -> None:
    same = [blink_times(7, 60, 30), blink_times(7, 60, 30)]
    assert np.array_equal(*same)
    other = blink_times(8, 60, 30)
    assert len(other) != len(same[0]) or not np.allclose(other, same[0])


def test_tracking_silences_idle_life_but_for_the_breath() -> None:
    character = Character(avatar(), seed=2)
    blinks, heads, chests = [], [], []
    for frame in range(300):
        rig = character.pose(expression(frame / 30))
        blinks.append(rig.morph_weights[ARKIT_INDEX["eyeBlinkLeft"]])
        heads.append(rig.joints[HEAD, :3, 2])
        chests.append(rig.joints[list(BONES).index("chest"), 1, 2])
    assert max(blinks) == 0
    assert np.ptp(np.array(heads)[:, 0]) < 1e-3
    assert np.ptp(chests) > 0.005


def test_idle_life_comes_and_goes_without_a_jump() -> None:
    character = Character(avatar(), seed=2)
    before, steps = None, []
    for frame in range(600):
        tracked = 200 <= frame < 400
        rig = character.pose(expression(frame / 30, tracked=tracked))
        if before is not None:
            steps.append(np.abs(rig.joints[HEAD] - before).max())
        before = rig.joints[HEAD]
    assert max(steps) < 0.05
    assert max(steps) > 1e-3
