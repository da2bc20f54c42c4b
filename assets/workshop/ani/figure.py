"""Ani put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assets.workshop import face_mesh
from assets.workshop.ani import (
    body,
    design,
    ear,
    eyes,
    hair,
    layout,
    marks,
    mouth,
    ornaments,
    outfit,
    paint,
)
from assets.workshop.ani.materials import ZONES
from assets.workshop.ani.moves import MOVES, correctives
from assets.workshop.glb import Figure
from assets.workshop.movement import Move
from assets.workshop.part import Part, calmed, compact, joined, mirrored, swap_side
from assets.workshop.rig import Collider, Rig
from assets.workshop.shapes import pixels
from assets.workshop.speech import PRESETS, VISEMES, add_recipes
from assets.workshop.vrm_meta import OVERRIDES, look_at, meta
from avatar_server.expression import ARKIT_52

MOVED = [*ARKIT_52, *correctives()]
"""Morphs that are drawn; the visemes are made of them."""


_EYE_RINGS = face_mesh.Rings((0.0016, 0.0042, 0.0080, 0.0130), (0.0027, 0.0040, 0.0054, 0.0068))
_MOUTH_RINGS = face_mesh.Rings((0.0014, 0.0036, 0.0070, 0.0115), (0.0020, 0.0032, 0.0046, 0.0060))
_CHIN = (0.0, 0.007, 0.014, 0.021, 0.028)
"""Rows along the chin: ways up from the end of its profile."""
_FOCUS = (
    (0.037, 1.416, 0.034, 0.0074),
    (0.0, 1.362, 0.020, 0.0066),
    (0.0, 1.387, 0.009, 0.0026),
    (0.0, 1.387, 0.020, 0.0052),
    (0.0, 1.334, 0.020, 0.0090),
)


def head_parts() -> list[Part]:
    """Everything of the head that has morphs."""
    mesh = face_mesh.build(
        design.DRAWING, _EYE_RINGS, _MOUTH_RINGS, _FOCUS, widest=0.019, step=0.0028, chin=_CHIN
    )
    skin = face_mesh.skin_part(mesh, design.SKULL, pixels(layout.FACE, 1))
    under_hair = hair.covered(mesh.angles, mesh.positions)
    skin.triangles = skin.triangles[~under_hair[skin.triangles].all(axis=1)]
    space = mesh.field(design.DRAWING, {name: _under_brow(move) for name, move in MOVES.items()})
    for name in MOVED:
        delta = space.displacement(name)
        delta[np.abs(delta).max(axis=1) < 2e-6] = 0.0
        if np.any(delta):
            skin.morphs[name] = delta
    left = [eyes.white(), eyes.iris(), *eyes.lines(MOVED), eyes.brow(MOVED), *marks.left(MOVED)]
    left += [
        ear.build(),
        eyes.light((-0.0046, 0.0066), (0.0040, 0.0047), 0.35),
        eyes.light((0.0058, -0.0068), (0.0018, 0.0020), 0.0),
    ]
    parts = [skin, *left, *(mirrored(p, swap_side) for p in left)]
    parts += [*marks.middle(MOVED), *mouth.lip_lines(MOVED), mouth.cavity(MOVED)]
    parts += [*mouth.teeth(MOVED), mouth.tongue(MOVED)]
    zones = dict.fromkeys(p.material for p in parts)
    merged = [compact(joined([p for p in parts if p.material == zone], zone)) for zone in zones]
    for part in merged:
        add_recipes(part)
        _grow_up(part)
    # Movements turn the skin's normals as little as its features do: no patches of shade.
    share = 1 - face_mesh.CALM
    return [calmed(part, share) if part.material == "face" else part for part in merged]


def _under_brow(move: Move, share: float = 0.4) -> Move:
    """The skin moves less than the brow that is drawn before it, and does not fold."""
    brow = move.brow
    return move if brow is None else replace(move, brow=lambda s: share * brow(s))


def _grow_up(part: Part) -> None:
    """Carries a part of the face, at rest and moved, to the heights of the finished face."""
    part.positions[:, 1], stretch = design.grown_up(part.positions[:, 1])
    for delta in part.morphs.values():
        delta[:, 1] *= stretch


def rig() -> Rig:
    r = Rig()
    r.add("root", "", (0, 0, 0))
    r.add("hips", "root", (0, 0.90, -0.005), "hips")
    r.add("spine", "hips", (0, 0.98, -0.010), "spine")
    r.add("chest", "spine", (0, 1.08, -0.015), "chest")
    r.add("upperChest", "chest", (0, 1.17, -0.020), "upperChest")
    r.add("neck", "upperChest", (0, 1.275, -0.022), "neck")
    r.add("head", "neck", (0, 1.345, -0.010), "head")
    r.add("jaw", "head", (0, 1.385, 0.015), "jaw")
    r.add_pair("ear_L", "head", ear.ROOT)
    r.add_pair("leftEye", "head", (0.0368, 1.4158, 0.050), "leftEye")
    body.arm_joints(r)
    body.legs(r)
    r.colliders["head"] = [
        Collider("head", (0, 0.105, -0.005), 0.088),
        Collider("head", (0, 0.040, 0.020), 0.062),
    ]
    r.colliders["body"] = [
        Collider("upperChest", (-0.10, 0.035, -0.010), 0.062, (0.10, 0.035, -0.010)),
        Collider("neck", (0, 0.02, 0.0), 0.045),
        Collider("leftUpperArm", (0, 0, 0), 0.045, (0.20, 0, 0)),
        Collider("rightUpperArm", (0, 0, 0), 0.045, (-0.20, 0, 0)),
        Collider("chest", (-0.06, 0.03, 0.04), 0.058, (0.06, 0.03, 0.04)),
    ]
    return r


def build() -> Figure:
    """The whole character."""
    joints = rig()
    trim = ornaments.build()
    ribbons = [p for p in trim if p.material == "ribbon"]
    pendant = ornaments.star(np.array([0.0, 1.190, outfit.PENDANT_Z]), size=0.0085)
    stars = [p for p in trim if p.material == "metal"]
    stars.append(pendant.bound_to("upperChest").in_mesh("hair"))
    trimmings = [joined(ribbons), joined(stars)]
    parts = [*hair.build(joints), *trimmings, *head_parts(), *body.build()[::-1]]
    return Figure(
        name="Ani",
        rig=joints,
        materials=ZONES,
        parts=parts,
        atlas=paint.atlas().png(),
        morph_names=[*ARKIT_52, *VISEMES, *correctives()],
        expressions=PRESETS,
        meta=meta("Ani"),
        look_at=look_at((0.0, 0.0708, 0.05)),
        overrides=OVERRIDES,
    )
