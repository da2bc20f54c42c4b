"""Neck, hands and the bones of arms and legs."""

from __future__ import annotations

import numpy as np

from assets.workshop.ani import layout, outfit
from assets.workshop.ani.torso import ELBOW, SHOULDER, WRIST, neck_skin
from assets.workshop.curves import Path, Profile, smoothstep
from assets.workshop.part import Array, Part, joined, mirrored, swap_side
from assets.workshop.rig import Rig
from assets.workshop.shapes import loft, pixels, tube


def throat() -> Part:
    """The neck, down into the knit's collar."""
    a = np.linspace(-np.pi, np.pi, 16, endpoint=False)
    rows = []
    for y, w, front, back in (
        (1.365, 0.0294, 0.014, -0.047),
        (1.318, 0.0294, 0.012, -0.051),
        (1.280, 0.0320, 0.010, -0.056),
    ):
        middle, reach = (front + back) / 2, (front - back) / 2
        rows.append(np.stack([w * np.sin(a), np.full_like(a, y), middle + reach * np.cos(a)], 1))
    part = loft("skin", "skin", np.stack(rows), pixels(layout.NECK))
    part.skin = neck_skin(part.positions[:, 1])
    return part.in_mesh("body")


_FINGERS = {
    # name: root of the proximal joint from the wrist, lengths of the three bones, radius
    "Index": ((0.086, 0.002, 0.024), (0.034, 0.021, 0.019), 0.0074),
    "Middle": ((0.089, 0.003, 0.006), (0.038, 0.024, 0.020), 0.0076),
    "Ring": ((0.086, 0.002, -0.011), (0.034, 0.022, 0.019), 0.0072),
    "Little": ((0.079, 0.000, -0.026), (0.027, 0.017, 0.016), 0.0064),
}


def arm_joints(rig: Rig) -> None:
    rig.add_pair("leftShoulder", "upperChest", (0.030, 1.235, -0.022), "leftShoulder")
    rig.add_pair("leftUpperArm", "leftShoulder", SHOULDER, "leftUpperArm")
    rig.add_pair("leftLowerArm", "leftUpperArm", ELBOW, "leftLowerArm")
    rig.add_pair("leftHand", "leftLowerArm", WRIST, "leftHand")
    wrist = np.array(WRIST)
    for name, (root, lengths, _) in _FINGERS.items():
        parent, at = "leftHand", wrist + root
        for bone, length in zip(("Proximal", "Intermediate", "Distal"), lengths, strict=True):
            label = f"left{name}{bone}"
            parent = rig.add_pair(label, parent, tuple(at), label)
            at = at + np.array([length, 0, 0])
    thumb = _thumb_points()
    parent = "leftHand"
    for bone, at in zip(("Metacarpal", "Proximal", "Distal"), thumb, strict=False):
        label = f"leftThumb{bone}"
        parent = rig.add_pair(label, parent, tuple(at), label)


def _thumb_points() -> Array:
    return np.array(WRIST) + np.array(
        [(0.022, -0.004, 0.022), (0.046, -0.007, 0.040), (0.070, -0.009, 0.055),
         (0.092, -0.010, 0.066)]
    )  # fmt: skip


def hand() -> Part:
    """The left hand, palm down, fingers along +x."""
    wrist = np.array(WRIST)
    area = pixels(layout.HAND)
    palm_path = Path(wrist + np.array([(-0.035, 0, 0), (0.0, 0, 0), (0.045, 0.001, 0.0),
                                       (0.096, 0.001, 0.0)]))  # fmt: skip
    across = Profile((0, 0.021), (0.28, 0.020), (0.5, 0.031), (0.8, 0.040), (1.0, 0.036))
    thick = Profile((0, 0.017), (0.28, 0.0155), (0.6, 0.0145), (1.0, 0.0095))
    palm = tube(
        "hand", "skin", palm_path, (0, 1, 0), lambda t: np.stack([across(t), thick(t)], 1), area,
        rows=7, columns=10, caps=(False, True),
    )  # fmt: skip
    palm.skin = {"leftHand": np.ones(len(palm.positions))}
    parts = [palm]
    for name, (root, lengths, radius) in _FINGERS.items():
        start = wrist + root
        reach = np.array([-0.012, *np.cumsum(lengths)])
        points = start + np.stack([reach, 0 * reach, 0 * reach], 1)
        parts.append(_finger(f"left{name}", points, radius, area, reach))
    thumb = _thumb_points()
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(thumb, axis=0), axis=1))])
    parts.append(_finger("leftThumb", thumb, 0.0098, area, steps, thumb=True))
    return joined(parts, "hand").in_mesh("body")


def _finger(
    name: str,
    points: Array,
    radius: float,
    area: tuple[float, ...],
    reach: Array,
    *,
    thumb: bool = False,
) -> Part:
    path = Path(points)
    shape = Profile((0, 1.0), (0.3, 1.0), (0.7, 0.88), (0.9, 0.72), (1.0, 0.42))
    part = tube(
        name, "skin", path, (0, 1, 0), lambda t: radius * np.stack([shape(t), shape(t)], 1), area,
        rows=6, columns=6, caps=(False, True),
    )  # fmt: skip
    direction = (points[-1] - points[0]) / np.linalg.norm(points[-1] - points[0])
    along = (part.positions - points[0]) @ direction + reach[0]
    bones = (
        ("Metacarpal", "Proximal", "Distal") if thumb else ("Proximal", "Intermediate", "Distal")
    )
    first = smoothstep(reach[1] - 0.006, reach[1] + 0.006, along)
    second = smoothstep(reach[2] - 0.006, reach[2] + 0.006, along)
    base = np.ones_like(along) if thumb else smoothstep(-0.010, 0.006, along)
    part.skin = {
        "leftHand": 1 - base,
        f"{name}{bones[0]}": base * (1 - first),
        f"{name}{bones[1]}": first * (1 - second),
        f"{name}{bones[2]}": second,
    }
    return part


def legs(rig: Rig) -> None:
    """Bones only: a VRM humanoid needs them."""
    rig.add_pair("leftUpperLeg", "hips", (0.075, 0.86, -0.005), "leftUpperLeg")
    rig.add_pair("leftLowerLeg", "leftUpperLeg", (0.078, 0.47, 0.000), "leftLowerLeg")
    rig.add_pair("leftFoot", "leftLowerLeg", (0.080, 0.085, -0.015), "leftFoot")
    rig.add_pair("leftToes", "leftFoot", (0.082, 0.020, 0.085), "leftToes")


def build() -> list[Part]:
    left = hand()
    skin = joined([throat(), left, mirrored(left, swap_side)], "skin")
    return [skin, *outfit.build()]


__all__ = ["arm_joints", "build", "legs"]
