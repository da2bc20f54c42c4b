"""Odd files that real exporters write, made small: each is what its name says.

``ODDITIES`` join the gallery, to be drawn beside three-vrm.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .files import BONE_NAMES, Gltf, add_ball, person, quad, vrm0, vrm1
from .gallery import checkered, mtoon1, primitive, textured, with_ball

HEAD = BONE_NAMES.index("head")
HIPS = BONE_NAMES.index("hips")
TURNED = [0.0, 0.0, 0.38268343, 0.92387953]
"""45 degrees about z."""


# Skeletons and roots


def only_bones() -> Gltf:
    file = vrm1()
    for part in ("meshes", "skins", "materials"):
        del file.json[part]
    cloth = file.json["nodes"][-1]
    del cloth["mesh"], cloth["skin"]
    return file


def no_bones(make: Callable[[], Gltf]) -> Gltf:
    file = make()
    extensions = file.json["extensions"]
    if "VRM" in extensions:
        extensions["VRM"]["humanoid"]["humanBones"] = []
    else:
        extensions["VRMC_vrm"]["humanoid"]["humanBones"] = {}
    return file


def several_roots() -> Gltf:
    """Hips and head are roots of their own; the skin has a joint of each."""
    file = vrm1()
    neck = BONE_NAMES.index("neck")
    file.json["nodes"][neck]["children"].remove(HEAD)
    file.json["nodes"][HEAD]["translation"] = [0.0, 1.4, 0.0]
    file.json["scenes"][0]["nodes"].insert(0, HEAD)
    return file


def scaled_armature() -> Gltf:
    """In centimetres and z up, under a root that makes up for it."""
    file = person()
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)
    for node in file.json["nodes"][:-1]:
        x, y, z = np.array(node["translation"]) @ turn.T * 100
        node["translation"] = [x, y, z]
    binds = np.tile(np.eye(4), (2, 1, 1))
    binds[:, :3, :3] = turn * 100
    binds[0, :3, 3], binds[1, :3, 3] = (0, 0, -90), (0, 0, -140)
    columns = binds.transpose(0, 2, 1).reshape(2, 16)
    file.json["skins"][0]["inverseBindMatrices"] = file.accessor(columns)
    root = {"children": [HIPS], "scale": [0.01] * 3, "rotation": [-0.70710678, 0, 0, 0.70710678]}
    file.json["scenes"][0]["nodes"] = [file.add("nodes", root), len(file.json["nodes"]) - 2]
    return file


def skin_without_binds() -> Gltf:
    file = person()
    del file.json["skins"][0]["inverseBindMatrices"]
    return file


def weights_unlike_one() -> Gltf:
    file = person()
    weights = [(3.0, 1.0, 0.0, 0.0)] * 4
    primitive(file)["attributes"]["WEIGHTS_0"] = file.accessor(weights)
    return file


def meshes_under_bones() -> Gltf:
    """Balls that hang on bones, turned, and stretched by themselves and by the bone."""
    file = vrm1()
    ball = add_ball(file, 16, 24)
    del file.json["meshes"][ball]["primitives"][0]["targets"]
    file.add("materials", {"pbrMetallicRoughness": {"metallicFactor": 0.0}})
    file.json["meshes"][ball]["primitives"][0]["material"] = 1
    file.json["nodes"][HEAD] |= {"rotation": TURNED, "scale": [1.0, 0.5, 1.0]}
    places = {
        "head": {"scale": [0.3, 0.15, 0.1], "rotation": [0.0, 0.38268343, 0.0, 0.92387953]},
        "leftHand": {"scale": [0.15, 0.05, 0.05], "rotation": TURNED},
        "rightHand": {"scale": [-0.05, 0.15, 0.05]},
        "hips": {"scale": [0.2, 0.2, 0.2]},
    }
    for bone, place in places.items():
        child = file.add("nodes", {"mesh": ball, **place})
        file.json["nodes"][BONE_NAMES.index(bone)].setdefault("children", []).append(child)
    file.json["scenes"][0]["nodes"] = [HIPS]
    return file


def constrained(make: Callable[[], Gltf], **constraint: dict) -> Gltf:
    """A flat ball on the head that follows the left hand from the start, as far as its constraint
    says; head and hand are turned at rest."""
    file = make()
    ball = add_ball(file, 16, 24)
    file.json["meshes"][ball]["primitives"][0]["material"] = file.add("materials", {})
    place = {"mesh": ball, "scale": [0.1, 0.3, 0.15], "rotation": [0.0, 0.0, 0.1305262, 0.9914449]}
    hand = BONE_NAMES.index("leftHand")
    for settings in constraint.values():
        settings["source"] = hand
    body = {"specVersion": "1.0", "constraint": constraint}
    follower = file.add("nodes", {**place, "extensions": {"VRMC_node_constraint": body}})
    file.json["nodes"][HEAD]["children"].append(follower)
    file.json["nodes"][HEAD]["rotation"] = [0.0, 0.0, -0.1305262, 0.9914449]
    file.json["nodes"][hand]["rotation"] = TURNED
    return file


def one_mesh_skinned_and_not() -> Gltf:
    file = vrm1()
    second = file.add("nodes", {"mesh": 0, "translation": [1.2, 0, 0], "scale": [0.5, 0.5, 1]})
    file.json["scenes"][0]["nodes"].append(second)
    return file


def children_of_a_skinned_mesh() -> Gltf:
    file = vrm1()
    ball = add_ball(file, 12, 16)
    cloth = file.json["nodes"][-1]
    cloth |= {"translation": [0.5, 0.2, 0.0], "children": [len(file.json["nodes"])]}
    file.add("nodes", {"mesh": ball, "scale": [0.2, 0.2, 0.2]})
    return file


# Meshes


def empty_mesh() -> Gltf:
    """One mesh without primitives and one without vertices, beside a whole one."""
    file = textured()
    nothing = {"componentType": 5126, "count": 0, "type": "VEC3"}
    attributes = {"POSITION": file.add("accessors", nothing)}
    for primitives in ([], [{"attributes": attributes}], [{"attributes": {}}]):
        mesh = file.add("meshes", {"primitives": primitives})
        file.json["scenes"][0]["nodes"].append(file.add("nodes", {"mesh": mesh}))
    return file


def loose_points_and_lines() -> Gltf:
    file = textured()
    points = file.accessor([(-1, 0, 0.1), (1, 2, 0.1), (0, 1, 0.1)])
    for mode in (0, 1, 2, 3):
        entry = {"attributes": {"POSITION": points}, "mode": mode}
        file.json["meshes"][0]["primitives"].append(entry)
    return file


def quantized() -> Gltf:
    """As gltfpack writes it: grid positions under a node that scales them, texture coordinates
    that a texture transform scales, morph targets in bytes."""
    transform = {"offset": [0.0, 0.0], "scale": [1 / 4095, 1 / 4095]}
    file = textured(info={"extensions": {"KHR_texture_transform": transform}})
    entry = primitive(file)
    corners = [(0, 0, 0), (4000, 0, 0), (0, 4000, 0), (4000, 4000, 0)]
    uvs = [(0, 4095), (4095, 4095), (0, 0), (4095, 0)]
    entry["attributes"] = {
        "POSITION": file.accessor([(*c, 0) for c in corners], "u2", type="VEC3"),
        "NORMAL": file.accessor([(0, 0, 127, 0)] * 4, "i1", type="VEC3", normalized=True),
        "TEXCOORD_0": file.accessor(uvs, "u2"),
    }
    for name, stride in (("POSITION", 8), ("NORMAL", 4)):
        accessor = file.json["accessors"][entry["attributes"][name]]
        file.json["bufferViews"][accessor["bufferView"]]["byteStride"] = stride
    move = file.accessor([(0, 0, 0, 0)] * 3 + [(0, 100, 0, 0)], "i1", type="VEC3")
    view = file.json["accessors"][move]["bufferView"]
    file.json["bufferViews"][view]["byteStride"] = 4
    entry["targets"] = [{"POSITION": move}]
    file.json["meshes"][0]["weights"] = [10.0]
    file.json["nodes"][0] |= {"translation": [-1, 0, 0], "scale": [1 / 2000] * 3}
    file.json["extensionsRequired"] = ["KHR_mesh_quantization", "KHR_texture_transform"]
    return file


def instances() -> Gltf:
    file = textured()
    attributes = {
        "TRANSLATION": file.accessor([(0, 0, 0), (3, 0, 0), (0, 3, -1)]),
        "ROTATION": file.accessor([(0, 0, 0, 1), TURNED, (0, 0, 0, 1)]),
        "SCALE": file.accessor([(1, 1, 1), (0.5, 0.5, 0.5), (1, 0.5, 1)]),
    }
    file.json["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    file.json["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
    return file


def draco() -> Gltf:
    import DracoPy

    file = person()
    entry = primitive(file)
    del entry["targets"], file.json["meshes"][0]["extras"]
    data: dict[str, np.ndarray] = {}
    for name, index in entry["attributes"].items():
        accessor = file.json["accessors"][index]
        view = file.json["bufferViews"][accessor.pop("bufferView")]
        kind = {5126: "<f4", 5121: "u1"}[accessor["componentType"]]
        start, length = view["byteOffset"], view["byteLength"]
        rows = np.frombuffer(bytes(file.binary[start : start + length]), kind)
        data[name] = rows.reshape(accessor["count"], -1)
    buffer = DracoPy.encode(
        data["POSITION"],
        np.array([(0, 1, 2), (2, 1, 3)], np.uint32),
        quantization_bits=14,
        preserve_order=True,
        tex_coord=data["TEXCOORD_0"].astype(np.float64),
        normals=data["NORMAL"].astype(np.float64),
        generic_attributes={10: data["JOINTS_0"], 11: data["WEIGHTS_0"]},
    )
    file.json["accessors"][entry["indices"]].pop("bufferView")
    ids = {a["attribute_type"]: a["unique_id"] for a in DracoPy.decode(buffer).attributes}
    names = {"POSITION": ids[0], "NORMAL": ids[1], "TEXCOORD_0": ids[3]}
    extension = {
        "bufferView": file.view(buffer),
        "attributes": names | {"JOINTS_0": 10, "WEIGHTS_0": 11},
    }
    entry["extensions"] = {"KHR_draco_mesh_compression": extension}
    for list_of in ("extensionsUsed", "extensionsRequired"):
        file.json[list_of] = ["KHR_draco_mesh_compression"]
    return file


def resting_expression(make: Callable[[], Gltf]) -> Gltf:
    """Targets at weight 1, of which an expression binds the first alone."""
    file = make()
    file.json["meshes"][0]["weights"] = [1.0, 0.5]
    return file


# Materials and textures


def empty_material() -> Gltf:
    file = with_ball(vrm1())
    file.json["materials"] = [{}]
    return file


def no_material() -> Gltf:
    file = with_ball(vrm1())
    del file.json["materials"]
    for mesh in file.json["meshes"]:
        del mesh["primitives"][0]["material"]
    return file


def texture_without_image() -> Gltf:
    file = textured(unlit=False)
    del file.json["textures"][0]["source"]
    return file


def mtoon_texture_without_image() -> Gltf:
    file = mtoon1(shadeMultiplyTexture={"index": 1}, matcapTexture={"index": 1})
    file.add("textures", {})
    return file


def mirrored_wrap() -> Gltf:
    file = textured()
    sampler = file.add("samplers", {"wrapS": 33648, "wrapT": 33648})
    file.json["textures"][0]["sampler"] = sampler
    uvs = file.accessor([(-1, 2), (2, 2), (-1, -1), (2, -1)])
    primitive(file)["attributes"]["TEXCOORD_0"] = uvs
    return file


def third_coordinates() -> Gltf:
    """Colour by the third set of texture coordinates, glow by the fourth."""
    file = textured(unlit=False, info={"texCoord": 2})
    file.json["materials"][0] |= {
        "emissiveFactor": [0.5, 0.5, 0.5],
        "emissiveTexture": {"index": checkered(file), "texCoord": 3},
    }
    sets = {
        "TEXCOORD_1": [(0.1, 0.1)] * 4,
        "TEXCOORD_2": [(0, 0), (2, 0), (0, 2), (2, 2)],
        "TEXCOORD_3": [(0, 0.5), (1, 0.5), (0, 0), (1, 0)],
    }
    for name, uvs in sets.items():
        primitive(file)["attributes"][name] = file.accessor(uvs)
    return file


def metal(metallic: float, roughness: float) -> Gltf:
    file = with_ball(person())
    pbr = {
        "baseColorFactor": [0.9, 0.6, 0.3, 1.0],
        "metallicFactor": metallic,
        "roughnessFactor": roughness,
    }
    file.json["materials"][0] = {"pbrMetallicRoughness": pbr}
    return file


def metal_map() -> Gltf:
    file = metal(1.0, 1.0)
    file.json["materials"][0]["pbrMetallicRoughness"] |= {
        "metallicRoughnessTexture": {"index": checkered(file)}
    }
    return file


def vertex_colors(make: Callable[[], Gltf]) -> Gltf:
    file = make()
    colors = [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (255, 255, 255, 255)]
    for mesh in file.json["meshes"]:
        attributes = mesh["primitives"][0]["attributes"]
        count = file.json["accessors"][attributes["POSITION"]]["count"]
        rows = [colors[i * 4 // count] for i in range(count)]
        attributes["COLOR_0"] = file.accessor(rows, "u1", normalized=True)
    return file


def mtoon_maps() -> Gltf:
    """Every map of MToon but the matcap."""
    maps = {
        "shadeMultiplyTexture": {"index": 1},
        "shadingShiftTexture": {"index": 1, "scale": 0.7},
        "rimMultiplyTexture": {"index": 1},
    }
    file = mtoon1(parametricRimColorFactor=[0.5, 0.5, 0.5], rimLightingMixFactor=0.0, **maps)
    checkered(file)
    file.json["materials"][0] |= {"emissiveFactor": [0.2, 0, 0], "emissiveTexture": {"index": 1}}
    return file


def moving_texture(*, mask: bool = False, **speeds: float) -> Gltf:
    """MToon whose texture moves; with ``mask``, where that is yellow or red it stays."""
    file = textured()
    mtoon: dict[str, object] = {"specVersion": "1.0", "shadeColorFactor": [1, 1, 1], **speeds}
    mtoon["shadeMultiplyTexture"] = {"index": 0}
    if mask:
        mtoon["uvAnimationMaskTexture"] = {"index": checkered(file)}
    file.json["materials"][0]["extensions"] = {"VRMC_materials_mtoon": mtoon}
    file.json["extensionsUsed"] = ["VRMC_materials_mtoon"]
    return file


def mtoon_second_coordinates() -> Gltf:
    """MToon draws with the first set, whatever its textures ask for."""
    file = textured(info={"texCoord": 1})
    second = file.accessor([(0, 0), (2, 0), (0, 2), (2, 2)])
    primitive(file)["attributes"]["TEXCOORD_1"] = second
    mtoon = {"specVersion": "1.0", "shadeMultiplyTexture": {"index": 0, "texCoord": 1}}
    file.json["materials"][0]["extensions"] = {"VRMC_materials_mtoon": mtoon}
    file.json["extensionsUsed"] = ["VRMC_materials_mtoon"]
    return file


def mtoon_see_through(**settings: object) -> Gltf:
    """A clear ball around a smaller one."""
    file = mtoon1(**settings)
    material = file.json["materials"][0] | {"alphaMode": "BLEND", "doubleSided": True}
    pbr = {"baseColorFactor": [0.2, 0.4, 0.9, 0.5]}
    clear = file.add("materials", material | {"pbrMetallicRoughness": pbr})
    mesh = add_ball(file, 16, 24)
    file.json["meshes"][mesh]["primitives"][0]["material"] = clear
    place = {"mesh": mesh, "translation": [0.3, 1.2, 0.3], "scale": [0.5] * 3}
    file.json["scenes"][0]["nodes"].append(file.add("nodes", place))
    return file


def unlit0(shader: str, **keywords: bool) -> Gltf:
    file = vrm0()
    checkered(file, alpha=True)
    properties = file.json["extensions"]["VRM"]["materialProperties"][0]
    properties |= {"shader": shader, "textureProperties": {"_MainTex": 1}, "keywordMap": keywords}
    properties["vectorProperties"] = {"_Color": [1.0, 0.8, 0.8, 1.0]}
    return file


def bright_glow() -> Gltf:
    file = with_ball(vrm1())
    file.json["materials"][0]["emissiveFactor"] = [0.2, 0.1, 0.0]
    hdr = {"VRMC_materials_hdr_emissiveMultiplier": {"emissiveMultiplier": 3.0}}
    file.json["materials"][0]["extensions"] |= hdr
    return file


ODDITIES: dict[str, Callable[[], Gltf]] = {
    "only_bones": only_bones,
    "several_roots": several_roots,
    "scaled_armature": scaled_armature,
    "skin_without_binds": skin_without_binds,
    "weights_unlike_one": weights_unlike_one,
    "meshes_under_bones": meshes_under_bones,
    "aim_constraint": lambda: constrained(vrm1, aim={"aimAxis": "PositiveY", "weight": 1.0}),
    "aim_half": lambda: constrained(vrm1, aim={"aimAxis": "NegativeX", "weight": 0.5}),
    "roll_constraint": lambda: constrained(vrm1, roll={"rollAxis": "Z", "weight": 1.0}),
    "rotation_constraint": lambda: constrained(vrm1, rotation={"weight": 0.7}),
    "children_of_a_skinned_mesh": children_of_a_skinned_mesh,
    "empty_mesh": empty_mesh,
    "loose_points_and_lines": loose_points_and_lines,
    "quantized": quantized,
    "instances": instances,
    "draco": draco,
    "resting_expression_vrm0": lambda: resting_expression(vrm0),
    "resting_expression_vrm1": lambda: resting_expression(vrm1),
    "empty_material": empty_material,
    "no_material": no_material,
    "mirrored_wrap": mirrored_wrap,
    "third_coordinates": third_coordinates,
    "plastic": lambda: metal(0.0, 0.3),
    "rough_metal": lambda: metal(1.0, 0.8),
    "smooth_metal": lambda: metal(1.0, 0.25),
    "metal_map": metal_map,
    "vertex_colors": lambda: vertex_colors(quad),
    "vertex_colors_mtoon1": lambda: vertex_colors(mtoon1),
    "vertex_colors_vrm0": lambda: vertex_colors(vrm0),
    "mtoon_maps": mtoon_maps,
    "moving_texture": lambda: moving_texture(uvAnimationScrollXSpeedFactor=0.25),
    "mtoon_second_coordinates": mtoon_second_coordinates,
    "mtoon_see_through": mtoon_see_through,
    "mtoon_see_through_depth": lambda: mtoon_see_through(transparentWithZWrite=True),
    "unlit_texture_vrm0": lambda: unlit0("VRM/UnlitTexture"),
    "unlit_cutout_vrm0": lambda: unlit0("VRM/UnlitCutout"),
    "unlit_transparent_vrm0": lambda: unlit0("VRM/UnlitTransparent"),
    "standard_shader_vrm0": lambda: unlit0("Standard"),
    "gltf_shader_vrm0": lambda: unlit0("VRM_USE_GLTFSHADER"),
    "bright_glow": bright_glow,
}

BEYOND_THREE_VRM: dict[str, Callable[[], Gltf]] = {
    "no_bones_vrm0": lambda: no_bones(vrm0),
    "no_bones_vrm1": lambda: no_bones(vrm1),
    "one_mesh_skinned_and_not": one_mesh_skinned_and_not,
    "texture_without_image": texture_without_image,
    "mtoon_texture_without_image": mtoon_texture_without_image,
}
"""What three-vrm gives up on, and we draw."""
