"""``avatar-server avatars``: look at, check and exchange characters."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from avatar_server.errors import AvatarFileError, LicenceError

if TYPE_CHECKING:
    from avatar_server.avatar import Avatar, AvatarCatalog

app = typer.Typer(
    help="List, check, import and export characters.",
    no_args_is_help=True,
    epilog="Examples:\n\n    avatar-server avatars validate alice.vrm\n\n"
    "    avatar-server avatars import alice.vrm\n\n"
    "    avatar-server avatars export ani ani.vrm",
)

_Folders = Annotated[
    list[Path] | None, typer.Option("--avatars", help="A further folder of avatars")
]


_IAm = Annotated[
    Literal["author", "licensed"] | None,
    typer.Option(help="What you are, where the avatar's licence does not allow this to everybody"),
]


@app.command("list")
def list_avatars(avatars: _Folders = None) -> None:
    """List the avatars, with the file of each."""
    catalog = _catalog(avatars)
    for entry in catalog.entries():
        typer.echo(f"{entry.id:16} {entry.name:24} {entry.model_path}")
    for path, cause in catalog.broken.items():
        typer.echo(f"{path.name:16} left out: {cause}")


@app.command()
def validate(
    paths: Annotated[
        list[Path], typer.Argument(help="A folder with manifest.json, a .vrm or .glb")
    ],
) -> None:
    """Read avatars in full and say what they are, what could be better, and what is wrong."""
    from avatar_server.avatar import load_avatar
    from avatar_server.avatar.validation import validate_avatar

    for path in paths:
        findings = validate_avatar(path)
        lines = [f"{finding.place}: {finding.text}" for finding in findings]
        errors = [line for line, f in zip(lines, findings, strict=True) if f.level == "error"]
        for line in lines:
            if line not in errors:
                typer.echo(f"warning: {line}")
        if errors:
            for line in errors[1:]:
                typer.echo(f"error: {line}")
            raise AvatarFileError(errors[0])
        typer.echo(f"{path}: {_summary(load_avatar(path))}")


@app.command("import")
def import_avatar(
    path: Annotated[Path, typer.Argument(help="A .vrm or .glb file, or an avatar's folder")],
    to: Annotated[Path | None, typer.Option(help="Folder of avatars to put it in")] = None,
    i_am: _IAm = None,
) -> None:
    """Check an avatar and its licence, and copy it to where the server finds it.

    One that not everybody may wear is kept unlisted until --i-am says what you are, now or when it
    is imported again.
    """
    from avatar_server.avatar import load_avatar
    from avatar_server.avatar.gltf.buffers import files_beside
    from avatar_server.avatar.licence import (
        check_commercial_usage,
        check_wearer,
        credit,
        needed_to_wear,
    )
    from avatar_server.avatar.manifest import MANIFEST_NAME, read_manifest, write_manifest
    from avatar_server.config import load_settings

    avatar = load_avatar(path)
    settings = load_settings()
    meta = avatar.model.meta
    check_commercial_usage(meta, settings.commercial_usage)
    # What somebody else said, in a folder's manifest, does not speak for this importer.
    listed = avatar.manifest.listed and not needed_to_wear(meta, i_am)
    stated = {"imported_by": i_am, "listed": listed}
    manifest = avatar.manifest.model_copy(update=stated)
    folder = to or settings.imports
    beside = () if path.is_dir() else files_beside(path)
    # A bare file has no place for what is not as its default says, nor for other files.
    into_folder = path.is_dir() or bool(beside) or manifest != avatar.manifest
    target = folder / (avatar.id if into_folder else path.name)
    again = target.exists()
    if again and not (i_am and _holds(target, avatar)):
        raise AvatarFileError(f"{target} is already there; remove it, or choose another with --to")
    try:
        if again:
            manifest = read_manifest(target / MANIFEST_NAME).model_copy(update=stated)
        else:
            _copy(path, target, beside, into_folder=into_folder)
        if again or beside or manifest != avatar.manifest:
            write_manifest(manifest, target / MANIFEST_NAME)
    except OSError as error:
        raise AvatarFileError(f"cannot write {target}: {error.strerror}") from error
    typer.echo(f"{avatar.id}: {_summary(avatar)}")
    if line := credit(meta):
        typer.echo(f"Show this credit with it: {line}")
    try:
        check_wearer(meta, i_am)
    except LicenceError as refusal:
        typer.echo(f"Not to be worn yet: {refusal}")
    typer.echo(f"{target}")


@app.command()
def export(
    avatar_id: Annotated[str, typer.Argument(metavar="ID", help="As 'avatars list' shows it")],
    path: Annotated[Path, typer.Argument(help="The .vrm (VRM 1.0) or .glb file to write")],
    avatars: _Folders = None,
    i_am: _IAm = None,
) -> None:
    """Write an avatar as a file that other programs read: .vrm is VRM 1.0, .glb plain glTF."""
    from avatar_server.avatar.export import export as write_model
    from avatar_server.avatar.licence import check_export

    avatar = _catalog(avatars).get(avatar_id)
    check_export(avatar.model.meta, i_am)
    write_model(avatar, path, "vrm1" if path.suffix.lower() == ".vrm" else "glb")
    typer.echo(str(path))


def _copy(path: Path, target: Path, beside: tuple[Path, ...], *, into_folder: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target)
    elif into_folder:
        target.mkdir()
        for name in (Path(path.name), *beside):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path.parent / name, target / name)
    else:
        shutil.copyfile(path, target)


def _holds(folder: Path, avatar: Avatar) -> bool:
    """Whether the same model is in ``folder`` already."""
    from avatar_server.avatar.manifest import MANIFEST_NAME, read_manifest

    if not (folder / MANIFEST_NAME).is_file():
        return False
    model = folder / read_manifest(folder / MANIFEST_NAME).model
    given = avatar.folder / avatar.manifest.model
    return model.is_file() and filecmp.cmp(model, given, shallow=False)


def _catalog(further: list[Path] | None) -> AvatarCatalog:
    from avatar_server.avatar import AvatarCatalog
    from avatar_server.config import load_settings

    settings = load_settings(avatars=further or None)
    return AvatarCatalog(settings.avatar_folders, settings.commercial_usage)


def _summary(avatar: Avatar) -> str:
    from avatar_server.avatar.licence import Permissions

    model = avatar.model
    meta = model.meta
    licence = meta.licence or meta.licence_url or avatar.manifest.licence.spdx or "not stated"
    if wearers := Permissions.of(meta).wearers:
        whom = " and licensed people" if "licensed" in wearers else ""
        licence += f"; only its author{whom} may wear it"
    return (
        f"valid, {meta.spec}, {model.triangle_count} triangles, {len(model.morphs)} morphs, "
        f"{len(model.humanoid)} humanoid bones, {len(model.springs)} springs; licence: {licence}"
    )
