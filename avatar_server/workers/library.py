"""The avatars and performances of a worker, each loaded once and shared by its sessions."""

from __future__ import annotations

import asyncio
from pathlib import Path

from avatar_server.avatar import Avatar, AvatarCatalog
from avatar_server.avatar.licence import CommercialUsage
from avatar_server.errors import AvatarFileError
from avatar_server.expression import Performance, load_performance, performance_path


class Library:
    """Loads in threads, so that neither the event loop nor the pipelines wait for a disk."""

    def __init__(
        self, avatar_folders: list[Path], commercial_usage: CommercialUsage = "personalNonProfit"
    ) -> None:
        self._avatar_folders = avatar_folders
        self._commercial_usage = commercial_usage
        self._catalog: AvatarCatalog | None = None
        self._performances: dict[str, Performance] = {}

    async def avatar(self, avatar_id: str) -> Avatar:
        """Raises AvatarFileError when there is none of this id or it cannot be read."""
        return await asyncio.to_thread(self._avatar, avatar_id)

    async def performance(self, name: str) -> Performance:
        """Raises MediaFileError when there is none of this name or it cannot be read."""
        performance = self._performances.get(name)
        if performance is None:
            path = performance_path(name)
            performance = await asyncio.to_thread(load_performance, path)
            self._performances[name] = performance
        return performance

    def built_in_ids(self) -> list[str]:
        """The avatars of the first folder, those that come with the server."""
        if self._catalog is None:
            return []
        first = self._avatar_folders[0]
        return [e.id for e in self._catalog.entries() if e.path.parent == first]

    def _avatar(self, avatar_id: str) -> Avatar:
        if self._catalog is None:
            self._catalog = AvatarCatalog(self._avatar_folders, self._commercial_usage)
        try:
            return self._catalog.get(avatar_id)
        except AvatarFileError:
            # It may have been imported since.
            self._catalog.refresh()
            return self._catalog.get(avatar_id)
