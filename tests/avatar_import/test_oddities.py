"""Odd files as real exporters write them: every one is read and drawn, and as what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_server.avatar import Character, load_avatar
from avatar_server.render import create_renderer
from avatar_server.types import ByteArray

from ..avatar.figures import expression
from .files import person, quad
from .gallery import FILES, primitive, textured
from .looks import LOOKS
from .oddities import BEYOND_THREE_VRM, ODDITIES, moving_texture
from .reading import read
from .side_by_side import Drawable, rest_rig

EVERY = FILES | ODDITIES | LOOKS | BEYOND_THREE_VRM


def drawn(model, size: int = 64, time_s: float = 0.0) -> ByteArray:
    renderer = create_renderer(Drawable(model), width=size, height=size, background="transparent")
    try:
        return renderer.draw_rgba(replace(rest_rig(model), time_s=time_s))
    finally:
        renderer.close()


@pytest.mark.parametrize("name", EVERY)
def test_every_odd_file_is_drawn_and_lives(name, tmp_path):
    avatar = load_avatar(EVERY[name]().write(tmp_path))
    picture = drawn(avatar.model)
    covered = float((picture[..., 3] > 128).mean())
    assert (covered > 0.02) == (name not in ("only_bones", "back_single"))
    rig = Character(avatar).pose(expression())
    assert np.isfinite(rig.positions).all()


def test_instances_stand_where_the_file_puts_them(tmp_path):
    model = read(ODDITIES["instances"](), tmp_path)
    assert model.triangle_count == 6
    posed = rest_rig(model).positions.reshape(3, 4, 3)
    np.testing.assert_allclose(posed[0].mean(axis=0), (0.0, 1.0, 0.0), atol=1e-5)
    np.testing.assert_allclose(posed[2].mean(axis=0), (0.0, 3.5, -1.0), atol=1e-5)
    assert np.ptp(posed[1][:, 0]) == pytest.approx(2**0.5, abs=1e-4)


def test_normals_of_a_stretched_mesh_stand_on_its_surface(tmp_path):
    model = read(ODDITIES["meshes_under_bones"](), tmp_path)
    rig = rest_rig(model)
    corners = rig.positions[model.indices.reshape(-1, 3)]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(faces, axis=1)
    seen = size > 1e-4 * size.max()
    faces = faces[seen] / size[seen, None]
    means = rig.normals[model.indices.reshape(-1, 3)[seen]].mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", faces, means).min() > 0.9


def test_draco_says_what_the_plain_file_says(tmp_path):
    plain, packed = read(person(), tmp_path), read(ODDITIES["draco"](), tmp_path)
    np.testing.assert_allclose(packed.positions, plain.positions, atol=1e-3)
    np.testing.assert_allclose(packed.uvs, plain.uvs, atol=1e-3)
    np.testing.assert_allclose(packed.skinning.weights, plain.skinning.weights, atol=1e-6)
    np.testing.assert_array_equal(packed.indices, plain.indices)


def test_mirrored_textures(tmp_path):
    picture = drawn(read(ODDITIES["mirrored_wrap"](), tmp_path), 96)
    inside = picture[(picture[..., 3] > 200).any(axis=1)][:, (picture[..., 3] > 200).any(axis=0)]
    height, width = inside.shape[:2]
    # Three repetitions, of which the middle one is the file's: it meets its mirror image.
    left = inside[height // 2 - height // 12, width // 3 - width // 12, :3].astype(int)
    right = inside[height // 2 - height // 12, width // 3 + width // 12, :3].astype(int)
    assert np.abs(left - right).max() < 8


def test_textures_by_the_third_and_fourth_coordinates(tmp_path):
    model = read(ODDITIES["third_coordinates"](), tmp_path)
    material = model.materials[0]
    assert (material.base_texture.texcoord, material.emissive_texture.texcoord) == (0, 1)
    np.testing.assert_allclose(model.uvs.max(axis=0), (2.0, 2.0))
    np.testing.assert_allclose(model.uvs1.max(axis=0), (1.0, 0.5))


def test_mtoon_takes_no_vertex_colors(tmp_path):
    model = read(ODDITIES["vertex_colors_mtoon1"](), tmp_path)
    assert not model.materials[0].vertex_colors
    assert read(ODDITIES["vertex_colors"](), tmp_path).materials[0].vertex_colors


def test_a_texture_without_an_image_is_none(tmp_path):
    model = read(BEYOND_THREE_VRM["texture_without_image"](), tmp_path)
    assert model.materials[0].base_texture is None
    assert not model.textures


@pytest.mark.parametrize(("metallic", "level"), [(0.0, 231), (1.0, 234)])
def test_plain_gltf_is_as_bright_as_in_three(tmp_path, metallic, level):
    """A white square that faces the viewer, lit as three-vrm's examples are; the levels are what
    three.js 0.187 draws."""
    file = quad(material=0)
    pbr = {"metallicFactor": metallic, "roughnessFactor": 0.6}
    file.add("materials", {"pbrMetallicRoughness": pbr})
    picture = drawn(read(file, tmp_path))
    assert abs(int(picture[32, 32, 0]) - level) <= 3


def test_a_transformed_texture_is_as_sharp_as_it_can_be(tmp_path):
    """Coordinates over 64 repetitions that a transform takes back to one."""
    transform = {"scale": [1 / 64, 1 / 64]}
    file = textured(info={"extensions": {"KHR_texture_transform": transform}})
    attributes = file.json["meshes"][0]["primitives"][0]["attributes"]
    attributes["TEXCOORD_0"] = file.accessor(np.array([(0, 64), (64, 64), (0, 0), (64, 0)]))
    plain, transformed = drawn(read(textured(), tmp_path)), drawn(read(file, tmp_path))
    assert np.abs(plain.astype(int) - transformed.astype(int)).mean() < 1.0


def test_textures_that_move(tmp_path):
    speeds = {"uvAnimationScrollXSpeedFactor": 0.25, "uvAnimationScrollYSpeedFactor": 0.5}
    model = read(moving_texture(**speeds), tmp_path)
    still = textured(info={"extensions": {"KHR_texture_transform": {"offset": [0.5, 1.0]}}})
    still.json["materials"][0]["extensions"] |= {"VRMC_materials_mtoon": {"specVersion": "1.0"}}
    at_rest, moved = drawn(model).astype(int), drawn(model, time_s=2.0).astype(int)
    assert np.abs(moved - at_rest).mean() > 20
    assert np.abs(moved - drawn(read(still, tmp_path))).mean() < 1


def test_textures_that_turn_within_a_mask(tmp_path):
    quarter = {"uvAnimationRotationSpeedFactor": np.pi / 2}
    whole = read(moving_texture(**quarter), tmp_path)
    masked = read(moving_texture(mask=True, **quarter), tmp_path)
    before, after = drawn(whole), drawn(whole, time_s=1.0)
    corners = [(20, 20), (20, 44), (44, 20), (44, 44)]
    turned = [(44, 20), (20, 20), (44, 44), (20, 44)]
    for here, there in zip(corners, turned, strict=True):
        assert np.abs(after[here].astype(int) - before[there]).max() < 8
    partly = drawn(masked, time_s=1.0)
    # The mask's lower left is blue by 220 of 255; its lower right by 60.
    assert np.abs(partly[20, 20].astype(int) - before[20, 20]).max() < 8
    assert np.abs(partly[44, 20].astype(int) - after[44, 20]).max() < 8


@pytest.mark.parametrize("version", ["vrm0", "vrm1"])
def test_expressions_own_the_targets_that_they_bind(tmp_path, version):
    model = read(ODDITIES[f"resting_expression_{version}"](), tmp_path)
    assert [m.rest_weight for m in model.morphs] == [0.0, 0.5]


@pytest.mark.parametrize(("transmission", "green"), [(1.0, 46), (0.0, 231)])
def test_glass_lets_through_what_is_behind(tmp_path, transmission, green):
    """A white square before a red one, and before nothing."""
    file = quad(material=0)
    glass = {"KHR_materials_transmission": {"transmissionFactor": transmission}}
    pbr = {"metallicFactor": 0, "roughnessFactor": 0.6}
    file.add("materials", {"pbrMetallicRoughness": pbr, "extensions": glass})
    over_nothing = drawn(read(file, tmp_path))[32, 32]
    assert over_nothing[3] == pytest.approx(255 * (1 - 0.5 * transmission), abs=2)
    wall = {"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}
    unlit = {"extensions": {"KHR_materials_unlit": {}}}
    mesh = {"primitives": [{**primitive(file), "material": file.add("materials", wall | unlit)}]}
    place = {"mesh": file.add("meshes", mesh), "translation": [0, 0, -0.5]}
    file.json["scenes"][0]["nodes"].append(file.add("nodes", place))
    seen = drawn(read(file, tmp_path))[32, 32].astype(int)
    assert seen[3] == 255
    assert seen[0] > 225
    # What is left of green is the reflection of the lamp.
    assert abs(seen[1] - green) < 6
