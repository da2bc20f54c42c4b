from __future__ import annotations

import re

import numpy as np
import pytest

from avatar_server.avatar import Character
from avatar_server.avatar.manifest import Gain
from avatar_server.avatar.material import Material
from avatar_server.avatar.model import (
    LookAt,
    LookAtRange,
    MaterialColorBind,
    ModelExpression,
    TextureTransformBind,
)
from avatar_server.avatar.presets import apply_overrides, preset_weights
from avatar_server.avatar.retarget import Gains, Retarget, arkit_expressions
from avatar_server.expression import ARKIT_52, ARKIT_INDEX
from tests.avatar.figures import BONES, avatar, expression, humanoid


def face(**values: float) -> np.ndarray:
    return expression(**values).coefficients


def test_gains_are_what_the_manifest_says() -> None:
    gains = Gains({"jawOpen": Gain(gain=2.0, offset=-0.1, max=0.9, curve=2.0)})
    shaped = gains.apply(face(jawOpen=0.5, eyeBlinkLeft=0.3))
    assert shaped[ARKIT_INDEX["jawOpen"]] == pytest.approx(2.0 * 0.25 - 0.1)
    assert gains.apply(face(jawOpen=1.0))[ARKIT_INDEX["jawOpen"]] == pytest.approx(0.9)
    assert shaped[ARKIT_INDEX["eyeBlinkLeft"]] == pytest.approx(0.3)
    assert np.isfinite(gains.apply(np.full(52, np.nan, np.float32))).all()


@pytest.mark.parametrize(
    "spell",
    [
        lambda n: n,
        lambda n: n[0].upper() + n[1:],
        lambda n: re.sub("Left$", "_L", re.sub("Right$", "_R", n)),
        lambda n: "blendShape1." + n,
        lambda n: n.upper(),
    ],
)
def test_arkit_names_are_known_in_any_spelling(spell) -> None:  # type: ignore[no-untyped-def]
    model = humanoid(morph_names=tuple(spell(name) for name in ARKIT_52))
    assert list(arkit_expressions(model)) == list(ARKIT_52)
    weights = Retarget(model).morph_weights(face(mouthSmileLeft=0.7))
    assert np.flatnonzero(weights).tolist() == [ARKIT_INDEX["mouthSmileLeft"]]


def test_the_same_name_on_two_meshes_moves_both() -> None:
    model = humanoid(morph_names=(*ARKIT_52, "jawOpen"))
    retarget = Retarget(model)
    weights = retarget.morph_weights(retarget.channel_weights(face(jawOpen=0.6)))
    assert weights[[ARKIT_INDEX["jawOpen"], 52]] == pytest.approx([0.6, 0.6])


def vrm(*expressions: ModelExpression, **fields: object):  # type: ignore[no-untyped-def]
    names = tuple(f"shape_{i}" for i in range(6))
    return humanoid(morph_names=names, expressions={e.name: e for e in expressions}, **fields)


def test_presets_are_read_out_of_the_52() -> None:
    assert preset_weights(face(jawOpen=0.8))["aa"] == pytest.approx(1.0)
    rounded = preset_weights(face(mouthPucker=0.9))
    assert max(rounded, key=rounded.__getitem__) == "ou"
    smile = preset_weights(face(mouthSmileLeft=0.9, mouthSmileRight=0.9))
    assert max(smile, key=smile.__getitem__) == "happy"
    wink = preset_weights(face(eyeBlinkLeft=1.0))
    assert (wink["blinkLeft"], wink["blinkRight"]) == (1.0, 0.0)
    looking = preset_weights(face(eyeLookOutLeft=0.5, eyeLookInRight=0.5))
    assert looking["lookLeft"] == pytest.approx(0.5)
    assert looking["lookRight"] == 0
    nothing = preset_weights(face())
    assert set(nothing.values()) == {0.0}


def test_a_vrm_with_presets_only_speaks_and_winks() -> None:
    model = vrm(
        ModelExpression("aa", morphs=((0, 1.0),)),
        ModelExpression("blinkLeft", morphs=((1, 0.8),)),
        ModelExpression("blinkRight", morphs=((2, 1.0),)),
        ModelExpression("blink", morphs=((1, 1.0), (2, 1.0))),
    )
    rig = Character(avatar(model)).pose(expression(jawOpen=0.9, eyeBlinkLeft=1.0))
    assert rig.morph_weights[:3] == pytest.approx([1.0, 0.8, 0.0], abs=0.01)


def test_binary_expressions_and_overrides() -> None:
    shapes = (
        ModelExpression("happy", is_binary=True, override_blink="block", override_mouth="blend"),
        ModelExpression("surprised", override_mouth="blend"),
        ModelExpression("blink"),
        ModelExpression("aa"),
        ModelExpression("oh", is_binary=True),
    )
    off = apply_overrides(shapes, np.float32([0.5, 0.0, 0.7, 0.6, 0.9]))
    assert off == pytest.approx([0.0, 0.0, 0.7, 0.6, 1.0])
    on = apply_overrides(shapes, np.float32([0.6, 0.0, 0.7, 0.6, 0.9]))
    assert on == pytest.approx([1.0, 0.0, 0.0, 0.0, 0.0])
    partly = apply_overrides(shapes, np.float32([0.0, 0.25, 0.7, 0.6, 0.9]))
    assert partly == pytest.approx([0.0, 0.25, 0.7, 0.45, 0.0])


def test_expressions_change_materials() -> None:
    model = vrm(
        ModelExpression(
            "aa",
            colors=(MaterialColorBind(0, "color", (0.0, 0.5, 1.0, 1.0)),),
            texture_transforms=(TextureTransformBind(0, (1.0, 2.0), (0.25, 0.5)),),
        ),
        materials=(Material(base_color=(1.0, 0.5, 0.0, 1.0)),),
    )
    character = Character(avatar(model))
    assert dict(character.pose(expression()).material_changes) == {}
    change = character.pose(expression(0.1, jawOpen=0.4)).material_changes[0]
    assert change.colors["color"] == pytest.approx((0.5, 0.5, 0.5, 1.0))
    assert change.uv_offset == pytest.approx((0.125, 0.25))
    assert change.uv_scale == pytest.approx((0.5, 1.0))
    assert change.uv_share == pytest.approx(0.5)


def test_eyes_turn_as_far_as_the_range_map_says() -> None:
    look = LookAt(
        "bone",
        horizontal_inner=LookAtRange(60.0, 8.0),
        horizontal_outer=LookAtRange(60.0, 12.0),
        vertical_down=LookAtRange(30.0, 10.0),
        vertical_up=LookAtRange(60.0, 6.0),
    )
    model = humanoid(morph_names=(), look_at=look)
    character = Character(avatar(model))
    rig = character.pose(expression(eyeLookOutLeft=0.5, eyeLookInRight=0.5))
    left, right = (rig.joints[list(BONES).index(b), :3, 2] for b in ("leftEye", "rightEye"))
    assert np.degrees(np.arcsin(left[0])) == pytest.approx(6.0, abs=0.05)
    assert np.degrees(np.arcsin(right[0])) == pytest.approx(4.0, abs=0.05)
    rig = character.pose(expression(eyeLookDownLeft=1.0, eyeLookDownRight=1.0))
    down = rig.joints[list(BONES).index("leftEye"), :3, 2]
    assert np.degrees(np.arcsin(-down[1])) == pytest.approx(10.0, abs=0.05)
