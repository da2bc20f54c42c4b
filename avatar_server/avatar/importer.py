"""A character from a file: glTF 2.0, VRM 0.x and VRM 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.buffers import BufferViews
from avatar_server.avatar.gltf.container import GltfFile, read_gltf
from avatar_server.avatar.gltf.geometry import Geometry, read_geometry
from avatar_server.avatar.gltf.images import Textures
from avatar_server.avatar.gltf.materials import DEFAULT_MATERIAL, read_material
from avatar_server.avatar.gltf.scene import read_scene
from avatar_server.avatar.gltf.texture_sets import with_two_sets
from avatar_server.avatar.material import Material
from avatar_server.avatar.model import AvatarModel, ModelExpression, MorphTarget
from avatar_server.avatar.simplify import simplified
from avatar_server.avatar.vrm import mtoon0, mtoon1, vrm0, vrm1
from avatar_server.avatar.vrm.meta import meta_of
from avatar_server.avatar.vrm.node_constraints import read_constraints
from avatar_server.avatar.vrm.orientation import face_forward
from avatar_server.avatar.vrm.source import VrmSource
from avatar_server.errors import AvatarFileError

MAX_SPRING_JOINTS: Final = 5_000
"""Hair and skirts of the richest characters have some hundreds."""


def load_model(path: Path) -> AvatarModel:
    """Reads a .glb, .gltf or .vrm file. The model faces +z, whatever its version.

    Raises ``AvatarFileError`` with one line that names the file and the cause.
    """
    path = Path(path)
    try:
        return read_model(path)
    except AvatarFileError as error:
        raise AvatarFileError(_one_line(f"{path.name}: {error}")) from None
    except MemoryError:
        raise AvatarFileError(f"{path.name}: needs more memory than there is") from None


def read_model(path: Path) -> AvatarModel:
    """``load_model`` without the file's name in its errors."""
    file = read_gltf(path)
    scene = read_scene(file.json)
    views = BufferViews(file)
    textures = Textures(file, views)
    accessors = Accessors(file.json.objects("accessors"), views)
    two_sets = [with_two_sets(m) for m in (*_materials(file, textures), DEFAULT_MATERIAL)]
    materials, sets = tuple(m for m, _ in two_sets), [s for _, s in two_sets]
    geometry = read_geometry(file.json, accessors, scene, materials, sets)
    materials = _as_drawn(materials, geometry)
    model = AvatarModel(
        name=path.stem,
        nodes=scene.nodes,
        positions=geometry.positions,
        normals=geometry.normals,
        uvs=geometry.uvs,
        indices=geometry.indices,
        primitives=geometry.primitives,
        materials=materials,
        textures=tuple(textures.read),
        morphs=geometry.morphs,
        skinning=geometry.skinning,
        uvs1=geometry.uvs1,
        colors=geometry.colors,
        meta=meta_of(file.json),
    )
    source = VrmSource(file.json, scene, geometry.morphs, geometry.morph_nodes, materials[:-1])
    return simplified(_with_vrm(model, source))


def _with_vrm(model: AvatarModel, source: VrmSource) -> AvatarModel:
    """``model`` with what its VRM extension says; 1.0 wins where a file has both."""
    extensions = source.document.object("extensions").leniently()
    if vrm1.NAME in extensions:
        parts = vrm1.read_vrm1(source)
    elif vrm0.NAME in extensions:
        parts = vrm0.read_vrm0(source)
    else:
        return replace(model, constraints=read_constraints(source))
    joints = sum(len(spring.joints) for spring in parts.springs)
    if joints > MAX_SPRING_JOINTS:
        raise AvatarFileError(
            f"its spring bones have {joints:,} joints; at most {MAX_SPRING_JOINTS:,} are swung"
        )
    completed = replace(
        model,
        name=parts.meta.title or model.name,
        nodes=parts.nodes or model.nodes,
        primitives=tuple(
            replace(p, first_person=parts.first_person.get(p.node, "auto"))
            for p in model.primitives
        ),
        morphs=_left_to_expressions(model.morphs, parts.expressions),
        humanoid=parts.humanoid,
        expressions=parts.expressions,
        look_at=parts.look_at,
        springs=tuple(parts.springs),
        spring_colliders=tuple(parts.colliders),
        constraints=tuple(parts.constraints),
        meta=parts.meta,
    )
    # What has no humanoid is no character, whatever else the extension says, and faces +z as all
    # of glTF does.
    faces_back = vrm1.NAME not in extensions and "humanoid" in extensions.object(vrm0.NAME)
    return face_forward(completed) if faces_back else completed


def _left_to_expressions(
    morphs: tuple[MorphTarget, ...], expressions: Mapping[str, ModelExpression]
) -> tuple[MorphTarget, ...]:
    """Targets that an expression moves rest at 0, whatever weight the mesh gives them: VRM's
    runtimes set them from the expressions alone."""
    bound = {row for expression in expressions.values() for row, _ in expression.morphs}
    return tuple(replace(m, rest_weight=0.0) if i in bound else m for i, m in enumerate(morphs))


def _materials(file: GltfFile, textures: Textures) -> tuple[Material, ...]:
    materials = tuple(
        mtoon1.apply_mtoon(read_material(entry, textures), entry, textures)
        for entry in file.json.objects("materials")
    )
    # These hold beside VRM 1.0, too, in a file that has both.
    vrm = file.json.object("extensions").leniently().object(vrm0.NAME)
    properties = vrm.objects("materialProperties")
    return mtoon0.apply_material_properties(materials, properties, textures)


def _as_drawn(materials: tuple[Material, ...], geometry: Geometry) -> tuple[Material, ...]:
    """``materials`` with what the vertices that they are drawn on bring."""
    return tuple(
        replace(
            m,
            # MToon takes no vertex colours: exporters keep other things in them.
            vertex_colors=i in geometry.colored and m.shading != "mtoon",
            even_tangents=i in geometry.tangential,
        )
        for i, m in enumerate(materials)
    )


def _one_line(message: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in message)
    return " ".join(printable.split())[:400]
