"""Reports of arrivals against what really arrived, and estimates against what a path carries."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from aiortc.rate import RemoteBitrateEstimator

from avatar_server.rtc.arrivals import ArrivalRecord
from avatar_server.rtc.bandwidth import GroupedEstimator, SendSideEstimator
from avatar_server.rtc.transport_feedback import (
    LARGEST_DELTA,
    TICK_NS,
    TransportFeedback,
    take_feedback,
)

MS = 1_000_000


def over_the_wire(messages: Iterable[TransportFeedback]) -> list[TransportFeedback]:
    found = []
    for message in messages:
        data = bytes(message)
        assert len(data) < 1200
        found += take_feedback(data)[0]
    return found


class Listener:
    """Puts reports together, as the sender of the packets does: what has arrived once stays so."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.arrived: dict[int, int] = {}
        self.missing: set[int] = set()
        self.counts: list[int] = []
        self._near = first

    def take(self, messages: Iterable[TransportFeedback]) -> None:
        for message in messages:
            self.counts.append(message.count)
            base = self._near + (message.base_sequence - self._near + 0x8000) % 0x10000 - 0x8000
            for number, at in enumerate(message.arrivals, base):
                if at is None:
                    assert number not in self.arrived, "an arrival was taken back"
                    self.missing.add(number)
                else:
                    assert self.arrived.setdefault(number, at) == at
                    self.missing.discard(number)
            self._near = base + len(message.arrivals)


@pytest.mark.parametrize("seed", range(60))
def test_every_packet_is_told_as_it_came(seed: int) -> None:
    """Lost, reordered, doubled packets, pauses and bursts, across the wrap of the numbers."""
    dice = random.Random(seed)
    loss, reordering = dice.choice([0, 0.02, 0.5]), dice.choice([0, 0.1])
    first = dice.choice([0, 1, 0xFFF0, 0x7FFF])
    record, listener = ArrivalRecord(1), Listener(first)
    now = dice.randint(0, 2**50)
    true: dict[int, int] = {}
    waiting: list[tuple[int, int]] = []
    for number in range(first, first + 3000):
        now += dice.choice([0, 0, MS // 3, 5 * MS, 33 * MS])
        if dice.random() < 0.002:
            now += dice.choice([1, 12]) * 1000 * MS
        if number == first or dice.random() >= loss:
            late = 30 * MS if number > first and dice.random() < reordering else 0
            waiting.append((now + late, number))
        due = sorted(packet for packet in waiting if packet[0] <= now)
        waiting = [packet for packet in waiting if packet[0] > now]
        for at, arrived in due:
            record.add(arrived & 0xFFFF, at)
            true.setdefault(arrived, at // TICK_NS & 0xFFFFFFFF)
            if dice.random() < 0.01:
                record.add(arrived & 0xFFFF, at + MS)
        if number % 12 == 0:
            listener.take(over_the_wire(record.take_feedback(2)))
    listener.take(over_the_wire(record.take_feedback(2)))
    assert listener.arrived == true
    assert listener.missing == set(range(first, max(true))) - set(true)
    assert listener.counts == [count & 0xFF for count in range(len(listener.counts))]


def test_nothing_new_is_not_told() -> None:
    record = ArrivalRecord(1)
    assert record.take_feedback(2) == []
    record.add(5, 0)
    assert len(record.take_feedback(2)) == 1
    record.add(5, MS)
    assert record.take_feedback(2) == []


def test_a_packet_of_long_ago_is_not_told_again() -> None:
    record = ArrivalRecord(1)
    for number in range(100):
        record.add(number, 10 * MS * number)
        record.take_feedback(2)
    # All that came after it is no longer known, and must not be told as lost.
    record.add(3, 1000 * MS)
    assert record.take_feedback(2) == []


def test_a_pause_is_bridged_and_a_very_long_one_is_cut() -> None:
    record = ArrivalRecord(1)
    record.add(0, 0)
    record.add(2, LARGEST_DELTA * TICK_NS)
    record.add(3, (2 * LARGEST_DELTA + 1) * TICK_NS)
    first, second = over_the_wire(record.take_feedback(2))
    assert list(first.arrivals) == [0, None, LARGEST_DELTA]
    assert (second.base_sequence, len(second.arrivals)) == (3, 1)


def test_a_jump_of_the_numbers_costs_little() -> None:
    record = ArrivalRecord(1)
    record.add(0, 0)
    record.take_feedback(2)
    record.add(0x7FFF, MS)
    messages = over_the_wire(record.take_feedback(2))
    assert sum(len(message.arrivals) for message in messages) <= ArrivalRecord.MAX_REPORTED


class Path:
    """A bottleneck with a queue, and the far end's reports every 100 ms; time is made up."""

    def __init__(self, rate_bps: float, loss: float = 0.0) -> None:
        self.rate_bps, self.loss = rate_bps, loss
        self.estimates: list[int] = []
        self.losses: list[float] = []
        self.sender = SendSideEstimator(self.estimates.append, self.losses.append)
        self._record = ArrivalRecord(1)
        self._dice = random.Random(3)
        self._free_s = 0.0
        self.now_s = 1000.0
        self._report_s = self.now_s

    def send(self, bitrate: float, seconds: float) -> None:
        """Frames at 30 a second, in packets of up to 1200 bytes."""
        for _ in range(int(seconds * 30)):
            left = int(bitrate / 30 / 8)
            while left > 0:
                size = min(left, 1200)
                left -= size
                number = self.sender.stamp(size, self.now_s)
                self._free_s = max(self._free_s, self.now_s) + size * 8 / self.rate_bps
                if self._dice.random() >= self.loss:
                    self._record.add(number, int((self._free_s + 0.02) * 1e9))
            self.now_s += 1 / 30
            if self.now_s - self._report_s > 0.1:
                self._report_s = self.now_s
                for message in over_the_wire(self._record.take_feedback(2)):
                    self.sender.handle_feedback(message, self.now_s)


def test_groups_bring_the_estimate_that_single_packets_bring() -> None:
    dice = random.Random(4)
    single, grouped = RemoteBitrateEstimator(), GroupedEstimator()
    estimates: tuple[list[int], list[int]] = ([], [])
    free_s = 0.0
    for frame in range(1200):
        carried = 600e3 if 400 < frame < 500 else 20e6
        for packet in range(4):
            sent_s = frame / 30 + packet * 0.0002
            free_s = max(free_s, sent_s) + 1000 * 8 / carried
            arrived_ms = int(1000 * (free_s + 0.02 + 0.002 * dice.random()))
            for estimator, found in zip((single, grouped), estimates, strict=True):
                estimate = estimator.add(arrived_ms, int(sent_s * 2**18) & 0xFFFFFF, 1000, 1)
                if estimate is not None:
                    found.append(estimate[0])
    assert estimates[1][-1] == pytest.approx(estimates[0][-1], rel=0.1)
    assert min(estimates[1]) == pytest.approx(min(estimates[0]), rel=0.2)


def test_a_wide_path_lets_the_estimate_grow() -> None:
    path = Path(20e6)
    path.send(1e6, 20)
    assert path.estimates[-1] > 1.4e6
    assert path.losses
    assert max(path.losses) == 0


def test_a_narrow_path_brings_the_estimate_down_and_a_wider_one_up() -> None:
    path = Path(20e6)
    path.send(1e6, 10)
    path.rate_bps = 600e3
    path.send(1e6, 3)
    assert path.estimates[-1] < 600e3
    path.rate_bps = 20e6
    path.send(500e3, 30)
    assert path.estimates[-1] > 650e3


def test_loss_is_told_once_a_second() -> None:
    path = Path(20e6, loss=0.2)
    path.send(1e6, 20)
    assert 15 <= len(path.losses) <= 20
    assert sum(path.losses) / len(path.losses) == pytest.approx(0.2, abs=0.05)


def test_a_packet_that_was_late_was_not_lost() -> None:
    path = Path(20e6)
    for turn in range(2):
        now = 0.9 * turn
        base, *_ = [path.sender.stamp(1000, now) for _ in range(30)]
        arrivals: list[int | None] = [4000 * turn + index for index in range(30)]
        gap = [*arrivals[:10], None, *arrivals[11:]]
        path.sender.handle_feedback(TransportFeedback(1, 2, base, 0, gap), now)
        late = TransportFeedback(1, 2, base + 10, 0, [arrivals[10]])
        path.sender.handle_feedback(late, now + 0.2)
    assert path.losses == [0.0]


def test_reports_on_what_was_never_sent_change_nothing() -> None:
    path = Path(20e6)
    dice = random.Random(1)
    path.sender.handle_feedback(TransportFeedback(1, 2, 0, 0, [1, None, 3]), 0.0)
    path.send(1e6, 5)
    heard = len(path.losses)
    for _ in range(200):
        arrivals = [dice.choice([None, dice.getrandbits(32)]) for _ in range(50)]
        path.sender.handle_feedback(
            TransportFeedback(1, 2, dice.randint(5000, 60000), 0, arrivals), path.now_s
        )
    assert len(path.losses) == heard


def test_wild_arrival_times_are_survived() -> None:
    """A clock that leaps days at a time must not hold up the event loop."""
    path = Path(20e6)
    for step in range(50):
        numbers = [path.sender.stamp(1000, step) for _ in range(2)]
        arrivals = [step * 0x30000000 & 0xFFFFFFFF, None]
        path.sender.handle_feedback(TransportFeedback(1, 2, numbers[0], 0, arrivals), step)
    path.send(1e6, 20)
    assert path.estimates
