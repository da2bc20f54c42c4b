"""KHR_draco_mesh_compression: a primitive's indices and attributes out of one Draco buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.errors import AvatarFileError
from avatar_server.types import ByteArray

NAME: Final = "KHR_draco_mesh_compression"
_MISSING: Final = "is Draco-compressed, which takes the package DracoPy: pip install DracoPy"


@dataclass(frozen=True, slots=True)
class _Decoded:
    """``indices`` (I, 1), and (V, width) for each attribute by Draco's id."""

    indices: NDArray[Any]
    attributes: dict[int, NDArray[Any]]


def uncompress(primitive: JsonObject, accessors: Accessors) -> None:
    """Gives ``accessors`` what ``primitive`` has compressed; those of a primitive that is not
    compressed stay as they are.

    Raises ``AvatarFileError`` where the data are broken, or without DracoPy where the file brings
    no uncompressed vertices beside them.
    """
    extension = primitive.object("extensions").object(NAME)
    view = extension.index("bufferView", accessors.views.count)
    if view is None:
        return
    attributes = primitive.object("attributes")
    content = accessors.views.content(view)
    try:
        decoded = _decode(content, primitive)
    except ImportError:
        position = attributes.index("POSITION", accessors.count)
        if position is not None and accessors.is_stored(position):
            return
        raise primitive.fail(_MISSING) from None
    ids = extension.object("attributes")
    for name in attributes.data:
        index = attributes.index(name, accessors.count)
        if index is None or name not in ids:
            continue
        values = decoded.attributes.get(ids.integer(name))
        if values is None:
            raise extension.fail(f"the Draco data have no attribute {ids.integer(name)} ({name})")
        accessors.provide(index, values)
    index = primitive.index("indices", accessors.count)
    if index is not None:
        accessors.provide(index, decoded.indices)


def _decode(content: ByteArray, where: JsonObject) -> _Decoded:
    import DracoPy

    try:
        mesh = DracoPy.decode(content.tobytes())
    except MemoryError:
        raise
    except Exception as error:  # The decoder raises several types for what is broken.
        raise where.fail(f"its Draco data are broken: {error}") from None
    faces = getattr(mesh, "faces", None)
    if faces is None:
        raise AvatarFileError(f"{where.where}: its Draco data hold points, not triangles")
    columns = {int(a["unique_id"]): np.asarray(a["data"]) for a in mesh.attributes}
    return _Decoded(
        np.asarray(faces).reshape(-1, 1),
        {i: data.reshape(len(data), -1) for i, data in columns.items() if data.size},
    )
