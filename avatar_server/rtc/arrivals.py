"""What is reported of the packets that come (draft-holmer-rmcat-transport-wide-cc-extensions-01).

The sequence numbers count the packets of all streams of a transport together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from avatar_server.rtc.frame_assembly import SequenceUnwrapper
from avatar_server.rtc.transport_feedback import (
    LARGEST_DELTA,
    TICK_NS,
    TransportFeedback,
)


class ArrivalRecord:
    """When packets arrived, until it has been reported.

    A report begins where the last one ended, so that what is missing between counts as lost. A
    packet that comes after its number was reported as lost is reported again, with all that is
    known of the numbers after it.
    """

    MAX_REPORTED: Final = 4096
    """Numbers that a report goes back at most: ten seconds without a packet at 4 Mbit/s."""
    MAX_ARRIVED: Final = 400
    """Arrivals in one message at most, so that it fits in a datagram."""
    REMEMBERED_TICKS: Final = 500_000_000 // TICK_NS
    REORDERED: Final = 64

    def __init__(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self._sequences = SequenceUnwrapper(16)
        self._arrivals: dict[int, int] = {}
        # The next report begins at _next; nothing below _oldest is remembered in full.
        self._next: int | None = None
        self._end = 0
        self._oldest = 0
        self._count = 0

    def add(self, sequence: int, arrived_ns: int) -> None:
        """Notes a packet. Only the first arrival of a number counts."""
        number = self._sequences.unwrap(sequence)
        if self._next is None:
            self._next = self._end = number
            self._oldest = number - self.REORDERED
        elif number < self._oldest or number in self._arrivals:
            return
        self._arrivals[number] = arrived_ns // TICK_NS
        if number < self._next:
            self._next = number
        if number >= self._end:
            self._end = number + 1

    def take_feedback(self, media_ssrc: int) -> list[TransportFeedback]:
        """Reports what has come since the last report; nothing where that is nothing."""
        if self._next is None or self._next == self._end:
            return []
        first = max(self._next, self._end - self.MAX_REPORTED)
        messages = []
        for base, arrivals in self._cut(first):
            messages.append(TransportFeedback(self._ssrc, media_ssrc, base, self._count, arrivals))
            self._count = (self._count + 1) & 0xFF
        self._next = self._end
        self._forget()
        return messages

    def _cut(self, first: int) -> Iterator[tuple[int, list[int | None]]]:
        """The numbers from ``first`` on in pieces that a message can carry, each with an arrival
        at its end."""
        piece: list[int | None] = []
        base, arrived, before = first, 0, None
        for number in range(first, self._end):
            at = self._arrivals.get(number)
            if at is not None:
                far = before is not None and abs(at - before) > LARGEST_DELTA
                if far or arrived == self.MAX_ARRIVED:
                    assert before is not None
                    kept = len(piece)
                    while piece[kept - 1] is None:
                        kept -= 1
                    yield base, piece[:kept]
                    base, piece, arrived = base + kept, piece[kept:], 0
                before = at
                arrived += 1
            piece.append(at)
        yield base, piece

    def _forget(self) -> None:
        newest = self._arrivals[self._end - 1]
        while True:
            number = next(iter(self._arrivals))
            if newest - self._arrivals[number] <= self.REMEMBERED_TICKS:
                return
            del self._arrivals[number]
            self._oldest = max(self._oldest, number + 1)


class ArrivalReporter:
    """Reports arrivals within a tenth of a second. Runs in the event loop."""

    INTERVAL_S: Final = 0.1

    def __init__(self, ssrc: int, send: Callable[[TransportFeedback], None]) -> None:
        self._record = ArrivalRecord(ssrc)
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.TimerHandle | None = None
        self._media_ssrc = 0

    def add(self, sequence: int, media_ssrc: int, arrived_ns: int) -> None:
        """Notes a packet of the source ``media_ssrc``."""
        self._record.add(sequence, arrived_ns)
        self._media_ssrc = media_ssrc
        if self._due is None:
            self._due = self._loop.call_later(self.INTERVAL_S, self._report)

    def close(self) -> None:
        """Reports no more."""
        if self._due is not None:
            self._due.cancel()

    def _report(self) -> None:
        self._due = None
        for message in self._record.take_feedback(self._media_ssrc):
            self._send(message)
