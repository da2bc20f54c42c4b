from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from avatar_server.avatar import AvatarCatalog, load_avatar, read_manifest
from avatar_server.avatar.manifest import SCHEMA_PATH, identifier, json_schema, schema_text
from avatar_server.avatar.validation import validate_avatar
from avatar_server.errors import AvatarFileError

FULL: dict[str, Any] = {
    "schema": 1,
    "id": "mira",
    "name": "Mira",
    "description": "For tests.",
    "model": "mira.glb",
    "thumbnail": "thumbnail.png",
    "licence": {"spdx": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
    "credits": ["The makers"],
    "framing": {"eye": [0, 1.4, 1.2], "target": [0, 1.4, 0], "fov_degrees": 24},
    "gaze": "morph",
    "gains": {"eyeBlinkLeft": {"gain": 1.2, "offset": 0.0, "max": 1.0, "curve": 1.0}},
    "head": {"rotation_gain": 1, "neck_share": 0.3, "chest_share": 0.1, "translation_gain": 0.6},
    "rest_pose": {"leftUpperArm": [0, 0, -72]},
    "springs": {"stiffness_scale": 1.0, "gravity_scale": 1.0, "drag_scale": 1.0},
    "correctives": [{"morph": "corrective_x", "drivers": ["eyeBlinkLeft", "eyeSquintLeft"]}],
    "joint_drivers": [{"node": "ear_L", "driver": "browInnerUp", "rotation_degrees": [0, 0, 12]}],
    "actions": [{"name": "wave", "title": "Wave", "rating": "general"}],
}


def folder_with(tmp_path: Path, manifest: object, name: str = "mira") -> Path:
    folder = tmp_path / name
    folder.mkdir()
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return folder


def test_the_published_schema_is_the_model_s_own() -> None:
    assert SCHEMA_PATH.read_text(encoding="utf-8") == schema_text()


def test_schema_and_model_agree_on_a_full_manifest(tmp_path: Path) -> None:
    jsonschema.validate(FULL, json_schema(), cls=jsonschema.Draft202012Validator)
    manifest = read_manifest(folder_with(tmp_path, FULL) / "manifest.json")
    assert manifest.gains["eyeBlinkLeft"].gain == 1.2
    assert manifest.rest_pose == {"leftUpperArm": (0, 0, -72)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2}, ["schema"]),
        ({"id": "Mira!"}, ["id"]),
        ({"gains": {"eyeBlink": {}}}, ["gains", "eyeBlinkLeft"]),
        (
            {"gains": {"jawOpen": {"gain": -1}}},
            ["gains.jawOpen.gain", "greater than"],
        ),
        ({"framing": {"eye": [0, 1], "target": [0, 0, 0]}}, ["framing.eye"]),
        ({"model": "../secret.glb"}, ["model", "own folder"]),
        ({"colour": "red"}, ["colour", "not a field"]),
        ({"gaze": "laser"}, ["gaze", "'morph' or 'bone'"]),
        ({"actions": [{"name": "wave", "rating": "spicy"}]}, ["actions.0.rating", "'general'"]),
        ({"joint_drivers": [{"node": "x", "driver": "ears"}]}, ["joint_drivers.0"]),
        ({"model": None}, ["model"]),
    ],
)
def test_a_wrong_field_is_named_in_one_line(
    tmp_path: Path, change: dict[str, object], words: list[str]
) -> None:
    folder = folder_with(tmp_path, {**FULL, **change})
    with pytest.raises(AvatarFileError) as raised:
        load_avatar(folder)
    message = str(raised.value)
    assert "\n" not in message
    assert str(folder / "manifest.json") in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": NaN}', "\x00", "[" * 100_000])
def test_what_is_no_manifest_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    folder = folder_with(tmp_path, text)
    with pytest.raises(AvatarFileError) as raised:
        load_avatar(folder)
    assert "\n" not in str(raised.value)
    assert "manifest.json" in str(raised.value)
    assert validate_avatar(folder)[0].level == "error"


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(AvatarFileError, match="no such avatar"):
        load_avatar(tmp_path / "nobody")
    (tmp_path / "empty").mkdir()
    with pytest.raises(AvatarFileError, match=r"manifest.json: cannot be read"):
        load_avatar(tmp_path / "empty")
    with pytest.raises(AvatarFileError, match=r"there is no mira\.glb"):
        load_avatar(folder_with(tmp_path, FULL))
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(AvatarFileError, match="is no avatar file"):
        load_avatar(tmp_path / "notes.txt")


def test_validation_lists_every_fault_with_its_place(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {**FULL, "licence": {}, "actions": [{"name": "fly"}]})
    text = [str(finding) for finding in validate_avatar(folder)]
    assert any("licence.spdx" in line for line in text)
    assert any("actions.0" in line and "'fly'" in line for line in text)
    assert any("thumbnail.png is not there" in line for line in text)
    assert any("mira.glb is not there" in line for line in text)


def test_a_catalog_takes_the_first_of_an_id_and_names_broken_folders(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    folder_with(first, {**FULL, "name": "Of the first"})
    folder_with(second, {**FULL, "name": "Of the second"})
    folder_with(second, "{", name="broken")
    (second / "Some One.vrm").write_bytes(b"")
    catalog = AvatarCatalog([first, second, tmp_path / "absent"])
    assert catalog.ids() == ("mira", "some-one")
    assert catalog.entry("mira").name == "Of the first"
    assert list(catalog.broken) == [second / "broken"]
    with pytest.raises(AvatarFileError, match="choose one of: mira, some-one"):
        catalog.get("nobody")
    folder_with(first, {**FULL, "id": "nova"}, name="nova")
    catalog.refresh()
    assert "nova" in catalog.ids()


@pytest.mark.parametrize(
    ("stem", "expected"), [("My Model (1)", "my-model-1"), ("日本", "avatar"), ("a_b-c", "a_b-c")]
)
def test_a_file_s_name_becomes_an_id(stem: str, expected: str) -> None:
    assert identifier(stem) == expected
