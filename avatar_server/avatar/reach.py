"""Two-bone inverse kinematics: an arm's turns that bring its hand to a place.

Solved once an action, not once a frame: actions move between the turns found here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_server.avatar import quaternions
from avatar_server.avatar.proportions import Arm
from avatar_server.types import FloatArray

STRAIGHTEST = 0.985
"""An arm never stretches further than this share of its length: a locked elbow looks dead."""

_PALM_AT_REST = np.array([0.0, -1.0, 0.0])
_FORWARD = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Hold:
    """How an arm is held: scene space at rest, metres; directions need no unit length.

    ``wrist`` is where the hand joint goes, ``elbow`` the direction in which the elbow points,
    ``fingers`` where the fingers point and ``palm`` where the palm faces.
    """

    wrist: tuple[float, float, float]
    elbow: tuple[float, float, float]
    fingers: tuple[float, float, float]
    palm: tuple[float, float, float]


def arm_turns(arm: Arm, hold: Hold) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Normalised rotations of upper arm, lower arm and hand, each float32 (4,), for a trunk at
    rest. A place out of reach is approached as far as the arm goes."""
    shoulder = arm.shoulder.astype(np.float64)
    offset = np.asarray(hold.wrist, np.float64) - shoulder
    furthest = (arm.upper + arm.lower) * STRAIGHTEST
    nearest = max(abs(arm.upper - arm.lower) * 1.05, 0.25 * arm.upper)
    distance = float(np.clip(np.linalg.norm(offset), nearest, furthest))
    ahead = _unit(offset)
    along = (arm.upper**2 + distance**2 - arm.lower**2) / (2 * distance)
    aside = np.sqrt(max(arm.upper**2 - along**2, 0.0))
    pole = np.asarray(hold.elbow, np.float64)
    pole = _unit(pole - ahead * (pole @ ahead))
    elbow = ahead * along + pole * aside
    upper_way, lower_way = _unit(elbow), _unit(ahead * distance - elbow)
    hinge = _unit(np.cross(upper_way, lower_way))
    upper = _frame_turn(arm.upper_axis, upper_way, hinge)
    lower = _frame_turn(arm.lower_axis, lower_way, hinge)
    hand = _hand_frame(hold.fingers, hold.palm) @ _hand_frame(arm.lower_axis, _PALM_AT_REST).T
    to_lower = quaternions.multiply(quaternions.conjugate(upper), lower)
    to_hand = quaternions.multiply(quaternions.conjugate(lower), quaternions.from_matrix(hand))
    return upper, *_shared_twist(to_lower, to_hand, arm.lower_axis)


def _frame_turn(rest_axis: FloatArray, way: np.ndarray, hinge: np.ndarray) -> FloatArray:
    """The rotation that takes a bone's rest direction to ``way`` and its elbow's hinge, which at
    rest bends the forearm forwards, to ``hinge``."""
    rest = _unit(np.asarray(rest_axis, np.float64))
    rest_hinge = _unit(np.cross(rest, _FORWARD))
    before = np.stack([rest, rest_hinge, np.cross(rest, rest_hinge)], axis=1)
    after = np.stack([way, hinge, np.cross(way, hinge)], axis=1)
    return quaternions.from_matrix(after @ before.T)


def _hand_frame(fingers: object, palm: object) -> np.ndarray:
    first = _unit(np.asarray(fingers, np.float64))
    second = np.asarray(palm, np.float64)
    second = _unit(second - first * (second @ first))
    return np.stack([first, second, np.cross(first, second)], axis=1)


def _shared_twist(
    lower: FloatArray, hand: FloatArray, axis: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Moves half of the hand's twist about the forearm into the forearm, as its two bones do."""
    along = float(hand[:3] @ axis)
    twist = quaternions.normalized(np.array([*(along * axis), hand[3]], np.float32))
    half = quaternions.scaled(twist, 0.5)
    return (
        quaternions.multiply(lower, half),
        quaternions.multiply(quaternions.conjugate(half), hand),
    )


def _unit(v: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(v))
    return v / length if length > 1e-9 else np.array([0.0, -1.0, 0.0])
