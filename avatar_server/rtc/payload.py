"""Reads the payload formats of VP8 (RFC 7741) and H.264 (RFC 6184)."""

from __future__ import annotations

from typing import Final

from aiortc.codecs.h264 import H264PayloadDescriptor

NAL_IDR: Final = 5
NAL_SPS: Final = 7
NAL_STAP_A: Final = 24
NAL_FU_A: Final = 28


def read_payload(codec: str, payload: bytes) -> tuple[bytes, bool]:
    """The codec data in an RTP payload, and whether a keyframe begins with it. ``codec`` is
    'VP8' or 'H264'.

    Raises:
        ValueError: the payload is malformed.
    """
    if not payload:
        return b"", False
    if codec == "VP8":
        return _read_vp8(payload)
    if codec == "H264":
        _, data = H264PayloadDescriptor.parse(payload)
        return data, _starts_idr(payload)
    raise ValueError(f"No payload format for {codec}.")


def _read_vp8(payload: bytes) -> tuple[bytes, bool]:
    data = payload[_vp8_descriptor_size(payload) :]
    # RFC 7741, 4.2: S is set and PID is 0 where a frame begins; 4.3: the lowest bit of the first
    # octet of a frame is 0 in a keyframe.
    return data, bool(payload[0] & 0x17 == 0x10 and data and not data[0] & 1)


def _vp8_descriptor_size(payload: bytes) -> int:
    """Octets of the payload descriptor (RFC 7741, 4.2)."""
    size = 1
    if payload[0] & 0x80:
        present = payload[1] if len(payload) > 1 else 0
        size = 2
        if present & 0x80:
            # M, the highest bit of the picture's number, says that the number has two octets.
            size += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
        size += bool(present & 0x40) + bool(present & 0x30)
    if len(payload) < size:
        raise ValueError("A VP8 payload ends within its descriptor")
    return size


def _starts_idr(payload: bytes) -> bool:
    """A keyframe begins with its parameter sets, or with the IDR slice where those came once
    before."""
    kind = payload[0] & 0x1F
    if kind == NAL_STAP_A and len(payload) > 3:
        kind = payload[3] & 0x1F
    elif kind == NAL_FU_A and len(payload) > 1:
        if not payload[1] & 0x80:
            return False
        kind = payload[1] & 0x1F
    return kind in (NAL_SPS, NAL_IDR)
