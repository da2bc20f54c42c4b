"""Cameras, backgrounds, colours and sheets."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from avatar_server.avatar.material import Material
from avatar_server.errors import RenderError
from avatar_server.render import BACKGROUNDS
from avatar_server.render.background import check_background, paint_background
from avatar_server.render.camera import projection_matrix, view_matrix
from avatar_server.render.draw_list import draw_order
from avatar_server.render.sheet import sheet
from avatar_server.render.surface import encode_srgb
from avatar_server.render.yuv import yuv_of_color, yuv_planes
from avatar_server.types import Camera

CAMERA = Camera(eye=(0.5, 1.5, 2.0), target=(0.0, 1.4, 0.0), fov_degrees=20.0)


def on_screen(camera, width, height, point):
    clip = projection_matrix(camera, width, height) @ view_matrix(camera) @ [*point, 1.0]
    return clip[:3] / clip[3]


@pytest.mark.parametrize(("width", "height"), [(512, 512), (640, 360), (360, 640)])
def test_the_target_is_in_the_middle_and_things_keep_their_shape(width, height):
    assert on_screen(CAMERA, width, height, CAMERA.target)[:2] == pytest.approx([0, 0], abs=1e-6)
    front = Camera(eye=(0, 0, 2), target=(0, 0, 0), fov_degrees=20)
    x = on_screen(front, width, height, (0.1, 0, 0))[0] * width
    y = on_screen(front, width, height, (0, 0.1, 0))[1] * height
    assert x == pytest.approx(y, rel=1e-5)


def test_wide_keeps_the_height_and_tall_keeps_the_width():
    front = Camera(eye=(0, 0, 2), target=(0, 0, 0), fov_degrees=20)
    square = on_screen(front, 100, 100, (0.2, 0.3, 0))
    assert on_screen(front, 200, 100, (0.2, 0.3, 0))[1] == pytest.approx(square[1])
    assert on_screen(front, 100, 200, (0.2, 0.3, 0))[0] == pytest.approx(square[0])


@pytest.mark.parametrize("eye", [(0.0, 0.0, 0.0), (0.0, 5.0, 0.0), (0.0, 0.0, 1e-12)])
def test_degenerate_cameras_still_give_numbers(eye):
    camera = Camera(eye=eye, target=(0.0, 0.0, 0.0), fov_degrees=30)
    assert np.isfinite(view_matrix(camera)).all()
    assert np.isfinite(projection_matrix(camera, 10, 10)).all()


@pytest.mark.parametrize("entry", BACKGROUNDS, ids=lambda entry: entry.name)
def test_every_background_paints_every_size(entry):
    for width, height in ((1, 1), (64, 36), (33, 90)):
        picture = paint_background(check_background(entry.name), width, height)
        assert picture.shape == (height, width, 4)
    assert entry.title


def test_soft_backgrounds_show_no_bands():
    """In a slow gradient, neighbours differ more often than its 8-bit steps would let them."""
    picture = paint_background("studio", 512, 512)[:, :200, 0].astype(int)
    runs = np.diff(picture, axis=1) == 0
    assert 0.2 < runs.mean() < 0.7
    assert np.abs(np.diff(picture, axis=1)).max() <= 4


@pytest.mark.parametrize("wrong", ["", "moon", "#12345", "#12345g", "123456"])
def test_unknown_backgrounds_are_refused(wrong):
    with pytest.raises(RenderError, match="garden"):
        check_background(wrong)


def test_plain_colours_are_taken_as_they_are():
    assert (paint_background(check_background(" #A0b0C0 "), 3, 2) == (160, 176, 192, 255)).all()


def test_yuv_of_the_primaries_is_bt601():
    # ITU-R BT.601-7, 8-bit limited range.
    assert yuv_of_color((1, 1, 1)) == (235, 128, 128)
    assert yuv_of_color((0, 0, 0)) == (16, 128, 128)
    assert yuv_of_color((1, 0, 0)) == (81, 90, 240)
    assert yuv_of_color((0, 0, 1)) == (41, 240, 110)


def test_planes_of_a_picture_match_its_colours():
    picture = np.zeros((5, 7, 4), np.uint8)
    picture[:] = (200, 90, 30, 255)
    for plane, value in zip(
        yuv_planes(picture), yuv_of_color((200 / 255, 90 / 255, 30 / 255)), strict=True
    ):
        assert np.abs(plane.astype(int) - value).max() <= 1


def test_srgb_encoding_at_known_points():
    assert encode_srgb([0.0, 0.0031308, 0.214041, 1.0, 7.0]) == pytest.approx(
        [0, 0.04045, 0.5, 1, 1], abs=1e-4
    )


def test_render_queues_come_in_mtoons_order():
    blended = Material(shading="mtoon", alpha_mode="BLEND")
    order = [
        Material(),
        Material(alpha_mode="MASK"),
        replace(blended, transparent_with_z_write=True),
        replace(blended, transparent_with_z_write=True, render_queue_offset=3),
        replace(blended, render_queue_offset=-2),
        blended,
    ]
    assert sorted(order, key=draw_order) == order
    assert len({draw_order(material) for material in order}) == len(order)
    assert draw_order(Material(alpha_mode="BLEND")) == draw_order(order[2])


def test_a_sheet_holds_its_pictures_in_rows():
    pictures = [np.full((20, 30, 3), value, np.uint8) for value in (10, 120, 240)]
    file = sheet(pictures, columns=2, labels=["one", "two", "three"])
    image = np.asarray(Image.open(io.BytesIO(file)))
    values = {int(value) for value in np.unique(image[..., 0])}
    assert {10, 120, 240} <= values
    assert image.shape[1] < 3 * 30 + 40
    with pytest.raises(RenderError, match="labels"):
        sheet(pictures, columns=2, labels=["one"])
    with pytest.raises(RenderError, match="one size"):
        sheet([pictures[0], pictures[1][:5]], columns=2)
