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
from avatar_server.errors import AvatarFileError
from avatar_server.expression import performance_names

router = APIRouter(prefix="/v1", tags=["avatars"])

_MODEL_TYPES = {".gltf": "model/gltf+json"}
_REVALIDATE = {"Cache-Control": "no-cache"}
"""Files carry an ETag; an avatar that was exported anew is seen at once."""


@router.get("/avatars")
async def list_avatars(context: Context) -> dict[str, Any]:
    """The avatars of this server."""
    await asyncio.to_thread(context.catalog.refresh)
    return {"avatars": [describe(entry) for entry in context.catalog.entries()]}


@router.get("/avatars/{avatar_id}")
async def get_avatar(avatar_id: str, context: Context) -> dict[str, Any]:
    """One avatar: names, licence, credits, actions."""
    return describe(_entry(context, avatar_id))


@router.get("/avatars/{avatar_id}/thumbnail", response_class=Response)
async def get_thumbnail(avatar_id: str, context: Context) -> Response:
    """A small picture of the avatar."""
    path = thumbnail_path(_entry(context, avatar_id))
    if path is None:
        raise Problem(404, "No thumbnail", f"the avatar {avatar_id!r} has no picture of itself")
    return FileResponse(path, headers=_REVALIDATE)


@router.get("/avatars/{avatar_id}/model", response_class=Response)
async def get_model(avatar_id: str, context: Context) -> Response:
    """The avatar's model file, for clients that draw it themselves."""
    path = _entry(context, avatar_id).model_path
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


def describe(entry: CatalogEntry) -> dict[str, Any]:
    """An avatar for JSON: what its manifest says, and where its files are."""
    manifest = entry.manifest
    links = {"model": f"/v1/avatars/{entry.id}/model"}
    if thumbnail_path(entry) is not None:
        links["thumbnail"] = f"/v1/avatars/{entry.id}/thumbnail"
    actions = [action.model_dump() for action in allowed_actions(manifest)]
    if manifest is None:
        return {"id": entry.id, "name": entry.name, "actions": actions, **links}
    return {
        "id": entry.id,
        "name": manifest.name,
        "description": manifest.description,
        "licence": manifest.licence.model_dump(),
        "credits": list(manifest.credits),
        "actions": actions,
        **links,
    }


def thumbnail_path(entry: CatalogEntry) -> Path | None:
    path = entry.thumbnail_path
    return path if path is not None and path.is_file() else None


def _entry(context: ServerContext, avatar_id: str) -> CatalogEntry:
    try:
        return context.catalog.entry(avatar_id)
    except AvatarFileError as error:
        raise Problem(404, "No such avatar", str(error)) from error
