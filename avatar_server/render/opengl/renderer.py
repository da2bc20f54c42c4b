"""The live renderer: moderngl on EGL, on a GPU or on Mesa's llvmpipe."""

from __future__ import annotations

import moderngl
import numpy as np

from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.render.background import TRANSPARENT, check_background
from avatar_server.render.camera import projection_matrix, view_matrix
from avatar_server.render.opengl.device import Device, thread_device
from avatar_server.render.opengl.program import FRAME_BINDING
from avatar_server.render.opengl.targets import Backdrop
from avatar_server.render.renderer import check_size
from avatar_server.render.surface import KEY_DIRECTION
from avatar_server.render.transparency import straight_alpha
from avatar_server.render.yuv import Planes
from avatar_server.types import ByteArray, FrameTimes, PosedRig, VideoFrame

_FRAME_BLOCK_BYTES = 160
"""The ``Frame`` block of blocks.glsl: two matrices and two vectors."""


class OpenGlRenderer:
    """Implements ``Renderer``. Every method must be called in the thread that made it.

    ``finish_on_gpu`` says where edges are smoothed and planes made; by default on the GPU where
    there is one."""

    def __init__(
        self,
        model: AvatarModel,
        width: int,
        height: int,
        background: str,
        *,
        finish_on_gpu: bool | None = None,
    ) -> None:
        width, height = check_size(width, height)
        self._background = check_background(background)
        self._device: Device = thread_device()
        self._on_gpu = not self._device.is_software if finish_on_gpu is None else finish_on_gpu
        self._model = model
        self._gpu_model = self._device.acquire_model(model)
        self._frame_block = self._device.context.buffer(reserve=_FRAME_BLOCK_BYTES)
        self._backdrop: Backdrop | None = None
        self._backdrop_key: tuple[str, int, int] | None = None
        self._acquire_size(width, height)
        self._closed = False

    @property
    def width(self) -> int:
        return self._width

    @property
    def height(self) -> int:
        return self._height

    def set_background(self, background: str) -> None:
        self._background = check_background(background)

    def resize(self, width: int, height: int) -> None:
        width, height = check_size(width, height)
        self._check_open()
        if (width, height) != (self._width, self._height):
            self._release_size()
            self._acquire_size(width, height)

    def draw(self, rig: PosedRig, times: FrameTimes) -> VideoFrame:
        self.draw_scene(rig, "green" if self._background == TRANSPARENT else self._background)
        return VideoFrame(self.read_planes(), times)

    def draw_rgba(self, rig: PosedRig) -> ByteArray:
        self.draw_scene(rig, self._background)
        picture = self._finish.rgba(self._scene)
        return straight_alpha(picture) if self._background == TRANSPARENT else picture

    def read_planes(self) -> Planes:
        """The second half of ``draw``: edges smoothed, converted and read back."""
        return self._finish.planes(self._scene)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._release_size()
            self._frame_block.release()
            self._device.release_model(self._model)

    def _acquire_size(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._scene = self._device.acquire_scene(width, height)
        self._finish = self._device.acquire_finish(width, height, on_gpu=self._on_gpu)

    def _release_size(self) -> None:
        self._release_backdrop()
        self._device.release_finish(self._width, self._height, on_gpu=self._on_gpu)
        self._device.release_scene(self._width, self._height)

    def draw_scene(self, rig: PosedRig, background: str) -> None:
        """The first half of ``draw``: the character over a background, not yet read back."""
        self._check_open()
        context, framebuffer = self._device.context, self._scene.framebuffer
        self._gpu_model.upload(rig, self._height)
        self._write_frame(rig)
        framebuffer.use()
        framebuffer.clear(depth=1.0)
        context.copy_framebuffer(framebuffer, self._backdrop_of(background).framebuffer)
        context.front_face = "cw"  # pictures are drawn upside down: see camera.py
        context.enable(moderngl.DEPTH_TEST)
        context.blend_func = (  # type: ignore[assignment]
            moderngl.SRC_ALPHA,
            moderngl.ONE_MINUS_SRC_ALPHA,
            moderngl.ONE,
            moderngl.ONE_MINUS_SRC_ALPHA,
        )
        self._frame_block.bind_to_uniform_block(FRAME_BINDING)
        self._gpu_model.draw()

    def _backdrop_of(self, background: str) -> Backdrop:
        wanted = (background, self._width, self._height)
        if self._backdrop is None or wanted != self._backdrop_key:
            self._release_backdrop()
            self._backdrop = self._device.acquire_backdrop(*wanted)
            self._backdrop_key = wanted
        return self._backdrop

    def _release_backdrop(self) -> None:
        if self._backdrop_key is not None:
            self._device.release_backdrop(*self._backdrop_key)
            self._backdrop_key = self._backdrop = None

    def _write_frame(self, rig: PosedRig) -> None:
        projection = projection_matrix(rig.camera, self._width, self._height)
        projection[1] *= -1
        view = view_matrix(rig.camera)
        pixel = 2.0 / (abs(projection[1, 1]) * self._height)
        up = np.append(view[:3, 1], rig.time_s)
        block = np.concatenate(
            [view.T.ravel(), projection.T.ravel(), KEY_DIRECTION, [pixel], up], dtype=np.float32
        )
        self._frame_block.write(block)

    def _check_open(self) -> None:
        if self._closed:
            raise RenderError("the renderer is closed; make a new one with create_renderer")
