"""All callers at once, each in a process of its own, so that none waits for another."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from avatar_server.probe.client import call
from avatar_server.probe.options import ClientRecord, ProbeOptions


def run(
    options: ProbeOptions, hung_up: Callable[[ClientRecord], None] | None = None
) -> list[ClientRecord]:
    """Call with ``options.clients`` callers and wait for all; ``hung_up`` hears of each."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.clients, mp_context=context) as callers:
        calls = [callers.submit(call, options, client) for client in range(options.clients)]
        for done in as_completed(calls):
            if hung_up is not None:
                hung_up(done.result())
        return [done.result() for done in calls]
