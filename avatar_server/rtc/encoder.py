"""Encoders for the avatar's picture, as subclasses of aiortc's: its packetisation, our settings.

What differs from aiortc's own, and why:

* One encoder thread (or as many as told), no sliced threads: with many callers a core each is
  the most throughput, and slices cost bits.
* VP8: no noise reduction (a drawn picture has no noise), error resilience, and a higher speed.
* H.264: x264's ``ultrafast`` preset; aiortc keeps the default one, ``medium``.
* H.264 on a GPU that has NVENC, where that was tried and works.
* A change of bitrate reaches x264 in the running encoder and makes no keyframe.
"""

from __future__ import annotations

import logging
from fractions import Fraction
from functools import cache
from typing import Final

import av
import numpy as np
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.frame import VideoFrame as AvFrame

from avatar_server.frames import to_av
from avatar_server.types import VideoFrame

logger = logging.getLogger(__name__)

CLOCK_RATE: Final = 90_000
_TIME_BASE: Final = Fraction(1, CLOCK_RATE)
_NOMINAL_RATE: Final = 30
_KEYFRAME_INTERVAL: Final = 3000
"""Frames: 100 s at 30 per second. Keyframes come on request."""
_KEYFRAME_PERCENT: Final = 900
"""Size of a keyframe at most, of a frame's fair share: 0.3 s of the bitrate. A larger one is late,
and so is all behind it; the frames after it sharpen the picture."""


class _PictureEncoder:
    """What both encoders share."""

    def encode_picture(self, picture: VideoFrame, pts: int, keyframe: bool) -> list[bytes]:
        """As ``encode_frame``, of a picture as it is."""
        return self.encode_frame(self.take(picture), pts, keyframe)

    def take(self, picture: VideoFrame) -> AvFrame:
        raise NotImplementedError

    def encode_frame(self, frame: AvFrame, pts: int, keyframe: bool) -> list[bytes]:
        raise NotImplementedError


class RealtimeVp8Encoder(_PictureEncoder, Vp8Encoder):
    """libvpx for a drawn picture in real time."""

    def __init__(self, bitrate: int, threads: int = 1) -> None:
        super().__init__()
        self._bitrate = bitrate
        self._threads = threads

    def set_bitrate(self, bitrate: int) -> None:
        """FFmpeg's libvpx wrapper takes no change in a running encoder: the next picture starts
        a new one, with a keyframe. So the caller changes it seldom."""
        if bitrate != self._bitrate:
            self._bitrate = bitrate
            self.codec = None

    def take(self, picture: VideoFrame) -> AvFrame:
        """A copy of ``picture`` in the form that ``encode_frame`` wants."""
        return to_av(picture)

    def encode_frame(self, frame: AvFrame, pts: int, keyframe: bool) -> list[bytes]:
        """RTP payloads of one picture; ``pts`` in ticks of 90 kHz, always growing."""
        codec = self.codec
        if codec is None or (codec.width, codec.height) != (frame.width, frame.height):
            codec = self.codec = self._open(frame.width, frame.height)
        data = _encode(codec, frame, pts, keyframe)
        payloads = self._packetize(data, self.picture_id) if data else []
        self.picture_id = (self.picture_id + 1) % (1 << 15)
        return payloads

    def _open(self, width: int, height: int) -> VideoCodecContext:
        codec = _create_encoder("libvpx", width, height, self._bitrate, self._threads)
        codec.qmin = 2
        codec.qmax = 56
        codec.options = {
            "deadline": "realtime",
            "cpu-used": "-12",
            "lag-in-frames": "0",
            "error-resilient": "default",
            # Equal bounds make a constant bitrate (FFmpeg, libvpxenc.c); one second of buffer.
            "minrate": str(self._bitrate),
            "maxrate": str(self._bitrate),
            "bufsize": str(self._bitrate),
            "max-intra-rate": str(_KEYFRAME_PERCENT),
            "undershoot-pct": "100",
            "overshoot-pct": "15",
            # Blocks that change less are skipped; a drawn background does not change at all.
            "static-thresh": "300",
        }
        return codec


class RealtimeH264Encoder(_PictureEncoder, H264Encoder):
    """x264, constrained baseline, for a drawn picture in real time."""

    def __init__(self, bitrate: int, threads: int = 1) -> None:
        super().__init__()
        self._bitrate = bitrate
        self._threads = threads

    def set_bitrate(self, bitrate: int) -> None:
        """x264 takes the new rate with the next picture."""
        self._bitrate = bitrate
        if self.codec is not None:
            self.codec.bit_rate = bitrate

    def take(self, picture: VideoFrame) -> AvFrame:
        """A copy of ``picture`` in the form that ``encode_frame`` wants."""
        return to_av(picture, even=True)

    def encode_frame(self, frame: AvFrame, pts: int, keyframe: bool) -> list[bytes]:
        """RTP payloads of one picture; ``pts`` in ticks of 90 kHz, always growing."""
        codec = self.codec
        if codec is None or (codec.width, codec.height) != (frame.width, frame.height):
            codec = self.codec = self._open(frame.width, frame.height)
        data = _encode(codec, frame, pts, keyframe)
        return self._packetize(self._split_bitstream(data)) if data else []

    def _open(self, width: int, height: int) -> VideoCodecContext:
        codec = _create_encoder("libx264", width, height, self._bitrate, self._threads)
        codec.profile = "Baseline"
        codec.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "x264-params": "sliced-threads=0:sync-lookahead=0:repeat-headers=1",
            # The buffer bounds a keyframe; the bound on the rate is wide, as the rate may grow.
            "maxrate": str(4 * self._bitrate),
            "bufsize": str(_KEYFRAME_PERCENT * self._bitrate // 100 // _NOMINAL_RATE),
            "forced-idr": "1",
        }
        return codec


class NvencH264Encoder(RealtimeH264Encoder):
    """NVIDIA's encoder; x264 where it cannot be had, as beyond the number of pictures of different
    callers that a consumer's GPU encodes at a time."""

    def _open(self, width: int, height: int) -> VideoCodecContext:
        codec = _create_encoder("h264_nvenc", width, height, self._bitrate, 1)
        codec.profile = "Baseline"
        codec.options = {
            "preset": "p1",
            "tune": "ull",
            "zerolatency": "1",
            "delay": "0",
            "rc": "cbr",
            "maxrate": str(self._bitrate),
            "bufsize": str(_KEYFRAME_PERCENT * self._bitrate // 100 // _NOMINAL_RATE),
            "forced-idr": "1",
        }
        try:
            codec.open()
        except av.FFmpegError as error:
            logger.info("NVENC takes no further stream (%s): x264 encodes this one", error)
            return super()._open(width, height)
        return codec


@cache
def nvenc_works() -> bool:
    """Whether pictures come out of NVENC as they went in, one by one; tried once."""
    encoder = NvencH264Encoder(1_000_000)
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    grey = AvFrame.from_ndarray(np.full((384, 256), 90, np.uint8), format="yuv420p")
    try:
        codec = encoder.codec = encoder._open(256, 256)
        if codec.name != "h264_nvenc":
            return False
        for index in range(4):
            data = _encode(codec, grey, 3000 * index, keyframe=index == 2)
            shown = decoder.decode(av.Packet(data)) if data else []
            if [bool(frame.key_frame) for frame in shown] != [index in (0, 2)]:
                return False
            if abs(float(shown[0].to_ndarray()[:256].mean()) - 90) > 8:
                return False
    except av.FFmpegError as error:
        logger.warning("NVENC is there but does not work: %s", error)
        return False
    return True


VideoEncoder = RealtimeVp8Encoder | RealtimeH264Encoder


def create_encoder(codec: str, bitrate: int, threads: int, hardware: bool = False) -> VideoEncoder:
    """The encoder of ``codec``, 'VP8' or 'H264'; with ``hardware`` by a GPU that can."""
    if codec == "VP8":
        return RealtimeVp8Encoder(bitrate, threads)
    if hardware and nvenc_works():
        return NvencH264Encoder(bitrate, threads)
    return RealtimeH264Encoder(bitrate, threads)


def _create_encoder(
    name: str, width: int, height: int, bitrate: int, threads: int
) -> VideoCodecContext:
    codec = av.CodecContext.create(name, "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width = width
    codec.height = height
    codec.bit_rate = bitrate
    codec.pix_fmt = "yuv420p"
    codec.time_base = _TIME_BASE
    codec.framerate = Fraction(_NOMINAL_RATE, 1)
    codec.gop_size = _KEYFRAME_INTERVAL
    codec.thread_count = threads
    return codec


def _encode(codec: VideoCodecContext, frame: AvFrame, pts: int, keyframe: bool) -> bytes:
    frame.pts = pts
    frame.time_base = _TIME_BASE
    frame.pict_type = PictureType.I if keyframe else PictureType.NONE
    return b"".join([bytes(packet) for packet in codec.encode(frame)])
