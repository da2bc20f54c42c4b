"""Performances: what is written is read back, loops have no jump, bad tables are named."""

import io
from pathlib import Path

import numpy as np
import pytest

from avatar_server.errors import MediaFileError
from avatar_server.expression import (
    ARKIT_INDEX,
    ExpressionWriter,
    expression_of,
    load_performance,
    rotation,
)


def written(path: Path, frames: int = 60) -> Path:
    text = io.StringIO()
    writer = ExpressionWriter(text)
    for i in range(frames):
        writer.write(expression_of(at_s=2 + i / 30, jawOpen=i / frames, eyeBlinkLeft=0.25))
    path.write_text(text.getvalue())
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    performance = load_performance(written(tmp_path / "talk.csv"))
    assert performance.name == "talk"
    assert performance.duration_s == pytest.approx(59 / 30, abs=1e-3)
    middle = performance.at(1.0)
    assert middle.coefficients[ARKIT_INDEX["jawOpen"]] == pytest.approx(0.5, abs=1e-3)
    assert middle.coefficients[ARKIT_INDEX["eyeBlinkLeft"]] == pytest.approx(0.25)
    assert np.allclose(middle.head_rotation, rotation.IDENTITY)


def test_a_loop_has_no_jump(tmp_path: Path) -> None:
    performance = load_performance(written(tmp_path / "talk.csv"))
    jaw = [performance.at(t).coefficients[ARKIT_INDEX["jawOpen"]] for t in np.arange(0, 6, 1 / 60)]
    assert np.abs(np.diff(jaw)).max() < 0.06


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", "empty"),
        (lambda text: text.replace("jawOpen", "mouth", 1), "jawOpen"),
        (lambda text: text.replace("2.0333", "abc", 1), "line 3"),
        (lambda text: text.replace("2.0333", "nan", 1), "line 3"),
        (lambda text: text.replace("2.1000", "0.1000", 1), "must rise"),
        (lambda text: "\n".join(text.splitlines()[:2]), "at least 2"),
    ],
)
def test_a_bad_table_is_named(tmp_path: Path, change, says: str) -> None:
    path = written(tmp_path / "talk.csv")
    path.write_text(change(path.read_text()))
    with pytest.raises(MediaFileError, match=says):
        load_performance(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaFileError, match=r"gone\.csv"):
        load_performance(tmp_path / "gone.csv")
