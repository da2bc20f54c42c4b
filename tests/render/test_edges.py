"""Edges are ramps, not stairs."""

import numpy as np
import pytest

from avatar_server.avatar.material import Material
from avatar_server.render.edges import EdgeSmoother
from avatar_server.render.opengl.renderer import OpenGlRenderer
from tests.render.scenes import model_of, rest, triangle

WHITE = Material(shading="unlit")


def drawn_edge(slope, size, finish_on_gpu):
    """White below a line of this slope through the middle of a black picture, and how much of
    each pixel is below it in truth."""
    model = model_of([triangle([(-9, -9 * slope, 0), (9, -60, 0), (9, 9 * slope, 0)], WHITE)])
    renderer = OpenGlRenderer(model, size, size, "#000000", finish_on_gpu=finish_on_gpu)
    picture = renderer.draw_rgba(rest(model))[..., 0] / 255.0
    renderer.close()
    steps = (np.arange(size * 16) + 0.5) / 16 - size / 2
    fine = -steps[:, None] < slope * steps[None, :]
    return picture, fine.reshape(size, 16, size, 16).mean(axis=(1, 3))


@pytest.mark.parametrize("finish_on_gpu", [False, True])
@pytest.mark.parametrize("slope", [0.07, 0.21, 0.45, 0.83])
def test_a_slanted_edge_is_a_ramp_near_the_true_coverage(slope, finish_on_gpu):
    picture, truth = drawn_edge(slope, 64, finish_on_gpu)
    stairs = (truth > 0.5).astype(float)
    inner = np.s_[:, 12:-12]  # the walk along the edge ends at the picture's border
    assert len(np.unique(picture[inner].round(1))) >= 4
    smoothed_error = np.abs(picture - truth)[inner].mean()
    stairs_error = np.abs(stairs - truth)[inner].mean()
    assert smoothed_error < 0.65 * stairs_error


def test_flat_and_straight_things_stay_as_they_are():
    picture = np.full((40, 40), 90, np.uint8)
    picture[:, 20:] = 200
    smooth = picture.copy()
    EdgeSmoother(40, 40).smooth_luma(smooth)
    assert (smooth == picture).all()


def test_smoothing_twice_with_one_smoother_gives_the_same():
    rows, columns = np.mgrid[:50, :70]
    picture = np.where(rows * 3 > columns, 220, 30).astype(np.uint8)
    smoother = EdgeSmoother(70, 50)
    first, second = picture.copy(), picture.copy()
    smoother.smooth_luma(first)
    smoother.smooth_luma(second)
    assert (first == second).all()
    assert len(np.unique(first)) > 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny_pictures_are_served(shape):
    picture = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape) * 20
    EdgeSmoother(shape[1], shape[0]).smooth_luma(picture)
    assert picture.shape == shape
