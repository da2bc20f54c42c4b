"""A character made ready for the rasteriser: its triangles in the order of drawing, its surfaces
and the working memory of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.material import Texture
from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.render.camera import detail_of, screen_positions
from avatar_server.render.draw_list import runs_of, sides_of
from avatar_server.render.hull import hulls_of
from avatar_server.render.raster.scene import (
    DRAW_DTYPE,
    FEATURES,
    MATERIAL_DTYPE,
    QUEUE_BYTES,
    SHOWN_BYTES,
    SIDE_BACK,
    SIDE_FRONT,
    VERTEX_BYTES,
    WRAPS,
    HullStruct,
    SceneStruct,
    SilhouetteStruct,
    record_floats,
)
from avatar_server.render.silhouette import Silhouette
from avatar_server.render.surface import (
    SURFACE_DTYPE,
    Side,
    Surface,
    changed_colors,
    is_glass,
    surface_block,
    surface_of,
)
from avatar_server.render.texture_levels import COLOR_MAPS, Level, level_for, texels_at
from avatar_server.types import ByteArray, MaterialChange, PosedRig

_BOTH = SIDE_FRONT | SIDE_BACK
_SIDES = {
    "front": SIDE_FRONT,
    "back": SIDE_BACK,
    "both": _BOTH,
    "outline": _BOTH,
    "hull": SIDE_BACK,
}


@dataclass(frozen=True, slots=True)
class _Draw:
    run: int
    side: Side
    surface: Surface


class RasterModel:
    """What the rasteriser keeps of one model. Belongs to one thread."""

    def __init__(self, model: AvatarModel) -> None:
        self.model = model
        if model.indices.max(initial=0) >= max(len(model.positions), 1):
            raise RenderError("the model has triangles between vertices that it does not have")
        self._runs = runs_of(model)
        self._hulls = hulls_of(model, self._runs)
        self._draws = self._make_draws()
        self._levels: dict[tuple[int, Level, bool], ByteArray] = {}
        self._surfaces_by_detail: dict[int, NDArray[np.void]] = {}
        self._arrays: dict[str, NDArray[np.generic]] = {}
        self._changed: Mapping[int, MaterialChange] = {}
        self.scene = SceneStruct()
        self._fill_scene()

    def release(self) -> None:
        """Nothing of it is outside Python's memory."""

    def take(self, rig: PosedRig, height: int) -> None:
        """Hand over the rig, to be drawn in a picture of this height.

        Raises RenderError where its vertices are another model's."""
        count = len(self.model.positions)
        if rig.positions.shape != (count, 3):
            raise RenderError(
                f"the pose has {len(rig.positions)} vertices and the model {count}: "
                "pose and renderer must be made from the same avatar"
            )
        self._point("positions", np.ascontiguousarray(rig.positions, np.float32))
        self._point("normals", np.ascontiguousarray(rig.normals, np.float32))
        detail = detail_of(rig.camera, height)
        if detail not in self._surfaces_by_detail:
            self._surfaces_by_detail[detail] = self._make_surfaces(rig, height)
        surfaces = self._surfaces_by_detail[detail]
        if rig.material_changes or self._changed:
            surfaces = self._under(rig.material_changes, surfaces)
        self._point("surfaces", surfaces)

    def _make_draws(self) -> list[_Draw]:
        """Solid surfaces, then outlines, which little is seen of, then what is blended."""
        solid: list[_Draw] = []
        lines: list[_Draw] = []
        blended: list[_Draw] = []
        changed = changed_colors(self.model)
        for row, run in enumerate(self._runs):
            material = self.model.materials[run.material]
            sides = sides_of(material)
            if sides[:2] == ("front", "back"):
                sides = ("both", *sides[2:])
            if row in self._hulls:
                sides = (*sides, "hull")
            for side in sides:
                surface = surface_of(
                    material,
                    side,
                    vertex_colors=self.model.colors is not None,
                    changed=changed.get(run.material, frozenset()),
                )
                if material.alpha_mode == "BLEND" or is_glass(material):
                    place = blended
                else:
                    place = lines if side in ("outline", "hull") else solid
                place.append(_Draw(row, side, surface))
        return solid + lines + blended

    def _fill_scene(self) -> None:
        model, scene = self.model, self.scene
        triangles = np.concatenate(
            [np.empty((0, 3), np.int32), *(run.triangles.astype(np.int32) for run in self._runs)]
        )
        hull_triangles = self._fill_hull(len(model.positions))
        outlined = [place for place, draw in enumerate(self._draws) if draw.side == "outline"]
        rim = Silhouette(
            model.positions,
            [self._runs[self._draws[place].run].triangles for place in outlined],
            [self._draws[place].surface.material.double_sided for place in outlined],
        )
        capacity = rim.edge_count
        self._point("uvs", np.ascontiguousarray(model.uvs, np.float32))
        if model.uvs1 is not None:
            self._point("uvs1", np.ascontiguousarray(model.uvs1, np.float32))
        if model.colors is not None:
            self._point("colors", np.ascontiguousarray(model.colors, np.float32))
        self._point("draws", self._draw_rows())
        triangles = np.concatenate([triangles, hull_triangles])
        scene.vertex_count, scene.triangle_count = len(model.positions), len(triangles)
        scene.draw_count = len(self._draws)
        most = max((_varyings(draw.surface) for draw in self._draws), default=0)
        bends = any("NORMAL_MAP" in _names(draw.surface) for draw in self._draws)
        scene.record_floats = record_floats(most, bends)
        rows = len(triangles) + 2 * capacity
        corners = np.empty((rows, 3), np.int32)
        corners[: len(triangles)] = triangles
        self._point("corners", corners)
        self._point("owners", np.empty(rows, np.int32))
        self._point("records_at", np.empty(rows, np.int32))
        self._point("records", np.empty(rows * scene.record_floats, np.float32))
        vertices = (len(model.positions) + scene.hull.count + 4 * capacity) * VERTEX_BYTES
        self._point("queues", np.zeros(len(self._draws) * QUEUE_BYTES, np.uint8))
        self._point("shown", np.empty(rows * SHOWN_BYTES, np.uint8))
        self._point("vertices", np.empty(vertices, np.uint8))
        self._fill_silhouette(rim, outlined)

    def _fill_hull(self, vertex_count: int) -> NDArray[np.int32]:
        """The triangles (n, 3) of all hulls, between vertices that come after the model's."""
        places = [place for place, draw in enumerate(self._draws) if draw.side == "hull"]
        rows, triangles = [np.empty(0, np.int32)], [np.empty((0, 3), np.int32)]
        ends: list[int] = []
        for place in places:
            own, corners = np.unique(self._hulls[self._draws[place].run], return_inverse=True)
            first = vertex_count + (ends[-1] if ends else 0)
            triangles.append((corners.reshape(-1, 3) + first).astype(np.int32))
            rows.append(own.astype(np.int32))
            ends.append(first - vertex_count + len(own))
        kept = {
            "rows": np.concatenate(rows),
            "ends": np.array(ends, np.int32),
            "draws": np.array(places, np.int32),
        }
        struct: HullStruct = self.scene.hull
        for name, array in kept.items():
            self._arrays[f"hull_{name}"] = array
            setattr(struct, name, array.ctypes.data)
        struct.group_count, struct.count = len(places), len(kept["rows"])
        return np.concatenate(triangles)

    def _fill_silhouette(self, rim: Silhouette, outlined: list[int]) -> None:
        sides, corners, triangles, ends = rim.tables()
        kept = {
            "sides": sides,
            "corners": corners,
            "ends": ends,
            "triangles": triangles,
            "draws": np.array(outlined, np.int32),
        }
        struct: SilhouetteStruct = self.scene.silhouette
        for name, array in kept.items():
            self._arrays[f"rim_{name}"] = array
            setattr(struct, name, array.ctypes.data)
        struct.capacity = len(sides)
        struct.group_count, struct.triangle_count = len(ends), len(triangles)
        self._point("facing", np.ones(len(triangles) + 1, np.uint8))

    def _draw_rows(self) -> NDArray[np.void]:
        first = np.cumsum([0, *(len(run.triangles) for run in self._runs)])
        hull_first = int(first[-1])
        rows = np.zeros(len(self._draws), DRAW_DTYPE)
        for place, draw in enumerate(self._draws):
            start, count = int(first[draw.run]), len(self._runs[draw.run].triangles)
            if draw.side == "outline":
                start = count = 0
            elif draw.side == "hull":
                start, count = hull_first, len(self._hulls[draw.run])
                hull_first += count
            rows[place] = (start, count, _SIDES[draw.side], place)
        return rows

    def _make_surfaces(self, rig: PosedRig, height: int) -> NDArray[np.void]:
        screen = screen_positions(rig.camera, rig.positions, height)
        rows = np.zeros(len(self._draws), MATERIAL_DTYPE)
        for row, draw in zip(rows, self._draws, strict=True):
            surface, run = draw.surface, self._runs[draw.run]
            row["block"] = np.frombuffer(surface_block(surface), SURFACE_DTYPE)[0]
            names = _names(surface)
            row["features"] = _features(surface, names)
            row["slots"] = len(surface.slots)
            row["varyings"] = _varyings(surface)
            if "RIM_POWER" in names:
                row["rim_halves"] = 2 * int(names["RIM_POWER"].split()[1]) + ("RIM_ROOT" in names)
            textured = [sampler for sampler, _ in surface.maps]
            row["is_simple"] = textured == ["base_map"]
            row["is_flat"] = not textured and not names.keys() & _VARYING_FEATURES
            for sampler, use in surface.maps:
                name = sampler.removesuffix("_map")
                slot = names.get(f"{name.upper()}_SLOT", "SLOT 0").split()[1]
                level = level_for(run, self.model, screen, use)
                is_color = sampler in COLOR_MAPS
                row[name] = self._map(use.texture, level, int(slot), is_color=is_color)
        return rows

    def _map(self, index: int, level: Level, slot: int, *, is_color: bool) -> tuple[int, ...]:
        texture = self.model.textures[index]
        if texture.nearest:
            level = (0, 0)
        key = index, level, is_color
        if key not in self._levels:
            texels = texels_at(texture, level, is_color=is_color)
            self._levels[key] = _bordered(texels, texture)
        pixels = self._levels[key]
        return (
            pixels.ctypes.data,
            pixels.shape[1] - 2,
            pixels.shape[0] - 2,
            WRAPS[texture.wrap_s],
            WRAPS[texture.wrap_t],
            int(texture.nearest),
            slot,
        )

    def _under(
        self, changes: Mapping[int, MaterialChange], surfaces: NDArray[np.void]
    ) -> NDArray[np.void]:
        """The surfaces as expressions change them in this frame."""
        self._changed = changes
        if not changes:
            return surfaces
        changed = surfaces.copy()
        for row, draw in zip(changed, self._draws, strict=True):
            if change := changes.get(self._runs[draw.run].material):
                block = surface_block(draw.surface, change)
                row["block"] = np.frombuffer(block, SURFACE_DTYPE)[0]
        return changed

    def _point(self, name: str, array: NDArray[np.generic]) -> None:
        """Point a field of the scene at ``array``, which is kept."""
        self._arrays[name] = array
        setattr(self.scene, name, array.ctypes.data)


def _bordered(pixels: ByteArray, texture: Texture) -> ByteArray:
    """With one texel more on all sides: what lies beyond the edge by the texture's wrap."""
    for axis, wrap in enumerate((texture.wrap_t, texture.wrap_s)):
        border = [(0, 0), (0, 0), (0, 0)]
        border[axis] = (1, 1)
        pixels = np.pad(pixels, border, mode="wrap" if wrap == "repeat" else "edge")
    return np.ascontiguousarray(pixels)


_VARYING_FEATURES = {"LIT", "PBR", "RIM", "MATCAP", "EMISSIVE", "VERTEX_COLORS"}
"""Without these, and without textures, a surface has one colour."""


def _names(surface: Surface) -> dict[str, str]:
    """The surface's defines by name: "NAME" or "NAME value"."""
    return {define.split()[0]: define for define in surface.defines}


def _features(surface: Surface, names: Mapping[str, str]) -> int:
    features = sum(bit for name, bit in FEATURES.items() if name in names)
    material = surface.material
    if material.alpha_mode == "BLEND" and material.transparent_with_z_write:
        features |= FEATURES["DEPTH_WRITE"]
    if "GLASS" in names:
        features |= FEATURES["BLEND"] | FEATURES["DEPTH_WRITE"]
    return features


def _varyings(surface: Surface) -> int:
    """How many numbers vary over a triangle: see ``vary`` in records.c."""
    names = _names(surface)
    sizes = {"LIT": 1, "RIM": 1, "MATCAP": 2, "VERTEX_COLORS": 4, "PBR": 3}
    coordinates = 2 if "UV_ANIMATION" in names else 2 * len(surface.slots)
    normal = 3 if "PBR" in names or ("LIT" in names and "NORMAL_MAP" in names) else 0
    return coordinates + normal + sum(size for name, size in sizes.items() if name in names)
