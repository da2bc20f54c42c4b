"""Hair, tails and cloth that swing: VRMC_springBone-1.0.

Source of the arithmetic: VRM 1.0, VRMC_springBone-1.0, "Update process of SpringBone" (Verlet
integration; forces scaled by the time step; the bone's length kept; tails pushed out of colliders).

The specification lets the result depend on the frame rate. Here a frame is cut into steps of about
1/60 s, the last of which ends on the frame, and what a step does is scaled so that any frame rate
gives what steps of exactly 1/60 s give. While a frame is cut up, what the chains hang on moves
evenly from where it was to where it is.

It is done by springs.c. Without it numpy moves all joints at the same depth below their chains'
roots together.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np

from avatar_server import native
from avatar_server.avatar.colliders import Colliders, Contacts
from avatar_server.avatar.manifest import SpringScales
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.posing import SpringsStruct
from avatar_server.avatar.skeleton import IndexArray, Skeleton
from avatar_server.avatar.spring_chains import Level, followers_of, levels_of, swinging_joints
from avatar_server.native_arrays import pointer
from avatar_server.types import FloatArray

STEP_S = 1 / 60
"""The step for which models are tuned: what engines that draw at 60 Hz take."""

LONGEST_FRAME_S = 0.1
"""Of a longer gap only this much is lived through."""

SHORTEST_STEP_S = 1 / 300
"""Frames that follow each other faster share a step."""

SETTLING_STEPS = 90
"""At the start chains hang as they would after a second and a half of stillness."""


class SpringBones:
    """The springs of one character, with their state."""

    def __init__(self, model: AvatarModel, skeleton: Skeleton, scales: SpringScales) -> None:
        self._colliders = Colliders(model)
        swinging, depths, parents = swinging_joints(model, skeleton)
        self.nodes = np.array([s.node for s in swinging], np.intp)
        count = len(swinging)
        joints = [s.joint for s in swinging]
        self._keep = np.array(
            [[_kept(j.drag_force * scales.drag_scale)] for j in joints], np.float32
        )
        self._stiffness = np.array(
            [[j.stiffness * scales.stiffness_scale * STEP_S] for j in joints], np.float32
        )
        self._gravity = np.array(
            [
                np.multiply(j.gravity_dir, j.gravity_power * scales.gravity_scale * STEP_S)
                for j in joints
            ],
            np.float32,
        ).reshape(count, 3)
        self._anchor_nodes = skeleton.parents[self.nodes] if count else np.empty(0, np.intp)
        self._centers = np.array([s.spring.center for s in swinging], np.intp)
        self._has_centers = bool(np.any(self._centers >= 0))
        self._levels = levels_of(swinging, depths, parents, skeleton)
        self._contacts = Contacts(
            [(row, collider) for row, s in enumerate(swinging) for collider in s.spring.colliders],
            np.array([j.hit_radius for j in joints], np.float32),
            self._colliders.radii,
        )
        self._followers, self._follower_rows, self._follower_frames = followers_of(
            self.nodes, skeleton
        )
        self._frames = np.zeros((count, 4, 4), np.float32)
        self._tails = np.zeros((count, 3), np.float32)
        self._before = np.zeros((count, 3), np.float32)
        self._pushed = False
        self._roots = np.zeros((count, 3), np.float32)
        self._lengths = np.zeros((count, 1), np.float32)
        self._last: _Surroundings | None = None
        self._pending_s = 0.0
        self._last_step_s = STEP_S
        self._library = native.load()
        if self._library is not None and count:
            self._struct = self._make_struct()

    def swing(self, joints: FloatArray, step_s: float) -> None:
        """Advances by ``step_s`` seconds and turns the springs' nodes, and all that hang on them,
        in ``joints`` float32 (N, 4, 4), which holds everybody else's global transforms."""
        if not len(self.nodes):
            return
        now = self._surroundings(joints)
        if self._last is None:
            self._start(now)
        else:
            self._carry_centers(now)
            self._advance(now, step_s)
        if self._pushed:
            # What was pushed out of a collider after its bone had been turned.
            self._hold(now.anchors)
            self._pushed = False
        self._last = now
        if self._library is not None:
            self._library.avatar_spring_hang(ctypes.byref(self._struct), pointer(joints))
            return
        joints[self.nodes] = self._frames
        if len(self._followers):
            joints[self._followers] = np.matmul(
                self._frames[self._follower_rows], self._follower_frames
            )

    def _surroundings(self, joints: FloatArray) -> _Surroundings:
        centers = joints[self._centers] if self._has_centers else None
        first = self._levels[0].rows
        if self._library is None:
            anchors = _globals(joints, self._anchor_nodes[first])
            return _Surroundings(anchors, self._colliders.placed(joints), centers)
        anchors = np.empty((first.stop, 4, 4), np.float32)
        placed = np.empty((self._colliders.count, 7), np.float32)
        self._library.avatar_spring_surroundings(
            ctypes.byref(self._struct), pointer(joints), pointer(anchors), pointer(placed)
        )
        return _Surroundings(anchors, placed, centers)

    def _start(self, now: _Surroundings) -> None:
        for level in self._levels:
            rest, _, _ = self._at_rest(level, now.anchors)
            self._frames[level.rows] = rest[:, :, :4]
            self._tails[level.rows] = rest[:, :3, 4]
        np.copyto(self._before, self._tails)
        for _ in range(SETTLING_STEPS):
            self._step(now.anchors, now.placed, 1.0, 1.0)

    def _advance(self, now: _Surroundings, step_s: float) -> None:
        assert self._last is not None
        due = min(self._pending_s + step_s, LONGEST_FRAME_S)
        if due < SHORTEST_STEP_S:
            # Time waits, but what the chains hang on has moved: turn without living.
            self._pending_s = due
            self._hold(now.anchors)
            return
        self._pending_s = 0.0
        steps = max(1, round(due / STEP_S))
        length = due / steps
        for i in range(1, steps + 1):
            between = self._last.towards(now, i / steps)
            self._step(between.anchors, between.placed, length / STEP_S, length / self._last_step_s)
            self._last_step_s = length

    def _carry_centers(self, now: _Surroundings) -> None:
        """Chains with a center do not feel its movement: what they remember moves along."""
        last = self._last
        if last is None or last.centers is None or now.centers is None:
            return
        moved = np.matmul(now.centers, np.linalg.inv(last.centers))
        moved[self._centers < 0] = np.eye(4, dtype=np.float32)
        for remembered in (self._tails, self._before):
            remembered[:] = np.einsum("nij,nj->ni", moved[:, :3, :3], remembered) + moved[:, :3, 3]
        last.anchors[:] = np.matmul(moved[self._levels[0].rows], last.anchors)

    def _step(self, anchors: FloatArray, placed: FloatArray, share: float, stretch: float) -> None:
        """One step of ``share`` × 1/60 s, ``stretch`` times as long as the one before."""
        if self._library is not None:
            inside = self._library.avatar_spring_step(
                ctypes.byref(self._struct),
                pointer(anchors),
                pointer(placed),
                ctypes.c_float(share),
                ctypes.c_float(stretch),
            )
            self._pushed |= bool(inside)
            return
        push = self._stiffness * (share * share)
        ahead = (self._tails - self._before) * (self._keep**share * stretch)
        ahead += self._tails
        ahead += self._gravity * (share * share)
        for level in self._levels:
            rows = level.rows
            rest, aim, lengths = self._at_rest(level, anchors)
            roots = rest[:, :3, 3]
            tails = ahead[rows]
            tails += aim * push[rows]
            tails -= roots
            tails /= _norms(tails)
            self._turn(rows, rest, aim, tails)
            tails *= lengths
            tails += roots
            self._roots[rows], self._lengths[rows] = roots, lengths
        self._pushed |= self._contacts.push_out(ahead, self._roots, self._lengths, placed)
        self._before, self._tails = self._tails, ahead

    def _make_struct(self) -> SpringsStruct:
        levels = self._levels
        first = levels[0].rows.stop
        hung = [np.arange(first), *(level.parents for level in levels[1:])]
        return SpringsStruct(
            {
                "parents": np.concatenate(hung).astype(np.int32),
                "places": np.concatenate([level.frames for level in levels]),
                "keep": self._keep,
                "stiffness": self._stiffness,
                "gravity": self._gravity,
                "frames": self._frames,
                "tails": self._tails,
                "before": self._before,
                "roots": self._roots,
                "lengths": self._lengths,
                **self._contacts.tables(),
                **self._colliders.tables(),
                "anchor_nodes": self._anchor_nodes[:first].astype(np.int32),
                "nodes": self.nodes.astype(np.int32),
                "followers": self._followers.astype(np.int32),
                "follower_rows": self._follower_rows.astype(np.int32),
                "follower_frames": self._follower_frames,
            },
            collider_count=self._colliders.count,
            follower_count=len(self._followers),
            first=first,
            count=len(self.nodes),
            pair_count=self._contacts.count,
        )

    def _hold(self, anchors: FloatArray) -> None:
        """Turns the bones to where their tails are, and lives no time."""
        for level in self._levels:
            rest, aim, _ = self._at_rest(level, anchors)
            direction = self._tails[level.rows] - rest[:, :3, 3]
            self._turn(level.rows, rest, aim, direction / _norms(direction))

    def _at_rest(
        self, level: Level, anchors: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Frames and tails (n, 4, 5) of a level as its parents would have them, the unit directions
        (n, 3) to the tails, and the bones' lengths (n, 1)."""
        parents = self._frames[level.parents] if level.rows.start else anchors
        rest = np.matmul(parents, level.frames)
        aim = rest[:, :3, 4] - rest[:, :3, 3]
        lengths = _norms(aim)
        aim /= lengths
        return rest, aim, lengths

    def _turn(self, rows: slice, rest: FloatArray, aim: FloatArray, direction: FloatArray) -> None:
        """Frames of a level, turned the shortest way from ``aim`` to ``direction`` (unit, (n, 3)).

        With a = aim, b = direction, s = a + b that rotation is I + 2 b aᵀ - s sᵀ / (1 + a·b), and
        1 + a·b = s·s / 2: two small products a joint.
        """
        frames, both = self._frames[rows], aim + direction
        right = np.empty((len(aim), 2, 3), np.float32)
        left = np.empty((len(aim), 3, 2), np.float32)
        right[:, 0], right[:, 1] = aim, both
        np.multiply(direction, 2, out=left[:, :, 0])
        squared = np.maximum(np.vecdot(both, both), np.float32(1e-4))
        np.divide(both, (squared * np.float32(-0.5))[:, None], out=left[:, :, 1])
        axes = rest[:, :3, :3]
        np.add(axes, np.matmul(left, np.matmul(right, axes)), out=frames[:, :3, :3])
        frames[:, :, 3] = rest[:, :, 3]


@dataclass(slots=True)
class _Surroundings:
    """What the chains hang on and bump into in one moment: ``anchors`` (n, 4, 4) of the first
    level's joints, ``placed`` (C, 7) of the colliders, ``centers`` (J, 4, 4) or None."""

    anchors: FloatArray
    placed: FloatArray
    centers: FloatArray | None

    def towards(self, other: _Surroundings, share: float) -> _Surroundings:
        if share >= 1.0:
            return other
        return _Surroundings(
            self.anchors + (other.anchors - self.anchors) * np.float32(share),
            self.placed + (other.placed - self.placed) * np.float32(share),
            None,
        )


def _norms(vectors: FloatArray) -> FloatArray:
    squares: FloatArray = np.vecdot(vectors, vectors)
    lengths: FloatArray = np.sqrt(squares + np.float32(1e-18))
    return lengths[:, None]


def _kept(drag: float) -> float:
    return 1.0 - min(max(drag, 0.0), 1.0)


def _globals(joints: FloatArray, nodes: IndexArray) -> FloatArray:
    """Global transforms of ``nodes``; the scene itself where there is no parent (-1)."""
    found: FloatArray = joints[nodes]
    found[nodes < 0] = np.eye(4, dtype=np.float32)
    return found
