"""Life when nobody drives the character: breath, blinks, glances, a slow sway.

Everything is a function of the time lived and of random numbers drawn from the character's seed,
so that the same seed lives the same life at any frame rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from avatar_server.avatar.body import Body
from avatar_server.avatar.quaternions import from_degrees
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import FloatArray

BREATH_S = 4.2
"""A calm adult breathes about 14 times a minute (J. Hall, "Guyton and Hall Textbook of Medical
Physiology", 13th edition, chapter 38: 12 to 20)."""

BLINK_MEDIAN_S = 4.0
BLINK_SIGMA = 0.5
"""Intervals between blinks are log-normal; 15 to 20 a minute at rest (A. Bentivoglio et al.,
"Analysis of blink rate patterns in normal subjects", Movement Disorders 12, 1997)."""

BLINK_CLOSE_S = 0.055
BLINK_OPEN_S = 0.105
"""A lid closes about twice as fast as it opens (C. Evinger, K. Manning, P. Sibony, "Eyelid
movements", Investigative Ophthalmology 32, 1991)."""

SACCADE_MEDIAN_S = 1.3
SACCADE_SIGMA = 0.7
SACCADE_S = 0.04
GLANCE = 0.28
"""Typical eyeLook coefficient of a glance; most stay near the viewer."""

WAKE_S = 0.35
REST_S = 1.2
"""How fast idle life gives way to tracking, and comes back."""

_BLINK = np.array([ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]])


@dataclass(slots=True)
class _Sway:
    """A slow wandering between -1 and 1: three sines that do not share a period."""

    phases: tuple[float, float, float]

    def at(self, time_s: float) -> float:
        a, b, c = self.phases
        return (
            0.5 * math.sin(2 * math.pi * time_s / 7.3 + a)
            + 0.3 * math.sin(2 * math.pi * time_s / 11.9 + b)
            + 0.2 * math.sin(2 * math.pi * time_s / 3.7 + c)
        )


class IdleLife:
    """The idle life of one character; ``share`` is how much of it shows, 0 while tracked."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self.time_s = 0.0
        self.share = 0.0
        self._woken = False
        self.blinks: int = 0
        self._blink_at_s = self._next(BLINK_MEDIAN_S, BLINK_SIGMA)
        self._glance_at_s = self._next(SACCADE_MEDIAN_S, SACCADE_SIGMA)
        self._glance_from = self._glance_to = (0.0, 0.0)
        self._glance_started_s = 0.0
        phases = self._random.uniform(0, 2 * math.pi, (3, 3))
        self._sways = [_Sway((float(a), float(b), float(c))) for a, b, c in phases]

    def step(self, step_s: float, tracked: bool) -> None:
        """Lives ``step_s`` seconds."""
        self.time_s += step_s
        goal, pace = (0.0, WAKE_S) if tracked else (1.0, REST_S)
        if not self._woken:
            self._woken, self.share = True, goal
        move = step_s / pace
        self.share += min(max(goal - self.share, -move), move)
        while self.time_s >= self._blink_at_s + BLINK_CLOSE_S + BLINK_OPEN_S:
            self.blinks += 1
            self._blink_at_s += self._next(BLINK_MEDIAN_S, BLINK_SIGMA)
        while self.time_s >= self._glance_at_s:
            self._look_elsewhere()

    def face(self, face: FloatArray) -> None:
        """Adds blinks and glances to ``face`` (52,) in place, as far as idle life shows."""
        share = _smooth(self.share)
        if share <= 0.0:
            return
        lid = share * self.lid()
        face[_BLINK] = np.maximum(face[_BLINK], lid)
        across, up = self.glance()
        for side, outwards in (("Left", 1.0), ("Right", -1.0)):
            out = across * outwards
            for name, value in (("Out", out), ("In", -out), ("Up", up), ("Down", -up)):
                row = ARKIT_INDEX[f"eyeLook{name}{side}"]
                face[row] = min(1.0, float(face[row]) + share * max(0.0, value))

    def body(self, body: Body) -> None:
        """Breathing always; sway as far as idle life shows."""
        share = _smooth(self.share)
        breath = 0.5 - 0.5 * math.cos(2 * math.pi * self.time_s / BREATH_S)
        depth = 0.6 + 0.4 * share
        body.turn("chest", from_degrees(-1.1 * depth * breath, 0, 0))
        body.turn("head", from_degrees(0.7 * depth * breath, 0, 0))
        body.turn("leftShoulder", from_degrees(0, 0, 1.3 * depth * breath))
        body.turn("rightShoulder", from_degrees(0, 0, -1.3 * depth * breath))
        if share > 0.0:
            turn, nod, tilt = (s.at(self.time_s) for s in self._sways)
            body.turn("spine", from_degrees(0.4 * nod * share, 0, 0.9 * tilt * share))
            yaw = 3.0 * turn + 4.0 * self.glance()[0]
            for bone, part in (("neck", 0.4 * share), ("head", 0.6 * share)):
                body.turn(bone, from_degrees(1.5 * nod * part, yaw * part, -1.8 * tilt * part))

    def lid(self) -> float:
        """How far the lids are closed by a blink now, 0 to 1."""
        since = self.time_s - self._blink_at_s
        if since < 0.0:
            return 0.0
        if since < BLINK_CLOSE_S:
            return _smooth(since / BLINK_CLOSE_S)
        return 1.0 - _smooth((since - BLINK_CLOSE_S) / BLINK_OPEN_S)

    def glance(self) -> tuple[float, float]:
        """Where the eyes are: to the person's own left, and up, as signed coefficients."""
        t = _smooth((self.time_s - self._glance_started_s) / SACCADE_S)
        (x0, y0), (x1, y1) = self._glance_from, self._glance_to
        return x0 + (x1 - x0) * t, y0 + (y1 - y0) * t

    def _look_elsewhere(self) -> None:
        self._glance_from, self._glance_started_s = self._glance_to, self._glance_at_s
        if self._random.random() < 0.45:
            self._glance_to = (0.0, 0.0)
        else:
            x, y = self._random.normal(0.0, GLANCE, 2)
            self._glance_to = (float(np.clip(x, -0.7, 0.7)), float(np.clip(0.5 * y, -0.35, 0.35)))
        self._glance_at_s += self._next(SACCADE_MEDIAN_S, SACCADE_SIGMA)

    def _next(self, median_s: float, sigma: float) -> float:
        return max(0.25, float(self._random.lognormal(math.log(median_s), sigma)))


def _smooth(t: float) -> float:
    t = min(1.0, max(0.0, t))
    return t * t * (3.0 - 2.0 * t)
