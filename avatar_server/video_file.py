"""Video files: frames out of anything that PyAV reads, and an MP4 with the old sound in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from avatar_server.errors import MediaFileError
from avatar_server.frames import from_av, to_av
from avatar_server.types import FrameTimes, VideoFrame

TIME_BASE = Fraction(1, 90_000)
"""RTP's video clock, fine enough for any frame rate."""

COPIED_AUDIO = frozenset({"aac", "mp3", "opus", "ac3", "eac3", "alac", "flac"})
"""What an MP4 may hold as it is; anything else becomes AAC."""


class VideoFileReader:
    """Decodes a file's first video stream, frame by frame.

    ``duration_s`` and ``frame_count`` are estimates from the header (0 when it names none).
    ``damaged`` counts packets that could not be decoded and were passed over.

    Raises:
        MediaFileError: the file cannot be opened or has no picture in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        try:
            self._container: InputContainer = av.open(str(path))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise MediaFileError(f"cannot read the video {path}: {reason}") from error
        if not self._container.streams.video:
            self._container.close()
            raise MediaFileError(f"{path} has no video stream; give a file with a picture in it")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.audio = self._container.streams.audio[0] if self._container.streams.audio else None
        self.rate = self._stream.average_rate or self._stream.guessed_rate or Fraction(30)
        self.duration_s = (self._container.duration or 0) / 1e6
        self.frame_count = self._stream.frames or round(self.duration_s * float(self.rate))

    def packets(self) -> Iterator[Any]:
        """All packets of the picture and of the first sound stream, in file order."""
        streams = [self._stream] if self.audio is None else [self._stream, self.audio]
        try:
            yield from self._container.demux(streams)
        except av.error.FFmpegError:
            # A file that breaks off: what came before it is still worth having.
            self.damaged += 1

    def decode(self, packet: Any) -> Iterator[VideoFrame]:
        """The frames of one packet of the video stream."""
        try:
            pictures = packet.decode()
        except av.error.FFmpegError:
            self.damaged += 1
            return
        for picture in pictures:
            seconds = 0.0 if picture.time is None else float(picture.time)
            yield from_av(picture, FrameTimes.starting(seconds))

    def frames(self) -> Iterator[VideoFrame]:
        """The pictures alone.

        Raises:
            MediaFileError: not one frame could be decoded.
        """
        seen = False
        for packet in self.packets():
            if packet.stream is self._stream:
                for frame in self.decode(packet):
                    seen = True
                    yield frame
        if not seen:
            raise MediaFileError(f"no frame of {self.path} could be decoded; is it whole?")

    def is_video(self, packet: Any) -> bool:
        return packet.stream is self._stream

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> VideoFileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class VideoFileWriter:
    """Writes H.264 and, where given, the sound of a source, to an MP4.

    The file appears under its name only when it is whole: until ``close`` it is ``NAME.part``, and
    an error leaves what was there before.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        rate: Fraction,
        audio: Any | None = None,
    ) -> None:
        if width % 2 or height % 2:
            raise MediaFileError(f"{width}x{height}: an H.264 picture needs even sides")
        self._path = path
        self._part = path.with_name(path.name + ".part")
        try:
            # FFmpeg opens the file at the first packet only: too late to refuse it.
            self._part.touch()
        except OSError as error:
            raise MediaFileError(f"cannot write {path}: {error.strerror}") from error
        self._container: OutputContainer = av.open(
            str(self._part), "w", format="mp4", options={"movflags": "+faststart"}
        )
        self._video = self._container.add_stream("libx264", rate=rate)
        self._video.width, self._video.height = width, height
        self._video.pix_fmt = "yuv420p"
        self._video.time_base = TIME_BASE
        self._video.codec_context.time_base = TIME_BASE
        self._video.options = {"preset": "veryfast", "crf": "18"}
        self._last_pts = -1
        self._copies_audio = audio is not None and audio.codec_context.name in COPIED_AUDIO
        self._audio: Any | None = None
        if audio is not None:
            self._audio = (
                self._container.add_stream_from_template(audio)
                if self._copies_audio
                else self._container.add_stream("aac", rate=audio.codec_context.sample_rate)
            )

    def write(self, picture: VideoFrame) -> None:
        """Encode one picture at its capture time. Times that do not rise are moved on a tick."""
        frame = to_av(picture)
        pts = max(round(picture.times.capture_s / TIME_BASE), self._last_pts + 1)
        frame.pts, frame.time_base, self._last_pts = pts, TIME_BASE, pts
        self._container.mux(self._video.encode(frame))

    def write_audio(self, packet: Any) -> None:
        """Pass one packet of the source's sound on, copied where MP4 can hold it."""
        if self._audio is None:
            return
        if self._copies_audio:
            if packet.dts is not None:
                packet.stream = self._audio
                self._container.mux(packet)
            return
        try:
            sounds = packet.decode()
        except av.error.FFmpegError:
            return
        for sound in sounds:
            self._container.mux(self._audio.encode(sound))

    def close(self) -> None:
        """Finish the file and put it in its place."""
        self._container.mux(self._video.encode())
        if self._audio is not None and not self._copies_audio:
            self._container.mux(self._audio.encode())
        self._container.close()
        os.replace(self._part, self._path)

    def discard(self) -> None:
        """Throw away what was written; what stood under the name before stays."""
        self._container.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> VideoFileWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()
