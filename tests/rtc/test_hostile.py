"""A client that holds the keys and sends nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct

import pylibsrtp
import pytest

from tests.rtc.client import Caller, Echo, SquareCamera, until


def nonsense(dice: random.Random, payload_types: list[int], ssrc: int) -> bytes:
    """An RTP or RTCP packet whose fields are mostly made up."""
    body = dice.randbytes(dice.randrange(0, 200))
    if dice.random() < 0.4:
        kind = dice.choice([200, 201, 202, 203, 204, 205, 206, 207])
        words = dice.choice([len(body) // 4, dice.randrange(0, 60)])
        header = struct.pack("!BBH", 0x80 | dice.randrange(32), kind, words)
        return header + struct.pack("!II", ssrc, dice.getrandbits(32)) + body
    first = 0x80 | dice.choice([0, 0x10, 0x20, 0x30, dice.randrange(16)])
    second = dice.choice(payload_types) | dice.choice([0, 0x80])
    header = struct.pack(
        "!BBHII",
        first,
        second,
        dice.getrandbits(16),
        dice.getrandbits(32),
        # Of other sources: the client's own libsrtp refuses numbers out of order.
        dice.getrandbits(32),
    )
    if first & 0x10:
        extension = dice.randbytes(4 * dice.randrange(0, 6))
        header += struct.pack("!HH", dice.choice([0xBEDE, 0x1000, 7]), len(extension) // 4)
        header += extension
    return header + body


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_nonsense_from_the_client_harms_nobody(codec: str) -> None:
    dice = random.Random(2)
    faults: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    echo = Echo()
    caller = Caller(codec=codec, camera=SquareCamera(), channels=True)
    await caller.call(echo.session)
    await until(lambda: len(echo.sent) >= 5)
    transport = caller.transceiver.receiver.transport
    types = [c.payloadType for c in caller.transceiver._codecs]
    for _ in range(1500):
        data = nonsense(dice, types, caller.transceiver.sender._ssrc)
        with contextlib.suppress(pylibsrtp.Error):
            await transport._send_rtp(data)
        if dice.random() < 0.02:
            await asyncio.sleep(0.005)
    await transport.transport._send(b"")
    await transport.transport._send(dice.randbytes(40))
    before = len(echo.sent)
    await until(lambda: len(echo.sent) > before + 20)
    assert faults == []
    assert echo.session.state == "live"
    assert echo.session.statistics().video_packets_received > 500
    await caller.close()
    await echo.session.close()
