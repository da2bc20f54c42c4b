"""Where there is no OpenGL, the error says what to install."""

import os
import subprocess
import sys

OPEN = """
from avatar_server.errors import RenderError
from avatar_server.render.opengl.context import gl_context
try:
    gl_context()
except RenderError as error:
    print(error)
"""


def test_no_egl_names_the_packages_to_install():
    # libglvnd finds no vendor's EGL in an empty list of them.
    environment = {**os.environ, "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json"}
    done = subprocess.run(
        [sys.executable, "-c", OPEN], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "libegl1" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1
