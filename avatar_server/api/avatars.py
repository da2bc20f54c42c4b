"""The avatars, performances and backgrounds to choose from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from avatar_server.api.context import Context, ServerContext
from avatar_server.api.problems import Problem
from avatar_server.avatar import CatalogEntry, allowed_actions
from avatar_server.avatar.licence import (
    Permissions,
    as_written,
    check_redistribution,
    credit,
    lower_rating,
    needed_to_wear,
)
from avatar_server.avatar.manifest import Licence
from avatar_server.config import Settings
from avatar_server.errors import AvatarFileError
from avatar_server.expression import performance_names

router = APIRouter(prefix="/v1", tags=["avatars"])

_MODEL_TYPES = {".gltf": "model/gltf+json"}
_REVALIDATE = {"Cache-Control": "no-cache"}
"""Files carry an ETag; an avatar that was exported anew is seen at once."""


@router.get("/avatars")
async def list_avatars(context: Context) -> dict[str, Any]:
    """The avatars of this server, but for those that belong to who imported them."""
    await asyncio.to_thread(context.catalog.refresh)
    return {"avatars": [describe(e, context.settings) for e in context.catalog.listed()]}


@router.get("/avatars/{avatar_id}")
async def get_avatar(avatar_id: str, context: Context) -> dict[str, Any]:
    """One avatar: names, licence, credits, actions."""
    return describe(_entry(context, avatar_id), context.settings)


@router.get("/avatars/{avatar_id}/thumbnail", response_class=Response)
async def get_thumbnail(avatar_id: str, context: Context) -> Response:
    """A small picture of the avatar."""
    path = thumbnail_path(_entry(context, avatar_id))
    if path is None:
        raise Problem(404, "No thumbnail", f"the avatar {avatar_id!r} has no picture of itself")
    return FileResponse(path, headers=_REVALIDATE)


@router.get("/avatars/{avatar_id}/model", response_class=Response)
async def get_model(avatar_id: str, context: Context) -> Response:
    """The avatar's model file, for clients that draw it themselves; 403 where its licence does not
    let it be passed on."""
    entry = _entry(context, avatar_id)
    check_redistribution(entry.meta)
    path = entry.model_path
    if not path.is_file():
        raise Problem(404, "No model", f"the model of the avatar {avatar_id!r} is not there")
    kind = _MODEL_TYPES.get(path.suffix.lower(), "model/gltf-binary")
    return FileResponse(path, media_type=kind, filename=path.name, headers=_REVALIDATE)


@router.get("/performances")
async def list_performances() -> dict[str, Any]:
    """Recorded performances that can drive an avatar instead of a camera."""
    return {"performances": performance_names()}


@router.get("/backgrounds")
async def list_backgrounds() -> dict[str, Any]:
    """The named backgrounds; '#rrggbb' and 'transparent' are possible, too."""
    # Drawing needs libraries that the gateway has no other use for.
    from avatar_server.render.background import BACKGROUNDS

    return {"backgrounds": list(BACKGROUNDS)}


def describe(entry: CatalogEntry, settings: Settings) -> dict[str, Any]:
    """An avatar for JSON: what its manifest and its file say, and where its files are.

    ``model`` is absent where the licence does not let the file be passed on, ``credit`` where it
    asks for none, ``wearing`` where nothing more need be said to wear it.
    """
    manifest, meta = entry.manifest, entry.meta
    permissions = Permissions.of(meta)
    ceiling = lower_rating(settings.max_rating, permissions.max_rating)
    described: dict[str, Any] = {
        "id": entry.id,
        "name": entry.name,
        "description": manifest.description if manifest else "",
        "format": meta.spec,
        "licence": licence_of(entry).model_dump(),
        "permissions": dict(meta.permissions),
        "credits": list(manifest.credits if manifest and manifest.credits else meta.authors),
        "actions": [action.model_dump() for action in allowed_actions(manifest, ceiling)],
    }
    if line := credit(meta):
        described["credit"] = line
    if entry.imported_by:
        described["imported_by"] = entry.imported_by
    if needs := needed_to_wear(meta, entry.imported_by):
        permission, value = as_written(meta, "avatarPermission")
        described["wearing"] = {"needs": list(needs), "permission": permission, "value": value}
    if permissions.redistribution:
        described["model"] = f"/v1/avatars/{entry.id}/model"
    if thumbnail_path(entry) is not None:
        described["thumbnail"] = f"/v1/avatars/{entry.id}/thumbnail"
    return described


def licence_of(entry: CatalogEntry) -> Licence:
    """As the manifest names it, or else the model's file."""
    if entry.manifest and (entry.manifest.licence.spdx or entry.manifest.licence.url):
        return entry.manifest.licence
    return Licence(spdx=entry.meta.licence, url=entry.meta.licence_url)


def thumbnail_path(entry: CatalogEntry) -> Path | None:
    path = entry.thumbnail_path
    return path if path is not None and path.is_file() else None


def _entry(context: ServerContext, avatar_id: str) -> CatalogEntry:
    try:
        return context.catalog.entry(avatar_id)
    except AvatarFileError as error:
        raise Problem(404, "No such avatar", str(error)) from error
