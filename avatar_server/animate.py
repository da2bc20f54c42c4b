"""The live pipeline over a file: a video or a performance in, an avatar video out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avatar_server.errors import MediaFileError
from avatar_server.expression import ExpressionWriter, Performance
from avatar_server.pipeline import AvatarFrame, Pipeline
from avatar_server.types import FrameTimes
from avatar_server.video_file import VideoFileReader, VideoFileWriter

Progress = Callable[[int, int], None]
"""Called with the frames done and the frames expected (0: not known)."""


@dataclass(frozen=True, slots=True)
class Animated:
    """What came of one file: frames written, frames in which a face was seen, packets of the
    source that could not be decoded, and the seconds of film."""

    frames: int
    faces: int
    damaged: int
    duration_s: float


def animate_video(
    source: Path,
    target: Path,
    pipeline: Pipeline,
    *,
    expressions: Path | None = None,
    progress: Progress | None = None,
) -> Animated:
    """Drive the pipeline with every frame of ``source`` and write ``target`` with its sound.

    Raises:
        MediaFileError: the source cannot be read, or the target not be written; a file that stood
            there before is left as it was.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise MediaFileError(f"{target} is the input itself; give another name for the output")
    with ExitStack() as stack:
        reader = stack.enter_context(VideoFileReader(source))
        size = (pipeline.renderer.width, pipeline.renderer.height)
        writer = stack.enter_context(VideoFileWriter(target, *size, reader.rate, reader.audio))
        table = stack.enter_context(_table(expressions))
        frames = faces = 0
        last_s = 0.0
        for packet in reader.packets():
            if not reader.is_video(packet):
                writer.write_audio(packet)
                continue
            for frame in reader.decode(packet):
                shown = pipeline.process(frame)
                writer.write(shown.picture)
                if table is not None:
                    table.write(shown.expression)
                frames, faces, last_s = frames + 1, faces + shown.face_found, frame.times.capture_s
                if progress is not None:
                    progress(frames, reader.frame_count)
        if not frames:
            raise MediaFileError(f"no frame of {source} could be decoded; is the file whole?")
        return Animated(frames, faces, reader.damaged, last_s + float(1 / reader.rate))


def animate_performance(
    performance: Performance,
    target: Path,
    pipeline: Pipeline,
    *,
    fps: int = 30,
    duration_s: float | None = None,
    expressions: Path | None = None,
    progress: Progress | None = None,
) -> Animated:
    """Play a recorded performance into ``target``; by default once through."""
    length_s = performance.duration_s if duration_s is None else duration_s
    total = max(1, round(length_s * fps))
    with ExitStack() as stack:
        size = (pipeline.renderer.width, pipeline.renderer.height)
        writer = stack.enter_context(VideoFileWriter(target, *size, Fraction(fps)))
        table = stack.enter_context(_table(expressions))
        for index in range(total):
            shown = play_frame(performance, pipeline, index / fps)
            writer.write(shown.picture)
            if table is not None:
                table.write(shown.expression)
            if progress is not None:
                progress(index + 1, total)
    return Animated(total, total, 0, total / fps)


def play_frame(performance: Performance, pipeline: Pipeline, at_s: float) -> AvatarFrame:
    """One frame of a performance, begun now."""
    return pipeline.play(performance.at(at_s), FrameTimes.starting(at_s))


@contextmanager
def _table(path: Path | None) -> Iterator[ExpressionWriter | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise MediaFileError(f"cannot write {path}: {error.strerror}") from error
    with file:
        yield ExpressionWriter(file)
