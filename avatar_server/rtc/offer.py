"""Judges an offer before anything is built for it."""

from __future__ import annotations

from dataclasses import dataclass

from aiortc.sdp import MediaDescription, SessionDescription

from avatar_server.errors import OfferError
from avatar_server.rtc.options import RtcOptions

MAX_OFFER_CHARS = 256 * 1024
"""A browser's offer with every codec and extension is 6 to 12 kB."""

MAX_MEDIA_SECTIONS = 3
"""One video, one audio, one data section."""

VIDEO_CODECS = ("VP8", "H264")


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that can be answered. ``sdp`` is what to negotiate with, and ``description`` what
    it says; ``late_candidates`` are candidate lines (RFC 8839, 5.1) whose names need a look-up
    and must not hold up the answer."""

    sdp: str
    description: SessionDescription
    late_candidates: tuple[str, ...]


def parse_offer(text: str, options: RtcOptions) -> Offer:
    """The offer, checked.

    Raises:
        OfferError: it is not SDP, too long, or asks for what cannot be given.
    """
    if len(text) > MAX_OFFER_CHARS:
        raise OfferError(
            f"The offer is {len(text)} characters long; at most {MAX_OFFER_CHARS} are read. "
            "Send the SDP of one RTCPeerConnection and nothing else."
        )
    if not text.lstrip().startswith("v=0"):
        raise OfferError(
            "The offer is not SDP: it must begin with 'v=0'. "
            "Send the 'sdp' of RTCPeerConnection.createOffer() as it is."
        )
    sections = sum(line.startswith("m=") for line in text.splitlines())
    if sections > MAX_MEDIA_SECTIONS:
        raise OfferError(
            f"The offer has {sections} media sections; a session takes one video, at most one "
            "audio and at most one data section. Remove the others."
        )
    lines, late = _without_names(text)
    sdp = "\r\n".join(lines) + "\r\n"
    try:
        description = SessionDescription.parse(sdp)
    # The parser checks with assertions, look-ups and conversions, and any of them may fail.
    except Exception as error:
        raise OfferError(
            f"The offer cannot be read as SDP ({error or type(error).__name__}). "
            "Send the 'sdp' of RTCPeerConnection.createOffer() as it is."
        ) from error
    _check_sections(description, options)
    return Offer(sdp=sdp, description=description, late_candidates=late)


def _without_names(text: str) -> tuple[list[str], tuple[str, ...]]:
    """Takes out candidates that hide their address behind mDNS: looking one up takes up to
    seconds, while the peer's own checks need no look-up. The end-of-candidates mark goes with
    them, as more are to come."""
    lines = [line for line in text.splitlines() if line.strip()]
    late = tuple(
        line.strip()[len("a=candidate:") :]
        for line in lines
        if line.startswith("a=candidate:") and ".local " in line
    )
    if not late:
        return lines, ()
    kept = [
        line
        for line in lines
        if not (line.startswith("a=candidate:") and ".local " in line)
        and line.strip() != "a=end-of-candidates"
    ]
    return kept, late


def _check_sections(description: SessionDescription, options: RtcOptions) -> None:
    by_kind: dict[str, list[MediaDescription]] = {"video": [], "audio": [], "application": []}
    for media in description.media:
        if media.kind not in by_kind:
            raise OfferError(
                f"The offer has a media section of kind '{media.kind}'; only video, audio and "
                "application are understood. Remove it."
            )
        by_kind[media.kind].append(media)
    for kind, found in by_kind.items():
        if len(found) > 1:
            raise OfferError(
                f"The offer has {len(found)} {kind} sections; a session takes one. "
                "Remove the others."
            )
    if not by_kind["video"]:
        raise OfferError(
            "The offer has no video section. Add the camera's track to the connection, or a "
            "'recvonly' video transceiver to play a performance."
        )
    for media in description.media:
        _check_transport(media)
    _check_bundle(description)
    _check_video(by_kind["video"][0], options)


def _check_transport(media: MediaDescription) -> None:
    if media.ice is None or not media.ice.usernameFragment or not media.ice.password:
        raise OfferError(
            f"The {media.kind} section has no ice-ufrag or no ice-pwd. "
            "Send an offer made by a WebRTC peer connection (RFC 8839, 5.4)."
        )
    if media.dtls is None or not media.dtls.fingerprints:
        raise OfferError(
            f"The {media.kind} section has no DTLS fingerprint or no 'a=setup'. "
            "Send an offer made by a WebRTC peer connection (RFC 8842, 5)."
        )
    if media.kind != "application" and not media.rtcp_mux:
        raise OfferError(
            f"The {media.kind} section lacks 'a=rtcp-mux'. Set the connection's rtcpMuxPolicy "
            "to 'require'."
        )


def _check_bundle(description: SessionDescription) -> None:
    mids = [media.rtp.muxId for media in description.media]
    if len(set(mids)) != len(mids) or not all(mids):
        raise OfferError("Every media section needs its own 'a=mid' (RFC 9143, 7.1).")
    bundled = {
        mid for group in description.group if group.semantic == "BUNDLE" for mid in group.items
    }
    if len(mids) > 1 and not set(mids) <= bundled:
        raise OfferError(
            "The offer does not bundle all its media sections over one transport. Set the "
            "connection's bundlePolicy to 'max-bundle' (RFC 9143)."
        )


def _check_video(video: MediaDescription, options: RtcOptions) -> None:
    if video.port == 0 or video.direction == "inactive":
        raise OfferError(
            "The video section is switched off. Offer it 'sendrecv' with the camera's track."
        )
    if options.camera_required and video.direction == "recvonly":
        raise OfferError(
            "The offer's video is 'recvonly', so no camera would drive the avatar. Add the "
            "camera's track, or name a performance to play."
        )
    wanted = (options.codec,) if options.codec else VIDEO_CODECS
    offered = {codec.name.upper() for codec in video.rtp.codecs}
    if not offered & set(wanted):
        raise OfferError(
            f"No video codec in common: the offer has {', '.join(sorted(offered)) or 'none'}; "
            f"this server takes {' and '.join(wanted)}."
        )
