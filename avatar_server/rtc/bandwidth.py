"""What a path carries, from the times at which packets were sent and arrived, and from their loss
(draft-ietf-rmcat-gcc-02)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiortc.rate import RemoteBitrateEstimator

from avatar_server.rtc.frame_assembly import SequenceUnwrapper
from avatar_server.rtc.transport_feedback import TICK_BITS, TICK_NS, TransportFeedback


class GroupedEstimator:
    """aiortc's estimator of what a path carries, fed with groups of packets: those sent within
    5 ms (draft-ietf-rmcat-gcc-02, 5.2), which it would put together itself, at a cost for each."""

    GROUP: Final = 5 * (1 << 18) // 1000
    SILENCE_MS: Final = 2000

    def __init__(self) -> None:
        self._estimator = RemoteBitrateEstimator()
        self._began = 0
        self._last: tuple[int, int, int] | None = None
        self._size = 0
        self._fed_ms = 0

    def add(
        self, arrival_time_ms: int, abs_send_time: int, payload_size: int, ssrc: int
    ) -> tuple[int, list[int]] | None:
        """Takes a packet; bits per second and the sources they are of, where the group before it
        brings a new estimate. ``abs_send_time`` is in seconds modulo 64 with 18 binary places."""
        estimate = None
        if self._last is not None:
            passed = (abs_send_time - self._began + 0x800000 & 0xFFFFFF) - 0x800000
            if abs(passed) > self.GROUP:
                estimate = self._feed(*self._last)
                self._last = None
        if self._last is None:
            self._began, self._size = abs_send_time, 0
        self._size += payload_size
        self._last = (arrival_time_ms, abs_send_time, ssrc)
        return estimate

    def _feed(self, arrival_ms: int, sent: int, ssrc: int) -> tuple[int, list[int]] | None:
        # The clock may not go back, and the rate counter walks through a silence millisecond by
        # millisecond.
        arrival_ms = max(arrival_ms, self._fed_ms)
        if arrival_ms - self._fed_ms > self.SILENCE_MS:
            self._estimator.incoming_bitrate.reset()
        self._fed_ms = arrival_ms
        return self._estimator.add(arrival_ms, sent, self._size, ssrc)


class SendSideEstimator:
    """What the path carries, from the reports on what was sent over it.

    Delay (draft-ietf-rmcat-gcc-02, 5): the estimator that a receiver would run for REMB, fed with
    send and arrival times from the reports. Loss (6): the share of the packets of a second that
    did not arrive.

    ``on_estimate`` gets bits per second, ``on_loss`` a share of 1 about once a second.
    """

    MAX_IN_FLIGHT: Final = 4096
    ESTIMATE_INTERVAL_S: Final = 0.2
    """An estimate is passed on so often, however often reports come."""
    LOSS_INTERVAL_S: Final = 1.0
    LEAST_PACKETS: Final = 20

    def __init__(
        self, on_estimate: Callable[[int], None], on_loss: Callable[[float], None]
    ) -> None:
        self._on_estimate = on_estimate
        self._on_loss = on_loss
        self._delay = GroupedEstimator()
        self._next = 0
        self._in_flight: dict[int, tuple[float, int]] = {}
        self._missing: set[int] = set()
        self._ticks = SequenceUnwrapper(TICK_BITS)
        self._estimated_s = 0.0
        self._counted_s: float | None = None
        self._arrived = 0
        self._lost = 0

    def stamp(self, size: int, now_s: float) -> int:
        """The transport-wide sequence number (2) of a packet of ``size`` bytes sent at ``now_s``,
        monotonic seconds."""
        number = self._next
        self._next += 1
        self._in_flight[number] = (now_s, size)
        if len(self._in_flight) > self.MAX_IN_FLIGHT:
            del self._in_flight[next(iter(self._in_flight))]
        return number & 0xFFFF

    def handle_feedback(self, feedback: TransportFeedback, now_s: float) -> None:
        """Takes a report that came at ``now_s``. What it says of packets that were not sent, or
        that are known to have arrived, is passed over."""
        self._estimate(self._match(feedback), now_s)
        self._count_loss(now_s)

    def _match(self, feedback: TransportFeedback) -> list[tuple[int, float, int]]:
        """(arrival ticks, sending time, size) of each packet newly known to have arrived."""
        first = self._number(feedback.base_sequence)
        arrived: list[tuple[int, float, int]] = []
        for number, at in enumerate(feedback.arrivals, first):
            if at is None:
                if number in self._in_flight and number not in self._missing:
                    self._missing.add(number)
                    self._lost += 1
                continue
            ticks = self._ticks.unwrap(at)
            sent = self._in_flight.pop(number, None)
            if sent is None:
                continue
            if number in self._missing:
                self._missing.discard(number)
                self._lost = max(0, self._lost - 1)
            self._arrived += 1
            arrived.append((ticks, *sent))
        arrived.sort()
        return arrived

    def _number(self, sequence: int) -> int:
        """The whole number of a packet sent, of whose number the report has 16 bits."""
        latest = self._next - 1
        return latest - ((latest - sequence) & 0xFFFF)

    def _estimate(self, arrived: list[tuple[int, float, int]], now_s: float) -> None:
        bitrate: int | None = None
        for ticks, sent_s, size in arrived:
            estimate = self._delay.add(
                arrival_time_ms=ticks * TICK_NS // 1_000_000,
                abs_send_time=int(sent_s * (1 << 18)) & 0xFFFFFF,
                payload_size=size,
                ssrc=0,
            )
            if estimate is not None:
                bitrate = estimate[0]
        if bitrate is not None and now_s - self._estimated_s >= self.ESTIMATE_INTERVAL_S:
            self._estimated_s = now_s
            self._on_estimate(bitrate)

    def _count_loss(self, now_s: float) -> None:
        if self._counted_s is None:
            self._counted_s = now_s
        told = self._arrived + self._lost
        if now_s - self._counted_s < self.LOSS_INTERVAL_S or told < self.LEAST_PACKETS:
            return
        fraction = self._lost / told
        self._counted_s, self._arrived, self._lost = now_s, 0, 0
        self._missing = {number for number in self._missing if number in self._in_flight}
        self._on_loss(fraction)
