"""How many callers fit: the work of one frame, timed on the machine that will do it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np

from avatar_server.config import Settings
from avatar_server.expression import expression_of
from avatar_server.face import FaceModels
from avatar_server.face.regions import Region
from avatar_server.rtc.encoder import create_encoder
from avatar_server.types import FrameTimes, VideoFrame
from avatar_server.workers.live import Costume
from avatar_server.workers.pipeline_thread import PipelineThread

FRAMES: Final = 12
CAMERA: Final = (640, 480)
BITRATE: Final = 1_000_000
OVERHEAD: Final = 1.25
"""What a caller costs beside the work measured here: packets, encryption, the event loop."""
_OTHER_TRACKER_S: Final = 0.02
"""What a frame costs MediaPipe's own tracker, about."""
UTILISATION: Final = 0.9
"""A machine that is busier than this answers late."""


async def measure_capacity(
    thread: PipelineThread, models: FaceModels | None, costume: Costume, settings: Settings
) -> int:
    """Callers that one worker takes at ``settings.fps``, 1 at least. Each timed step is one turn of
    the pipeline thread, so that sessions that run already are hardly held up.

    ``models`` is None where another tracker than ours runs; its time is then assumed.
    """
    bench = _Bench(models, costume, settings)
    cost_s = 0.0
    for step in (bench.decode, bench.track, bench.draw, bench.encode):
        cost_s += await _time(thread, step)
    cores = _cores_a_worker(settings)
    return max(1, int(cores * UTILISATION / (OVERHEAD * cost_s * settings.fps)))


class _Bench:
    """The steps of one frame; each call of a step does the next frame."""

    def __init__(self, models: FaceModels | None, costume: Costume, settings: Settings) -> None:
        self._models = models
        self._costume = costume
        self._fps = settings.fps
        self._camera = _camera_frame()
        self._packets = _encoded(self._camera)
        self._decoder = av.CodecContext.create("vp8", "r")
        self._encoder = create_encoder("H264" if settings.codec == "h264" else "VP8", BITRATE, 1)
        self._drawn: list[VideoFrame] = []
        self._frames_encoded = 0

    def decode(self) -> None:
        self._decoder.decode(self._packets.pop(0))

    def track(self) -> None:
        if self._models is None:
            time.sleep(_OTHER_TRACKER_S)
            return
        width, height = CAMERA
        everything = Region(width / 2, height / 2, height, height)
        landmarks, _ = self._models.landmarks(self._camera, everything)
        self._models.scores(landmarks)

    def draw(self) -> None:
        at_s = len(self._drawn) / self._fps
        rig = self._costume.character.pose(expression_of(at_s, jawOpen=at_s % 1.0))
        self._drawn.append(self._costume.renderer.draw(rig, FrameTimes(at_s, 0)))

    def encode(self) -> None:
        number = self._frames_encoded
        self._encoder.encode_picture(
            self._drawn[number], number * 90_000 // self._fps, keyframe=number == 0
        )
        self._frames_encoded += 1


async def _time(thread: PipelineThread, step: Callable[[], None]) -> float:
    """Seconds of one ``step``: the lower quartile, which other programs disturb least. The first
    run, which allocates, is not counted."""

    def timed() -> float:
        began = time.perf_counter()
        step()
        return time.perf_counter() - began

    times = [await thread.call(timed) for _ in range(FRAMES)]
    return statistics.quantiles(times[1:], n=4)[0]


def _cores_a_worker(settings: Settings) -> float:
    """Cores that one worker can use: its share of the machine, and not much more than one, as one
    thread draws for all its callers."""
    available = len(os.sched_getaffinity(0)) if settings.worker_count == 1 else os.cpu_count() or 1
    return min(max(available / settings.worker_count, 0.5), 1.5)


def _camera_frame() -> VideoFrame:
    """A picture with some structure, in a camera's usual size."""
    width, height = CAMERA
    luma = np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return VideoFrame((luma, chroma, chroma), FrameTimes(0.0, 0))


def _encoded(frame: VideoFrame) -> list[av.Packet[Any]]:
    """The picture as VP8 packets, one for each frame to decode, each a little different."""
    width, height = CAMERA
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.bit_rate = BITRATE
    encoder.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0"}
    packets: list[av.Packet[Any]] = []
    for number in range(FRAMES):
        planes = [np.roll(plane, number, axis=1) for plane in frame.planes]
        stacked = np.concatenate([plane.reshape(-1, width) for plane in planes])
        picture = av.VideoFrame.from_ndarray(stacked, format="yuv420p")
        picture.pts = number
        packets += encoder.encode(picture)
    return packets
