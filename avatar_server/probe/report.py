"""What the probe leaves behind: a table, JSON, CSV and one HTML page that stands alone."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from avatar_server.probe.compare import Difference
from avatar_server.probe.options import ClientRecord, ProbeOptions
from avatar_server.probe.statistics import overall, summary


def figures(options: ProbeOptions, records: list[ClientRecord]) -> dict[str, Any]:
    """All that was measured, ready for JSON."""
    run = asdict(options) | {"media": options.media.name}
    run.pop("token")
    return {
        "run": run,
        "overall": overall(records),
        "clients": [summary(record) for record in records],
    }


def table(report: dict[str, Any]) -> Table:
    """The report as a table for a terminal."""
    total = report["overall"]
    shown = Table(title=f"{report['run']['url']}, {total['clients']} callers", title_justify="left")
    for column in ("", "p50", "p95", "p99", "max"):
        shown.add_column(column, justify="left" if not column else "right")
    rows = [
        ("glass to glass, ms", total["glass_to_glass_ms"]),
        ("added on the wire, ms", total["wire_ms"]),
        ("first frame, ms", total["first_frame_ms"]),
        *((f"  {stage}, ms", values) for stage, values in total["stages_ms"].items()),
    ]
    for name, values in rows:
        cells = [f"{values[c]:.1f}" if c in values else "-" for c in ("p50", "p95", "p99", "max")]
        shown.add_row(name, *cells)
    shown.add_section()
    shown.add_row("frames a second", f"{total['fps']:.1f}")
    shown.add_row("freezes", f"{total['freezes']}", f"{total['freeze_s']:.1f} s")
    shown.add_row("loss", f"{total['loss']:.2%}")
    shown.add_row("jitter, ms", f"{total['jitter_ms']:.1f}")
    if total.get("slowest_stage"):
        shown.add_row("slowest stage", total["slowest_stage"])
    return shown


def difference_table(differences: list[Difference]) -> Table:
    """Then and now; what got worse in red."""
    shown = Table(title="compared", title_justify="left")
    for column in ("", "before", "now", ""):
        shown.add_column(column, justify="right" if column else "left")
    for line in differences:
        style = "red" if line.worse else ""
        word = "worse" if line.worse else ""
        shown.add_row(line.name, f"{line.before:.1f}", f"{line.now:.1f}", word, style=style)
    return shown


def write_json(path: Path, report: dict[str, Any]) -> None:
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def write_csv(path: Path, records: list[ClientRecord]) -> None:
    """One row a numbered frame: caller, seconds into the run, glass-to-glass milliseconds."""
    start = min((r.glass_s[0] for r in records if r.glass_s), default=0.0)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("client", "time_s", "glass_to_glass_ms"))
        for record in records:
            for at, delay in zip(record.glass_s, record.glass_ms, strict=True):
                writer.writerow((record.client, f"{at - start:.4f}", f"{delay:.2f}"))


def write_html(path: Path, report: dict[str, Any], records: list[ClientRecord]) -> None:
    """One page with the figures, histograms and a timeline, its pictures inside it."""
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td>"
        + "".join(f"<td>{values.get(c, float('nan')):.1f}</td>" for c in ("p50", "p95", "p99"))
        + "</tr>"
        for name, values in (
            ("glass to glass, ms", report["overall"]["glass_to_glass_ms"]),
            ("added on the wire, ms", report["overall"]["wire_ms"]),
            ("first frame, ms", report["overall"]["first_frame_ms"]),
            *report["overall"]["stages_ms"].items(),
        )
    )
    total = report["overall"]
    path.write_text(
        _PAGE.format(
            url=html.escape(report["run"]["url"]),
            rows=rows,
            line=f"{total['clients']} callers, {total['failed']} failed, {total['fps']:.1f} frames "
            f"a second, {total['freezes']} freezes ({total['freeze_s']:.1f} s), "
            f"loss {total['loss']:.2%}, jitter {total['jitter_ms']:.1f} ms",
            timeline=_picture(_timeline, records),
            histogram=_picture(_histogram, records),
            stages=_picture(_stages, records),
            figures=html.escape(json.dumps(report, indent=1)),
        ),
        encoding="utf-8",
    )


def _picture(draw: Any, records: list[ClientRecord]) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    draw(figure.subplots(), records)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    return base64.b64encode(buffer.getvalue()).decode()


def _timeline(axes: Any, records: list[ClientRecord]) -> None:
    start = min((r.glass_s[0] for r in records if r.glass_s), default=0.0)
    for record in records:
        times = [at - start for at in record.glass_s]
        axes.plot(times, record.glass_ms, linewidth=0.8, label=f"caller {record.client}")
    axes.set(xlabel="seconds", ylabel="glass to glass, ms", ylim=(0, None))
    if any(record.glass_ms for record in records):
        axes.legend(loc="upper right", frameon=False, ncols=4)


def _histogram(axes: Any, records: list[ClientRecord]) -> None:
    glass = [value for record in records for value in record.glass_ms]
    wire = [value for record in records for value in record.wire_ms]
    for values, label in ((glass, "glass to glass"), (wire, "added on the wire")):
        if values:
            axes.hist(values, bins=60, alpha=0.7, label=label)
    axes.set(xlabel="ms", ylabel="frames")
    if glass or wire:
        axes.legend(frameon=False)


def _stages(axes: Any, records: list[ClientRecord]) -> None:
    names = list(dict.fromkeys(name for record in records for name in record.stages_ms))
    if names:
        pools = [[v for r in records for v in r.stages_ms.get(name, [])] for name in names]
        axes.boxplot(pools, orientation="horizontal", whis=(5, 95), showfliers=False)
        axes.set_yticks(range(1, len(names) + 1), names)
        axes.invert_yaxis()
    axes.set(xlabel="ms in each stage, 5 to 95 %")


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Avatar Server probe</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #23202b; background: #fbfafc }}
h1 {{ font-size: 1.4rem }} img {{ width: 100%; background: #fff; border-radius: 8px }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
td, th {{ padding: .2rem 1rem .2rem 0; text-align: right }} td:first-child {{ text-align: left }}
pre {{ font-size: 12px; overflow: auto; max-height: 30rem }}
</style>
<h1>{url}</h1><p>{line}</p>
<table><tr><th></th><th>p50</th><th>p95</th><th>p99</th></tr>{rows}</table>
<img alt="Delay of each frame over time" src="data:image/svg+xml;base64,{timeline}">
<img alt="Histogram of delays" src="data:image/svg+xml;base64,{histogram}">
<img alt="Time in each stage" src="data:image/svg+xml;base64,{stages}">
<details><summary>All figures</summary><pre>{figures}</pre></details>
</html>
"""
