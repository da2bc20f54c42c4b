"""What is told to the sender of a stream, and to whoever watches the session: RTCP receiver
reports (RFC 3550, 6.4)."""

from __future__ import annotations

import time
from typing import Final

from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtcpReceiverInfo, RtcpSrPacket, RtpPacket

MAX_SOURCES: Final = 8
"""A stream has one source and one of retransmissions; a client that invents more costs nothing."""


class ReceptionRecord:
    """Counts the packets of one incoming stream, source by source."""

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._sources: dict[int, StreamStatistics] = {}
        self._sender_reports: dict[int, tuple[int, float]] = {}
        self.packets_received = 0

    def add(self, packet: RtpPacket) -> None:
        source = self._sources.get(packet.ssrc)
        if source is None:
            if len(self._sources) == MAX_SOURCES:
                self._sources.pop(next(iter(self._sources)))
            source = self._sources[packet.ssrc] = StreamStatistics(self._clock_rate)
        source.add(packet)
        self.packets_received += 1

    def add_sender_report(self, report: RtcpSrPacket) -> None:
        if report.ssrc in self._sources:
            if len(self._sender_reports) == MAX_SOURCES:
                self._sender_reports.clear()
            middle = (report.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF
            self._sender_reports[report.ssrc] = (middle, time.monotonic())

    def reports(self) -> list[RtcpReceiverInfo]:
        """One report block a source."""
        now = time.monotonic()
        blocks: list[RtcpReceiverInfo] = []
        for ssrc, source in self._sources.items():
            last_report, at = self._sender_reports.get(ssrc, (0, now))
            blocks.append(
                RtcpReceiverInfo(
                    ssrc=ssrc,
                    fraction_lost=source.fraction_lost,
                    packets_lost=source.packets_lost,
                    highest_sequence=source.cycles + (source.max_seq or 0),
                    jitter=source.jitter,
                    lsr=last_report,
                    dlsr=int((now - at) * 65536) & 0xFFFFFFFF,
                )
            )
        return blocks

    @property
    def packets_lost(self) -> int:
        return sum(source.packets_lost for source in self._sources.values())

    @property
    def jitter_ms(self) -> float:
        """Of the main source: retransmissions bear old timestamps and jitter wildly."""
        main = max(self._sources.values(), key=lambda s: s.packets_received, default=None)
        return 1000.0 * main.jitter / self._clock_rate if main is not None else 0.0
