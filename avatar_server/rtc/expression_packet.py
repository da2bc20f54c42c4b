"""The binary message of the data channel ``expression``: one frame's coefficients and head pose.

Little-endian, 244 bytes:

====== ===== ============================================================
offset bytes field
====== ===== ============================================================
0      1     version, 1
1      1     flags: bit 0 is set while a face is tracked
2      2     sequence number, wraps
4      4     RTP timestamp (90 kHz) of the video frame it belongs to
8      208   52 float32: ARKit's coefficients in ARKit's order
216    16    4 float32: head rotation, quaternion x y z w
232    12    3 float32: head translation, metres
====== ===== ============================================================
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from avatar_server.types import Expression, FloatArray

VERSION = 1
FLAG_TRACKED = 0x01
COEFFICIENTS = 52
_HEADER = struct.Struct("<BBHI")
_VALUES = COEFFICIENTS + 4 + 3
PACKET_BYTES = _HEADER.size + 4 * _VALUES


@dataclass(frozen=True, slots=True)
class ExpressionPacket:
    """A packet read back: ``coefficients`` float32 (52,), ``head_rotation`` (4,) xyzw,
    ``head_translation`` (3,) metres, ``rtp_time`` in ticks of 90 kHz."""

    sequence: int
    rtp_time: int
    tracked: bool
    coefficients: FloatArray
    head_rotation: FloatArray
    head_translation: FloatArray


def pack_expression(expression: Expression, rtp_time: int, sequence: int) -> bytes:
    """The 244 bytes of ``expression``; ``rtp_time`` and ``sequence`` wrap at 32 and 16 bits."""
    header = _HEADER.pack(
        VERSION,
        FLAG_TRACKED if expression.tracked else 0,
        sequence & 0xFFFF,
        rtp_time & 0xFFFFFFFF,
    )
    values = np.concatenate(
        (expression.coefficients, expression.head_rotation, expression.head_translation)
    ).astype("<f4")
    if values.size != _VALUES:
        raise ValueError(f"An expression has {_VALUES} values, not {values.size}.")
    return header + values.tobytes()


def unpack_expression(data: bytes) -> ExpressionPacket:
    """Reads a packet.

    Raises:
        ValueError: not 244 bytes, or of another version.
    """
    if len(data) != PACKET_BYTES:
        raise ValueError(f"An expression packet has {PACKET_BYTES} bytes, not {len(data)}.")
    version, flags, sequence, rtp_time = _HEADER.unpack_from(data)
    if version != VERSION:
        raise ValueError(f"Expression packets of version {version} are not understood.")
    values = np.frombuffer(data, "<f4", offset=_HEADER.size).astype(np.float32)
    return ExpressionPacket(
        sequence=sequence,
        rtp_time=rtp_time,
        tracked=bool(flags & FLAG_TRACKED),
        coefficients=values[:COEFFICIENTS],
        head_rotation=values[COEFFICIENTS : COEFFICIENTS + 4],
        head_translation=values[COEFFICIENTS + 4 :],
    )
