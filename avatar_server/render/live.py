"""The live renderer: moderngl on EGL, on a GPU or on Mesa's llvmpipe."""

from __future__ import annotations

import moderngl
import numpy as np

from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.render.background import TRANSPARENT, check_background
from avatar_server.render.camera import projection_matrix, view_matrix
from avatar_server.render.device import Device, thread_device
from avatar_server.render.program import FRAME_BINDING
from avatar_server.render.renderer import check_size
from avatar_server.render.surface import KEY_DIRECTION
from avatar_server.render.targets import Backdrop
from avatar_server.render.yuv import RGB_TO_YUV, YUV_OFFSET, chroma_size, packed_size, unpack
from avatar_server.types import ByteArray, FrameTimes, PosedRig, VideoFrame


class LiveRenderer:
    """Implements ``Renderer``. Every method must be called in the thread that made it."""

    def __init__(self, model: AvatarModel, width: int, height: int, background: str) -> None:
        self._width, self._height = check_size(width, height)
        self._background = check_background(background)
        self._device: Device = thread_device()
        self._model = model
        self._gpu_model = self._device.acquire_model(model)
        self._targets = self._device.acquire_targets(self._width, self._height)
        context = self._device.context
        self._frame_block = context.buffer(reserve=160)
        self._passes = {
            name: context.vertex_array(self._device.picture_program(f"{name}.frag"), [])
            for name in ("brightness", "luma", "chroma", "rgba")
        }
        self._backdrop: Backdrop | None = None
        self._backdrop_key: tuple[str, int, int] | None = None
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
        if (width, height) != (self._width, self._height):
            self._device.release_targets(self._width, self._height)
            self._width, self._height = width, height
            self._targets = self._device.acquire_targets(width, height)

    def draw(self, rig: PosedRig, times: FrameTimes) -> VideoFrame:
        self._draw_scene(rig, "green" if self._background == TRANSPARENT else self._background)
        packed_width, packed_height = packed_size(self._width, self._height)
        self._draw_planes(packed_width)
        packed = np.empty((packed_height, packed_width), np.uint8)
        self._targets.planes.read_into(packed, components=1, alignment=1)
        return VideoFrame(unpack(packed, self._width, self._height), times)

    def draw_rgba(self, rig: PosedRig) -> ByteArray:
        self._draw_scene(rig, self._background)
        targets = self._targets
        self._find_edges()
        self._begin_pass("rgba")
        targets.smooth.use()
        self._passes["rgba"].render(moderngl.TRIANGLES, vertices=3)
        picture = np.empty((self._height, self._width, 4), np.uint8)
        targets.smooth.read_into(picture, components=4, alignment=1)
        return _straight_alpha(picture) if self._background == TRANSPARENT else picture

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for item in self._passes.values():
                item.release()
            self._frame_block.release()
            self._release_backdrop()
            self._device.release_targets(self._width, self._height)
            self._device.release_model(self._model)

    def _draw_scene(self, rig: PosedRig, background: str) -> None:
        if self._closed:
            raise RenderError("the renderer is closed; make a new one with create_renderer")
        context, targets = self._device.context, self._targets
        self._gpu_model.upload(rig)
        self._write_frame(rig)
        targets.scene.use()
        targets.scene.clear(depth=1.0)
        context.copy_framebuffer(targets.scene, self._show_backdrop(background).framebuffer)
        context.front_face = "cw"
        context.enable(moderngl.DEPTH_TEST)
        context.blend_func = (  # type: ignore[assignment]
            moderngl.SRC_ALPHA,
            moderngl.ONE_MINUS_SRC_ALPHA,
            moderngl.ONE,
            moderngl.ONE_MINUS_SRC_ALPHA,
        )
        self._frame_block.bind_to_uniform_block(FRAME_BINDING)
        self._gpu_model.draw()

    def _show_backdrop(self, background: str) -> Backdrop:
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
        projection[1] *= -1  # row 0 at the top
        view = view_matrix(rig.camera)
        up = np.append(view[:3, 1], 0.0)
        block = np.concatenate(
            [view.T.ravel(), projection.T.ravel(), KEY_DIRECTION, [0.0], up], dtype=np.float32
        )
        self._frame_block.write(block)

    def _begin_pass(self, name: str) -> None:
        context = self._device.context
        context.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE | moderngl.BLEND)
        self._targets.scene_color.use(0)
        program = self._passes[name].program
        program["texel"] = (1 / self._width, 1 / self._height)
        if "four_luma" in program:
            self._targets.luma_color.use(1)
            program["four_luma"] = 1

    def _find_edges(self) -> None:
        self._targets.luma.use()
        self._begin_pass("brightness")
        self._passes["brightness"].render(moderngl.TRIANGLES, vertices=3)

    def _draw_planes(self, packed_width: int) -> None:
        width, height, planes = self._width, self._height, self._targets.planes
        rows = np.column_stack([RGB_TO_YUV, YUV_OFFSET]) / np.float32(255)
        self._find_edges()
        planes.use()
        self._begin_pass("luma")
        planes.viewport = (0, 0, width, height)
        self._passes["luma"].program["to_y"] = tuple(rows[0])
        self._passes["luma"].render(moderngl.TRIANGLES, vertices=3)
        self._begin_pass("chroma")
        chroma_width, chroma_height = chroma_size(width, height)
        planes.viewport = (0, height, packed_width, chroma_height)
        program = self._passes["chroma"].program
        program["origin"] = (0, height)
        program["half_width"] = chroma_width
        program["to_u"] = tuple(rows[1])
        program["to_v"] = tuple(rows[2])
        self._passes["chroma"].render(moderngl.TRIANGLES, vertices=3)


def _straight_alpha(premultiplied: ByteArray) -> ByteArray:
    alpha = premultiplied[..., 3:].astype(np.uint16)
    picture = premultiplied.copy()
    rgb = premultiplied[..., :3].astype(np.uint16) * 255 // np.maximum(alpha, 1)
    picture[..., :3] = np.minimum(rgb, 255)
    return picture
