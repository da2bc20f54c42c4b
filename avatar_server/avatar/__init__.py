"""The character: import, skeleton, morphs, gaze, springs, idle life and actions."""

from avatar_server.avatar.actions import allowed_actions
from avatar_server.avatar.catalog import (
    Avatar,
    AvatarCatalog,
    CatalogEntry,
    find_avatar,
    load_avatar,
)
from avatar_server.avatar.character import Character
from avatar_server.avatar.importer import load_model
from avatar_server.avatar.manifest import Manifest, read_manifest
from avatar_server.avatar.model import AvatarModel

__all__ = [
    "Avatar",
    "AvatarCatalog",
    "AvatarModel",
    "CatalogEntry",
    "Character",
    "Manifest",
    "allowed_actions",
    "find_avatar",
    "load_avatar",
    "load_model",
    "read_manifest",
]
