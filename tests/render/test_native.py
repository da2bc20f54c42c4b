"""The compiled renderer: for every processor, without a compiler, and safe with odd numbers."""

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_server import native
from avatar_server.errors import RenderError
from avatar_server.render import create_renderer, renderer
from tests.render.scenes import TIMES, Scene, head, rest

SANITIZED = """
import ctypes, sys
from pathlib import Path
from avatar_server import native
native._FLAGS = (*native._FLAGS, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
native.load.cache_clear()
library = ctypes.CDLL(str(native.compile_level(native._levels_here()[0], Path(sys.argv[1]))))
native.load = lambda: library
from tests.render.test_native import draw_oddities
from tests.face.test_crop import read_oddities
draw_oddities()
read_oddities()
print("clean")
"""


def draw_oddities():
    """Pictures of every size from vertices that no honest model has."""
    model = head()
    rng = np.random.default_rng(5)
    for width, height in ((1, 1), (7, 3), (64, 64), (133, 70)):
        drawing = create_renderer(Scene(model), backend="raster", width=width, height=height)
        for odd in (0.0, 1e-7, 1e7, 1e30, np.inf, -np.inf, np.nan, 2.9999):
            rig = rest(model)
            positions, normals = rig.positions.copy(), rig.normals.copy()
            chosen = rng.integers(0, len(positions), len(positions) // 4)
            positions[chosen, rng.integers(0, 3, len(chosen))] = odd
            normals[chosen] *= odd
            drawing.draw(replace(rig, positions=positions, normals=normals), TIMES)
        drawing.close()
    far = replace(model, uvs=np.full_like(model.uvs, 1e20))
    far.uvs[::3] = np.nan
    drawing = create_renderer(Scene(far), backend="raster", width=64, height=64)
    drawing.draw_rgba(rest(far))
    drawing.close()


def picture(model):
    drawing = create_renderer(Scene(model), backend="raster", width=160, height=160)
    shown = drawing.draw_rgba(rest(model))
    drawing.close()
    return shown


def test_processors_of_every_level_draw_the_same(tmp_path, monkeypatch):
    model, pictures = head(), []
    for level in native._levels():
        if level and not native._runs_v3():
            continue
        library = ctypes.CDLL(str(native.compile_level(level, tmp_path)))
        monkeypatch.setattr(native, "load", lambda library=library: library)
        pictures.append(picture(model).astype(int))
    assert all(np.abs(other - pictures[0]).max(axis=2).mean() < 0.05 for other in pictures)
    assert all((np.abs(other - pictures[0]) > 8).mean() < 1e-3 for other in pictures)


def test_odd_numbers_touch_no_memory_but_the_pictures(tmp_path):
    compiler = shutil.which("gcc")
    found = (
        compiler
        and subprocess.run(
            [compiler, "-print-file-name=libasan.so"], capture_output=True, text=True
        ).stdout.strip()
    )
    if not found or not Path(found).is_file():
        pytest.skip("gcc has no address sanitizer here")
    done = subprocess.run(
        [sys.executable, "-c", SANITIZED, str(tmp_path)],
        env={**os.environ, "LD_PRELOAD": found, "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "clean", done.stderr[-3000:]


def test_without_a_compiler_opengl_draws_and_the_log_says_why(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(native, "_places", lambda: (tmp_path / "a", tmp_path / "b"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    native.load.cache_clear()
    renderer.live_backend.cache_clear()
    try:
        assert renderer.live_backend() == "moderngl"
        assert "apt-get install gcc" in caplog.text
        with pytest.raises(RenderError, match="moderngl"):
            create_renderer(Scene(head()), backend="raster")
    finally:
        native.load.cache_clear()
        renderer.live_backend.cache_clear()


def test_a_compiler_that_fails_says_what_it_said(tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    with pytest.raises(native.CompileError, match="no such thing"):
        native.compile_level("", tmp_path)
    assert not list(tmp_path.glob("*.so"))


def test_triangles_between_vertices_that_are_not_there_are_refused():
    model = head()
    indices = model.indices.copy()
    indices[5] = len(model.positions)
    with pytest.raises(RenderError, match="vertices that it does not have"):
        create_renderer(Scene(replace(model, indices=indices)), backend="raster")
