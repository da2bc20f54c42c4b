"""An ICE agent that listens where it is told and hands media on without a detour."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import random
import time
from collections.abc import Callable
from typing import Any

import aioice.ice
from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority

from avatar_server.rtc.options import RtcOptions

_BIND_TRIES = 64


class MediaProtocol(aioice.ice.StunProtocol):
    """A socket of the agent that tells media from STUN by the first octet (RFC 7983, 7); aioice
    reads every packet as STUN first, and learns from the exception that it is none."""

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        if isinstance(data, bytes) and data and data[0] > 3:
            self.receiver.data_received(data, self.local_candidate.component)
        else:
            super().datagram_received(data, addr)


class IceConnection(Connection):
    """aioice's agent with three additions: bind addresses and a port range (aioice takes
    neither), the time when the peer was last heard, and a short way for media packets past the
    STUN parser, the queue and the task that aiortc reads all packets with."""

    last_heard_s: float
    _options: RtcOptions
    _on_media: Callable[[bytes], bool]

    @classmethod
    def take_over(
        cls, connection: Connection, options: RtcOptions, on_media: Callable[[bytes], bool]
    ) -> IceConnection:
        """Turns an agent that has not gathered yet into one of this class. aiortc makes its
        agents itself and takes none, hence the change of class.

        ``on_media`` gets each packet that is not STUN, and returns whether it took it.
        """
        connection.__class__ = cls
        assert isinstance(connection, cls)
        connection._options = options
        connection._on_media = on_media
        connection._use_ipv6 = options.use_ipv6
        connection.last_heard_s = time.monotonic()
        return connection

    def data_received(self, data: bytes, component: int) -> None:
        self.last_heard_s = time.monotonic()
        if not self._on_media(data):
            super().data_received(data, component)

    def request_received(
        self,
        message: aioice.stun.Message,
        addr: tuple[str, int],
        protocol: aioice.ice.StunProtocol,
    ) -> None:
        self.last_heard_s = time.monotonic()
        super().request_received(message, addr, protocol)

    def send_now(self, data: bytes) -> None:
        """Sends a datagram on the selected pair; drops it where there is none yet."""
        pair = self._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.sendto(data, pair.remote_addr)

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 (aioice's own signature)
    ) -> list[Candidate]:
        chosen = list(self._options.bind_addresses) or addresses or ["127.0.0.1"]
        if self._options.port_range is None:
            candidates = await super().get_component_candidates(component, chosen, timeout)
            for protocol in self._protocols:
                # aioice makes its sockets itself, hence the change of class.
                if type(protocol) is aioice.ice.StunProtocol:
                    protocol.__class__ = MediaProtocol
            return candidates
        bound = [await self._bind_in_range(component, address) for address in chosen]
        protocols = [protocol for protocol in bound if protocol is not None]
        self._protocols += protocols
        candidates = [protocol.local_candidate for protocol in protocols]
        candidates += await self._ask_stun_server(protocols, timeout)
        # Without addresses, what is left for aioice to gather is the relayed candidate.
        return candidates + await super().get_component_candidates(component, [], timeout)

    async def _ask_stun_server(
        self, protocols: list[aioice.ice.StunProtocol], wait_s: float
    ) -> list[Candidate]:
        """What the STUN server sees of each socket (IPv4 only, as aioice does)."""
        if self.stun_server is None:
            return []
        questions = [
            asyncio.wait_for(
                aioice.ice.server_reflexive_candidate(protocol, self.stun_server), wait_s
            )
            for protocol in protocols
            if ipaddress.ip_address(protocol.local_candidate.host).version == 4
        ]
        answers = await asyncio.gather(*questions, return_exceptions=True)
        return [answer[0] for answer in answers if not isinstance(answer, BaseException)]

    async def _bind_in_range(self, component: int, address: str) -> aioice.ice.StunProtocol | None:
        """Opens a socket on a free port of the range, beginning at a random one so that
        sessions do not all try the same."""
        assert self._options.port_range is not None
        low, high = self._options.port_range
        loop = asyncio.get_running_loop()
        ports = range(low, high + 1)
        for port in random.sample(ports, min(len(ports), _BIND_TRIES)):
            try:
                _, protocol = await loop.create_datagram_endpoint(
                    lambda: MediaProtocol(self), local_addr=(address, port)
                )
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                return None
            host = str(ipaddress.ip_address(address))
            protocol.local_candidate = Candidate(
                foundation=candidate_foundation("host", "udp", host),
                component=component,
                transport="udp",
                priority=candidate_priority(component, "host"),
                host=host,
                port=port,
                type="host",
            )
            return protocol
        return None
