"""A character that lives: one expression in, one posed rig out.

``Character.pose`` is the order of an update, written in this one place.
"""

from __future__ import annotations

import numpy as np

from avatar_server.avatar.actions import Actions
from avatar_server.avatar.body import Body
from avatar_server.avatar.catalog import Avatar
from avatar_server.avatar.clock import StreamClock
from avatar_server.avatar.constraints import Constraints
from avatar_server.avatar.correctives import Correctives
from avatar_server.avatar.emotions import EmotionOverlay
from avatar_server.avatar.framing import default_camera, framed
from avatar_server.avatar.idle import IdleLife
from avatar_server.avatar.licence import Permissions, lower_rating
from avatar_server.avatar.look_at import BoneGaze
from avatar_server.avatar.manifest import Rating
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.morphs import Morphs
from avatar_server.avatar.proportions import measure
from avatar_server.avatar.retarget import LOOK_NAMES, Gains, Retarget, arkit_expressions
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.avatar.skinning import Skinner
from avatar_server.avatar.spring_bones import SpringBones
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import Expression, FloatArray, PosedRig

_LOOK = np.array([ARKIT_INDEX[name] for name in LOOK_NAMES], np.intp)


class Character:
    """One avatar worn in one session.

    Not thread-safe; each session has its own. A ``PosedRig`` that ``pose`` returned stays as it is:
    later calls write elsewhere.

    It plays actions up to ``max_rating``, and up to what its own licence allows.
    """

    def __init__(self, avatar: Avatar, seed: int = 0, max_rating: Rating = "mature") -> None:
        model, manifest = avatar.model, avatar.manifest
        self.avatar = avatar
        self._clock = StreamClock()
        self._gains = Gains(manifest.gains)
        self._retarget = Retarget(model)
        self._correctives = Correctives(manifest, model)
        self._skeleton = Skeleton(model)
        self._morphs = Morphs(model)
        self._skinner = Skinner(model)
        self._body = Body(manifest, model, self._skeleton)
        self._constraints = Constraints(model, self._skeleton)
        self._springs = SpringBones(model, self._skeleton, manifest.springs)
        self._emotion = EmotionOverlay()
        self._idle = IdleLife(seed)
        gaze = BoneGaze(model)
        self._gaze = gaze if gaze.works and gaze_kind(avatar) == "bone" else None
        self._morphed = np.empty((len(model.positions), 6), np.float32)
        in_file, at_rest = self._at_rest()
        self.camera = framed(manifest) or default_camera(model, self._skeleton, at_rest)
        proportions = measure(model, self._skeleton, in_file, self.camera)
        ceiling = lower_rating(max_rating, Permissions.of(model.meta).max_rating)
        self._actions = Actions(manifest, proportions, self._body, ceiling)

    @property
    def actions(self) -> tuple[str, ...]:
        """Names that ``start_action`` takes."""
        return tuple(entry.name for entry in self._actions.entries)

    @property
    def action(self) -> str | None:
        """The action that runs now."""
        return self._actions.playing

    def start_action(self, name: str) -> None:
        """Plays an action once, over what is tracked. Raises ``ControlError`` for a name that is
        not in ``actions``."""
        self._actions.start(name)

    def stop_action(self) -> None:
        """Lets the action that runs, if any, fade out."""
        self._actions.stop()

    def set_emotion(self, name: str, weight: float) -> None:
        """Wears an emotion over the tracked face; "neutral" or weight 0 takes it off.

        Raises ``ControlError`` for a name that is not in ``EMOTIONS`` or a weight beyond 0..1.
        """
        self._emotion.set(name, weight)

    def feel_as(self, other: Character) -> None:
        """Takes over the emotion that ``other`` wears, as when an avatar is exchanged in a call."""
        self._emotion.wear_as(other._emotion)

    def pose(self, expression: Expression) -> PosedRig:
        """The character at ``expression.stream_time_s``, driven by it.

        Stream time may stand still, jump or go backwards: no step is longer than
        ``clock.LONGEST_STEP_S``.
        """
        step_s = self._clock.step(expression.stream_time_s)
        self._emotion.step(step_s)
        self._actions.step(step_s)
        self._idle.step(step_s, expression.tracked)
        face = self._gains.apply(expression.coefficients)
        face = self._emotion.over(face, expression.emotion)
        face = self._actions.face(face)
        self._idle.face(face)
        self._body.begin()
        self._body.follow_head(expression.head_rotation, expression.head_translation)
        self._actions.body(self._body)
        self._idle.body(self._body)
        self._body.drive_joints(face)
        if self._gaze is not None:
            left, right = self._gaze.turns(face)
            self._body.turn_node(self._gaze.left, left)
            self._body.turn_node(self._gaze.right, right)
            face[_LOOK] = 0.0
        channels = self._retarget.channel_weights(face)
        weights = self._retarget.morph_weights(channels)
        self._correctives.apply(face, weights)
        local = self._body.locals()
        self._constraints.apply(local)
        joints = self._skeleton.globals_of(local)
        self._springs.swing(joints, step_s)
        self._morphs.blend(weights, self._morphed)
        positions, normals = self._skinner.skin(self._morphed, joints)
        changes = self._retarget.material_changes(channels)
        time_s = expression.stream_time_s
        return PosedRig(positions, normals, joints, weights, self.camera, changes, time_s)

    def _at_rest(self) -> tuple[FloatArray, FloatArray]:
        """Vertices float32 (V, 3) as the file has them, and in the manifest's rest pose."""
        rest = self._retarget.morph_weights(np.zeros(len(self._retarget.channels), np.float32))
        self._morphs.blend(rest, self._morphed)
        in_file, _ = self._skinner.skin(self._morphed, self._skeleton.rest_globals)
        self._body.begin()
        joints = self._skeleton.globals_of(self._body.locals())
        return in_file, self._skinner.skin(self._morphed, joints)[0]


def gaze_kind(avatar: Avatar) -> str:
    """ "bone" or "morph": as the manifest says, else by what the model has."""
    if avatar.manifest.gaze is not None:
        return avatar.manifest.gaze
    model: AvatarModel = avatar.model
    if model.look_at is not None:
        return "bone" if model.look_at.kind == "bone" else "morph"
    return "morph" if "eyeLookInLeft" in arkit_expressions(model) else "bone"
