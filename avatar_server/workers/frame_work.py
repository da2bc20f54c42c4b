"""The work of one caller's frame, to be timed: from its packets in to its avatar's packets out,
with no caller and no network."""

from __future__ import annotations

import os
import socket
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
import pylibsrtp
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from avatar_server.avatar import Character
from avatar_server.config import Settings
from avatar_server.expression import ExpressionMapper, expression_of
from avatar_server.face import FaceModels
from avatar_server.face.regions import Region
from avatar_server.frames import from_av
from avatar_server.rtc.encoder import create_encoder
from avatar_server.types import ByteArray, Face, FrameTimes, VideoFrame
from avatar_server.workers.live import Costume

CAMERA: Final = (640, 480)
CAMERA_FPS: Final = 30
BITRATE: Final = 1_000_000
_PAYLOAD_BYTES: Final = 1200
_KEY_BYTES: Final = 30
"""Key and salt of AES-128 in counter mode (RFC 3711, 8.2)."""


class FrameWork:
    """Does one frame each time that it is called, ``frames`` times at most.

    Tracking runs all networks whether they see a face or not. Belongs to the thread that owns the
    models and the costume's renderer; ``models`` is None where another tracker than ours runs.
    """

    def __init__(
        self, models: FaceModels | None, costume: Costume, settings: Settings, frames: int
    ) -> None:
        self._models = models
        self._mapper = ExpressionMapper()
        # Another one than the costume's own, which shall not remember this.
        self._character = Character(costume.avatar)
        self._renderer = costume.renderer
        self._fps = settings.fps
        self._incoming = iter(_encoded([face_like(number) for number in range(frames)]))
        decoder = av.CodecContext.create("vp8", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.thread_count = 1
        self._decoder = decoder
        codec = "H264" if settings.codec == "h264" else "VP8"
        self._encoder = create_encoder(codec, BITRATE, 1, settings.hardware_encoder)
        self._packets = _Packets()
        self._done = 0

    def __call__(self) -> None:
        at_s = self._done / self._fps
        packet = next(self._incoming)
        self._packets.carry(_cut(bytes(packet)))
        for picture in self._decoder.decode(packet):
            self._track(from_av(picture, FrameTimes(at_s, 0)))
        rig = self._character.pose(expression_of(at_s, jawOpen=at_s % 1.0, eyeBlinkLeft=0.3))
        drawn = self._renderer.draw(rig, FrameTimes(at_s, 0))
        timestamp = self._done * 90_000 // self._fps
        self._packets.carry(self._encoder.encode_picture(drawn, timestamp, self._done == 0))
        self._done += 1

    def close(self) -> None:
        self._packets.close()

    def _track(self, frame: VideoFrame) -> None:
        if self._models is None:
            return
        everything = Region(frame.width / 2, frame.height / 2, frame.height, frame.height)
        points, presence = self._models.landmarks(frame, everything)
        scores = self._models.scores(points)
        head = self._models.head_pose.solve(points, frame.width / frame.height)
        placed = np.eye(4, dtype=np.float32) if head is None else head
        self._mapper.map(Face(points, scores, placed, presence), frame.times.capture_s)


class _Packets:
    """What packets cost: written, encrypted, sent, received, decrypted and read. A server does
    half of it for those that come and the other half for those that go, so each frame is carried
    once for both ways."""

    def __init__(self) -> None:
        key = os.urandom(_KEY_BYTES)
        self._send = _srtp(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self._receive = _srtp(key, pylibsrtp.Policy.SSRC_ANY_INBOUND)
        self._extensions = HeaderExtensionsMap()
        self._sequence = 0
        self._there, self._here = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    def carry(self, payloads: list[bytes]) -> None:
        for payload in payloads:
            packet = RtpPacket(payload_type=96, sequence_number=self._sequence, payload=payload)
            self._sequence += 1
            self._there.send(self._send.protect(packet.serialize(self._extensions)))
            received = self._receive.unprotect(self._here.recv(2 * _PAYLOAD_BYTES))
            RtpPacket.parse(received, self._extensions)

    def close(self) -> None:
        self._there.close()
        self._here.close()


def face_like(number: int) -> VideoFrame:
    """A camera's picture of what could be a face, which moves with ``number``; with the noise of a
    sensor, or decoding it would cost nothing."""
    width, height = CAMERA
    rows, columns = np.ogrid[:height, :width]
    across = (columns - width / 2 - 4 * number) / (0.16 * width)
    down = (rows - height / 2 - 2 * number) / (0.32 * height)
    luma = np.full((height, width), 70.0)
    luma[across**2 + down**2 < 1] = 170
    for eye in (-0.4, 0.4):
        luma[(across - eye) ** 2 + (2.5 * (down + 0.2)) ** 2 < 0.02] = 30
    luma[(across / 2) ** 2 + (5 * (down - 0.5)) ** 2 < 0.04] = 90
    noise = np.random.default_rng(number).integers(-6, 7, luma.shape)
    planes: tuple[ByteArray, ...] = (
        (luma + noise).astype(np.uint8),
        np.full((height // 2, width // 2), 118, np.uint8),
        np.full((height // 2, width // 2), 140, np.uint8),
    )
    return VideoFrame(planes, FrameTimes(number / CAMERA_FPS, 0))


def _encoded(frames: list[VideoFrame]) -> list[av.Packet[Any]]:
    """The pictures as a browser would send them in VP8."""
    width, height = CAMERA
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, CAMERA_FPS)
    encoder.bit_rate = BITRATE
    encoder.thread_count = 1
    encoder.options = {"deadline": "realtime", "cpu-used": "-12", "lag-in-frames": "0"}
    packets: list[av.Packet[Any]] = []
    for number, frame in enumerate(frames):
        stacked = np.concatenate([plane.reshape(-1, width) for plane in frame.planes])
        picture = av.VideoFrame.from_ndarray(stacked, format="yuv420p")
        picture.pts = number
        packets += encoder.encode(picture)
    return packets


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + _PAYLOAD_BYTES] for at in range(0, len(data), _PAYLOAD_BYTES)]


def _srtp(key: bytes, direction: int) -> pylibsrtp.Session:
    profile = pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80
    return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile))
