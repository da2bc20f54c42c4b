"""What a file's licence allows, and what follows from it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from avatar_server.avatar import AvatarCatalog, Character, load_model
from avatar_server.avatar.catalog import Avatar
from avatar_server.avatar.licence import (
    COMMERCIAL_USAGES,
    Permissions,
    check_commercial_usage,
    check_export,
    check_redistribution,
    check_wearer,
    credit,
    needed_to_wear,
)
from avatar_server.avatar.manifest import Manifest
from avatar_server.avatar.model import ModelMeta
from avatar_server.avatar.simplify import MAX_TRIANGLES
from avatar_server.avatar.vrm.meta import read_meta
from avatar_server.errors import AvatarFileError, LicenceError

from .files import Gltf, ball, licensed, licensed0, quad, vrm0, vrm1

EVERYTHING = {
    "avatarPermission": "everyone",
    "commercialUsage": "corporation",
    "creditNotation": "unnecessary",
    "modification": "allowModification",
    "allowRedistribution": True,
    "allowExcessivelyViolentUsage": True,
    "allowExcessivelySexualUsage": True,
}


def meta_of(file: Gltf, folder: Path) -> ModelMeta:
    return read_meta(file.write(folder, "model.vrm"))


@pytest.mark.parametrize("make", [vrm0, vrm1, quad], ids=lambda f: f.__name__)
def test_meta_is_read_alone_as_with_the_whole_model(tmp_path, make):
    path = make().write(tmp_path)
    assert read_meta(path) == load_model(path).meta
    text = tmp_path / "text.gltf"
    text.write_bytes(make().gltf())
    assert read_meta(text) == load_model(path).meta


@pytest.mark.parametrize("content", [b"", b"glTF", b"glTF\x02\0\0\0\xff\0\0\0", b"{}", b"nothing"])
def test_meta_of_what_is_no_gltf_is_refused(tmp_path, content):
    path = tmp_path / "broken.vrm"
    path.write_bytes(content)
    with pytest.raises(AvatarFileError):
        read_meta(path)


def test_a_file_that_states_nothing_is_its_bringers_affair(tmp_path):
    meta = meta_of(quad(), tmp_path)
    assert Permissions.of(meta) == Permissions()
    check_wearer(meta, None)
    check_commercial_usage(meta, "corporation")
    check_redistribution(meta)
    check_export(meta, None)
    assert credit(meta) == ""


def test_a_vrm_without_permissions_allows_what_the_specification_says_by_default(tmp_path):
    file = vrm1()
    del file.json["extensions"]["VRMC_vrm"]["meta"]
    assert Permissions.of(meta_of(file, tmp_path)) == Permissions(
        wearers=("author",),
        commercial_usage="personalNonProfit",
        credit_required=True,
        redistribution=False,
        modification=False,
        max_rating="teen",
    )


def test_a_vrm_that_allows_everything(tmp_path):
    meta = meta_of(licensed(**EVERYTHING), tmp_path)
    assert Permissions.of(meta) == Permissions()


@pytest.mark.parametrize(
    ("file", "accepted", "named"),
    [
        (licensed(avatarPermission="onlyAuthor"), {"author"}, "avatarPermission: onlyAuthor"),
        (
            licensed(avatarPermission="onlySeparatelyLicensedPerson"),
            {"author", "licensed"},
            "avatarPermission: onlySeparatelyLicensedPerson",
        ),
        (licensed(avatarPermission="everyone"), {None, "author", "licensed"}, ""),
        (licensed0(allowedUserName="OnlyAuthor"), {"author"}, "allowedUserName: OnlyAuthor"),
        (
            licensed0(allowedUserName="ExplicitlyLicensedPerson"),
            {"author", "licensed"},
            "allowedUserName: ExplicitlyLicensedPerson",
        ),
        (licensed0(allowedUserName="Everyone"), {None, "author", "licensed"}, ""),
    ],
)
def test_who_may_wear_it(tmp_path, file, accepted, named):
    meta = meta_of(file, tmp_path)
    for i_am in (None, "author", "licensed"):
        if i_am in accepted:
            check_wearer(meta, i_am)
            check_wearer(meta, None, i_am)
            assert needed_to_wear(meta, i_am, None) == ()
            continue
        assert set(needed_to_wear(meta, None, i_am)) == accepted
        with pytest.raises(LicenceError, match=r"say i_am=author.*import it with --i-am") as caught:
            check_wearer(meta, i_am)
        assert named in str(caught.value)
        assert caught.value.terms["field"] == "i_am"
        assert set(caught.value.terms["accepted"]) == accepted


@pytest.mark.parametrize("allowed", COMMERCIAL_USAGES)
def test_what_it_may_be_used_for(tmp_path, allowed):
    meta = meta_of(licensed(commercialUsage=allowed), tmp_path)
    limit = COMMERCIAL_USAGES.index(allowed)
    for usage in COMMERCIAL_USAGES[: limit + 1]:
        check_commercial_usage(meta, usage)
    for usage in COMMERCIAL_USAGES[limit + 1 :]:
        with pytest.raises(LicenceError, match=f"commercialUsage: {allowed}"):
            check_commercial_usage(meta, usage)


@pytest.mark.parametrize(
    ("file", "handed_out", "exported", "named"),
    [
        (licensed(allowRedistribution=False), False, False, "modification: prohibited"),
        (
            licensed(allowRedistribution=False, modification="allowModification"),
            False,
            False,
            "allowRedistribution: false",
        ),
        (licensed(modification="allowModificationRedistribution"), True, True, ""),
        (licensed0(licenseName="Redistribution_Prohibited"), False, False, "licenseName: Redistr"),
        (licensed0(licenseName="CC_BY_ND"), True, False, "licenseName: CC_BY_ND"),
        (licensed0(licenseName="CC_BY"), True, True, ""),
    ],
)
def test_whether_the_file_may_be_passed_on(tmp_path, file, handed_out, exported, named):
    meta = meta_of(file, tmp_path)
    check_export(meta, "author")
    check_export(meta, "licensed")
    for check, allowed in (
        (lambda: check_redistribution(meta), handed_out),
        (lambda: check_export(meta, None), exported),
    ):
        if allowed:
            check()
            continue
        with pytest.raises(LicenceError):
            check()
    if not exported:
        with pytest.raises(LicenceError, match=named):
            check_export(meta, None)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (licensed(), "Someone by an author · VRM Public License 1.0"),
        (
            licensed(authors=["A", "B"], copyrightInformation="(c)\n2025 C"),
            "Someone by A, B · (c) 2025 C · VRM Public License 1.0",
        ),
        (
            licensed(name="", copyrightInformation="C"),
            "Avatar by an author · © C · VRM Public License 1.0",
        ),
        (licensed(creditNotation="unnecessary"), ""),
        (licensed0(), "Someone by an author · CC-BY-ND-4.0"),
        (licensed0(licenseName="CC0"), ""),
    ],
)
def test_the_credit_that_has_to_be_shown(tmp_path, file, line):
    assert credit(meta_of(file, tmp_path)) == line


def rated(max_rating: str, file: Gltf, folder: Path, **more: Any) -> tuple[str, ...]:
    ratings = {"wave": "general", "kiss": "teen", "dance": "mature"}
    manifest = Manifest.model_validate(
        {
            "schema": 1,
            "id": "someone",
            "name": "Someone",
            "model": "model.vrm",
            "actions": [{"name": name, "rating": rating} for name, rating in ratings.items()],
        }
    )
    model = load_model(file.write(folder, "model.vrm"))
    return Character(Avatar("someone", manifest, model, folder), 0, max_rating).actions  # type: ignore[arg-type]


def test_actions_are_rated_up_to_the_ceiling_and_up_to_what_the_licence_allows(tmp_path):
    free = licensed(**EVERYTHING)
    assert rated("general", free, tmp_path) == ("wave",)
    assert rated("teen", free, tmp_path) == ("wave", "kiss")
    assert rated("mature", free, tmp_path) == ("wave", "kiss", "dance")
    tame = licensed(**EVERYTHING | {"allowExcessivelySexualUsage": False})
    assert rated("mature", tame, tmp_path) == ("wave", "kiss")
    assert rated("general", tame, tmp_path) == ("wave",)


def test_what_a_server_may_not_be_used_for_is_left_out_of_its_avatars(tmp_path):
    path = licensed(commercialUsage="personalProfit").write(tmp_path, "someone.vrm")
    assert AvatarCatalog([tmp_path], "personalProfit").ids() == ("someone",)
    catalog = AvatarCatalog([tmp_path], "corporation")
    assert catalog.ids() == ()
    assert "use by a company" in catalog.broken[path]
    for ask in (catalog.entry, catalog.get):
        with pytest.raises(LicenceError, match="commercialUsage: personalProfit"):
            ask("someone")
    licensed(commercialUsage="corporation").write(tmp_path, "someone.vrm")
    os.utime(path, (1, 1))
    catalog.refresh()
    assert catalog.get("someone").model.triangle_count == 2


def test_a_folder_that_says_who_brought_it_goes_before_the_bare_file(tmp_path):
    file = licensed(avatarPermission="onlyAuthor")
    file.write(tmp_path, "Someone.vrm")
    assert AvatarCatalog([tmp_path]).entry("someone").imported_by is None
    folder = tmp_path / "someone"
    folder.mkdir()
    file.write(folder, "model.vrm")
    manifest = {"schema": 1, "id": "someone", "name": "Someone", "model": "model.vrm"}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"imported_by": "author"}))
    assert AvatarCatalog([tmp_path]).entry("someone").imported_by == "author"


def test_simplifying_what_is_drawn_is_no_modification(tmp_path):
    """VRM Public License 1.0, 2(a)(7)."""
    file = ball(250, 260)
    file.json["extensions"] = {"VRMC_vrm": {"meta": {"modification": "prohibited"}}}
    model = load_model(file.write(tmp_path))
    assert model.meta.permissions["modification"] == "prohibited"
    assert model.triangle_count <= MAX_TRIANGLES
