"""Decodes one session's video in a thread of its own.

Every frame is decoded, as later ones refer to it, but only the newest is handed on: while
another encoded frame waits, the one just decoded is already late.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from typing import Final

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame as AvFrame

from avatar_server.frames import from_av
from avatar_server.rtc.codec_thread import CodecThread
from avatar_server.rtc.frame_assembly import EncodedFrame
from avatar_server.types import FrameTimes, Stage, VideoFrame

logger = logging.getLogger(__name__)

CLOCK_RATE: Final = 90_000
"""RTP clock of every video payload format, ticks per second."""

MAX_WAITING: Final = 30
"""Encoded frames that may wait. A decoder that is a second behind catches up only by skipping to
a keyframe."""

MAX_PIXELS: Final = 4096 * 2304
"""Of a picture: cinema's 4K. VP8 can write sizes of 268 million pixels, a gigabyte a frame with its
references."""

_DECODERS: Final = {"VP8": "vp8", "H264": "h264"}


class DecoderThread:
    """``submit`` encoded frames from the event loop; ``on_frame`` gets pictures in the thread.

    ``on_trouble`` is called in the thread when a frame cannot be decoded or too many wait: the
    stream then needs a keyframe.
    """

    def __init__(
        self,
        codec: str,
        name: str,
        on_frame: Callable[[VideoFrame], None],
        on_trouble: Callable[[], None],
    ) -> None:
        self.codec = codec
        self._on_frame = on_frame
        self._on_trouble = on_trouble
        self._queue: queue.SimpleQueue[EncodedFrame | None] = queue.SimpleQueue()
        self._until_keyframe = False
        self.frames_decoded = 0
        self.frames_skipped = 0
        self._thread = CodecThread(name, self._run)

    def submit(self, frame: EncodedFrame) -> None:
        """Queues a frame. Called from one thread only."""
        if self._queue.qsize() >= MAX_WAITING:
            self._until_keyframe = True
            self._on_trouble()
        if frame.keyframe:
            self._until_keyframe = False
        if self._until_keyframe:
            self.frames_skipped += 1
            return
        self._queue.put(frame)

    def close(self) -> None:
        """Asks the thread to end after the frames that wait."""
        self._queue.put(None)

    async def ended(self) -> None:
        """Returns when the thread is gone."""
        await self._thread.ended()

    def _run(self) -> None:
        codec = _create_decoder(_DECODERS[self.codec])
        # A stream may make the decoder reorder, so a picture need not be of the packet just fed.
        inside: dict[int, EncodedFrame] = {}
        while (encoded := self._queue.get()) is not None:
            inside[encoded.timestamp] = encoded
            while len(inside) > MAX_WAITING:
                del inside[next(iter(inside))]
            packet = av.Packet(encoded.data)
            packet.pts = encoded.timestamp
            try:
                decoded = codec.decode(packet)
            except av.FFmpegError as error:
                logger.info("A frame could not be decoded: %s", error)
                self._on_trouble()
                continue
            for picture in decoded:
                source = inside.pop(picture.pts, None) if picture.pts is not None else None
                self._hand_on(picture, source or encoded)

    def _hand_on(self, picture: AvFrame, encoded: EncodedFrame) -> None:
        self.frames_decoded += 1
        if not self._queue.empty():
            self.frames_skipped += 1
            return
        times = FrameTimes(
            capture_s=encoded.timestamp / CLOCK_RATE,
            started_ns=encoded.first_packet_ns,
            ended_ns={Stage.RECEIVE: encoded.last_packet_ns},
        ).ended(Stage.DECODE)
        try:
            self._on_frame(from_av(picture, times))
        except Exception:
            # A consumer's fault must not end the decoding of the frames after this one.
            logger.exception("The consumer of decoded frames failed")


def _create_decoder(name: str) -> VideoCodecContext:
    codec = av.CodecContext.create(name, "r")
    assert isinstance(codec, VideoCodecContext)
    # Frame threads would hold back one frame for each thread.
    codec.thread_count = 1
    codec.options = {"max_pixels": str(MAX_PIXELS)}
    # H.264 without reordering is not always marked so; real-time senders never reorder.
    codec.flags |= Flags.low_delay
    return codec
