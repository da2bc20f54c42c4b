"""What a renderer does, and how one is made."""

from __future__ import annotations

from typing import Literal, Protocol

from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.types import ByteArray, FrameTimes, PosedRig, VideoFrame

Backend = Literal["moderngl", "pyrender"]

MAX_SIZE = 2048
"""Pictures are at most this wide and high."""


class Drawable(Protocol):
    """All that drawing needs to know of an avatar."""

    @property
    def model(self) -> AvatarModel: ...


class Renderer(Protocol):
    """Draws one character into pictures of one size. Belongs to the thread that made it."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def draw(self, rig: PosedRig, times: FrameTimes) -> VideoFrame:
        """The picture as YUV 4:2:0 planes, ITU-R BT.601, limited range.

        Where the background is "transparent" the picture shows chroma green there.
        """

    def draw_rgba(self, rig: PosedRig) -> ByteArray:
        """The picture as uint8 (height, width, 4), sRGB with straight alpha, row 0 at the top."""

    def set_background(self, background: str) -> None:
        """A name in ``BACKGROUNDS``, "#rrggbb" or "transparent".

        Raises RenderError for anything else."""

    def resize(self, width: int, height: int) -> None:
        """Draw the next pictures in this size. Raises RenderError outside 1 to ``MAX_SIZE``."""

    def close(self) -> None:
        """Give back everything that was taken on the GPU. May be called twice."""


def create_renderer(
    avatar: Drawable,
    *,
    backend: Backend = "moderngl",
    width: int = 512,
    height: int = 512,
    background: str = "studio",
) -> Renderer:
    """A renderer of ``avatar`` for the calling thread.

    "moderngl" is the live one; "pyrender" draws the reference picture and needs the extra
    ``avatar-server[pyrender]``. Raises RenderError where there is no OpenGL or a bad argument.
    """
    if backend == "moderngl":
        from avatar_server.render.live import LiveRenderer

        return LiveRenderer(avatar.model, width, height, background)
    if backend == "pyrender":
        from avatar_server.render.reference import ReferenceRenderer

        return ReferenceRenderer(avatar.model, width, height, background)
    raise RenderError(f'no render backend "{backend}"; there are "moderngl" and "pyrender"')


def check_size(width: int, height: int) -> tuple[int, int]:
    """The size as integers. Raises RenderError where it is out of range."""
    if not (1 <= width <= MAX_SIZE and 1 <= height <= MAX_SIZE):
        raise RenderError(
            f"cannot draw {width}x{height}: width and height must be 1 to {MAX_SIZE} pixels"
        )
    return int(width), int(height)
