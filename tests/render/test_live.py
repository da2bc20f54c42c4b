"""The live renderer draws what the numbers say."""

from dataclasses import replace

import numpy as np
import pytest

from avatar_server.avatar.material import Material, Texture, TextureUse
from avatar_server.errors import RenderError
from avatar_server.render import create_renderer
from avatar_server.render.opengl.renderer import OpenGlRenderer
from avatar_server.render.surface import encode_srgb
from avatar_server.render.yuv import yuv_of_color
from avatar_server.types import MaterialChange
from tests.render.scenes import CAMERA, TIMES, Scene, head, model_of, quad, rest, sphere, triangle

RED = Material(shading="unlit", base_color=(1, 0, 0, 1))
GREEN = Material(shading="unlit", base_color=(0, 1, 0, 1))
BLUE = Material(shading="unlit", base_color=(0, 0, 1, 1))


def filling(material):
    return triangle([(-3, -3, 0), (3, -3, 0), (0, 4, 0)], material)


@pytest.mark.parametrize("finish_on_gpu", [False, True])
def test_a_triangle_of_known_colour_gives_its_yuv(finish_on_gpu):
    # sRGB (1, 0.5, 0.25) in linear light.
    material = Material(shading="unlit", base_color=(1.0, 0.214041, 0.050876, 1.0))
    model = model_of([filling(material)])
    renderer = OpenGlRenderer(model, 64, 48, "studio", finish_on_gpu=finish_on_gpu)
    frame = renderer.draw(rest(model), TIMES)
    renderer.close()
    for plane, value in zip(frame.planes, yuv_of_color((1.0, 0.5, 0.25)), strict=True):
        middle = plane[plane.shape[0] // 2, plane.shape[1] // 2]
        assert abs(int(middle) - value) <= 2
    assert not frame.full_range


@pytest.mark.parametrize("finish_on_gpu", [False, True])
@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (2, 1), (1, 7), (3, 5), (17, 9), (320, 180), (180, 320)]
)
def test_any_size_gives_planes_of_that_size(finish_on_gpu, width, height):
    model = head()
    renderer = OpenGlRenderer(model, width, height, "#ff0000", finish_on_gpu=finish_on_gpu)
    frame = renderer.draw(rest(model), TIMES)
    half = ((height + 1) // 2, (width + 1) // 2)
    assert [plane.shape for plane in frame.planes] == [(height, width), half, half]
    assert renderer.draw_rgba(rest(model)).shape == (height, width, 4)
    renderer.close()


def test_both_finishes_make_the_same_colours():
    model = head()
    drawn = []
    for finish_on_gpu in (False, True):
        renderer = OpenGlRenderer(model, 128, 96, "dusk", finish_on_gpu=finish_on_gpu)
        drawn.append(renderer.draw(rest(model), TIMES).planes)
        renderer.close()
    for host, gpu in zip(*drawn, strict=True):
        difference = np.abs(host.astype(int) - gpu.astype(int))
        assert np.median(difference) <= 1
        assert (difference > 3).mean() < 0.05  # the edges, which each smooths in its own way


def test_planes_and_rgba_show_the_same_picture(renderer_of):
    model = head()
    renderer = renderer_of(model, width=128, height=128, background="#336699")
    luma = renderer.draw(rest(model), TIMES).planes[0].astype(int)
    rgb = renderer.draw_rgba(rest(model))[..., :3] / 255.0
    expected = rgb @ np.array([65.481, 128.553, 24.966]) + 16
    assert np.abs(luma - expected).max() <= 2


def test_row_0_is_the_top_and_column_0_the_left(renderer_of):
    model = model_of([quad(-0.5, 0.1, -0.1, 0.5, 0, RED), quad(0.1, -0.5, 0.5, -0.1, 0, BLUE)])
    picture = renderer_of(model, width=64, height=64).draw_rgba(rest(model))
    assert tuple(picture[22, 22]) == (255, 0, 0, 255)
    assert tuple(picture[42, 42]) == (0, 0, 255, 255)


def test_a_texture_lies_with_its_first_row_on_top(renderer_of):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0], pixels[1] = (255, 255, 0, 255), (0, 255, 255, 255)
    material = Material(shading="unlit", base_texture=TextureUse(0))
    model = model_of([quad(-0.6, -0.6, 0.6, 0.6, 0, material)], [Texture(pixels, nearest=True)])
    picture = renderer_of(model, width=64, height=64).draw_rgba(rest(model))
    assert tuple(picture[20, 32, :3]) == (255, 255, 0)
    assert tuple(picture[44, 32, :3]) == (0, 255, 255)


def test_the_nearer_surface_hides_the_farther(renderer_of):
    meshes = [quad(-1, -1, 1, 1, 0.5, RED), quad(-1, -1, 1, 1, 0.0, BLUE)]
    model = model_of(meshes)
    picture = renderer_of(model, width=16, height=16).draw_rgba(rest(model))
    assert tuple(picture[8, 8]) == (255, 0, 0, 255)


def test_backs_show_only_on_double_sided_materials(renderer_of):
    def turned(material):
        mesh = quad(-1, -1, 1, 1, 0, material)
        return model_of([replace(mesh, indices=mesh.indices[::-1])])

    one, two = turned(RED), turned(replace(RED, double_sided=True))
    pictures = [
        renderer_of(model, width=16, height=16, background="#000000").draw_rgba(rest(model))
        for model in (one, two)
    ]
    assert tuple(pictures[0][8, 8]) == (0, 0, 0, 255)
    assert tuple(pictures[1][8, 8]) == (255, 0, 0, 255)


def test_transparent_surfaces_follow_their_render_queue(renderer_of):
    """Whatever their order in the file: opaque first, then the lower queue under the higher."""
    veil = Material(
        shading="mtoon", alpha_mode="BLEND", base_color=(1, 0, 0, 0.5), shade_color=(1, 0, 0)
    )
    last = replace(veil, base_color=(0, 0, 1, 0.5), shade_color=(0, 0, 1), render_queue_offset=-1)
    meshes = [
        quad(-1, -1, 1, 1, 0.2, veil),
        quad(-1, -1, 1, 1, 0.4, last),
        quad(-1, -1, 1, 1, 0.0, GREEN),
    ]
    model = model_of(meshes)
    picture = renderer_of(model, width=16, height=16).draw_rgba(rest(model))
    # Blue over green, then red over both.
    assert np.abs(picture[8, 8].astype(int) - (128, 64, 64, 255)).max() <= 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_transparent_surfaces_of_one_queue_are_drawn_from_back_to_front(renderer_of, order):
    veils = [
        Material(shading="unlit", alpha_mode="BLEND", base_color=(*color, 0.5))
        for color in ((0, 1, 0), (0, 0, 1), (1, 0, 0))
    ]
    meshes = [quad(-1, -1, 1, 1, 0.2 * place, veils[place]) for place in order]
    model = model_of(meshes)
    picture = renderer_of(model, width=16, height=16, background="#000000").draw_rgba(rest(model))
    assert np.abs(picture[8, 8].astype(int) - (128, 32, 64, 255)).max() <= 1


def test_of_a_transparent_surface_the_back_is_drawn_first(renderer_of):
    """Two sheets of one double-sided surface, the nearer of which turns away, in this order."""
    veil = Material(
        shading="unlit", alpha_mode="BLEND", base_color=(1, 1, 1, 0.5), vertex_colors=True
    )
    near, far = quad(-1, -1, 1, 1, 0.2, veil), quad(-1, -1, 1, 1, 0.0, veil)
    sheets = replace(
        near,
        positions=np.concatenate([near.positions, far.positions]),
        normals=np.concatenate([near.normals, far.normals]),
        uvs=np.concatenate([near.uvs, far.uvs]),
        indices=np.concatenate([near.indices[::-1], far.indices + 4]),
    )
    colors = np.repeat(np.float32([(1, 0, 0, 1), (0, 1, 0, 1)]), 4, axis=0)
    for double, expected in ((True, (64, 128, 0)), (False, (0, 128, 0))):
        material = replace(veil, double_sided=double)
        model = replace(model_of([replace(sheets, material=material)]), colors=colors)
        renderer = renderer_of(model, width=16, height=16, background="#000000")
        picture = renderer.draw_rgba(rest(model))
        assert np.abs(picture[8, 8, :3].astype(int) - expected).max() <= 1


@pytest.mark.parametrize(("wrap", "edge"), [("repeat", 188), ("clamp", 0), ("mirror", 0)])
def test_few_texels_are_mixed_as_light(renderer_of, wrap, edge):
    """Black beside white, drawn over the whole picture."""
    pixels = np.full((1, 2, 4), 255, np.uint8)
    pixels[:, 0, :3] = 0
    material = Material(shading="unlit", base_texture=TextureUse(0))
    model = model_of([quad(-1, -1, 1, 1, 0, material)], [Texture(pixels, wrap, wrap)])
    picture = renderer_of(model, width=64, height=64).draw_rgba(rest(model))
    half = encode_srgb(0.5) * 255
    # The camera sees four fifths of the square.
    assert abs(int(picture[32, 32, 0]) - half) < 12
    renderer = renderer_of(model, width=64, height=64, background="#000000")
    camera = replace(CAMERA, eye=(0.0, 0.0, 3.9))
    left = renderer.draw_rgba(rest(model, camera))[32, 1, 0]
    assert abs(int(left) - edge) < 16


def test_mask_cuts_holes(renderer_of):
    pixels = np.full((2, 2, 4), 255, np.uint8)
    pixels[:, 0, 3] = 100
    material = Material(shading="unlit", alpha_mode="MASK", base_texture=TextureUse(0))
    model = model_of([quad(-1, -1, 1, 1, 0, material)], [Texture(pixels, nearest=True)])
    picture = renderer_of(model, width=32, height=32, background="#000000").draw_rgba(rest(model))
    assert picture[16, 8, 0] == 0
    assert picture[16, 24, 0] == 255


def test_the_toon_ramp_has_a_lit_and_a_shaded_side(renderer_of):
    material = Material(
        shading="mtoon", base_color=(1, 1, 1, 1), shade_color=(0.0, 0.0, 1.0), shading_toony=0.95
    )
    model = model_of([sphere((0, 0, 0), 0.6, material)])
    picture = renderer_of(model, width=64, height=64, background="#000000").draw_rgba(rest(model))
    colors, counts = np.unique(picture.reshape(-1, 4), axis=0, return_counts=True)
    common = {tuple(color[:3]) for color, count in zip(colors, counts, strict=True) if count > 20}
    assert {(0, 0, 0), (255, 255, 255), (0, 0, 255)} <= common


INKED = Material(
    shading="mtoon",
    base_color=(0, 1, 0, 1),
    shade_color=(0, 1, 0),
    outline_mode="world",
    outline_width=0.05,
    outline_color=(1, 0, 0),
    outline_lighting_mix=0.0,
)


def center_of(renderer_of, mesh):
    model = model_of([mesh])
    renderer = renderer_of(model, width=32, height=32, background="#000000")
    return tuple(renderer.draw_rgba(rest(model))[16, 16, :3].astype(int))


def test_an_open_surface_shows_its_hull_from_the_inside(renderer_of):
    """Half a ball, open to the viewer, or away from him."""
    ball = sphere((0, 0, 0), 0.6, INKED)
    at = ball.positions[ball.indices.reshape(-1, 3)].mean(axis=1)
    cup = replace(ball, indices=ball.indices.reshape(-1, 3)[at[:, 2] < 0].ravel())
    dome = replace(ball, indices=ball.indices.reshape(-1, 3)[at[:, 2] > 0].ravel())
    assert center_of(renderer_of, cup) == (255, 0, 0)
    assert center_of(renderer_of, dome) == (0, 255, 0)
    both = replace(INKED, double_sided=True)
    assert center_of(renderer_of, replace(cup, material=both)) == (0, 255, 0)
    plain = replace(INKED, outline_mode="none")
    assert center_of(renderer_of, replace(cup, material=plain)) == (0, 0, 0)


@pytest.mark.parametrize(("keeps_depth", "seen"), [(False, (128, 64, 0)), (True, (0, 128, 0))])
def test_a_veil_shows_its_hull_through_itself(renderer_of, keeps_depth, seen):
    veil = replace(
        INKED,
        base_color=(0, 1, 0, 0.5),
        alpha_mode="BLEND",
        transparent_with_z_write=keeps_depth,
    )
    found = center_of(renderer_of, sphere((0, 0, 0), 0.6, veil))
    assert np.abs(np.subtract(found, seen)).max() <= 1


def test_the_outline_surrounds_the_silhouette(renderer_of):
    plain = Material(shading="unlit", base_color=(1, 1, 1, 1))
    lined = replace(
        plain,
        shading="mtoon",
        shade_color=(1, 1, 1),
        outline_mode="world",
        outline_width=0.05,
        outline_color=(1, 0, 0),
        outline_lighting_mix=0.0,
    )
    drawn = []
    for material in (plain, lined):
        model = model_of([sphere((0, 0, 0), 0.5, material)])
        drawn.append(
            renderer_of(model, width=128, height=128, background="#000000").draw_rgba(rest(model))
        )
    red = (drawn[1][..., 0] > 200) & (drawn[1][..., 1] < 50)
    grown = (drawn[1][..., 0] > 127).sum() / (drawn[0][..., 0] > 127).sum()
    assert red.sum() > 300
    assert grown == pytest.approx((0.55 / 0.5) ** 2, rel=0.03)
    assert not red[60:68, 60:68].any()


def test_a_moved_vertex_moves_pixels(renderer_of):
    model = head()
    renderer = renderer_of(model, width=128, height=128)
    before = renderer.draw_rgba(rest(model))
    positions = model.positions.copy()
    positions[positions[:, 1] > 0.3, 1] += 0.1
    after = renderer.draw_rgba(rest(model, positions=positions))
    changed = np.abs(before.astype(int) - after).max(axis=2) > 20
    assert changed[:50].sum() > 100
    assert not changed[70:].any()


def test_an_expression_changes_a_material(renderer_of):
    model = model_of([filling(RED)])
    renderer = renderer_of(model, width=16, height=16)
    blue = {0: MaterialChange(colors={"color": (0, 0, 1, 1)})}
    assert tuple(renderer.draw_rgba(rest(model, material_changes=blue))[8, 8, :3]) == (0, 0, 255)
    assert tuple(renderer.draw_rgba(rest(model))[8, 8, :3]) == (255, 0, 0)


def test_transparent_gives_alpha_and_chroma_green_in_video(renderer_of):
    model = model_of([sphere((0, 0, 0), 0.4, RED)])
    renderer = renderer_of(model, width=64, height=64, background="transparent")
    picture = renderer.draw_rgba(rest(model))
    assert picture[0, 0, 3] == 0
    assert tuple(picture[32, 32]) == (255, 0, 0, 255)
    edge = picture[(picture[..., 3] > 0) & (picture[..., 3] < 255)]
    assert len(edge) > 20
    assert (edge[:, 0] >= 250).all()  # straight alpha: the colour does not darken with it
    luma = renderer.draw(rest(model), TIMES).planes[0]
    assert abs(int(luma[0, 0]) - yuv_of_color((0, 177 / 255, 64 / 255))[0]) <= 1


def test_an_empty_model_shows_the_background(renderer_of):
    empty = quad(0, 0, 1, 1, 0, RED)
    model = replace(
        model_of([empty]),
        positions=np.zeros((0, 3), np.float32),
        normals=np.zeros((0, 3), np.float32),
        uvs=np.zeros((0, 2), np.float32),
        indices=np.zeros(0, np.uint32),
        primitives=(),
    )
    picture = renderer_of(model, width=8, height=8, background="#102030").draw_rgba(rest(model))
    assert (picture == (16, 32, 48, 255)).all()


def test_bad_arguments_are_refused_with_what_is_wrong(renderer_of):
    model = head()
    renderer = renderer_of(model, width=32, height=32)
    with pytest.raises(RenderError, match="2049x32"):
        renderer.resize(2049, 32)
    with pytest.raises(RenderError, match="studio"):
        renderer.set_background("moon")
    with pytest.raises(RenderError, match="same avatar"):
        renderer.draw(rest(model, positions=model.positions[:5]), TIMES)
    with pytest.raises(RenderError, match="pyrender"):
        create_renderer(Scene(model), backend="vulkan")
    renderer.close()
    with pytest.raises(RenderError, match="closed"):
        renderer.draw(rest(model), TIMES)
