"""Tracking every n-th frame."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from avatar_server.expression import ARKIT_INDEX, expression_of
from avatar_server.types import Expression
from avatar_server.workers.sparse_tracking import SparseTracking

JAW = ARKIT_INDEX["jawOpen"]
FPS = 30


def opening(number: int) -> Expression:
    """A jaw that opens and a head that turns by the same amount in each frame."""
    angle = number * 0.02
    return replace(
        expression_of(number / FPS, jawOpen=number * 0.05),
        head_rotation=np.array([0, math.sin(angle / 2), 0, math.cos(angle / 2)], np.float32),
        head_translation=np.array([number * 0.01, 0, 0], np.float32),
    )


def shown(tracking: SparseTracking, numbers: range) -> tuple[list[Expression], int]:
    """What is shown of the frames, and how many of them were tracked."""
    pictures, tracked = [], 0
    for number in numbers:
        if tracking.due():
            tracked += 1
            pictures.append(tracking.tracked(opening(number)))
        else:
            pictures.append(tracking.between(number / FPS))
    return pictures, tracked


def test_usually_every_frame_is_tracked_and_shown_as_it_is():
    pictures, tracked = shown(SparseTracking(), range(10))
    assert tracked == 10
    for number, picture in enumerate(pictures):
        assert np.array_equal(picture.coefficients, opening(number).coefficients)
        assert picture.stream_time_s == number / FPS


@pytest.mark.parametrize("every", [2, 3])
def test_an_even_movement_stays_even_at_a_fraction_of_the_tracking(every):
    tracking = SparseTracking()
    tracking.every = every
    pictures, tracked = shown(tracking, range(12))
    assert tracked == 12 // every
    steady = pictures[every:]
    jaws = [float(picture.coefficients[JAW]) for picture in steady]
    turns = [2 * math.asin(float(picture.head_rotation[1])) for picture in steady]
    places = [float(picture.head_translation[0]) for picture in steady]
    assert np.diff(jaws) == pytest.approx([0.05] * (len(jaws) - 1), abs=1e-5)
    assert np.diff(turns) == pytest.approx([0.02] * (len(jaws) - 1), abs=1e-5)
    assert np.diff(places) == pytest.approx([0.01] * (len(jaws) - 1), abs=1e-5)
    # Every frame has its own time, or springs and smoothing would stand still.
    assert np.diff([p.stream_time_s for p in pictures]) == pytest.approx([1 / FPS] * 11)


def test_frames_far_apart_are_not_joined():
    tracking = SparseTracking()
    tracking.every = 2
    shown(tracking, range(4))
    late = replace(opening(8), stream_time_s=30.0)
    assert tracking.due()
    assert np.array_equal(tracking.tracked(late).coefficients, late.coefficients)


def test_full_tracking_comes_back_with_the_next_frame():
    tracking = SparseTracking()
    tracking.every = 2
    shown(tracking, range(4))
    tracking.every = 1
    pictures, tracked = shown(tracking, range(4, 8))
    assert tracked == 4
    assert pictures[0].coefficients[JAW] == pytest.approx(0.2)
