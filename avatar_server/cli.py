"""The command line. An expected failure is one line on standard error and exit code 2."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from avatar_server import __version__
from avatar_server.errors import AvatarServerError
from avatar_server.workers.threads import thread_environment

COMMANDS = ("serve", "animate", "probe", "doctor", "avatars", "model")
"""Each is a module of ``avatar_server.commands`` with a Typer application ``app``, or a function of
the command's name."""


class _LazyGroup(TyperGroup):
    """Loads a command's module when the command is wanted: ``serve`` shall not wait for what
    ``probe`` draws its reports with."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name in COMMANDS if importlib.util.find_spec(_module(name))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(_module(cmd_name))
        command_app = getattr(module, "app", None)
        if command_app is None:
            command_app = typer.Typer(rich_markup_mode="markdown")
            epilog = _as_paragraphs(getattr(module, "EXAMPLES", ""))
            command_app.command(cmd_name, epilog=epilog)(getattr(module, cmd_name))
        command: Any = typer.main.get_command(command_app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="avatar-server",
    cls=_LazyGroup,
    help="Real-time streaming avatars: a face goes in over WebRTC, a 3D character comes out.",
    epilog="Begin with 'avatar-server doctor', then 'avatar-server serve'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _module(command: str) -> str:
    return f"avatar_server.commands.{command}"


def _as_paragraphs(examples: str) -> str:
    """Lines that Markdown would join are kept apart."""
    return "\n\n".join(line for line in examples.strip().splitlines() if line.strip())


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"avatar-server {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    # Before any command loads NumPy: idle threads of its products cost more than they bring.
    os.environ.update(thread_environment())
    try:
        app()
    except AvatarServerError as error:
        line = " ".join(str(error).split())
        print(f"avatar-server: {line}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
