"""Materials as files have them, on their own and under expressions, to be drawn beside three-vrm.

``LOOKS`` join the gallery; ``EXPRESSED`` are drawn with expressions at their weights.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from .files import QUAD, QUAD_INDICES, QUAD_UVS, Gltf, quad, vrm0, vrm1
from .gallery import CORNERS, OUTLINE, checkered, mtoon1, primitive, textured, with_ball
from .oddities import vertex_colors

INK = {**OUTLINE, "outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.03}


def plain(**material: Any) -> Gltf:
    """A ball of plain glTF."""
    file = with_ball(vrm1())
    pbr = {"baseColorFactor": [0.8, 0.3, 0.2, 1], "metallicFactor": 0, "roughnessFactor": 0.5}
    file.json["materials"][0] = {"pbrMetallicRoughness": pbr, **material}
    file.json["extensionsUsed"] += list(material.get("extensions", ()))
    return file


def extended(**extensions: dict) -> Gltf:
    return plain(extensions={f"KHR_materials_{name}": e for name, e in extensions.items()})


def before_a_wall(file: Gltf) -> Gltf:
    attributes = {"POSITION": file.accessor(QUAD), "TEXCOORD_0": file.accessor(QUAD_UVS)}
    unlit = {"KHR_materials_unlit": {}}
    pbr = {"baseColorTexture": {"index": checkered(file)}}
    wall = {
        "attributes": attributes,
        "indices": file.accessor(QUAD_INDICES, "u2"),
        "material": file.add("materials", {"pbrMetallicRoughness": pbr, "extensions": unlit}),
    }
    mesh = file.add("meshes", {"primitives": [wall]})
    file.json["extensionsUsed"] = list({*file.json["extensionsUsed"], *unlit})
    place = {"mesh": mesh, "translation": [0, 0, -1]}
    file.json["scenes"][0]["nodes"].append(file.add("nodes", place))
    return file


def veil(alpha: float = 0.5, *, double_sided: bool = False, **settings: object) -> Gltf:
    """A blended MToon ball before a wall."""
    file = mtoon1(**settings)
    material = file.json["materials"][0]
    material |= {"alphaMode": "BLEND", "doubleSided": double_sided}
    material["pbrMetallicRoughness"]["baseColorFactor"][3] = alpha
    return before_a_wall(file)


def cup(*, double_sided: bool = False, **settings: object) -> Gltf:
    """Half a ball, open to the viewer and a little to the side."""
    file = mtoon1(**settings)
    file.json["materials"][0]["doubleSided"] = double_sided
    entry = file.json["meshes"][1]["primitives"][0]
    positions = _rows(file, entry["attributes"]["POSITION"])
    corners = _rows(file, entry["indices"]).reshape(-1, 3)
    behind = positions[corners].mean(axis=1)[:, 2] < 0
    entry["indices"] = file.accessor(corners[behind].ravel(), "u4")
    file.json["nodes"][-1]["rotation"] = [0.0, 0.1736482, 0.0, 0.9848078]
    return file


def _rows(file: Gltf, accessor: int) -> np.ndarray:
    entry = file.json["accessors"][accessor]
    view = file.json["bufferViews"][entry["bufferView"]]
    content = bytes(file.binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]])
    kind = {5126: "<f4", 5125: "<u4"}[entry["componentType"]]
    return np.frombuffer(content, kind).reshape(entry["count"], -1)


def sheets(*depths: float, shadings: str = "uuu") -> Gltf:
    """Three blended squares in the file's order, at these depths: "u" unlit, "m" MToon, "d" MToon
    that keeps its depth."""
    file = quad()
    base = primitive(file)
    file.json["meshes"], file.json["nodes"] = [], []
    for place, (depth, shading) in enumerate(zip(depths, shadings, strict=True)):
        color = [float(place == k) for k in range(3)]
        mtoon = {
            "specVersion": "1.0",
            "shadeColorFactor": color,
            "transparentWithZWrite": shading == "d",
        }
        names = {"u": "KHR_materials_unlit"}
        name = names.get(shading, "VRMC_materials_mtoon")
        material = {
            "pbrMetallicRoughness": {"baseColorFactor": [*color, 0.5]},
            "alphaMode": "BLEND",
            "extensions": {name: {} if shading == "u" else mtoon},
        }
        row = file.add("materials", material)
        file.add("meshes", {"primitives": [{**base, "material": row}]})
        file.add("nodes", {"mesh": place, "translation": [0.3 * place, 0.3 * place, depth]})
    file.json["scenes"] = [{"nodes": [0, 1, 2]}]
    file.json["extensionsUsed"] = ["KHR_materials_unlit", "VRMC_materials_mtoon"]
    return file


def photograph() -> Gltf:
    """A JPEG that says to be turned by a quarter."""
    pixels = np.repeat(np.repeat(np.uint8(CORNERS).reshape(2, 2, 3), 32, axis=0), 32, axis=1)
    turned = Image.Exif()
    turned[274] = 6
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=95, exif=turned.tobytes())
    file = textured()
    image = {"bufferView": file.view(content.getvalue()), "mimeType": "image/jpeg"}
    file.json["images"] = [image]
    return file


def basis_with_fallback() -> Gltf:
    file = textured()
    content = file.view(b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(80))
    second = file.add("images", {"bufferView": content, "mimeType": "image/ktx2"})
    file.json["textures"][0]["extensions"] = {"KHR_texture_basisu": {"source": second}}
    file.json["extensionsUsed"].append("KHR_texture_basisu")
    return file


def bumpy(*, with_tangents: bool) -> Gltf:
    """A ball with a normal map, which is twice as wide as high on it."""
    file = plain()
    down, across = (np.mgrid[:64, :64] + 0.5) / 64 * 8 * np.pi
    normal = np.stack([0.5 * np.sin(across), 0.5 * np.cos(down), np.ones_like(down)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    content = io.BytesIO()
    Image.fromarray((normal * 127.5 + 127.5).astype(np.uint8)).save(content, "PNG")
    image = {"bufferView": file.view(content.getvalue()), "mimeType": "image/png"}
    texture = file.add("textures", {"source": file.add("images", image)})
    file.json["materials"][0]["normalTexture"] = {"index": texture}
    if with_tangents:
        attributes = file.json["meshes"][1]["primitives"][0]["attributes"]
        points = _rows(file, attributes["POSITION"])
        along = np.cross([0.0, 1.0, 0.0], points)
        length = np.linalg.norm(along, axis=1, keepdims=True)
        along = np.where(length > 1e-6, along / np.maximum(length, 1e-6), [1.0, 0.0, 0.0])
        tangents = np.hstack([along, np.ones((len(along), 1))])
        attributes["TANGENT"] = file.accessor(tangents)
    return file


def older(**properties: Any) -> Gltf:
    """A ball of VRM 0.x with these of its material's properties."""
    file = with_ball(vrm0())
    own = file.json["extensions"]["VRM"]["materialProperties"][0]
    for name, value in properties.items():
        merged = isinstance(value, dict) and name != "keywordMap"
        own[name] = {**own[name], **value} if merged else value
    return file


def older_unlit(shader: str, **material: Any) -> Gltf:
    file = older(shader=shader, vectorProperties={"_Color": [1.0, 0.5, 0.5, 0.8]})
    file.json["materials"][0] |= material
    return file


def without_humanoid() -> Gltf:
    file = vrm0()
    del file.json["extensions"]["VRM"]["humanoid"]
    return file


def both_versions() -> Gltf:
    file = vrm1()
    file.json["extensions"]["VRM"] = vrm0().json["extensions"]["VRM"]
    return file


def draft() -> Gltf:
    file = vrm1()
    mtoon = file.json["materials"][0]["extensions"]["VRMC_materials_mtoon"]
    mtoon["specVersion"] = "1.0-draft"
    return file


LOOKS: dict[str, Callable[[], Gltf]] = {
    "no_specular": lambda: extended(specular={"specularFactor": 0}),
    "specular_color": lambda: extended(specular={"specularColorFactor": [8, 0.2, 0.2]}),
    "ior": lambda: extended(ior={"ior": 2.4}),
    "clear_coat": lambda: extended(
        clearcoat={"clearcoatFactor": 1, "clearcoatRoughnessFactor": 0.1}
    ),
    "clear_coat_rough": lambda: extended(
        clearcoat={"clearcoatFactor": 0.7, "clearcoatRoughnessFactor": 0.5}
    ),
    "sheen": lambda: extended(
        sheen={"sheenColorFactor": [0.9, 0.9, 0.5], "sheenRoughnessFactor": 0.4}
    ),
    "glass": lambda: before_a_wall(
        plain(
            pbrMetallicRoughness={
                "baseColorFactor": [0.6, 0.8, 1.0, 1.0],
                "metallicFactor": 0,
                "roughnessFactor": 0,
            },
            extensions={
                "KHR_materials_transmission": {"transmissionFactor": 0.9},
                "KHR_materials_ior": {"ior": 1.4},
            },
        )
    ),
    "specular_glossiness": lambda: extended(
        pbrSpecularGlossiness={"diffuseFactor": [0.1, 0.9, 0.1, 1]}
    ),
    "blend_double": lambda: before_a_wall(
        plain(
            alphaMode="BLEND",
            doubleSided=True,
            pbrMetallicRoughness={"baseColorFactor": [0.8, 0.3, 0.2, 0.5], "metallicFactor": 0},
        )
    ),
    "veil": veil,
    "veil_outline": lambda: veil(**INK),
    "veil_outline_double": lambda: veil(double_sided=True, **INK),
    "veil_outline_depth": lambda: veil(transparentWithZWrite=True, **INK),
    "veil_outline_lit": lambda: veil(
        **{**INK, "outlineLightingMixFactor": 1, "outlineColorFactor": [0.5, 0.8, 1]}
    ),
    "cup_outline": lambda: cup(**INK),
    "cup_outline_double": lambda: cup(double_sided=True, **INK),
    "sheets_in_order": lambda: sheets(-0.5, 0.0, 0.5),
    "sheets_out_of_order": lambda: sheets(0.5, -0.5, 0.0),
    "sheets_of_mtoon": lambda: sheets(0.0, 0.5, -0.5, shadings="mmm"),
    "sheets_of_both": lambda: sheets(-0.5, 0.0, 0.5, shadings="muu"),
    "sheets_with_depth": lambda: sheets(-0.5, 0.0, 0.5, shadings="mdu"),
    "photograph": photograph,
    "normal_map": lambda: bumpy(with_tangents=False),
    "normal_map_with_tangents": lambda: bumpy(with_tangents=True),
    "basis_with_fallback": basis_with_fallback,
    "no_ambient": lambda: mtoon1(giEqualizationFactor=0.0),
    "older_no_keywords": lambda: older(keywordMap={}, floatProperties={"_BlendMode": 2}),
    "older_veil": lambda: older(
        floatProperties={"_OutlineWidth": 3, "_ZWrite": 0},
        vectorProperties={"_OutlineColor": [0, 0, 1, 1]},
    ),
    "older_unlit_veil": lambda: older_unlit("VRM/UnlitTransparent"),
    "older_unlit_depth": lambda: older_unlit("VRM/UnlitTransparentZWrite"),
    "older_unlit_glow": lambda: older_unlit(
        "VRM/UnlitTexture", emissiveFactor=[0.3, 0, 0.3], doubleSided=True
    ),
    "older_without_humanoid": without_humanoid,
    "both_versions": both_versions,
    "draft_of_mtoon": draft,
    "vertex_colors_plain": lambda: vertex_colors(plain),
}


def expressed(file: Gltf, **happy: object) -> Gltf:
    file.json["extensions"]["VRMC_vrm"]["expressions"] = {"preset": {"happy": happy}}
    return file


def colored(file: Gltf, kind: str, **more: object) -> Gltf:
    bind = {"material": 0, "type": kind, "targetValue": [0.1, 0.7, 0.2, 0.9]}
    return expressed(file, materialColorBinds=[bind], **more)


def moved(**info: object) -> Gltf:
    """Of a texture with a transform of its own, or none."""
    file = mtoon1()
    use = {"index": checkered(file), **info}
    material = file.json["materials"][0]
    material["pbrMetallicRoughness"]["baseColorTexture"] = use
    material["extensions"]["VRMC_materials_mtoon"]["shadeMultiplyTexture"] = use
    file.json["extensionsUsed"].append("KHR_texture_transform")
    bind = {"material": 0, "scale": [2, 0.5], "offset": [0.25, 0.1]}
    return expressed(file, textureTransformBinds=[bind])


def older_expressed(name: str, target: list[float], **properties: object) -> Gltf:
    file = older(keywordMap={}, **properties)
    use = {"_MainTex": checkered(file)}
    own = file.json["extensions"]["VRM"]["materialProperties"][0]
    own["textureProperties"] = use | {"_ShadeTexture": use["_MainTex"]}
    value = {"materialName": "cloth", "propertyName": name, "targetValue": target}
    master = file.json["extensions"]["VRM"]["blendShapeMaster"]
    group = {"name": "Joy", "presetName": "joy", "materialValues": [value]}
    master["blendShapeGroups"] = [group]
    return file


def of_morphs(**happy: object) -> Gltf:
    """A smile, a blink and an open mouth, of which the first may override the others."""
    file = vrm1()
    cloth = len(file.json["nodes"]) - 1
    shapes = {"happy": (0, 1.0), "blink": (1, 1.0), "aa": (1, 0.5)}
    preset: dict[str, dict] = {
        name: {"morphTargetBinds": [{"node": cloth, "index": index, "weight": weight}]}
        for name, (index, weight) in shapes.items()
    }
    preset["happy"] |= happy
    file.json["extensions"]["VRMC_vrm"]["expressions"] = {"preset": preset}
    return file


_OWN = {"extensions": {"KHR_texture_transform": {"scale": [3, 2], "offset": [0.1, 0.3]}}}
EXPRESSED: dict[str, tuple[Callable[[], Gltf], dict[str, float]]] = {
    "color": (lambda: colored(mtoon1(), "color"), {"happy": 0.5}),
    "color_of_a_veil": (lambda: colored(veil(), "color"), {"happy": 1.0}),
    "color_plain": (lambda: colored(plain(), "color"), {"happy": 1.0}),
    "emission": (lambda: colored(mtoon1(), "emissionColor"), {"happy": 0.5}),
    "emission_plain": (lambda: colored(plain(), "emissionColor"), {"happy": 1.0}),
    "shade": (lambda: colored(mtoon1(), "shadeColor"), {"happy": 1.0}),
    "shade_plain": (lambda: colored(plain(), "shadeColor"), {"happy": 1.0}),
    "rim": (lambda: colored(mtoon1(), "rimColor"), {"happy": 1.0}),
    "binary": (lambda: colored(mtoon1(), "color", isBinary=True), {"happy": 0.6}),
    "binary_below": (lambda: colored(mtoon1(), "color", isBinary=True), {"happy": 0.4}),
    "texture": (moved, {"happy": 0.5}),
    "texture_with_its_own": (lambda: moved(**_OWN), {"happy": 1.0}),
    "texture_with_its_own_half": (lambda: moved(**_OWN), {"happy": 0.5}),
    "older_color": (lambda: older_expressed("_Color", [0.2, 0.8, 0.3, 1]), {"happy": 1.0}),
    "older_texture": (
        lambda: older_expressed(
            "_MainTex_ST", [1, 0.5, 0.2, 0.1], vectorProperties={"_MainTex": [0.1, 0.2, 2, 3]}
        ),
        {"happy": 0.5},
    ),
    "block": (lambda: of_morphs(overrideBlink="block"), {"happy": 0.5, "blink": 1.0}),
    "blend": (lambda: of_morphs(overrideMouth="blend"), {"happy": 0.5, "aa": 1.0}),
    "together": (of_morphs, {"happy": 1.0, "blink": 0.5}),
}
