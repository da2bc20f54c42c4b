"""A caller made of stock aiortc, as the other end of the sessions under test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from av import AudioFrame
from av import VideoFrame as AvFrame

from avatar_server.frames import to_av
from avatar_server.rtc import RtcOptions, RtcSession
from avatar_server.types import FrameTimes, VideoFrame

BACKGROUND = 60
SQUARE = 200
CLOCK = Fraction(1, 90_000)


def square_left(luma: np.ndarray) -> int:
    """The column where the square of ``drawn`` begins."""
    row = luma[luma.shape[0] // 2].astype(int)
    return int(np.argmax(row > (BACKGROUND + SQUARE) // 2))


def drawn(width: int, height: int, step: int = 0) -> VideoFrame:
    """A grey picture of any size with a bright square that wanders with ``step``, as a renderer
    would hand it over."""
    luma = np.full((height, width), BACKGROUND, np.uint8)
    side = max(height // 4, 1)
    left = (step * 8) % max(width - side, 1)
    top = height // 2 - side // 2
    luma[top : top + side, left : left + side] = SQUARE
    chroma = np.full(((height + 1) // 2, (width + 1) // 2), 128, np.uint8)
    return VideoFrame((luma, chroma, chroma.copy()), FrameTimes(step / 30, 0))


class SquareCamera(MediaStreamTrack):
    """A camera that sees the wandering square."""

    kind = "video"

    def __init__(self, width: int = 320, height: int = 240, fps: float = 30.0) -> None:
        super().__init__()
        self.size = (width, height)
        self.sent: list[int] = []
        self._fps = fps
        self._start: float | None = None

    async def recv(self) -> AvFrame:
        step = len(self.sent)
        if self._start is None:
            self._start = time.monotonic()
        await asyncio.sleep(max(0.0, self._start + step / self._fps - time.monotonic()))
        frame = to_av(drawn(*self.size, step))
        frame.pts = int(step * 90_000 / self._fps)
        frame.time_base = CLOCK
        self.sent.append(frame.pts)
        return frame


class ToneMicrophone(MediaStreamTrack):
    """A microphone that hears a tone of 440 Hz."""

    kind = "audio"
    RATE = 48_000
    SAMPLES = 960

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._start = time.monotonic()

    async def recv(self) -> AudioFrame:
        at = self._sent * self.SAMPLES
        await asyncio.sleep(max(0.0, self._start + at / self.RATE - time.monotonic()))
        times = (np.arange(self.SAMPLES) + at) / self.RATE
        tone = (8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
        frame = AudioFrame.from_ndarray(tone[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = self.RATE
        frame.pts = at
        frame.time_base = Fraction(1, self.RATE)
        self._sent += 1
        return frame


class Caller:
    """A client with a camera, and what it receives."""

    def __init__(
        self,
        *,
        codec: str | None = None,
        camera: MediaStreamTrack | None = None,
        microphone: MediaStreamTrack | None = None,
        channels: bool = False,
        direction: str = "sendrecv",
    ) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames: list[AvFrame] = []
        self.sound: list[AudioFrame] = []
        self._readers: list[asyncio.Task[None]] = []
        self.connection.on("track", self._read)
        self.transceiver = self.connection.addTransceiver(camera or "video", direction)
        if codec:
            capabilities = RTCRtpSender.getCapabilities("video").codecs
            chosen = [c for c in capabilities if c.name in (codec, "rtx")]
            self.transceiver.setCodecPreferences(chosen)
        if microphone:
            self.connection.addTrack(microphone)
        self.control = self.connection.createDataChannel("control") if channels else None
        self.expression = (
            self.connection.createDataChannel("expression", ordered=False, maxRetransmits=0)
            if channels
            else None
        )

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def call(self, session: RtcSession) -> None:
        await self.accept(await session.answer(await self.offer()))

    async def close(self) -> None:
        await self.connection.close()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    def vanish(self) -> None:
        """Closes the sockets and says nothing, as a machine that lost its power."""
        ice = self.connection.getTransceivers()[0].receiver.transport.transport._connection
        for protocol in ice._protocols:
            protocol.transport.abort()

    def _read(self, track: MediaStreamTrack) -> None:
        self._readers.append(asyncio.create_task(self._keep(track)))

    async def _keep(self, track: MediaStreamTrack) -> None:
        kept: list = self.frames if track.kind == "video" else self.sound
        while True:
            kept.append(await track.recv())


class Echo:
    """A session that sends every camera frame back as it came."""

    def __init__(self, options: RtcOptions | None = None, session_id: str = "echo") -> None:
        self.received: list[VideoFrame] = []
        self.messages: list = []
        self.reasons: list[str] = []
        self.sent: list = []
        self.echoing = True
        self.session = RtcSession(
            session_id,
            on_frame=self._frame,
            on_control=self.messages.append,
            on_closed=self.reasons.append,
            options=options,
            on_sent=lambda times, timestamp: self.sent.append((times, timestamp)),
        )

    def _frame(self, frame: VideoFrame) -> None:
        self.received.append(frame)
        if self.echoing:
            self.session.send_picture(frame)


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Waits until ``condition`` holds; fails the test where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("What was waited for did not happen")
        await asyncio.sleep(0.02)
