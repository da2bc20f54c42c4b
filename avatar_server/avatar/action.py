"""What an action consists of: a few key poses, in words that fit any humanoid.

Hands are placed in words (``Place``): the poses become numbers when a character's proportions are
known. Times in seconds; angles in degrees about the scene's x (nod), y (turn to the own left) and
z (tilt to the own right) axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Vector3 = tuple[float, float, float]
Keys = tuple[tuple[float, float], ...]
TurnKeys = tuple[tuple[float, Vector3], ...]


REST: Vector3 = (0.0, 0.0, 0.0)


class Place(StrEnum):
    """Where a wrist goes; offsets of a pose are added, in lengths of the forearm, mirrored for
    the right hand."""

    DOWN = "down"
    """Where the rest pose has it."""
    BESIDE_FACE = "beside_face"
    CHIN = "chin"
    CHEST = "chest"
    BESIDE_CHEST = "beside_chest"


@dataclass(frozen=True, slots=True)
class HandKey:
    """A hand's pose at a time. Directions are those of the left hand (+x is outwards); ``curl`` is
    0 for a flat hand and 1 for a fist."""

    time_s: float
    place: Place
    offset: Vector3 = (0.0, 0.0, 0.0)
    fingers: Vector3 = (0.0, 1.0, 0.0)
    palm: Vector3 = (0.0, 0.0, 1.0)
    elbow: Vector3 = (0.5, -1.0, -0.2)
    curl: float = 0.15
    index_curl: float | None = None
    thumb_curl: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """``turns``: humanoid bone to keys; ``face``: ARKit name, or its stem for both sides, to keys;
    ``hands``: "left", "right" to keys."""

    name: str
    title: str
    duration_s: float
    rating: str = "general"
    turns: Mapping[str, TurnKeys] = field(default_factory=dict)
    face: Mapping[str, Keys] = field(default_factory=dict)
    hands: Mapping[str, tuple[HandKey, ...]] = field(default_factory=dict)


def held(start: float, end: float, value: float = 1.0, ease: float = 0.3) -> Keys:
    """From nothing to a value, there for a while, and back to nothing."""
    return ((start, 0.0), (start + ease, value), (end - ease, value), (end, 0.0))


def beats(start: float, period: float, count: int, a: Vector3, b: Vector3) -> TurnKeys:
    """Back and forth between two turns, from rest and back to it."""
    swings = tuple((start + (i + 0.5) * period, b if i % 2 else a) for i in range(count))
    return ((start, REST), *swings, (start + (count + 0.2) * period, REST))


def posed(end: float, *keys: tuple[float, Vector3]) -> TurnKeys:
    """Turns from rest at 0 and back to rest at ``end``."""
    return ((0.0, REST), *keys, (end, REST))


def reach(end: float, *keys: HandKey) -> tuple[HandKey, ...]:
    """A hand from its side at 0 and back to it at ``end``."""
    return (HandKey(0.0, Place.DOWN), *keys, HandKey(end, Place.DOWN))
