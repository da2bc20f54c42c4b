"""What a renderer does, and how one is made."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, get_args

from avatar_server import native
from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.types import ByteArray, FrameTimes, PosedRig, VideoFrame

logger = logging.getLogger(__name__)

Backend = Literal["auto", "raster", "moderngl", "pyrender"]
"""``auto`` is ``moderngl`` where there is a GPU, else ``raster``, else again ``moderngl``, whose
OpenGL Mesa then draws on the processor."""

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
    backend: Backend = "auto",
    width: int = 512,
    height: int = 512,
    background: str = "studio",
) -> Renderer:
    """A renderer of ``avatar`` for the calling thread.

    "raster" draws on the processor, "moderngl" by OpenGL; "pyrender" draws the reference picture
    and needs the extra ``avatar-server[pyrender]``. Raises RenderError for a bad argument or where
    the backend does not work.
    """
    if backend == "auto":
        backend = live_backend()
    if backend == "raster":
        from avatar_server.render.raster.renderer import RasterRenderer

        return RasterRenderer(avatar.model, width, height, background)
    if backend == "moderngl":
        from avatar_server.render.opengl.renderer import OpenGlRenderer

        return OpenGlRenderer(avatar.model, width, height, background)
    if backend == "pyrender":
        from avatar_server.render.reference import ReferenceRenderer

        return ReferenceRenderer(avatar.model, width, height, background)
    raise RenderError(f'no render backend "{backend}"; there are {", ".join(get_args(Backend))}')


@cache
def live_backend() -> Literal["raster", "moderngl"]:
    """What "auto" is on this machine."""
    if _has_gpu() or native.load() is None:
        return "moderngl"
    return "raster"


_GPU_DEVICES = ("dri/renderD*", "nvidia[0-9]*", "dxg")
"""Below /dev: the Linux kernel's render nodes, NVIDIA's own devices, WSL's."""


def _has_gpu(devices: Sequence[str] = _GPU_DEVICES) -> bool:
    """Whether OpenGL is drawn by a GPU. OpenGL is not even loaded where no device could be one:
    it takes a tenth of a gigabyte and half a second."""
    if not any(any(Path("/dev").glob(device)) for device in devices):
        return False
    from avatar_server.render.opengl.context import gl_context, is_software

    try:
        return not is_software(gl_context())
    except RenderError as error:
        logger.info("no OpenGL: %s", error)
        return False


def check_size(width: int, height: int) -> tuple[int, int]:
    """The size as integers. Raises RenderError where it is out of range."""
    if not (1 <= width <= MAX_SIZE and 1 <= height <= MAX_SIZE):
        raise RenderError(
            f"cannot draw {width}x{height}: width and height must be 1 to {MAX_SIZE} pixels"
        )
    return int(width), int(height)
