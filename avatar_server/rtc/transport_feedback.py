"""The RTCP message of transport-wide congestion control, as bytes and as numbers
(draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). Knows nothing of sockets."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiortc.rtp import RTCP_RTPFB, pack_rtcp_packet

TRANSPORT_CC_URI: Final = (
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)
FMT: Final = 15
TICK_NS: Final = 250_000
"""The unit of arrival times (3.1.5)."""
TICK_BITS: Final = 32
"""The reference time has 24 bits of 256 ticks (64 ms): arrival times wrap at 2**32 ticks."""
LARGEST_DELTA: Final = 0x7FFF
MOST_STATUSES: Final = 8192
"""A message on more packets than any call has under way is not read: it takes a sender of ill will
a few bytes to have us write down 65535 packets that did not arrive."""

_NOT_RECEIVED, _SMALL_DELTA, _LARGE_DELTA = range(3)
_LONGEST_RUN: Final = 0x1FFF
_HEADER: Final = struct.Struct("!LLHHL")


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """When the packets ``base_sequence``, ``base_sequence`` + 1, ... arrived: ticks of 250 µs on
    the receiver's clock, whole numbers of which the lowest 32 bits are carried; None is a packet
    that has not arrived. Two neighbours that arrived are at most ``LARGEST_DELTA`` ticks apart.

    ``ssrc`` sends the message, ``media_ssrc`` is any source that it is about, ``count`` numbers
    the messages.
    """

    ssrc: int
    media_ssrc: int
    base_sequence: int
    count: int
    arrivals: Sequence[int | None]

    def __bytes__(self) -> bytes:
        """The message with its RTCP header; at least one packet must have arrived."""
        reference = next(at for at in self.arrivals if at is not None) >> 8
        symbols: list[int] = []
        deltas = bytearray()
        before = reference << 8
        for at in self.arrivals:
            if at is None:
                symbols.append(_NOT_RECEIVED)
                continue
            delta = at - before
            before = at
            if 0 <= delta <= 0xFF:
                symbols.append(_SMALL_DELTA)
                deltas.append(delta)
            else:
                symbols.append(_LARGE_DELTA)
                deltas += delta.to_bytes(2, "big", signed=True)
        chunks = _chunks(symbols)
        body = _HEADER.pack(
            self.ssrc,
            self.media_ssrc,
            self.base_sequence & 0xFFFF,
            len(symbols),
            (reference & 0xFFFFFF) << 8 | self.count & 0xFF,
        )
        body += struct.pack(f"!{len(chunks)}H", *chunks) + deltas
        padding = -len(body) % 4
        if padding:
            # Marked as RTCP's own padding (RFC 3550, 6.4.1): its last octet is its length.
            body += bytes(padding - 1) + bytes([padding])
        return pack_rtcp_packet(RTCP_RTPFB, bool(padding) << 5 | FMT, body)


def parse_feedback(body: bytes) -> TransportFeedback:
    """Reads a message without its RTCP header and padding.

    Raises:
        ValueError: the message is cut short or malformed.
    """
    if len(body) < _HEADER.size:
        raise ValueError("Transport feedback is shorter than its header")
    ssrc, media_ssrc, base, count, reference = _HEADER.unpack_from(body)
    if count > MOST_STATUSES:
        raise ValueError("Transport feedback is on too many packets")
    symbols, at = _read_symbols(body, _HEADER.size, count)
    arrivals: list[int | None] = []
    ticks = reference >> 8 << 8
    for symbol in symbols:
        if symbol == _NOT_RECEIVED:
            arrivals.append(None)
            continue
        if symbol > _LARGE_DELTA:
            raise ValueError("Transport feedback has a reserved packet status")
        delta = body[at : at + symbol]
        if len(delta) < symbol:
            raise ValueError("Transport feedback has too few receive deltas")
        ticks += int.from_bytes(delta, "big", signed=symbol == _LARGE_DELTA)
        arrivals.append(ticks & 0xFFFFFFFF)
        at += symbol
    return TransportFeedback(ssrc, media_ssrc, base, reference & 0xFF, arrivals)


def take_feedback(compound: bytes) -> tuple[list[TransportFeedback], bytes]:
    """Parts a compound RTCP packet (RFC 3550, 6.1) into its transport feedback, which aiortc would
    misread as NACK, and what is left.

    Raises:
        ValueError: a length in the packet is wrong, or a message in it malformed.
    """
    feedback: list[TransportFeedback] = []
    rest = b""
    at = 0
    while at < len(compound):
        if len(compound) < at + 4:
            raise ValueError("An RTCP packet is cut short")
        first, kind, words = struct.unpack_from("!BBH", compound, at)
        end = at + 4 + 4 * words
        if len(compound) < end:
            raise ValueError("An RTCP packet is cut short")
        if kind == RTCP_RTPFB and first & 0x1F == FMT:
            padding = compound[end - 1] if first & 0x20 else 0
            feedback.append(parse_feedback(compound[at + 4 : end - padding]))
        else:
            rest += compound[at:end]
        at = end
    return feedback, rest


def _chunks(symbols: list[int]) -> list[int]:
    """Packet chunks (3.1.2 to 3.1.4): a run where that holds more packets than a vector."""
    chunks: list[int] = []
    at = 0
    while at < len(symbols):
        symbol = symbols[at]
        ahead = symbols[at : at + 14]
        one_bit = _LARGE_DELTA not in ahead
        room = 14 if one_bit else 7
        if ahead[:room].count(symbol) == len(ahead[:room]):
            run = _run(symbols, at)
            chunks.append(symbol << 13 | run)
            at += run
            continue
        width = 1 if one_bit else 2
        vector = 0
        for place, value in enumerate(ahead[:room]):
            vector |= value << (14 - width * (place + 1))
        chunks.append((0x8000 if one_bit else 0xC000) | vector)
        at += room
    return chunks


def _run(symbols: list[int], start: int) -> int:
    end = min(len(symbols), start + _LONGEST_RUN)
    at = start + 1
    while at < end and symbols[at] == symbols[start]:
        at += 1
    return at - start


def _read_symbols(body: bytes, at: int, count: int) -> tuple[list[int], int]:
    """``count`` packet status symbols, and where the chunks that hold them end."""
    symbols: list[int] = []
    while len(symbols) < count:
        if len(body) < at + 2:
            raise ValueError("Transport feedback has too few packet chunks")
        chunk = body[at] << 8 | body[at + 1]
        at += 2
        if chunk < 0x8000:
            symbols += [chunk >> 13] * min(chunk & 0x1FFF, count - len(symbols))
            if not chunk & 0x1FFF:
                raise ValueError("Transport feedback has an empty run")
        elif chunk < 0xC000:
            symbols += [chunk >> place & 1 for place in range(13, -1, -1)]
        else:
            symbols += [chunk >> place & 3 for place in range(12, -1, -2)]
    return symbols[:count], at
