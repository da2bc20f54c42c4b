"""The delay that a server adds, seen from the wire: packets out, packets in."""

from __future__ import annotations

import time
from typing import Any

from avatar_server.probe.rtp_header import header

_LATEST_MATCH_S = 2.0


class WireTap:
    """Notes when the last packet of each camera frame left and when the first packet of each
    avatar frame came, and pairs them.

    The server stamps an avatar frame with its camera frame's RTP time plus an offset that is
    constant for the session. The offset is the one under which most pairs have the same delay.
    """

    def __init__(self) -> None:
        self._out: dict[int, float] = {}
        self._in: dict[int, float] = {}
        self._sequences: dict[int, set[int]] = {}

    def listen(self, dtls_transport: Any) -> None:
        """Stand between aiortc's RTP stack and its DTLS transport."""
        send, handle = dtls_transport._send_rtp, dtls_transport._handle_rtp_data

        async def tapped_send(data: bytes) -> None:
            sent = header(data)
            await send(data)
            if sent is not None and sent.is_video and sent.marker:
                self._out[sent.timestamp] = time.monotonic()

        async def tapped_handle(data: bytes, arrival_time_ms: int) -> None:
            received = header(data)
            if received is not None and received.is_video:
                self._in.setdefault(received.timestamp, time.monotonic())
                self._sequences.setdefault(received.payload_type, set()).add(received.sequence)
            await handle(data, arrival_time_ms)

        dtls_transport._send_rtp = tapped_send
        dtls_transport._handle_rtp_data = tapped_handle

    def packets(self) -> tuple[int, int]:
        """Video packets that came at the first try, and those that did not.

        Retransmissions have a payload type of their own (RFC 4588), so that what was repaired
        still counts as lost. Counts up to 32768 packets, half of the sequence numbers' circle.
        """
        came = max(self._sequences.values(), key=len, default=set())
        if not came:
            return 0, 0
        newest = max(came, key=lambda n: (n - next(iter(came)) + 0x8000) & 0xFFFF)
        oldest = min(came, key=lambda n: (n - next(iter(came)) + 0x8000) & 0xFFFF)
        return len(came), ((newest - oldest) & 0xFFFF) + 1 - len(came)

    def delays_ms(self, from_s: float = 0.0) -> list[float]:
        """Milliseconds from out to in of every avatar frame that came after ``from_s``."""
        offset = self._offset()
        if offset is None:
            return []
        delays = []
        for timestamp, came in sorted(self._in.items(), key=lambda item: item[1]):
            left = self._out.get((timestamp - offset) % (1 << 32))
            if left is not None and came >= from_s and 0 <= came - left < _LATEST_MATCH_S:
                delays.append((came - left) * 1000)
        return delays

    def _offset(self) -> int | None:
        """The server's timestamp less the camera's: the one that pairs most frames, each avatar
        frame after its camera frame, with the least delay among equals."""
        votes: dict[int, tuple[int, float]] = {}
        outs = list(self._out.items())[-400:]
        for timestamp, came in list(self._in.items())[-60:]:
            for out, left in outs:
                if 0 <= came - left < _LATEST_MATCH_S:
                    offset = (timestamp - out) % (1 << 32)
                    count, total = votes.get(offset, (0, 0.0))
                    votes[offset] = (count + 1, total + came - left)
        if not votes:
            return None
        return max(votes, key=lambda offset: (votes[offset][0], -votes[offset][1]))
