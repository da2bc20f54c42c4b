"""H.264 on a GPU where there is one, and without one the same pictures from x264."""

import av
import pytest

from avatar_server.rtc import encoder as encoders
from avatar_server.rtc.encoder import NvencH264Encoder, create_encoder, nvenc_works
from tests.rtc.client import drawn, square_left
from tests.rtc.test_sizes import decode, unpacked


@pytest.mark.parametrize("size", [(16, 16), (512, 512)], ids=str)
async def test_with_a_gpu_or_without_every_picture_comes_at_once(size):
    encoder, encoded = NvencH264Encoder(800_000), []
    for n in range(12):
        if n == 6:
            encoder.set_bitrate(400_000)
        payloads = encoder.encode_picture(drawn(*size, n), n * 3000, n in (0, 9))
        encoded.append(unpacked("H264", payloads, n * 3000))
    assert [frame.keyframe for frame in encoded] == [n in (0, 9) for n in range(12)]
    frames = await decode("H264", encoded)
    assert [(frame.width, frame.height) for frame in frames] == [size] * 12
    if size[0] >= 64:
        for n, frame in enumerate(frames):
            assert abs(square_left(frame.planes[0]) - square_left(drawn(*size, n).planes[0])) <= 3


def test_a_session_without_a_gpu_that_works_gets_x264():
    encoder = create_encoder("H264", 500_000, 1, hardware=True)
    assert isinstance(encoder, NvencH264Encoder) == nvenc_works()
    assert type(create_encoder("H264", 500_000, 1)) is encoders.RealtimeH264Encoder


@pytest.mark.parametrize("fault", ["late", "wrong picture", "no keyframe"])
def test_hardware_that_does_not_do_its_work_is_left_alone(fault, monkeypatch):
    """x264 in the place of the GPU's encoder: right, and wrong in one way."""

    class Codec:
        name = "h264_nvenc"

        def __init__(self, codec):
            self.codec, self.held = codec, []

        def encode(self, frame):
            if fault == "wrong picture":
                shown = av.VideoFrame.from_ndarray(255 - frame.to_ndarray(), format="yuv420p")
                shown.pts, shown.pict_type = frame.pts, frame.pict_type
                frame = shown
            if fault == "no keyframe":
                frame.pict_type = av.video.frame.PictureType.NONE
            packets = self.codec.encode(frame)
            if fault == "late":
                packets, self.held = self.held, packets
            return packets

    def opened(self, width, height):
        return Codec(encoders.RealtimeH264Encoder._open(self, width, height))

    monkeypatch.setattr(NvencH264Encoder, "_open", opened)
    assert not nvenc_works.__wrapped__()
    fault = "none"
    assert nvenc_works.__wrapped__()
