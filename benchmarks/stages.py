"""What each stage of the pipeline costs a frame, on clips of a face.

    python benchmarks/stages.py --media talk.mp4 blink.mp4 --avatar ani --codec vp8
    python benchmarks/stages.py --raw stages.csv

One process, one frame at a time, as a worker runs them: decode, track, map, pose, draw, encode.
CPU is the process's, all its threads. ``--raw`` writes every frame's figures.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from avatar_server.workers.threads import thread_environment

os.environ.update(thread_environment())

import numpy as np

from avatar_server.avatar import Character, find_avatar
from avatar_server.expression import ExpressionMapper
from avatar_server.face import FaceModels, create_tracker
from avatar_server.frames import from_av
from avatar_server.render import create_renderer
from avatar_server.rtc.encoder import RealtimeH264Encoder, RealtimeVp8Encoder
from avatar_server.types import FrameTimes, VideoFrame
from avatar_server.video_file import VideoFileReader
from benchmarks.clips import face_clip
from benchmarks.floor import received_packets

STAGES = ("decode", "track", "map", "pose", "draw", "encode")
WARM_UP = 20


class Stopwatch:
    """CPU milliseconds since it was last looked at."""

    def __init__(self) -> None:
        self._at = time.process_time()

    def lap(self) -> float:
        before, self._at = self._at, time.process_time()
        return (self._at - before) * 1000


def frame_costs(
    media: Path, models: FaceModels, avatar: str, codec: str, frames: int
) -> Iterator[list[float]]:
    """CPU milliseconds of each stage of each frame, the clip looped until there are enough."""
    chosen = find_avatar(avatar)
    tracker, mapper = create_tracker(models=models, live=True), ExpressionMapper()
    character = Character(chosen)
    renderer = create_renderer(chosen, width=512, height=512)
    encoder = RealtimeVp8Encoder(1_000_000) if codec == "vp8" else RealtimeH264Encoder(1_000_000)
    with VideoFileReader(media) as reader:
        size = next(reader.frames())
    decoder, packets = received_packets(media, codec, (size.width, size.height), frames)
    watch = Stopwatch()
    for index, packet in enumerate(packets):
        watch.lap()
        pictures = decoder.decode(packet)
        costs = [watch.lap()]
        if not pictures:
            continue
        frame: VideoFrame = from_av(pictures[0], FrameTimes.starting(index / 30))
        watch.lap()
        face = tracker.track(frame)
        costs.append(watch.lap())
        expression = mapper.map(face, frame.times.capture_s)
        costs.append(watch.lap())
        rig = character.pose(expression)
        costs.append(watch.lap())
        picture = renderer.draw(rig, frame.times)
        costs.append(watch.lap())
        encoder.encode_picture(picture, index * 3000, False)
        costs.append(watch.lap())
        if index >= WARM_UP:
            yield costs
    renderer.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=Path, nargs="*", help="default: a moved photo")
    parser.add_argument("--avatar", default="ani")
    parser.add_argument("--codec", choices=["vp8", "h264"], default="vp8")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--raw", type=Path, help="write each frame's milliseconds to this CSV")
    options = parser.parse_args()
    models = FaceModels()
    raw = []
    print(
        f"{'CPU ms a frame, mean (p95)':28}" + "".join(f"{name:>15}" for name in STAGES) + "  sum"
    )
    with tempfile.TemporaryDirectory() as folder:
        for media in options.media or [face_clip(Path(folder))]:
            table = np.array(
                list(
                    frame_costs(
                        media, models, options.avatar, options.codec, options.frames + WARM_UP
                    )
                )
            )
            raw += [(media.name, index, *row) for index, row in enumerate(table)]
            cells = "".join(
                f"{f'{column.mean():.2f} ({np.percentile(column, 95):.2f})':>15}"
                for column in table.T
            )
            print(f"{media.name[:20]:20} {len(table):5}  {cells} {table.sum(1).mean():5.2f}")
    if options.raw:
        with options.raw.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("clip", "frame", *STAGES))
            writer.writerows((c, i, *(f"{v:.3f}" for v in row)) for c, i, *row in raw)


if __name__ == "__main__":
    main()
