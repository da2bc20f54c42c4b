"""The message of transport-wide congestion control, bit by bit."""

from __future__ import annotations

import random
import struct

import pytest
from aiortc.rtp import RtcpPacket, RtcpRrPacket, RtcpRtpfbPacket

from avatar_server.rtc.transport_feedback import (
    LARGEST_DELTA,
    MOST_STATUSES,
    TransportFeedback,
    parse_feedback,
    take_feedback,
)


def body(data: bytes) -> bytes:
    """What ``parse_feedback`` gets: without the header, and the padding that it announces."""
    padding = data[-1] if data[0] & 0x20 else 0
    return data[4 : len(data) - padding]


def wrapped(message: TransportFeedback) -> list[int | None]:
    return [at if at is None else at & 0xFFFFFFFF for at in message.arrivals]


def chunks(data: bytes, count: int) -> list[int]:
    return list(struct.unpack_from(f"!{count}H", data, 20))


def test_a_message_of_another_implementation_is_read() -> None:
    # From the tests of pion/rtcp (MIT), transportlayercc_test.go.
    data = bytes.fromhex("afcd0005 fa17fa17 43032fa0 00990001 3de80217 20019401")
    (message,), rest = take_feedback(data)
    assert rest == b""
    assert (message.ssrc, message.media_ssrc) == (4195875351, 1124282272)
    assert (message.base_sequence, message.count) == (153, 23)
    assert list(message.arrivals) == [4057090 * 256 + 148]
    assert bytes(message) == data


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ([0] * 20, [0x2000 | 20]),
        ([0, *[None] * 30, 0], [0xA000, 17, 0x2001]),
        ([0, None] * 7, [0b10_10101010101010]),
        ([0, 256, None, 0, 1, 2, 3], [0b11_01100010010101]),
        ([0, *[None] * 9000, 0], [0xA000, 0x1FFF, 9000 - 13 - 0x1FFF, 0x2001]),
    ],
)
def test_chunks_are_the_ones_of_the_draft(arrivals: list[int | None], expected: list[int]) -> None:
    assert chunks(bytes(TransportFeedback(1, 2, 3, 4, arrivals)), len(expected)) == expected


def test_deltas_have_one_byte_or_two_with_a_sign() -> None:
    ticks = [0, 255, 511, 510, 510 + LARGEST_DELTA, 509]
    message = TransportFeedback(1, 2, 3, 4, ticks)
    data = bytes(message)
    # Six packets with and without large deltas: one vector of two-bit symbols.
    assert body(data)[18:] == struct.pack(
        "!BBhhhh", 0, 255, 256, -1, LARGEST_DELTA, 1 - LARGEST_DELTA - 2
    )
    assert wrapped(parse_feedback(body(data))) == ticks


@pytest.mark.parametrize("seed", range(300))
def test_what_is_packed_is_read_again(seed: int) -> None:
    dice = random.Random(seed)
    lossy, jumpy = dice.random(), dice.random()
    longest_run = dice.choice([1, 3, 20, 3000])
    at = dice.choice([0, 2**32 - 5000, 2**40 + 7])
    arrivals: list[int | None] = [at]
    while len(arrivals) < dice.randint(1, 400):
        if dice.random() < lossy:
            arrivals += [None] * dice.randint(1, longest_run)
        for _ in range(dice.randint(1, 30)):
            large = dice.randint(-LARGEST_DELTA - 1, LARGEST_DELTA)
            at = max(0, at + (large if dice.random() < jumpy else dice.randint(0, 255)))
            arrivals.append(at)
    message = TransportFeedback(dice.getrandbits(32), 5, dice.getrandbits(16), 255, arrivals)
    data = bytes(message)
    assert len(data) % 4 == 0
    (again,), rest = take_feedback(data)
    assert rest == b""
    assert again.ssrc == message.ssrc
    assert (again.base_sequence, again.count) == (message.base_sequence, 255)
    assert list(again.arrivals) == wrapped(message)
    for cut in range(0, len(data), 4):
        shorter = bytearray(data[: len(data) - cut])
        struct.pack_into("!H", shorter, 2, max(len(shorter) // 4 - 1, 0))
        # Any outcome but another exception: a cut may fall between two whole messages' worth.
        try:
            take_feedback(bytes(shorter))
        except ValueError:
            assert cut or not data


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "00000001 00000002 0000",
        # No chunk, an empty run, no delta, a reserved symbol.
        "00000001 00000002 0000 0001 000000 00",
        "00000001 00000002 0000 0001 000000 00 2000 0000",
        "00000001 00000002 0000 0002 000000 00 2002 01",
        "00000001 00000002 0000 0001 000000 00 6001 0101",
    ],
)
def test_malformed_messages_are_refused(malformed: str) -> None:
    with pytest.raises(ValueError, match="Transport feedback"):
        parse_feedback(bytes.fromhex(malformed))


def test_a_message_on_too_many_packets_is_refused() -> None:
    long = TransportFeedback(1, 2, 3, 4, [0, *[None] * MOST_STATUSES])
    with pytest.raises(ValueError, match="too many"):
        parse_feedback(body(bytes(long)))


def test_feedback_is_parted_from_what_else_a_packet_holds() -> None:
    report, nack = RtcpRrPacket(ssrc=7), RtcpRtpfbPacket(1, 7, 8, [9, 11])
    message = TransportFeedback(1, 2, 3, 4, [1000, None, 1001])
    found, rest = take_feedback(bytes(report) + bytes(message) + bytes(nack) + bytes(message))
    assert [list(one.arrivals) for one in found] == [[1000, None, 1001]] * 2
    assert RtcpPacket.parse(rest) == [report, nack]
    with pytest.raises(ValueError, match="cut short"):
        take_feedback(bytes(report) + bytes(message)[:-4])
