"""Where a session listens."""

from __future__ import annotations

import asyncio
import re
import socket

import pytest
from aioice import stun

from avatar_server.rtc import IceServer, RtcOptions
from tests.rtc.client import Caller, Echo, SquareCamera, until


def candidates(answer: str) -> list[tuple[str, int, str]]:
    found = re.findall(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ (\S+)", answer, re.MULTILINE)
    return [(host, int(port), kind) for host, port, kind in found]


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def connect(options: RtcOptions) -> list[tuple[str, int, str]]:
    """The candidates of a call that comes about."""
    echo = Echo(options)
    caller = Caller(camera=SquareCamera())
    answer = await echo.session.answer(await caller.offer())
    await caller.accept(answer)
    await until(lambda: len(caller.frames) >= 3)
    await caller.close()
    await echo.session.close()
    return candidates(answer)


async def test_only_the_named_address_is_listened_on() -> None:
    echo = Echo(RtcOptions(bind_addresses=("127.0.0.1",)))
    caller = Caller()
    answer = await echo.session.answer(await caller.offer())
    assert {host for host, _, _ in candidates(answer)} == {"127.0.0.1"}
    await caller.close()
    await echo.session.close()


async def test_ports_are_taken_from_the_range() -> None:
    found = await connect(RtcOptions(port_range=(42_000, 42_050)))
    assert found
    assert all(42_000 <= port <= 42_050 for _, port, _ in found)


async def test_a_taken_port_is_passed_over() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        options = RtcOptions(bind_addresses=("127.0.0.1",), port_range=(port, port + 1))
        echo = Echo(options)
        caller = Caller()
        answer = await echo.session.answer(await caller.offer())
        assert [p for _, p, _ in candidates(answer)] == [port + 1]
        await caller.close()
        await echo.session.close()


async def test_ipv6_can_be_switched_off() -> None:
    found = await connect(RtcOptions(use_ipv6=False))
    assert all(":" not in host for host, _, _ in found)


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6")
async def test_ipv6_is_offered_where_it_is_bound() -> None:
    echo = Echo(RtcOptions(bind_addresses=("::1",), port_range=(42_100, 42_120)))
    caller = Caller()
    answer = await echo.session.answer(await caller.offer())
    assert [host for host, _, _ in candidates(answer)] == ["::1"]
    await caller.close()
    await echo.session.close()


@pytest.mark.parametrize("url", ["", "http://example.org", "stun:", "stun:a?transport=udp"])
def test_what_is_no_ice_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no ICE server"):
        IceServer(url)


class _StunServer:
    """Answers binding requests (RFC 8489) with the address they came from."""

    def __init__(self) -> None:
        self.asked = 0

    def connection_made(self, transport: object) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        pass

    def datagram_received(self, data: bytes, address: tuple) -> None:
        request = stun.parse_message(data)
        self.asked += 1
        response = stun.Message(
            stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = ("203.0.113.7", address[1])
        self.transport.sendto(bytes(response), address)


@pytest.mark.parametrize("port_range", [None, (42_200, 42_220)])
async def test_a_stun_server_gives_a_reflexive_candidate(
    port_range: tuple[int, int] | None,
) -> None:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        _StunServer, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    echo = Echo(
        RtcOptions(
            bind_addresses=("127.0.0.1",),
            port_range=port_range,
            ice_servers=(IceServer(f"stun:127.0.0.1:{port}"),),
        )
    )
    caller = Caller()
    answer = await echo.session.answer(await caller.offer())
    assert server.asked == 1
    assert {kind: host for host, _, kind in candidates(answer)} == {
        "host": "127.0.0.1",
        "srflx": "203.0.113.7",
    }
    await caller.close()
    await echo.session.close()
    transport.close()
