"""The pipeline over files: what goes in comes out, and what is broken is said in a line."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from pathlib import Path
from unittest import mock

import av
import numpy as np
import pytest

from avatar_server.cli import main
from avatar_server.expression import ARKIT_52, load_performance
from tests.avatar_import.files import licensed


def run(*arguments: object) -> tuple[int, str]:
    """The command as the shell starts it: its exit code, and all that it printed."""
    said = io.StringIO()
    argv = ["avatar-server", "animate", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", argv),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return int(ended.value.code or 0), said.getvalue()


def film(path: Path) -> tuple[np.ndarray, list[float]]:
    with av.open(str(path)) as container:
        frames = [(f.to_ndarray(format="gray"), float(f.time)) for f in container.decode(video=0)]
    return np.array([pixels for pixels, _ in frames]), [at for _, at in frames]


def test_every_frame_is_kept_and_the_avatar_moves(face_video: Path, tmp_path: Path) -> None:
    code, said = run(face_video, tmp_path / "out.mp4", "--expressions", tmp_path / "out.csv")
    assert code == 0, said
    pixels, times = film(tmp_path / "out.mp4")
    assert pixels.shape == (90, 512, 512)
    assert times == pytest.approx([i / 30 for i in range(90)], abs=1e-3)
    assert np.abs(np.diff(pixels.astype(int), axis=0)).mean() > 0.05
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 90
    assert set(ARKIT_52) < set(rows[0])
    assert sum(row["tracked"] == "1" for row in rows) >= 88
    # The photo is rolled by up to 8 degrees either way.
    rolls = [float(row["head_roll_deg"]) for row in rows]
    assert 12 < max(rolls) - min(rolls) < 20


def test_sound_is_kept(talking_video: Path, tmp_path: Path) -> None:
    code, said = run(talking_video, tmp_path / "out.mp4")
    assert code == 0, said
    with av.open(str(talking_video)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        packets = [
            [bytes(p) for p in container.demux(audio=0) if p.size] for container in (before, after)
        ]
    assert packets[0] == packets[1]
    assert len(packets[0]) > 40


def test_what_is_written_plays_back(face_video: Path, tmp_path: Path) -> None:
    assert run(face_video, tmp_path / "a.mp4", "--expressions", tmp_path / "me.csv")[0] == 0
    performance = load_performance(tmp_path / "me.csv")
    assert performance.duration_s == pytest.approx(89 / 30, abs=0.01)
    code, said = run("--performance", tmp_path / "me.csv", tmp_path / "b.mp4", "--size", "256")
    assert code == 0, said
    assert film(tmp_path / "b.mp4")[0].shape == (89, 256, 256)


def test_built_in_performance_needs_no_input(tmp_path: Path) -> None:
    code, said = run("--performance", "hello", tmp_path / "hello.mp4", "--fps", 10, "--size", 128)
    assert code == 0, said
    assert len(film(tmp_path / "hello.mp4")[0]) == 31


def test_the_credit_that_a_licence_wants_is_told(tmp_path: Path) -> None:
    mine = licensed(name="[b]Mine").write(tmp_path, "mine.vrm")
    options = ("--performance", "hello", "--size", "64", "--fps", "2")
    code, said = run(*options, "--avatar", mine, tmp_path / "out.mp4")
    assert code == 0, said
    assert "Show this credit with it: [b]Mine by an author" in " ".join(said.split())
    code, said = run(*options, tmp_path / "out.mp4")
    assert "Show this credit" not in said


def test_no_face_still_gives_a_film(tmp_path: Path, black_video: Path) -> None:
    code, said = run(black_video, tmp_path / "out.mp4")
    assert code == 0, said
    assert "No face" in said
    assert len(film(tmp_path / "out.mp4")[0]) == 5


@pytest.fixture
def black_video(tmp_path: Path) -> Path:
    from benchmarks.clips import write_clip

    return write_clip(tmp_path / "black.mp4", [np.zeros((480, 640, 3), np.uint8)] * 5)


@pytest.fixture
def sound_only(tmp_path: Path) -> Path:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_bad_input_is_one_line_and_exit_code_2(
    tmp_path: Path, face_video: Path, sound_only: Path
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"what stood here before")
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(np.random.default_rng(0).bytes(5000))
    bad_avatar = tmp_path / "bad.glb"
    bad_avatar.write_bytes(b"glTF" + bytes(40))
    bad_model = tmp_path / "face_landmarker.task"
    bad_model.write_bytes(b"PK" + bytes(100))
    cases: list[tuple[list[object], str]] = [
        ([tmp_path / "gone.mp4", out], "gone.mp4"),
        ([noise, out], "noise.mp4"),
        ([sound_only, out], "no video stream"),
        ([face_video, face_video], "the input itself"),
        ([face_video], "INPUT and OUTPUT"),
        ([face_video, tmp_path / "no" / "such" / "folder.mp4"], "cannot write"),
        ([face_video, out, "--avatar", "nobody"], "nobody"),
        ([face_video, out, "--avatar", bad_avatar], "bad.glb"),
        ([face_video, out, "--model", bad_model], "face_landmarker.task"),
        ([face_video, out, "--model", tmp_path / "gone.task"], "gone.task"),
        ([face_video, out, "--size", "511"], "even"),
        ([face_video, out, "--background", "nowhere"], "nowhere"),
        (["--performance", "nothing", out], "nothing"),
    ]
    for arguments, says in cases:
        code, said = run(*arguments)
        assert code == 2, (arguments, said)
        assert says in said.replace("\n", ""), (arguments, said)
        assert "Traceback" not in said
    assert out.read_bytes() == b"what stood here before"
    assert not list(tmp_path.glob("*.part"))


def test_a_film_that_breaks_off_is_kept_as_far_as_it_goes(
    tmp_path: Path, face_pictures: list[np.ndarray]
) -> None:
    whole = tmp_path / "whole.ts"
    with av.open(str(whole), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for pixels in face_pictures[:40]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    half = tmp_path / "half.ts"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    code, said = run(half, tmp_path / "out.mp4")
    assert code == 0, said
    assert 8 < len(film(tmp_path / "out.mp4")[0]) < 40
