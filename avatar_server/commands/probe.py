"""``avatar-server probe``: call a server as browsers do, and report what callers get."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from avatar_server.errors import AvatarServerError

Codec = Literal["vp8", "h264"]

EXAMPLES = """
Examples:

  avatar-server probe http://localhost:8080 --media me.mp4

  avatar-server probe http://localhost:8080 --clients 4 --seconds 30 --report out.html

  avatar-server probe http://localhost:8080 --impair loss=2%,delay=40ms --compare yesterday.json
"""


def probe(
    url: Annotated[str, typer.Argument(help="The server, as http://localhost:8080.")],
    clients: Annotated[int, typer.Option(min=1, max=64, help="Callers at once.")] = 1,
    seconds: Annotated[float, typer.Option(min=1, help="Measured, after the warm-up.")] = 20.0,
    media: Annotated[
        Path | None,
        typer.Option(help="A video of a face for the callers' cameras, looped; else a drawn one."),
    ] = None,
    avatar: Annotated[str, typer.Option(help="The avatar to be.")] = "ani",
    codec: Annotated[Codec, typer.Option(help="Video codec, both ways.")] = "vp8",
    fps: Annotated[int, typer.Option(min=0, max=60, help="Camera's rate; 0: the file's own.")] = 0,
    marks: Annotated[
        bool,
        typer.Option(help="Burn frame numbers into the pictures to time them glass to glass."),
    ] = True,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds that are not measured.")] = 2.0,
    impair: Annotated[
        str, typer.Option(help="A bad network: loss=2%,delay=40ms,jitter=10ms,rate=800kbps.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="Write one self-contained HTML page with plots.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures as JSON.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the delay of every frame.")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="An older JSON: say what got worse; exit 1 if anything.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="What --compare lets pass; 0.1 is a tenth.")
    ] = 0.1,
    token: Annotated[str, typer.Option(help="Bearer token, where the server wants one.")] = "",
) -> None:
    """Measure delay, frame rate, freezes and loss as callers of a server see them.

    Each caller is a real WebRTC client in a process of its own. Glass to glass is from a frame's
    hand-over to the caller's encoder to its avatar frame out of the caller's decoder, told by
    numbers burnt into both.
    """
    # What loads aiortc is loaded only once the arguments are known to be good.
    from avatar_server.probe import ProbeOptions, parse_impairment
    from avatar_server.probe.compare import compare as compare_reports
    from avatar_server.probe.compare import read_report
    from avatar_server.probe.drawn_face import drawn_face
    from avatar_server.probe.report import (
        difference_table,
        figures,
        table,
        write_csv,
        write_html,
        write_json,
    )
    from avatar_server.probe.run import run
    from avatar_server.video_file import VideoFileReader

    impairment = parse_impairment(impair)
    before = None if compare is None else read_report(compare)
    if media is not None:
        VideoFileReader(media).close()
    console, progress = Console(), Console(file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        options = ProbeOptions(
            url=url.rstrip("/"),
            media=media or drawn_face(Path(folder) / "face.mp4"),
            clients=clients,
            seconds=seconds,
            avatar=avatar,
            codec=codec,
            fps=fps,
            marks=marks,
            warm_up_s=warm_up,
            token=token,
            impairment=impairment,
        )
        with progress.status(f"{clients} callers for {warm_up + seconds:.0f} s"):
            records = run(options)
    result = figures(options, records)
    console.print(table(result))
    for record in records:
        if record.error:
            progress.print(f"caller {record.client}: {record.error}", style="red")
    if json is not None:
        write_json(json, result)
    if csv is not None:
        write_csv(csv, records)
    if report is not None:
        write_html(report, result, records)
    if all(record.error for record in records):
        raise AvatarServerError(f"no caller got through to {url}: {records[0].error}")
    if before is not None:
        differences = compare_reports(before, result["overall"], tolerance)
        console.print(difference_table(differences))
        if any(line.worse for line in differences):
            raise typer.Exit(1)
