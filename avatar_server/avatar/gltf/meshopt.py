"""EXT_meshopt_compression: not read yet."""

from __future__ import annotations

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.types import ByteArray


def decode_view(view: JsonObject, source: ByteArray) -> ByteArray:
    raise view.fail("meshopt compression is not read")
