"""An action made ready for one character: words to numbers, keys to curves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from avatar_server.avatar import quaternions
from avatar_server.avatar.action import Action, HandKey, Place
from avatar_server.avatar.body import Body
from avatar_server.avatar.fingers import RELAXED
from avatar_server.avatar.proportions import Arm, Proportions
from avatar_server.avatar.reach import Hold, arm_turns
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import FloatArray

ARM_BONES = ("UpperArm", "LowerArm", "Hand")


class Curve:
    """Rows of values at times, with a smooth start and stop at each."""

    def __init__(self, times_s: Sequence[float], values: FloatArray) -> None:
        self._times = list(times_s)
        self._values = values

    def at(self, time_s: float) -> FloatArray:
        times, values = self._times, self._values
        after = min(max(bisect_right(times, time_s), 1), len(times) - 1)
        t = (time_s - times[after - 1]) / (times[after] - times[after - 1])
        t = min(max(t, 0.0), 1.0)
        t = t * t * (3.0 - 2.0 * t)
        return np.asarray(values[after - 1] * (1.0 - t) + values[after] * t, np.float32)


class Tracks:
    """The curves of one action on one character.

    Quaternions of a curve are kept on one side of the sphere, so that they interpolate by their
    components (nlerp).
    """

    def __init__(self, action: Action, proportions: Proportions | None, body: Body) -> None:
        self.duration_s = action.duration_s
        self.columns = np.array([c for name in action.face for c in columns_of(name)], np.intp)
        self._face = [
            Curve([t for t, _ in keys], np.array([[v] for _, v in keys], np.float32))
            for name, keys in action.face.items()
            for _ in columns_of(name)
        ]
        self._turns = [
            (
                bone,
                Curve(
                    [t for t, _ in keys],
                    _on_one_side(quaternions.from_euler_degrees([v for _, v in keys])),
                ),
            )
            for bone, keys in action.turns.items()
        ]
        arms = proportions.arms if proportions else {}
        self._arms = {
            side: _arm_curve(keys, side, arms[side], proportions, body)
            for side, keys in action.hands.items()
            if proportions is not None and side in arms
        }

    def face(self, time_s: float) -> FloatArray:
        """Coefficients at ``columns``, float32 (K,)."""
        return np.array([curve.at(time_s)[0] for curve in self._face], np.float32)

    def turn(self, body: Body, time_s: float, share: float) -> None:
        """Turns trunk and head on top of what they do, and draws the arms to their poses."""
        for bone, curve in self._turns:
            body.turn(bone, quaternions.scaled(curve.at(time_s), share))
        for side, curve in self._arms.items():
            row = curve.at(time_s)
            for i, bone in enumerate(ARM_BONES):
                turn = quaternions.normalized(row[4 * i : 4 * i + 4])
                body.draw_to(side + bone, turn, share)
            body.curl(side, row[12:], share)


def columns_of(name: str) -> tuple[int, ...]:
    """Columns of an ARKit name, or of both sides of its stem."""
    if name in ARKIT_INDEX:
        return (ARKIT_INDEX[name],)
    return ARKIT_INDEX[name + "Left"], ARKIT_INDEX[name + "Right"]


def _arm_curve(
    keys: Sequence[HandKey], side: str, arm: Arm, proportions: Proportions, body: Body
) -> Curve:
    """Rows of 15: three quaternions, then the curls of thumb, index and other fingers."""
    rows = np.empty((len(keys), 15), np.float32)
    for row, key in zip(rows, keys, strict=True):
        if key.place is Place.DOWN:
            turns: Sequence[FloatArray] = [body.rest_turn(side + bone) for bone in ARM_BONES]
            row[12:] = RELAXED
        else:
            turns = arm_turns(arm, hold(key, side, arm, proportions))
            row[12] = key.curl if key.thumb_curl is None else key.thumb_curl
            row[13] = key.curl if key.index_curl is None else key.index_curl
            row[14] = key.curl
        row[:12] = np.concatenate(turns)
    for start in (0, 4, 8):
        rows[:, start : start + 4] = _on_one_side(rows[:, start : start + 4])
    return Curve([k.time_s for k in keys], rows)


def hold(key: HandKey, side: str, arm: Arm, proportions: Proportions) -> Hold:
    """A key pose in metres, mirrored for the right hand."""
    sign = 1.0 if side == "left" else -1.0
    x, y, z = _place(key.place, sign, arm, proportions)
    dx, dy, dz = (arm.lower * o for o in key.offset)

    def mirrored(v: tuple[float, float, float]) -> tuple[float, float, float]:
        return sign * v[0], v[1], v[2]

    return Hold(
        (x + sign * dx, y + dy, z + dz),
        mirrored(key.elbow),
        mirrored(key.fingers),
        mirrored(key.palm),
    )


def _place(
    place: Place, sign: float, arm: Arm, proportions: Proportions
) -> tuple[float, float, float]:
    middle = float(proportions.chin[0])
    shoulder_x, _, shoulder_z = (float(v) for v in arm.shoulder)
    if place is Place.CHIN:
        return middle, float(proportions.chin[1]), float(proportions.chin[2])
    if place is Place.CHEST:
        return middle, float(proportions.chest[1]), float(proportions.chest[2])
    if place is Place.BESIDE_CHEST:
        return shoulder_x, float(proportions.chest[1]), shoulder_z + 0.3 * arm.lower
    beside = max(proportions.half_width, abs(shoulder_x - middle)) + 0.35 * arm.lower
    beside = min(beside, max(proportions.beside, proportions.half_width))
    return middle + sign * beside, float(proportions.chin[1]), float(proportions.chin[2])


def _on_one_side(rotations: FloatArray) -> FloatArray:
    """The same turns, each as the one of ±q that is nearer to the one before."""
    out = rotations.copy()
    for i in range(1, len(out)):
        if float(out[i] @ out[i - 1]) < 0:
            out[i] = -out[i]
    return out
