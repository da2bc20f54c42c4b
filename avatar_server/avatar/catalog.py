"""Avatars on disk: one folder or file, and the folders that hold many."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from avatar_server.avatar.importer import load_model
from avatar_server.avatar.licence import CommercialUsage, check_commercial_usage, check_wearer
from avatar_server.avatar.manifest import (
    MANIFEST_NAME,
    Licence,
    Manifest,
    identifier,
    read_manifest,
)
from avatar_server.avatar.model import AvatarModel, ModelMeta
from avatar_server.avatar.vrm.meta import read_meta
from avatar_server.builtin import builtin_folder
from avatar_server.errors import AvatarFileError, LicenceError
from avatar_server.types import Wearer

MODEL_SUFFIXES = (".vrm", ".glb", ".gltf")


@dataclass(frozen=True, slots=True)
class Avatar:
    """A character ready to be worn: its manifest and its model."""

    id: str
    manifest: Manifest
    model: AvatarModel
    folder: Path


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """An avatar that is on disk, its model not yet read. ``manifest`` is None for a bare file."""

    id: str
    path: Path
    manifest: Manifest | None
    meta: ModelMeta
    """What the model's file says of itself."""

    @property
    def listed(self) -> bool:
        """Whether others than who knows its id are told of it."""
        return self.manifest is None or self.manifest.listed

    @property
    def imported_by(self) -> Wearer | None:
        """What its importer said to be."""
        return self.manifest.imported_by if self.manifest else None

    @property
    def name(self) -> str:
        return self.manifest.name if self.manifest else self.path.stem

    @property
    def model_path(self) -> Path:
        return self.path / self.manifest.model if self.manifest else self.path

    @property
    def thumbnail_path(self) -> Path | None:
        if self.manifest is None or self.manifest.thumbnail is None:
            return None
        return self.path / self.manifest.thumbnail


def load_avatar(path: Path) -> Avatar:
    """An avatar from a folder with a manifest.json, or a bare .vrm, .glb or .gltf.

    Raises ``AvatarFileError``: one line that names the file and what to do.
    """
    path = Path(path)
    if path.is_dir():
        manifest = read_manifest(path / MANIFEST_NAME)
        model_path = path / manifest.model
        if not model_path.is_file():
            raise AvatarFileError(
                f"{path / MANIFEST_NAME}: model: there is no {manifest.model} beside it; "
                "correct the name or add the file"
            )
        return Avatar(manifest.id, manifest, load_model(model_path), path)
    if not path.exists():
        raise AvatarFileError(f"{path}: no such avatar; give a folder, a .vrm or a .glb")
    if path.suffix.lower() not in MODEL_SUFFIXES:
        raise AvatarFileError(
            f"{path}: is no avatar file; give a folder with {MANIFEST_NAME}, a .vrm or a .glb"
        )
    model = load_model(path)
    manifest = default_manifest(path, model)
    return Avatar(manifest.id, manifest, model, path.parent)


def default_manifest(path: Path, model: AvatarModel) -> Manifest:
    """What a bare model file at ``path`` gets: its own names and licence, all else by default."""
    meta: ModelMeta = model.meta
    return Manifest(
        schema=1,
        id=identifier(path.stem),
        name=(meta.title or model.name or path.stem)[:80],
        model=path.name,
        licence=Licence(spdx=meta.licence, url=meta.licence_url),
        credits=meta.authors,
    )


class AvatarCatalog:
    """The avatars of several folders; in case of the same id the earlier folder wins.

    Each entry of a folder is a folder with a manifest.json or a bare model file, which yields to a
    folder of the same id. Models are read on
    first use and kept: all sessions of a process share them. Safe to use from several threads.

    Avatars whose licence does not allow ``commercial_usage`` are left out.
    """

    def __init__(
        self,
        folders: Iterable[Path] | None = None,
        commercial_usage: CommercialUsage = "personalNonProfit",
    ) -> None:
        self.folders = tuple(folders) if folders is not None else (builtin_folder("avatars"),)
        self._commercial_usage = commercial_usage
        self._lock = threading.Lock()
        self._entries: dict[str, CatalogEntry] = {}
        self._avatars: dict[str, Avatar] = {}
        self._refused: dict[str, LicenceError] = {}
        self.broken: dict[Path, str] = {}
        self.refresh()

    def refresh(self) -> None:
        """Looks at the folders again. Broken ones are left out and named in ``broken``."""
        entries: dict[str, CatalogEntry] = {}
        refused: dict[str, LicenceError] = {}
        broken: dict[Path, str] = {}
        for folder in self.folders:
            paths = folder.iterdir() if folder.is_dir() else ()
            for path in sorted(paths, key=lambda path: (path.is_file(), path)):
                try:
                    entry = _entry(path)
                except AvatarFileError as error:
                    broken[path] = str(error)
                    continue
                if entry is None or entry.id in entries:
                    continue
                try:
                    check_commercial_usage(entry.meta, self._commercial_usage)
                except LicenceError as error:
                    broken[path], refused[entry.id] = str(error), error
                    continue
                entries[entry.id] = entry
        with self._lock:
            gone = [i for i in self._avatars if entries.get(i) != self._entries.get(i)]
            for avatar_id in gone:
                del self._avatars[avatar_id]
            self._entries, self._refused, self.broken = entries, refused, broken

    def ids(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def entries(self) -> tuple[CatalogEntry, ...]:
        return tuple(self._entries.values())

    def listed(self) -> tuple[CatalogEntry, ...]:
        """The entries that everybody may be told of."""
        return tuple(entry for entry in self.entries() if entry.listed)

    def entry(self, avatar_id: str) -> CatalogEntry:
        """Raises ``AvatarFileError`` naming the ids that there are, ``LicenceError`` for one that
        may not be used here."""
        entry = self._entries.get(avatar_id)
        if entry is None:
            if (refused := self._refused.get(avatar_id)) is not None:
                raise LicenceError(str(refused), **refused.terms)
            known = ", ".join(e.id for e in self.listed()) or "none"
            raise AvatarFileError(f"there is no avatar {avatar_id!r}; choose one of: {known}")
        return entry

    def entry_to_wear(self, avatar_id: str, i_am: Wearer | None) -> CatalogEntry:
        """The entry for somebody who says ``i_am``. Raises what ``entry`` raises, and
        ``LicenceError`` when they may not wear it."""
        entry = self.entry(avatar_id)
        check_wearer(entry.meta, entry.imported_by, i_am)
        return entry

    def get(self, avatar_id: str) -> Avatar:
        """The avatar, read at its first use. Raises what ``entry`` raises."""
        entry = self.entry(avatar_id)
        with self._lock:
            if avatar_id not in self._avatars:
                self._avatars[avatar_id] = load_avatar(entry.path)
            return self._avatars[avatar_id]


def find_avatar(name: str, catalog: AvatarCatalog | None = None) -> Avatar:
    """The avatar of the catalog (default: the built-in ones) with this id, or the one at this path.

    Raises ``AvatarFileError``: there is neither.
    """
    catalog = catalog or AvatarCatalog()
    if name not in catalog.ids() and Path(name).exists():
        return load_avatar(Path(name))
    return catalog.get(name)


def _entry(path: Path) -> CatalogEntry | None:
    if (path / MANIFEST_NAME).is_file():
        manifest = read_manifest(path / MANIFEST_NAME)
        return CatalogEntry(manifest.id, path, manifest, _meta(path / manifest.model))
    if path.is_file() and path.suffix.lower() in MODEL_SUFFIXES:
        return CatalogEntry(identifier(path.stem), path, None, _meta(path))
    return None


def _meta(path: Path) -> ModelMeta:
    """The meta of a file; nothing for one that cannot be read, which its first use will tell."""
    try:
        state = path.stat()
        return _meta_of_state(path, state.st_mtime_ns, state.st_size)
    except (OSError, AvatarFileError):
        return ModelMeta()


@functools.lru_cache(maxsize=1024)
def _meta_of_state(path: Path, changed_ns: int, size: int) -> ModelMeta:
    """Read again only when the file has changed."""
    return read_meta(path)
