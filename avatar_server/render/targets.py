"""The pictures that the GPU draws into, for one size."""

from __future__ import annotations

import moderngl

from avatar_server.render.background import paint_background
from avatar_server.render.yuv import packed_size


class Targets:
    """``scene``: colour and depth; ``luma``: the scene's luma for finding edges;
    ``smooth``: the scene with its edges smoothed; ``planes``: the
    YUV planes packed into one channel."""

    def __init__(self, context: moderngl.Context, width: int, height: int) -> None:
        size = (width, height)
        self.scene_color = context.texture(size, 4)
        self.luma_color = context.texture(size, 4)
        for sampled in (self.scene_color, self.luma_color):
            sampled.filter = (moderngl.NEAREST, moderngl.NEAREST)
            sampled.repeat_x = sampled.repeat_y = False
        self.luma = context.framebuffer([self.luma_color])
        self._depth = context.depth_renderbuffer(size)
        self.scene = context.framebuffer([self.scene_color], self._depth)
        self._smooth_color = context.renderbuffer(size, 4)
        self.smooth = context.framebuffer([self._smooth_color])
        self._packed = context.renderbuffer(packed_size(width, height), 1)
        self.planes = context.framebuffer([self._packed])

    def release(self) -> None:
        for framebuffer in (self.scene, self.luma, self.smooth, self.planes):
            framebuffer.release()
        self.scene_color.release()
        self.luma_color.release()
        for buffer in (self._depth, self._smooth_color, self._packed):
            buffer.release()


class Backdrop:
    """A painted background, ready to be copied under the scene."""

    def __init__(self, context: moderngl.Context, background: str, width: int, height: int) -> None:
        pixels = paint_background(background, width, height)
        self._color = context.texture((width, height), 4, pixels.tobytes())
        self.framebuffer = context.framebuffer([self._color])

    def release(self) -> None:
        self.framebuffer.release()
        self._color.release()
