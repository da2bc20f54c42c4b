"""The bitrate follows the receiver, in few steps."""

from __future__ import annotations

from avatar_server.rtc.bitrate import BitrateController, SendingRate


def controller() -> BitrateController:
    return BitrateController(start=1_000_000, lowest=200_000, highest=2_000_000)


def test_a_low_estimate_of_a_stream_that_sends_little_changes_nothing() -> None:
    rate = controller()
    assert not any(rate.receiver_estimate(500_000, 450_000, t) for t in range(60))
    assert rate.bitrate == 1_000_000


def test_an_estimate_that_stays_short_of_what_is_sent_is_followed_down() -> None:
    rate = controller()
    changes = [rate.receiver_estimate(400_000, 900_000, 0.5 * t) for t in range(4)]
    assert changes == [False, False, True, False]
    assert rate.bitrate == 400_000


def test_one_short_estimate_after_a_keyframe_is_passed_over() -> None:
    rate = controller()
    for t in range(60):
        rate.receiver_estimate(700_000, 1_500_000 if t % 3 == 0 else 650_000, 0.5 * t)
    assert rate.bitrate == 1_000_000


def test_room_is_taken_up_slowly_and_in_large_steps() -> None:
    rate = controller()
    changes = [t for t in range(100) if rate.receiver_estimate(1_100_000 + 20_000 * t, 9e5, t)]
    assert rate.bitrate == 2_000_000 or rate.bitrate > 1_500_000
    assert 1 <= len(changes) <= 3
    assert changes[0] >= BitrateController.RAISE_INTERVAL_S


def test_heavy_loss_brakes_and_its_end_releases() -> None:
    rate = controller()
    for t in range(10):
        rate.loss(0.3, 1.5 * t)
    braked = rate.bitrate
    assert braked < 400_000
    for t in range(200):
        rate.loss(0.0, 20 + t)
    assert rate.bitrate > 2 * braked


def test_the_bounds_hold() -> None:
    rate = controller()
    for t in range(40):
        rate.receiver_estimate(1, 900_000, t)
        rate.loss(1.0, t + 0.5)
    assert rate.bitrate == 200_000
    for t in range(400):
        rate.receiver_estimate(10**9, 200_000, 50 + t)
        rate.loss(0.0, 50.5 + t)
    assert 2_000_000 / BitrateController.RAISE_RATIO <= rate.bitrate <= 2_000_000


def test_the_sending_rate_is_of_the_last_second() -> None:
    sending = SendingRate()
    for frame in range(60):
        sending.add(1250, frame / 30)
    assert abs(sending.at(2.0) - 300_000) <= 10_000
    assert sending.at(4.0) == 0
