"""One face after the other to the expression that drives an avatar."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar_server.expression import rotation
from avatar_server.expression.arkit import ARKIT_52, ARKIT_INDEX
from avatar_server.expression.calibration import Calibration, Neutral, usual_neutral
from avatar_server.expression.emotion import EMOTIONS
from avatar_server.expression.one_euro import OneEuroFilter, OneEuroRotation, OneEuroSettings
from avatar_server.face import SCORE_NAMES
from avatar_server.types import Expression, Face, FloatArray

HOLD_S = 0.4
"""How long the last pose stays when the face is gone."""
EASE_S = 1.0
"""How long it then takes to come to rest."""
LARGEST_MOVE_M = 0.25
"""Heads do not leave the picture: further moves are clipped here."""

COEFFICIENT_SMOOTHING: Final = OneEuroSettings(min_cutoff=0.4, beta=3.0, speed_cutoff=4.0)
ROTATION_SMOOTHING: Final = OneEuroSettings(min_cutoff=1.0, beta=6.0, speed_cutoff=4.0)
POSITION_SMOOTHING: Final = OneEuroSettings(min_cutoff=1.0, beta=30.0, speed_cutoff=6.0)

_SCORE_OF_ARKIT: Final = np.array(
    [SCORE_NAMES.index(name) if name in SCORE_NAMES else -1 for name in ARKIT_52]
)


def arkit_coefficients(scores: FloatArray) -> FloatArray:
    """MediaPipe's 52 scores, float32 (52,), in ARKit's order. ``tongueOut``, which the model does
    not know, is 0; ``_neutral``, which ARKit does not know, is left out."""
    return np.where(_SCORE_OF_ARKIT >= 0, scores[_SCORE_OF_ARKIT], 0.0).astype(np.float32)


class ExpressionMapper:
    """Maps a session's faces in stream time: neutral, smoothing, and rest when no face is seen.

    Frames may come at any rate and with gaps; all steps are taken in stream time.
    """

    def __init__(self, neutral: Neutral | None = None) -> None:
        self._neutral = neutral or usual_neutral()
        self._calibration: Calibration | None = None
        self._coefficients = OneEuroFilter(COEFFICIENT_SMOOTHING)
        self._rotation = OneEuroRotation(ROTATION_SMOOTHING)
        self._position = OneEuroFilter(POSITION_SMOOTHING)
        self._held: Expression | None = None
        self._lost_at_s: float | None = None

    def calibrate(self) -> None:
        """Take the next second of tracked frames as this person's resting face."""
        self._calibration = Calibration()

    @property
    def calibrating(self) -> bool:
        return self._calibration is not None

    def reset(self) -> None:
        """Forget the smoothing's past, keep the calibration."""
        self._coefficients.reset()
        self._rotation.reset()
        self._position.reset()
        self._held, self._lost_at_s = None, None

    def map(self, face: Face | None, stream_time_s: float) -> Expression:
        """The expression of ``face`` at ``stream_time_s``; with no face the last one is held for
        0.4 s, then eases to rest over a second."""
        if face is None:
            return self._without_face(stream_time_s)
        coefficients = arkit_coefficients(face.scores)
        head = rotation.from_matrix(face.head[:3, :3]).astype(np.float32)
        position = (face.head[:3, 3] / 100.0).astype(np.float32)
        self._calibrated(coefficients, head, position, stream_time_s)
        if self._lost_at_s is not None:
            self._start_from_rest(stream_time_s)
        expression = Expression(
            coefficients=self._coefficients.step(
                self._neutral.subtract(coefficients), stream_time_s
            ),
            head_rotation=self._rotation.step(self._turned(head), stream_time_s),
            head_translation=self._position.step(self._moved(position), stream_time_s),
            emotion=np.zeros(len(EMOTIONS), np.float32),
            stream_time_s=stream_time_s,
            tracked=True,
        )
        self._held = expression
        return expression

    def _calibrated(
        self, coefficients: FloatArray, head: FloatArray, position: FloatArray, at_s: float
    ) -> None:
        if self._neutral.head_position is None:
            # Where the head is first seen is where it belongs, until somebody calibrates.
            self._neutral = replace(self._neutral, head_position=position)
        if self._calibration is None:
            return
        neutral = self._calibration.add(coefficients, head, position, at_s)
        if neutral is not None:
            self._neutral, self._calibration = neutral, None

    def _turned(self, head: FloatArray) -> FloatArray:
        turned: FloatArray = rotation.between(self._neutral.head_rotation, head).astype(np.float32)
        return turned

    def _moved(self, position: FloatArray) -> FloatArray:
        assert self._neutral.head_position is not None
        moved = position - self._neutral.head_position
        return moved.clip(-LARGEST_MOVE_M, LARGEST_MOVE_M)

    def _start_from_rest(self, at_s: float) -> None:
        """A found face is glided to from what was shown last, not jumped to."""
        self._lost_at_s = None
        shown = self._held
        if shown is not None:
            self._coefficients.reset(shown.coefficients, at_s - 1 / 30)
            self._rotation.reset(shown.head_rotation, at_s - 1 / 30)
            self._position.reset(shown.head_translation, at_s - 1 / 30)

    def _without_face(self, at_s: float) -> Expression:
        if self._held is None:
            return rest_expression(at_s)
        if self._lost_at_s is None or at_s < self._lost_at_s:
            self._lost_at_s, self._last = at_s, self._held
        gone_s = at_s - self._lost_at_s - HOLD_S
        t = min(max(gone_s / EASE_S, 0.0), 1.0)
        keep = 1.0 - t * t * (3.0 - 2.0 * t)
        last = self._last
        self._held = Expression(
            coefficients=last.coefficients * np.float32(keep),
            head_rotation=rotation.slerp(rotation.IDENTITY, last.head_rotation, keep).astype(
                np.float32
            ),
            head_translation=last.head_translation * np.float32(keep),
            emotion=last.emotion,
            stream_time_s=at_s,
            tracked=False,
        )
        return self._held


def rest_expression(stream_time_s: float) -> Expression:
    """Nothing moves: all coefficients 0, the head straight."""
    return Expression(
        coefficients=np.zeros(len(ARKIT_52), np.float32),
        head_rotation=rotation.IDENTITY,
        head_translation=np.zeros(3, np.float32),
        emotion=np.zeros(len(EMOTIONS), np.float32),
        stream_time_s=stream_time_s,
        tracked=False,
    )


def expression_of(at_s: float = 0.0, **coefficients: float) -> Expression:
    """A still expression by ARKit names, as ``expression_of(jawOpen=1)``; for sheets and tests."""
    rest = rest_expression(at_s)
    values = rest.coefficients.copy()
    for name, value in coefficients.items():
        values[ARKIT_INDEX[name]] = value
    return replace(rest, coefficients=values, tracked=True)
