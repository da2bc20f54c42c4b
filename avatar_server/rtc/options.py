"""What a peer connection may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiortc.rtcicetransport import parse_stun_turn_uri

VideoCodec = Literal["VP8", "H264"]


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server: ``stun:host:port``, ``turn:host:port?transport=udp`` (RFC 7064,
    RFC 7065). ``username`` and ``credential`` are for TURN."""

    url: str
    username: str | None = None
    credential: str | None = None

    def __post_init__(self) -> None:
        try:
            parse_stun_turn_uri(self.url)
        except ValueError as error:
            raise ValueError(
                f"{self.url!r} is no ICE server. Write stun:host:port or "
                "turn:host:port?transport=udp (RFC 7064, RFC 7065)."
            ) from error


@dataclass(frozen=True, slots=True)
class RtcOptions:
    """How a session answers and what it sends.

    * ``camera_required``: an offer whose video is ``recvonly`` is refused.
    * ``echo_audio``: the caller's own audio is sent back, packet by packet, times untouched.
    * ``codec``: answer with this video codec only; None honours the order of the offer.
    * ``ice_servers``: asked for server-reflexive and relayed candidates.
    * ``bind_addresses``: local addresses to listen on; empty is every address of the machine
      but loopback (and loopback where there is no other).
    * ``port_range``: lowest and highest UDP port, for firewalls; None leaves it to the system.
    * ``use_ipv6``: gather IPv6 candidates too.
    * ``start_bitrate``, ``min_bitrate``, ``max_bitrate``: of the video sent, bits per second;
      the receiver's feedback moves it between the two bounds.
    * ``camera_bitrate``: the most that the camera is asked to send, bits per second. Decoding
      costs time with every bit, and a face of 640x480 is tracked as well at 1 Mbit/s as at more.
    * ``encoder_threads``: per session; 1 is right when callers are many.
    * ``hardware_encoder``: H.264 is encoded by a GPU where there is one that can.
    * ``connect_timeout_s``: from the answer to a working connection.
    * ``silence_timeout_s``: a peer that sent nothing for so long has vanished. Consent checks
      come every five seconds (RFC 7675, 5.1), so this must be well above that.
    """

    camera_required: bool = True
    echo_audio: bool = False
    codec: VideoCodec | None = None
    ice_servers: tuple[IceServer, ...] = ()
    bind_addresses: tuple[str, ...] = ()
    port_range: tuple[int, int] | None = None
    use_ipv6: bool = True
    start_bitrate: int = 1_000_000
    min_bitrate: int = 150_000
    max_bitrate: int = 2_500_000
    camera_bitrate: int = 1_000_000
    encoder_threads: int = 1
    hardware_encoder: bool = True
    connect_timeout_s: float = 15.0
    silence_timeout_s: float = 13.0
