"""Recorded performances: expressions over time as numbers in a CSV file, and nothing else.

One row a frame: ``time_s``, ``tracked`` (0 or 1), the ARKit 52 by name, then the head's
``head_yaw_deg``, ``head_pitch_deg``, ``head_roll_deg`` (intrinsic Y-X-Z) and ``head_x_m``,
``head_y_m``, ``head_z_m``. It is what ``avatar-server animate --expressions`` writes, so that any
recording plays back.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from avatar_server.builtin import builtin_folder
from avatar_server.errors import MediaFileError
from avatar_server.expression import rotation
from avatar_server.expression.arkit import ARKIT_52
from avatar_server.expression.emotion import EMOTIONS
from avatar_server.types import Expression, FloatArray

HEAD_COLUMNS: Final = (
    "head_yaw_deg",
    "head_pitch_deg",
    "head_roll_deg",
    "head_x_m",
    "head_y_m",
    "head_z_m",
)
COLUMNS: Final = ("time_s", "tracked", *ARKIT_52, *HEAD_COLUMNS)

JOIN_S = 0.4
"""The end flows into the beginning over this time, so that a loop has no jump."""


@dataclass(frozen=True, slots=True)
class Performance:
    """``times_s`` float64 (F,) ascending from 0; ``coefficients`` float32 (F, 52);
    ``rotations`` float32 (F, 4) xyzw; ``translations`` float32 (F, 3) metres."""

    name: str
    times_s: FloatArray
    coefficients: FloatArray
    rotations: FloatArray
    translations: FloatArray

    @property
    def duration_s(self) -> float:
        return float(self.times_s[-1])

    def at(self, stream_time_s: float) -> Expression:
        """The expression at any time, looped, linear between the recorded frames."""
        loop_s = max(self.duration_s - JOIN_S, 1e-3)
        now_s = stream_time_s % loop_s
        coefficients, head, moved = self._between(now_s)
        if now_s < JOIN_S and stream_time_s >= loop_s and self.duration_s > 2 * JOIN_S:
            # The recording's tail fades out over its head.
            ending = self._between(now_s + loop_s)
            t = now_s / JOIN_S
            coefficients = ending[0] * (1 - t) + coefficients * t
            head = rotation.slerp(ending[1], head, t).astype(np.float32)
            moved = ending[2] * (1 - t) + moved * t
        return Expression(
            coefficients=coefficients.astype(np.float32),
            head_rotation=head,
            head_translation=moved.astype(np.float32),
            emotion=np.zeros(len(EMOTIONS), np.float32),
            stream_time_s=stream_time_s,
            tracked=True,
        )

    def _between(self, at_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        after = int(np.clip(np.searchsorted(self.times_s, at_s), 1, len(self.times_s) - 1))
        before = after - 1
        span = float(self.times_s[after] - self.times_s[before])
        t = min(max((at_s - float(self.times_s[before])) / span, 0.0), 1.0)
        return (
            self.coefficients[before] * (1 - t) + self.coefficients[after] * t,
            rotation.slerp(self.rotations[before], self.rotations[after], t).astype(np.float32),
            self.translations[before] * (1 - t) + self.translations[after] * t,
        )


def load_performance(path: Path) -> Performance:
    """Read a performance.

    Raises:
        MediaFileError: the file is absent or not such a table; names the line and the column.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(_rows(file, path))
    except (OSError, UnicodeDecodeError) as error:
        raise MediaFileError(f"cannot read the performance {path}: {error}") from error
    if len(rows) < 2:
        raise MediaFileError(f"{path} has {len(rows)} frames; a performance needs at least 2")
    table = np.array(rows, np.float64)
    times = table[:, 0] - table[0, 0]
    if not (np.diff(times) > 0).all():
        line = int(np.argmin(np.diff(times) > 0)) + 3
        raise MediaFileError(f"{path}, line {line}: time_s must rise from row to row")
    angles = table[:, 54:57]
    return Performance(
        name=path.stem,
        times_s=times.astype(np.float32),
        coefficients=np.clip(table[:, 2:54], 0, 1).astype(np.float32),
        rotations=np.array([rotation.from_yaw_pitch_roll(*row) for row in angles], np.float32),
        translations=table[:, 57:60].astype(np.float32),
    )


def _rows(file: TextIO, path: Path) -> Iterator[list[float]]:
    reader = csv.reader(file)
    header = next(reader, None)
    if header is None:
        raise MediaFileError(f"{path} is empty; the first line must name the columns")
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise MediaFileError(f"{path} lacks the column {missing[0]} (of {len(missing)} missing)")
    order = [header.index(name) for name in COLUMNS]
    for line, row in enumerate(reader, start=2):
        try:
            values = [float(row[i]) for i in order]
        except (ValueError, IndexError) as error:
            raise MediaFileError(f"{path}, line {line}: {error}") from error
        if not np.isfinite(values).all():
            raise MediaFileError(f"{path}, line {line}: a value is not a finite number")
        yield values


class ExpressionWriter:
    """Writes expressions as a performance, row by row."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, expression: Expression) -> None:
        angles = rotation.to_yaw_pitch_roll(expression.head_rotation)
        self._writer.writerow(
            [
                f"{expression.stream_time_s:.4f}",
                int(expression.tracked),
                *_rounded(expression.coefficients),
                *_rounded(angles),
                *_rounded(expression.head_translation),
            ]
        )


def _rounded(values: Iterable[float]) -> list[str]:
    return [f"{value:.4f}".rstrip("0").rstrip(".") or "0" for value in values]


def performance_names() -> list[str]:
    """The names of the performances that come with the product."""
    return sorted(path.stem for path in builtin_folder("performances").glob("*.csv"))


def performance_path(name: str) -> Path:
    """The file of a built-in performance.

    Raises:
        MediaFileError: there is none of this name; names those that there are.
    """
    names = performance_names()
    if name not in names:
        known = ", ".join(names) or "none"
        raise MediaFileError(f"there is no performance {name!r}; there are: {known}")
    return builtin_folder("performances") / f"{name}.csv"


def find_performance(name: str) -> Path:
    """The file of a built-in performance, or ``name`` itself where it is the path of a CSV.

    Raises:
        MediaFileError: there is no such performance.
    """
    return Path(name) if name.endswith(".csv") else performance_path(name)
