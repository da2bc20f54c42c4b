"""A character on the GPU: vertices, textures and the list of draws, uploaded once a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import moderngl
import numpy as np

from avatar_server.avatar.material import TextureUse
from avatar_server.avatar.model import AvatarModel
from avatar_server.errors import RenderError
from avatar_server.render.camera import detail_of, picture_plane, screen_positions, view_matrix
from avatar_server.render.draw_list import nearest_first, runs_of, sides_of
from avatar_server.render.hull import hulls_of
from avatar_server.render.opengl.program import SURFACE_BINDING, compile_program
from avatar_server.render.opengl.targets import SceneTarget
from avatar_server.render.opengl.textures import TextureStore
from avatar_server.render.silhouette import INDICES_PER_FIN, Silhouette
from avatar_server.render.surface import (
    SURFACE_DTYPE,
    Side,
    Surface,
    baked_block,
    changed_colors,
    is_glass,
    surface_block,
    surface_of,
)
from avatar_server.render.texture_levels import COLOR_MAPS, level_for
from avatar_server.types import FloatArray, MaterialChange, PosedRig

ProgramMaker = Callable[[tuple[str, ...]], moderngl.Program]

_BEHIND_UNIT = 15
"""The texture unit of what is behind glass: the last that every OpenGL 3.3 has."""

_BLOCK_STRIDE = 512
"""Bytes between uniform blocks: a multiple of every alignment in use, and room for one."""


@dataclass(frozen=True, slots=True)
class _Draw:
    run: int
    first: int
    count: int
    surface: Surface
    vertices: moderngl.VertexArray
    textures: tuple[moderngl.Texture, ...]
    side: Side
    block: int

    @property
    def is_blended(self) -> bool:
        return self.surface.material.alpha_mode == "BLEND"


class GpuModel:
    """Draws the model into the framebuffer in use. Belongs to the context that made it."""

    def __init__(
        self,
        context: moderngl.Context,
        model: AvatarModel,
        program_for: ProgramMaker,
        *,
        is_software: bool,
    ) -> None:
        self.model = model
        self._context = context
        self._program_for = program_for
        self._is_software = is_software
        self._vertex_count = len(model.positions)
        self._runs = runs_of(model)
        self._changed_colors = changed_colors(model)
        self._fin_groups = self._outlined_runs()
        self._hulls = hulls_of(model, self._runs)
        # Outlines have each vertex twice: in place, and moved outwards.
        self._copies = 2 if self._fin_groups or self._hulls else 1
        size = max(self._vertex_count * 12 * self._copies, 12)
        self._positions = context.buffer(reserve=size, dynamic=True)
        self._normals = context.buffer(reserve=size, dynamic=True)
        self._static = self._upload_static()
        self._textures = TextureStore(context, model.textures, mip=not is_software)
        self._arrays: dict[tuple[str, ...], moderngl.VertexArray] = {}
        self._baked: list[moderngl.Program] = []
        self._silhouette = Silhouette(
            model.positions,
            [self._runs[run].triangles for run in self._fin_groups],
            [model.materials[self._runs[run].material].double_sided for run in self._fin_groups],
        )
        # Hulls, which stay, then as many fins as there are.
        hulls = np.concatenate(
            [np.empty(0, np.uint32), *(hull.ravel() for hull in self._hulls.values())]
        )
        self._hull_indices = len(hulls)
        fin_indices = self._silhouette.edge_count * INDICES_PER_FIN
        self._outlines = context.buffer(
            reserve=max((len(hulls) + fin_indices) * 4, 12), dynamic=True
        )
        if len(hulls):
            self._outlines.write((hulls + self._vertex_count).astype(np.uint32))
        self._fin_spans: dict[int, tuple[int, int]] = {}
        index_bytes = sum(run.triangles.nbytes for run in self._runs)
        self._indices = context.buffer(reserve=max(index_bytes, 12))
        self._arranged = False
        self._draws = tuple(self._make_draws())
        self._details: dict[int, tuple[_Draw, ...]] = {}
        self._blocks = np.zeros(len(self._draws) * _BLOCK_STRIDE, np.uint8)
        self._block_buffer = context.buffer(reserve=max(self._blocks.nbytes, _BLOCK_STRIDE))
        self._changed: Mapping[int, MaterialChange] | None = None
        self._write_blocks({})

    def upload(self, rig: PosedRig, height: int) -> None:
        """Hand over the rig's vertices, to be drawn in a picture of this height.

        Raises RenderError where they are another model's."""
        if rig.positions.shape != (self._vertex_count, 3):
            raise RenderError(
                f"the pose has {len(rig.positions)} vertices and the model {self._vertex_count}: "
                "pose and renderer must be made from the same avatar"
            )
        if self._vertex_count:
            positions = np.ascontiguousarray(rig.positions, np.float32)
            normals = np.ascontiguousarray(rig.normals, np.float32)
            for copy in range(self._copies):
                self._positions.write(positions, offset=copy * positions.nbytes)
                self._normals.write(normals, offset=copy * normals.nbytes)
        if self._fin_groups:
            self._find_outlines(rig)
        if rig.material_changes or self._changed:
            self._write_blocks(rig.material_changes)
        if not self._arranged:
            self._arrange(rig)
        detail = detail_of(rig.camera, height)
        if detail not in self._details:
            self._details[detail] = self._with_textures(rig, height)
        self._draws = self._details[detail]

    def draw(self, target: SceneTarget) -> None:
        """All surfaces into ``target``, in the order of their render queues."""
        context = self._context
        for draw in self._draws:
            material = draw.surface.material
            if is_glass(material):
                target.behind().use(_BEHIND_UNIT)
            for unit, texture in enumerate(draw.textures):
                texture.use(unit)
            self._block_buffer.bind_to_uniform_block(
                SURFACE_BINDING, offset=draw.block, size=SURFACE_DTYPE.itemsize
            )
            if draw.side in ("both", "outline"):
                context.disable(moderngl.CULL_FACE)
            else:
                context.enable(moderngl.CULL_FACE)
                context.cull_face = "back" if draw.side == "front" else "front"
            if draw.is_blended:
                context.enable(moderngl.BLEND)
                context.fbo.depth_mask = material.transparent_with_z_write
            else:
                context.disable(moderngl.BLEND)
                context.fbo.depth_mask = True
            first, count = draw.first, draw.count
            if draw.side == "outline":
                first, count = self._fin_spans[draw.run]
            if count:
                self._vertices_of(draw).render(vertices=count, first=first)
        context.fbo.depth_mask = True

    def release(self) -> None:
        for array in self._arrays.values():
            array.release()
        for program in self._baked:
            program.release()
        self._textures.release()
        for buffer in (
            *self._static.values(),
            self._positions,
            self._normals,
            self._indices,
            self._outlines,
        ):
            buffer.release()
        self._block_buffer.release()

    def _outlined_runs(self) -> list[int]:
        materials = self.model.materials
        return [
            row
            for row, run in enumerate(self._runs)
            if "outline" in sides_of(materials[run.material])
        ]

    def _find_outlines(self, rig: PosedRig) -> None:
        fins, ends = self._silhouette.fins(picture_plane(rig.camera, rig.positions))
        if len(fins):
            self._outlines.write(fins, offset=self._hull_indices * 4)
        ends = ends * INDICES_PER_FIN + self._hull_indices
        starts = np.concatenate([[self._hull_indices], ends[:-1]])
        self._fin_spans = {
            run: (int(start), int(end - start))
            for run, start, end in zip(self._fin_groups, starts, ends, strict=True)
        }

    def _upload_static(self) -> dict[str, moderngl.Buffer]:
        model, context = self.model, self._context
        arrays = {"uv": np.ascontiguousarray(model.uvs, np.float32)}
        if model.uvs1 is not None:
            arrays["uv1"] = np.ascontiguousarray(model.uvs1, np.float32)
        if model.colors is not None:
            arrays["color"] = np.ascontiguousarray(model.colors, np.float32)
        arrays = {name: np.concatenate([data] * self._copies) for name, data in arrays.items()}
        arrays["outward"] = np.arange(self._copies, dtype=np.float32).repeat(self._vertex_count)
        return {name: context.buffer(data.tobytes() or bytes(16)) for name, data in arrays.items()}

    def _arrange(self, rig: PosedRig) -> None:
        """Sort the pieces of solid surfaces by depth in the first pose. Later poses differ
        little, and order changes the cost alone."""
        depth = -(view_matrix(rig.camera)[2, :3] @ rig.positions.T)
        materials = self.model.materials
        self._runs = [
            run
            if materials[run.material].alpha_mode == "BLEND"
            else nearest_first(run, self.model.positions, depth)
            for run in self._runs
        ]
        mean = [float(depth[run.triangles].mean()) for run in self._runs]
        solid = sum(draw.side == "front" and not draw.is_blended for draw in self._draws)
        nearer = sorted(self._draws[:solid], key=lambda draw: mean[draw.run])
        self._draws = (*nearer, *self._draws[solid:])
        if self._runs:
            self._indices.write(np.concatenate([run.triangles for run in self._runs]))
        self._arranged = True

    def _make_draws(self) -> list[_Draw]:
        solid: list[_Draw] = []
        hidden: list[_Draw] = []
        blended: list[_Draw] = []
        first = hull_first = 0
        for row, run in enumerate(self._runs):
            material = self.model.materials[run.material]
            hull = self._hulls.get(row)
            sides = sides_of(material) if hull is None else (*sides_of(material), "hull")
            for side in sides:
                if material.alpha_mode == "BLEND" or is_glass(material):
                    place = blended
                else:
                    # Backs and outlines go after all fronts: what of them is hidden, which is
                    # nearly all, is then never shaded.
                    place = solid if side == "front" else hidden
                if side == "hull" and hull is not None:
                    place.append(self._make_draw(row, hull_first, hull.size, side))
                    hull_first += hull.size
                else:
                    place.append(self._make_draw(row, first, run.triangles.size, side))
            first += run.triangles.size
        draws = enumerate(solid + hidden + blended)
        return [replace(draw, block=place * _BLOCK_STRIDE) for place, draw in draws]

    def _make_draw(self, row: int, first: int, count: int, side: Side) -> _Draw:
        run = self._runs[row]
        surface = surface_of(
            self.model.materials[run.material],
            side,
            vertex_colors=self.model.colors is not None,
            changed=self._changed_colors.get(run.material, frozenset()),
        )
        defines = surface.defines
        if self._is_software:
            defines = (*defines, f"BAKED {baked_block(surface_block(surface))}")
        array = self._array(surface, defines)
        return _Draw(row, first, count, surface, array, (), side, block=0)

    def _vertices_of(self, draw: _Draw) -> moderngl.VertexArray:
        """Those with the program that fits the material as it is now."""
        if self._is_software and self._changed and self._runs[draw.run].material in self._changed:
            return self._array(draw.surface, draw.surface.defines)
        return draw.vertices

    def _with_textures(self, rig: PosedRig, height: int) -> tuple[_Draw, ...]:
        screen = screen_positions(rig.camera, rig.positions, height)

        def textures(draw: _Draw) -> tuple[moderngl.Texture, ...]:
            return tuple(
                self._texture(draw, use, screen, is_color=sampler in COLOR_MAPS)
                for sampler, use in draw.surface.maps
            )

        return tuple(replace(draw, textures=textures(draw)) for draw in self._draws)

    def _texture(
        self, draw: _Draw, use: TextureUse, screen: FloatArray, *, is_color: bool
    ) -> moderngl.Texture:
        level = (0, 0)
        if self._is_software:
            level = level_for(self._runs[draw.run], self.model, screen, use)
        return self._textures.get(use.texture, level, is_color=is_color)

    def _array(self, surface: Surface, defines: tuple[str, ...]) -> moderngl.VertexArray:
        if defines not in self._arrays:
            program = self._program(defines)
            for unit, (sampler, _) in enumerate(surface.maps):
                if sampler in program:
                    program[sampler] = unit
            if "behind" in program:
                program["behind"] = _BEHIND_UNIT
            sources = {"position": (self._positions, "3f4"), "normal": (self._normals, "3f4")}
            formats = {"uv": "2f4", "uv1": "2f4", "color": "4f4", "outward": "1f4"}
            sources |= {name: (buffer, formats[name]) for name, buffer in self._static.items()}
            content = [
                (buffer, layout, name)
                for name, (buffer, layout) in sources.items()
                if name in program
            ]
            indices = self._outlines if "OUTLINE" in defines else self._indices
            self._arrays[defines] = self._context.vertex_array(program, content, indices)
        return self._arrays[defines]

    def _program(self, defines: tuple[str, ...]) -> moderngl.Program:
        if not any(define.startswith("BAKED") for define in defines):
            return self._program_for(defines)
        program = compile_program(self._context, "surface.vert", "surface.frag", defines)
        self._baked.append(program)
        return program

    def _write_blocks(self, changes: Mapping[int, MaterialChange]) -> None:
        for draw in self._draws:
            change = changes.get(self._runs[draw.run].material)
            block = surface_block(draw.surface, change) if change else surface_block(draw.surface)
            data = np.frombuffer(block, np.uint8)
            self._blocks[draw.block : draw.block + len(data)] = data
        if len(self._blocks):
            self._block_buffer.write(self._blocks)
        self._changed = changes or None
