"""Waiting for the picture with the interpreter's lock let go.

moderngl holds Python's global lock in every call. llvmpipe draws when the picture is asked for, in
the calling thread: ten milliseconds in which no packet would be read or sent. A call through ctypes
lets the lock go for as long as it takes.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from functools import cache

logger = logging.getLogger(__name__)


def finish_drawing() -> None:
    """Returns when everything asked of the calling thread's context has been drawn. The thread's
    context must be current."""
    _finish()()


@cache
def _finish() -> Callable[[], object]:
    """OpenGL's ``glFinish``; where EGL does not tell its address, reading the picture back waits in
    its stead."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
        egl.eglGetProcAddress.restype = ctypes.c_void_p
        egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
        address = egl.eglGetProcAddress(b"glFinish")
    except (OSError, AttributeError) as error:
        logger.info("drawing holds the interpreter's lock: %s", error)
        return lambda: None
    # CFUNCTYPE lets the lock go during the call, PYFUNCTYPE would not.
    return ctypes.CFUNCTYPE(None)(address) if address else lambda: None
