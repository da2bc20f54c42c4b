"""Encodes one session's pictures in a thread of its own, newest first."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from av.video.frame import VideoFrame as AvFrame

from avatar_server.rtc.codec_thread import CodecThread
from avatar_server.rtc.encoder import CLOCK_RATE, VideoEncoder
from avatar_server.types import FrameTimes, Stage, VideoFrame

logger = logging.getLogger(__name__)

KEYFRAME_INTERVAL_S: Final = 0.3
"""Requests that come faster than a keyframe can travel ask for the one already on its way."""

OnEncoded = Callable[[list[bytes], int, FrameTimes], None]
"""Gets RTP payloads, the timestamp in ticks of 90 kHz, and the times up to ``Stage.ENCODE``."""


class EncoderThread:
    """``offer`` pictures from any thread; ``on_encoded`` is called in this one.

    One picture waits at most, the newest. ``bitrate`` is asked before each.
    """

    def __init__(
        self,
        name: str,
        make_encoder: Callable[[], VideoEncoder],
        bitrate: Callable[[], int],
        on_encoded: OnEncoded,
    ) -> None:
        self._make_encoder = make_encoder
        self._encoder = make_encoder()
        self._bitrate = bitrate
        self._on_encoded = on_encoded
        self._condition = threading.Condition()
        self._next: tuple[AvFrame, FrameTimes] | None = None
        self._closed = False
        self._last: tuple[int, int] | None = None
        self._keyframe_wanted = True
        self._keyframe_sent_s = float("-inf")
        self.frames_skipped = 0
        self.keyframes_made = 0
        self._thread = CodecThread(name, self._run)

    def offer(self, picture: VideoFrame) -> None:
        """Takes the picture to encode next, in place of one that still waits. It is copied before
        this returns, so its maker may draw into the same memory again."""
        taken = (self._encoder.take(picture), picture.times)
        with self._condition:
            if self._next is not None:
                self.frames_skipped += 1
            self._next = taken
            self._condition.notify()

    def want_keyframe(self) -> None:
        """Makes one of the next pictures a keyframe. From any thread."""
        self._keyframe_wanted = True

    async def close(self) -> None:
        """Ends the thread and waits for it."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        await self._thread.ended()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            self._encode(*taken)

    def _take(self) -> tuple[AvFrame, FrameTimes] | None:
        with self._condition:
            while self._next is None and not self._closed:
                self._condition.wait()
            taken, self._next = self._next, None
            return None if self._closed else taken

    def _encode(self, frame: AvFrame, times: FrameTimes) -> None:
        timestamp, pts = self._timestamp_of(times)
        self._encoder.set_bitrate(self._bitrate())
        try:
            payloads = self._encoder.encode_frame(frame, pts, self._keyframe_due())
        except Exception:
            # One picture that cannot be encoded must not end the stream.
            logger.exception("A picture could not be encoded")
            self._encoder = self._make_encoder()
            return
        if payloads:
            self._on_encoded(payloads, timestamp, times.ended(Stage.ENCODE))

    def _timestamp_of(self, times: FrameTimes) -> tuple[int, int]:
        """RTP timestamp, and presentation time for the encoder. Both always grow, as receivers
        and encoders want it, so pictures made from one capture follow each other by a tick.
        When the source's clock was set back or forth (another source), the timestamp follows
        it and the encoder's time goes on."""
        timestamp = round(times.capture_s * CLOCK_RATE)
        if self._last is None:
            self._last = (timestamp, 0)
            return self._last
        last_timestamp, last_pts = self._last
        step = timestamp - last_timestamp
        if -CLOCK_RATE < step <= 0:
            timestamp, step = last_timestamp + 1, 1
        elif abs(step) > 10 * CLOCK_RATE:
            step = CLOCK_RATE // 30
        self._last = (timestamp, last_pts + abs(step))
        return self._last

    def _keyframe_due(self) -> bool:
        now = time.monotonic()
        if not self._keyframe_wanted or now - self._keyframe_sent_s < KEYFRAME_INTERVAL_S:
            return False
        self._keyframe_wanted = False
        self._keyframe_sent_s = now
        self.keyframes_made += 1
        return True
