"""Packets lost on the way, in either direction, over a real call."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.rtc.client import Caller, Echo, SquareCamera, drawn, square_left, until


def is_media(data: bytes) -> bool:
    """RTP and not RTCP (RFC 5761, 4)."""
    return 127 < data[0] < 192 and not 192 <= data[1] <= 223


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_what_the_camera_loses_is_asked_for_again(codec: str) -> None:
    dice = random.Random(5)
    echo = Echo()
    camera = SquareCamera(640, 480)
    caller = Caller(codec=codec, camera=camera)
    await caller.call(echo.session)
    await until(lambda: len(echo.received) > 5)
    ice = echo.session._streams.ice
    take, dropped = ice._on_media, 0

    def lossy(data: bytes) -> bool:
        nonlocal dropped
        if is_media(data) and dice.random() < 0.05:
            dropped += 1
            return True
        return take(data)

    ice._on_media = lossy
    first = len(echo.received)
    await until(lambda: dropped >= 5 and len(echo.received) - first >= 60)
    await caller.close()
    await echo.session.close()
    frames = echo.received[first:]
    times = np.array([frame.times.capture_s for frame in frames])
    assert np.all(np.diff(times) > 0)
    # No frame was decoded without what it refers to: each shows the square whole.
    for frame in frames:
        step = square_left(frame.planes[0]) // 8
        expected = drawn(640, 480, step).planes[0].astype(int)
        assert np.abs(frame.planes[0] - expected).mean() < 6.0


async def test_a_long_outage_is_ended_by_a_keyframe() -> None:
    echo = Echo()
    caller = Caller(camera=SquareCamera(640, 480))
    await caller.call(echo.session)
    await until(lambda: len(echo.received) > 10)
    ice = echo.session._streams.ice
    take, dropped = ice._on_media, 0

    def silent(data: bytes) -> bool:
        nonlocal dropped
        if is_media(data):
            dropped += 1
            return True
        return take(data)

    ice._on_media = silent
    await until(lambda: dropped >= 20)
    # Nothing of the outage can be sent again.
    caller.transceiver.sender._RTCRtpSender__rtp_history.clear()
    asked = echo.session.statistics().keyframe_requests_sent
    ice._on_media = take
    before = len(echo.received)
    await until(lambda: len(echo.received) >= before + 20)
    statistics = echo.session.statistics()
    assert statistics.keyframe_requests_sent > asked
    assert statistics.frames_given_up >= 1
    await caller.close()
    await echo.session.close()


async def test_what_the_client_loses_is_sent_again() -> None:
    dice = random.Random(9)
    echo = Echo()
    caller = Caller(camera=SquareCamera(640, 480))
    await caller.call(echo.session)
    await until(lambda: len(caller.frames) > 5)
    ice = echo.session._streams.ice
    send = ice.send_now

    def lossy(data: bytes) -> None:
        if not (is_media(data) and dice.random() < 0.05):
            send(data)

    ice.send_now = lossy
    first = len(caller.frames)
    await until(lambda: echo.session.statistics().video_packets_retransmitted >= 3)
    await until(lambda: len(caller.frames) - first >= 45)
    await caller.close()
    await echo.session.close()
