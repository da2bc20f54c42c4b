"""The reference picture: the same posed vertices drawn by pyrender, flat, in base colours.

pyrender knows neither toon shading nor outlines nor render queues; what the two backends must
agree in is where the character is. It reads ``PYOPENGL_PLATFORM`` once, when first imported.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np

from avatar_server.avatar.material import Material
from avatar_server.avatar.model import AvatarModel, Primitive
from avatar_server.errors import RenderError
from avatar_server.render.background import (
    TRANSPARENT,
    paint_background,
)
from avatar_server.render.camera import clip_range, vertical_fov, view_matrix
from avatar_server.render.opengl.context import restore_gl_context
from avatar_server.render.settled import SettledRenderer
from avatar_server.render.yuv import yuv_planes
from avatar_server.types import ByteArray, FloatArray, FrameTimes, PosedRig, VideoFrame

_local = threading.local()


class ReferenceRenderer(SettledRenderer):
    """Implements ``Renderer`` over pyrender's offscreen renderer."""

    def __init__(self, model: AvatarModel, width: int, height: int, background: str) -> None:
        super().__init__(model, width, height, background)
        self._pyrender = _import_pyrender()
        self._materials = [self._material(material) for material in model.materials]

    def draw(self, rig: PosedRig, times: FrameTimes) -> VideoFrame:
        picture = self._composite(self._draw_scene(rig), self._video_background)
        return VideoFrame(yuv_planes(picture), times)

    def draw_rgba(self, rig: PosedRig) -> ByteArray:
        return self._composite(self._draw_scene(rig), self._background)

    def _draw_scene(self, rig: PosedRig) -> ByteArray:
        self._check_open()
        pyrender = self._pyrender
        scene = pyrender.Scene(bg_color=(0.0, 0.0, 0.0, 0.0))
        near, far = clip_range(rig.camera)
        camera = pyrender.PerspectiveCamera(
            yfov=vertical_fov(rig.camera, self._width, self._height), znear=near, zfar=far
        )
        scene.add(camera, pose=np.linalg.inv(view_matrix(rig.camera).astype(np.float64)))
        primitives = [self._primitive(rig, item) for item in self._model.primitives]
        shown = [item for item in primitives if item is not None]
        if shown:
            scene.add(pyrender.Mesh(shown))
        flags = pyrender.RenderFlags.RGBA | pyrender.RenderFlags.FLAT
        offscreen = _offscreen_renderer(pyrender)
        offscreen.viewport_width, offscreen.viewport_height = self._width, self._height
        color, _depth = offscreen.render(scene, flags=flags)
        restore_gl_context()
        return np.array(color, np.uint8)

    def _primitive(self, rig: PosedRig, item: Primitive) -> Any:
        if item.first_person == "firstPersonOnly" or item.index_count == 0:
            return None
        indices = self._model.indices[item.first_index : item.first_index + item.index_count]
        used, local = np.unique(indices, return_inverse=True)
        texture = self._model.materials[item.material].base_texture
        return self._pyrender.Primitive(
            positions=rig.positions[used],
            normals=rig.normals[used],
            indices=local.reshape(-1, 3),
            # pyrender turns images over, as trimesh hands them.
            texcoord_0=self._uvs()[used] if texture is not None else None,
            material=self._materials[item.material],
        )

    def _uvs(self) -> FloatArray:
        return (self._model.uvs * (1, -1) + (0, 1)).astype(np.float32)

    def _material(self, material: Material) -> Any:
        texture = None
        if material.base_texture is not None:
            pixels = self._model.textures[material.base_texture.texture].pixels
            texture = self._pyrender.Texture(source=pixels[::-1], source_channels="RGBA")
        return self._pyrender.MetallicRoughnessMaterial(
            baseColorFactor=material.base_color,
            baseColorTexture=texture,
            metallicFactor=0.0,
            roughnessFactor=1.0,
            alphaMode=material.alpha_mode,
            alphaCutoff=material.alpha_cutoff,
            doubleSided=material.double_sided,
        )

    def _composite(self, drawn: ByteArray, background: str) -> ByteArray:
        if background == TRANSPARENT:
            return drawn
        behind = paint_background(background, self._width, self._height)
        alpha = drawn[..., 3:].astype(np.float32) / 255
        return np.rint(drawn * alpha + behind * (1 - alpha)).astype(np.uint8) | np.array(
            [0, 0, 0, 255], np.uint8
        )


def _offscreen_renderer(pyrender: Any) -> Any:
    """The thread's one pyrender context. It is never deleted: pyrender would terminate the EGL
    display with it, and every other context of the process is on that display too."""
    offscreen = getattr(_local, "offscreen", None)
    if offscreen is None:
        try:
            offscreen = pyrender.OffscreenRenderer(1, 1)
        except Exception as error:
            raise RenderError(
                f"pyrender has no OpenGL ({error}); on Debian or Ubuntu: "
                "apt-get install libegl1 libgl1-mesa-dri"
            ) from error
        _local.offscreen = offscreen
    return offscreen


def _import_pyrender() -> Any:
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    os.environ.setdefault("LP_NUM_THREADS", "0")
    try:
        import pyrender
    except ImportError as error:
        raise RenderError(
            f"the pyrender backend is not installed ({error}); "
            "pip install 'avatar-server[pyrender]'"
        ) from error
    return pyrender
