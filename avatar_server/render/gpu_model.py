"""A character on the GPU: vertices, textures and the list of draws, uploaded once a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.avatar.model import AvatarModel, Material, Primitive, Texture
from avatar_server.errors import RenderError
from avatar_server.render.program import SURFACE_BINDING
from avatar_server.render.surface import (
    SURFACE_DTYPE,
    Side,
    Surface,
    encode_srgb,
    surface_block,
    surface_of,
)
from avatar_server.types import MaterialChange, PosedRig

ProgramMaker = Callable[[tuple[str, ...]], moderngl.Program]

_BLOCK_STRIDE = 512
"""Bytes between uniform blocks: a multiple of every alignment in use, and room for one."""


@dataclass(frozen=True, slots=True)
class _Draw:
    first: int
    count: int
    material: int
    surface: Surface
    vertices: moderngl.VertexArray
    textures: tuple[moderngl.Texture, ...]
    side: Side
    block: int


class GpuModel:
    """Draws the model into the framebuffer in use. Belongs to the context that made it."""

    def __init__(
        self, context: moderngl.Context, model: AvatarModel, program_for: ProgramMaker
    ) -> None:
        self.model = model
        self._context = context
        self._program_for = program_for
        self._vertex_count = len(model.positions)
        size = max(self._vertex_count * 12, 12)
        self._positions = context.buffer(reserve=size, dynamic=True)
        self._normals = context.buffer(reserve=size, dynamic=True)
        self._static = self._upload_static()
        self._textures: dict[int, moderngl.Texture] = {}
        self._arrays: dict[tuple[str, ...], moderngl.VertexArray] = {}
        ordered = sorted(
            _visible(model), key=lambda item: draw_order(model.materials[item.material])
        )
        self._indices = context.buffer(_join_indices(model, ordered).tobytes() or bytes(12))
        self._draws = tuple(self._make_draws(ordered))
        self._blocks = np.zeros(len(self._draws) * _BLOCK_STRIDE, np.uint8)
        self._block_buffer = context.buffer(reserve=max(self._blocks.nbytes, _BLOCK_STRIDE))
        self._changed: Mapping[int, MaterialChange] | None = None
        self._write_blocks({})

    def upload(self, rig: PosedRig) -> None:
        """Hand over the rig's vertices. Raises RenderError where they are another model's."""
        if rig.positions.shape != (self._vertex_count, 3):
            raise RenderError(
                f"the pose has {len(rig.positions)} vertices and the model {self._vertex_count}: "
                "pose and renderer must be made from the same avatar"
            )
        if self._vertex_count:
            self._positions.write(np.ascontiguousarray(rig.positions, np.float32))
            self._normals.write(np.ascontiguousarray(rig.normals, np.float32))
        if rig.material_changes or self._changed:
            self._write_blocks(rig.material_changes)

    def draw(self) -> None:
        """All surfaces in the order of their render queues."""
        context = self._context
        for draw in self._draws:
            material = draw.surface.material
            for unit, texture in enumerate(draw.textures):
                texture.use(unit)
            self._block_buffer.bind_to_uniform_block(
                SURFACE_BINDING, offset=draw.block, size=SURFACE_DTYPE.itemsize
            )
            if draw.side == "both":
                context.disable(moderngl.CULL_FACE)
            else:
                context.enable(moderngl.CULL_FACE)
                context.cull_face = "back" if draw.side == "front" else "front"
            if material.alpha_mode == "BLEND":
                context.enable(moderngl.BLEND)
                context.fbo.depth_mask = material.transparent_with_z_write
            else:
                context.disable(moderngl.BLEND)
                context.fbo.depth_mask = True
            draw.vertices.render(vertices=draw.count, first=draw.first)
        context.fbo.depth_mask = True

    def release(self) -> None:
        for array in self._arrays.values():
            array.release()
        for texture in self._textures.values():
            texture.release()
        for buffer in (*self._static.values(), self._positions, self._normals, self._indices):
            buffer.release()
        self._block_buffer.release()

    def _upload_static(self) -> dict[str, moderngl.Buffer]:
        model, context = self.model, self._context
        arrays = {"uv": np.ascontiguousarray(model.uvs, np.float32)}
        if model.uvs1 is not None:
            arrays["uv1"] = np.ascontiguousarray(model.uvs1, np.float32)
        if model.colors is not None:
            colors = np.ascontiguousarray(model.colors, np.float32).copy()
            colors[:, :3] = encode_srgb(colors[:, :3])
            arrays["color"] = colors
        return {name: context.buffer(data.tobytes() or bytes(16)) for name, data in arrays.items()}

    def _make_draws(self, ordered: list[Primitive]) -> list[_Draw]:
        solid: list[_Draw] = []
        hidden: list[_Draw] = []
        blended: list[_Draw] = []
        first = 0
        for index, count in _runs(ordered):
            material = self.model.materials[index]
            for side in _sides(material):
                if material.alpha_mode == "BLEND":
                    place = blended
                else:
                    # Backs and outlines go after all fronts: what of them is hidden, which is
                    # nearly all, is then never shaded.
                    place = solid if side == "front" else hidden
                place.append(self._make_draw(first, count, index, side))
            first += count
        draws = enumerate(solid + hidden + blended)
        return [replace(draw, block=place * _BLOCK_STRIDE) for place, draw in draws]

    def _make_draw(self, first: int, count: int, material: int, side: Side) -> _Draw:
        surface = surface_of(
            self.model.materials[material], side, vertex_colors=self.model.colors is not None
        )
        program = self._program_for(surface.defines)
        textures: list[moderngl.Texture] = []
        for sampler, index in surface.maps:
            if sampler in program:
                program[sampler] = len(textures)
                textures.append(self._texture(index))
        array = self._array(surface.defines)
        return _Draw(first, count, material, surface, array, tuple(textures), side, block=0)

    def _array(self, defines: tuple[str, ...]) -> moderngl.VertexArray:
        if defines not in self._arrays:
            program = self._program_for(defines)
            sources = {"position": (self._positions, "3f4"), "normal": (self._normals, "3f4")}
            formats = {"uv": "2f4", "uv1": "2f4", "color": "4f4"}
            sources |= {name: (buffer, formats[name]) for name, buffer in self._static.items()}
            content = [
                (buffer, layout, name)
                for name, (buffer, layout) in sources.items()
                if name in program
            ]
            self._arrays[defines] = self._context.vertex_array(program, content, self._indices)
        return self._arrays[defines]

    def _texture(self, index: int) -> moderngl.Texture:
        if index not in self._textures:
            self._textures[index] = _upload_texture(self._context, self.model.textures[index])
        return self._textures[index]

    def _write_blocks(self, changes: Mapping[int, MaterialChange]) -> None:
        for draw in self._draws:
            change = changes.get(draw.material)
            block = surface_block(draw.surface, change) if change else surface_block(draw.surface)
            data = np.frombuffer(block, np.uint8)
            self._blocks[draw.block : draw.block + len(data)] = data
        if len(self._blocks):
            self._block_buffer.write(self._blocks)
        self._changed = changes or None


def draw_order(material: Material) -> tuple[int, int]:
    """Render queue of a material (VRMC_materials_mtoon 1.0, "Rendering order"): opaque, cut-out,
    transparent with depth, transparent; in the last two by the material's own offset."""
    if material.alpha_mode == "OPAQUE":
        return 0, 0
    if material.alpha_mode == "MASK":
        return 1, 0
    return (2 if material.transparent_with_z_write else 3), material.render_queue_offset


def _visible(model: AvatarModel) -> list[Primitive]:
    return [
        item
        for item in model.primitives
        if item.first_person != "firstPersonOnly" and item.index_count > 0
    ]


def _runs(ordered: list[Primitive]) -> list[tuple[int, int]]:
    """Material and index count of neighbours that one draw can do together."""
    runs: list[tuple[int, int]] = []
    for item in ordered:
        if runs and runs[-1][0] == item.material:
            runs[-1] = (item.material, runs[-1][1] + item.index_count)
        else:
            runs.append((item.material, item.index_count))
    return runs


def _join_indices(model: AvatarModel, ordered: list[Primitive]) -> NDArray[np.uint32]:
    parts = [model.indices[p.first_index : p.first_index + p.index_count] for p in ordered]
    return np.concatenate(parts).astype(np.uint32) if parts else np.zeros(0, np.uint32)


def _sides(material: Material) -> tuple[Side, ...]:
    outline: tuple[Side, ...] = ("outline",) if _has_outline(material) else ()
    if not material.double_sided:
        return ("front", *outline)
    return ("both", *outline) if material.alpha_mode == "BLEND" else ("front", "back", *outline)


def _has_outline(material: Material) -> bool:
    return (
        material.shading == "mtoon"
        and material.outline_mode != "none"
        and material.outline_width > 0
    )


def _upload_texture(context: moderngl.Context, texture: Texture) -> moderngl.Texture:
    height, width = texture.pixels.shape[:2]
    uploaded = context.texture((width, height), 4, np.ascontiguousarray(texture.pixels).tobytes())
    kind = moderngl.NEAREST if texture.nearest else moderngl.LINEAR
    uploaded.filter = (kind, kind)
    uploaded.repeat_x = texture.wrap_s != "clamp"
    uploaded.repeat_y = texture.wrap_t != "clamp"
    return uploaded
