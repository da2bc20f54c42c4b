"""What a peer connection costs beside its codecs.

    python benchmarks/rtc.py --codec vp8 --seconds 10

A client in another process sends 640x480 at 30 frames a second; for each frame that comes, the
session sends a picture of 512x512 made beforehand. The CPU of the session's process (all threads,
from the operating system) is compared with bare PyAV decoding and encoding the same pictures with
the same settings: once frame after frame, and once with the pauses of a call between, in which the
processor's caches forget.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

import av
import numpy as np
import uvloop
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from avatar_server.rtc import RtcOptions, RtcSession
from avatar_server.rtc.encoder import create_encoder
from avatar_server.types import FrameTimes, VideoFrame
from benchmarks.clips import astronaut_frames
from benchmarks.transport_cc_peer import TransportCcPeer, with_transport_cc

FPS = 30
BITRATE = 1_000_000
FRAMES = 150
WARM_UP_S = 3.0
CLOCK = Fraction(1, 90_000)


def avatar_pictures() -> list[VideoFrame]:
    """512x512: a soft background and discs that move, as flat as a drawn character."""
    rows, columns = np.mgrid[0:512, 0:512]
    chroma = np.full((256, 256), 118, np.uint8)
    pictures = []
    for index in range(FRAMES):
        luma = (60 + 40 * rows / 512).astype(np.uint8)
        for disc, (radius, level) in enumerate(((150, 200), (60, 90), (30, 30))):
            turn = 2 * np.pi * (index / FRAMES + disc / 3)
            x, y = 256 + 50 * np.sin(turn), 256 + 25 * np.cos(2 * turn)
            luma[(columns - x) ** 2 + (rows - y) ** 2 < radius**2] = level
        pictures.append(VideoFrame((luma, chroma, chroma), FrameTimes(index / FPS, 0)))
    return pictures


def camera_packets(codec: str) -> list[av.Packet]:
    """What a camera's encoder makes of a face at 640x480, a keyframe every two seconds."""
    context = av.CodecContext.create("libvpx" if codec == "VP8" else "libx264", "w")
    context.width, context.height, context.pix_fmt = 640, 480, "yuv420p"
    context.bit_rate, context.gop_size, context.thread_count = BITRATE, 60, 1
    context.framerate, context.time_base = Fraction(FPS), CLOCK
    context.options = (
        {"deadline": "realtime", "cpu-used": "-6"}
        if codec == "VP8"
        else {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "repeat-headers=1"}
    )
    packets = []
    for index, pixels in enumerate(astronaut_frames(FRAMES)):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index * 3000, CLOCK
        packets += context.encode(frame)
    return packets


class PacketCamera(MediaStreamTrack):
    """Sends packets made beforehand, over and over, so that the client does not encode."""

    kind = "video"

    def __init__(self, packets: Sequence[av.Packet]) -> None:
        super().__init__()
        self._data = [bytes(packet) for packet in packets]
        self._sent = 0
        self._start = time.monotonic()

    async def recv(self) -> av.Packet:
        await asyncio.sleep(max(0.0, self._start + self._sent / FPS - time.monotonic()))
        packet = av.Packet(self._data[self._sent % len(self._data)])
        packet.pts, packet.time_base = self._sent * 3000, CLOCK
        self._sent += 1
        return packet


def client(pipe: Connection, codec: str, transport_cc: bool) -> None:
    """The other process: calls, and receives until it is told to stop."""
    asyncio.run(_client(pipe, codec, transport_cc))


async def _client(pipe: Connection, codec: str, transport_cc: bool) -> None:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTrack(PacketCamera(camera_packets(codec)))

    @connection.on("track")
    def discard(track: MediaStreamTrack) -> None:
        async def read() -> None:
            with contextlib.suppress(MediaStreamError):
                while True:
                    await track.recv()

        connection.reader = asyncio.ensure_future(read())  # type: ignore[attr-defined]

    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp
    if transport_cc:
        offer = with_transport_cc(offer)
        TransportCcPeer(connection.getTransceivers()[0].receiver.transport)
    pipe.send(offer)
    answer = await asyncio.to_thread(pipe.recv)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.to_thread(pipe.recv)
    await connection.close()


def thread_cpu_s() -> dict[str, float]:
    """CPU seconds of each thread of this process by its role, from /proc."""
    names = {thread.native_id: thread.name.split()[0] for thread in threading.enumerate()}
    used: dict[str, float] = {}
    for task in Path("/proc/self/task").iterdir():
        name = names.get(int(task.name), "other")
        # Nanoseconds on the CPU (proc_pid_schedstat).
        on_cpu = int((task / "schedstat").read_text().split()[0]) / 1e9
        used[name] = used.get(name, 0.0) + on_cpu
    return used


async def session_cost(
    codec: str, seconds: float, report_pid: bool, transport_cc: bool
) -> dict[str, float]:
    """CPU milliseconds a frame by thread, of a session that sends a picture for each it gets."""
    pictures = avatar_pictures()
    received = 0
    sent: list[float] = []

    def on_frame(frame: VideoFrame) -> None:
        nonlocal received
        picture = replace(pictures[received % FRAMES], times=frame.times)
        received += 1
        session.send_picture(picture)

    def on_sent(times: FrameTimes, timestamp: int) -> None:
        sent.append(sum(times.durations_ms().values()))

    session = RtcSession(
        "benchmark",
        on_frame=on_frame,
        on_control=lambda message: None,
        on_closed=lambda reason: None,
        on_sent=on_sent,
        options=RtcOptions(codec="VP8" if codec == "VP8" else "H264", start_bitrate=BITRATE),
    )
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=client, args=(other, codec, transport_cc))
    process.start()
    offer = await asyncio.to_thread(pipe.recv)
    pipe.send(await session.answer(offer))
    await asyncio.sleep(WARM_UP_S)
    if report_pid:
        print("measuring in process", os.getpid())
    before, frames_before = thread_cpu_s(), len(sent)
    await asyncio.sleep(seconds)
    after, frames = thread_cpu_s(), len(sent) - frames_before
    statistics = session.statistics()
    pipe.send("stop")
    await session.close()
    await asyncio.to_thread(process.join)
    print(f"{frames / seconds:.1f} frames a second, {frames} frames")
    print(
        f"sending rate {statistics.bitrate / 1e3:.0f} kbit/s, "
        f"sent {statistics.bytes_sent * 8 / 1e3 / (len(sent) / FPS):.0f} kbit/s, "
        f"first packet in to first packet out: median {np.median(sent[frames_before:]):.2f} ms"
    )
    return {name: 1000 * (after[name] - before.get(name, 0.0)) / frames for name in after}


def bare_cost(codec: str, pause_s: float) -> tuple[float, float]:
    """CPU milliseconds a frame of decoding the camera and encoding the avatar, nothing else, with
    a pause after each frame."""
    decoder = av.CodecContext.create("vp8" if codec == "VP8" else "h264", "r")
    decoder.thread_count = 1
    encoder = create_encoder(codec, BITRATE, threads=1)
    decode_s = encode_s = 0.0
    pairs = list(zip(camera_packets(codec), avatar_pictures(), strict=False))
    for index, (packet, picture) in enumerate(pairs):
        time.sleep(pause_s)
        began = time.thread_time()
        decoder.decode(packet)
        decoded = time.thread_time()
        encoder.encode_picture(picture, 3000 * index, False)
        decode_s += decoded - began
        encode_s += time.thread_time() - decoded
    return 1000 * decode_s / len(pairs), 1000 * encode_s / len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--codec", choices=["vp8", "h264"], default="vp8")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--feedback", choices=["transport-cc", "remb"], default="transport-cc")
    parser.add_argument("--pid", action="store_true", help="print the process to profile")
    options = parser.parse_args()
    codec = options.codec.upper()
    bare = {
        "in a row": bare_cost(codec, 0.0),
        "at the call's pace": bare_cost(codec, 1 / FPS),
    }
    transport_cc = options.feedback == "transport-cc"
    costs = uvloop.run(session_cost(codec, options.seconds, options.pid, transport_cc))
    whole = sum(costs.values())
    for name, (decode_ms, encode_ms) in bare.items():
        total = decode_ms + encode_ms
        print(f"bare, {name}: {total:.2f} ms a frame (decode {decode_ms:.2f}, ", end="")
        print(f"encode {encode_ms:.2f}); ratio {whole / total:.2f}")
    parts = ", ".join(f"{name} {cost:.2f}" for name, cost in sorted(costs.items()))
    print(f"session: {whole:.2f} ms a frame ({parts})")


if __name__ == "__main__":
    main()
