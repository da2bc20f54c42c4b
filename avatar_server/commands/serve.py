"""``avatar-server serve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from avatar_server.config import Settings
    from avatar_server.workers.pool import WorkerPool

EXAMPLES = """Examples:

    avatar-server serve

    avatar-server serve --host 0.0.0.0 --workers 2 --capacity 4

    avatar-server serve --avatars ~/my-avatars --avatar alice --size 640 --codec h264

    AVATAR_SERVER_TOKENS='["secret"]' avatar-server serve --config /etc/avatar-server.toml

A browser lends its camera to pages of localhost and of https only. For callers from elsewhere, put
a TLS proxy in front; media goes straight over UDP (--udp-ports)."""

_Network = "Network"
_Picture = "Picture"
_Workers = "Workers"


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on [127.0.0.1]", rich_help_panel=_Network)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="TCP port of HTTP; 0 takes a free one [8080]", rich_help_panel=_Network),
    ] = None,
    udp_ports: Annotated[
        str | None,
        typer.Option(help="UDP ports for media, as 40000-40100 [any]", rich_help_panel=_Network),
    ] = None,
    ice_server: Annotated[
        list[str] | None,
        typer.Option(
            help="STUN or TURN server: stun:HOST:PORT, or turn:HOST:PORT,USER,PASSWORD",
            rich_help_panel=_Network,
        ),
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(help="Web origin whose pages may call; '*' is any", rich_help_panel=_Network),
    ] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(help="Bearer token that sessions and imports need", rich_help_panel=_Network),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Where workers run: process, local or ray [process]", rich_help_panel=_Workers
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Number of workers [one a core]", rich_help_panel=_Workers)
    ] = None,
    capacity: Annotated[
        str | None,
        typer.Option(
            help="Callers at once; auto measures this machine [auto]", rich_help_panel=_Workers
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(help="Width and height of the picture [512]", rich_help_panel=_Picture),
    ] = None,
    fps: Annotated[
        int | None, typer.Option(help="Frames per second [30]", rich_help_panel=_Picture)
    ] = None,
    adaptive: Annotated[
        bool | None,
        typer.Option(
            "--adaptive/--no-adaptive",
            help="Let size and rate give way while a worker is too busy [adaptive]",
            rich_help_panel=_Picture,
        ),
    ] = None,
    codec: Annotated[
        str | None,
        typer.Option(help="auto, vp8 or h264 [auto: the caller's first]", rich_help_panel=_Picture),
    ] = None,
    hardware_encoder: Annotated[
        bool | None,
        typer.Option(
            "--hardware-encoder/--no-hardware-encoder",
            help="Encode H.264 on an NVIDIA GPU that can [hardware-encoder]",
            rich_help_panel=_Picture,
        ),
    ] = None,
    background: Annotated[
        str | None, typer.Option(help="Name or #rrggbb [studio]", rich_help_panel=_Picture)
    ] = None,
    avatar: Annotated[
        str | None,
        typer.Option(help="Avatar of a caller who names none [ani]", rich_help_panel=_Picture),
    ] = None,
    avatars: Annotated[
        list[Path] | None,
        typer.Option(help="A further folder of avatars; may be repeated", rich_help_panel=_Picture),
    ] = None,
    commercial_usage: Annotated[
        str | None,
        typer.Option(
            help="What the server is used for: personalNonProfit, personalProfit or corporation; "
            "avatars whose licence allows less are left out [personalNonProfit]",
            rich_help_panel=_Picture,
        ),
    ] = None,
    max_rating: Annotated[
        str | None,
        typer.Option(
            help="Highest rating of actions: general, teen or mature [teen]",
            rich_help_panel=_Picture,
        ),
    ] = None,
    face_model: Annotated[
        Path | None,
        typer.Option(help="face_landmarker.task [found by itself]", rich_help_panel=_Workers),
    ] = None,
    tracker: Annotated[
        str | None, typer.Option(help="litert or mediapipe [litert]", rich_help_panel=_Workers)
    ] = None,
    renderer: Annotated[
        str | None,
        typer.Option(
            help="auto, raster (processor) or moderngl (OpenGL) [auto]", rich_help_panel=_Workers
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings in a TOML file")] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error [info]")
    ] = None,
    access_log: Annotated[
        bool | None,
        typer.Option("--access-log/--no-access-log", help="Log each request, without addresses"),
    ] = None,
) -> None:
    """Serve the page, the HTTP interface and the calls.

    Each option can also be set as AVATAR_SERVER_NAME in the environment or in the TOML file; what
    is given here wins.
    """
    # Each command loads its own libraries, so that none waits for another's.
    from avatar_server import native
    from avatar_server.api.server import run
    from avatar_server.config import load_settings

    settings = load_settings(
        config,
        host=host,
        port=port,
        udp_ports=_ports(udp_ports),
        ice_servers=[_ice_server(text) for text in ice_server] if ice_server else None,
        cors_origins=cors_origin or None,
        tokens=token or None,
        engine=engine,
        workers=workers,
        capacity=int(capacity) if capacity and capacity.isdecimal() else capacity,
        size=size,
        fps=fps,
        adaptive=adaptive,
        codec=codec,
        hardware_encoder=hardware_encoder,
        background=background,
        avatar=avatar,
        avatars=avatars or None,
        commercial_usage=commercial_usage,
        max_rating=max_rating,
        face_model=face_model,
        tracker=tracker,
        renderer=renderer,
        log_level=log_level,
        access_log=access_log,
    )
    native.load()  # compiled once here if need be, not by each worker
    run(settings, lambda url, pool: _announce(url, settings, pool))


def _announce(url: str, settings: Settings, pool: WorkerPool) -> None:
    from avatar_server.avatar.catalog import AvatarCatalog

    catalog = AvatarCatalog(settings.avatar_folders, settings.commercial_usage)
    typer.echo(f"Avatar Server: {url}")
    typer.echo(f"  avatars   {', '.join(entry.id for entry in catalog.listed()) or 'none'}")
    for path, cause in catalog.broken.items():
        typer.echo(f"  left out  {path.name}: {cause}")
    callers = "being measured" if settings.capacity == "auto" else str(settings.capacity)
    typer.echo(f"  workers   {settings.worker_count} ({settings.engine}), callers: {callers}")
    typer.echo("  Ctrl-C ends it; running calls may finish first.")


def _ports(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    low, _, high = text.partition("-")
    return low, high or low


def _ice_server(text: str) -> dict[str, str]:
    urls, *login = text.split(",", 2)
    if len(login) == 2:
        return {"urls": urls, "username": login[0], "credential": login[1]}
    return {"urls": urls}
