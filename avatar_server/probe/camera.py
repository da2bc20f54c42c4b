"""The probe's camera: a file's pictures, in a loop, numbered and in real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from aiortc import MediaStreamTrack

from avatar_server import marks
from avatar_server.errors import MediaFileError
from avatar_server.frames import from_av, plane_rows, to_av
from avatar_server.types import FrameTimes, VideoFrame
from avatar_server.video_file import VideoFileReader

CLOCK = 90_000


class CameraTrack(MediaStreamTrack):
    """Plays ``media`` scaled to ``width`` x ``height`` at ``fps`` (0: the file's own).

    ``on_frame(number, timestamp)`` is called as each frame is handed to the encoder, with its
    RTP time before the sender's random offset.
    """

    kind = "video"

    def __init__(
        self,
        media: Path,
        width: int,
        height: int,
        fps: int,
        *,
        numbered: bool,
        on_frame: Callable[[int, int], None],
    ) -> None:
        super().__init__()
        self._pictures = _looped(media, width, height)
        with VideoFileReader(media) as reader:
            self._fps = float(fps or reader.rate)
        self._numbered = numbered
        self._on_frame = on_frame
        self._number = 0
        self._began = 0.0

    async def recv(self) -> av.VideoFrame:
        if self._began == 0.0:
            self._began = time.monotonic()
        due = self._began + self._number / self._fps
        # Decoded before it is due, as a real camera's picture is there when its shutter closes.
        picture = next(self._pictures)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        picture.pts = round(self._number / self._fps * CLOCK)
        picture.time_base = Fraction(1, CLOCK)
        if self._numbered:
            planes = tuple(plane_rows(picture, index) for index in range(3))
            marks.burn(VideoFrame(planes, FrameTimes.starting(0.0)), self._number)
        self._on_frame(self._number, picture.pts)
        self._number += 1
        return picture


def _looped(media: Path, width: int, height: int) -> Iterator[av.VideoFrame]:
    while True:
        seen = False
        with av.open(str(media)) as container:
            for frame in container.decode(video=0):
                seen = True
                scaled = frame.reformat(width, height, "yuv420p")
                # Marks are burnt into it: it must not be the decoder's own memory.
                yield to_av(from_av(scaled, FrameTimes.starting(0.0)))
        if not seen:
            raise MediaFileError(f"no frame of {media} could be decoded")
