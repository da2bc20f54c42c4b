"""How a humanoid is built: what actions need to know to put a hand where it belongs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from avatar_server.avatar.framing import vertices_below
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.types import Camera, FloatArray

SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm at rest, scene space, metres; directions are unit vectors."""

    shoulder: FloatArray
    upper: float
    lower: float
    hand: float
    """Wrist to finger tips."""
    upper_axis: FloatArray
    lower_axis: FloatArray


@dataclass(frozen=True, slots=True)
class Proportions:
    """Places of a humanoid at rest, scene space, metres."""

    chin: FloatArray
    brow: FloatArray
    half_width: float
    """Of the head at the height of the mouth, without hair that swings."""
    chest: FloatArray
    """Front of the chest, a hand's breadth below the shoulders' line."""
    beside: float
    """How far from the middle a wrist beside the face may be and still be seen whole."""
    arms: dict[str, Arm]


def measure(
    model: AvatarModel, skeleton: Skeleton, positions: FloatArray, camera: Camera
) -> Proportions | None:
    """The proportions of a humanoid whose ``positions`` float32 (V, 3) are its rest in the file
    (usually a T-pose), seen by ``camera`` in a square picture; None without a head."""
    head = model.humanoid.get("head")
    if head is None:
        return None
    base = skeleton.position(head).astype(np.float64)
    around = _of_the_face(model, skeleton, positions, head)
    crown = float(around[:, 1].max()) if len(around) else base[1] + 0.22
    height = max(crown - base[1], 0.05)
    brow_y = _eye_height(model, skeleton, base[1] + 0.4 * height) + 0.12 * height
    front, half_width, chin_y = _face(around, base, height, brow_y)
    arms = {s: arm for s in SIDES if (arm := _arm(model, skeleton, positions, s)) is not None}
    shoulder_y = np.mean([a.shoulder[1] for a in arms.values()]) if arms else base[1] - height / 2
    half_view = _half_view(camera, base)
    lowest = camera.target[1] - 0.62 * half_view
    chest_y = min(max(float(shoulder_y) - 0.25 * height, lowest), chin_y - 0.1 * height)
    chest_z = _front_at(model, skeleton, positions, chest_y, base[2] + 0.4 * height)
    return Proportions(
        chin=np.array([base[0], chin_y, front - 0.12 * height], np.float32),
        brow=np.array([base[0], brow_y, front], np.float32),
        half_width=half_width,
        chest=np.array([base[0], chest_y, chest_z], np.float32),
        beside=0.74 * half_view,
        arms=arms,
    )


def _half_view(camera: Camera, place: np.ndarray) -> float:
    """Half of what the picture shows at a place's distance, metres."""
    ahead = np.subtract(camera.target, camera.eye)
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
    distance = float((place - camera.eye) @ ahead)
    return max(distance, 0.1) * math.tan(math.radians(camera.fov_degrees / 2))


def _of_the_face(
    model: AvatarModel, skeleton: Skeleton, positions: FloatArray, head: int
) -> np.ndarray:
    """Vertices of the head, float64 (K, 3); without springs if that leaves any."""
    swinging: set[int] = set()
    for spring in model.springs:
        for joint in spring.joints[:1]:
            swinging |= skeleton.subtree(joint.node)
    rows = vertices_below(model, skeleton, head, without=frozenset(swinging))
    if not len(rows):
        rows = vertices_below(model, skeleton, head)
    return np.asarray(positions[rows], np.float64)


def _eye_height(model: AvatarModel, skeleton: Skeleton, otherwise: float) -> float:
    eyes = [model.humanoid[b] for b in ("leftEye", "rightEye") if b in model.humanoid]
    return float(np.mean([skeleton.position(e)[1] for e in eyes])) if eyes else otherwise


def _face(
    around: np.ndarray, base: np.ndarray, height: float, brow_y: float
) -> tuple[float, float, float]:
    """Depth of the face's front, half the head's width and the chin's height."""
    front, half_width, chin_y = float(base[2]) + 0.4 * height, 0.45 * height, float(base[1])
    beside = np.abs(around[:, 0] - base[0]) if len(around) else around
    level = (around[:, 1] > base[1]) & (around[:, 1] < brow_y) if len(around) else around
    if len(around) and level.any():
        half_width = float(np.percentile(beside[level], 97))
        middle = level & (beside < 0.3 * half_width)
        if middle.any():
            front = float(around[middle, 2].max())
            forward = (around[:, 2] > base[2] + 0.5 * (front - base[2])) & (
                beside < 0.3 * half_width
            )
            if forward.any():
                # Not below the head bone by more than a jaw: hair and beards may hang lower.
                chin_y = max(float(around[forward, 1].min()), float(base[1]) - 0.2 * height)
    return front, half_width, chin_y


def _front_at(
    model: AvatarModel, skeleton: Skeleton, positions: FloatArray, y: float, otherwise: float
) -> float:
    """Depth of the front of the trunk at a height."""
    trunk = next((model.humanoid[b] for b in ("spine", "chest", "hips") if b in model.humanoid), -1)
    if trunk < 0 or not len(positions):
        return otherwise
    near = np.abs(positions[:, 1] - y) < 0.05
    near &= np.abs(positions[:, 0] - skeleton.position(trunk)[0]) < 0.08
    return float(np.percentile(positions[near, 2], 95)) if near.any() else otherwise


def _arm(model: AvatarModel, skeleton: Skeleton, positions: FloatArray, side: str) -> Arm | None:
    names = [f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand"]
    if not all(name in model.humanoid for name in names):
        return None
    shoulder, elbow, wrist = (skeleton.position(model.humanoid[n]) for n in names)
    upper, lower = (float(np.linalg.norm(v)) for v in (elbow - shoulder, wrist - elbow))
    if min(upper, lower) < 1e-4:
        return None
    return Arm(
        shoulder=shoulder,
        upper=upper,
        lower=lower,
        hand=_hand_length(model, skeleton, positions, side, 0.72 * lower),
        upper_axis=(elbow - shoulder) / upper,
        lower_axis=(wrist - elbow) / lower,
    )


def _hand_length(
    model: AvatarModel, skeleton: Skeleton, positions: FloatArray, side: str, otherwise: float
) -> float:
    hand = model.humanoid[f"{side}Hand"]
    of_hand = positions[vertices_below(model, skeleton, hand)]
    if not len(of_hand):
        return otherwise
    away = np.linalg.norm(of_hand - skeleton.position(hand), axis=1)
    return float(np.clip(away.max(), 0.3 * otherwise, 1.5 * otherwise))
