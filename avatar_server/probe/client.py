"""One caller: a real WebRTC client in a process of its own."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from avatar_server import marks
from avatar_server.frames import from_av
from avatar_server.probe.camera import CameraTrack
from avatar_server.probe.impairment import impair
from avatar_server.probe.options import ClientRecord, ProbeOptions
from avatar_server.probe.wire import WireTap
from avatar_server.types import FrameTimes

CONNECT_S = 15.0
MIME = {"vp8": "video/VP8", "h264": "video/H264"}


def call(options: ProbeOptions, client: int) -> ClientRecord:
    """Call the server, stay for the time asked for, hang up. Never raises: what went wrong is in
    ``ClientRecord.error``."""
    record = ClientRecord(client)
    try:
        asyncio.run(Caller(options, record).run())
    except (OSError, RuntimeError, ValueError, httpx.HTTPError) as error:
        record.error = str(error) or type(error).__name__
    return record


class Caller:
    """The life of one call."""

    def __init__(self, options: ProbeOptions, record: ClientRecord) -> None:
        self._options = options
        self._record = record
        self._sent_at: dict[int, float] = {}
        self._posted_at = 0.0
        self._measuring_from = float("inf")
        self._peer = RTCPeerConnection()
        self._tap = WireTap()
        self._first = asyncio.Event()
        self._receiving: asyncio.Task[None] | None = None

    async def run(self) -> None:
        options, record = self._options, self._record
        camera = CameraTrack(
            options.media,
            options.width,
            options.height,
            options.fps,
            numbered=options.marks,
            on_frame=self._handed_over,
        )
        self._peer.on("track", self._on_track)
        transceiver = self._peer.addTransceiver(camera, direction="sendrecv")
        self._prefer(transceiver)
        control = self._peer.createDataChannel("control")
        control.on("message", self._on_control)
        location = ""
        headers = {"authorization": f"Bearer {options.token}"} if options.token else {}
        async with httpx.AsyncClient(base_url=options.url, headers=headers, timeout=20) as http:
            try:
                location = await self._connect(http)
                await asyncio.wait_for(self._first.wait(), CONNECT_S)
                await asyncio.sleep(options.warm_up_s)
                self._measuring_from = time.monotonic()
                await asyncio.sleep(options.seconds)
                await self._read_statistics(transceiver)
                record.packets_received, record.packets_lost = self._tap.packets()
                record.wire_ms = self._tap.delays_ms(self._measuring_from)
            except TimeoutError:
                record.error = f"no avatar frame within {CONNECT_S:.0f} s of the answer"
            finally:
                await self._hang_up(http, location, camera)

    async def _connect(self, http: httpx.AsyncClient) -> str:
        await self._peer.setLocalDescription(await self._peer.createOffer())
        dtls = self._peer.getTransceivers()[0].sender.transport
        self._tap.listen(dtls)
        impair(dtls.transport, self._options.impairment, seed=1000 * (self._record.client + 1))
        self._posted_at = time.monotonic()
        answer = await http.post(
            "/v1/sessions",
            params={"avatar": self._options.avatar, "marks": int(self._options.marks)},
            content=self._peer.localDescription.sdp,
            headers={"content-type": "application/sdp"},
        )
        if answer.status_code != 201:
            raise RuntimeError(_refusal(answer))
        await self._peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer.headers["location"]

    def _prefer(self, transceiver: Any) -> None:
        # Retransmission in a stream of its own, as browsers ask for it.
        wanted = {MIME[self._options.codec].lower(), "video/rtx"}
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() in wanted])

    def _handed_over(self, number: int, _timestamp: int) -> None:
        self._sent_at[number % marks.NUMBERS] = time.monotonic()
        if time.monotonic() >= self._measuring_from:
            self._record.sent += 1

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._receiving = asyncio.ensure_future(self._receive(track))

    async def _receive(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                picture: Any = await track.recv()
                self._received(picture, time.monotonic())
        except MediaStreamError:
            return

    def _received(self, picture: Any, now: float) -> None:
        if not self._first.is_set():
            self._record.first_frame_ms = (now - self._posted_at) * 1000
            self._first.set()
        if now < self._measuring_from:
            return
        self._record.arrivals_s.append(now)
        if not self._options.marks:
            return
        number = marks.read(from_av(picture, FrameTimes.starting(0.0)))
        sent_at = None if number is None else self._sent_at.get(number)
        if sent_at is not None:
            self._record.glass_s.append(now)
            self._record.glass_ms.append((now - sent_at) * 1000)

    def _on_control(self, message: object) -> None:
        if not isinstance(message, str):
            return
        body = json.loads(message)
        if body.get("type") == "timings" and time.monotonic() >= self._measuring_from:
            for stage, value in body.get("stages_ms", {}).items():
                self._record.stages_ms.setdefault(stage, []).append(float(value))
        elif body.get("type") == "error":
            self._record.error = f"{body.get('title', 'error')}: {body.get('detail', '')}"

    async def _read_statistics(self, transceiver: Any) -> None:
        for entry in (await transceiver.receiver.getStats()).values():
            if entry.type == "inbound-rtp":
                self._record.jitter_ms = entry.jitter / 90

    async def _hang_up(self, http: httpx.AsyncClient, location: str, camera: CameraTrack) -> None:
        if location:
            try:
                await http.delete(location)
            except httpx.HTTPError as error:
                self._record.error = self._record.error or f"could not hang up: {error}"
        camera.stop()
        if self._receiving is not None:
            self._receiving.cancel()
        await self._peer.close()


def _refusal(answer: httpx.Response) -> str:
    """What the server said, in a line."""
    try:
        problem = answer.json()
        return f"{answer.status_code} {problem.get('title', '')}: {problem.get('detail', '')}"
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
