"""The bare work of one frame, and nothing else: what no service of this kind can do without.

    python benchmarks/floor.py --codec vp8 --avatar ani
    python benchmarks/floor.py --frames-per-second 0

Decode 640x480, run the landmark and blendshape networks, draw the avatar and read it back at
512x512, encode, one frame after the other; poses and packets were made beforehand. CPU is the
process's, all threads.

Frames come at the pace of a call: a processor that was idle until the frame came takes longer for
the same work than one that is never idle (a tenth, on the machine of docs/performance.md). At a
pace of 0 they come as fast as they are done.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

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

FRAMES = 200
WARM_UP = 30
BITRATE = 1_000_000
T = TypeVar("T")
ENCODERS = {"vp8": RealtimeVp8Encoder, "h264": RealtimeH264Encoder}


def floor_ms(
    media: Path, codec: str = "vp8", avatar: str = "ani", frames_per_s: float = 30.0
) -> dict[str, float]:
    """CPU milliseconds a frame of each part, the parts taking turns as a service's frames do:
    each finds the caches as the others left them. ``frames_per_s`` 0 is without a pause."""
    decoder, packets = received_packets(media, codec, (640, 480))
    draw, encode = _drawing(avatar), _encoding(codec)
    landmarks = _network("face_landmarks_detector.tflite", (256, 256, 3))
    blendshapes = _network("face_blendshapes.tflite", (146, 2))
    spent = dict.fromkeys(("decode", "landmarks", "blendshapes", "draw", "encode"), 0.0)

    def timed(part: str, work: Callable[[], T]) -> T:
        began = time.process_time()
        result = work()
        spent[part] += time.process_time() - began
        return result

    due = time.monotonic()
    for index, packet in enumerate(packets):
        if index == WARM_UP:
            spent = dict.fromkeys(spent, 0.0)
        if frames_per_s:
            due = max(due + 1 / frames_per_s, time.monotonic())
            time.sleep(max(due - time.monotonic(), 0.0))
        timed("decode", lambda packet=packet: decoder.decode(packet))
        timed("landmarks", landmarks)
        timed("blendshapes", blendshapes)
        picture = timed("draw", lambda index=index: draw(index))
        timed("encode", lambda index=index, picture=picture: encode(picture, index))
    return {part: seconds / (FRAMES - WARM_UP) * 1000 for part, seconds in spent.items()}


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


def _network(member: str, shape: tuple[int, ...]) -> Callable[[], object]:
    with zipfile.ZipFile(find_model()) as bundle:
        network = Network(bundle.read(member))
    values = np.random.default_rng(0).random(shape, np.float32)
    return lambda: network.run(values)


def _drawing(avatar: str) -> Callable[[int], VideoFrame]:
    """Draws a frame of a performance that was posed beforehand."""
    chosen = find_avatar(avatar)
    character, performance = Character(chosen), load_performance(find_performance("moods"))
    renderer = create_renderer(chosen, width=512, height=512)
    rigs = [character.pose(performance.at(index / 30)) for index in range(FRAMES)]
    return lambda index: renderer.draw(rigs[index], FrameTimes.starting(index / 30))


def _encoding(codec: str) -> Callable[[VideoFrame, int], object]:
    encoder = ENCODERS[codec](BITRATE)
    return lambda picture, index: encoder.encode_picture(picture, 3000 * index, False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--codec", choices=["vp8", "h264"], default="vp8")
    parser.add_argument("--avatar", default="ani")
    parser.add_argument("--media", type=Path, help="a video of a face; default: a moved photo")
    parser.add_argument("--frames-per-second", type=float, default=30.0, help="0: without a pause")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = floor_ms(
            face_clip(Path(folder), options.media),
            options.codec,
            options.avatar,
            options.frames_per_second,
        )
    whole = sum(parts.values())
    for name, value in parts.items():
        print(f"{name:12} {value:6.2f} ms  {value / whole:5.0%}")
    print(f"{'floor':12} {whole:6.2f} ms, {whole * 30 / 1000:.3f} core at 30 fps")


if __name__ == "__main__":
    main()
