"""The camera's stream: packets to pictures."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from avatar_server.rtc.bandwidth import GroupedEstimator
from avatar_server.rtc.decoder import CLOCK_RATE, DecoderThread
from avatar_server.rtc.frame_assembly import (
    FrameAssembler,
    MediaPacket,
    MissingPackets,
    SequenceUnwrapper,
)
from avatar_server.rtc.media_transport import MediaTransport
from avatar_server.rtc.payload import read_payload
from avatar_server.rtc.reception import ReceptionRecord
from avatar_server.types import VideoFrame

logger = logging.getLogger(__name__)

KEYFRAME_REQUEST_INTERVAL_S: Final = 0.5
"""A keyframe takes a round trip and the encoder's time to come; asking more often brings more
keyframes than are needed."""


class VideoReceiver:
    """One camera. ``handle_rtp`` runs in the event loop, ``on_frame`` in the decoder's thread.

    ``feedback_ssrc`` is the source that our feedback is sent as. Without ``sends_remb`` the
    sender makes its estimate of the bitrate itself.
    """

    def __init__(
        self,
        transport: MediaTransport,
        codecs: Sequence[RTCRtpCodecParameters],
        feedback_ssrc: int,
        name: str,
        on_frame: Callable[[VideoFrame], None],
        sends_remb: bool = True,
    ) -> None:
        self._transport = transport
        self._codecs = {
            codec.payloadType: codec for codec in codecs if codec.payloadType is not None
        }
        self._names = {kind: codec.name.upper() for kind, codec in self._codecs.items()}
        self._retransmitted = {kind for kind, codec in self._codecs.items() if is_rtx(codec)}
        self.payload_types = frozenset(self._codecs)
        self._feedback_ssrc = feedback_ssrc
        self._name = name
        self._on_frame = on_frame
        self._decoders: list[DecoderThread] = []
        self._source: int | None = None
        self._trouble = threading.Event()
        self._keyframe_asked_s = float("-inf")
        self._estimator = GroupedEstimator() if sends_remb else None
        self.reception = ReceptionRecord(CLOCK_RATE)
        self.keyframe_requests = 0
        self._follow_new_source()

    # ReceiveStream

    def handle_rtp(self, packet: RtpPacket, arrived_ns: int) -> None:
        self._estimate_bitrate(packet, arrived_ns)
        self.reception.add(packet)
        if packet.payload_type in self._retransmitted:
            repaired = self._unwrap_retransmission(packet)
            if repaired is None:
                return
            packet = repaired
        elif packet.ssrc != self._source:
            self._source = packet.ssrc
            self._follow_new_source()
        try:
            codec = self._names[packet.payload_type]
            data, starts_keyframe = read_payload(codec, packet.payload)
        except ValueError as error:
            logger.debug("A video payload was dropped: %s", error)
            return
        media = MediaPacket(
            sequence=self._sequences.unwrap(packet.sequence_number),
            timestamp=self._timestamps.unwrap(packet.timestamp),
            marker=bool(packet.marker),
            data=data,
            starts_keyframe=starts_keyframe,
            arrived_ns=arrived_ns,
        )
        self._assemble(media, codec)

    def handle_sender_report(self, report: RtcpSrPacket) -> None:
        self.reception.add_sender_report(report)

    def receiver_reports(self) -> list[RtcpReceiverInfo]:
        return self.reception.reports()

    # Statistics

    @property
    def frames_decoded(self) -> int:
        return sum(decoder.frames_decoded for decoder in self._decoders)

    @property
    def frames_skipped(self) -> int:
        return sum(decoder.frames_skipped for decoder in self._decoders)

    @property
    def frames_given_up(self) -> int:
        return self._assembler.frames_given_up

    async def close(self) -> None:
        """Ends the decoding and waits for its threads."""
        for decoder in self._decoders:
            decoder.close()
        for decoder in self._decoders:
            await decoder.ended()

    # Inside

    def _follow_new_source(self) -> None:
        self._assembler = FrameAssembler()
        self._missing = MissingPackets()
        self._sequences = SequenceUnwrapper(16)
        self._timestamps = SequenceUnwrapper(32)

    def _assemble(self, media: MediaPacket, codec_name: str) -> None:
        if not self._missing.received(media.sequence):
            self._assembler.restart()
        frames = self._assembler.add(media)
        if frames:
            decoder = self._decoder_for(codec_name)
            for frame in frames:
                decoder.submit(frame)
        lost = self._missing.due(media.arrived_ns)
        if lost:
            self._ask_again(lost)
        if self._trouble.is_set() or self._assembler.needs_keyframe:
            self._ask_keyframe()

    def _decoder_for(self, codec_name: str) -> DecoderThread:
        """The codec may change in mid-call: the payload type tells, packet by packet."""
        for decoder in self._decoders:
            if decoder.codec == codec_name:
                return decoder
        name = f"decoder {self._name}"
        decoder = DecoderThread(codec_name, name, self._on_frame, self._trouble.set)
        self._decoders.append(decoder)
        return decoder

    def _unwrap_retransmission(self, packet: RtpPacket) -> RtpPacket | None:
        """The packet that a retransmission (RFC 4588, 4) repeats; None for its padding."""
        original = self._codecs[packet.payload_type].parameters.get("apt")
        if self._source is None or not isinstance(original, int) or len(packet.payload) <= 2:
            return None
        if original not in self._codecs:
            return None
        return unwrap_rtx(packet, payload_type=original, ssrc=self._source)

    def _estimate_bitrate(self, packet: RtpPacket, arrived_ns: int) -> None:
        sent = packet.extensions.abs_send_time
        if sent is None or self._estimator is None:
            return
        estimate = self._estimator.add(
            abs_send_time=sent,
            arrival_time_ms=arrived_ns // 1_000_000,
            payload_size=len(packet.payload) + packet.padding_size,
            ssrc=packet.ssrc,
        )
        if estimate is not None:
            self._send_feedback(RTCP_PSFB_APP, 0, pack_remb_fci(*estimate))

    def _ask_keyframe(self) -> None:
        now = time.monotonic()
        if self._source is None or now - self._keyframe_asked_s < KEYFRAME_REQUEST_INTERVAL_S:
            return
        self._keyframe_asked_s = now
        self._trouble.clear()
        self.keyframe_requests += 1
        self._send_feedback(RTCP_PSFB_PLI, self._source)

    def _ask_again(self, lost: list[int]) -> None:
        if self._source is not None:
            numbers = [sequence & 0xFFFF for sequence in lost]
            self._transport.send_rtcp(
                RtcpRtpfbPacket(RTCP_RTPFB_NACK, self._feedback_ssrc, self._source, numbers)
            )

    def _send_feedback(self, kind: int, source: int, body: bytes = b"") -> None:
        self._transport.send_rtcp(RtcpPsfbPacket(kind, self._feedback_ssrc, source, body))
