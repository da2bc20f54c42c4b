"""The bare work of one frame, and nothing else: what no service of this kind can do without.

    python benchmarks/floor.py --codec vp8 --avatar ani

Decode 640x480, run the landmark and blendshape networks, draw the avatar and read it back at
512x512, encode. Each part runs alone on data made beforehand; CPU is the process's, all threads.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

from avatar_server.workers.threads import thread_environment

os.environ.update(thread_environment())

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from avatar_server.avatar import Character, find_avatar
from avatar_server.expression import find_performance, load_performance
from avatar_server.face import find_model
from avatar_server.face.network import Network
from avatar_server.render import create_renderer
from avatar_server.rtc.encoder import RealtimeH264Encoder, RealtimeVp8Encoder
from avatar_server.types import FrameTimes, VideoFrame
from benchmarks.clips import face_clip

FRAMES = 150
BITRATE = 1_000_000
ENCODERS = {"vp8": RealtimeVp8Encoder, "h264": RealtimeH264Encoder}


def floor_ms(media: Path, codec: str = "vp8", avatar: str = "ani") -> dict[str, float]:
    """CPU milliseconds a frame of each part."""
    pictures, draw = _draw(avatar)
    return {
        "decode": _decode(media, codec),
        "landmarks": _network("face_landmarks_detector.tflite", (256, 256, 3)),
        "blendshapes": _network("face_blendshapes.tflite", (146, 2)),
        "draw": draw,
        "encode": _encode(pictures, codec),
    }


def _cpu_ms(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Milliseconds of CPU an item, after a tenth of them as a warm-up."""
    warm = len(items) // 10
    for item in items[:warm]:
        work(item)
    began = time.process_time()
    for item in items[warm:]:
        work(item)
    return (time.process_time() - began) / (len(items) - warm) * 1000


def received_packets(
    media: Path, codec: str, size: tuple[int, int], frames: int = FRAMES
) -> tuple[VideoCodecContext, list[av.Packet]]:
    """A decoder as a caller's stream needs it, and ``frames`` packets for it: the clip, looped,
    scaled, encoded as a browser does."""
    encoder = VideoCodecContext.create("libvpx" if codec == "vp8" else "libx264", "w")
    encoder.width, encoder.height = size[0] // 2 * 2, size[1] // 2 * 2
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", 30, Fraction(1, 30)
    encoder.bit_rate, encoder.thread_count = BITRATE, 1
    encoder.options = (
        {"deadline": "realtime", "cpu-used": "8"}
        if codec == "vp8"
        else {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
    )
    packets: list[av.Packet] = []
    while len(packets) < frames:
        with av.open(str(media)) as container:
            for frame in container.decode(video=0):
                scaled = frame.reformat(encoder.width, encoder.height, "yuv420p")
                scaled.pts, scaled.time_base = len(packets), Fraction(1, 30)
                packets += encoder.encode(scaled)
    decoder = VideoCodecContext.create("vp8" if codec == "vp8" else "h264", "r")
    decoder.thread_count = 1
    return decoder, packets[:frames]


def _decode(media: Path, codec: str) -> float:
    decoder, packets = received_packets(media, codec, (640, 480))
    return _cpu_ms(decoder.decode, packets)


def _network(member: str, shape: tuple[int, ...]) -> float:
    with zipfile.ZipFile(find_model()) as bundle:
        network = Network(bundle.read(member))
    values = np.random.default_rng(0).random(shape, np.float32)
    return _cpu_ms(network.run, [values] * FRAMES)


def _draw(avatar: str) -> tuple[list[VideoFrame], float]:
    """Pictures of a performance, and what drawing one of them costs, posing left out."""
    chosen = find_avatar(avatar)
    character, performance = Character(chosen), load_performance(find_performance("moods"))
    renderer = create_renderer(chosen, width=512, height=512)
    pictures = []
    for index in range(FRAMES):
        shown = renderer.draw(
            character.pose(performance.at(index / 30)), FrameTimes.starting(index / 30)
        )
        pictures.append(VideoFrame(tuple(plane.copy() for plane in shown.planes), shown.times))
    rigs = [character.pose(performance.at(index / 10)) for index in range(2)]
    times = FrameTimes.starting(0.0)
    cost = _cpu_ms(lambda index: renderer.draw(rigs[index % 2], times), range(FRAMES))
    renderer.close()
    return pictures, cost


def _encode(pictures: list[VideoFrame], codec: str) -> float:
    encoder = ENCODERS[codec](BITRATE)
    ticks = iter(range(0, 3000 * FRAMES, 3000))
    return _cpu_ms(lambda picture: encoder.encode_picture(picture, next(ticks), False), pictures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--codec", choices=["vp8", "h264"], default="vp8")
    parser.add_argument("--avatar", default="ani")
    parser.add_argument("--media", type=Path, help="a video of a face; default: a moved photo")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = floor_ms(face_clip(Path(folder), options.media), options.codec, options.avatar)
    whole = sum(parts.values())
    for name, value in parts.items():
        print(f"{name:12} {value:6.2f} ms  {value / whole:5.0%}")
    print(f"{'floor':12} {whole:6.2f} ms, {whole * 30 / 1000:.3f} core at 30 fps")


if __name__ == "__main__":
    main()
