"""Two reports side by side: what got worse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_server.errors import MediaFileError

_LOWER_IS_BETTER = (
    ("first_frame_ms", "p50", 20.0),
    ("glass_to_glass_ms", "p50", 3.0),
    ("glass_to_glass_ms", "p95", 5.0),
    ("wire_ms", "p50", 2.0),
    ("wire_ms", "p95", 4.0),
)
"""Figure, percentile, and the milliseconds that are noise whatever the ratio."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure then and now; ``worse`` where it grew beyond the tolerance."""

    name: str
    before: float
    now: float
    worse: bool


def read_report(path: Path) -> dict[str, Any]:
    """The ``overall`` figures of a report that the probe wrote as JSON.

    Raises:
        MediaFileError: it is not one.
    """
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))["overall"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaFileError(f"{path} is not a report of avatar-server probe: {error}") from error
    if not isinstance(figures, dict):
        raise MediaFileError(f"{path} is not a report of avatar-server probe")
    return figures


def compare(before: dict[str, Any], now: dict[str, Any], tolerance: float) -> list[Difference]:
    """Figure by figure; ``tolerance`` 0.1 lets each grow by a tenth (and frame rate fall by it)."""
    pairs = [
        (f"{name} {cut}", _figure(before, name, cut), _figure(now, name, cut), noise)
        for name, cut, noise in _LOWER_IS_BETTER
    ]
    stages = sorted(set(before.get("stages_ms", {})) & set(now.get("stages_ms", {})))
    pairs += [
        (
            f"stage {stage} p50",
            _figure(before["stages_ms"], stage, "p50"),
            _figure(now["stages_ms"], stage, "p50"),
            1.0,
        )
        for stage in stages
    ]
    differences = [
        Difference(name, old, new, new > old * (1 + tolerance) and new - old > noise)
        for name, old, new, noise in pairs
        if old is not None and new is not None
    ]
    old_fps, new_fps = float(before.get("fps", 0)), float(now.get("fps", 0))
    differences.append(Difference("fps", old_fps, new_fps, new_fps < old_fps * (1 - tolerance)))
    old_frozen, new_frozen = float(before.get("freeze_s", 0)), float(now.get("freeze_s", 0))
    differences.append(
        Difference(
            "freeze_s",
            old_frozen,
            new_frozen,
            new_frozen > old_frozen * (1 + tolerance) + 0.2,
        )
    )
    return differences


def _figure(table: dict[str, Any], name: str, cut: str) -> float | None:
    value = table.get(name, {}).get(cut)
    return None if value is None else float(value)
