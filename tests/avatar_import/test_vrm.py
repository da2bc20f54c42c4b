"""VRM 0.x and 1.0: the same character in both comes out the same."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.avatar import load_model
from avatar_server.avatar.gltf.scene import global_transforms
from avatar_server.avatar.vrm.mtoon0 import shading_from_vrm0
from avatar_server.avatar.vrm.names import REQUIRED_BONES

from .files import BONE_NAMES, vrm0, vrm1
from .side_by_side import rest_rig


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vrm")
    return load_model(vrm0().write(folder, "0.vrm")), load_model(vrm1().write(folder, "1.vrm"))


def test_both_versions_face_forward_and_stand_in_the_same_place(models):
    old, new = (rest_rig(m) for m in models)
    np.testing.assert_allclose(old.positions, new.positions, atol=1e-6)
    np.testing.assert_allclose(old.normals, new.normals, atol=1e-6)
    assert new.normals[0, 2] == pytest.approx(1.0)
    for bone in BONE_NAMES:
        places = [global_transforms(m.nodes)[m.humanoid[bone]][:3, 3] for m in models]
        np.testing.assert_allclose(places[0], places[1], atol=1e-6)


def test_left_is_the_characters_own_left(models):
    for model in models:
        hand = global_transforms(model.nodes)[model.humanoid["leftHand"]]
        assert hand[0, 3] > 0.5


def test_morphs_move_the_same_vertices_the_same_way(models):
    for morphs in zip(*(m.morphs for m in models), strict=True):
        old, new = morphs
        assert (old.name, old.index) == (new.name, new.index)
        np.testing.assert_array_equal(old.vertices, new.vertices)
        np.testing.assert_allclose(old.positions, new.positions, atol=1e-7)
    assert [m.name for m in models[0].morphs] == ["jawOpen", "eyeBlinkLeft"]


def test_expressions_go_by_their_new_names(models):
    old, new = models
    assert set(old.expressions) == {"happy", "blinkLeft", "Tail"}
    assert old.expressions["happy"].morphs == new.expressions["happy"].morphs == ((0, 0.5),)
    assert not old.expressions["Tail"].is_preset
    # Unity's texture offset counts from the lower left, glTF's from the upper left.
    assert old.expressions["happy"].texture_transforms[0].offset == (0.25, 0.5)
    happy = new.expressions["happy"]
    assert happy.is_binary
    assert happy.override_blink == "block"
    assert happy.colors[0].kind == "shadeColor"
    assert new.expressions["wink"].texture_transforms[0].scale == (0.5, 0.5)


def test_look_at_is_by_expression_with_its_ranges(models):
    for model in models:
        assert model.look_at.kind == "expression"
        assert model.look_at.vertical_up.input_max == 30.0
        assert model.look_at.vertical_up.output == 0.5
        np.testing.assert_allclose(model.look_at.offset_from_head, (0.0, 0.06, 0.05))


def test_springs_swing_the_same_bones(models):
    old, new = models
    assert [old.nodes[j.node].name for j in old.springs[0].joints] == [
        "hair_1",
        "hair_2",
        "hair_2_spring_end",
    ]
    assert [new.nodes[j.node].name for j in new.springs[0].joints] == ["hair_1", "hair_2"]
    for spring in (old.springs[0], new.springs[0]):
        assert spring.joints[0].stiffness == 0.7
        assert spring.joints[0].drag_force == pytest.approx(0.3)
    assert old.springs[0].center == -1
    assert new.springs[0].center == new.humanoid["hips"]
    assert new.springs[0].colliders == (0, 1)
    assert new.spring_colliders[1].tail == (0.0, 1.0, 0.0)


def test_vectors_of_vrm_0_are_unitys(models):
    # Unity's +z is before the character's face, as +z is here; its +x is its right.
    old = models[0]
    assert old.spring_colliders[0].offset == (0.0, 0.1, 0.2)
    assert old.springs[0].joints[0].gravity_dir == (0.0, -1.0, 0.5)


def test_mtoon_of_vrm_0_becomes_mtoon_1(models):
    material = models[0].materials[0]
    assert material.shading == "mtoon"
    np.testing.assert_allclose(material.base_color, (0.5**2.2, 1.0, 1.0, 0.75))
    assert material.alpha_mode == "BLEND"
    assert material.transparent_with_z_write
    assert material.double_sided
    assert material.outline_mode == "world"
    assert material.outline_width == pytest.approx(0.005)
    assert material.base_texture.scale == (0.5, 0.5)
    assert material.base_texture.offset == (0.25, 0.5)


@pytest.mark.parametrize(
    ("old", "new"),
    # UniVRM's own expectations: its default, Lambert, half Lambert.
    [((0.9, 0.0), (0.95, -0.05)), ((0.0, 0.0), (0.5, -0.5)), ((0.0, -1.0), (0.0, 0.0))],
)
def test_shading_range_is_kept(old, new):
    np.testing.assert_allclose(shading_from_vrm0(*old), new, atol=1e-6)


def test_mtoon_1_is_read(models):
    material = models[1].materials[0]
    assert material.shading == "mtoon"
    assert material.shade_color == (0.5, 0.25, 0.125)
    assert (material.shading_toony, material.shading_shift) == (0.8, -0.1)
    assert (material.outline_mode, material.outline_width) == ("world", 0.005)
    assert material.rim_color == (0.1, 0.2, 0.3)


def test_meta_says_what_is_allowed(models):
    old, new = (m.meta for m in models)
    assert old.title == new.title == "Someone"
    assert old.authors == new.authors == ("an author",)
    assert old.spec == "VRM 0.x"
    assert new.spec == "VRM 1.0"
    assert old.licence == "CC-BY-ND-4.0"
    assert old.permissions["modification"] == "prohibited"
    assert old.permissions["commercialUsage"] == "corporation"
    assert new.permissions["avatarPermission"] == "everyone"
    assert new.permissions["allowRedistribution"] == "true"
    # What is not said is not allowed.
    assert new.permissions["commercialUsage"] == "personalNonProfit"
    assert new.permissions["allowExcessivelySexualUsage"] == "false"


def test_first_person_and_constraints(models):
    for model in models:
        assert {p.first_person for p in model.primitives} == {"thirdPersonOnly"}
    (constraint,) = models[1].constraints
    assert (constraint.kind, constraint.axis, constraint.weight) == ("roll", "X", 0.5)
    assert models[1].nodes[constraint.source].name == "rightHand"


def test_extended_colliders_are_read(tmp_path):
    file = vrm1()
    far = {"sphere": {"offset": [0, -10000, 0], "radius": 0}}
    shapes = (
        {"sphere": {"offset": [0, 0.1, 0], "radius": 0.2, "inside": True}},
        {"plane": {"offset": [0, 0.5, 0], "normal": [0, 2, 0]}},
    )
    springs = file.json["extensions"]["VRMC_springBone"]
    for collider, shape in zip(springs["colliders"], shapes, strict=True):
        extended = {"specVersion": "1.0", "shape": shape}
        name = "VRMC_springBone_extended_collider"
        collider |= {"shape": far, "extensions": {name: extended}}
    ball, plane = load_model(file.write(tmp_path)).spring_colliders
    assert (ball.offset, ball.radius, ball.inside) == ((0.0, 0.1, 0.0), 0.2, True)
    assert plane.offset[1] + plane.radius == pytest.approx(0.5)
    assert not plane.inside


def test_no_node_follows_what_hangs_on_it(tmp_path):
    file = vrm1()
    arm = file.json["nodes"][BONE_NAMES.index("leftLowerArm")]
    constraint = arm["extensions"]["VRMC_node_constraint"]["constraint"]
    constraint["roll"]["source"] = BONE_NAMES.index("leftHand")
    assert load_model(file.write(tmp_path)).constraints == ()


def test_humanoid_is_whole(models):
    for model in models:
        assert set(model.humanoid) == set(BONE_NAMES) >= set(REQUIRED_BONES)


def test_broken_parts_of_the_extension_are_left_out(tmp_path):
    file = vrm1()
    vrm = file.json["extensions"]["VRMC_vrm"]
    vrm["humanoid"]["humanBones"]["leftEye"]["node"] = 4000
    vrm["humanoid"]["humanBones"]["thirdArm"] = {"node": 1}
    vrm["expressions"]["preset"]["happy"]["morphTargetBinds"].append({"node": 0, "index": 7})
    vrm["expressions"]["preset"]["sad"] = None
    vrm["lookAt"] = 7
    file.json["extensions"]["VRMC_springBone"]["springs"][0]["joints"][0]["node"] = "hair"
    model = load_model(file.write(tmp_path))
    assert "leftEye" not in model.humanoid
    assert "thirdArm" not in model.humanoid
    assert model.expressions["happy"].morphs == ((0, 0.5),)
    assert "sad" not in model.expressions
    assert model.springs == ()
    assert len(model.positions) == 4
