"""Transport-wide congestion control over real sockets, with a peer that takes part in it."""

from __future__ import annotations

import asyncio
import itertools
import time

import numpy as np
import pytest
from aiortc import RTCDtlsTransport

from avatar_server.probe.impairment import Shaper
from avatar_server.probe.options import Impairment
from avatar_server.rtc import RtcOptions
from avatar_server.rtc.transport_feedback import TRANSPORT_CC_URI
from avatar_server.types import FrameTimes, VideoFrame
from benchmarks.transport_cc_peer import TransportCcPeer, with_transport_cc
from tests.rtc.client import Caller, Echo, SquareCamera, ToneMicrophone, until
from tests.rtc.test_loss import is_media


async def send_noise(echo: Echo) -> None:
    """Pictures that fill any bitrate, 30 a second."""
    dice = np.random.default_rng(1)
    pictures = [dice.integers(0, 255, (240, 320), np.uint8) for _ in range(8)]
    chroma = np.full((120, 160), 128, np.uint8)
    start = time.monotonic()
    for index in itertools.count():
        await asyncio.sleep(max(0.0, start + index / 30 - time.monotonic()))
        planes = (pictures[index % len(pictures)], chroma, chroma)
        echo.session.send_picture(VideoFrame(planes, FrameTimes.starting(index / 30)))


async def call(caller: Caller, echo: Echo) -> tuple[TransportCcPeer, str]:
    """Calls with transport-wide congestion control; the peer, and the answer."""
    offer = with_transport_cc(await caller.offer())
    transport: RTCDtlsTransport = caller.connection.getTransceivers()[0].receiver.transport
    peer = TransportCcPeer(transport)
    answer = await echo.session.answer(offer)
    await caller.accept(answer)
    return peer, answer


async def test_it_is_agreed_on_where_it_is_offered_and_remb_otherwise() -> None:
    for transport_cc in (True, False):
        echo, caller = Echo(), Caller(microphone=ToneMicrophone())
        if transport_cc:
            _, answer = await call(caller, echo)
        else:
            answer = await echo.session.answer(await caller.offer())
        assert answer.count(TRANSPORT_CC_URI) == (2 if transport_cc else 0)
        assert ("transport-cc" in answer) is transport_cc
        assert ("goog-remb" in answer) is not transport_cc
        await caller.close()
        await echo.session.close()


@pytest.mark.parametrize("kept", ["a=extmap:5", "transport-cc"])
async def test_half_an_offer_of_it_is_passed_over(kept: str) -> None:
    echo, caller = Echo(), Caller()
    plain = await caller.offer()
    lines = with_transport_cc(plain).splitlines()
    half = [line for line in lines if line in plain.splitlines() or kept in line]
    assert len(half) > len(plain.splitlines())
    answer = await echo.session.answer("\r\n".join(half) + "\r\n")
    assert TRANSPORT_CC_URI not in answer
    assert "transport-cc" not in answer
    await caller.close()
    await echo.session.close()


async def test_arrivals_are_reported_as_they_were() -> None:
    echo = Echo()
    caller = Caller(camera=SquareCamera(640, 480), microphone=ToneMicrophone())
    peer, _ = await call(caller, echo)
    await until(lambda: len(echo.received) > 5)
    ice = echo.session._streams.ice
    take = ice._on_media
    seen = 0

    def every_tenth_lost(data: bytes) -> bool:
        nonlocal seen
        seen += is_media(data)
        return (is_media(data) and seen % 10 == 0) or take(data)

    ice._on_media = every_tenth_lost
    heard = len(peer.feedback)
    await until(lambda: len(peer.losses) >= 3 and len(peer.feedback) - heard >= 20)
    statuses = [at for message in peer.feedback[heard:] for at in message.arrivals]
    lost = statuses.count(None) / len(statuses)
    assert 0.05 < lost < 0.15
    assert 0.05 < max(peer.losses) < 0.2
    counts = [message.count for message in peer.feedback]
    assert counts == [(counts[0] + index) & 0xFF for index in range(len(counts))]
    await caller.close()
    await echo.session.close()


async def test_all_that_is_sent_is_numbered_in_one_row() -> None:
    echo = Echo(RtcOptions(echo_audio=True))
    caller = Caller(camera=SquareCamera(), microphone=ToneMicrophone())
    peer, _ = await call(caller, echo)
    await until(lambda: len({packet.ssrc for packet in peer.received[-50:]}) == 2)
    await until(lambda: len(peer.received) > 200)
    numbers = [packet.extensions.transport_sequence_number for packet in peer.received]
    assert None not in numbers
    steps = [(after - before) & 0xFFFF for before, after in itertools.pairwise(numbers)]
    assert set(steps) == {1}
    await caller.close()
    await echo.session.close()


async def test_the_bitrate_follows_the_path_down_and_up() -> None:
    options = RtcOptions(start_bitrate=1_500_000, max_bitrate=2_000_000)
    echo = Echo(options)
    echo.echoing = False
    caller = Caller(camera=SquareCamera())
    await call(caller, echo)
    await until(lambda: len(echo.received) > 5)
    sending = asyncio.create_task(send_noise(echo))
    ice = echo.session._streams.ice
    send = ice.send_now
    narrow = Shaper(Impairment(rate_bps=500_000), send, seed=1)
    ice.send_now = narrow.push
    await until(lambda: echo.session.statistics().bitrate < 500_000)
    ice.send_now = send
    lowest = echo.session.statistics().bitrate
    await until(lambda: echo.session.statistics().bitrate > 1.3 * lowest, seconds=40)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await caller.close()
    await echo.session.close()
