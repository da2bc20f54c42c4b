"""The rasteriser and OpenGL draw the same picture."""

from dataclasses import replace

import numpy as np
import pytest

from avatar_server.avatar import Character, find_avatar
from avatar_server.avatar.material import Material, Texture, TextureUse
from avatar_server.builtin import builtin_folder
from avatar_server.expression import load_performance
from avatar_server.render import create_renderer
from tests.render.scenes import Scene, model_of, quad, rest, sphere

SIZE = 128


def both(model, rig=None, background="#406080", size=SIZE):
    """The picture by either backend, uint8 (size, size, 4)."""
    pictures = []
    for backend in ("raster", "moderngl"):
        renderer = create_renderer(
            Scene(model), backend=backend, width=size, height=size, background=background
        )
        pictures.append(renderer.draw_rgba(rig or rest(model)))
        renderer.close()
    return pictures


def differing(one, other, steps=12):
    """Share of pixels that differ by more than some of 255 steps."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > steps).mean())


def checks(size=32, wrap="repeat", alpha=255):
    """A texture with no symmetry: a ramp across, another down, and a grid."""
    down, across = np.mgrid[:size, :size]
    grid = ((down // 4 + across // 4) % 2) * 120
    pixels = np.stack([across * 255 // size, down * 255 // size, grid, 0 * grid + alpha], -1)
    return Texture(pixels.astype(np.uint8), wrap_s=wrap, wrap_t=wrap)


def bumps(size=32):
    """A normal map that tilts in every direction."""
    down, across = (np.mgrid[:size, :size] + 0.5) / size * 2 * np.pi
    normal = np.stack([0.6 * np.sin(across), 0.6 * np.cos(down), np.ones_like(down)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    pixels = np.concatenate([normal * 127.5 + 127.5, np.full_like(down, 255)[..., None]], -1)
    return Texture(pixels.astype(np.uint8))


USE = TextureUse(0)
TOON = Material(
    shading="mtoon",
    base_color=(0.9, 0.6, 0.3, 1.0),
    shade_color=(0.2, 0.3, 0.6),
    shading_toony=0.6,
)
MATERIALS = {
    "toon": TOON,
    "texture": replace(TOON, base_texture=USE, shade_texture=USE),
    "shade texture": replace(TOON, shade_texture=USE),
    "moved texture": replace(
        TOON, base_texture=replace(USE, offset=(0.3, 0.1), scale=(2.0, 3.0), rotation=0.4)
    ),
    "shift texture": replace(TOON, shading_shift_texture=USE, shading_toony=0.2),
    "rim": replace(TOON, rim_color=(0.6, 0.8, 0.4), rim_fresnel_power=2.5, rim_lift=0.1),
    "odd rim": replace(TOON, rim_color=(0.6, 0.8, 0.4), rim_fresnel_power=3.3),
    "rim texture": replace(TOON, rim_color=(1, 1, 1), rim_fresnel_power=1.0, rim_texture=USE),
    "matcap": replace(TOON, matcap_texture=USE),
    "emissive": replace(TOON, emissive_color=(0.3, 0.5, 0.2), emissive_texture=USE),
    "normal map": replace(TOON, normal_texture=TextureUse(1), shading_toony=0.0),
    "even normal map": replace(
        TOON, normal_texture=TextureUse(1), shading_toony=0.0, even_tangents=True
    ),
    "unlit": Material(shading="unlit", base_texture=USE),
    "plain": Material(shading="pbr", base_texture=USE),
    "plain normal map": Material(shading="pbr", roughness=0.4, normal_texture=TextureUse(1)),
    "metal": Material(
        shading="pbr", metallic=1.0, metallic_roughness_texture=USE, base_color=(0.9, 0.7, 0.3, 1)
    ),
    "coat": Material(
        shading="pbr",
        base_color=(0.7, 0.2, 0.1, 1.0),
        clearcoat=0.8,
        clearcoat_roughness=0.2,
        normal_texture=TextureUse(1),
    ),
    "sheen": Material(
        shading="pbr",
        base_color=(0.2, 0.1, 0.4, 1.0),
        sheen_color=(0.9, 0.8, 0.3),
        sheen_roughness=0.4,
    ),
    "glass": Material(
        shading="pbr",
        roughness=0.3,
        base_color=(0.7, 0.9, 0.8, 1.0),
        transmission=0.8,
        transmission_texture=USE,
        transmission_tint=(0.9, 0.6, 0.8),
    ),
    "plain glow": Material(shading="pbr", emissive_color=(0.2, 0.4, 0.1), emissive_texture=USE),
    "moving": replace(
        TOON, base_texture=USE, uv_scroll=(0.11, -0.07), uv_rotation=0.3, uv_mask_texture=USE
    ),
    "outline": replace(TOON, outline_mode="world", outline_width=0.05, outline_color=(1, 0, 0)),
    "lit outline": replace(
        TOON, outline_mode="screen", outline_width=0.03, outline_color=(1, 1, 1), base_texture=USE
    ),
    "blend": replace(TOON, base_color=(0.9, 0.6, 0.3, 0.5), alpha_mode="BLEND"),
    "mask": replace(TOON, alpha_mode="MASK", base_texture=TextureUse(2), double_sided=True),
}


@pytest.mark.parametrize("name", MATERIALS)
def test_every_kind_of_material_looks_the_same(name):
    textures = checks(), bumps(), checks(alpha=0)
    holes = textures[2].pixels.copy()
    holes[..., 3] = textures[0].pixels[..., 2] * 2
    textures = (*textures[:2], replace(textures[2], pixels=holes))
    ball = sphere((0, 0, 0), 0.65, MATERIALS[name], rings=48, sectors=64)
    model = model_of([ball], textures)
    one, other = both(model, replace(rest(model), time_s=2.5))
    assert np.ptp(one[..., :3], axis=(0, 1)).max() > 40  # there is a picture
    assert differing(one, other) < 0.01


@pytest.mark.parametrize("wrap", ["repeat", "clamp", "mirror"])
def test_textures_go_on_past_their_edge_alike(wrap):
    use = replace(USE, offset=(-0.7, -0.4), scale=(2.2, 1.7))
    sheet = quad(-0.7, -0.7, 0.7, 0.7, 0, Material(shading="unlit", base_texture=use))
    one, other = both(model_of([sheet], [checks(wrap=wrap)]))
    assert differing(one, other) < 0.01


@pytest.mark.parametrize("shading", ["unlit", "pbr"])
def test_colours_of_vertices_look_the_same(shading):
    material = Material(shading=shading, vertex_colors=True, base_texture=USE)
    model = model_of([quad(-0.7, -0.7, 0.7, 0.7, 0, material)], [checks()])
    colors = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]], np.float32)
    one, other = both(replace(model, colors=colors))
    assert differing(one, other) < 0.01


def test_a_normal_map_tilts_towards_the_light(renderer_of):
    """Red is the normal's x, along growing u; green its y, against growing v (glTF 2.0, 3.9.3). The
    key light comes from the right and from above."""

    def brightness(red, green):
        tilted = Texture(np.full((4, 4, 4), (red, green, 220, 255), np.uint8))
        material = replace(TOON, normal_texture=USE, shading_toony=0.0)
        model = model_of([quad(-0.7, -0.7, 0.7, 0.7, 0, material)], [tilted])
        picture = renderer_of(model, width=32, height=32).draw_rgba(rest(model))
        return int(picture[16, 16, 0])

    assert brightness(210, 128) > brightness(128, 128) > brightness(46, 128)
    assert brightness(128, 210) > brightness(128, 128) > brightness(128, 46)


@pytest.mark.parametrize("name", ["ani", "rudi"])
def test_a_moving_character_looks_the_same(name):
    avatar = find_avatar(name)
    character = Character(avatar)
    performance = load_performance(builtin_folder("performances") / "moods.csv")
    for frame in range(0, 90, 30):
        rig = character.pose(performance.at(frame / 30))
        one, other = both(avatar.model, rig, "studio", 384)
        assert differing(one, other, steps=24) < 0.006


def test_triangles_that_meet_leave_no_gap_and_no_pixel_twice():
    """Half-transparent triangles of a fan: a pixel missed or drawn twice would have another
    colour."""
    rng = np.random.default_rng(7)
    material = Material(shading="unlit", base_color=(1, 1, 1, 0.5), alpha_mode="BLEND")
    sheet = quad(-1, -1, 1, 1, 0, material)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 61))
    ring = 0.7 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], 1)
    center = rng.uniform(-0.2, 0.2, 3) * (1, 1, 0)
    corners = np.arange(1, 62)
    fan = replace(
        sheet,
        positions=np.concatenate([center[None], ring]).astype(np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (62, 1)),
        uvs=np.zeros((62, 2), np.float32),
        indices=np.stack([0 * corners, corners, np.roll(corners, -1)], 1).ravel(),
    )
    renderer = create_renderer(
        Scene(model_of([fan])), backend="raster", width=300, height=300, background="#000000"
    )
    picture = np.empty((300, 300, 4), np.uint8)
    renderer.draw_scene(rest(renderer._model), "#000000", picture)
    drawn = picture[..., 0]
    renderer.close()
    inside = drawn[drawn > 0]
    assert len(inside) > 15_000
    assert inside.min() == inside.max()
