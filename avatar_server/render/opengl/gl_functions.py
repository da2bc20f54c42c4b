"""OpenGL's own functions, for the few things that moderngl has no name for."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from functools import cache
from typing import Any

logger = logging.getLogger(__name__)


@cache
def gl_function(name: str, *arguments: Any) -> Callable[..., object] | None:
    """The function ``name`` that takes ``arguments`` (ctypes) and returns nothing, which lets go of
    the interpreter's lock while it runs; None where EGL does not tell its address."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
        egl.eglGetProcAddress.restype = ctypes.c_void_p
        egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
        address = egl.eglGetProcAddress(name.encode())
    except (OSError, AttributeError) as error:
        logger.info("%s cannot be called: %s", name, error)
        return None
    # CFUNCTYPE lets the lock go during the call, PYFUNCTYPE would not.
    return ctypes.CFUNCTYPE(None, *arguments)(address) if address else None
