"""Marks: read back after a real codec, never read where there is none."""

import av
import numpy as np
import pytest

from avatar_server import marks
from avatar_server.frames import from_av, to_av
from avatar_server.types import FrameTimes, VideoFrame


def picture(width: int, height: int, seed: int = 0) -> VideoFrame:
    rng = np.random.default_rng(seed)
    half = ((height + 1) // 2, (width + 1) // 2)
    planes = [rng.integers(16, 235, size, dtype=np.uint8) for size in ((height, width), half, half)]
    return VideoFrame(tuple(planes), FrameTimes.starting(0.0))


@pytest.mark.parametrize("codec", ["libvpx", "libx264"])
@pytest.mark.parametrize("size", [(640, 480), (512, 512), (320, 240)])
def test_a_mark_outlives_a_codec(codec: str, size: tuple[int, int]) -> None:
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.bit_rate, encoder.framerate = 500_000, 30
    encoder.options = {"deadline": "realtime"} if codec == "libvpx" else {"tune": "zerolatency"}
    decoder = av.CodecContext.create("vp8" if codec == "libvpx" else "h264", "r")
    numbers = [0, 1, 255, 256, 4660, 43690, 65535, 70000]
    read = []
    for index, number in enumerate(numbers):
        frame = picture(*size, seed=1)
        marks.burn(frame, number)
        ours = to_av(frame)
        ours.pts = index
        for packet in encoder.encode(ours):
            read += [marks.read(from_av(f, frame.times)) for f in decoder.decode(packet)]
    for packet in encoder.encode(None):
        read += [marks.read(from_av(f, picture(2, 2).times)) for f in decoder.decode(packet)]
    read += [marks.read(from_av(f, picture(2, 2).times)) for f in decoder.decode(None)]
    assert read == [n % 65536 for n in numbers]


def test_no_mark_is_not_read() -> None:
    found = [marks.read(picture(256, 256, seed)) for seed in range(200)]
    assert found.count(None) >= 199
    flat = VideoFrame(
        tuple(np.full(s, 90, np.uint8) for s in ((256, 256), (128, 128), (128, 128))),
        FrameTimes.starting(0.0),
    )
    assert marks.read(flat) is None


def test_a_tiny_picture_is_left_alone() -> None:
    frame = picture(64, 64)
    before = frame.planes[0].copy()
    marks.burn(frame, 5)
    assert (frame.planes[0] == before).all()
    assert marks.read(frame) is None
