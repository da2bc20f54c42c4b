"""The hoodie: trunk, hood, drawstrings and sleeves; paws, throat and tail."""

from __future__ import annotations

import numpy as np

from assets.workshop.curves import Path, Profile, chain_weights, smoothstep
from assets.workshop.part import Array, Part, joined, mirrored, swap_side
from assets.workshop.rig import Rig, Spring
from assets.workshop.rudi import layout
from assets.workshop.shapes import disc, ellipsoid, loft, pixels, tube

SHOULDER = (0.0980, 1.2200, -0.0120)
ELBOW = (0.1900, 1.2200, -0.0140)
WRIST = (0.2750, 1.2200, -0.0100)
TOP, BOTTOM = 1.3050, 0.8950
"""Heights that the hoodie's texture spans."""

_WIDTH = Profile(
    (1.3050, 0.048), (1.2900, 0.080), (1.2770, 0.099), (1.2580, 0.111), (1.2300, 0.117),
    (1.1950, 0.125), (1.1550, 0.133), (1.1050, 0.142), (1.0450, 0.147), (0.9850, 0.144),
    (0.9350, 0.132), (0.8950, 0.115),
)  # fmt: skip
_FRONT = Profile(
    (1.3050, 0.008), (1.2900, 0.036), (1.2650, 0.064), (1.2300, 0.085), (1.1950, 0.099),
    (1.1550, 0.110), (1.1050, 0.120), (1.0450, 0.126), (0.9850, 0.122), (0.8950, 0.100),
)  # fmt: skip
_BACK = Profile(
    (1.2900, -0.070), (1.2650, -0.088), (1.2150, -0.103), (1.1150, -0.114), (0.8950, -0.100)
)


def _ring(y: float, columns: int) -> Array:
    """(columns, 3) points around the body at height y; index 0 is the back."""
    a = np.linspace(-np.pi, np.pi, columns, endpoint=False)
    front, back = float(_FRONT(y)), float(_BACK(y))
    power = 2 / 2.2
    s, c = np.sin(a), np.cos(a)
    x = float(_WIDTH(y)) * np.sign(s) * np.abs(s) ** power
    z = (front + back) / 2 + (front - back) / 2 * np.sign(c) * np.abs(c) ** power
    return np.stack([x, np.full_like(x, y), z], 1)


def trunk() -> Part:
    heights = np.array(
        [1.305, 1.290, 1.277, 1.258, 1.230, 1.195, 1.160, 1.120, 1.075, 1.025, 0.975, 0.935, 0.895]
    )
    part = loft("trunk", "cloth", np.stack([_ring(y, 30) for y in heights]), pixels(layout.TORSO))
    y = part.positions[:, 1]
    area = pixels(layout.TORSO)
    part.uvs[:, 1] = area[1] + area[3] * (TOP - y) / (TOP - BOTTOM)
    knots = (("hips", 0.93), ("spine", 1.02), ("chest", 1.11), ("upperChest", 1.19))
    heights_of = [at for _, at in knots]
    for i, (joint, _) in enumerate(knots):
        part.skin[joint] = np.interp(y, heights_of, np.eye(len(knots))[i])
    return part.in_mesh("body")


def throat() -> Part:
    """Dark fur between head and hood."""
    a = np.linspace(-np.pi, np.pi, 18, endpoint=False)
    rings = [
        np.stack([r * np.sin(a), np.full_like(a, y), z + r * np.cos(a)], 1)
        for y, r, z in ((1.335, 0.038, -0.014), (1.295, 0.034, -0.014), (1.262, 0.044, -0.010),
                        (1.235, 0.056, -0.008))
    ]  # fmt: skip
    part = loft("throat", "fur", np.stack(rings), pixels(layout.DARK))
    y = part.positions[:, 1]
    up, low = smoothstep(1.28, 1.33, y), smoothstep(1.29, 1.25, y)
    part.skin = {"head": up, "neck": (1 - up) * (1 - low), "upperChest": low}
    return part.in_mesh("body")


def hood() -> list[Part]:
    """A thick roll around the neck, open at the throat, and the hood's bag behind."""
    left = np.array(
        [(0.016, 1.2270, 0.1020), (0.052, 1.2540, 0.0900), (0.094, 1.2850, 0.0440),
         (0.112, 1.3080, -0.0220), (0.080, 1.3250, -0.0880), (0.0, 1.3310, -0.1160)]
    )  # fmt: skip
    path = Path(np.concatenate([left, left[-2::-1] * [-1, 1, 1]]))
    thick = Profile((0.0, 0.013), (0.08, 0.021), (0.25, 0.029), (0.5, 0.037))

    def radii(t: Array) -> Array:
        r = thick(np.minimum(t, 1 - t))
        return np.stack([r * 0.95, r], 1)

    roll = tube(
        "hood", "cloth", path, (0, 1, 0), radii, pixels(layout.HOOD), rows=25, columns=12,
        caps=(True, True),
    )  # fmt: skip
    bag = ellipsoid(
        "hood_bag", "cloth", (0, 1.251, -0.132), (0.092, 0.070, 0.044), pixels(layout.HOOD),
        rows=9, columns=16,
    )  # fmt: skip
    bag.uvs[:, 0] = pixels(layout.HOOD)[0] + 0.02
    return [p.bound_to("upperChest").in_mesh("body") for p in (roll, bag)]


def string(rig: Rig) -> list[Part]:
    """The left drawstring on its spring, with a knot at the end."""
    points = np.array(
        [(0.0340, 1.2350, 0.1240), (0.0375, 1.2110, 0.1275), (0.0400, 1.1870, 0.1300),
         (0.0415, 1.1630, 0.1325), (0.0420, 1.1480, 0.1340)]
    )  # fmt: skip
    names = rig.chain("string_L", "upperChest", points)
    other = rig.chain("string_R", "upperChest", points * [-1, 1, 1])
    for label, chain in (("string_L", names), ("string_R", other)):
        rig.springs.append(
            Spring(label, tuple(chain), stiffness=0.5, gravity=0.35, drag=0.35, radius=0.004,
                   groups=("body",))
        )  # fmt: skip
    line = Path(points)
    cord = tube(
        "string", "string", line, (0, 0, 1), lambda t: np.full((len(t), 2), 0.0036),
        pixels(layout.STRING, 4), rows=10, columns=8,
    )  # fmt: skip
    t = (points[0, 1] - cord.positions[:, 1]) / (points[0, 1] - points[-1, 1])
    cord.skin = chain_weights(t, names[:-1])
    knot = ellipsoid(
        "string_end", "string", points[-1] + [0, -0.004, 0], (0.0062, 0.0095, 0.0062),
        pixels(layout.STRING, 4), rows=7, columns=10,
    )  # fmt: skip
    eyelet = ellipsoid(
        "eyelet", "string", points[0] + [0, 0.001, -0.002], (0.0068, 0.0068, 0.0045),
        pixels(layout.STRING, 4), rows=7, columns=10,
    )  # fmt: skip
    return [
        cord.in_mesh("body"),
        knot.bound_to(names[-2]).in_mesh("body"),
        eyelet.bound_to("upperChest").in_mesh("body"),
    ]


def sleeve() -> Part:
    """The left sleeve along +x with a ribbed cuff; round at the shoulder in every pose."""
    start, end = 0.048, 0.272
    path = Path([(start, 1.220, -0.012), SHOULDER, ELBOW, (end, 1.220, -0.010)])
    radius = Profile(
        (0.0, 0.012), (0.03, 0.032), (0.10, 0.052), (0.22, 0.0575), (0.40, 0.0520),
        (0.62, 0.0490), (0.80, 0.0500), (0.86, 0.0470), (0.875, 0.0400), (0.93, 0.0390),
        (0.97, 0.0395), (1.0, 0.034),
    )  # fmt: skip
    area = pixels(layout.SLEEVE)
    part = tube(
        "sleeve", "cloth", path, (0, 1, 0), lambda t: np.stack([radius(t), radius(t)], 1), area,
        rows=24, columns=16,
    )  # fmt: skip
    x = part.positions[:, 0]
    part.uvs[:, 1] = area[1] + area[3] * np.clip((x - start) / (end - start), 0, 1)
    bend = smoothstep(ELBOW[0] - 0.030, ELBOW[0] + 0.030, x)
    part.skin = {"leftUpperArm": 1 - bend, "leftLowerArm": bend}
    return part.in_mesh("body")


_FINGERS = {
    # name: root from the wrist, lengths of both bones, radius
    "Index": ((0.058, -0.001, 0.020), (0.017, 0.017), 0.0125),
    "Middle": ((0.062, 0.000, 0.000), (0.018, 0.018), 0.0130),
    "Little": ((0.056, -0.001, -0.020), (0.016, 0.016), 0.0120),
}
_THUMB = np.array([(0.018, -0.006, 0.022), (0.034, -0.008, 0.034), (0.052, -0.010, 0.043)])
_BONES = ("Proximal", "Intermediate")


def arm_joints(rig: Rig) -> None:
    rig.add_pair("leftShoulder", "upperChest", (0.034, 1.232, -0.012), "leftShoulder")
    rig.add_pair("leftUpperArm", "leftShoulder", SHOULDER, "leftUpperArm")
    rig.add_pair("leftLowerArm", "leftUpperArm", ELBOW, "leftLowerArm")
    rig.add_pair("leftHand", "leftLowerArm", WRIST, "leftHand")
    wrist = np.array(WRIST)
    for name, (root, lengths, _) in _FINGERS.items():
        first = rig.add_pair(
            f"left{name}Proximal", "leftHand", tuple(wrist + root), f"left{name}Proximal"
        )
        at = wrist + root + [lengths[0], 0, 0]
        rig.add_pair(f"left{name}Intermediate", first, tuple(at), f"left{name}Intermediate")
    parent = "leftHand"
    for bone, at in zip(("Metacarpal", "Proximal"), _THUMB, strict=False):
        label = f"leftThumb{bone}"
        parent = rig.add_pair(label, parent, tuple(wrist + at), label)


def paw() -> list[Part]:
    """The left paw, palm down, with its pads."""
    wrist, area = np.array(WRIST), pixels(layout.PAW)
    path = Path(wrist + np.array([(-0.020, 0, 0), (0.01, 0, 0), (0.040, 0, 0), (0.070, 0, 0)]))
    across = Profile((0, 0.027), (0.3, 0.031), (0.65, 0.038), (0.9, 0.034), (1.0, 0.028))
    thick = Profile((0, 0.026), (0.4, 0.0255), (0.75, 0.023), (1.0, 0.016))
    palm = tube(
        "paw", "fur", path, (0, 1, 0), lambda t: np.stack([across(t), thick(t)], 1), area, rows=8,
        columns=14, caps=(False, True),
    )  # fmt: skip
    palm.skin = {"leftHand": np.ones(len(palm.positions))}
    parts, pads = [palm], [_pad(wrist + np.array([0.034, -0.0215, 0]), (0.020, 0.021), "leftHand")]
    for name, (root, lengths, radius) in _FINGERS.items():
        start = wrist + root
        reach = np.array([-0.012, 0.0, lengths[0], lengths[0] + lengths[1]])
        points = start + np.stack([reach, 0 * reach, 0 * reach], 1)
        finger = _digit(points, radius, area)
        along = finger.positions[:, 0] - start[0]
        base, tip = smoothstep(-0.010, 0.004, along), smoothstep(-0.007, 0.007, along - lengths[0])
        finger.skin = {
            "leftHand": 1 - base,
            f"left{name}Proximal": base * (1 - tip),
            f"left{name}Intermediate": tip,
        }
        parts.append(finger)
        center = start + np.array([sum(lengths) - 0.012, -radius * 0.93, 0])
        pads.append(_pad(center, (0.0085, 0.0078), f"left{name}Intermediate"))
    thumb = wrist + _THUMB
    digit = _digit(np.array([thumb[0] - [0.01, 0, 0.008], *thumb]), 0.0115, area)
    along = (
        (digit.positions - thumb[0]) @ (thumb[2] - thumb[0]) / np.linalg.norm(thumb[2] - thumb[0])
    )
    tip = smoothstep(0.012, 0.028, along)
    digit.skin = {"leftThumbMetacarpal": 1 - tip, "leftThumbProximal": tip}
    parts.append(digit)
    return [joined(parts, "paw").in_mesh("body"), joined(pads, "pads").in_mesh("body")]


def _digit(points: Array, radius: float, area: tuple[float, float, float, float]) -> Part:
    shape = Profile((0, 0.95), (0.5, 1.05), (0.8, 0.95), (0.93, 0.70), (1.0, 0.40))
    return tube(
        "digit", "fur", Path(points), (0, 1, 0),
        lambda t: radius * np.stack([shape(t), shape(t)], 1), area, rows=8, columns=9,
        caps=(False, True),
    )  # fmt: skip


def _pad(center: Array, radii: tuple[float, float], joint: str) -> Part:
    """A soft dome facing down."""
    part = disc(
        "pad", "mouth", (0, 0, 0), radii, pixels(layout.PAD, 8), rings=2, columns=14, dome=0.005
    )
    x, y, z = part.positions.T
    part.positions = np.stack([x, -z, y], 1) + center + [0, 0.0015, 0]
    return part.bound_to(joint)


def tail(rig: Rig) -> Part:
    """The ringed tail: up behind the left shoulder, its tip beside the cheek."""
    points = np.array(
        [(0.020, 0.960, -0.120), (0.085, 0.965, -0.200), (0.160, 1.030, -0.225),
         (0.198, 1.120, -0.215), (0.212, 1.205, -0.195), (0.211, 1.280, -0.175),
         (0.196, 1.350, -0.165)]
    )  # fmt: skip
    names = rig.chain("tail", "hips", points)
    rig.springs.append(
        Spring("tail", tuple(names), stiffness=1.6, gravity=0.0, drag=0.35, radius=0.03)
    )
    path = Path(points)
    radius = Profile(
        (0, 0.020),
        (0.15, 0.034),
        (0.4, 0.047),
        (0.7, 0.050),
        (0.88, 0.042),
        (0.96, 0.026),
        (1, 0.008),
    )
    ripple = 1.0

    def radii(t: Array) -> Array:
        r = radius(t) * (1 + 0.045 * ripple * np.sin(t * 2 * np.pi * 9))
        return np.stack([r, r], 1)

    part = tube(
        "tail", "fur", path, (0, 0, 1), radii, pixels(layout.TAIL), rows=37, columns=14,
        caps=(False, True),
    )  # fmt: skip
    t = (part.uvs[:, 1] - pixels(layout.TAIL)[1]) / pixels(layout.TAIL)[3]
    part.skin = chain_weights(t, names[:-1])
    return part.in_mesh("body")


def legs(rig: Rig) -> None:
    """Bones only: a VRM humanoid needs them."""
    rig.add_pair("leftUpperLeg", "hips", (0.062, 0.86, 0.0), "leftUpperLeg")
    rig.add_pair("leftLowerLeg", "leftUpperLeg", (0.066, 0.52, 0.004), "leftLowerLeg")
    rig.add_pair("leftFoot", "leftLowerLeg", (0.068, 0.085, -0.010), "leftFoot")


def build(rig: Rig) -> list[Part]:
    left = [sleeve(), *paw(), *string(rig)]
    sides = [*left, *(mirrored(p, swap_side) for p in left)]
    parts = [trunk(), *hood(), throat(), tail(rig), *sides]
    zones = dict.fromkeys(p.material for p in parts)
    return [joined([p for p in parts if p.material == zone], zone) for zone in zones]
