"""Which quality a busy worker can hold: arithmetic on what it measured of itself. Knows of no
thread and no caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from avatar_server.types import Stage

SATURATED: Final = 0.92
"""Share of its time that a pipeline thread works; one that works more makes frames wait."""
SATURATED_SKIPPING: Final = 0.7
"""The same where frames are skipped, which also happens when a network delivers two at once."""
MUCH_SKIPPED: Final = 0.1
"""Share of the frames that were not taken up."""
ROOM: Final = 0.75
"""A better quality is tried where it would keep the thread less busy than this."""
DOWN_AFTER: Final = 2
"""Saturated readings in a row, also after a step, whose effect is to be seen first."""
UP_AFTER: Final = 5
"""Readings with room in a row."""
LONGEST_UP_AFTER: Final = 80
RELAPSE: Final = 10
"""A step up that is taken back within so many readings was a mistake: the next one waits for twice
as many."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A step. Rate and side are shares of what the caller asked for; tracking runs on every
    ``track_every``-th frame."""

    name: str
    frame_rate: float = 1.0
    side: float = 1.0
    track_every: int = 1


STEPS: Final = (
    Quality("full"),
    Quality("fewer_frames", 0.8),
    Quality("few_frames", 2 / 3),
    Quality("half_frames", 0.5),
    Quality("smaller", 0.5, 0.75),
    Quality("small", 0.5, 0.625),
    Quality("half_tracking", 0.5, 0.625, 2),
)
"""From the best: of 30 frames a second 24, 20 and 15, of 512 pixels 384 and 320."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A second of a worker: the share of it in which the pipeline thread worked, the camera frames
    taken up and skipped, and the mean milliseconds of each stage."""

    busy: float
    frames: int
    skipped: int
    stages_ms: Mapping[Stage, float]

    @property
    def saturated(self) -> bool:
        skipping = self.skipped > MUCH_SKIPPED * (self.frames + self.skipped)
        return self.busy > (SATURATED_SKIPPING if skipping else SATURATED)


class Adaptation:
    """Steps down soon and up late."""

    def __init__(self) -> None:
        self.level = 0
        self._saturated = 0
        self._with_room = 0
        self._up_after = UP_AFTER
        self._since_up: int | None = None

    @property
    def quality(self) -> Quality:
        return STEPS[self.level]

    def read(self, reading: Reading) -> bool:
        """Takes a reading; whether another quality holds from now on."""
        self._count(reading)
        if self._saturated >= DOWN_AFTER and self.level < len(STEPS) - 1:
            self._step(+1)
            return True
        if self._with_room >= self._up_after and self.level > 0:
            self._step(-1)
            return True
        return False

    def _count(self, reading: Reading) -> None:
        self._saturated = self._saturated + 1 if reading.saturated else 0
        self._with_room = self._with_room + 1 if self._has_room(reading) else 0
        if self._since_up is not None:
            self._since_up += 1
            if self._since_up > RELAPSE:
                self._since_up = None
                self._up_after = UP_AFTER

    def _has_room(self, reading: Reading) -> bool:
        """Whether the next better quality would fit, too."""
        if self.level == 0 or reading.saturated:
            return False
        better = STEPS[self.level - 1]
        return reading.busy * dearer(self.quality, better, reading.stages_ms) < ROOM

    def _step(self, by: int) -> None:
        self.level += by
        self._saturated = self._with_room = 0
        if by < 0:
            self._since_up = 0
        elif self._since_up is not None:
            self._up_after = min(2 * self._up_after, LONGEST_UP_AFTER)
            self._since_up = None


def dearer(now: Quality, then: Quality, stages_ms: Mapping[Stage, float]) -> float:
    """How many times as much the pipeline would work in the quality ``then``. Drawing is taken as
    proportional to the picture's area, tracking to the share of frames that are tracked."""
    track, draw = (stages_ms.get(stage, 0.0) for stage in (Stage.TRACK, Stage.DRAW))
    before = track + draw + sum(stages_ms.get(stage, 0.0) for stage in (Stage.MAP, Stage.POSE))
    if before <= 0:
        before = draw = 1.0
    after = (
        before
        + track * (now.track_every / then.track_every - 1)
        + draw * ((then.side / now.side) ** 2 - 1)
    )
    return after / before * then.frame_rate / now.frame_rate
