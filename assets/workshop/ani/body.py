"""Neck, sailor jacket, collar, ribbon and arms."""

from __future__ import annotations

import numpy as np

from assets.workshop.ani import layout
from assets.workshop.curves import Path, Profile, smoothstep
from assets.workshop.part import Array, Part, joined, mirrored, swap_side
from assets.workshop.rig import Rig
from assets.workshop.shapes import ellipsoid, grid, into, loft, pixels, ribbon, tube

SHOULDER = (0.132, 1.222, -0.022)
ELBOW = (0.372, 1.222, -0.026)
WRIST = (0.590, 1.222, -0.018)

_WIDTH = Profile(
    (1.266, 0.046), (1.258, 0.070), (1.246, 0.100), (1.230, 0.124), (1.205, 0.136), (1.170, 0.134),
    (1.120, 0.126), (1.070, 0.113), (1.020, 0.103), (0.970, 0.104), (0.920, 0.120), (0.870, 0.132),
)  # fmt: skip
_FRONT = Profile(
    (1.266, 0.022), (1.246, 0.034), (1.220, 0.052), (1.180, 0.078), (1.140, 0.096), (1.110, 0.097),
    (1.075, 0.086), (1.020, 0.074), (0.970, 0.074), (0.870, 0.086),
)  # fmt: skip
_BACK = Profile(
    (1.266, -0.064), (1.246, -0.076), (1.210, -0.096), (1.150, -0.102), (1.08, -0.092),
    (1.00, -0.078), (0.94, -0.088), (0.87, -0.100),
)  # fmt: skip


def torso_ring(y: float, columns: int, swell: float = 0.0) -> Array:
    """(columns, 3) points around the body at height y; index 0 is the back."""
    a = np.linspace(-np.pi, np.pi, columns, endpoint=False)
    front, back = float(_FRONT(y)), float(_BACK(y))
    middle = (front + back) / 2
    power = 2 / 2.3
    x = (float(_WIDTH(y)) + swell) * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** power
    c = np.cos(a)
    z = middle + ((front - back) / 2 + swell) * np.sign(c) * np.abs(c) ** power
    return np.stack([x, np.full_like(x, y), z], 1)


def _trunk_skin(y: Array) -> dict[str, Array]:
    knots = [("hips", 0.93), ("spine", 1.02), ("chest", 1.11), ("upperChest", 1.20)]
    weights = {}
    for i, (joint, at) in enumerate(knots):
        low = knots[i - 1][1] if i else None
        high = knots[i + 1][1] if i + 1 < len(knots) else None
        w = np.ones_like(y)
        if low is not None:
            w = w * np.clip((y - low) / (at - low), 0, 1)
        if high is not None:
            w = np.minimum(w, np.clip((high - y) / (high - at), 0, 1))
        weights[joint] = w
    return weights


def jacket() -> Part:
    """The trunk's cloth, open in a V at the throat."""
    heights = np.array(
        [1.266, 1.258, 1.246, 1.230, 1.205, 1.180, 1.150, 1.120, 1.090, 1.060, 1.020, 0.970, 0.920,
         0.870]
    )  # fmt: skip
    rings = np.stack([torso_ring(y, 32) for y in heights])
    part = loft("cloth", "cloth", rings, pixels(layout.CLOTH))
    p = part.positions[part.triangles].mean(axis=1)
    opening = (p[:, 2] > -0.02) & (np.abs(p[:, 0]) < 0.74 * (p[:, 1] - 1.158) + 0.010)
    part.triangles = part.triangles[~opening]
    part.skin = _trunk_skin(part.positions[:, 1])
    return part.in_mesh("body")


def throat() -> Part:
    """Neck and the skin in the V of the collar."""
    a = np.linspace(-np.pi, np.pi, 24, endpoint=False)
    rows = []
    for y, w, front, back in (
        (1.375, 0.0300, 0.014, -0.046),
        (1.345, 0.0298, 0.014, -0.048),
        (1.318, 0.0300, 0.012, -0.051),
        (1.294, 0.0320, 0.009, -0.056),
        (1.275, 0.0385, 0.008, -0.062),
        (1.260, 0.058, 0.016, -0.066),
    ):
        middle, reach = (front + back) / 2, (front - back) / 2
        rows.append(np.stack([w * np.sin(a), np.full_like(a, y), middle + reach * np.cos(a)], 1))
    rows += [torso_ring(y, 24, -0.005) for y in (1.240, 1.215, 1.185, 1.155)]
    part = loft("skin", "skin", np.stack(rows), pixels(layout.NECK))
    y = part.positions[:, 1]
    up = smoothstep(1.285, 1.350, y)
    low = smoothstep(1.30, 1.255, y)
    part.skin = {"head": up, "neck": (1 - up) * (1 - low), "upperChest": low}
    return part.in_mesh("body")


def collar() -> Part:
    """A sailor collar laid over the shoulders, meeting at the ribbon."""
    inner = Path(
        [(0.003, 1.176, 0.083), (0.024, 1.210, 0.062), (0.047, 1.246, 0.038),
         (0.054, 1.270, 0.000), (0.049, 1.284, -0.038), (0.0, 1.290, -0.062)]
    )  # fmt: skip
    outer = Path(
        [(0.010, 1.146, 0.100), (0.062, 1.172, 0.090), (0.112, 1.215, 0.056),
         (0.140, 1.252, 0.006), (0.138, 1.240, -0.062), (0.112, 1.190, -0.108),
         (0.0, 1.180, -0.116)]
    )  # fmt: skip
    k = np.linspace(0, 1, 22)
    v = np.linspace(0, 1, 6)[:, None, None]
    flat = inner(k)[None] * (1 - v) + outer(k)[None] * v
    flat[..., 1] += 0.012 * np.sin(np.pi * v[..., 0]) * smoothstep(0.15, 0.4, k)
    part = grid("collar", "collar", flat, pixels(layout.COLLAR))
    part.skin = {"upperChest": np.ones(len(part.positions))}
    other = mirrored(part, swap_side)
    return joined([part, other], "collar").in_mesh("body")


def bow() -> list[Part]:
    """The coral ribbon where the collar meets."""
    area = pixels(layout.RIBBON)
    knot = ellipsoid("ribbon", "ribbon", (0, 1.160, 0.105), (0.013, 0.012, 0.010), area, rows=7)
    loop = Path([(0.004, 1.160, 0.108), (0.030, 1.172, 0.112), (0.056, 1.165, 0.100),
                 (0.050, 1.150, 0.099), (0.024, 1.153, 0.104), (0.004, 1.159, 0.104)])  # fmt: skip
    tail = Path([(0.004, 1.156, 0.106), (0.018, 1.128, 0.110), (0.030, 1.085, 0.104)])
    sides = [
        ribbon("ribbon", "ribbon", loop, (0, 0, 1), lambda t: 0.010 + 0.016 * np.sin(np.pi * t),
               lambda t: 0.003 + 0 * t, area, rows=14),
        ribbon("ribbon", "ribbon", tail, (0, 0.2, 1), lambda t: 0.012 + 0.010 * t,
               lambda t: 0.002 + 0 * t, area, rows=7),
    ]  # fmt: skip
    parts = [knot, *sides, *(mirrored(p, swap_side) for p in sides)]
    return [p.bound_to("upperChest").in_mesh("body") for p in parts]


def sleeve() -> Part:
    """The left sleeve along +x; its top is a ball around the shoulder, round in every pose."""
    path = Path([(0.084, 1.222, -0.022), SHOULDER, ELBOW, (0.585, 1.222, -0.019)])
    span = 0.585 - 0.084
    radius = Profile(
        (0.0, 0.010), (0.02, 0.026), (0.05, 0.040), (0.10, 0.0475), (0.20, 0.0465), (0.35, 0.041),
        (0.57, 0.037), (0.80, 0.036), (0.93, 0.038), (0.935, 0.041), (1.0, 0.041),
    )  # fmt: skip
    part = tube(
        "sleeve", "cloth", path, (0, 1, 0), lambda t: np.stack([radius(t), radius(t)], 1),
        pixels(layout.SLEEVE), rows=16, columns=14, caps=(False, True),
    )  # fmt: skip
    x = part.positions[:, 0]
    t = (x - 0.084) / span
    part.uvs[:, 1] = pixels(layout.SLEEVE)[1] + pixels(layout.SLEEVE)[3] * np.clip(t, 0, 1)
    bend = smoothstep(ELBOW[0] - 0.035, ELBOW[0] + 0.035, x)
    part.skin = {"leftUpperArm": 1 - bend, "leftLowerArm": bend}
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
        rows=7, columns=12, caps=(False, True),
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
        rows=7, columns=6, caps=(False, True),
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
    left = [sleeve(), hand()]
    sides = [*left, *(mirrored(p, swap_side) for p in left)]
    cloth = joined([jacket(), *(p for p in sides if p.material == "cloth")], "cloth")
    skin = joined([throat(), *(p for p in sides if p.material == "skin")], "skin")
    return [skin, cloth, collar(), joined(bow(), "ribbon")]


__all__ = ["arm_joints", "build", "into", "legs"]
