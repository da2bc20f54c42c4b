"""The avatar's stream: pictures to packets."""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtpPacket,
    unpack_remb_fci,
)

from avatar_server.rtc.bitrate import BitrateController, SendingRate
from avatar_server.rtc.encoder import CLOCK_RATE, VideoEncoder, create_encoder
from avatar_server.rtc.encoder_thread import EncoderThread
from avatar_server.rtc.header_extensions import CongestionExtensions
from avatar_server.rtc.media_transport import MediaTransport, ntp_now
from avatar_server.rtc.options import RtcOptions
from avatar_server.types import FrameTimes, Stage, VideoFrame

HISTORY_PACKETS: Final = 256
"""Packets kept for retransmission: a second or more at 1 Mbit/s."""

OnSent = Callable[[FrameTimes, int], None]
"""Gets the times of a frame up to ``Stage.SEND`` and its RTP timestamp."""


class VideoSender:
    """Encodes the newest picture in a thread of its own and sends it from the event loop.

    The RTP timestamp of a picture is the capture time of the frame that it was made from, in
    ticks of 90 kHz and without an offset of our own: the avatar frame bears the timestamp of
    its camera frame.
    """

    def __init__(
        self,
        transport: MediaTransport,
        codecs: Sequence[RTCRtpCodecParameters],
        ssrc: int,
        rtx_ssrc: int,
        name: str,
        options: RtcOptions,
        on_sent: OnSent,
    ) -> None:
        self._transport = transport
        self.ssrc = ssrc
        self._rtx_ssrc = rtx_ssrc
        self._on_sent = on_sent
        self._loop = asyncio.get_running_loop()
        codec = codecs[0]
        self.codec = codec.name.upper()
        assert codec.payloadType is not None
        self._payload_type = codec.payloadType
        self._rtx_payload_type = next(
            (
                c.payloadType
                for c in codecs
                if is_rtx(c) and c.parameters["apt"] == self._payload_type
            ),
            None,
        )
        self.extensions = CongestionExtensions()
        self.transport_cc = False
        self._rate = BitrateController(
            options.start_bitrate, options.min_bitrate, options.max_bitrate
        )
        self._sending = SendingRate()
        self._options = options
        self._name = name
        self._encoder: EncoderThread | None = None
        self._closed = False
        self._sequence = random.getrandbits(15)
        self._rtx_sequence = 0
        self._history: OrderedDict[int, RtpPacket] = OrderedDict()
        self._clock: tuple[int, int] | None = None
        self._report_sent: dict[int, float] = {}

        self.frames_sent = 0
        self.packets_sent = 0
        self.bytes_sent = 0
        self.packets_lost = 0
        self.packets_retransmitted = 0
        self.remote_jitter_ms = 0.0
        self.round_trip_ms: float | None = None

    @property
    def bitrate(self) -> int:
        """What the encoder aims at now, bits per second."""
        return self._rate.bitrate

    @property
    def frames_skipped(self) -> int:
        """Pictures that a newer one replaced before they were encoded."""
        return self._encoder.frames_skipped if self._encoder is not None else 0

    @property
    def keyframes_sent(self) -> int:
        return self._encoder.keyframes_made if self._encoder is not None else 0

    def start(self) -> None:
        """Begins to encode what is offered."""
        if self._encoder is None:
            self._encoder = EncoderThread(
                f"encoder {self._name}", self._make_encoder, lambda: self.bitrate, self._hand_over
            )

    async def close(self) -> None:
        """Ends the encoder and waits for its thread."""
        self._closed = True
        if self._encoder is not None:
            await self._encoder.close()

    def offer(self, picture: VideoFrame) -> None:
        """Takes the picture to send next, in place of one that still waits. From any thread.
        Dropped where the client takes no video."""
        if self._encoder is not None:
            self._encoder.offer(picture)

    def want_keyframe(self) -> None:
        """Makes one of the next pictures a keyframe. From any thread."""
        if self._encoder is not None:
            self._encoder.want_keyframe()

    # SendStream

    def handle_feedback(self, packet: RtcpPsfbPacket | RtcpRtpfbPacket) -> None:
        if isinstance(packet, RtcpRtpfbPacket):
            if packet.fmt == RTCP_RTPFB_NACK:
                for sequence in packet.lost:
                    self._retransmit(sequence)
        elif packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            self.want_keyframe()
        elif packet.fmt == RTCP_PSFB_APP:
            self.handle_estimate(unpack_remb_fci(packet.fci)[0])

    def handle_estimate(self, estimate: int) -> None:
        """Takes what the path is thought to carry, bits per second."""
        now_s = time.monotonic()
        self._rate.receiver_estimate(estimate, self._sending.at(now_s), now_s)

    def handle_loss(self, fraction: float) -> None:
        """Takes the share of packets lost since it was last told."""
        self._rate.loss(fraction, time.monotonic())

    def handle_receiver_report(self, report: RtcpReceiverInfo) -> None:
        self.packets_lost = report.packets_lost
        self.remote_jitter_ms = 1000.0 * report.jitter / CLOCK_RATE
        if not self.transport_cc:
            self.handle_loss(report.fraction_lost / 256.0)
        sent_s = self._report_sent.get(report.lsr)
        if sent_s is not None and report.dlsr:
            round_trip = time.monotonic() - sent_s - report.dlsr / 65536.0
            self.round_trip_ms = max(0.0, 1000.0 * round_trip)

    def sender_info(self, ntp_time: int) -> RtcpSenderInfo | None:
        """Relates the stream's clock to ours: the source's clock shows now what it showed when
        the last frame's source came, and what has passed since (RFC 3550, 6.4.1)."""
        if self._clock is None:
            return None
        timestamp, at_ns = self._clock
        passed = (time.monotonic_ns() - at_ns) * CLOCK_RATE // 1_000_000_000
        self._report_sent[(ntp_time >> 16) & 0xFFFFFFFF] = time.monotonic()
        while len(self._report_sent) > 8:
            del self._report_sent[next(iter(self._report_sent))]
        return RtcpSenderInfo(
            ntp_timestamp=ntp_time,
            rtp_timestamp=(timestamp + passed) & 0xFFFFFFFF,
            packet_count=self.packets_sent & 0xFFFFFFFF,
            octet_count=self.bytes_sent & 0xFFFFFFFF,
        )

    # Inside

    def _make_encoder(self) -> VideoEncoder:
        options = self._options
        return create_encoder(
            self.codec, self.bitrate, options.encoder_threads, options.hardware_encoder
        )

    def _hand_over(self, payloads: list[bytes], timestamp: int, times: FrameTimes) -> None:
        """From the encoder's thread to the event loop, unless that has been closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._transmit, payloads, timestamp, times)

    def _transmit(self, payloads: list[bytes], timestamp: int, times: FrameTimes) -> None:
        if self._closed:
            return
        for index, payload in enumerate(payloads):
            packet = RtpPacket(
                payload_type=self._payload_type,
                marker=int(index == len(payloads) - 1),
                sequence_number=self._sequence,
                timestamp=timestamp & 0xFFFFFFFF,
                ssrc=self.ssrc,
                payload=payload,
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._remember(packet)
            self._send(packet)
            if index == 0:
                times = times.ended(Stage.SEND)
            self.packets_sent += 1
            self.bytes_sent += len(payload)
        self._sending.add(sum(map(len, payloads)), time.monotonic())
        self._clock = (timestamp, times.started_ns)
        self.frames_sent += 1
        self._on_sent(times, timestamp & 0xFFFFFFFF)

    def _send(self, packet: RtpPacket) -> None:
        if self.transport_cc:
            number = self._transport.transport_sequence(len(packet.payload))
            packet.extensions.transport_sequence_number = number
        else:
            # Seconds modulo 64 with 18 binary places (abs-send-time, webrtc.org).
            packet.extensions.abs_send_time = (ntp_now() >> 14) & 0xFFFFFF
        self._transport.send_rtp(packet.serialize(self.extensions))

    def _remember(self, packet: RtpPacket) -> None:
        self._history[packet.sequence_number] = packet
        if len(self._history) > HISTORY_PACKETS:
            self._history.popitem(last=False)

    def _retransmit(self, sequence: int) -> None:
        """Sends a packet again, as RFC 4588 wraps it where that was agreed on."""
        packet = self._history.get(sequence)
        if packet is None:
            return
        self.packets_retransmitted += 1
        if self._rtx_payload_type is not None:
            packet = RtpPacket(
                payload_type=self._rtx_payload_type,
                marker=packet.marker,
                sequence_number=self._rtx_sequence,
                timestamp=packet.timestamp,
                ssrc=self._rtx_ssrc,
                payload=struct.pack("!H", packet.sequence_number) + packet.payload,
            )
            self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        self._send(packet)
