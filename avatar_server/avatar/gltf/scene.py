"""The node graph: parents, rest transforms, and which nodes the default scene draws."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.model import Node
from avatar_server.errors import AvatarFileError

Float64 = NDArray[np.float64]
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 1_000
"""Of nodes within nodes; each level of a skeleton is posed by itself."""
MAX_REACH: Final = 1e7
"""Metres, or times a size, beyond which single-precision drawing has nothing to show."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All nodes of a file, parents before their children.

    ``nodes`` are in the model's order; ``row_of`` maps a node's index in the file to its row, and
    ``file_index`` back. ``drawn`` are the rows in the default scene. ``globals_`` float64
    (N, 4, 4) are the rest transforms in the scene.
    """

    nodes: tuple[Node, ...]
    row_of: tuple[int, ...]
    file_index: tuple[int, ...]
    drawn: frozenset[int]
    globals_: Float64


def read_scene(document: JsonObject) -> Scene:
    """Reads ``nodes``, ``scenes`` and ``scene`` (glTF 2.0, 3.5).

    A file without scenes draws every root, one with several the default or the first. Raises
    ``AvatarFileError`` for cycles and for a node with two parents.
    """
    entries = document.objects("nodes")
    if len(entries) > MAX_NODES:
        raise AvatarFileError(f"it has {len(entries)} nodes; at most {MAX_NODES} are read")
    children = [list(dict.fromkeys(e.indices("children", len(entries)))) for e in entries]
    parents = _parents(entries, children)
    order = _parents_first(entries, children, parents)
    row_of = [0] * len(entries)
    for row, index in enumerate(order):
        row_of[index] = row
    nodes = tuple(_node(entries[i], -1 if parents[i] < 0 else row_of[parents[i]]) for i in order)
    roots = _scene_roots(document, len(entries), parents)
    drawn: set[int] = set()
    waiting = deque(roots)
    while waiting:
        index = waiting.popleft()
        drawn.add(row_of[index])
        waiting.extend(children[index])
    globals_ = global_transforms(nodes)
    reach = np.abs(globals_).max(axis=(1, 2)) if nodes else np.zeros(0)
    lost = np.flatnonzero(~(reach < MAX_REACH))
    if len(lost):
        raise entries[order[lost[0]]].fail("its transform leads out of any scene")
    return Scene(nodes, tuple(row_of), tuple(order), frozenset(drawn), globals_)


def local_matrix(node: Node) -> Float64:
    """float64 (4, 4): translation, rotation and scale as one matrix (glTF 2.0, 3.5.3)."""
    x, y, z, w = node.rotation
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.scale)
    matrix[:3, 3] = node.translation
    return matrix


def global_transforms(nodes: tuple[Node, ...]) -> Float64:
    """float64 (N, 4, 4) of nodes whose parents come before them."""
    result = np.empty((len(nodes), 4, 4))
    with np.errstate(over="ignore", invalid="ignore"):
        for row, node in enumerate(nodes):
            local = local_matrix(node)
            result[row] = local if node.parent < 0 else result[node.parent] @ local
    return result


def _parents(entries: list[JsonObject], children: list[list[int]]) -> list[int]:
    parents = [-1] * len(entries)
    for parent, own in enumerate(children):
        for child in own:
            if parents[child] >= 0:
                raise entries[child].fail(f"has two parents, nodes {parents[child]} and {parent}")
            parents[child] = parent
    return parents


def _parents_first(
    entries: list[JsonObject], children: list[list[int]], parents: list[int]
) -> list[int]:
    order = [i for i, parent in enumerate(parents) if parent < 0]
    for index in order:
        order.extend(children[index])
    depths = [0] * len(entries)
    for index in order:
        for child in children[index]:
            depths[child] = depths[index] + 1
    if max(depths, default=0) > MAX_DEPTH:
        raise AvatarFileError(f"its nodes are nested {max(depths)} deep; at most {MAX_DEPTH} are")
    if len(order) < len(entries):
        lost = min(set(range(len(entries))) - set(order))
        raise AvatarFileError(f"nodes[{lost}] is its own ancestor: the node graph has a cycle")
    return order


def _scene_roots(document: JsonObject, count: int, parents: list[int]) -> list[int]:
    scenes = document.objects("scenes")
    if not scenes:
        return [i for i, parent in enumerate(parents) if parent < 0]
    chosen = scenes[document.index("scene", len(scenes)) or 0]
    return list(dict.fromkeys(chosen.indices("nodes", count)))


def _node(entry: JsonObject, parent: int) -> Node:
    name = entry.leniently().text("name")
    if "matrix" in entry:
        matrix = np.array(entry.numbers("matrix", tuple(np.eye(4).ravel()))).reshape(4, 4).T
        translation, rotation, scale = decompose(matrix)
        return Node(name, parent, translation, rotation, scale)
    tx, ty, tz = entry.numbers("translation", (0.0, 0.0, 0.0))
    sx, sy, sz = entry.numbers("scale", (1.0, 1.0, 1.0))
    rotation = _unit(entry.numbers("rotation", (0.0, 0.0, 0.0, 1.0)))
    return Node(name, parent, (tx, ty, tz), rotation, (sx, sy, sz))


def _unit(rotation: tuple[float, ...]) -> tuple[float, float, float, float]:
    x, y, z, w = rotation
    length = float(np.sqrt(x * x + y * y + z * z + w * w))
    if not 1e-12 < length < 1e12:
        return 0.0, 0.0, 0.0, 1.0
    return x / length, y / length, z / length, w / length


def decompose(
    matrix: Float64,
) -> tuple[
    tuple[float, float, float], tuple[float, float, float, float], tuple[float, float, float]
]:
    """Translation, rotation (xyzw) and scale of an affine matrix without shear.

    A mirrored matrix gets a negative x scale.
    """
    axes = matrix[:3, :3]
    scale = np.linalg.norm(axes, axis=0)
    if np.linalg.det(axes) < 0:
        scale[0] = -scale[0]
    safe = np.where(np.abs(scale) < 1e-12, 1.0, scale)
    r = axes / safe
    # Shepperd's method: the largest of the four squared components is divided by.
    squares = np.array(
        [
            1 + r[0, 0] - r[1, 1] - r[2, 2],
            1 - r[0, 0] + r[1, 1] - r[2, 2],
            1 - r[0, 0] - r[1, 1] + r[2, 2],
            1 + r[0, 0] + r[1, 1] + r[2, 2],
        ]
    )
    k = int(np.argmax(squares))
    rows = (
        (squares[0], r[1, 0] + r[0, 1], r[0, 2] + r[2, 0], r[2, 1] - r[1, 2]),
        (r[1, 0] + r[0, 1], squares[1], r[2, 1] + r[1, 2], r[0, 2] - r[2, 0]),
        (r[0, 2] + r[2, 0], r[2, 1] + r[1, 2], squares[2], r[1, 0] - r[0, 1]),
        (r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], squares[3]),
    )
    tx, ty, tz = (float(v) for v in matrix[:3, 3])
    sx, sy, sz = (float(v) for v in scale)
    return (tx, ty, tz), _unit(tuple(float(v) for v in rows[k])), (sx, sy, sz)
