"""The caller's voice: counted, and sent back packet by packet where that is asked for."""

from __future__ import annotations

import time
from collections.abc import Sequence

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import (
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
)

from avatar_server.rtc.header_extensions import CongestionExtensions
from avatar_server.rtc.media_transport import MediaTransport
from avatar_server.rtc.reception import ReceptionRecord


class AudioRelay:
    """Both directions of the audio section. Nothing is decoded: an echoed packet keeps its
    payload, sequence number and timestamp, and so its place among lost and late ones."""

    def __init__(
        self,
        transport: MediaTransport,
        codecs: Sequence[RTCRtpCodecParameters],
        ssrc: int,
        echo: bool,
    ) -> None:
        self._transport = transport
        self._clock_rate = codecs[0].clockRate
        self.payload_types = frozenset(
            codec.payloadType for codec in codecs if codec.payloadType is not None
        )
        self.ssrc = ssrc
        self.extensions = CongestionExtensions()
        self.transport_cc = False
        self._echo = echo
        self._clock: tuple[int, int] | None = None
        self.reception = ReceptionRecord(self._clock_rate)
        self.packets_sent = 0
        self.bytes_sent = 0

    # ReceiveStream

    def handle_rtp(self, packet: RtpPacket, arrived_ns: int) -> None:
        self.reception.add(packet)
        if not self._echo:
            return
        echoed = RtpPacket(
            payload_type=packet.payload_type,
            marker=packet.marker,
            sequence_number=packet.sequence_number,
            timestamp=packet.timestamp,
            ssrc=self.ssrc,
            payload=packet.payload,
        )
        if self.transport_cc:
            number = self._transport.transport_sequence(len(packet.payload))
            echoed.extensions.transport_sequence_number = number
        self._transport.send_rtp(echoed.serialize(self.extensions))
        self._clock = (packet.timestamp, arrived_ns)
        self.packets_sent += 1
        self.bytes_sent += len(packet.payload)

    def handle_sender_report(self, report: RtcpSrPacket) -> None:
        self.reception.add_sender_report(report)

    def receiver_reports(self) -> list[RtcpReceiverInfo]:
        return self.reception.reports()

    # SendStream

    def handle_feedback(self, packet: RtcpPsfbPacket | RtcpRtpfbPacket) -> None:
        """Audio takes no feedback: it is not sent again."""

    def handle_receiver_report(self, report: RtcpReceiverInfo) -> None:
        """Audio is not adapted."""

    def sender_info(self, ntp_time: int) -> RtcpSenderInfo | None:
        """As of the video: the source's clock now, so that the two streams stay in step."""
        if self._clock is None:
            return None
        timestamp, at_ns = self._clock
        passed = (time.monotonic_ns() - at_ns) * self._clock_rate // 1_000_000_000
        return RtcpSenderInfo(
            ntp_timestamp=ntp_time,
            rtp_timestamp=(timestamp + passed) & 0xFFFFFFFF,
            packet_count=self.packets_sent & 0xFFFFFFFF,
            octet_count=self.bytes_sent & 0xFFFFFFFF,
        )
