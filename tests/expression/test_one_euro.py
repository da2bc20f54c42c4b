"""Smoothing: no trembling at rest, no lag in motion, at any frame rate."""

import numpy as np
import pytest

from avatar_server.expression import rotation
from avatar_server.expression.mapper import COEFFICIENT_SMOOTHING, ROTATION_SMOOTHING
from avatar_server.expression.one_euro import OneEuroFilter, OneEuroRotation


def blink(times_s: np.ndarray) -> np.ndarray:
    """Closes in 80 ms from t = 1 s, opens again in 150 ms."""

    def smooth(x: np.ndarray) -> np.ndarray:
        x = np.clip(x, 0, 1)
        return x * x * (3 - 2 * x)

    return smooth((times_s - 1.0) / 0.08) - smooth((times_s - 1.12) / 0.15)


def filtered(values: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    one_euro = OneEuroFilter(COEFFICIENT_SMOOTHING)
    pairs = zip(values, times_s, strict=True)
    return np.array([one_euro.step(np.array([v], np.float32), t)[0] for v, t in pairs])


def lag_ms(values: np.ndarray, smoothed: np.ndarray, times_s: np.ndarray) -> float:
    """The shift of the input that fits the output best."""
    fine = np.arange(0.7, 1.8, 0.001)
    shifts = np.arange(0, 0.1, 0.001)
    shown = np.interp(fine, times_s, smoothed)
    errors = [np.mean((np.interp(fine - s, times_s, values) - shown) ** 2) for s in shifts]
    return float(shifts[int(np.argmin(errors))] * 1000)


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
@pytest.mark.parametrize("height", [0.5, 1.0])
def test_a_blink_lags_less_than_20_ms(fps: int, height: float) -> None:
    times = np.arange(0, 2.5, 1 / fps)
    values = height * blink(times)
    smoothed = filtered(values, times)
    assert lag_ms(values, smoothed, times) < 20
    assert smoothed.max() > 0.85 * values.max()


def test_a_still_face_does_not_tremble() -> None:
    noise = np.random.default_rng(7).normal(0.3, 0.008, 900)
    smoothed = filtered(noise, np.arange(900) / 30)
    assert smoothed[60:].std() < 0.003
    assert noise[60:].std() > 0.007


def test_dropped_frames_do_not_change_where_it_goes() -> None:
    times = np.arange(0, 3, 1 / 30)
    values = np.clip(times - 1, 0, 0.8)
    kept = np.sort(np.random.default_rng(1).choice(len(times), len(times) * 2 // 3, replace=False))
    whole, holed = filtered(values, times), filtered(values[kept], times[kept])
    assert np.abs(whole[kept] - holed).max() < 0.05


def test_time_that_stands_still_gives_the_last_output_again() -> None:
    one_euro = OneEuroFilter(COEFFICIENT_SMOOTHING)
    one_euro.step(np.zeros(1, np.float32), 1.0)
    before = one_euro.step(np.ones(1, np.float32), 1.03)
    assert one_euro.step(np.zeros(1, np.float32), 1.03) == before


def test_after_a_long_gap_it_starts_afresh() -> None:
    one_euro = OneEuroFilter(COEFFICIENT_SMOOTHING)
    one_euro.step(np.zeros(1, np.float32), 0.0)
    assert one_euro.step(np.ones(1, np.float32), 5.0) == 1.0
    assert one_euro.step(np.zeros(1, np.float32), 1.0) == 0.0, "a clock that jumped back"


def test_rotation_takes_the_short_way_and_stays_unit() -> None:
    one_euro = OneEuroRotation(ROTATION_SMOOTHING)
    yaws = []
    for i in range(60):
        target = rotation.from_yaw_pitch_roll(60 * min(i / 30, 1), 20, -10).astype(np.float32)
        # The same rotation has two signs; neither may make the filter spin.
        out = one_euro.step(target * (-1) ** i, i / 30)
        assert np.linalg.norm(out) == pytest.approx(1, abs=1e-5)
        yaws.append(rotation.to_yaw_pitch_roll(out)[0])
    assert np.diff(yaws).min() > -0.1
    assert yaws[-1] == pytest.approx(60, abs=1.5)


def test_rotation_of_a_still_head_is_steadied() -> None:
    rng = np.random.default_rng(3)
    one_euro = OneEuroRotation(ROTATION_SMOOTHING)
    raw, out = [], []
    for i in range(300):
        yaw = rng.normal(0, 0.15)
        raw.append(yaw)
        q = rotation.from_yaw_pitch_roll(yaw, 0, 0).astype(np.float32)
        out.append(rotation.to_yaw_pitch_roll(one_euro.step(q, i / 30))[0])
    assert np.std(out[60:]) < 0.6 * np.std(raw[60:])
