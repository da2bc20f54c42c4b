"""The media of one session: what an applied offer asks for, seated in its peer connection."""

from __future__ import annotations

from collections.abc import Callable

from aiortc import RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcrtpparameters import RTCRtpParameters
from aiortc.sdp import SessionDescription

from avatar_server.rtc.aiortc_seam import (
    RtpReceiverSeat,
    RtpSenderSeat,
    agree_transport_cc,
    choose_codecs,
    dtls_transport,
    seat_streams,
    take_over_ice,
)
from avatar_server.rtc.audio_relay import AudioRelay
from avatar_server.rtc.media_transport import MediaTransport, ReceiveStream
from avatar_server.rtc.options import RtcOptions
from avatar_server.rtc.statistics import RtcStatistics
from avatar_server.rtc.video_receiver import VideoReceiver
from avatar_server.rtc.video_sender import OnSent, VideoSender
from avatar_server.types import VideoFrame


class SessionStreams:
    """The camera, the avatar's picture and the voice of one session.

    Made between applying the offer and answering it, from when on the peer connection starts
    the streams itself.
    """

    def __init__(
        self,
        connection: RTCPeerConnection,
        offered: SessionDescription,
        name: str,
        options: RtcOptions,
        on_frame: Callable[[VideoFrame], None],
        on_sent: OnSent,
    ) -> None:
        self._options = options
        dtls = dtls_transport(connection)
        self._media = MediaTransport(dtls, cname=name)
        self.ice = take_over_ice(dtls, options, self._media)
        self._audio: AudioRelay | None = None
        self._offered: dict[str | None, RTCRtpParameters] = {
            media.rtp.muxId: media.rtp for media in offered.media
        }
        # The video first: congestion control is the video's, the audio is but counted in.
        for transceiver in sorted(connection.getTransceivers(), key=lambda t: t.kind != "video"):
            if transceiver.kind == "video":
                self.sender = self._seat_video_sender(transceiver, name, on_sent)
                self._receiver = self._seat_video_receiver(transceiver, name, on_frame)
            else:
                self._audio = self._seat_audio(transceiver)

    def start_reports(self) -> None:
        """Starts telling the client what arrives."""
        self._media.start_reports()

    async def close(self) -> None:
        """Says goodbye, and waits for the codecs' threads."""
        await self._receiver.close()
        await self.sender.close()
        await self._media.stop()

    def statistics(self) -> RtcStatistics:
        """Totals up to now."""
        media, receiver, sender, audio = self._media, self._receiver, self.sender, self._audio
        return RtcStatistics(
            packets_received=media.packets_received,
            bytes_received=media.bytes_received,
            packets_sent=media.packets_sent,
            bytes_sent=media.bytes_sent,
            video_packets_received=receiver.reception.packets_received,
            video_packets_lost=receiver.reception.packets_lost,
            video_jitter_ms=receiver.reception.jitter_ms,
            frames_decoded=receiver.frames_decoded,
            frames_skipped_in=receiver.frames_skipped,
            frames_given_up=receiver.frames_given_up,
            keyframe_requests_sent=receiver.keyframe_requests,
            audio_packets_received=audio.reception.packets_received if audio else 0,
            audio_packets_sent=audio.packets_sent if audio else 0,
            frames_sent=sender.frames_sent,
            frames_skipped_out=sender.frames_skipped,
            keyframes_sent=sender.keyframes_sent,
            video_packets_sent=sender.packets_sent,
            video_packets_retransmitted=sender.packets_retransmitted,
            remote_packets_lost=sender.packets_lost,
            remote_jitter_ms=sender.remote_jitter_ms,
            round_trip_ms=sender.round_trip_ms,
            bitrate=sender.bitrate,
            codec=sender.codec,
        )

    def _seat_video_sender(
        self, transceiver: RTCRtpTransceiver, name: str, on_sent: OnSent
    ) -> VideoSender:
        transceiver.direction = "sendrecv"
        replaced = transceiver.sender
        sender = VideoSender(
            self._media,
            choose_codecs(transceiver, self._options.codec),
            replaced._ssrc,
            replaced._rtx_ssrc,
            name,
            self._options,
            on_sent,
        )
        self._media.add_sender(sender)
        if agree_transport_cc(transceiver, self._offered[transceiver.mid]):
            sender.transport_cc = True
            self._media.use_transport_cc(sender.ssrc, sender.handle_estimate, sender.handle_loss)

        def start(parameters: RTCRtpParameters) -> None:
            sender.extensions.configure(parameters)
            sender.start()

        seat_streams(transceiver, sender=RtpSenderSeat(replaced, start))
        return sender

    def _seat_video_receiver(
        self, transceiver: RTCRtpTransceiver, name: str, on_frame: Callable[[VideoFrame], None]
    ) -> VideoReceiver:
        receiver = VideoReceiver(
            self._media,
            transceiver._codecs,
            transceiver.sender._ssrc,
            name,
            on_frame,
            sends_remb=not self.sender.transport_cc,
        )
        self._seat_receiver(transceiver, receiver)
        return receiver

    def _seat_audio(self, transceiver: RTCRtpTransceiver) -> AudioRelay:
        echo = self._options.echo_audio
        transceiver.direction = "sendrecv" if echo else "recvonly"
        replaced = transceiver.sender
        audio = AudioRelay(self._media, transceiver._codecs, replaced._ssrc, echo)
        self._media.add_sender(audio)
        if self.sender.transport_cc:
            offered = self._offered[transceiver.mid]
            audio.transport_cc = agree_transport_cc(transceiver, offered)
        self._seat_receiver(transceiver, audio)
        seat_streams(transceiver, sender=RtpSenderSeat(replaced, audio.extensions.configure))
        return audio

    def _seat_receiver(self, transceiver: RTCRtpTransceiver, stream: ReceiveStream) -> None:
        def start(parameters: RTCRtpParameters) -> None:
            self._media.extensions.configure(parameters)
            self._media.add_receiver(stream)

        seat = RtpReceiverSeat(transceiver.receiver.transport, start)
        seat_streams(transceiver, receiver=seat)
