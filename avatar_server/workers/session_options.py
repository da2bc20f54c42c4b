"""What a session's connection may do, from the server's settings and the caller's request."""

from __future__ import annotations

from avatar_server.config import Settings
from avatar_server.rtc import IceServer, RtcOptions
from avatar_server.rtc.options import VideoCodec
from avatar_server.workers.protocol import SessionRequest

_CODECS: dict[str, VideoCodec] = {"vp8": "VP8", "h264": "H264"}


def rtc_options(settings: Settings, request: SessionRequest) -> RtcOptions:
    """The options of the connection that answers ``request``."""
    return RtcOptions(
        camera_required=request.performance is None,
        echo_audio=request.echo_audio,
        codec=_CODECS.get(settings.codec),
        hardware_encoder=settings.hardware_encoder,
        ice_servers=tuple(
            IceServer(server.urls, server.username, server.credential)
            for server in settings.ice_servers
        ),
        bind_addresses=tuple(settings.bind_addresses),
        port_range=settings.udp_ports,
        connect_timeout_s=settings.connect_limit_s,
        silence_timeout_s=settings.idle_limit_s,
    )
