"""A file for each thing that avatar files do, to be drawn beside three-vrm.

    python -m tests.avatar_import.gallery FOLDER

writes them all.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from .files import QUAD_INDICES, Gltf, add_ball, person, quad, vrm0, vrm1

CORNERS = ((220, 40, 40), (40, 200, 60), (50, 70, 220), (240, 220, 60))


def checkered(file: Gltf, alpha: bool = False, side: int = 64) -> int:
    """A texture of four squares; with ``alpha``, clearer from row to row."""
    half = side // 2
    pixels = np.full((side, side, 4), 255, np.uint8)
    for i, color in enumerate(CORNERS):
        y, x = divmod(i, 2)
        pixels[y * half : (y + 1) * half, x * half : (x + 1) * half, :3] = color
    if alpha:
        pixels[..., 3] = np.linspace(255, 0, side)[:, None]
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    image = {"bufferView": file.view(content.getvalue()), "mimeType": "image/png"}
    return file.add("textures", {"source": file.add("images", image)})


def textured(
    *, unlit: bool = True, alpha: bool = False, info: dict | None = None, **material: object
) -> Gltf:
    file = quad(material=0)
    texture = {"index": checkered(file, alpha), **(info or {})}
    entry = {"pbrMetallicRoughness": {"baseColorTexture": texture, "metallicFactor": 0}}
    if unlit:
        entry["extensions"] = {"KHR_materials_unlit": {}}
    file.add("materials", {**entry, **material})
    file.json["extensionsUsed"] = ["KHR_materials_unlit", "KHR_texture_transform"]
    return file


def primitive(file: Gltf) -> dict:
    return file.json["meshes"][0]["primitives"][0]


def texture_transform() -> Gltf:
    transform = {"offset": [0.25, 0.1], "scale": [2, 1.5], "rotation": 0.4}
    return textured(info={"extensions": {"KHR_texture_transform": transform}})


def second_coordinates() -> Gltf:
    file = textured(info={"texCoord": 1})
    uvs = file.accessor([(0, 0), (2, 0), (0, 2), (2, 2)])
    primitive(file)["attributes"]["TEXCOORD_1"] = uvs
    return file


def clamped_nearest() -> Gltf:
    file = textured()
    sampler = {"wrapS": 33071, "wrapT": 33071, "magFilter": 9728, "minFilter": 9728}
    file.json["textures"][0]["sampler"] = file.add("samplers", sampler)
    uvs = file.accessor([(-1, 2), (2, 2), (-1, -1), (2, -1)])
    primitive(file)["attributes"]["TEXCOORD_0"] = uvs
    return file


def back_side(*, double: bool) -> Gltf:
    file = textured(doubleSided=double)
    file.json["nodes"][0]["rotation"] = [0, 1, 0, 0]
    return file


def mirrored_node() -> Gltf:
    file = textured()
    file.json["nodes"][0]["scale"] = [-1, 1, 1]
    return file


def matrix_node() -> Gltf:
    file = textured()
    matrix = [0.5, 0.2, 0, 0, -0.2, 0.5, 0, 0, 0, 0, 0.5, 0, 0.3, 0.1, 0, 1]
    file.json["nodes"][0]["matrix"] = matrix
    return file


def strip() -> Gltf:
    file = textured()
    primitive(file)["mode"] = 5
    primitive(file)["indices"] = file.accessor((0, 1, 2, 3), "u1")
    return file


def no_normals() -> Gltf:
    file = textured(unlit=False)
    del primitive(file)["attributes"]["NORMAL"]
    return file


def no_indices() -> Gltf:
    file = textured()
    attributes = primitive(file)["attributes"]
    for name, old in dict(attributes).items():
        view = file.json["bufferViews"][file.json["accessors"][old]["bufferView"]]
        start, length = view["byteOffset"], view["byteLength"]
        rows = np.frombuffer(bytes(file.binary[start : start + length]), "<f4").reshape(4, -1)
        attributes[name] = file.accessor(rows[list(QUAD_INDICES)])
    del primitive(file)["indices"]
    return file


def second_scene() -> Gltf:
    file = textured()
    file.add("nodes", {"mesh": 0, "translation": [3, 0, 0]})
    file.add("nodes", {"mesh": 0, "translation": [0, 3, 0]})
    file.json["scenes"] = [{"nodes": [0]}, {"nodes": [1, 2]}]
    file.json["scene"] = 1
    return file


def rest_morph() -> Gltf:
    file = person()
    file.json["meshes"][0]["weights"] = [1, 0]
    return file


def skin_on_moved_node() -> Gltf:
    file = person()
    file.json["nodes"][-1] |= {"translation": [5, 5, 5], "scale": [2, 2, 2]}
    return file


def with_ball(file: Gltf) -> Gltf:
    """A ball in place of the cloth, which shows shading and outlines from all sides."""
    mesh = add_ball(file, 24, 32)
    primitive = file.json["meshes"][mesh]["primitives"][0]
    primitive["material"] = 0
    del primitive["targets"]
    place = {"mesh": mesh, "translation": [0, 1, 0], "scale": [0.5, 0.5, 0.5]}
    file.json["scenes"][0]["nodes"] = [0, file.add("nodes", place)]
    return file


def mtoon1(**settings: object) -> Gltf:
    file = with_ball(vrm1())
    mtoon = {"specVersion": "1.0", "shadeColorFactor": [0.2, 0.3, 0.5], **settings}
    file.json["materials"][0]["extensions"]["VRMC_materials_mtoon"] = mtoon
    file.json["materials"][0]["pbrMetallicRoughness"] = {"baseColorFactor": [0.9, 0.6, 0.4, 1]}
    return file


def matcap() -> Gltf:
    file = mtoon1(matcapTexture={"index": 1})
    checkered(file)
    file.json["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] = [0.1, 0.1, 0.1, 1]
    return file


def lit_ball() -> Gltf:
    file = with_ball(vrm1())
    file.json["materials"][0] = {"pbrMetallicRoughness": {"metallicFactor": 0}}
    return file


def mtoon0(shift: float, toony: float, **keywords: bool) -> Gltf:
    file = with_ball(vrm0())
    properties = file.json["extensions"]["VRM"]["materialProperties"][0]
    properties["floatProperties"] |= {"_ShadeShift": shift, "_ShadeToony": toony}
    properties["vectorProperties"]["_ShadeColor"] = [0.9, 0.2, 0.2, 1.0]
    properties["keywordMap"] = keywords
    return file


OUTLINE = {"outlineColorFactor": [0, 0, 1], "outlineLightingMixFactor": 0}
FILES: dict[str, Callable[[], Gltf]] = {
    "textured": textured,
    "texture_transform": texture_transform,
    "second_coordinates": second_coordinates,
    "clamped_nearest": clamped_nearest,
    "mask": lambda: textured(alpha=True, alphaMode="MASK", alphaCutoff=0.6),
    "blend": lambda: textured(alpha=True, alphaMode="BLEND"),
    "back_double": lambda: back_side(double=True),
    "back_single": lambda: back_side(double=False),
    "mirrored_node": mirrored_node,
    "matrix_node": matrix_node,
    "strip": strip,
    "no_normals": no_normals,
    "no_indices": no_indices,
    "second_scene": second_scene,
    "rest_morph": rest_morph,
    "skin_on_moved_node": skin_on_moved_node,
    "vrm0": vrm0,
    "vrm1": vrm1,
    "mtoon0_default": lambda: mtoon0(0.0, 0.9),
    "mtoon0_shifted": lambda: mtoon0(-0.5, 0.5),
    "mtoon0_mask": lambda: mtoon0(0.0, 0.9, _ALPHATEST_ON=True),
    "mtoon0_lambert": lambda: mtoon0(0.0, 0.0),
    "mtoon1_hard": lambda: mtoon1(shadingToonyFactor=0.95, shadingShiftFactor=-0.05),
    "mtoon1_soft": lambda: mtoon1(shadingToonyFactor=0.2, shadingShiftFactor=-0.3),
    "mtoon1_matcap": matcap,
    "lit_ball": lit_ball,
    "mtoon1_rim": lambda: mtoon1(parametricRimColorFactor=[0, 0.8, 0], parametricRimLiftFactor=0.3),
    "outline_world": lambda: mtoon1(
        outlineWidthMode="worldCoordinates", outlineWidthFactor=0.03, **OUTLINE
    ),
    "outline_screen": lambda: mtoon1(
        outlineWidthMode="screenCoordinates", outlineWidthFactor=0.02, **OUTLINE
    ),
}


def write_all(folder: Path) -> list[Path]:
    """Every file of the gallery, in ``folder``."""
    from .looks import LOOKS
    from .oddities import ODDITIES

    folder.mkdir(parents=True, exist_ok=True)
    files = FILES | ODDITIES | LOOKS
    return [make().write(folder, f"{name}.glb") for name, make in files.items()]


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
