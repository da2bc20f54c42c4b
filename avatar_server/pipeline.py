"""The stages of one session, in order, each timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from avatar_server.avatar import Character
from avatar_server.expression import ExpressionMapper
from avatar_server.face import FaceTracker
from avatar_server.render import Renderer
from avatar_server.types import Expression, FrameTimes, Stage, VideoFrame


@dataclass(frozen=True, slots=True)
class AvatarFrame:
    """What one frame became: the picture to send, and the expression that drove it."""

    picture: VideoFrame
    expression: Expression
    face_found: bool


class Pipeline:
    """A face in, an avatar out. Runs in one thread, the one that owns the GL context.

    ``tracker`` may be None where only performances are played. ``character`` and ``renderer`` may
    be exchanged between two frames by ``wear``.
    """

    def __init__(
        self,
        tracker: FaceTracker | None,
        mapper: ExpressionMapper,
        character: Character,
        renderer: Renderer,
    ) -> None:
        self.tracker = tracker
        self.mapper = mapper
        self.character = character
        self.renderer = renderer
        self.observers: list[Callable[[AvatarFrame], None]] = []

    def process(self, frame: VideoFrame) -> AvatarFrame:
        """Track, map, pose and draw one camera frame."""
        return self.show(*self.see(frame))

    def see(self, frame: VideoFrame) -> tuple[Expression, FrameTimes, bool]:
        """Track and map one camera frame: the expression, the frame's times up to it, and whether
        there was a face."""
        times = frame.times.ended(Stage.QUEUE)
        face = None if self.tracker is None else self.tracker.track(frame)
        times = times.ended(Stage.TRACK)
        expression = self.mapper.map(face, times.capture_s)
        return expression, times.ended(Stage.MAP), face is not None

    def play(self, expression: Expression, times: FrameTimes) -> AvatarFrame:
        """Pose and draw an expression that came from elsewhere: a recorded performance."""
        return self.show(expression, times, face_found=True)

    def wear(self, character: Character, renderer: Renderer) -> None:
        """Change the avatar; the face's smoothing and calibration stay."""
        self.renderer.close()
        self.character, self.renderer = character, renderer

    def close(self) -> None:
        if self.tracker is not None:
            self.tracker.close()
        self.renderer.close()

    def show(self, expression: Expression, times: FrameTimes, face_found: bool) -> AvatarFrame:
        """Pose and draw what ``see`` saw."""
        rig = self.character.pose(expression)
        picture = self.renderer.draw(rig, times.ended(Stage.POSE))
        picture = replace(picture, times=picture.times.ended(Stage.DRAW))
        shown = AvatarFrame(picture, expression, face_found)
        for observer in self.observers:
            observer(shown)
        return shown
