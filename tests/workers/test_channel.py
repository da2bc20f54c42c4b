from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from avatar_server.errors import CapacityError, LicenceError, OfferError, WorkerGoneError
from avatar_server.workers.channel import Channel


@pytest.fixture
async def pair():
    """Two ends; the far one answers calls."""

    async def answer(call: str, arguments: dict[str, Any]) -> Any:
        match call:
            case "double":
                return arguments["number"] * 2
            case "refuse":
                raise OfferError("there is no video in it")
            case "forbid":
                raise LicenceError("only its author may", field="i_am", accepted=["author"])
            case "full":
                raise CapacityError("full")
            case "wait":
                await asyncio.sleep(60)
        raise ValueError(call)

    ours, theirs = socket.socketpair()
    events: list = []
    near = await Channel.open(ours, on_event=events.append)
    far = await Channel.open(theirs, on_call=answer)
    running = [asyncio.create_task(end.run()) for end in (near, far)]
    yield near, far, events
    await near.close()
    await far.close()
    await asyncio.gather(*running)


async def test_calls_are_answered_also_when_many_are_under_way(pair):
    near, _, _ = pair
    results = await asyncio.gather(*(near.call("double", number=n) for n in range(50)))
    assert results == [2 * n for n in range(50)]


async def test_expected_errors_arrive_as_what_they_were(pair):
    near, _, _ = pair
    with pytest.raises(OfferError, match="no video"):
        await near.call("refuse")
    with pytest.raises(LicenceError, match="only its author") as caught:
        await near.call("forbid")
    assert caught.value.terms == {"field": "i_am", "accepted": ["author"]}
    with pytest.raises(CapacityError):
        await near.call("full")
    with pytest.raises(RuntimeError, match="nothing"):
        await near.call("nothing")


async def test_events_arrive_in_order(pair):
    near, far, events = pair
    for number in range(20):
        far.send_event({"number": number})
    await near.call("double", number=1)
    assert events == [{"number": number} for number in range(20)]


async def test_who_waits_is_told_when_the_other_end_is_gone(pair):
    near, far, _ = pair
    waiting = asyncio.create_task(near.call("wait"))
    await near.call("double", number=1)
    await far.close()
    with pytest.raises(WorkerGoneError):
        await waiting
    with pytest.raises(WorkerGoneError):
        await near.call("double", number=1)
