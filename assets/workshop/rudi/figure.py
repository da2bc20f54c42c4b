"""Rudi put together."""

from __future__ import annotations

import numpy as np

from assets.workshop import face_mesh
from assets.workshop.glb import Figure
from assets.workshop.part import Part, calmed, finished, joined, mirrored, swap_side
from assets.workshop.rig import Collider, Rig
from assets.workshop.rudi import body, design, eyes, fur, layout, marks, mouth, paint
from assets.workshop.rudi.materials import ZONES
from assets.workshop.rudi.moves import MOVES, correctives
from assets.workshop.shapes import pixels
from assets.workshop.speech import PRESETS, VISEMES, add_recipes
from assets.workshop.vrm_meta import OVERRIDES, look_at, meta
from avatar_server.expression import ARKIT_52

MOVED = [*ARKIT_52, *correctives()]
"""Morphs that are drawn; the visemes are made of them."""

_EYE_RINGS = face_mesh.Rings((0.0020, 0.0046, 0.0080, 0.0125), (0.0024, 0.0034, 0.0046, 0.0060))
_MOUTH_RINGS = face_mesh.Rings((0.0030, 0.0055, 0.0090, 0.0135), (0.0030, 0.0038, 0.0050, 0.0062))
_FOCUS = (
    (0.0515, 1.402, 0.040, 0.0090),
    (0.0, 1.350, 0.034, 0.0072),
    (0.035, 1.350, 0.020, 0.0072),
    (0.0, 1.390, 0.022, 0.0075),
    (0.075, 1.350, 0.024, 0.0095),
)


_CALM = 0.45
"""How much the head is lit as if it had no features."""


def head_parts() -> list[Part]:
    """Everything of the head that has morphs."""
    mesh = face_mesh.build(
        design.DRAWING, _EYE_RINGS, _MOUTH_RINGS, _FOCUS, calm=_CALM, widest=0.016
    )
    skin = face_mesh.skin_part(mesh, design.SKULL, pixels(layout.FACE, 1))
    space = mesh.field(design.DRAWING, MOVES)
    for name in MOVED:
        delta = space.displacement(name)
        delta[np.abs(delta).max(axis=1) < 2e-6] = 0.0
        if np.any(delta):
            skin.morphs[name] = delta
    skin = calmed(skin, 1 - _CALM)
    left = [eyes.white(), eyes.iris(), *eyes.lines(MOVED), eyes.brow(MOVED)]
    left += [*fur.ear(), *fur.cheek(MOVED), *marks.left(MOVED)]
    parts = [skin, *left, *(mirrored(p, swap_side) for p in left), *fur.crown()]
    parts += [light for side in (1, -1) for light in _lights(side)]
    parts += [
        *marks.middle(MOVED),
        *mouth.nose(MOVED),
        *mouth.lip_lines(MOVED),
        mouth.cavity(MOVED),
    ]
    parts += [*mouth.teeth(MOVED), mouth.tongue(MOVED)]
    zones = dict.fromkeys(p.material for p in parts)
    merged = [_whole([p for p in parts if p.material == zone], zone) for zone in zones]
    for part in merged:
        add_recipes(part)
    return merged


def _lights(side: int) -> list[Part]:
    """The lights of one eye; the lamp stands on the same side of both."""
    lights = [
        eyes.light((0.0058 * side, 0.0080), (0.0054, 0.0061), -0.35 * side),
        eyes.light((-0.0069 * side, -0.0088), (0.0025, 0.0027), 0.0),
    ]
    return lights if side > 0 else [mirrored(p, swap_side) for p in lights]


def _whole(parts: list[Part], zone: str) -> Part:
    """Joined, with normals drawn in where only some parts bring their own."""
    if any(p.normals is not None for p in parts):
        parts = [finished(p) for p in parts]
    return joined(parts, zone)


def rig() -> Rig:
    r = Rig()
    r.add("root", "", (0, 0, 0))
    r.add("hips", "root", (0, 0.93, -0.005), "hips")
    r.add("spine", "hips", (0, 1.01, -0.008), "spine")
    r.add("chest", "spine", (0, 1.10, -0.010), "chest")
    r.add("upperChest", "chest", (0, 1.18, -0.012), "upperChest")
    r.add("neck", "upperChest", (0, 1.262, -0.012), "neck")
    r.add("head", "neck", (0, 1.315, -0.010), "head")
    r.add("jaw", "head", (0, 1.350, 0.020), "jaw")
    r.add_pair("ear_L", "head", fur.EAR_ROOT)
    r.add_pair("leftEye", "head", (0.0515, 1.4020, 0.060), "leftEye")
    body.arm_joints(r)
    body.legs(r)
    r.colliders["body"] = [
        Collider("upperChest", (-0.04, -0.010, 0.046), 0.062, (0.04, -0.010, 0.046)),
        Collider("chest", (-0.05, 0.03, 0.050), 0.068, (0.05, 0.03, 0.050)),
    ]
    return r


def build() -> Figure:
    """The whole character."""
    joints = rig()
    return Figure(
        name="Rudi",
        rig=joints,
        materials=ZONES,
        parts=[*head_parts(), *body.build(joints)],
        atlas=paint.atlas().png(),
        morph_names=[*ARKIT_52, *VISEMES, *correctives()],
        expressions=PRESETS,
        meta=meta("Rudi"),
        look_at=look_at((0.0, 0.087, 0.07)),
        overrides=OVERRIDES,
    )
