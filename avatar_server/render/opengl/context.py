"""One OpenGL context a thread, made when first asked for and shared by all renderers there."""

from __future__ import annotations

import os
import threading
from typing import Any

import moderngl

from avatar_server.errors import RenderError

_local = threading.local()


def gl_context() -> moderngl.Context:
    """The calling thread's context, current. Raises RenderError where EGL gives none."""
    context: moderngl.Context | None = getattr(_local, "context", None)
    if context is None:
        context = _create_context()
        _local.context = context
    return context


def restore_gl_context() -> None:
    """Make the thread's context current again, if it has one, after another library's was."""
    context: Any = getattr(_local, "context", None)
    if context is not None:
        context.__enter__()


def is_software(context: moderngl.Context) -> bool:
    """Whether the pixels are drawn by the CPU (Mesa's llvmpipe or softpipe, SwiftShader)."""
    name = str(context.info["GL_RENDERER"]).lower()
    return any(part in name for part in ("llvmpipe", "softpipe", "swiftshader"))


def _create_context() -> moderngl.Context:
    # llvmpipe reads this once. Its own threads cost a third more CPU a frame in hand-over than
    # drawing on the caller's thread, and a worker draws for many callers: see docs/rendering.md.
    os.environ.setdefault("LP_NUM_THREADS", "0")
    try:
        context = moderngl.create_context(require=330, standalone=True, backend="egl")  # type: ignore[arg-type]
    except Exception as error:
        raise RenderError(
            f"no OpenGL 3.3 through EGL ({error}); on Debian or Ubuntu: "
            "apt-get install libegl1 libgl1-mesa-dri"
        ) from error
    return context
