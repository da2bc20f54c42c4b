"""The live renderer draws what the numbers say."""

import numpy as np
import pytest

from avatar_server.avatar.model import Material
from avatar_server.errors import RenderError
from avatar_server.render import create_renderer
from avatar_server.render.yuv import yuv_of_color
from tests.render.scenes import TIMES, Scene, head, model_of, rest, triangle


@pytest.fixture
def renderer_of():
    made = []

    def make(model, **options):
        made.append(create_renderer(Scene(model), **options))
        return made[-1]

    yield make
    for renderer in made:
        renderer.close()


def test_a_triangle_of_known_colour_gives_its_yuv(renderer_of):
    # sRGB (1, 0.5, 0.25) in linear light.
    color = (1.0, 0.214041, 0.050876, 1.0)
    material = Material(shading="unlit", base_color=color)
    model = model_of([triangle([(-3, -3, 0), (3, -3, 0), (0, 4, 0)], material)])
    frame = renderer_of(model, width=64, height=48).draw(rest(model), TIMES)
    expected = yuv_of_color((1.0, 0.5, 0.25))
    for plane, value in zip(frame.planes, expected, strict=True):
        middle = plane[plane.shape[0] // 2, plane.shape[1] // 2]
        assert abs(int(middle) - value) <= 2
    assert not frame.full_range


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (17, 9), (320, 180), (180, 320)])
def test_any_size_gives_planes_of_that_size(renderer_of, width, height):
    model = head()
    frame = renderer_of(model, width=width, height=height).draw(rest(model), TIMES)
    half = ((height + 1) // 2, (width + 1) // 2)
    assert [plane.shape for plane in frame.planes] == [(height, width), half, half]


def test_a_size_out_of_range_is_refused(renderer_of):
    renderer = renderer_of(head(), width=32, height=32)
    with pytest.raises(RenderError, match="2049x32"):
        renderer.resize(2049, 32)


def test_planes_and_rgba_show_the_same_picture(renderer_of):
    model = head()
    renderer = renderer_of(model, width=128, height=128, background="#336699")
    luma = renderer.draw(rest(model), TIMES).planes[0].astype(int)
    rgb = renderer.draw_rgba(rest(model))[..., :3] / 255.0
    expected = rgb @ np.array([65.481, 128.553, 24.966]) + 16
    assert np.abs(luma - expected).max() <= 2
