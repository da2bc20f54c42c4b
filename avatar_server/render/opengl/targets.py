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
        self._context = context
        self._behind: moderngl.Framebuffer | None = None

    def behind(self) -> moderngl.Texture:
        """A copy of the colours as they are now, for what is seen through."""
        if self._behind is None:
            copy = self._context.texture(self.color.size, 4)
            copy.filter = (moderngl.NEAREST, moderngl.NEAREST)
            self._behind = self._context.framebuffer([copy])
        self._context.copy_framebuffer(self._behind, self.framebuffer)
        self.framebuffer.use()
        color = self._behind.color_attachments[0]
        assert isinstance(color, moderngl.Texture)
        return color

    def release(self) -> None:
        if self._behind is not None:
            self._behind.color_attachments[0].release()
            self._behind.release()
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
