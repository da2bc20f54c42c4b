"""VRMC_node_constraint-1.0: nodes that follow another by roll, aim or rotation."""

from __future__ import annotations

from typing import Final, Literal

from avatar_server.avatar.model import NodeConstraint
from avatar_server.avatar.vrm.source import VrmSource

NAME: Final = "VRMC_node_constraint"
_KINDS: Final[dict[Literal["roll", "aim", "rotation"], tuple[str, tuple[str, ...]]]] = {
    "roll": ("rollAxis", ("X", "Y", "Z")),
    "aim": (
        "aimAxis",
        ("PositiveX", "NegativeX", "PositiveY", "NegativeY", "PositiveZ", "NegativeZ"),
    ),
    "rotation": ("", ()),
}


def read_constraints(source: VrmSource) -> tuple[NodeConstraint, ...]:
    """Every constraint with a source that exists and is not below the node itself, which would
    have to follow its own movement; a node follows at most one."""
    found: list[NodeConstraint] = []
    for index, entry in enumerate(source.document.objects("nodes")):
        part = entry.object("extensions").object(NAME).leniently().object("constraint")
        for kind, (key, axes) in _KINDS.items():
            if kind not in part:
                continue
            settings = part.object(kind)
            node, follows = source.scene.row_of[index], source.node(settings, "source")
            axis = settings.text(key) if key else ""
            if follows is None or _is_below(source, follows, node):
                continue
            if not axes or axis in axes:
                weight = min(max(settings.number("weight", 1.0), 0.0), 1.0)
                found.append(NodeConstraint(node, follows, kind, axis, weight))
                break
    return tuple(found)


def _is_below(source: VrmSource, row: int, ancestor: int) -> bool:
    while row >= 0 and row != ancestor:
        row = source.scene.nodes[row].parent
    return row == ancestor
