"""The joints of all skins, and the nodes of rigid meshes, as one palette (glTF 2.0, 3.7.3)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.gltf.accessors import Accessors
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.scene import Scene
from avatar_server.errors import AvatarFileError
from avatar_server.types import FloatArray

MAX_JOINTS: Final = 65_535
MAX_BIND: Final = 1e9


class Palette:
    """Grows as meshes are placed; each skin is read once."""

    def __init__(self, skins: list[JsonObject], accessors: Accessors, scene: Scene) -> None:
        self._skins = skins
        self._accessors = accessors
        self._scene = scene
        self._rows_of_skin: dict[int, tuple[int, int]] = {}
        self._nodes: list[int] = []
        self._inverse_binds: list[FloatArray] = []

    def hang(self, node: int, transform: FloatArray) -> int:
        """The row for what hangs rigidly on ``node`` by ``transform`` (4, 4)."""
        self._nodes.append(node)
        self._inverse_binds.append(transform[None])
        return len(self._nodes) - 1

    def rows(self, skin: int, joints: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of a skin's ``joints``, numbers within the skin.

        Raises ``AvatarFileError`` for joints that the skin does not have."""
        base, size = self._skin(skin)
        if joints.size and (int(joints.max()) >= size or int(joints.min()) < 0):
            raise self._skins[skin].fail(f"joint {int(joints.max())} of {size} is used")
        return joints + base

    def finish(self) -> tuple[NDArray[np.int32], FloatArray]:
        """``Skinning.palette_nodes`` and ``Skinning.inverse_binds``."""
        if len(self._nodes) > MAX_JOINTS:
            raise AvatarFileError(f"the scene has more than {MAX_JOINTS} joints and rigid meshes")
        binds = np.concatenate([*self._inverse_binds, np.zeros((0, 4, 4), np.float32)])
        return np.array(self._nodes, np.int32), binds

    def _skin(self, skin: int) -> tuple[int, int]:
        """The first row of a skin's joints, and how many they are."""
        if skin not in self._rows_of_skin:
            entry, count = self._skins[skin], len(self._scene.nodes)
            joints = [self._scene.row_of[j] for j in entry.indices("joints", count)]
            if len(self._nodes) + len(joints) > MAX_JOINTS:
                raise entry.fail(f"the scene's skins have more than {MAX_JOINTS} joints")
            self._inverse_binds.append(_inverse_binds(entry, self._accessors, len(joints)))
            self._rows_of_skin[skin] = (len(self._nodes), len(joints))
            self._nodes.extend(joints)
        return self._rows_of_skin[skin]


def _inverse_binds(entry: JsonObject, accessors: Accessors, joints: int) -> FloatArray:
    index = entry.index("inverseBindMatrices", accessors.count)
    if index is None:
        return np.repeat(np.eye(4, dtype=np.float32)[None], joints, axis=0)
    columns = accessors.floats(index, 16)
    if len(columns) < joints:
        raise entry.fail(f"{len(columns)} inverse bind matrices for {joints} joints")
    if not np.all(np.abs(columns) < MAX_BIND):
        raise entry.fail("inverse bind matrices that are no finite numbers")
    return np.ascontiguousarray(columns[:joints].reshape(-1, 4, 4).transpose(0, 2, 1))
