"""The file itself: binary glTF (.glb, .vrm) or JSON (.gltf), read into memory with limits."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.errors import AvatarFileError

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
_MAGIC: Final = b"glTF"
_CHUNK_JSON: Final = 0x4E4F534A  # glTF 2.0, 4.4.3
_CHUNK_BIN: Final = 0x004E4942

_DRAWN_WITHOUT: Final = (
    "KHR_materials_",
    "EXT_lights_",
    "KHR_lights_",
    "KHR_xmp",
    "EXT_materials_",
)
_UNDERSTOOD: Final = frozenset(
    {
        "EXT_meshopt_compression",
        "EXT_texture_avif",
        "EXT_texture_webp",
        "EXT_mesh_gpu_instancing",
        "KHR_animation_pointer",
        "KHR_draco_mesh_compression",
        "KHR_mesh_quantization",
        "KHR_meshopt_compression",
        "KHR_texture_basisu",
        "KHR_texture_transform",
        "VRM",
        "VRMC_materials_hdr_emissiveMultiplier",
        "VRMC_materials_mtoon",
        "VRMC_node_constraint",
        "VRMC_springBone",
        "VRMC_springBone_extended_collider",
        "VRMC_vrm",
        "VRMC_vrm_animation",
    }
)
"""Extensions that a file may require: they are read, or change nothing that is drawn, or have a
fallback that is."""


@dataclass(frozen=True, slots=True)
class GltfFile:
    """A parsed file: its JSON, the binary chunk (empty if none), and the folder for its URIs."""

    json: JsonObject
    binary: bytes
    folder: Path


def read_gltf(path: Path) -> GltfFile:
    """Reads ``path``; glTF 2.0, chapter 4.

    Raises ``AvatarFileError`` for anything that is not a whole glTF 2.0 file.
    """
    content = read_limited(path)
    if content[:4] == _MAGIC:
        text, binary = _split_chunks(content)
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        text, binary = content, b""
    else:
        raise AvatarFileError(
            f"neither binary glTF nor glTF JSON: it begins with {content[:4]!r}"
            if content
            else "the file is empty"
        )
    document = JsonObject(_parse(text), "")
    _check_version(document)
    _check_extensions(document)
    return GltfFile(document, binary, path.parent)


def read_document(path: Path) -> JsonObject:
    """The JSON of ``path`` alone: of a binary file no more is read than its first chunk, which is
    the JSON (glTF 2.0, 4.4.3). Raises ``AvatarFileError`` as ``read_gltf`` does."""
    try:
        with path.open("rb") as file:
            head = file.read(20)
            size, kind = struct.unpack_from("<II", head.ljust(20, b"\0"), 12)
            if head[:4] != _MAGIC or kind != _CHUNK_JSON or size > MAX_FILE_BYTES:
                return read_gltf(path).json
            text = file.read(size)
    except OSError as error:
        raise AvatarFileError(f"cannot be read: {error}") from None
    document = JsonObject(_parse(text), "")
    _check_version(document)
    return document


def read_limited(path: Path) -> bytes:
    """The bytes of a regular file of at most ``MAX_FILE_BYTES``."""
    try:
        if not path.is_file():
            raise AvatarFileError("no such file" if not path.exists() else "not a file")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise AvatarFileError(
                f"{size / 1e6:.0f} MB is more than the {MAX_FILE_BYTES / 1e6:.0f} MB allowed"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise AvatarFileError(f"cannot be read: {error}") from None


def _split_chunks(content: bytes) -> tuple[bytes, bytes]:
    if len(content) < 20:
        raise AvatarFileError(f"truncated: {len(content)} bytes cannot hold a glTF header")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise AvatarFileError(f"binary glTF version {version} is not read; version 2 is")
    if length > len(content):
        raise AvatarFileError(
            f"truncated: its header says {length} bytes, the file has {len(content)}"
        )
    text: bytes | None = None
    binary: bytes | None = None
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<II", content, at)
        at += 8
        if at + size > len(content):
            raise AvatarFileError(
                f"truncated: a chunk of {size} bytes begins at {at} of {len(content)}"
            )
        if kind == _CHUNK_JSON and text is None:
            text = content[at : at + size]
        elif kind == _CHUNK_BIN and binary is None:
            binary = content[at : at + size]
        at += size
    if text is None:
        raise AvatarFileError("no JSON chunk in the binary glTF")
    return text, binary or b""


def _parse(text: bytes) -> dict[str, Any]:
    def refuse_constant(name: str) -> float:
        raise ValueError(f"{name} is not JSON")

    try:
        decoded = text.decode("utf-8-sig", errors="replace").rstrip("\0 \t\r\n")
        value = json.loads(decoded, parse_constant=refuse_constant)
    except RecursionError:
        raise AvatarFileError("its JSON is nested too deeply") from None
    except ValueError as error:
        raise AvatarFileError(f"its JSON is broken: {error}") from None
    if not isinstance(value, dict):
        raise AvatarFileError("its JSON is not an object")
    return value


def _check_version(document: JsonObject) -> None:
    version = document.object("asset").leniently().text("version")
    if not version:
        raise AvatarFileError("asset.version is missing, so this is not glTF 2.0")
    if not version.startswith("2."):
        raise AvatarFileError(f"glTF version {version[:20]!r} is not read; 2.0 is")


def _check_extensions(document: JsonObject) -> None:
    for name in document.array("extensionsRequired"):
        if not isinstance(name, str):
            continue
        if name not in _UNDERSTOOD and not name.startswith(_DRAWN_WITHOUT):
            raise AvatarFileError(f"it requires the extension {name[:60]!r}, which is not read")
