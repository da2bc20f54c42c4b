"""One session's pipeline as it runs on the pipeline thread: driven by camera frames, by a recorded
performance, or by nothing but its own idle life."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from avatar_server import marks as frame_marks
from avatar_server.avatar import Avatar, Character
from avatar_server.expression import ExpressionMapper, Performance
from avatar_server.face import FaceTracker
from avatar_server.pipeline import AvatarFrame, Pipeline
from avatar_server.render import Renderer
from avatar_server.types import FrameTimes, Stage, VideoFrame
from avatar_server.workers.pipeline_thread import Slot
from avatar_server.workers.sparse_tracking import SparseTracking

logger = logging.getLogger(__name__)

IDLE_AFTER_S: Final = 0.5
"""Without a camera frame for so long, the character lives on its own."""
FIRST_IDLE_AFTER_S: Final = 1.5
"""As much at the beginning: the pictures' times are the camera's, so that any drawn before its
first frame would make them jump."""
IDLE_FPS: Final = 15
LOST_AFTER_S: Final = 0.4
"""Faces blink out for a frame or two; only then is it worth a word to the caller."""
BLACK_LUMA: Final = 24
"""Mean luma (BT.601 limited range, black is 16) under which a picture is called black: a covered
or switched-off camera."""

MAX_FAILURES: Final = 30
"""Frames in a row."""


class Drive(StrEnum):
    """What a session's avatar follows, as told on the control channel."""

    WAITING = "waiting"
    """No camera picture has come, or none comes any more."""
    TRACKING = "tracking"
    NO_FACE = "no_face"
    BLACK = "black"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Costume:
    """A character and the renderer that draws it: what an avatar switch exchanges."""

    avatar: Avatar
    character: Character
    renderer: Renderer


class LivePipeline:
    """Takes the session's turns. The callbacks are called on the pipeline thread."""

    def __init__(
        self,
        tracker: FaceTracker,
        mapper: ExpressionMapper,
        costume: Costume,
        fps: int,
        on_picture: Callable[[AvatarFrame], None],
        on_drive: Callable[[Drive], None],
        on_failure: Callable[[Exception], None],
        *,
        marks: bool = False,
    ) -> None:
        self.slot = Slot(self._work)
        self.fps = fps
        self.tracking = SparseTracking()
        self._marks = marks
        self.drive = Drive.WAITING
        self.frames_without_face = 0
        self._mapper = mapper
        self._on_picture = on_picture
        self._on_drive = on_drive
        self._on_failure = on_failure
        self._failures = 0
        self._performance: Performance | None = None
        self._performance_began_s = 0.0
        self._stream_time_s = 0.0
        self._stream_time_set_ns = time.monotonic_ns()
        self._last_face_s: float | None = None
        self._face_found = False
        self._costume = costume
        self._pipeline = Pipeline(tracker, mapper, costume.character, costume.renderer)

    @property
    def costume(self) -> Costume:
        return self._costume

    def first_due_ns(self) -> int:
        """When to draw first, from now on, if no camera frame comes before."""
        now = time.monotonic_ns()
        return now if self._performance is not None else now + int(FIRST_IDLE_AFTER_S * 1e9)

    def wear(self, costume: Costume) -> None:
        """Follow as another character from the next frame on; the one before is let go. The
        emotion that it wore goes on."""
        costume.character.feel_as(self._costume.character)
        self._costume = costume
        self._pipeline.wear(costume.character, costume.renderer)

    def play(self, performance: Performance | None) -> None:
        """Follow a performance instead of the camera, or the camera again."""
        self._performance = performance
        self._performance_began_s = self._now_s()
        self._last_face_s = None
        if self.slot.due_ns is not None:
            self.slot.due_ns = time.monotonic_ns()

    def calibrate(self) -> None:
        self._mapper.calibrate()

    def close(self) -> None:
        self._pipeline.close()

    def _work(self, frame: VideoFrame | None) -> None:
        """One turn. A frame that cannot be worked on is passed over; a pipeline that can work on
        none any more is given up."""
        try:
            self._take_turn(frame)
        except Exception as error:
            self._failures += 1
            if self._failures == 1:
                logger.exception("a frame could not be worked on")
            if self._failures == MAX_FAILURES:
                self._on_failure(error)
        else:
            self._failures = 0

    def _take_turn(self, frame: VideoFrame | None) -> None:
        if self._performance is not None:
            if self._tick(1e9 / self.fps):
                self._play(self._performance)
        elif frame is not None:
            self._follow(frame)
            self.slot.due_ns = time.monotonic_ns() + int(IDLE_AFTER_S * 1e9)
        elif self._tick(1e9 / IDLE_FPS):
            self._idle()

    def _tick(self, period_ns: float) -> bool:
        """Whether the clock is due; sets it on. What a busy thread missed is not made up."""
        now = time.monotonic_ns()
        due = self.slot.due_ns
        if due is not None and due > now:
            return False
        self.slot.due_ns = max(int((due or now) + period_ns), now)
        return True

    def _follow(self, frame: VideoFrame) -> None:
        self._set_time(frame.times.capture_s)
        if self.tracking.due():
            expression, times, self._face_found = self._pipeline.see(frame)
            expression = self.tracking.tracked(expression)
        else:
            expression = self.tracking.between(frame.times.capture_s)
            times = frame.times.ended(Stage.QUEUE).ended(Stage.TRACK).ended(Stage.MAP)
        drawn = self._pipeline.show(expression, times, self._face_found)
        if self._marks:
            carry_mark(frame, drawn.picture)
        self._on_picture(drawn)
        if drawn.face_found:
            self._last_face_s = frame.times.capture_s
            self._now_driven_by(Drive.TRACKING)
            return
        self.frames_without_face += 1
        if self._last_face_s is not None:
            # A clock that jumps back starts the wait anew.
            gone_s = frame.times.capture_s - self._last_face_s
            if 0 <= gone_s < LOST_AFTER_S:
                return
        self._now_driven_by(Drive.BLACK if is_black(frame) else Drive.NO_FACE)

    def _play(self, performance: Performance) -> None:
        now_s = self._now_s()
        expression = replace(performance.at(now_s - self._performance_began_s), stream_time_s=now_s)
        times = FrameTimes(now_s, time.monotonic_ns())
        self._on_picture(self._pipeline.play(expression, times))
        self._now_driven_by(Drive.PERFORMANCE)

    def _idle(self) -> None:
        now_s = self._now_s()
        expression = self._mapper.map(None, now_s)
        times = FrameTimes(now_s, time.monotonic_ns()).ended(Stage.MAP)
        self._on_picture(self._pipeline.play(expression, times))
        self._now_driven_by(Drive.WAITING)

    def _set_time(self, stream_time_s: float) -> None:
        self._stream_time_s = stream_time_s
        self._stream_time_set_ns = time.monotonic_ns()

    def _now_s(self) -> float:
        """Stream time when no frame brings it: the last frame's, run on by this machine's clock."""
        return self._stream_time_s + (time.monotonic_ns() - self._stream_time_set_ns) / 1e9

    def _now_driven_by(self, drive: Drive) -> None:
        if drive is not self.drive:
            self.drive = drive
            self._on_drive(drive)


def carry_mark(frame: VideoFrame, picture: VideoFrame) -> None:
    """Burn the number that a probe burnt into its camera frame into the avatar frame."""
    number = frame_marks.read(frame)
    if number is not None:
        frame_marks.burn(picture, number)


def is_black(frame: VideoFrame) -> bool:
    """Whether hardly any light is in the picture (every 16th pixel looked at)."""
    return bool(frame.planes[0][::16, ::16].mean() < BLACK_LUMA)
