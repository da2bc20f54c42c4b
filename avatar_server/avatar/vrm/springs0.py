"""Spring bones of VRM 0.x (``VRM.secondaryAnimation``), as chains of VRM 1.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.model import Node, Spring, SpringCollider, SpringJoint
from avatar_server.avatar.vrm.source import VrmSource

_TAIL_LENGTH: Final = 0.07
"""Metres that VRM 0.x adds behind the last bone of a chain, which swings too."""


@dataclass(slots=True)
class _Chains:
    """Chains being built, and the nodes added to end them."""

    nodes: list[Node]
    children: list[list[int]]
    taken: set[int] = field(default_factory=set)

    def split(self, root: int) -> list[list[int]]:
        """The rows of every chain under ``root``: a bone points at its first child, so that each
        further child begins a chain of its own."""
        chains: list[list[int]] = []
        heads = [root]
        while heads:
            node: int | None = heads.pop()
            chain: list[int] = []
            while node is not None and node not in self.taken:
                self.taken.add(node)
                chain.append(node)
                heads.extend(self.children[node][1:])
                node = self.children[node][0] if self.children[node] else self._tail(node)
            if len(chain) > 1:
                chains.append(chain)
        return chains

    def _tail(self, leaf: int) -> int | None:
        """A new node behind the last bone, in the bone's own direction."""
        if self.nodes[leaf].name.endswith("_spring_end"):
            return None
        x, y, z = self.nodes[leaf].translation
        length = (x * x + y * y + z * z) ** 0.5
        if length < 1e-6:
            return None
        scale = _TAIL_LENGTH / length
        offset = (x * scale, y * scale, z * scale)
        self.nodes.append(Node(f"{self.nodes[leaf].name}_spring_end", leaf, offset))
        self.children.append([])
        self.children[leaf].append(len(self.nodes) - 1)
        return len(self.nodes) - 1


def read_springs(
    part: JsonObject, source: VrmSource
) -> tuple[tuple[Spring, ...], tuple[SpringCollider, ...], tuple[Node, ...]]:
    """The springs, their colliders, and the model's nodes with the tails of the chains."""
    colliders: list[SpringCollider] = []
    groups: list[tuple[int, ...]] = []
    for entry in part.objects("colliderGroups"):
        found = _colliders(entry, source)
        groups.append(tuple(range(len(colliders), len(colliders) + len(found))))
        colliders.extend(found)
    children: list[list[int]] = [[] for _ in source.scene.nodes]
    for row, node in enumerate(source.scene.nodes):
        if node.parent >= 0:
            children[node.parent].append(row)
    chains = _Chains(list(source.scene.nodes), children)
    springs: list[Spring] = []
    for entry in part.objects("boneGroups"):
        named = [c for g in entry.indices("colliderGroups", len(groups)) for c in groups[g]]
        for root in entry.indices("bones", len(source.scene.nodes)):
            springs.extend(
                _spring(entry, chain, named, source)
                for chain in chains.split(source.scene.row_of[root])
            )
    return tuple(springs), tuple(colliders), tuple(chains.nodes)


def _spring(
    entry: JsonObject, chain: Sequence[int], colliders: Sequence[int], source: VrmSource
) -> Spring:
    template = SpringJoint(
        chain[0],
        max(entry.number("hitRadius", 0.02), 0.0),
        entry.number("stiffiness", 1.0),  # The specification's own spelling.
        entry.number("gravityPower", 0.0),
        _from_unity(entry.object("gravityDir"), (0.0, -1.0, 0.0)),
        min(max(entry.number("dragForce", 0.5), 0.0), 1.0),
    )
    center = source.node(entry, "center")
    return Spring(
        entry.text("comment"),
        tuple(replace(template, node=node) for node in chain),
        tuple(dict.fromkeys(colliders)),
        -1 if center is None else center,
    )


def _colliders(entry: JsonObject, source: VrmSource) -> list[SpringCollider]:
    node = source.node(entry, "node")
    if node is None:
        return []
    return [
        SpringCollider(
            node,
            _from_unity(collider.object("offset"), (0.0, 0.0, 0.0)),
            max(collider.number("radius", 0.0), 0.0),
        )
        for collider in entry.objects("colliders")
    ]


def _from_unity(
    vector: JsonObject, default: tuple[float, float, float]
) -> tuple[float, float, float]:
    """VRM 0.x writes vectors as Unity has them, left-handed; its nodes are glTF's."""
    if not vector:
        return default
    return vector.number("x", 0.0), vector.number("y", 0.0), -vector.number("z", 0.0)
