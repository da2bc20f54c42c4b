"""Pictures of every size, changing in mid-call, both ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from avatar_server.rtc.decoder import CLOCK_RATE, DecoderThread
from avatar_server.rtc.encoder import create_encoder
from avatar_server.rtc.frame_assembly import EncodedFrame
from avatar_server.rtc.payload import read_payload
from avatar_server.types import FrameTimes, VideoFrame
from tests.rtc.client import Caller, Echo, SquareCamera, drawn, square_left, until


async def decode(codec: str, encoded: list[EncodedFrame]) -> list[VideoFrame]:
    frames: list[VideoFrame] = []
    decoder = DecoderThread(codec, "test", frames.append, lambda: None)
    for frame in encoded:
        count = decoder.frames_decoded
        decoder.submit(frame)
        await until(lambda count=count: decoder.frames_decoded > count)
    decoder.close()
    await decoder.ended()
    return frames


def unpacked(codec: str, payloads: list[bytes], timestamp: int) -> EncodedFrame:
    parts = [read_payload(codec, payload) for payload in payloads]
    return EncodedFrame(b"".join(data for data, _ in parts), timestamp, parts[0][1], 0, 0)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (321, 241), (512, 512), (3840, 2160)], ids=str)
async def test_a_picture_of_any_size_is_encoded_and_decoded(
    codec: str, size: tuple[int, int]
) -> None:
    width, height = size
    encoder = create_encoder(codec, 3_000_000, threads=1)
    encoded = [
        unpacked(codec, encoder.encode_picture(drawn(width, height, n), n * 3000, n == 0), n * 3000)
        for n in range(3)
    ]
    assert encoded[0].keyframe
    assert not encoded[1].keyframe
    frames = await decode(codec, encoded)
    assert len(frames) == 3
    padded = (width + width % 2, height + height % 2) if codec == "H264" else size
    for n, frame in enumerate(frames):
        assert (frame.width, frame.height) == padded
        assert frame.times.capture_s == n * 3000 / CLOCK_RATE
        if width >= 64:
            shown = frame.planes[0][:height, :width]
            assert abs(square_left(shown) - square_left(drawn(width, height, n).planes[0])) <= 3


async def test_a_picture_beyond_4k_is_refused_and_the_next_one_served() -> None:
    frames: list[VideoFrame] = []
    troubles: list[None] = []
    decoder = DecoderThread("VP8", "test", frames.append, lambda: troubles.append(None))
    for n, size in enumerate([(5000, 3000), (320, 240)]):
        encoder = create_encoder("VP8", 3_000_000, threads=1)
        decoder.submit(unpacked("VP8", encoder.encode_picture(drawn(*size), 0, True), 3000 * n))
    await until(lambda: bool(frames))
    assert [(f.width, f.height) for f in frames] == [(320, 240)]
    assert len(troubles) == 1
    decoder.close()
    await decoder.ended()


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_change_of_size_begins_with_a_keyframe(codec: str) -> None:
    encoder = create_encoder(codec, 1_000_000, threads=1)
    sizes = [(320, 240), (320, 240), (512, 512), (512, 512), (64, 48)]
    encoded = [
        unpacked(codec, encoder.encode_picture(drawn(*size, n), n * 3000, n == 0), n * 3000)
        for n, size in enumerate(sizes)
    ]
    assert [frame.keyframe for frame in encoded] == [True, False, True, False, True]
    frames = await decode(codec, encoded)
    assert [(f.width, f.height) for f in frames] == sizes


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_keyframe_comes_when_it_is_asked_for(codec: str) -> None:
    encoder = create_encoder(codec, 1_000_000, threads=1)
    kinds = [
        unpacked(codec, encoder.encode_picture(drawn(320, 240, n), n * 3000, n in (0, 5)), 0)
        for n in range(8)
    ]
    assert [n for n, frame in enumerate(kinds) if frame.keyframe] == [0, 5]


async def test_rgb_pictures_are_sent_too() -> None:
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 255
    encoder = create_encoder("VP8", 1_000_000, threads=1)
    picture = VideoFrame((red,), FrameTimes(0.0, 0))
    encoded = unpacked("VP8", encoder.encode_picture(picture, 0, True), 0)
    (frame,) = await decode("VP8", [encoded])
    y, u, v = (int(plane[10, 10]) for plane in frame.planes)
    # ITU-R BT.601, limited range: red is (81, 90, 240).
    assert abs(y - 81) <= 3
    assert abs(u - 90) <= 3
    assert abs(v - 240) <= 3


def shape_of(frames: list) -> tuple[int, int] | None:
    return (frames[-1].width, frames[-1].height) if frames else None


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_the_camera_changes_its_size_in_mid_call(codec: str) -> None:
    echo = Echo()
    camera = SquareCamera(320, 240)
    caller = Caller(codec=codec, camera=camera)
    await caller.call(echo.session)
    sizes = [(320, 240), (640, 360), (160, 120)] + ([(33, 17), (1, 1)] if codec == "VP8" else [])
    for size in sizes:
        camera.size = size
        await until(lambda size=size: shape_of(echo.received) == size)
        await until(lambda size=size: shape_of(caller.frames) == size)
    assert echo.session.state == "live"
    await caller.close()
    await echo.session.close()


async def test_the_avatar_changes_its_size_in_mid_call() -> None:
    echo = Echo()
    echo.echoing = False
    caller = Caller(camera=SquareCamera())
    await caller.call(echo.session)
    for size in ((256, 256), (512, 512), (320, 180), (101, 77)):

        def shown(size: tuple[int, int] = size) -> bool:
            if echo.received:
                times = echo.received[-1].times
                echo.session.send_picture(replace(drawn(*size), times=times))
            return (
                bool(caller.frames) and (caller.frames[-1].width, caller.frames[-1].height) == size
            )

        await until(shown)
    await caller.close()
    await echo.session.close()


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_a_keyframe_is_no_burst(codec: str) -> None:
    photo = data.astronaut()
    encoder = create_encoder(codec, 500_000, threads=1)
    sizes = [
        sum(map(len, encoder.encode_picture(picture, 3000 * n, n in (0, 15))))
        for n, picture in enumerate([VideoFrame((photo,), FrameTimes(0.0, 0))] * 30)
    ]
    assert all(8 * size < 0.4 * 500_000 for size in sizes)
