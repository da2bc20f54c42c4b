"""``POST /v1/avatars``: bring a VRM or GLB. The file is read in a process of its own, which has
limits of time and memory: it comes from a stranger."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from avatar_server.api.avatars import describe
from avatar_server.api.context import Authorized, Context, ServerContext
from avatar_server.api.problems import Problem
from avatar_server.api.uploads import FORM, save_upload
from avatar_server.config import Settings
from avatar_server.errors import LicenceError
from avatar_server.types import Wearer
from avatar_server.workers.threads import thread_environment

router = APIRouter(prefix="/v1", tags=["avatars"])

_IMPORT_DOCS = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "model/gltf-binary": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post("/avatars", status_code=201, dependencies=[Authorized], openapi_extra=_IMPORT_DOCS)
async def import_avatar(
    request: Request,
    context: Context,
    i_am: Annotated[
        Wearer | None,
        Query(description="What you are, for a model that not everybody may wear."),
    ] = None,
) -> dict[str, Any]:
    """Import a VRM 0.x, VRM 1.0 or GLB file. The answer shows the licence that the file states.

    An avatar that only its author, or only licensed people, may wear is listed for nobody, and its
    id, which only this answer tells, is its key. Unless ``i_am`` says what its importer is,
    ``wearing`` says what is needed of who wears it. A licence that forbids what this server is
    used for is 403.
    """
    settings = context.settings
    if not settings.allow_imports:
        raise Problem(403, "No imports", "this server takes no avatars over HTTP")
    settings.imports.mkdir(parents=True, exist_ok=True)
    # In the same folder, so that the finished avatar is moved into place in one step.
    folder = Path(tempfile.mkdtemp(prefix=".import-", dir=settings.imports))
    try:
        upload = folder / "model.vrm"
        name = await save_upload(request, upload, settings.max_upload_bytes)
        async with context.importing:
            report = await _inspect(upload, name, i_am, settings)
        avatar_id = _place(context, folder, str(report["id"]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    await asyncio.to_thread(context.catalog.refresh)
    described = describe(context.catalog.entry(avatar_id), settings)
    return {**described, "model_info": report["model_info"]}


async def _inspect(
    path: Path, name: str, i_am: Wearer | None, settings: Settings
) -> dict[str, Any]:
    """Let ``avatar_server.api.inspect_upload`` read the file, write a manifest and a thumbnail
    beside it, and tell of it. Raises Problem 422 with the cause where the file is no good, and
    LicenceError."""
    limit_s = settings.import_limit_s
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "avatar_server.api.inspect_upload"),
        *(str(path), name, i_am or "", settings.commercial_usage),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **thread_environment()},
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), limit_s)
    except TimeoutError as error:
        raise Problem(
            422,
            "The avatar cannot be used",
            f"reading the file took more than {limit_s:g} s; simplify the model",
        ) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        report: dict[str, Any] = json.loads(output)
    except ValueError as error:
        raise Problem(
            422,
            "The avatar cannot be used",
            f"reading the file ended with code {process.returncode}; it may need too much memory",
        ) from error
    if "terms" in report:
        raise LicenceError(str(report["error"]), **report["terms"])
    if "error" in report:
        raise Problem(422, "The avatar cannot be used", str(report["error"]))
    return report


def _place(context: ServerContext, folder: Path, avatar_id: str) -> str:
    """Move the finished avatar to where the catalogue sees it, under an id that is free."""
    taken = set(context.catalog.ids())
    number, free = 1, avatar_id
    while free in taken or (context.settings.imports / free).exists():
        number += 1
        free = f"{avatar_id}-{number}"
    manifest_path = folder / "manifest.json"
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    manifest["id"] = free
    manifest_path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    folder.rename(context.settings.imports / free)
    return free
