"""Which two sets of texture coordinates a material's primitives keep.

A file may have any number of sets; a vertex of ``AvatarModel`` has two. A material uses hardly ever
more than that, but not always the first two.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

from avatar_server.avatar.material import Material, TextureUse

TextureSets = tuple[int, int]
USUAL_SETS: Final[TextureSets] = (0, 1)


def with_two_sets(material: Material) -> tuple[Material, TextureSets]:
    """``material`` with its textures' ``texcoord`` 0 or 1, and the file's sets that these are.

    Of more than two sets, the later ones stand in for each other. MToon takes the first set
    whatever its textures name, as UniVRM and three-vrm draw it.
    """
    uses = {
        part.name: use
        for part in fields(material)
        if isinstance(use := getattr(material, part.name), TextureUse)
    }
    used = sorted({use.texcoord for use in uses.values()})
    if material.shading == "mtoon":
        sets = USUAL_SETS
        uses = {name: replace(use, texcoord=0) for name, use in uses.items()}
    elif not used or used[-1] <= 1:
        return material, USUAL_SETS
    else:
        sets = (used[0], used[1]) if len(used) > 1 else (used[0], used[0])
    moved = {
        name: replace(use, texcoord=int(use.texcoord != sets[0])) for name, use in uses.items()
    }
    return replace(material, **moved), sets  # type: ignore[arg-type]
