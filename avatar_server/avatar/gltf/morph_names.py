"""What the morph targets of a mesh are called."""

from __future__ import annotations

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.json_reader import JsonObject


def target_names(mesh: JsonObject, accessors: Accessors, count: int) -> list[str]:
    """Names by ``extras.targetNames`` of the mesh, else of a primitive (as VRM 0.x exporters write
    them), else of the targets' accessors, else by number."""
    sources = [mesh, *mesh.objects("primitives")]
    lists = [s.leniently().object("extras").array("targetNames") for s in sources]
    named = next((n for n in lists if len(n) >= count and n), [])
    targets = next((t for p in sources[1:] if (t := p.objects("targets"))), [])

    def name(i: int) -> str:
        if i < len(named) and isinstance(named[i], str) and named[i]:
            return str(named[i])
        index = (
            targets[i].leniently().index("POSITION", accessors.count) if i < len(targets) else None
        )
        return (accessors.name(index) if index is not None else "") or f"morph_{i}"

    return [name(i) for i in range(count)]
