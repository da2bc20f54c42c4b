"""``python -m avatar_server.api.inspect_upload FILE NAME I_AM USAGE``: read a stranger's model
under limits, write its manifest and thumbnail beside it, and print what it is as JSON. ``I_AM`` is
what the sender says to be, "" for nothing; ``USAGE`` what the server is used for."""

from __future__ import annotations

import json
import os
import re
import resource
import secrets
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from PIL import Image

from avatar_server.avatar import Avatar, Character, load_avatar
from avatar_server.avatar.licence import (
    CommercialUsage,
    Permissions,
    check_commercial_usage,
)
from avatar_server.avatar.manifest import MANIFEST_NAME, write_manifest
from avatar_server.errors import AvatarFileError, AvatarServerError, LicenceError, RenderError
from avatar_server.expression import rest_expression
from avatar_server.render import create_renderer
from avatar_server.types import Wearer

MEMORY_LIMIT_BYTES = 4 * 1024**3
THUMBNAIL_PIXELS = 256


def inspect(path: Path, name: str, i_am: Wearer | None, usage: CommercialUsage) -> dict[str, Any]:
    """The report of a model that is good. Raises AvatarFileError, LicenceError."""
    avatar = load_avatar(path)
    check_commercial_usage(avatar.model.meta, usage)
    title = avatar.model.meta.title or Path(name).stem or "Imported avatar"
    avatar_id = identifier(title)
    personal = bool(Permissions.of(avatar.model.meta).wearers)
    if personal:
        # Who cannot list it has to know its id, so nobody may guess that.
        avatar_id = f"{avatar_id}-{secrets.token_hex(8)}"
    manifest = avatar.manifest.model_copy(
        update={
            "id": avatar_id,
            "name": title[:80],
            "imported_by": i_am,
            "listed": not personal,
        }
    )
    if draw_thumbnail(avatar, path.with_name("thumbnail.png")):
        manifest = manifest.model_copy(update={"thumbnail": "thumbnail.png"})
    write_manifest(manifest, path.with_name(MANIFEST_NAME))
    model = avatar.model
    meta = {field.name: getattr(model.meta, field.name) for field in fields(model.meta)}
    meta["permissions"] = dict(model.meta.permissions)
    return {
        "id": manifest.id,
        "model_info": {
            "meta": meta,
            "triangles": model.triangle_count,
            "vertices": len(model.positions),
            "morphs": len(model.morphs),
            "joints": len(model.nodes),
            "humanoid_bones": sorted(model.humanoid),
            "expressions": sorted(model.expressions),
        },
    }


def draw_thumbnail(avatar: Avatar, path: Path) -> bool:
    """A picture of the avatar at rest; False where this machine cannot draw."""
    try:
        renderer = create_renderer(avatar, width=THUMBNAIL_PIXELS, height=THUMBNAIL_PIXELS)
    except RenderError:
        return False
    rig = Character(avatar).pose(rest_expression(0.0))
    Image.fromarray(renderer.draw_rgba(rig)).convert("RGB").save(path)
    renderer.close()
    return True


def identifier(title: str) -> str:
    """A title as an id: lower case, letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "avatar"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    path, name = Path(sys.argv[1]), sys.argv[2]
    i_am, usage = cast("Wearer | None", sys.argv[3] or None), cast("CommercialUsage", sys.argv[4])
    # The report is the last word on this pipe, so that a library's print is not taken for it.
    report_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        report = inspect(path, name, i_am, usage)
    except AvatarFileError as error:
        report = {"error": str(error).replace(str(path), name or "the file")}
    except LicenceError as error:
        report = {"error": str(error), "terms": dict(error.terms)}
    except AvatarServerError as error:
        report = {"error": str(error)}
    except MemoryError:
        report = {"error": "the model needs too much memory; simplify it"}
    except Exception as error:
        report = {"error": f"the file cannot be read: {type(error).__name__}: {error}"}
    with report_to:
        json.dump(report, report_to)


if __name__ == "__main__":
    main()
