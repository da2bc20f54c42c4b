"""Puts RTP packets in order and joins them to encoded frames. Knows nothing of sockets.

A frame is handed on at the packet with the marker bit, which ends a picture in VP8 (RFC 7741,
4.1) and H.264 (RFC 6184, 5.1), so no frame waits for the first packet of the next one. A sender
that sets no marker is served by the change of timestamp instead.

A gap is waited for, as a retransmission may fill it. When it has been open too long, everything
up to the next keyframe is given up, because what follows refers to what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_PACKETS: Final = 2048
"""Packets held at most: two 4K keyframes at high quality. More than that behind one gap means
that the gap is not going to be filled."""

MAX_WAIT_NS: Final = 250_000_000
"""How long a gap may stay open: two round trips of a slow connection. A frame that is later than
that is worth less than a keyframe."""


class SequenceUnwrapper:
    """Counts on where a number of ``bits`` bits wraps (RFC 3550, appendix A.1): the value
    nearest to the last one is meant."""

    def __init__(self, bits: int) -> None:
        self._half = 1 << (bits - 1)
        self._modulus = 1 << bits
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        """The whole number that ``value`` stands for."""
        if self._last is None:
            self._last = value
            return value
        step = (value - self._last + self._half) % self._modulus - self._half
        whole = self._last + step
        self._last = max(self._last, whole)
        return whole


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """One RTP packet after the payload format has been read.

    ``sequence`` and ``timestamp`` are unwrapped; ``data`` is codec data, empty in a packet of
    padding; ``arrived_ns`` is monotonic time.
    """

    sequence: int
    timestamp: int
    marker: bool
    data: bytes
    starts_keyframe: bool
    arrived_ns: int


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One picture as the codec made it; ``timestamp`` in ticks of 90 kHz, unwrapped."""

    data: bytes
    timestamp: int
    keyframe: bool
    first_packet_ns: int
    last_packet_ns: int


class FrameAssembler:
    """Packets in, whole frames out, in order."""

    def __init__(self, max_packets: int = MAX_PACKETS, max_wait_ns: int = MAX_WAIT_NS) -> None:
        self._max_packets = max_packets
        self._max_wait_ns = max_wait_ns
        self._packets: dict[int, MediaPacket] = {}
        # First packet of the frame in the making; None until a keyframe has begun.
        self._start: int | None = None
        # First packet that has not come yet, counted from the start: scanning goes on from
        # here, so that a frame of n packets costs n steps and not n squared.
        self._cursor = 0
        self._blocked_since_ns: int | None = None
        self.frames_given_up = 0

    @property
    def needs_keyframe(self) -> bool:
        """No frame can come out until a keyframe has come in."""
        return self._start is None

    def add(self, packet: MediaPacket) -> list[EncodedFrame]:
        """Takes one packet; returns the frames that it completed, which may be several when it
        filled a gap."""
        if self._start is not None and packet.sequence < self._start:
            return []
        self._packets.setdefault(packet.sequence, packet)
        if self._start is None and not self._begin():
            self._forget_oldest()
            return []
        frames = self._take_complete()
        self._watch_gap(packet.arrived_ns)
        if self._start is None and self._begin():
            frames += self._take_complete()
        return frames

    def restart(self) -> None:
        """Forgets everything and waits for a keyframe: after a jump in the numbering."""
        self._packets.clear()
        self._start = None
        self._blocked_since_ns = None

    def _begin(self) -> bool:
        """Starts at the first keyframe among the packets held, if there is one."""
        starts = [seq for seq, packet in self._packets.items() if packet.starts_keyframe]
        if not starts:
            return False
        self._start = self._cursor = min(starts)
        for sequence in [seq for seq in self._packets if seq < self._start]:
            del self._packets[sequence]
        return True

    def _take_complete(self) -> list[EncodedFrame]:
        frames: list[EncodedFrame] = []
        assert self._start is not None
        while (packet := self._packets.get(self._cursor)) is not None:
            first = self._packets[self._start]
            if packet.timestamp != first.timestamp:
                # The last one set no marker: it ended before this packet.
                frames += self._cut(self._cursor)
                continue
            self._cursor += 1
            if packet.marker:
                frames += self._cut(self._cursor)
        return frames

    def _cut(self, end: int) -> list[EncodedFrame]:
        """Takes out the packets from the start to before ``end`` as one frame; none where they
        held padding only."""
        assert self._start is not None
        packets = [self._packets.pop(sequence) for sequence in range(self._start, end)]
        self._start = self._cursor = end
        filled = [packet for packet in packets if packet.data]
        if not filled:
            return []
        arrivals = [packet.arrived_ns for packet in filled]
        return [
            EncodedFrame(
                data=b"".join([packet.data for packet in filled]),
                timestamp=filled[0].timestamp,
                keyframe=filled[0].starts_keyframe,
                first_packet_ns=min(arrivals),
                last_packet_ns=max(arrivals),
            )
        ]

    def _watch_gap(self, now_ns: int) -> None:
        """Gives up on a gap that has been open too long or has too much behind it."""
        assert self._start is not None
        behind = len(self._packets) - (self._cursor - self._start)
        if behind == 0:
            self._blocked_since_ns = None
            return
        if self._blocked_since_ns is None:
            self._blocked_since_ns = now_ns
        waited_ns = now_ns - self._blocked_since_ns
        if waited_ns <= self._max_wait_ns and len(self._packets) <= self._max_packets:
            return
        kept = {seq: packet for seq, packet in self._packets.items() if seq >= self._cursor}
        self.frames_given_up += 1
        self.restart()
        self._packets = kept

    def _forget_oldest(self) -> None:
        """While waiting for a keyframe: its later packets may come first, so some are held."""
        while len(self._packets) > self._max_packets:
            del self._packets[min(self._packets)]


class MissingPackets:
    """Which packets to ask for again (RFC 4585, 6.2.1)."""

    RETRY_NS: Final = 60_000_000
    """A second request before an answer to the first could have come only adds load."""
    MAX_TRIES: Final = 4
    MAX_GAP: Final = 512
    """A wider gap is not loss but a stream that began anew."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._asked: dict[int, tuple[int, int]] = {}

    def received(self, sequence: int) -> bool:
        """Notes a packet; False where the numbering jumped further than loss explains."""
        if self._highest is None:
            self._highest = sequence
            return True
        if sequence <= self._highest:
            self._asked.pop(sequence, None)
            return self._highest - sequence <= 4 * self.MAX_GAP
        if sequence - self._highest > self.MAX_GAP:
            self._highest = sequence
            self._asked.clear()
            return False
        for missing in range(self._highest + 1, sequence):
            self._asked[missing] = (0, 0)
        self._highest = sequence
        return True

    def due(self, now_ns: int) -> list[int]:
        """Sequence numbers to ask for now, in order."""
        due: list[int] = []
        for sequence, (tries, asked_ns) in list(self._asked.items()):
            if tries and now_ns - asked_ns < self.RETRY_NS:
                continue
            if tries == self.MAX_TRIES:
                del self._asked[sequence]
                continue
            self._asked[sequence] = (tries + 1, now_ns)
            due.append(sequence)
        return sorted(due)
