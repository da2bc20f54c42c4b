"""The fixed part of an RTP packet's header."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

_OPUS_PAYLOAD_TYPE: Final = 96
"""aiortc numbers audio 96 and video from 97 on."""


@dataclass(frozen=True, slots=True)
class RtpHeader:
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int

    @property
    def is_video(self) -> bool:
        return self.payload_type > _OPUS_PAYLOAD_TYPE


def header(data: bytes) -> RtpHeader | None:
    """The header of an RTP packet (RFC 3550, 5.1); None for RTCP, which is told apart by its
    packet type 192 to 223 (RFC 5761, 4)."""
    if len(data) < 12 or data[0] >> 6 != 2 or 192 <= data[1] <= 223:
        return None
    sequence, timestamp = struct.unpack_from("!HL", data, 2)
    return RtpHeader(data[1] & 127, bool(data[1] & 128), sequence, timestamp)
