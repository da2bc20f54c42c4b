"""The turns of one frame's joints, gathered from rest pose, tracking, actions and idle life."""

from __future__ import annotations

import math

import numpy as np

from avatar_server.avatar import quaternions
from avatar_server.avatar.fingers import RELAXED, Fingers
from avatar_server.avatar.manifest import Manifest
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import FloatArray

ARM_DOWN_DEGREES = 72.0
"""How far the arms of a model in T-pose are lowered at rest."""

SHOULDER_SHARE = 0.10
"""Share of the head's roll that the shoulders follow, and of its yaw as a shrug forwards."""

FURTHEST_LEAN_M = 0.25
"""However far the head was seen to move, the character stays within this of its place."""


class Body:
    """Rotations of every node in normalised form, and the shift of the hips.

    Call ``begin`` first in each frame, then the verbs in any order: turns multiply, those of
    ``turn`` on the parent's side of what is there already.
    """

    def __init__(self, manifest: Manifest, model: AvatarModel, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._head = manifest.head
        self.bones = dict(model.humanoid)
        self._rest = np.tile(quaternions.IDENTITY, (skeleton.count, 1))
        self._fingers = {side: Fingers(model, skeleton, side) for side in ("left", "right")}
        for fingers in self._fingers.values():
            self._rest[fingers.nodes] = fingers.turns(RELAXED)
        for bone, turn in rest_pose(manifest, model, skeleton).items():
            self._rest[self.bones[bone]] = quaternions.from_euler_degrees(turn)
        self._turns = self._rest.copy()
        self._shift = np.zeros(3, np.float32)
        self._drivers = [
            (
                skeleton.names.index(d.node),
                ARKIT_INDEX[d.driver],
                quaternions.from_euler_degrees(d.rotation_degrees),
            )
            for d in manifest.joint_drivers
            if d.node in skeleton.names
        ]
        self._plan_head()

    def begin(self) -> None:
        """Back to the rest pose."""
        np.copyto(self._turns, self._rest)
        self._shift[:] = 0.0

    def turn(self, bone: str, rotation: FloatArray) -> None:
        """Turns a humanoid bone, if the model has it, on top of its present turn."""
        node = self.bones.get(bone)
        if node is not None:
            self.turn_node(node, rotation)

    def turn_node(self, node: int, rotation: FloatArray) -> None:
        self._turns[node] = quaternions.multiply(rotation, self._turns[node])

    def rest_turn(self, bone: str) -> FloatArray:
        """A humanoid bone's turn in the rest pose, float32 (4,)."""
        turn: FloatArray = self._rest[self.bones[bone]]
        return turn

    def draw_to(self, bone: str, rotation: FloatArray, share: float) -> None:
        """Moves a humanoid bone, if the model has it, from its present turn towards another."""
        node = self.bones.get(bone)
        if node is not None:
            self._turns[node] = quaternions.between(self._turns[node], rotation, share)

    def curl(self, side: str, curls: FloatArray, share: float) -> None:
        """Draws the fingers of "left" or "right" towards ``curls`` (see ``Fingers.turns``)."""
        fingers = self._fingers[side]
        if len(fingers.nodes):
            now = self._turns[fingers.nodes]
            turns = fingers.turns(curls)
            self._turns[fingers.nodes] = quaternions.between(now, turns, share)

    def drive_joints(self, face: FloatArray) -> None:
        """The manifest's joint drivers, by the coefficients of ``face`` (52,)."""
        for node, coefficient, full in self._drivers:
            weight = float(face[coefficient])
            if weight > 1e-4:
                self.turn_node(node, quaternions.scaled(full, weight))

    def follow_head(self, rotation: FloatArray, translation: FloatArray) -> None:
        """Spreads a tracked head turn over head, neck, chest and shoulders, and leans the body
        after the head's movement in space."""
        if not np.isfinite(rotation).all():
            rotation = quaternions.IDENTITY
        turn = quaternions.scaled(rotation, self._head.rotation_gain)
        for bone, share in self._head_plan:
            self.turn(bone, quaternions.scaled(turn, share))
        _, y, z, w = (float(v) for v in turn)
        roll = 2 * math.atan2(z, w)
        yaw = 2 * math.atan2(y, w)
        lift = quaternions.from_axis_angle((0.0, 0.0, 1.0), roll * SHOULDER_SHARE)
        swing = quaternions.from_axis_angle((0.0, 1.0, 0.0), yaw * SHOULDER_SHARE)
        shrug = quaternions.multiply(lift, swing)
        self.turn("leftShoulder", shrug)
        self.turn("rightShoulder", shrug)
        moved = np.clip(
            translation * self._head.translation_gain, -FURTHEST_LEAN_M, FURTHEST_LEAN_M
        )
        self._shift += np.where(np.isfinite(moved), moved, 0)

    def locals(self) -> FloatArray:
        """Local transforms of every node, float32 (N, 4, 4)."""
        return self._skeleton.locals_of(self._turns, self._shift)

    def _plan_head(self) -> None:
        """Which bones turn by which share. The shares of a missing bone go to the head."""
        plan: dict[str, float] = {}
        chest = next((b for b in ("upperChest", "chest", "spine") if b in self.bones), None)
        if chest is not None and self._head.chest_share:
            plan[chest] = self._head.chest_share
        if "neck" in self.bones and self._head.neck_share:
            plan["neck"] = self._head.neck_share
        plan["head"] = max(0.0, 1.0 - sum(plan.values()))
        self._head_plan = tuple(plan.items())


def rest_pose(
    manifest: Manifest, model: AvatarModel, skeleton: Skeleton
) -> dict[str, tuple[float, float, float]]:
    """Turns in degrees of the humanoid bones at rest: the manifest's, or else arms that hang.

    Raises nothing for a bone that the model lacks: it is left out.
    """
    if manifest.rest_pose is not None:
        return {b: t for b, t in manifest.rest_pose.items() if b in model.humanoid}
    pose = {}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        upper, lower = f"{side}UpperArm", f"{side}LowerArm"
        if upper not in model.humanoid or lower not in model.humanoid:
            continue
        along = skeleton.position(model.humanoid[lower]) - skeleton.position(model.humanoid[upper])
        # How far below the horizontal the arm already is: only a T-pose is lowered in full.
        below = math.degrees(math.atan2(-float(along[1]), abs(float(along[0])) + 1e-9))
        if below < ARM_DOWN_DEGREES:
            pose[upper] = (0.0, 0.0, sign * (ARM_DOWN_DEGREES - max(below, 0.0)))
    return pose
