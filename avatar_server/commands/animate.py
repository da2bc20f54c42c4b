"""``avatar-server animate``: the live pipeline over a file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from avatar_server.errors import AvatarServerError
from avatar_server.face.tracker import TrackerBackend
from avatar_server.render.renderer import Backend

EXAMPLES = """
Examples:

  avatar-server animate me.mp4 ani.mp4

  avatar-server animate me.mp4 rudi.mp4 --avatar rudi --background dusk --expressions me.csv

  avatar-server animate --performance hello hello.mp4
"""


def animate(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[INPUT] OUTPUT",
            help="A video of a face, and the MP4 to write. With --performance, OUTPUT only.",
        ),
    ],
    avatar: Annotated[
        str, typer.Option(help="An avatar's id, or the path of a .vrm, .glb or avatar folder.")
    ] = "ani",
    performance: Annotated[
        str | None,
        typer.Option(help="Play this recorded performance (a name, or a CSV) and need no camera."),
    ] = None,
    expressions: Annotated[
        Path | None,
        typer.Option(help="Write the ARKit 52 and the head pose a frame to this CSV."),
    ] = None,
    background: Annotated[
        str, typer.Option(help="A background's name, or a colour as #rrggbb.")
    ] = "studio",
    size: Annotated[
        str, typer.Option(help="The picture's size, as 512 or 1280x720; both sides even.")
    ] = "512",
    fps: Annotated[int, typer.Option(min=1, max=120, help="Frame rate of a performance.")] = 30,
    tracker: Annotated[
        TrackerBackend,
        typer.Option(help="Which face tracker: litert, or mediapipe where installed."),
    ] = "litert",
    renderer: Annotated[
        Backend,
        typer.Option(help="What draws: raster, moderngl, or pyrender where installed."),
    ] = "auto",
    model: Annotated[
        Path | None, typer.Option(help="The face_landmarker.task to use; found by itself else.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the idle blinks and glances.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Turn a video of a face into a video of an avatar, sound kept.

    The same stages as a live call, as fast as the machine allows. While no face is seen the last
    pose is held, then eases to rest. The output appears when it is whole.
    """
    source, target = _paths(paths, performance)
    width, height = _size(size)
    # What loads GL and the models is loaded only once the arguments are known to be good.
    from avatar_server.animate import animate_performance, animate_video
    from avatar_server.avatar import Character, find_avatar
    from avatar_server.avatar.licence import credit
    from avatar_server.expression import ExpressionMapper, find_performance, load_performance
    from avatar_server.face import create_tracker
    from avatar_server.pipeline import Pipeline
    from avatar_server.render import create_renderer
    from avatar_server.video_file import VideoFileReader

    played = None if performance is None else load_performance(find_performance(performance))
    if source is not None:
        VideoFileReader(source).close()
    chosen = find_avatar(avatar)
    pipeline = Pipeline(
        create_tracker(tracker, model_path=model) if played is None else None,
        ExpressionMapper(),
        Character(chosen, seed=seed),
        create_renderer(
            chosen, backend=renderer, width=width, height=height, background=background
        ),
    )
    console = Console(file=sys.stderr)
    began = time.monotonic()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=console,
        disable=quiet,
    ) as bar:
        task = bar.add_task(target.name, total=None, speed="")

        def advance(done: int, expected: int) -> None:
            rate = done / max(time.monotonic() - began, 1e-6)
            bar.update(
                task, completed=done, total=max(expected, done) or None, speed=f"{rate:.0f} fps"
            )

        try:
            if played is not None:
                done = animate_performance(
                    played, target, pipeline, fps=fps, expressions=expressions, progress=advance
                )
            else:
                assert source is not None
                done = animate_video(
                    source, target, pipeline, expressions=expressions, progress=advance
                )
        finally:
            pipeline.close()
        bar.update(task, completed=done.frames, total=done.frames)
    if quiet:
        return
    console.print(
        f"{target}: {done.frames} frames, {done.duration_s:.1f} s, a face in {done.faces}"
        + (f", {done.damaged} damaged packets passed over" if done.damaged else "")
    )
    if line := credit(chosen.model.meta):
        console.print(f"Show this credit with it: {line}", markup=False)
    if not done.faces:
        console.print("No face was found in any frame: the avatar only idles.", style="yellow")


def _paths(paths: list[Path], performance: str | None) -> tuple[Path | None, Path]:
    if performance is not None:
        if len(paths) != 1:
            raise AvatarServerError("with --performance give the OUTPUT only")
        return None, paths[0]
    if len(paths) != 2:
        raise AvatarServerError("give INPUT and OUTPUT, or --performance NAME and OUTPUT")
    return paths[0], paths[1]


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    try:
        sides = int(width), int(height or width)
    except ValueError:
        raise AvatarServerError(f"--size {text}: give it as 512 or 1280x720") from None
    if not all(2 <= side <= 4096 and side % 2 == 0 for side in sides):
        raise AvatarServerError(f"--size {text}: sides must be even, 2 to 4096")
    return sides
