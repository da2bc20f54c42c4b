"""One surface with one material: positions, triangles, skin and morphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Skin = dict[str, Array]


@dataclass
class Part:
    """Vertices and triangles of one material in one mesh.

    * ``positions`` (V, 3) metres, ``triangles`` (T, 3) counter-clockwise from the front,
      ``uvs`` (V, 2) in atlas coordinates with v = 0 at the top, ``normals`` (V, 3) unit or None
      (then smoothed from the triangles when written).
    * ``skin``: joint name to (V,) weights; the four largest count, scaled to a sum of 1.
    * ``morphs``: name to (V, 3) displacement at weight 1; ``morph_normals`` alike (made from the
      geometry when absent).
    * ``groups`` (V,): vertices with the same number share a normal; None welds equal positions.
    * ``mesh``: parts of the same mesh travel together; a mesh has one list of morphs.
    """

    name: str
    material: str
    positions: Array
    triangles: Index
    uvs: Array
    normals: Array | None = None
    skin: Skin = field(default_factory=dict)
    morphs: dict[str, Array] = field(default_factory=dict)
    morph_normals: dict[str, Array] = field(default_factory=dict)
    groups: Index | None = None
    mesh: str = "body"

    def bound_to(self, joint: str) -> Part:
        """The same part, rigid on ``joint``."""
        return replace(self, skin={joint: np.ones(len(self.positions))})

    def with_skin(self, skin: Skin) -> Part:
        return replace(self, skin=skin)

    def in_mesh(self, mesh: str) -> Part:
        return replace(self, mesh=mesh)

    def moved(self, offset: Sequence[float]) -> Part:
        return replace(self, positions=self.positions + np.asarray(offset, float))

    def with_uvs(self, uvs: Array) -> Part:
        return replace(self, uvs=uvs)


def weld_groups(positions: Array, tolerance: float = 1e-6) -> Index:
    """(V,) group numbers: vertices at the same place get the same number."""
    keys = np.round(positions / tolerance).astype(np.int64)
    _, groups = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(groups, np.int64).reshape(-1)


def smooth_normals(positions: Array, triangles: Index, groups: Index | None = None) -> Array:
    """(V, 3) unit normals, weighted by the corner angles of the triangles around a vertex."""
    if groups is None:
        groups = weld_groups(positions)
    corners = positions[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    face /= np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-20)
    total = np.zeros((int(groups.max()) + 1, 3))
    for k in range(3):
        a = corners[:, (k + 1) % 3] - corners[:, k]
        b = corners[:, (k + 2) % 3] - corners[:, k]
        lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        cosine = np.einsum("ij,ij->i", a, b) / np.maximum(lengths, 1e-20)
        angle = np.arccos(np.clip(cosine, -1, 1))
        np.add.at(total, groups[triangles[:, k]], face * angle[:, None])
    normals = total[groups]
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), np.array([0.0, 0.0, 1.0]))


def mirrored(part: Part, rename: Callable[[str], str], name: str | None = None) -> Part:
    """The part on the other side of the plane x = 0; joints and morphs are renamed."""
    flip = np.array([-1.0, 1.0, 1.0])
    return replace(
        part,
        name=rename(part.name) if name is None else name,
        positions=part.positions * flip,
        triangles=part.triangles[:, ::-1].copy(),
        normals=None if part.normals is None else part.normals * flip,
        skin={rename(joint): weight.copy() for joint, weight in part.skin.items()},
        morphs={rename(key): delta * flip for key, delta in part.morphs.items()},
        morph_normals={rename(key): delta * flip for key, delta in part.morph_normals.items()},
    )


def swap_side(name: str) -> str:
    """``eyeBlinkLeft`` to ``eyeBlinkRight``, ``leftHand`` to ``rightHand``, ``ear_L`` to
    ``ear_R``, and back."""
    for left, right in (("Left", "Right"), ("left", "right"), ("_L", "_R")):
        if left in name:
            return name.replace(left, right)
        if right in name:
            return name.replace(right, left)
    return name


def joined(parts: Sequence[Part], name: str | None = None) -> Part:
    """Several parts of one material as one; absent skins and morphs count as zero."""
    first = parts[0]
    counts = [len(p.positions) for p in parts]
    starts = np.cumsum([0, *counts])
    groups, used = [], 0
    for p in parts:
        own = weld_groups(p.positions) if p.groups is None else p.groups
        groups.append(own + used)
        used += int(own.max()) + 1

    def stacked(fields: Sequence[Mapping[str, Array]], width: tuple[int, ...]) -> dict[str, Array]:
        names = dict.fromkeys(key for f in fields for key in f)
        return {
            key: np.concatenate(
                [f.get(key, np.zeros((n, *width))) for f, n in zip(fields, counts, strict=True)]
            )
            for key in names
        }

    normals = None
    if all(p.normals is not None for p in parts):
        normals = np.concatenate([p.normals for p in parts if p.normals is not None])
    return replace(
        first,
        name=name or first.name,
        positions=np.concatenate([p.positions for p in parts]),
        triangles=np.concatenate(
            [p.triangles + s for p, s in zip(parts, starts[:-1], strict=True)]
        ),
        uvs=np.concatenate([p.uvs for p in parts]),
        normals=normals,
        skin=stacked([p.skin for p in parts], ()),
        morphs=stacked([p.morphs for p in parts], (3,)),
        morph_normals=stacked([p.morph_normals for p in parts], (3,)),
        groups=np.concatenate(groups),
    )


def compact(part: Part) -> Part:
    """Without the vertices that no triangle uses."""
    used, triangles = np.unique(part.triangles, return_inverse=True)
    groups = weld_groups(part.positions) if part.groups is None else part.groups
    return replace(
        part,
        positions=part.positions[used],
        triangles=triangles.reshape(-1, 3),
        uvs=part.uvs[used],
        normals=None if part.normals is None else part.normals[used],
        skin={k: w[used] for k, w in part.skin.items()},
        morphs={k: d[used] for k, d in part.morphs.items()},
        morph_normals={k: d[used] for k, d in part.morph_normals.items()},
        groups=groups[used],
    )


def finished(part: Part) -> Part:
    """The part with its normals and the normal deltas of its morphs filled in."""
    groups = weld_groups(part.positions) if part.groups is None else part.groups
    geometric = smooth_normals(part.positions, part.triangles, groups)
    normals = geometric if part.normals is None else part.normals
    morph_normals = dict(part.morph_normals)
    for name, delta in part.morphs.items():
        if name in morph_normals or not np.any(delta):
            continue
        change = smooth_normals(part.positions + delta, part.triangles, groups) - geometric
        turned = normals + change
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        step = turned - normals
        step[np.abs(step).max(axis=1) < 1e-3] = 0.0
        morph_normals[name] = step
    return replace(part, normals=normals, morph_normals=morph_normals)


def calmed(part: Part, share: float) -> Part:
    """With morphs that turn the normals only by ``share`` of what the geometry does."""
    done = finished(part)
    for name, step in done.morph_normals.items():
        turned = done.normals + share * step
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        turned -= done.normals
        turned[np.abs(step).max(axis=1) == 0] = 0.0
        done.morph_normals[name] = turned
    return done
