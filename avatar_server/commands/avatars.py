"""``avatar-server avatars``: look at, check and exchange characters."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avatar_server.errors import AvatarFileError

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
) -> None:
    """Check an avatar and copy it to where the server finds it."""
    from avatar_server.avatar import load_avatar
    from avatar_server.config import load_settings

    avatar = load_avatar(path)
    folder = to or load_settings().imports
    target = folder / (avatar.id if path.is_dir() else path.name)
    if target.exists():
        raise AvatarFileError(f"{target} is already there; remove it, or choose another with --to")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copyfile(path, target)
    except OSError as error:
        raise AvatarFileError(f"cannot write {target}: {error.strerror}") from error
    typer.echo(f"{avatar.id}: {_summary(avatar)}")
    typer.echo(f"{target}")


@app.command()
def export(
    avatar_id: Annotated[str, typer.Argument(metavar="ID", help="As 'avatars list' shows it")],
    path: Annotated[Path, typer.Argument(help="The .vrm (VRM 1.0) or .glb file to write")],
    avatars: _Folders = None,
) -> None:
    """Write an avatar as a file that other programs read: .vrm is VRM 1.0, .glb plain glTF."""
    from avatar_server.avatar.export import export as write_model

    avatar = _catalog(avatars).get(avatar_id)
    write_model(avatar, path, "vrm1" if path.suffix.lower() == ".vrm" else "glb")
    typer.echo(str(path))


def _catalog(further: list[Path] | None) -> AvatarCatalog:
    from avatar_server.avatar import AvatarCatalog
    from avatar_server.config import load_settings

    return AvatarCatalog(load_settings(avatars=further or None).avatar_folders)


def _summary(avatar: Avatar) -> str:
    model = avatar.model
    meta = model.meta
    licence = meta.licence or meta.licence_url or avatar.manifest.licence.spdx or "not stated"
    return (
        f"valid, {meta.spec}, {model.triangle_count} triangles, {len(model.morphs)} morphs, "
        f"{len(model.humanoid)} humanoid bones, {len(model.springs)} springs; licence: {licence}"
    )
