"""A worker in the gateway's own process: for one caller or a few, and for debugging."""

from __future__ import annotations

from avatar_server.config import Settings
from avatar_server.workers.protocol import DeathListener, EventListener, WorkerLink


class LocalEngine:
    """Starts workers that share the gateway's event loop. Such a worker dies with the gateway."""

    async def start(
        self, index: int, settings: Settings, on_event: EventListener, on_death: DeathListener
    ) -> WorkerLink:
        # The gateway alone needs none of what a worker loads.
        from avatar_server.workers.worker import Worker

        worker = Worker(settings, on_event)
        await worker.start()
        return worker

    async def close(self) -> None: ...
