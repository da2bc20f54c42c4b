"""Joints, springs and VRM expressions of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assets.workshop.part import Array, swap_side


@dataclass(frozen=True)
class Joint:
    """``at``: where it stands at rest, in scene space; ``humanoid``: VRM 1.0 bone name or ""."""

    name: str
    parent: str
    at: tuple[float, float, float]
    humanoid: str = ""


@dataclass(frozen=True)
class Collider:
    """A sphere (or capsule to ``tail``) on a joint; offsets in scene axes from the joint."""

    joint: str
    offset: tuple[float, float, float]
    radius: float
    tail: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Spring:
    """A chain of joints, root first; the last one is the tip and only gives length."""

    name: str
    joints: tuple[str, ...]
    stiffness: float = 1.0
    gravity: float = 0.1
    drag: float = 0.4
    radius: float = 0.01
    groups: tuple[str, ...] = ()


@dataclass
class Rig:
    joints: list[Joint] = field(default_factory=list)
    colliders: dict[str, list[Collider]] = field(default_factory=dict)
    springs: list[Spring] = field(default_factory=list)

    def add(self, name: str, parent: str, at: Sequence[float], humanoid: str = "") -> str:
        x, y, z = (round(float(v), 6) for v in at)
        self.joints.append(Joint(name, parent, (x, y, z), humanoid))
        return name

    def add_pair(self, name: str, parent: str, at: Sequence[float], humanoid: str = "") -> str:
        """A joint of the left side and its mirror image."""
        self.add(name, parent, at, humanoid)
        mirror = (-at[0], at[1], at[2])
        self.add(swap_side(name), swap_side(parent), mirror, swap_side(humanoid))
        return name

    def chain(self, name: str, parent: str, points: Array) -> list[str]:
        """Joints ``name_0``.. along ``points``; the last point becomes the tip ``name_end``."""
        names = []
        for i, point in enumerate(points):
            label = f"{name}_end" if i == len(points) - 1 else f"{name}_{i}"
            parent = self.add(label, parent, tuple(point))
            names.append(label)
        return names

    def at(self, name: str) -> Array:
        return np.array(next(j.at for j in self.joints if j.name == name))

    def spring_gltf(self, node: dict[str, int]) -> dict[str, Any]:
        """VRMC_springBone 1.0."""
        colliders, groups, names = [], [], {}
        for group, members in self.colliders.items():
            names[group] = len(groups)
            first = len(colliders)
            for c in members:
                shape: dict[str, Any] = {"offset": list(c.offset), "radius": c.radius}
                kind = "sphere"
                if c.tail is not None:
                    kind, shape = "capsule", shape | {"tail": list(c.tail)}
                colliders.append({"node": node[c.joint], "shape": {kind: shape}})
            groups.append({"name": group, "colliders": list(range(first, len(colliders)))})
        springs = [
            {
                "name": s.name,
                "joints": [
                    {
                        "node": node[j],
                        "hitRadius": s.radius,
                        "stiffness": s.stiffness,
                        "gravityPower": s.gravity,
                        "gravityDir": [0.0, -1.0, 0.0],
                        "dragForce": s.drag,
                    }
                    for j in s.joints
                ],
                "colliderGroups": [names[g] for g in s.groups],
            }
            for s in self.springs
        ]
        return {
            "specVersion": "1.0",
            "colliders": colliders,
            "colliderGroups": groups,
            "springs": springs,
        }
