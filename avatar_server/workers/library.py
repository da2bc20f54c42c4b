"""The avatars and performances of a worker, each loaded once and shared by its sessions."""

from __future__ import annotations

import asyncio
from pathlib import Path

from avatar_server.avatar import Avatar, AvatarCatalog
from avatar_server.avatar.licence import CommercialUsage
from avatar_server.errors import AvatarFileError, LicenceError
from avatar_server.expression import Performance, load_performance, performance_path
from avatar_server.types import Wearer


class Library:
    """Loads in threads, so that neither the event loop nor the pipelines wait for a disk."""

    def __init__(
        self, avatar_folders: list[Path], commercial_usage: CommercialUsage = "personalNonProfit"
    ) -> None:
        self._avatar_folders = avatar_folders
        self._commercial_usage = commercial_usage
        self._catalog: AvatarCatalog | None = None
        self._performances: dict[str, Performance] = {}

    async def avatar(self, avatar_id: str, i_am: Wearer | None = None) -> Avatar:
        """The avatar for somebody who says ``i_am`` to wear. Raises AvatarFileError when there is
        none of this id or it cannot be read, LicenceError when they may not wear it."""
        return await asyncio.to_thread(self._avatar, avatar_id, i_am)

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

    def _avatar(self, avatar_id: str, i_am: Wearer | None) -> Avatar:
        if self._catalog is None:
            self._catalog = AvatarCatalog(self._avatar_folders, self._commercial_usage)
        try:
            return _to_wear(self._catalog, avatar_id, i_am)
        except (AvatarFileError, LicenceError):
            # It may have been imported since, or its importer may have said what they are.
            self._catalog.refresh()
            return _to_wear(self._catalog, avatar_id, i_am)


def _to_wear(catalog: AvatarCatalog, avatar_id: str, i_am: Wearer | None) -> Avatar:
    catalog.entry_to_wear(avatar_id, i_am)
    return catalog.get(avatar_id)
