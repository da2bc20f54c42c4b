"""The live picture against pyrender's, of the same posed vertices."""

import subprocess
import sys

import pytest

pytest.importorskip("pyrender")

# In a process of its own: pyrender changes what EGL platform the whole process uses.
COMPARE = """
import sys
from dataclasses import replace
from avatar_server.render import create_renderer
from tests.render.scenes import CAMERA, Scene, TIMES, head, rest

model = head()
model = replace(model, materials=tuple(replace(m, outline_mode="none") for m in model.materials))
camera = replace(CAMERA, eye=(1.1, 0.7, 2.4), target=(0.1, 0.05, 0.0))
for width, height in ((256, 256), (320, 180), (120, 200)):
    masks = []
    for backend in ("pyrender", "moderngl"):
        renderer = create_renderer(
            Scene(model), backend=backend, width=width, height=height, background="transparent"
        )
        masks.append(renderer.draw_rgba(rest(model, camera))[..., 3] > 127)
        frame = renderer.draw(rest(model, camera), TIMES)
        assert frame.planes[0].shape == (height, width)
        renderer.close()
    both, either = masks[0] & masks[1], masks[0] | masks[1]
    assert either.sum() > 3000, either.sum()
    print(both.sum() / either.sum())
"""


def test_silhouettes_agree():
    done = subprocess.run(
        [sys.executable, "-c", COMPARE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    overlaps = [float(line) for line in done.stdout.split()]
    assert len(overlaps) == 3
    assert min(overlaps) >= 0.97
