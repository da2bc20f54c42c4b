"""Characters made of a few formulas, for tests of drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatar_server.avatar.material import Material, Texture, TextureUse
from avatar_server.avatar.model import AvatarModel, MorphTarget, Node, Primitive, Skinning
from avatar_server.types import Camera, FrameTimes, PosedRig

CAMERA = Camera(eye=(0.0, 0.0, 3.0), target=(0.0, 0.0, 0.0), fov_degrees=30.0)
TIMES = FrameTimes(capture_s=0.0, started_ns=0)


@dataclass(frozen=True)
class Scene:
    """What ``create_renderer`` takes: something with a model."""

    model: AvatarModel


@dataclass(frozen=True)
class Mesh:
    positions: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray
    indices: np.ndarray
    material: Material


def sphere(center, radius, material, rings=24, sectors=32) -> Mesh:
    theta = np.linspace(0, np.pi, rings + 1)[:, None]
    phi = np.linspace(-np.pi, np.pi, sectors + 1)[None, :]
    x, y, z = np.sin(theta) * np.sin(phi), np.cos(theta) + 0 * phi, np.sin(theta) * np.cos(phi)
    normals = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    uvs = np.stack(np.broadcast_arrays(phi / (2 * np.pi) + 0.5, theta / np.pi), -1).reshape(-1, 2)
    at = np.arange(rings)[:, None] * (sectors + 1) + np.arange(sectors)[None, :]
    quads = np.stack([at, at + sectors + 1, at + sectors + 2, at, at + sectors + 2, at + 1], -1)
    positions = normals * np.asarray(radius, np.float32) + np.asarray(center, np.float32)
    return Mesh(
        positions.astype(np.float32), normals, uvs.astype(np.float32), quads.ravel(), material
    )


def triangle(corners, material) -> Mesh:
    positions = np.asarray(corners, np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (3, 1))
    return Mesh(positions, normals, positions[:, :2] * 0.5 + 0.5, np.arange(3), material)


def quad(left, bottom, right, top, z, material) -> Mesh:
    positions = np.array(
        [[left, bottom, z], [right, bottom, z], [right, top, z], [left, top, z]], np.float32
    )
    normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    uvs = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    return Mesh(positions, normals, uvs, np.array([0, 1, 2, 0, 2, 3]), material)


def model_of(
    meshes: Sequence[Mesh], textures: Sequence[Texture] = (), morphs: Sequence[MorphTarget] = ()
) -> AvatarModel:
    offsets = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    starts = np.cumsum([0, *(len(mesh.indices) for mesh in meshes)])
    count = int(offsets[-1])
    return AvatarModel(
        name="test",
        nodes=(Node("root", -1),),
        positions=np.concatenate([mesh.positions for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        uvs=np.concatenate([mesh.uvs for mesh in meshes]),
        indices=np.concatenate(
            [mesh.indices + offset for mesh, offset in zip(meshes, offsets, strict=False)]
        ).astype(np.uint32),
        primitives=tuple(
            Primitive(int(start), len(mesh.indices), row, 0)
            for row, (mesh, start) in enumerate(zip(meshes, starts, strict=False))
        ),
        materials=tuple(mesh.material for mesh in meshes),
        textures=tuple(textures),
        morphs=tuple(morphs),
        skinning=Skinning(
            np.zeros((count, 4), np.uint16),
            np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
            np.zeros(1, np.int32),
            np.eye(4, dtype=np.float32)[None],
        ),
    )


def rest(model: AvatarModel, camera: Camera = CAMERA, **changes) -> PosedRig:
    """The model as it lies in its file."""
    pose = {
        "positions": model.positions,
        "normals": model.normals,
        "joints": np.eye(4, dtype=np.float32)[None],
        "morph_weights": np.zeros(len(model.morphs), np.float32),
        "camera": camera,
    }
    return PosedRig(**(pose | changes))


def head() -> AvatarModel:
    """A round toon head with two eyes, a cheek texture and an outline."""
    rows, columns = np.mgrid[0:256, 0:256] / 256.0
    skin = np.empty((256, 256, 4), np.uint8)
    skin[:] = (250, 220, 200, 255)
    cheeks = np.hypot((np.abs(columns - 0.5) - 0.1) * 2, rows - 0.58) < 0.05
    skin[cheeks] = (240, 150, 150, 255)
    toon = {"shading": "mtoon", "shading_toony": 0.9, "shading_shift": -0.05}
    outline = {"outline_mode": "world", "outline_width": 0.012, "outline_color": (0.1, 0.03, 0.03)}
    texture = TextureUse(0)
    face = Material(
        "face",
        base_texture=texture,
        shade_texture=texture,
        shade_color=(0.75, 0.5, 0.55),
        outline_lighting_mix=0.0,
        rim_color=(0.2, 0.2, 0.25),
        **toon,
        **outline,
    )
    eye = Material("eye", base_color=(0.02, 0.05, 0.3, 1), shade_color=(0, 0, 0.1), **toon)
    return model_of(
        [
            sphere((0, 0, 0), (0.55, 0.62, 0.55), face, 48, 64),
            sphere((-0.2, 0.05, 0.5), (0.07, 0.1, 0.05), eye),
            sphere((0.2, 0.05, 0.5), (0.07, 0.1, 0.05), eye),
        ],
        [Texture(skin)],
    )
