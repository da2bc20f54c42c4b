"""The live renderer: moderngl on EGL, on a GPU or on Mesa's llvmpipe."""

from __future__ import annotations

import moderngl
import numpy as np

from avatar_server.avatar.model import AvatarModel
from avatar_server.render.camera import projection_matrix, view_matrix
from avatar_server.render.opengl.device import Device, thread_device
from avatar_server.render.opengl.program import FRAME_BINDING
from avatar_server.render.opengl.targets import Backdrop
from avatar_server.render.settled import SettledRenderer
from avatar_server.render.sharing import Held
from avatar_server.render.surface import KEY_DIRECTION
from avatar_server.render.transparency import straight_alpha
from avatar_server.render.yuv import Planes
from avatar_server.types import ByteArray, FrameTimes, PosedRig, VideoFrame

_FRAME_BLOCK_BYTES = 160
"""The ``Frame`` block of blocks.glsl: two matrices and two vectors."""


class OpenGlRenderer(SettledRenderer):
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
        super().__init__(model, width, height, background)
        self._device: Device = thread_device()
        self._on_gpu = not self._device.is_software if finish_on_gpu is None else finish_on_gpu
        self._gpu_model = self._device.acquire_model(model)
        self._frame_block = self._device.context.buffer(reserve=_FRAME_BLOCK_BYTES)
        self._backdrop = Held(self._device.backdrops)
        self._acquire_size()

    def draw(self, rig: PosedRig, times: FrameTimes) -> VideoFrame:
        self.draw_scene(rig, self._video_background)
        return VideoFrame(self.read_planes(), times)

    def draw_rgba(self, rig: PosedRig) -> ByteArray:
        self.draw_scene(rig, self._background)
        picture = self._finish.rgba(self._scene)
        return straight_alpha(picture) if self._is_transparent else picture

    def read_planes(self) -> Planes:
        """The second half of ``draw``: edges smoothed, converted and read back."""
        return self._finish.planes(self._scene)

    def _acquire_size(self) -> None:
        self._scene = self._device.acquire_scene(self._width, self._height)
        self._finish = self._device.acquire_finish(self._width, self._height, on_gpu=self._on_gpu)

    def _release_size(self) -> None:
        self._backdrop.release()
        self._device.release_finish(self._width, self._height, on_gpu=self._on_gpu)
        self._device.release_scene(self._width, self._height)

    def _release(self) -> None:
        self._frame_block.release()
        self._device.release_model(self._model)

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
        self._gpu_model.draw(self._scene)

    def _backdrop_of(self, background: str) -> Backdrop:
        key = background, self._width, self._height
        return self._backdrop.get(key, lambda: Backdrop(self._device.context, *key))

    def _write_frame(self, rig: PosedRig) -> None:
        projection = projection_matrix(rig.camera, self._width, self._height)
        projection[1] *= -1
        view = view_matrix(rig.camera)
        pixel = 2.0 / (abs(projection[1, 1]) * self._height)
        block = np.concatenate(
            [view.T.ravel(), projection.T.ravel(), KEY_DIRECTION, [pixel, rig.time_s, 0, 0, 0]],
            dtype=np.float32,
        )
        self._frame_block.write(block)
