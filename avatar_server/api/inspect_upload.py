"""``python -m avatar_server.api.inspect_upload FILE NAME``: read a stranger's model under limits,
write its manifest and thumbnail beside it, and print what it is as JSON."""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from PIL import Image

from avatar_server.avatar import Avatar, Character, load_avatar
from avatar_server.errors import AvatarFileError, AvatarServerError, RenderError
from avatar_server.expression import rest_expression
from avatar_server.render import create_renderer

MEMORY_LIMIT_BYTES = 4 * 1024**3
THUMBNAIL_PIXELS = 256


def inspect(path: Path, name: str) -> dict[str, Any]:
    """The report of a model that is good. Raises AvatarFileError."""
    avatar = load_avatar(path)
    title = avatar.model.meta.title or Path(name).stem or "Imported avatar"
    manifest = avatar.manifest.model_copy(update={"id": identifier(title), "name": title[:80]})
    data = manifest.model_dump(by_alias=True, mode="json", exclude_unset=False)
    if draw_thumbnail(avatar, path.with_name("thumbnail.png")):
        data["thumbnail"] = "thumbnail.png"
    path.with_name("manifest.json").write_text(json.dumps(data, indent=2), encoding="utf-8")
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
    # The report is the last word on this pipe, so that a library's print is not taken for it.
    report_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        report = inspect(path, name)
    except AvatarFileError as error:
        report = {"error": str(error).replace(str(path), name or "the file")}
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
