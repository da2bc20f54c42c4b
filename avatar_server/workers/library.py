"""The avatars and performances of a worker, each loaded once and shared by its sessions."""

from __future__ import annotations

import asyncio
from pathlib import Path

from avatar_server.avatar import Avatar, AvatarCatalog
from avatar_server.errors import AvatarFileError, MediaFileError
from avatar_server.expression import Performance, load_performance


class Library:
    """Loads in threads, so that neither the event loop nor the pipelines wait for a disk."""

    def __init__(self, avatar_folders: list[Path], performance_folder: Path) -> None:
        self._avatar_folders = avatar_folders
        self._performance_folder = performance_folder
        self._catalog: AvatarCatalog | None = None
        self._performances: dict[str, Performance] = {}

    async def avatar(self, avatar_id: str) -> Avatar:
        """Raises AvatarFileError when there is none of this id or it cannot be read."""
        return await asyncio.to_thread(self._avatar, avatar_id)

    async def performance(self, name: str) -> Performance:
        """Raises MediaFileError when there is none of this name or it cannot be read."""
        performance = self._performances.get(name)
        if performance is None:
            path = performance_path(self._performance_folder, name)
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
            self._catalog = AvatarCatalog(self._avatar_folders)
        try:
            return self._catalog.get(avatar_id)
        except AvatarFileError:
            # It may have been imported since.
            self._catalog.refresh()
            return self._catalog.get(avatar_id)


def performance_names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.csv")) if folder.is_dir() else []


def performance_path(folder: Path, name: str) -> Path:
    """The file of a performance. Raises MediaFileError, with the names that there are."""
    names = performance_names(folder)
    if name not in names:
        known = ", ".join(names) or "none"
        raise MediaFileError(f"there is no performance {name!r}; there are: {known}")
    return folder / f"{name}.csv"
