"""What this package replaces inside aiortc, all in one place, and why.

aiortc does the session description, ICE, DTLS, SRTP and SCTP. Replaced, one connection at a
time and after the offer has been applied but before anything runs:

* ``RTCRtpReceiver``: it hands a frame on only when the next one begins, decodes into an
  unbounded queue, decodes audio that nobody hears, and asks for a lost packet once.
* ``RTCRtpSender``: it pulls from a track frame by frame, encodes in the event loop's shared
  executor, and gives its timestamps an origin of its own.
* ``aioice.Connection``: see ``avatar_server.rtc.ice``.

``RtpReceiverSeat`` and ``RtpSenderSeat`` sit where aiortc keeps the two, with the part of their
interface that its peer connection uses; the streams themselves know nothing of aiortc's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from aiortc import RTCDtlsTransport, RTCPeerConnection, RTCRtpTransceiver
from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpCodecParameters,
    RTCRtpParameters,
    RTCRtpReceiveParameters,
    RTCRtpSendParameters,
)
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.stats import RTCStatsReport

from avatar_server.rtc.ice import IceConnection
from avatar_server.rtc.media_transport import MediaTransport
from avatar_server.rtc.options import RtcOptions, VideoCodec
from avatar_server.rtc.transport_feedback import TRANSPORT_CC_URI

Start = Callable[[RTCRtpParameters], None]

_TRANSPORT_CC = RTCRtcpFeedback(type="transport-cc")
_REMB = RTCRtcpFeedback(type="goog-remb")


class _Seat:
    """Starts a stream when the peer connection starts its direction. The session stops it."""

    track = None
    _enabled = True

    def __init__(self, transport: RTCDtlsTransport, start: Start) -> None:
        self.transport = transport
        self._start = start

    async def stop(self) -> None:
        """Nothing: by then the session has stopped the stream."""

    async def getStats(self) -> RTCStatsReport:
        return RTCStatsReport()


class RtpReceiverSeat(_Seat):
    """In place of an ``RTCRtpReceiver``."""

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        self._start(parameters)


class RtpSenderSeat(_Seat):
    """In place of an ``RTCRtpSender``, whose identifiers it keeps."""

    def __init__(self, replaced: RTCRtpSender, start: Start) -> None:
        super().__init__(replaced.transport, start)
        self._ssrc = replaced._ssrc
        self._rtx_ssrc = replaced._rtx_ssrc
        self._stream_id = replaced._stream_id
        self._track_id = str(uuid.uuid4())

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        self._start(parameters)


def seat_streams(transceiver: RTCRtpTransceiver, **seats: _Seat) -> None:
    """Puts ``receiver=`` and ``sender=`` into ``transceiver``, which offers no way to."""
    for name, seat in seats.items():
        setattr(transceiver, f"_RTCRtpTransceiver__{name}", seat)


def dtls_transport(connection: RTCPeerConnection) -> RTCDtlsTransport:
    """The one transport of a bundled connection."""
    transport: RTCDtlsTransport = connection.getTransceivers()[0].receiver.transport
    return transport


def take_over_ice(
    dtls: RTCDtlsTransport, options: RtcOptions, media: MediaTransport
) -> IceConnection:
    """Makes the ICE agent ours and sends media over it."""
    ice = IceConnection.take_over(dtls.transport._connection, options, media.handle_datagram)
    media.use(ice)
    return ice


def choose_codecs(
    transceiver: RTCRtpTransceiver, wanted: VideoCodec | None
) -> Sequence[RTCRtpCodecParameters]:
    """The codecs to answer with, in the order of the offer, cut down to ``wanted``."""
    codecs: list[RTCRtpCodecParameters] = transceiver._codecs
    if wanted is not None:
        kept = [codec for codec in codecs if codec.name.upper() == wanted]
        kept_types = {codec.payloadType for codec in kept}
        codecs = [
            c for c in codecs if c in kept or (is_rtx(c) and c.parameters["apt"] in kept_types)
        ]
        transceiver._codecs = codecs
    return codecs


def agree_transport_cc(transceiver: RTCRtpTransceiver, offered: RTCRtpParameters) -> bool:
    """Has the answer take transport-wide congestion control where the offer has it for one of the
    codecs answered with, in place of REMB; whether it does. aiortc knows the header extension, but
    neither offers nor answers it."""
    extension = next((e for e in offered.headerExtensions if e.uri == TRANSPORT_CC_URI), None)
    offering = {c.payloadType for c in offered.codecs if _TRANSPORT_CC in c.rtcpFeedback}
    codecs = [codec for codec in transceiver._codecs if codec.payloadType in offering]
    if extension is None or not codecs:
        return False
    transceiver._headerExtensions = [*transceiver._headerExtensions, extension]
    for codec in codecs:
        others = [feedback for feedback in codec.rtcpFeedback if feedback != _REMB]
        codec.rtcpFeedback = [*others, _TRANSPORT_CC]
    return True
