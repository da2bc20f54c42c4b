"""``avatar-server doctor``: is everything there that a call needs?"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from avatar_server.builtin import builtin_folder
from avatar_server.errors import AvatarServerError

EXAMPLES = """Examples:

    avatar-server doctor

    avatar-server doctor --port 9000 --avatars ~/my-avatars

Exit code 0: all is well; 1: something is missing, and its line says what to do."""


class CheckError(AvatarServerError):
    """A check that failed: what is wrong and what fixes it."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    run: Callable[[], str]
    """What was found, for the line; raises AvatarServerError where something is missing."""


def doctor(
    host: Annotated[str, typer.Option(help="Address that the server will listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="TCP port that the server will listen on")] = 8080,
    face_model: Annotated[Path | None, typer.Option(help="face_landmarker.task to check")] = None,
    avatars: Annotated[list[Path] | None, typer.Option(help="A further folder of avatars")] = None,
) -> None:
    """Check graphics, face model, codecs, ports, avatars and the page; say what to fix."""
    folders = [builtin_folder("avatars"), *(avatars or [])]
    checks = [
        Check("graphics", check_graphics),
        Check("face model", lambda: check_face_model(face_model)),
        *[Check(f"codec {name}", lambda n=name: check_codec(n)) for name in _CODECS],  # type: ignore[misc]
        Check("TCP port", lambda: check_tcp(host, port)),
        Check("UDP", check_udp),
        Check("avatars", lambda: check_avatars(folders)),
        Check("page", check_page),
    ]
    failed = [check.name for check in checks if not _passes(check)]
    if failed:
        typer.echo(f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}")
        raise typer.Exit(1)
    typer.echo("All is well: avatar-server serve")


def _passes(check: Check) -> bool:
    try:
        line = check.run()
    except AvatarServerError as error:
        typer.secho(f"  missing  {check.name}: {' '.join(str(error).split())}", fg="red")
        return False
    typer.echo(f"  ok       {check.name}: {line}")
    return True


def check_graphics() -> str:
    """What draws. Raises RenderError."""
    from avatar_server.render.renderer import live_backend

    if live_backend() == "raster":
        return "raster, compiled for this processor"
    from avatar_server.render.opengl.context import gl_context, is_software

    context = gl_context()
    name = str(context.info["GL_RENDERER"])
    if not is_software(context):
        return f"{name} (GPU)"
    return f"{name} (drawn by the CPU at several times the cost of the compiled renderer)"


def check_face_model(path: Path | None) -> str:
    """Where the model file is. Raises ModelFileError."""
    from avatar_server.face import find_model

    return str(find_model(path))


_CODECS: dict[str, tuple[tuple[str, Literal["r", "w"]], ...]] = {
    "VP8": (("libvpx", "w"), ("vp8", "r")),
    "H.264": (("libx264", "w"), ("h264", "r")),
    "Opus": (("libopus", "w"), ("libopus", "r")),
}


def check_codec(name: str) -> str:
    """The FFmpeg codecs of ``name``, both ways. Raises CheckError."""
    import av

    for codec, mode in _CODECS[name]:
        try:
            av.Codec(codec, mode)
        except ValueError as error:
            raise CheckError(
                f"PyAV has no {codec}; reinstall it from its wheel: "
                "pip install --force-reinstall --only-binary av av"
            ) from error
    found = [codec for codec, _ in _CODECS[name]]
    if name == "H.264":
        from avatar_server.rtc.encoder import nvenc_works

        found += ["h264_nvenc (GPU)"] if nvenc_works() else []
    return " and ".join(found)


def check_tcp(host: str, port: int) -> str:
    """Whether the port is free. Raises CheckError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            raise CheckError(
                f"{host} port {port} cannot be used ({error.strerror}); end the program that holds "
                "it, or choose another with --port"
            ) from error
    return f"{host} port {port} is free"


def check_udp() -> str:
    """Whether media has an address to leave from. Raises CheckError."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        try:
            sock.bind(("0.0.0.0", 0))
        except OSError as error:
            raise CheckError(
                f"no UDP socket ({error.strerror}); a sandbox or firewall forbids it"
            ) from error
        return "sockets can be opened"


def check_avatars(folders: list[Path]) -> str:
    """The ids of the avatars, each read in full. Raises CheckError or AvatarFileError."""
    from avatar_server.avatar import AvatarCatalog

    catalog = AvatarCatalog(folders)
    for path, cause in catalog.broken.items():
        raise CheckError(f"{path}: {cause}")
    if not catalog.ids():
        raise CheckError(
            f"there is none in {', '.join(map(str, folders))}; reinstall the package, or give a "
            "folder with --avatars"
        )
    for avatar_id in catalog.ids():
        catalog.get(avatar_id)
    return ", ".join(catalog.ids())


def check_page() -> str:
    """Where the page is served from. Raises CheckError."""
    index = builtin_folder("web_client") / "index.html"
    if not index.is_file():
        raise CheckError(f"{index} is not there; reinstall the package")
    return str(index.parent)
