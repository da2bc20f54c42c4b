"""The meta of any file, read without its meshes and pictures."""

from __future__ import annotations

from pathlib import Path

from avatar_server.avatar.gltf.container import read_document
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.model import ModelMeta
from avatar_server.avatar.vrm import meta0, vrm0, vrm1


def read_meta(path: Path) -> ModelMeta:
    """Who made the model at ``path`` and what may be done with it, as ``load_model`` would say.

    Raises ``AvatarFileError`` for what is no glTF 2.0 file.
    """
    return meta_of(read_document(path))


def meta_of(document: JsonObject) -> ModelMeta:
    """The meta of a file's JSON; VRM 1.0 wins where a file has both, as it does for its bones."""
    extensions = document.object("extensions").leniently()
    if vrm1.NAME in extensions:
        return vrm1.read_meta(extensions.object(vrm1.NAME))
    if vrm0.NAME in extensions:
        return meta0.read_meta(extensions.object(vrm0.NAME).object("meta"))
    return ModelMeta(copyright=document.object("asset").leniently().text("copyright"))
