"""RTP and RTCP of one session over aiortc's DTLS transport.

A session has at most one audio and one video section, all bundled, so the payload type alone
tells the stream (RFC 9143, 10.2). Everything here runs in the event loop and never waits.
"""

from __future__ import annotations

import asyncio
import logging
import random
import struct
import time
from collections.abc import Callable
from typing import Final, Protocol, SupportsBytes

import pylibsrtp
from aiortc import RTCDtlsTransport
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
    is_rtcp,
    unpack_remb_fci,
)

from avatar_server.rtc.arrivals import ArrivalReporter
from avatar_server.rtc.bandwidth import SendSideEstimator
from avatar_server.rtc.header_extensions import CongestionExtensions
from avatar_server.rtc.ice import IceConnection
from avatar_server.rtc.transport_feedback import take_feedback

logger = logging.getLogger(__name__)

_MALFORMED: Final = (pylibsrtp.Error, ValueError, IndexError, struct.error)
"""What reading a packet raises that was forged, damaged or made up."""


class ReceiveStream(Protocol):
    """A stream that comes in."""

    payload_types: frozenset[int]

    def handle_rtp(self, packet: RtpPacket, arrived_ns: int) -> None: ...
    def handle_sender_report(self, report: RtcpSrPacket) -> None: ...
    def receiver_reports(self) -> list[RtcpReceiverInfo]: ...


class SendStream(Protocol):
    """A stream that goes out."""

    ssrc: int

    def handle_feedback(self, packet: RtcpPsfbPacket | RtcpRtpfbPacket) -> None: ...
    def handle_receiver_report(self, report: RtcpReceiverInfo) -> None: ...
    def sender_info(self, ntp_time: int) -> RtcpSenderInfo | None: ...


class MediaTransport:
    """Sends and receives the packets of the session's streams, and reports on them.

    ``extensions`` are those of the packets that come in."""

    def __init__(self, dtls: RTCDtlsTransport, cname: str) -> None:
        self._dtls = dtls
        self._cname = cname.encode()
        self.extensions = CongestionExtensions()
        self._ice: IceConnection | None = None
        self._receivers: dict[int, ReceiveStream] = {}
        self._senders: dict[int, SendStream] = {}
        self._reporting: asyncio.Task[None] | None = None
        self._arrivals: ArrivalReporter | None = None
        self._estimator: SendSideEstimator | None = None
        self.bytes_received = 0
        self.packets_received = 0
        self.bytes_sent = 0
        self.packets_sent = 0

    def use(self, ice: IceConnection) -> None:
        """Sends over ``ice`` from now on."""
        self._ice = ice

    def add_receiver(self, stream: ReceiveStream) -> None:
        for payload_type in stream.payload_types:
            self._receivers[payload_type] = stream

    def add_sender(self, stream: SendStream) -> None:
        self._senders[stream.ssrc] = stream

    def use_transport_cc(
        self, ssrc: int, on_estimate: Callable[[int], None], on_loss: Callable[[float], None]
    ) -> None:
        """Reports arrivals as the source ``ssrc`` from now on, and makes estimates of what comes
        back; see ``SendSideEstimator`` for the two callbacks."""
        self._arrivals = ArrivalReporter(ssrc, self.send_rtcp)
        self._estimator = SendSideEstimator(on_estimate, on_loss)

    def start_reports(self) -> None:
        """Starts sending RTCP reports; once."""
        if self._reporting is None:
            self._reporting = asyncio.create_task(self._report_forever())

    async def stop(self) -> None:
        """Says goodbye (RFC 3550, 6.6) and lets go of the streams."""
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.gather(self._reporting, return_exceptions=True)
            self._reporting = None
        if self._arrivals is not None:
            self._arrivals.close()
            self._arrivals = None
        if self._senders:
            self.send_rtcp(RtcpByePacket(sources=list(self._senders)))
        self._senders.clear()
        self._receivers.clear()

    # Out

    def transport_sequence(self, size: int) -> int | None:
        """The transport-wide number of a packet of ``size`` bytes that is sent now; None where
        transport-wide congestion control was not agreed on."""
        return self._estimator.stamp(size, time.monotonic()) if self._estimator else None

    def send_rtp(self, data: bytes) -> None:
        """Protects and sends one serialised RTP packet; drops it while there is no connection."""
        srtp = self._dtls._tx_srtp
        if srtp is None or self._ice is None:
            return
        try:
            protected = srtp.protect(data)
        except pylibsrtp.Error as error:
            logger.debug("An RTP packet was not sent: %s", error)
            return
        self._ice.send_now(protected)
        self.bytes_sent += len(protected)
        self.packets_sent += 1

    def send_rtcp(self, *packets: SupportsBytes) -> None:
        """Sends a compound RTCP packet."""
        srtp = self._dtls._tx_srtp
        if srtp is None or self._ice is None:
            return
        try:
            protected = srtp.protect_rtcp(b"".join([bytes(packet) for packet in packets]))
        except pylibsrtp.Error as error:
            logger.debug("An RTCP packet was not sent: %s", error)
            return
        self._ice.send_now(protected)
        self.bytes_sent += len(protected)
        self.packets_sent += 1

    # In

    def handle_datagram(self, data: bytes) -> bool:
        """Takes a packet that is SRTP or SRTCP; True where it was (RFC 7983, 7)."""
        srtp = self._dtls._rx_srtp
        if srtp is None or not data or not 127 < data[0] < 192:
            return False
        self.bytes_received += len(data)
        self.packets_received += 1
        arrived_ns = time.monotonic_ns()
        try:
            if is_rtcp(data):
                self._handle_rtcp(srtp.unprotect_rtcp(data))
            else:
                self._handle_rtp(srtp.unprotect(data), arrived_ns)
        except _MALFORMED as error:
            logger.debug("A media packet was dropped: %s", error)
        return True

    def _handle_rtp(self, data: bytes, arrived_ns: int) -> None:
        stream = self._receivers.get(data[1] & 0x7F)
        if stream is None:
            return
        packet = RtpPacket.parse(data, self.extensions)
        number = packet.extensions.transport_sequence_number
        if number is not None and self._arrivals is not None:
            self._arrivals.add(number, packet.ssrc, arrived_ns)
        stream.handle_rtp(packet, arrived_ns)

    def _handle_rtcp(self, data: bytes) -> None:
        messages, data = take_feedback(data)
        if self._estimator is not None:
            for message in messages:
                self._estimator.handle_feedback(message, time.monotonic())
        for packet in RtcpPacket.parse(data):
            if isinstance(packet, RtcpSrPacket):
                for receiver in set(self._receivers.values()):
                    receiver.handle_sender_report(packet)
            if isinstance(packet, RtcpSrPacket | RtcpRrPacket):
                for report in packet.reports:
                    if (sender := self._senders.get(report.ssrc)) is not None:
                        sender.handle_receiver_report(report)
            elif isinstance(packet, RtcpPsfbPacket | RtcpRtpfbPacket):
                for ssrc in _targets(packet):
                    if (sender := self._senders.get(ssrc)) is not None:
                        sender.handle_feedback(packet)

    # Reports

    async def _report_forever(self) -> None:
        while True:
            # Spread over 0.5 to 1.5 of the interval, so that sessions do not fall into step
            # (RFC 3550, 6.3.1).
            await asyncio.sleep(0.5 + random.random())
            self._report()

    def _report(self) -> None:
        blocks = [
            block
            for receiver in set(self._receivers.values())
            for block in receiver.receiver_reports()
        ]
        packets: list[AnyRtcpPacket] = []
        now = ntp_now()
        for sender in self._senders.values():
            info = sender.sender_info(now)
            if info is None:
                packets.append(RtcpRrPacket(ssrc=sender.ssrc, reports=blocks))
            else:
                packets.append(RtcpSrPacket(ssrc=sender.ssrc, sender_info=info, reports=blocks))
            blocks = []
        if not packets:
            return
        chunks = [RtcpSourceInfo(ssrc=ssrc, items=[(1, self._cname)]) for ssrc in self._senders]
        self.send_rtcp(*packets, RtcpSdesPacket(chunks=chunks))


def _targets(packet: RtcpPsfbPacket | RtcpRtpfbPacket) -> list[int]:
    """The senders that a feedback packet means. REMB and FIR name them in their own body."""
    if packet.media_ssrc or isinstance(packet, RtcpRtpfbPacket):
        return [packet.media_ssrc]
    if packet.fmt == RTCP_PSFB_APP:
        return unpack_remb_fci(packet.fci)[1]
    return [int.from_bytes(packet.fci[at : at + 4], "big") for at in range(0, len(packet.fci), 8)]


def ntp_now() -> int:
    """The time as NTP writes it: seconds since 1900 in units of 2**-32 (RFC 5905, 6)."""
    nanoseconds = time.time_ns()
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return ((seconds + 2_208_988_800) << 32) | ((rest << 32) // 1_000_000_000)
