"""The face trackers against each other: CPU a frame, and how far their answers lie apart.

    python benchmarks/face.py
    python benchmarks/face.py --media call.mp4 interview.mp4 --frames 600

Both trackers see the same decoded frames: LiteRT the YUV planes as the server gets them, mediapipe
the RGB picture it asks for (whose conversion is not counted). CPU is the process's over all
threads, from before ``track`` to after it; the median over the frames, the first ten left out.

"found" counts frames with a face; "scores" is the mean absolute difference of the 52 blendshape
scores, "landmarks" the mean distance in percent of the face's width, "head" the angle between the
two rotations; each as mean and, in brackets, the worst frame's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from avatar_server.workers.threads import thread_environment

os.environ.update(thread_environment())

import av
import numpy as np

from avatar_server.errors import AvatarServerError
from avatar_server.face import FaceModels, FaceTracker, create_tracker
from avatar_server.face.sampling import to_rgb
from avatar_server.types import ByteArray, Face, FrameTimes, VideoFrame
from benchmarks.clips import face_clip

WARM_UP_FRAMES = 10


@dataclass(frozen=True)
class Run:
    faces: list[Face | None]
    cpu_ms: float


def frames_of(clip: Path, count: int) -> Iterator[VideoFrame]:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 30)
        for index, picture in enumerate(islice(container.decode(stream), count), 1):
            if picture.format.name not in ("yuv420p", "yuvj420p"):
                picture = picture.reformat(format="yuv420p")
            planes: tuple[ByteArray, ...] = tuple(
                np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[
                    :, : plane.width
                ]
                for plane in picture.planes
            )
            times = FrameTimes(capture_s=index / rate, started_ns=0)
            yield VideoFrame(planes, times, full_range=picture.format.name == "yuvj420p")


def run(tracker: FaceTracker, frames: Iterator[VideoFrame]) -> Run:
    faces, spent = [], []
    for frame in frames:
        before = time.process_time()
        faces.append(tracker.track(frame))
        spent.append(1000 * (time.process_time() - before))
    tracker.close()
    return Run(faces, statistics.median(spent[WARM_UP_FRAMES:] or spent or [0.0]))


def as_rgb(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    for frame in frames:
        yield VideoFrame((to_rgb(frame),), frame.times)


def differences(ours: Face, theirs: Face, aspect: float) -> tuple[float, float, float]:
    """Of scores, of landmarks in percent of the face's width, of the head in degrees."""
    shape = np.array([aspect, 1.0])
    apart = np.linalg.norm((ours.landmarks - theirs.landmarks)[:, :2] * shape, axis=1).mean()
    width = np.ptp(theirs.landmarks[:, 0]) * aspect
    cosine = (np.trace(ours.head[:3, :3].T @ theirs.head[:3, :3]) - 1) / 2
    return (
        float(np.abs(ours.scores - theirs.scores).mean()),
        float(100 * apart / width),
        float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))),
    )


def report(clip: Path, ours: Run, theirs: Run, aspect: float) -> None:
    pairs = [
        differences(our, their, aspect)
        for our, their in zip(ours.faces, theirs.faces, strict=True)
        if our is not None and their is not None
    ]
    found = [sum(face is not None for face in each.faces) for each in (ours, theirs)]
    print(f"{clip.name}, {len(ours.faces)} frames")
    print(
        f"  CPU a frame   litert {ours.cpu_ms:.2f} ms, mediapipe {theirs.cpu_ms:.2f} ms, "
        f"ratio {ours.cpu_ms / theirs.cpu_ms if theirs.cpu_ms else float('nan'):.2f}"
    )
    print(f"  found         litert {found[0]}, mediapipe {found[1]}")
    if pairs:
        (scores, landmarks, head), worst = np.mean(pairs, axis=0), np.max(pairs, axis=0)
        print(f"  scores        {scores:.4f} ({worst[0]:.4f})")
        print(f"  landmarks     {landmarks:.3f} % ({worst[1]:.3f} %)")
        print(f"  head          {head:.2f} degrees ({worst[2]:.2f})")


def measure(clip: Path, models: FaceModels, count: int, num_faces: Literal[1, 2]) -> None:
    first = next(frames_of(clip, 1))
    ours = run(
        create_tracker(models=models, num_faces=num_faces),
        frames_of(clip, count),
    )
    theirs = run(
        create_tracker("mediapipe", num_faces=num_faces),
        as_rgb(frames_of(clip, count)),
    )
    report(clip, ours, theirs, first.width / first.height)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--media",
        nargs="+",
        type=Path,
        metavar="CLIP",
        help="videos with a face (default: scikit-image's astronaut, moved about)",
    )
    parser.add_argument(
        "--frames", type=int, default=300, help="of each clip at most (default: %(default)s)"
    )
    parser.add_argument(
        "--num-faces",
        type=int,
        choices=(1, 2),
        default=2,
        help="mediapipe's option of that name: 1 smooths landmarks over time, 2 gives them raw "
        "and detects in every frame (default: %(default)s)",
    )
    arguments = parser.parse_args()
    try:
        started = time.perf_counter()
        models = FaceModels()
        print(f"models loaded in {1000 * (time.perf_counter() - started):.0f} ms")
        with tempfile.TemporaryDirectory() as folder:
            for clip in arguments.media or [face_clip(Path(folder))]:
                measure(clip, models, arguments.frames, arguments.num_faces)
    except (AvatarServerError, av.FFmpegError, StopIteration) as error:
        print(f"face benchmark: {error or 'the clip holds no frame'}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
