"""The engine of each name. A further cluster engine is one more module and one more line here."""

from __future__ import annotations

from avatar_server.workers.local import LocalEngine
from avatar_server.workers.process import ProcessEngine
from avatar_server.workers.protocol import Engine


def create_engine(name: str) -> Engine:
    """Raises SettingsError for an engine whose package is not installed."""
    if name == "local":
        return LocalEngine()
    if name == "ray":
        from avatar_server.workers.ray_cluster import RayEngine

        return RayEngine()
    return ProcessEngine()
