"""A bad network made of a good one: loss, delay, jitter and a bottleneck, both ways."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from avatar_server.probe.options import Impairment

LONGEST_QUEUE_S = 0.25
"""What a bottleneck's buffer holds; more is dropped, as routers do."""


class Shaper:
    """Passes packets on late, or never. One direction of one caller."""

    def __init__(self, impairment: Impairment, deliver: Callable[[bytes], None], seed: int) -> None:
        self._impairment = impairment
        self._deliver = deliver
        self._random = random.Random(seed)
        self._free_at = 0.0
        self.dropped = 0

    def push(self, packet: bytes) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._random.random() < self._impairment.loss:
            self.dropped += 1
            return
        leaves_at = now
        if self._impairment.rate_bps:
            leaves_at = max(now, self._free_at) + len(packet) * 8 / self._impairment.rate_bps
            if leaves_at - now > LONGEST_QUEUE_S:
                self.dropped += 1
                return
            self._free_at = leaves_at
        late_ms = self._impairment.delay_ms
        late_ms += self._random.uniform(0, self._impairment.jitter_ms)
        loop.call_at(leaves_at + late_ms / 1000, self._deliver, packet)


def impair(ice_transport: Any, impairment: Impairment, seed: int) -> None:
    """Put a shaper into both directions of an aiortc ``RTCIceTransport`` that is not yet started.

    aiortc keeps the two functions that move its datagrams in ``_send`` and ``_recv``.
    """
    if impairment.none:
        return
    send, receive = ice_transport._send, ice_transport._recv
    arrived: asyncio.Queue[bytes | Exception] = asyncio.Queue()
    tasks: set[asyncio.Task[None]] = set()

    async def passed_on(packet: bytes) -> None:
        try:
            await send(packet)
        except ConnectionError:
            return

    def deliver_out(packet: bytes) -> None:
        task = asyncio.ensure_future(passed_on(packet))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    outwards = Shaper(impairment, deliver_out, seed)
    inwards = Shaper(impairment, arrived.put_nowait, seed + 1)

    async def pump() -> None:
        try:
            while True:
                inwards.push(await receive())
        except ConnectionError as error:
            arrived.put_nowait(error)

    async def shaped_send(packet: bytes) -> None:
        outwards.push(packet)

    async def shaped_receive() -> bytes:
        if not any(task.get_name() == "pump" for task in tasks):
            task = asyncio.create_task(pump(), name="pump")
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        packet = await arrived.get()
        if isinstance(packet, Exception):
            raise packet
        return packet

    ice_transport._send, ice_transport._recv = shaped_send, shaped_receive
