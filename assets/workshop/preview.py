"""A quick look at a figure while sculpting: toon shading with outlines by OpenGL (EGL).

The product's own renderer is the judge; this one needs only the parts in memory.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import moderngl
import numpy as np
from PIL import Image

from assets.workshop.glb import Figure
from assets.workshop.part import Array, Part, finished

_VERTEX = """
#version 330
uniform mat4 matrix; uniform mat3 turn; uniform float outline;
in vec3 position; in vec3 normal; in vec2 uv;
out vec3 n; out vec2 t;
void main() {
  n = turn * normal; t = uv;
  gl_Position = matrix * vec4(position + normal * outline, 1.0);
}"""
_FRAGMENT = """
#version 330
uniform sampler2D atlas; uniform vec3 lit; uniform vec3 shade; uniform float shift;
uniform float toony; uniform int mode; uniform vec3 ink;
in vec3 n; in vec2 t; out vec4 color;
void main() {
  if (mode == 2) { color = vec4(pow(ink, vec3(1 / 2.2)), 1.0); return; }
  vec3 base = pow(texture(atlas, t).rgb, vec3(2.2));
  vec3 normal = normalize(gl_FrontFacing ? n : -n);
  float d = dot(normal, normalize(vec3(0.3, 0.55, 0.8))) + shift;
  float k = clamp((d + 1.0 - toony) / (2.0 * (1.0 - toony)), 0.0, 1.0);
  vec3 c = mode == 1 ? base * lit : mix(base * shade, base * lit, k);
  color = vec4(pow(c, vec3(1 / 2.2)), 1.0);
}"""


def _perspective(fov: float, near: float, far: float) -> Array:
    f = 1 / np.tan(np.radians(fov) / 2)
    m = np.zeros((4, 4))
    m[0, 0] = m[1, 1] = f
    m[2, 2], m[2, 3], m[3, 2] = (far + near) / (near - far), 2 * far * near / (near - far), -1
    return m


def _look(yaw: float, pitch: float, target: Array, distance: float) -> Array:
    cy, sy, cp, sp = (
        *(f(np.radians(yaw)) for f in (np.cos, np.sin)),
        *(f(np.radians(pitch)) for f in (np.cos, np.sin)),
    )
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rx = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    view = np.eye(4)
    view[:3, :3] = rx @ ry
    view[:3, 3] = -(rx @ ry) @ target - np.array([0, 0, distance])
    return view


class Preview:
    """Draws a figure at rest or with morphs; ``draw`` gives uint8 (h, w, 3)."""

    def __init__(self, figure: Figure, size: int = 512) -> None:
        self.context = moderngl.create_context(standalone=True, backend="egl")
        self.figure, self.size = figure, size
        self.parts = [finished(p) for p in figure.parts]
        self.program = self.context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        picture = Image.open(io.BytesIO(figure.atlas)).convert("RGB")
        self.atlas = self.context.texture(picture.size, 3, picture.tobytes())
        self.atlas.build_mipmaps()
        self.frame = self.context.framebuffer(
            [self.context.texture((size * 2, size * 2), 4)],
            self.context.depth_renderbuffer((size * 2, size * 2)),
        )

    def draw(
        self,
        weights: Mapping[str, float] | None = None,
        *,
        yaw: float = 0,
        pitch: float = 0,
        target: Sequence[float] = (0, 1.4, 0),
        distance: float = 1.35,
        fov: float = 20,
        background: tuple[float, float, float] = (0.86, 0.88, 0.92),
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        view = _look(yaw, pitch, np.asarray(target, float), distance)
        matrix = _perspective(fov, 0.05, 10) @ view
        self.frame.use()
        self.context.clear(*background)
        self.context.enable(moderngl.DEPTH_TEST)
        self.program["matrix"].write(matrix.T.astype("f4").tobytes())
        self.program["turn"].write(view[:3, :3].T.astype("f4").tobytes())
        self.atlas.use(0)
        for part in self.parts:
            self._part(part, weights or {})
        raw = np.frombuffer(self.frame.read(components=3), np.uint8)
        picture = Image.fromarray(raw.reshape(self.size * 2, self.size * 2, 3)[::-1])
        return np.asarray(picture.resize((self.size, self.size), Image.Resampling.BOX))

    def _part(self, part: Part, weights: Mapping[str, float]) -> None:
        material = next(m for m in self.figure.materials if m.name == part.material)
        gltf = material.to_gltf()
        toon = gltf["extensions"].get("VRMC_materials_mtoon", {})
        positions, normals = part.positions.copy(), part.normals.copy()
        for name, weight in weights.items():
            if name in part.morphs:
                positions += weight * part.morphs[name]
                normals += weight * part.morph_normals.get(name, 0.0)
        data = np.concatenate([positions, normals, part.uvs], 1).astype("f4")
        vertices = self.context.buffer(data.tobytes())
        indices = self.context.buffer(part.triangles.astype("u4").tobytes())
        array = self.context.vertex_array(
            self.program, [(vertices, "3f 3f 2f", "position", "normal", "uv")], indices
        )
        self.program["lit"] = tuple(gltf["pbrMetallicRoughness"]["baseColorFactor"][:3])
        self.program["shade"] = tuple(toon.get("shadeColorFactor", (1, 1, 1)))
        self.program["shift"] = material.shift
        self.program["toony"] = min(material.toony, 0.99)
        self.program["mode"] = 1 if material.unlit else 0
        self.program["outline"] = 0.0
        self.context.enable(moderngl.CULL_FACE)
        self.context.cull_face = "back"
        if material.double_sided:
            self.context.disable(moderngl.CULL_FACE)
        array.render()
        if material.outline > 0:
            self.context.enable(moderngl.CULL_FACE)
            self.context.cull_face = "front"
            self.program["mode"] = 2
            self.program["ink"] = tuple(toon["outlineColorFactor"])
            self.program["outline"] = material.outline
            array.render()
        for thing in (array, vertices, indices):
            thing.release()


def strip(
    pictures: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]], columns: int
) -> Image.Image:
    """Pictures of one size in rows of ``columns``."""
    h, w = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (w * columns, h * rows), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(Image.fromarray(picture), ((i % columns) * w, (i // columns) * h))
    return sheet
