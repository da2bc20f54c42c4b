"""Quality under load, on readings alone."""

from __future__ import annotations

import itertools

import pytest

from avatar_server.types import Stage
from avatar_server.workers.adaptation import (
    DOWN_AFTER,
    ROOM,
    SATURATED,
    STEPS,
    UP_AFTER,
    Adaptation,
    Quality,
    Reading,
    dearer,
)

STAGES_MS = {Stage.TRACK: 4.0, Stage.MAP: 0.5, Stage.POSE: 1.5, Stage.DRAW: 10.0}
FULL = STEPS[0]


def reading(busy: float, skipped: int = 0) -> Reading:
    return Reading(busy, 30, skipped, STAGES_MS)


class Machine:
    """A pipeline thread that work of ``load`` (of its time, in full quality) is asked of."""

    def __init__(self, load: float) -> None:
        self.load = load
        self.adaptation = Adaptation()

    def second(self) -> str:
        # What it cannot do it skips.
        asked = self.load * dearer(FULL, self.adaptation.quality, STAGES_MS)
        skipped = round(30 * max(0.0, 1 - 1 / asked))
        self.adaptation.read(Reading(min(asked, 1.0), 30 - skipped, skipped, STAGES_MS))
        return self.adaptation.quality.name

    def seconds(self, count: int) -> list[str]:
        return [name for name, _ in itertools.groupby(self.second() for _ in range(count))]


def test_each_step_costs_less_than_the_one_before():
    costs = [dearer(FULL, step, STAGES_MS) for step in STEPS]
    assert costs[0] == 1.0
    assert all(after < before for before, after in itertools.pairwise(costs))


def test_going_there_and_back_costs_the_same():
    """With the stages' times as they are in the lesser quality."""
    small = {**STAGES_MS, Stage.DRAW: 10 * 0.75**2}
    there = dearer(STEPS[3], STEPS[4], STAGES_MS)
    assert there * dearer(STEPS[4], STEPS[3], small) == pytest.approx(1.0)


def test_the_order_is_rate_then_size_then_tracking():
    machine = Machine(load=10.0)
    assert machine.seconds(60) == [step.name for step in STEPS]


def test_quality_stops_falling_where_the_work_fits():
    machine = Machine(load=1.3)
    assert machine.seconds(120) == ["full", "fewer_frames", "few_frames"]


def test_it_comes_back_when_there_is_room():
    machine = Machine(load=10.0)
    machine.seconds(60)
    machine.load = 0.5
    assert machine.seconds(200) == [step.name for step in reversed(STEPS)]


def test_one_bad_second_changes_nothing():
    adaptation = Adaptation()
    changes = [adaptation.read(reading(busy)) for busy in (0.99, 0.5) * 50]
    assert not any(changes)
    assert DOWN_AFTER > 1


def test_frames_that_come_two_at_once_are_no_overload():
    adaptation = Adaptation()
    assert not any(adaptation.read(reading(0.4, skipped=15)) for _ in range(50))
    assert any(adaptation.read(reading(0.8, skipped=15)) for _ in range(DOWN_AFTER))


def test_between_room_and_saturation_it_stays():
    adaptation = Adaptation()
    for _ in range(DOWN_AFTER):
        adaptation.read(reading(SATURATED + 0.01))
    assert adaptation.level == 1
    # At 24 frames a second not too much, at 30 too much.
    assert not any(adaptation.read(reading(ROOM * 0.85)) for _ in range(100))


def test_a_step_up_that_fails_is_tried_later_and_later():
    """A load that only shows in the better quality, such as another program's."""
    adaptation = Adaptation()
    adaptation.level = 1
    ups = []
    for second in range(400):
        before = adaptation.level
        adaptation.read(reading(0.3 if adaptation.level == 1 else 1.0))
        if adaptation.level < before:
            ups.append(second)
    waits = [after - before for before, after in itertools.pairwise(ups)]
    assert waits[0] > UP_AFTER
    assert all(after > before for before, after in itertools.pairwise(waits[:3]))


def test_without_any_frame_the_better_quality_counts_as_dearer():
    assert dearer(Quality("half", 0.5), FULL, {}) == pytest.approx(2.0)
