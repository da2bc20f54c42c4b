"""How sessions begin and end, and what is left of them."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import threading

import pytest

from avatar_server.rtc import RtcOptions
from avatar_server.rtc.session_state import SessionState
from tests.rtc.client import Caller, Echo, SquareCamera, ToneMicrophone, drawn, until


async def live_pair(options: RtcOptions | None = None) -> tuple[Caller, Echo]:
    echo = Echo(options)
    caller = Caller(camera=SquareCamera(), microphone=ToneMicrophone(), channels=True)
    await caller.call(echo.session)
    await until(lambda: len(echo.sent) >= 3)
    return caller, echo


async def test_the_states_in_order() -> None:
    echo = Echo()
    assert echo.session.state is SessionState.NEW
    caller = Caller(camera=SquareCamera())
    answer = await echo.session.answer(await caller.offer())
    assert echo.session.state is SessionState.CONNECTING
    await caller.accept(answer)
    await until(lambda: echo.session.state is SessionState.LIVE)
    await echo.session.close("enough")
    assert echo.session.state is SessionState.CLOSED
    assert echo.reasons == ["enough"]
    await caller.close()


async def test_closing_twice_and_at_once_is_one_end() -> None:
    caller, echo = await live_pair()
    await asyncio.gather(*(echo.session.close(f"reason {n}") for n in range(5)))
    await echo.session.close("again")
    assert echo.reasons == ["reason 0"]
    await caller.close()


async def test_who_closes_may_be_cancelled_and_the_end_goes_on() -> None:
    caller, echo = await live_pair()
    closing = asyncio.create_task(echo.session.close("cancelled midway"))
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait_for(echo.session.wait_closed(), 10)
    assert echo.reasons == ["cancelled midway"]
    await caller.close()


async def test_a_session_that_was_never_answered_closes() -> None:
    echo = Echo()
    await echo.session.close("never used")
    assert echo.reasons == ["never used"]


async def test_a_goodbye_of_the_client_ends_the_session() -> None:
    caller, echo = await live_pair()
    await caller.close()
    await asyncio.wait_for(echo.session.wait_closed(), 10)
    assert echo.reasons == ["the client ended the call"]


async def test_a_client_that_vanishes_ends_the_session() -> None:
    caller, echo = await live_pair(RtcOptions(silence_timeout_s=1.0))
    caller.vanish()
    await asyncio.wait_for(echo.session.wait_closed(), 10)
    assert echo.reasons == ["the client has vanished"]
    await caller.close()


def test_a_vanished_client_is_noticed_within_fifteen_seconds() -> None:
    options = RtcOptions()
    # The watch looks once a second.
    assert options.silence_timeout_s + 1.0 <= 15.0
    assert options.silence_timeout_s > 2 * 5 * 1.2, "two consent checks of RFC 7675 must fit"


async def test_a_client_that_never_connects_ends_the_session() -> None:
    echo = Echo(RtcOptions(connect_timeout_s=1.0))
    caller = Caller()
    await echo.session.answer(await caller.offer())
    await caller.close()
    await asyncio.wait_for(echo.session.wait_closed(), 10)
    assert echo.reasons == ["no connection could be made in time"]


async def test_a_fault_in_the_consumer_does_not_end_the_session() -> None:
    echo = Echo()
    frames = 0

    def fail(frame: object) -> None:
        nonlocal frames
        frames += 1
        raise RuntimeError("on purpose")

    echo.session._on_frame = fail
    caller = Caller(camera=SquareCamera())
    await caller.call(echo.session)
    await until(lambda: frames >= 5)
    assert echo.session.state is SessionState.LIVE
    await caller.close()
    await echo.session.close()


def holdings() -> tuple[int, int, int]:
    gc.collect()
    # The client's own encoder runs in asyncio's executor, which keeps its threads.
    threads = [t for t in threading.enumerate() if not t.name.startswith("asyncio_")]
    return len(asyncio.all_tasks()), len(threads), len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
async def test_nothing_is_left_of_twenty_sessions() -> None:
    caller, echo = await live_pair()
    await caller.close()
    await echo.session.close()
    await asyncio.sleep(0.1)
    before = holdings()

    for round_ in range(4):
        pairs = await asyncio.gather(*(live_pair() for _ in range(5)))
        during = holdings()
        assert all(now > then for now, then in zip(during, before, strict=True))
        for caller, echo in pairs:
            if round_ % 2:
                await caller.close()
                await asyncio.wait_for(echo.session.wait_closed(), 10)
            else:
                await echo.session.close()
                await caller.close()
    await asyncio.sleep(0.2)
    assert holdings() == before


async def test_a_wrong_fingerprint_ends_the_session() -> None:
    echo = Echo()
    caller = Caller()
    offer = await caller.offer()
    spoilt = re.sub(r"(a=fingerprint:\S+ )\w\w:\w\w", r"\g<1>00:00", offer)
    assert spoilt != offer
    await caller.accept(await echo.session.answer(spoilt))
    await asyncio.wait_for(echo.session.wait_closed(), 10)
    assert echo.reasons == ["the connection failed"]
    await caller.close()


async def test_a_performance_needs_no_camera() -> None:
    echo = Echo(RtcOptions(camera_required=False))
    caller = Caller(direction="recvonly")
    await caller.call(echo.session)
    await until(lambda: echo.session.state is SessionState.LIVE)
    for step in range(1000):
        echo.session.send_picture(drawn(256, 256, step))
        await asyncio.sleep(0.02)
        if len(caller.frames) >= 5:
            break
    assert (caller.frames[-1].width, caller.frames[-1].height) == (256, 256)
    assert echo.received == []
    await caller.close()
    await echo.session.close()


async def test_a_client_that_only_sends_is_served() -> None:
    echo = Echo()
    caller = Caller(camera=SquareCamera(), direction="sendonly")
    await caller.call(echo.session)
    await until(lambda: len(echo.received) >= 5)
    assert echo.sent == []
    await caller.close()
    await echo.session.close()
