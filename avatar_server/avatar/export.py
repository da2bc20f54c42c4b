"""Writes an avatar as a file that other programs read: VRM 1.0 or plain binary glTF."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

from avatar_server import __version__
from avatar_server.avatar.catalog import Avatar
from avatar_server.avatar.gltf.material_writer import MaterialWriter
from avatar_server.avatar.gltf.mesh_writer import write_meshes
from avatar_server.avatar.gltf.writer import GlbWriter, JsonDict
from avatar_server.avatar.model import AvatarModel, ModelMeta, Node
from avatar_server.avatar.vrm.names import REQUIRED_BONES
from avatar_server.avatar.vrm.vrm1_writer import write_vrm1
from avatar_server.errors import AvatarFileError

Format = Literal["vrm1", "glb"]


def export(avatar: Avatar, path: Path, format: Format = "vrm1") -> None:
    """Writes ``avatar`` to ``path`` as VRM 1.0 ("vrm1") or as glTF without a humanoid ("glb").

    A VRM 0.x model comes out as 1.0. Raises ``AvatarFileError`` if the model lacks a bone that
    VRM 1.0 requires, or if ``path`` cannot be written.
    """
    content = encode_model(avatar.model, _meta(avatar), format)
    path = Path(path)
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise AvatarFileError(f"{path}: cannot be written: {error.strerror}") from None


def encode_model(model: AvatarModel, meta: ModelMeta, format: Format = "vrm1") -> bytes:
    """The file that ``export`` writes."""
    missing = [bone for bone in REQUIRED_BONES if bone not in model.humanoid]
    if format == "vrm1" and missing:
        raise AvatarFileError(
            f"a VRM 1.0 needs the bones {', '.join(missing)}, which the model does not have; "
            "export it as glb"
        )
    writer = GlbWriter(f"avatar-server {__version__}")
    if meta.copyright:
        writer.document["asset"]["copyright"] = meta.copyright
    _write_nodes(writer, model)
    MaterialWriter(writer, model)
    meshes = write_meshes(writer, model)
    _join_roots(writer)
    if format == "vrm1":
        write_vrm1(writer, model, meshes, meta)
    return writer.bytes()


def _meta(avatar: Avatar) -> ModelMeta:
    """The model's own meta, completed by the manifest."""
    manifest, meta = avatar.manifest, avatar.model.meta
    return replace(
        meta,
        title=meta.title or manifest.name,
        authors=meta.authors or manifest.credits,
        licence_url=meta.licence_url or manifest.licence.url,
    )


def _write_nodes(writer: GlbWriter, model: AvatarModel) -> None:
    children: dict[int, list[int]] = {}
    for row, node in enumerate(model.nodes):
        children.setdefault(node.parent, []).append(row)
    for row, node in enumerate(model.nodes):
        writer.add("nodes", _node(node, children.get(row, [])))
    if model.nodes:
        writer.document["scene"] = 0
        writer.document["scenes"] = [{"nodes": list(children[-1])}]


def _join_roots(writer: GlbWriter) -> None:
    """Roots whose joints one skin uses get a common parent, which glTF asks for (3.7.3.2)."""
    nodes = writer.document.get("nodes", [])
    parents = {child: row for row, node in enumerate(nodes) for child in node.get("children", ())}

    def root(row: int) -> int:
        while row in parents:
            row = parents[row]
        return row

    skins = [{root(joint) for joint in skin["joints"]} for skin in writer.document.get("skins", [])]
    apart = sorted(set().union(*(roots for roots in skins if len(roots) > 1)))
    if apart:
        scene = writer.document["scenes"][0]
        common = writer.add("nodes", {"name": "root", "children": apart})
        scene["nodes"] = [row for row in scene["nodes"] if row not in apart] + [common]


def _node(node: Node, children: list[int]) -> JsonDict:
    entry: JsonDict = {"name": node.name}
    if node.translation != (0.0, 0.0, 0.0):
        entry["translation"] = list(node.translation)
    if node.rotation != (0.0, 0.0, 0.0, 1.0):
        entry["rotation"] = list(node.rotation)
    if node.scale != (1.0, 1.0, 1.0):
        entry["scale"] = list(node.scale)
    if children:
        entry["children"] = children
    return entry
