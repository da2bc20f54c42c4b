"""The pictures that the scene is drawn into and over."""

from __future__ import annotations

import moderngl

from avatar_server.render.background import paint_background


class SceneTarget:
    """Colour (premultiplied alpha) and depth of one size."""

    def __init__(self, context: moderngl.Context, width: int, height: int) -> None:
        self.color = context.texture((width, height), 4)
        self.color.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.color.repeat_x = self.color.repeat_y = False
        self._depth = context.depth_renderbuffer((width, height))
        self.framebuffer = context.framebuffer([self.color], self._depth)

    def release(self) -> None:
        self.framebuffer.release()
        self.color.release()
        self._depth.release()


class Backdrop:
    """A painted background, ready to be copied under the scene."""

    def __init__(self, context: moderngl.Context, background: str, width: int, height: int) -> None:
        pixels = paint_background(background, width, height)
        self._color = context.texture((width, height), 4, pixels.tobytes())
        self.framebuffer = context.framebuffer([self._color])

    def release(self) -> None:
        self.framebuffer.release()
        self._color.release()
