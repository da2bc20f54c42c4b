"""Waiting for the picture with the interpreter's lock let go.

moderngl holds Python's global lock in every call. llvmpipe draws when the picture is asked for, in
the calling thread: ten milliseconds in which no packet would be read or sent. A call through ctypes
lets the lock go for as long as it takes.
"""

from __future__ import annotations

from avatar_server.render.opengl.gl_functions import gl_function


def finish_drawing() -> None:
    """Returns when everything asked of the calling thread's context has been drawn. The thread's
    context must be current.

    Where OpenGL's ``glFinish`` cannot be called, reading the picture back waits in its stead."""
    finish = gl_function("glFinish")
    if finish is not None:
        finish()
