"""The character as data: what every importer makes, and what posing and drawing read.

All meshes of a file are joined into one vertex table. A vertex of a rigid mesh is bound with
weight 1 to its own node, so that skinned and rigid meshes are posed by the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.material import Material, Texture
from avatar_server.types import Camera, FloatArray


@dataclass(frozen=True, slots=True)
class Primitive:
    """A run of triangles in ``AvatarModel.indices`` with one material. Primitives of one node whose
    vertices the file has as one share a ``block``; -1 stands for a block of its own."""

    first_index: int
    index_count: int
    material: int
    node: int
    first_person: Literal["auto", "both", "thirdPersonOnly", "firstPersonOnly"] = "auto"
    block: int = -1


@dataclass(frozen=True, slots=True)
class MorphTarget:
    """Sparse deltas of one morph target of one mesh.

    ``vertices`` int32 (K,) rows of the vertex table, ascending; ``positions`` and ``normals``
    float32 (K, 3) what weight 1 adds to them. ``mesh`` is the glTF mesh index and ``index`` the
    target's index in it, by which VRM expressions name it. ``rest_weight`` is the mesh's own
    default weight.
    """

    name: str
    mesh: int
    index: int
    vertices: NDArray[np.int32]
    positions: FloatArray
    normals: FloatArray
    rest_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Node:
    """A joint or a plain node at rest; local transform relative to ``parent`` (-1: a root)."""

    name: str
    parent: int
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Skinning:
    """Linear blend skinning of the whole vertex table (glTF 2.0, 3.7.3).

    ``joints`` uint16 (V, 4) rows of the palette, ``weights`` float32 (V, 4) that add up to 1;
    palette row p is ``global(palette_nodes[p]) @ inverse_binds[p]``, with ``palette_nodes`` int32
    (P,) and ``inverse_binds`` float32 (P, 4, 4). Rigid vertices use their node and the identity.
    """

    joints: NDArray[np.uint16]
    weights: FloatArray
    palette_nodes: NDArray[np.int32]
    inverse_binds: FloatArray


OverrideKind = Literal["none", "block", "blend"]


@dataclass(frozen=True, slots=True)
class MaterialColorBind:
    material: int
    kind: str
    target: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TextureTransformBind:
    material: int
    scale: tuple[float, float]
    offset: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ModelExpression:
    """A VRM expression: weights of morph targets (rows of ``AvatarModel.morphs``) and changes of
    materials, moved together by one number."""

    name: str
    morphs: tuple[tuple[int, float], ...] = ()
    colors: tuple[MaterialColorBind, ...] = ()
    texture_transforms: tuple[TextureTransformBind, ...] = ()
    is_binary: bool = False
    override_blink: OverrideKind = "none"
    override_look_at: OverrideKind = "none"
    override_mouth: OverrideKind = "none"
    is_preset: bool = True


@dataclass(frozen=True, slots=True)
class LookAtRange:
    """VRM rangeMap: an input angle of ``input_max`` degrees maps to ``output`` (degrees for
    bones, weight for expressions), linearly, clamped."""

    input_max: float = 90.0
    output: float = 10.0


@dataclass(frozen=True, slots=True)
class LookAt:
    kind: Literal["bone", "expression"] = "bone"
    offset_from_head: tuple[float, float, float] = (0.0, 0.06, 0.0)
    horizontal_inner: LookAtRange = LookAtRange()
    horizontal_outer: LookAtRange = LookAtRange()
    vertical_down: LookAtRange = LookAtRange()
    vertical_up: LookAtRange = LookAtRange()


@dataclass(frozen=True, slots=True)
class SpringCollider:
    """A sphere, or a capsule where ``tail`` is given; in the space of ``node``, metres. What bumps
    into it is kept out, or with ``inside`` in."""

    node: int
    offset: tuple[float, float, float]
    radius: float
    tail: tuple[float, float, float] | None = None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class SpringJoint:
    """One joint of a spring chain (VRMC_springBone-1.0); ``gravity_dir`` in scene space."""

    node: int
    hit_radius: float = 0.0
    stiffness: float = 1.0
    gravity_power: float = 0.0
    gravity_dir: tuple[float, float, float] = (0.0, -1.0, 0.0)
    drag_force: float = 0.5


@dataclass(frozen=True, slots=True)
class Spring:
    """A chain from root to tip; ``colliders`` are rows of ``AvatarModel.spring_colliders``;
    ``center`` is the node whose movement the chain does not feel, or -1."""

    name: str
    joints: tuple[SpringJoint, ...]
    colliders: tuple[int, ...] = ()
    center: int = -1


@dataclass(frozen=True, slots=True)
class NodeConstraint:
    """VRMC_node_constraint-1.0: ``node`` follows ``source``."""

    node: int
    source: int
    kind: Literal["roll", "aim", "rotation"]
    axis: str = "X"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ModelMeta:
    """Who made the model and what may be done with it, as its file says."""

    title: str = ""
    version: str = ""
    authors: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    copyright: str = ""
    spec: str = "glTF 2.0"
    permissions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class AvatarModel:
    """Everything that a file says of a character.

    * ``positions`` float32 (V, 3), ``normals`` float32 (V, 3) unit, in each mesh's own space
      before skinning; ``uvs`` float32 (V, 2) and ``uvs1`` (second set, or None);
      ``colors`` float32 (V, 4) or None.
    * ``indices`` uint32 (I,): triangles, counter-clockwise is front.
    * ``humanoid``: VRM 1.0 bone name ("head", "leftEye", ...) to node.
    * ``expressions``: VRM expression name ("happy", "aa", "blinkLeft", ...) to its binds.
    * The character faces +z. A VRM 0.x file faces -z: its importer turns everything, node by node,
      by 180 degrees about y, so that no reader has to know which version a model came from.
    * ``nodes`` have parents before their children.
    """

    name: str
    nodes: tuple[Node, ...]
    positions: FloatArray
    normals: FloatArray
    uvs: FloatArray
    indices: NDArray[np.uint32]
    primitives: tuple[Primitive, ...]
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    morphs: tuple[MorphTarget, ...]
    skinning: Skinning
    uvs1: FloatArray | None = None
    colors: FloatArray | None = None
    humanoid: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    expressions: Mapping[str, ModelExpression] = field(default_factory=lambda: MappingProxyType({}))
    look_at: LookAt | None = None
    springs: tuple[Spring, ...] = ()
    spring_colliders: tuple[SpringCollider, ...] = ()
    constraints: tuple[NodeConstraint, ...] = ()
    meta: ModelMeta = ModelMeta()
    camera: Camera | None = None

    @property
    def triangle_count(self) -> int:
        return len(self.indices) // 3
