"""A thread that encodes or decodes, whose end the event loop can wait for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable


class CodecThread:
    """Runs ``work`` in a thread until it returns. Make it in a running event loop."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ended(self) -> None:
        """Returns when the thread is gone."""
        await self._ended.wait()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            # A loop that has been closed has nobody waiting.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ended.set)
