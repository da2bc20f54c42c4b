"""What is exported is read back the same, here, by the Khronos validator and by three-vrm."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_server.avatar import Avatar, AvatarCatalog, load_avatar, load_model
from avatar_server.avatar.export import export
from avatar_server.avatar.material import Material
from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import AvatarFileError

from .files import Gltf, person, quad, vrm0, vrm1
from .gallery import write_all
from .looks import EXPRESSED, LOOKS, extended
from .oddities import ODDITIES
from .reference import ReferenceMissing, three_vrm, validator_issues
from .side_by_side import compare, rest_rig


def mirrored() -> Gltf:
    """Rigid and skinned, mirrored, coloured, with two binds of one joint."""
    file = vrm1()
    attributes = file.json["meshes"][0]["primitives"][0]["attributes"]
    attributes["COLOR_0"] = file.accessor([(0.5, 1.0, 0.5, 1.0)] * 4)
    file.json["skins"][0]["joints"] = [4, 4]
    rigid = {k: v for k, v in attributes.items() if k not in ("JOINTS_0", "WEIGHTS_0")}
    (primitive,) = file.json["meshes"][0]["primitives"]
    mesh = file.add("meshes", {"primitives": [{**primitive, "attributes": rigid}]})
    row = file.add("nodes", {"mesh": mesh, "scale": [-0.5, 0.5, 0.5], "translation": [0.7, 0, 0]})
    file.json["scenes"][0]["nodes"].append(row)
    emissive = {"emissiveFactor": [1, 0.5, 0], "alphaMode": "MASK", "alphaCutoff": 0.3}
    strength = {"KHR_materials_emissive_strength": {"emissiveStrength": 3.0}}
    file.json["materials"][0] |= emissive
    file.json["materials"][0]["extensions"] |= strength
    return file


def stained_glass() -> Gltf:
    return extended(
        transmission={"transmissionFactor": 1.0},
        volume={
            "thicknessFactor": 0.5,
            "attenuationDistance": 0.5,
            "attenuationColor": [0.1, 0.9, 0.3],
        },
    )


FILES: dict[str, Callable[[], Gltf]] = {"vrm0": vrm0, "vrm1": vrm1, "mirrored": mirrored}


@pytest.fixture(params=FILES)
def exported(request, tmp_path) -> tuple[Avatar, Path]:
    avatar = load_avatar(FILES[request.param]().write(tmp_path, "source.vrm"))
    path = tmp_path / "exported.vrm"
    export(avatar, path)
    return avatar, path


def issues(path: Path) -> dict:
    try:
        return validator_issues(path)
    except ReferenceMissing as reason:
        pytest.skip(str(reason))


def test_read_back_it_is_the_same_character(exported):
    avatar, path = exported
    before, after = avatar.model, load_model(path)
    assert after.meta.spec == "VRM 1.0"
    assert after.meta.title == before.meta.title
    assert set(after.humanoid) == set(before.humanoid)
    assert set(after.expressions) == set(before.expressions)
    assert sorted(m.name for m in after.morphs) == sorted(m.name for m in before.morphs)
    assert after.triangle_count == before.triangle_count
    assert after.look_at == before.look_at
    colliders = (
        [(m.nodes[c.node].name, c.offset, c.tail) for c in m.spring_colliders]
        for m in (before, after)
    )
    assert next(colliders) == next(colliders)
    assert [len(s.joints) for s in after.springs] == [len(s.joints) for s in before.springs]
    assert [c.kind for c in after.constraints] == [c.kind for c in before.constraints]
    np.testing.assert_allclose(_triangles(before), _triangles(after), atol=1e-5)
    for old, new in zip(before.materials, after.materials, strict=False):
        assert old.shading == new.shading
        np.testing.assert_allclose(old.base_color, new.base_color, atol=1e-6)
        np.testing.assert_allclose(old.emissive_color, new.emissive_color, atol=1e-6)
    for name, old in before.expressions.items():
        moved = [{after.morphs[i].name for i, _ in after.expressions[name].morphs}]
        assert moved == [{before.morphs[i].name for i, _ in old.morphs}]
    np.testing.assert_array_equal(before.textures[0].pixels, after.textures[0].pixels)


def test_the_khronos_validator_finds_no_error(exported):
    _, path = exported
    found = issues(path)
    assert found["numErrors"] == 0, found["messages"][:3]


@pytest.mark.parametrize("make", [quad, person], ids=lambda f: f.__name__)
def test_plain_gltf_is_valid_too(tmp_path, make):
    path = tmp_path / "exported.glb"
    export(load_avatar(make().write(tmp_path)), path, "glb")
    assert "extensions" not in json.loads(_json_chunk(path))
    assert load_model(path).triangle_count == 2
    found = issues(path)
    assert found["numErrors"] == 0, found["messages"][:3]


@pytest.mark.parametrize("name", ["clear_coat", "sheen", "glass", "stained_glass"])
def test_layers_of_plain_gltf_come_back(tmp_path, name):
    made = (LOOKS | {"stained_glass": stained_glass})[name]()
    source = load_avatar(made.write(tmp_path, "source.vrm"))
    path = tmp_path / "exported.vrm"
    export(source, path)
    old, new = source.model.materials[0], load_model(path).materials[0]
    assert replace(old, name="", specular_color=()) == replace(new, name="", specular_color=())
    assert old != Material(name=old.name)
    found = issues(path)
    assert found["numErrors"] == 0, found["messages"][:3]


def test_the_validator_would_find_an_error(tmp_path):
    file = quad()
    file.json["accessors"][0]["count"] = 3
    assert issues(file.write(tmp_path))["numErrors"] > 0


def test_an_empty_character_is_valid(tmp_path):
    (tmp_path / "empty.glb").write_bytes(Gltf().glb())
    path = tmp_path / "exported.glb"
    export(load_avatar(tmp_path / "empty.glb"), path, "glb")
    assert issues(path)["numErrors"] == 0


def test_a_model_without_a_humanoid_is_no_vrm(tmp_path):
    avatar = load_avatar(quad().write(tmp_path))
    with pytest.raises(AvatarFileError, match="needs the bones hips, spine"):
        export(avatar, tmp_path / "exported.vrm")
    assert not (tmp_path / "exported.vrm").exists()


def test_a_place_that_cannot_be_written(tmp_path):
    avatar = load_avatar(vrm1().write(tmp_path))
    with pytest.raises(AvatarFileError, match="cannot be written"):
        export(avatar, tmp_path / "absent" / "exported.vrm")


@pytest.mark.parametrize("avatar_id", AvatarCatalog().ids())
def test_built_in_characters_are_valid(avatar_id, tmp_path):
    path = tmp_path / "exported.vrm"
    export(AvatarCatalog().get(avatar_id), path)
    found = issues(path)
    assert found["numErrors"] == 0, found["messages"][:3]


@pytest.mark.parametrize("name", ["several_roots", "instances", "meshes_under_bones", "draco"])
def test_odd_files_come_out_valid(tmp_path, name):
    source = load_avatar(ODDITIES[name]().write(tmp_path))
    path = tmp_path / "exported.glb"
    export(source, path, format="glb")
    found = issues(path)
    assert found["numErrors"] == 0, found["messages"][:3]
    np.testing.assert_allclose(_triangles(load_model(path)), _triangles(source.model), atol=1e-4)


@pytest.mark.browser
def test_expressions_look_as_in_three_vrm(tmp_path):
    try:
        with three_vrm() as browser:
            for name, (make, weights) in EXPRESSED.items():
                found = compare(make().write(tmp_path, f"{name}.vrm"), browser, weights)
                assert found.overlap > 0.98, name
                assert found.color_difference < 5, name
    except ReferenceMissing as reason:
        pytest.skip(str(reason))


@pytest.mark.browser
def test_three_vrm_draws_what_we_do(tmp_path):
    sources = write_all(tmp_path / "sources")
    (tmp_path / "exported").mkdir()
    exported = []
    for name, make in FILES.items():
        source = make().write(tmp_path, f"{name}.vrm")
        exported.append(tmp_path / "exported" / source.name)
        export(load_avatar(source), exported[-1])
    try:
        with three_vrm() as browser:
            for path in (*sources, *exported):
                found = compare(path, browser)
                assert found.overlap > 0.98, path.name
                assert found.color_difference < 8, path.name
            camera = rest_rig(load_model(exported[0])).camera
            read = browser.draw(exported[0], camera, (0.0, 0.0, 1.0), 64).read
    except ReferenceMissing as reason:
        pytest.skip(str(reason))
    assert read["version"] == "1"
    assert len(read["bones"]) == len(load_model(exported[0]).humanoid)
    assert read["expressions"] == ["Tail", "blinkLeft", "happy"]
    assert read["joints"] == 2
    assert read["morphs"] > 0


def _colliders(model: AvatarModel) -> list[tuple]:
    return [(model.nodes[c.node].name, c.offset, c.tail) for c in model.spring_colliders]


def _triangles(model: AvatarModel) -> np.ndarray:
    """Corners in the scene, in an order that does not depend on the order of meshes."""
    corners = rest_rig(model).positions[model.indices].reshape(-1, 9)
    return corners[np.lexsort(np.round(corners.T, 3))]


def _json_chunk(path: Path) -> bytes:
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    return content[20 : 20 + length]
