"""Small files, written and read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.avatar import load_model
from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import AvatarFileError

from .files import Gltf


def read(file: Gltf, folder: Path) -> AvatarModel:
    return load_model(file.write(folder))


def attributes(file: Gltf) -> dict:
    return file.json["meshes"][0]["primitives"][0]["attributes"]


def refusal(path: Path) -> str:
    """The one line by which ``path`` is refused."""
    with pytest.raises(AvatarFileError) as caught:
        load_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    return message
