"""From the drawn scene to the finished picture: edges smoothed, and YUV planes or RGBA read back.

There are two ways to the same picture. On a GPU shaders do it and only the planes cross the bus.
On a software rasteriser the scene already lies in host memory, where a few vector operations and
a walk along the edges cost a tenth of what full-screen shaders do.
"""

from __future__ import annotations

from typing import Protocol

import moderngl
import numpy as np

from avatar_server.render.edges import EdgeSmoother
from avatar_server.render.opengl.drawing import finish_drawing
from avatar_server.render.opengl.program import compile_program
from avatar_server.render.opengl.targets import SceneTarget
from avatar_server.render.yuv import (
    RGB_TO_YUV,
    YUV_OFFSET,
    Planes,
    chroma_size,
    limited_chroma,
    limited_luma,
    packed_size,
    unpack,
)
from avatar_server.types import ByteArray


class Finish(Protocol):
    """Reads pictures of one size back. Belongs to the context that made it."""

    def planes(self, scene: SceneTarget) -> Planes:
        """Y (h, w), U and V (ceil(h/2), ceil(w/2)); BT.601, limited range."""

    def rgba(self, scene: SceneTarget) -> ByteArray:
        """uint8 (h, w, 4) with premultiplied alpha."""

    def release(self) -> None: ...


class HostFinish:
    """Finishes in host memory."""

    def __init__(self, width: int, height: int) -> None:
        self._scene = np.empty((height, width, 4), np.uint8)
        self._smoother = EdgeSmoother(width, height)

    def planes(self, scene: SceneTarget) -> Planes:
        finish_drawing()
        scene.framebuffer.read_into(self._scene, components=4, alignment=1)
        luma = limited_luma(self._scene)
        self._smoother.smooth_luma(luma)
        return luma, *limited_chroma(self._scene)

    def rgba(self, scene: SceneTarget) -> ByteArray:
        picture = np.empty_like(self._scene)
        finish_drawing()
        scene.framebuffer.read_into(picture, components=4, alignment=1)
        self._smoother.smooth_rgba(picture)
        return picture

    def release(self) -> None:
        """Nothing of it is on the GPU."""


class GpuFinish:
    """Finishes on the GPU: luma for finding edges, then planes or picture, then one read-back."""

    def __init__(self, context: moderngl.Context, width: int, height: int) -> None:
        self._context = context
        self._width, self._height = width, height
        self._luma_color = context.texture((width, height), 4)
        self._luma_color.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._luma_color.repeat_x = self._luma_color.repeat_y = False
        self._picture_color = context.renderbuffer((width, height), 4)
        self._plane_color = context.renderbuffer(packed_size(width, height), 1)
        self._luma = context.framebuffer([self._luma_color])
        self._picture = context.framebuffer([self._picture_color])
        self._planes = context.framebuffer([self._plane_color])
        self._passes = {name: self._make_pass(name) for name in ("edges", "luma", "chroma", "rgba")}

    def planes(self, scene: SceneTarget) -> Planes:
        width, height = self._width, self._height
        packed_width, packed_height = packed_size(width, height)
        self._find_edges(scene)
        self._planes.use()
        self._planes.viewport = (0, 0, width, height)
        self._run("luma")
        self._planes.viewport = (0, height, packed_width, packed_height - height)
        self._run("chroma")
        packed = np.empty((packed_height, packed_width), np.uint8)
        finish_drawing()
        self._planes.read_into(packed, components=1, alignment=1)
        return unpack(packed, width, height)

    def rgba(self, scene: SceneTarget) -> ByteArray:
        self._find_edges(scene)
        self._picture.use()
        self._run("rgba")
        picture = np.empty((self._height, self._width, 4), np.uint8)
        finish_drawing()
        self._picture.read_into(picture, components=4, alignment=1)
        return picture

    def release(self) -> None:
        for array in self._passes.values():
            array.program.release()
            array.release()
        for framebuffer in (self._luma, self._picture, self._planes):
            framebuffer.release()
        self._luma_color.release()
        self._picture_color.release()
        self._plane_color.release()

    def _find_edges(self, scene: SceneTarget) -> None:
        self._context.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE | moderngl.BLEND)
        scene.color.use(0)
        self._luma.use()
        self._run("edges")
        self._luma_color.use(1)

    def _run(self, name: str) -> None:
        self._passes[name].render(moderngl.TRIANGLES, vertices=3)

    def _make_pass(self, name: str) -> moderngl.VertexArray:
        program = compile_program(self._context, "picture.vert", f"{name}.frag")
        rows = np.column_stack([RGB_TO_YUV, YUV_OFFSET]) / np.float32(255)
        values = {
            "scene": 0,
            "four_luma": 1,
            "texel": (1 / self._width, 1 / self._height),
            "origin": (0, self._height),
            "half_width": chroma_size(self._width, self._height)[0],
            "to_y": tuple(rows[0]),
            "to_u": tuple(rows[1]),
            "to_v": tuple(rows[2]),
        }
        for uniform, value in values.items():
            if uniform in program:
                program[uniform] = value
        return self._context.vertex_array(program, [])
