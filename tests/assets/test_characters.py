"""The rules of sculpting, measured on the files that the server loads."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from avatar_server.avatar import Avatar, load_avatar, load_model
from avatar_server.expression import ARKIT_52
from tests.assets.rims import morphed, movement, opening_moved_by

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "avatars"
IDS = sorted(p.parent.name for p in FOLDER.glob("*/manifest.json"))
VISEMES = ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
PRESETS = (
    *("happy", "angry", "sad", "relaxed", "surprised", "neutral"),
    *("aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft", "blinkRight"),
    *("lookUp", "lookDown", "lookLeft", "lookRight"),
)
LID_MOVERS = (
    "eyeSquint",
    "eyeWide",
    "eyeLookDown",
    "eyeLookUp",
    "eyeLookIn",
    "eyeLookOut",
    "cheekSquint",
    "mouthSmile",
    "noseSneer",
    "browDown",
)
SIDES = ("Left", "Right")


@pytest.fixture(scope="module", params=IDS)
def avatar(request: pytest.FixtureRequest) -> Avatar:
    return load_avatar(FOLDER / request.param)


def corrected(avatar: Avatar, weights: dict[str, float]) -> dict[str, float]:
    """The weights with those of the manifest's correctives: products of their drivers."""
    extra = {
        c.morph: float(np.prod([weights.get(d, 0.0) for d in c.drivers]))
        for c in avatar.manifest.correctives
    }
    return {**weights, **extra}


def both(name: str) -> dict[str, float]:
    return {f"{name}{side}": 1.0 for side in SIDES}


def test_there_are_characters() -> None:
    assert "ani" in IDS


def test_triangles_are_within_the_budget(avatar: Avatar) -> None:
    assert 8_000 <= avatar.model.triangle_count <= 20_000


def test_one_painted_atlas(avatar: Avatar) -> None:
    sizes = {texture.pixels.shape[:2] for texture in avatar.model.textures}
    assert sizes == {(1024, 1024)}


def test_the_names_that_others_rely_on(avatar: Avatar) -> None:
    names = {morph.name for morph in avatar.model.morphs}
    assert names >= {*ARKIT_52, *(f"viseme_{v}" for v in VISEMES)}
    assert set(avatar.model.expressions) >= set(PRESETS)
    for corrective in avatar.manifest.correctives:
        assert corrective.morph in names
        assert set(corrective.drivers) <= names
    nodes = {node.name for node in avatar.model.nodes}
    assert {driver.node for driver in avatar.manifest.joint_drivers} <= nodes
    assert set(avatar.manifest.rest_pose or {}) <= set(avatar.model.humanoid)
    assert avatar.model.springs


@pytest.mark.parametrize("name", ARKIT_52)
def test_a_morph_moves_its_own_part_of_the_face(avatar: Avatar, name: str) -> None:
    model = avatar.model
    size = np.linalg.norm(movement(model, name), axis=1)
    assert size.max() > 0.002, "too small to be seen"
    middle = (model.positions * size[:, None]).sum(0) / size.sum()
    eyes = np.mean([_joint(avatar, "leftEye"), _joint(avatar, "rightEye")], axis=0)
    if name.endswith(SIDES) and name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        assert (middle[0] > 0.002) == name.endswith("Left")
        assert abs(middle[0]) > 0.002
    else:
        assert abs(middle[0]) < 0.004
    if name.startswith(("mouth", "jaw", "tongue", "nose", "cheek")):
        assert middle[1] < eyes[1] - 0.005
    elif name.startswith("brow"):
        assert middle[1] > eyes[1] + 0.01
    else:
        side = _joint(avatar, "leftEye" if "Left" in name else "rightEye")
        assert np.hypot(*(middle - side)[:2]) < 0.03


def _joint(avatar: Avatar, bone: str) -> np.ndarray:
    at, node = np.zeros(3), avatar.model.humanoid[bone]
    while node >= 0:
        at += avatar.model.nodes[node].translation
        node = avatar.model.nodes[node].parent
    return at


def test_left_and_right_mirror_each_other(avatar: Avatar) -> None:
    model = avatar.model
    lit = np.zeros(len(model.positions), bool)
    for p in model.primitives:
        if model.materials[p.material].shading != "unlit":
            lit[model.indices[p.first_index : p.first_index + p.index_count]] = True
    flip = np.array([-1, 1, 1])
    for name in (n for n in ARKIT_52 if n.endswith("Left")):
        left, right = movement(model, name), movement(model, name[:-4] + "Right")
        moved = lit & (np.abs(left).max(1) > 1e-4)
        there = cKDTree(np.hstack([model.positions, right]))
        mirrored = np.hstack([model.positions * flip, left * flip])[moved]
        distance, _ = there.query(mirrored)
        assert distance.max() < 2e-4, name


@pytest.mark.parametrize("side", SIDES)
def test_lids_meet_without_gap_or_crossing(avatar: Avatar, side: str) -> None:
    model = avatar.model
    blink = f"eyeBlink{side}"
    eye = opening_moved_by(model, blink)
    rest = morphed(model, {})
    shut = morphed(model, corrected(avatar, {blink: 1.0}))
    assert eye.gap(rest, rest) > 0.008, "an eye is open at rest"
    assert eye.gap(rest, shut) < 1e-4
    whole = eye.area(rest)
    areas = [eye.area(morphed(model, {blink: w})) / whole for w in np.linspace(0, 1, 9)]
    assert np.all(np.diff(areas) < 0), "closing only ever closes"
    assert abs(areas[-1]) < 1e-3


@pytest.mark.parametrize("side", SIDES)
def test_lids_meet_whatever_else_the_face_does(avatar: Avatar, side: str) -> None:
    model = avatar.model
    blink = f"eyeBlink{side}"
    eye, rest = opening_moved_by(model, blink), morphed(model, {})
    for count in (1, 2, 3):
        for others in itertools.combinations(LID_MOVERS, count):
            weights = {blink: 1.0} | {f"{name}{side}": 1.0 for name in others}
            shut = morphed(model, corrected(avatar, weights))
            assert eye.gap(rest, shut) < 5e-4, others
            assert abs(eye.area(shut) / eye.area(rest)) < 0.01, others


@pytest.mark.parametrize("with_correctives", [False, True])
def test_lips_meet_where_mouth_close_undoes_jaw_open(
    avatar: Avatar, with_correctives: bool
) -> None:
    model = avatar.model
    mouth, rest = opening_moved_by(model, "jawOpen"), morphed(model, {})
    assert mouth.gap(rest, rest) < 3e-4, "lips touch at rest"
    agape = morphed(model, {"jawOpen": 1.0})
    assert mouth.gap(rest, agape) > 0.008
    weights = {"jawOpen": 1.0, "mouthClose": 1.0}
    closed = morphed(model, corrected(avatar, weights) if with_correctives else weights)
    assert mouth.gap(rest, closed) < 3e-4


def test_mouth_close_alone_does_not_cross_the_lips(avatar: Avatar) -> None:
    model = avatar.model
    mouth, rest = opening_moved_by(model, "jawOpen"), morphed(model, {})
    pressed = morphed(model, corrected(avatar, {"mouthClose": 1.0}))
    assert mouth.gap(rest, pressed) < 3e-4


def test_no_vertex_leaves_the_face_under_any_pair(avatar: Avatar) -> None:
    """Along 26 directions nothing gets further out than the head and what may stand out of it:
    a chin that drops, lips that pout, and a tongue."""
    model = avatar.model
    deltas = {name: movement(model, name) for name in ARKIT_52}
    moved = np.any([np.abs(d).max(1) > 0 for d in deltas.values()], axis=0)
    ways = np.array([v for v in itertools.product((-1, 0, 1), repeat=3) if any(v)], float)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    rest = model.positions[moved] @ ways.T
    tall = float(np.ptp(model.positions[moved][:, 1]))
    along = {name: d[moved] @ ways.T for name, d in deltas.items()}
    extra = {c.morph: movement(model, c.morph)[moved] @ ways.T for c in avatar.manifest.correctives}
    for first, second in itertools.combinations(ARKIT_52, 2):
        reach = rest + along[first] + along[second]
        for morph, weight in corrected(avatar, {first: 1.0, second: 1.0}).items():
            if weight and morph in extra:
                reach = reach + extra[morph]
        room = 0.24 if "tongueOut" in (first, second) else 0.14
        beyond = reach.max(axis=0) - rest.max(axis=0)
        assert beyond.max() < room * tall, (first, second)


def test_normals_stay_normals(avatar: Avatar) -> None:
    model = avatar.model
    assert np.abs(np.linalg.norm(model.normals, axis=1) - 1).max() < 1e-3
    for morph in model.morphs:
        turned = model.normals[morph.vertices] + morph.normals
        assert np.linalg.norm(turned, axis=1).min() > 0.2, morph.name


def test_the_tongue_comes_out_in_front_of_the_lips(avatar: Avatar) -> None:
    model = avatar.model
    mouth = opening_moved_by(model, "jawOpen")
    lips = morphed(model, {"tongueOut": 1.0})[mouth.loop]
    delta = movement(model, "tongueOut")
    furthest = int(np.argmax(delta[:, 2]))
    tip = model.positions[furthest] + delta[furthest]
    assert tip[2] > lips[:, 2].max() + 0.004
    assert model.positions[furthest][2] < model.positions[mouth.loop, 2].max()


def test_the_script_makes_the_file_again(avatar: Avatar, tmp_path: Path) -> None:
    name = avatar.manifest.id
    importlib.import_module(f"assets.workshop.{name}.__main__").main(tmp_path)
    again = load_model(tmp_path / avatar.manifest.model)
    assert again.triangle_count == avatar.model.triangle_count
    np.testing.assert_allclose(again.positions, avatar.model.positions, atol=1e-6)
    np.testing.assert_array_equal(again.indices, avatar.model.indices)
    assert [m.name for m in again.morphs] == [m.name for m in avatar.model.morphs]
    made = (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert made == (avatar.folder / "manifest.json").read_text(encoding="utf-8")
