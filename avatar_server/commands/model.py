"""``avatar-server model``: the face model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The face model file.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command(epilog="Example:\n\n    avatar-server model fetch")
def fetch(
    path: Annotated[
        Path | None, typer.Option("--model", help="Check this file instead of finding one")
    ] = None,
) -> None:
    """Find the face model (given, cached, in a package, downloaded), verify it, and print where it
    is."""
    from avatar_server.face import find_model

    typer.echo(str(find_model(path)))
