"""Teaches an aiortc peer transport-wide congestion control, of which aiortc has the header
extension alone."""

from __future__ import annotations

import re
import time

from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, is_rtcp

from avatar_server.rtc.arrivals import ArrivalReporter
from avatar_server.rtc.bandwidth import SendSideEstimator
from avatar_server.rtc.transport_feedback import (
    TRANSPORT_CC_URI,
    TransportFeedback,
    take_feedback,
)

EXTENSION_ID = 5
# As aiortc offers them itself.
OTHER_EXTENSIONS = {
    1: "urn:ietf:params:rtp-hdrext:sdes:mid",
    3: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
}


def with_transport_cc(offer: str) -> str:
    """The offer with the header extension in each section, and the feedback for each codec."""
    lines = []
    for line in offer.splitlines():
        lines.append(line)
        if line.startswith("a=mid:") and "m=application" not in "".join(lines):
            lines.append(f"a=extmap:{EXTENSION_ID} {TRANSPORT_CC_URI}")
        elif codec := re.match(r"a=rtpmap:(\d+) (VP8|H264|opus)/", line):
            lines.append(f"a=rtcp-fb:{codec[1]} transport-cc")
    return "\r\n".join(lines) + "\r\n"


class TransportCcPeer:
    """Numbers what a peer sends, reports what it receives, and keeps the reports it gets."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self.feedback: list[TransportFeedback] = []
        self.received: list[RtpPacket] = []
        self.estimates: list[int] = []
        self.losses: list[float] = []
        self.estimator = SendSideEstimator(self.estimates.append, self.losses.append)
        self._extensions = HeaderExtensionsMap()
        uris = {**OTHER_EXTENSIONS, EXTENSION_ID: TRANSPORT_CC_URI}
        extensions = [RTCRtpHeaderExtensionParameters(id=i, uri=uri) for i, uri in uris.items()]
        self._extensions.configure(RTCRtpParameters(headerExtensions=extensions))
        self._transport = transport
        self._reporter = ArrivalReporter(1, self._report)
        self._reports: list[TransportFeedback] = []
        self._send_rtp = transport._send_rtp
        self._handle_rtp = transport._handle_rtp_data
        self._handle_rtcp = transport._handle_rtcp_data
        transport._send_rtp = self._number
        transport._handle_rtp_data = self._note
        transport._handle_rtcp_data = self._read

    async def _number(self, data: bytes) -> None:
        for report in self._reports:
            await self._send_rtp(bytes(report))
        self._reports.clear()
        if not is_rtcp(data):
            packet = RtpPacket.parse(data, self._extensions)
            number = self.estimator.stamp(len(packet.payload), time.monotonic())
            packet.extensions.transport_sequence_number = number
            data = packet.serialize(self._extensions)
        await self._send_rtp(data)

    async def _note(self, data: bytes, arrival_time_ms: int) -> None:
        packet = RtpPacket.parse(data, self._extensions)
        number = packet.extensions.transport_sequence_number
        if number is not None:
            self._reporter.add(number, packet.ssrc, time.monotonic_ns())
        self.received.append(packet)
        await self._handle_rtp(data, arrival_time_ms=arrival_time_ms)

    async def _read(self, data: bytes) -> None:
        messages, rest = take_feedback(data)
        self.feedback += messages
        for message in messages:
            self.estimator.handle_feedback(message, time.monotonic())
        await self._handle_rtcp(rest)

    def _report(self, message: TransportFeedback) -> None:
        # Goes out with the next packet: this may not wait.
        self._reports.append(message)
