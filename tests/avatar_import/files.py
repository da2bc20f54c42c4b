"""Small glTF files, made in memory, for the importer to read."""

from __future__ import annotations

import base64
import copy
import io
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


@dataclass
class Gltf:
    """JSON and the binary chunk of a file under construction."""

    json: dict[str, Any] = field(default_factory=lambda: {"asset": {"version": "2.0"}})
    binary: bytearray = field(default_factory=bytearray)

    def add(self, collection: str, entry: Any) -> int:
        self.json.setdefault(collection, []).append(entry)
        return len(self.json[collection]) - 1

    def view(self, content: bytes, **more: Any) -> int:
        entry = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(content), **more}
        self.binary += content + bytes(-len(content) % 4)
        return self.add("bufferViews", entry)

    def accessor(self, values: Any, dtype: str = "f4", **more: Any) -> int:
        data = np.asarray(values, f"<{dtype}")
        data = data.reshape(len(data), -1)
        entry = {
            "bufferView": self.view(data.tobytes()),
            "componentType": COMPONENTS[dtype],
            "count": len(data),
            "type": TYPES[data.shape[1]],
            **more,
        }
        return self.add("accessors", entry)

    def png(self, color: tuple[int, ...], size: int = 2, kind: str = "PNG") -> int:
        """A texture of one colour."""
        content = io.BytesIO()
        mode = "RGBA" if len(color) == 4 else "RGB"
        Image.new(mode, (size, size), color).save(
            content, kind, **({"lossless": True} if kind == "WEBP" else {})
        )
        mime = f"image/{kind.lower()}"
        image = self.add("images", {"bufferView": self.view(content.getvalue()), "mimeType": mime})
        return self.add("textures", {"source": image})

    def glb(self) -> bytes:
        document = copy.deepcopy(self.json)
        if self.binary and "buffers" not in document:
            document["buffers"] = [{"byteLength": len(self.binary)}]
        return pack(document, bytes(self.binary))

    def write(self, folder: Path, name: str = "model.glb") -> Path:
        path = folder / name
        path.write_bytes(self.glb())
        return path

    def gltf(self) -> bytes:
        """As .gltf with the buffer in a data URI."""
        document = copy.deepcopy(self.json)
        data = base64.b64encode(bytes(self.binary)).decode()
        uri = f"data:application/octet-stream;base64,{data}"
        document["buffers"] = [{"byteLength": len(self.binary), "uri": uri}]
        return json.dumps(document).encode()


def pack(document: Any, binary: bytes = b"") -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    if binary:
        binary += bytes(-len(binary) % 4)
        chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


QUAD = ((-1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 2.0, 0.0), (1.0, 2.0, 0.0))
QUAD_INDICES = (0, 1, 2, 2, 1, 3)
QUAD_UVS = ((0.0, 1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0))


def quad(**primitive: Any) -> Gltf:
    """A square in the plane z = 0 that faces +z, two metres wide, standing on the ground."""
    file = Gltf()
    attributes = {
        "POSITION": file.accessor(QUAD),
        "NORMAL": file.accessor([(0.0, 0.0, 1.0)] * 4),
        "TEXCOORD_0": file.accessor(QUAD_UVS),
    }
    indices = file.accessor(QUAD_INDICES, "u2")
    entry = {"attributes": attributes, "indices": indices, **primitive}
    file.add("meshes", {"primitives": [entry]})
    file.add("nodes", {"name": "quad", "mesh": 0})
    file.json |= {"scene": 0, "scenes": [{"nodes": [0]}]}
    return file


def ball(rings: int, sectors: int, *, with_normals: bool = True) -> Gltf:
    """A sphere with a seam of its texture, the front of which a morph target moves."""
    file = Gltf()
    add_ball(file, rings, sectors, with_normals=with_normals)
    file.add("nodes", {"mesh": 0})
    return file


def add_ball(file: Gltf, rings: int, sectors: int, *, with_normals: bool = True) -> int:
    """The index of the mesh of a sphere of radius 1."""
    theta = np.linspace(0, np.pi, rings + 1)[:, None]
    phi = np.linspace(-np.pi, np.pi, sectors + 1)[None, :]
    x, y, z = np.sin(theta) * np.sin(phi), np.cos(theta) + 0 * phi, np.sin(theta) * np.cos(phi)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    uvs = np.stack(np.broadcast_arrays(phi / (2 * np.pi) + 0.5, theta / np.pi), -1).reshape(-1, 2)
    at = np.arange(rings)[:, None] * (sectors + 1) + np.arange(sectors)[None, :]
    corners = np.stack([at, at + sectors + 1, at + sectors + 2, at, at + sectors + 2, at + 1], -1)
    attributes = {"POSITION": file.accessor(points), "TEXCOORD_0": file.accessor(uvs)}
    if with_normals:
        attributes["NORMAL"] = file.accessor(points)
    front = np.where(points[:, 2:] > 0.95, points * 0.1, 0.0)
    primitive = {
        "attributes": attributes,
        "indices": file.accessor(corners.ravel(), "u4"),
        "targets": [{"POSITION": file.accessor(front)}],
    }
    return file.add("meshes", {"primitives": [primitive]})


BONES = {
    "hips": (None, (0.0, 0.9, 0.0)),
    "spine": ("hips", (0.0, 0.1, 0.0)),
    "chest": ("spine", (0.0, 0.1, 0.0)),
    "neck": ("chest", (0.0, 0.2, 0.0)),
    "head": ("neck", (0.0, 0.1, 0.0)),
    "leftEye": ("head", (0.03, 0.06, 0.05)),
    "rightEye": ("head", (-0.03, 0.06, 0.05)),
    "leftUpperArm": ("chest", (0.2, 0.15, 0.0)),
    "leftLowerArm": ("leftUpperArm", (0.25, 0.0, 0.0)),
    "leftHand": ("leftLowerArm", (0.25, 0.0, 0.0)),
    "rightUpperArm": ("chest", (-0.2, 0.15, 0.0)),
    "rightLowerArm": ("rightUpperArm", (-0.25, 0.0, 0.0)),
    "rightHand": ("rightLowerArm", (-0.25, 0.0, 0.0)),
    "leftUpperLeg": ("hips", (0.1, 0.0, 0.0)),
    "leftLowerLeg": ("leftUpperLeg", (0.0, -0.4, 0.0)),
    "leftFoot": ("leftLowerLeg", (0.0, -0.4, 0.0)),
    "rightUpperLeg": ("hips", (-0.1, 0.0, 0.0)),
    "rightLowerLeg": ("rightUpperLeg", (0.0, -0.4, 0.0)),
    "rightFoot": ("rightLowerLeg", (0.0, -0.4, 0.0)),
}
BONE_NAMES = tuple(BONES)


def person(turned: bool = False) -> Gltf:
    """A humanoid: a skinned square of cloth, morph targets, and a strand of hair on two bones
    behind the head. Faces +z, or -z if ``turned`` as VRM 0.x does."""
    sign = -1.0 if turned else 1.0
    file = Gltf()
    for name, (parent, (x, y, z)) in BONES.items():
        row = file.add("nodes", {"name": name, "translation": [sign * x, y, sign * z]})
        if parent is not None:
            file.json["nodes"][BONE_NAMES.index(parent)].setdefault("children", []).append(row)
    hair = [
        file.add("nodes", {"name": "hair_1", "translation": [0.0, 0.1, sign * -0.1]}),
        file.add("nodes", {"name": "hair_2", "translation": [0.0, -0.2, 0.0]}),
    ]
    file.json["nodes"][BONE_NAMES.index("head")]["children"] += hair[:1]
    file.json["nodes"][hair[0]]["children"] = hair[1:]
    positions = np.array(QUAD) * (sign, 1.0, sign) * 0.5 + (0.0, 0.4, sign * 0.1)
    attributes = {
        "POSITION": file.accessor(positions),
        "NORMAL": file.accessor([(0.0, 0.0, sign)] * 4),
        "TEXCOORD_0": file.accessor(QUAD_UVS),
        "JOINTS_0": file.accessor([(0, 1, 0, 0)] * 4, "u1"),
        "WEIGHTS_0": file.accessor([(0.75, 0.25, 0.0, 0.0)] * 4),
    }
    move = np.zeros((4, 3))
    move[3] = (sign * 0.1, 0.0, sign * 0.2)
    targets = [{"POSITION": file.accessor(move)}, {"POSITION": file.accessor(-move)}]
    binds = np.tile(np.eye(4), (2, 1, 1))
    binds[0, 3, :3] = (0.0, -0.9, 0.0)
    binds[1, 3, :3] = (0.0, -1.4, 0.0)
    skin = {
        "joints": [BONE_NAMES.index("hips"), BONE_NAMES.index("head")],
        "inverseBindMatrices": file.accessor(binds.reshape(2, 16)),
    }
    file.add("skins", skin)
    primitive = {
        "attributes": attributes,
        "indices": file.accessor(QUAD_INDICES, "u2"),
        "targets": targets,
        "material": 0,
    }
    names = ["jawOpen", "eyeBlinkLeft"]
    file.add("meshes", {"primitives": [primitive], "extras": {"targetNames": names}})
    cloth = file.add("nodes", {"name": "cloth", "mesh": 0, "skin": 0})
    texture = file.png((200, 100, 50, 255))
    file.add(
        "materials",
        {"name": "cloth", "pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}},
    )
    file.json |= {"scene": 0, "scenes": [{"nodes": [0, cloth]}]}
    return file


def vrm1() -> Gltf:
    """``person`` as VRM 1.0, with one of everything that the specification has."""
    file = person()
    nodes = len(file.json["nodes"])
    cloth, hair = nodes - 1, nodes - 3
    head = BONE_NAMES.index("head")
    file.json["materials"][0]["extensions"] = {
        "VRMC_materials_mtoon": {
            "specVersion": "1.0",
            "shadeColorFactor": [0.5, 0.25, 0.125],
            "shadingToonyFactor": 0.8,
            "shadingShiftFactor": -0.1,
            "outlineWidthMode": "worldCoordinates",
            "outlineWidthFactor": 0.005,
            "parametricRimColorFactor": [0.1, 0.2, 0.3],
        }
    }
    bind = {"node": cloth, "index": 0, "weight": 0.5}
    file.json["extensions"] = {
        "VRMC_vrm": {
            "specVersion": "1.0",
            "meta": {
                "name": "Someone",
                "authors": ["an author"],
                "licenseUrl": "https://vrm.dev/licenses/1.0/",
                "avatarPermission": "everyone",
                "allowRedistribution": True,
            },
            "humanoid": {"humanBones": {n: {"node": i} for i, n in enumerate(BONE_NAMES)}},
            "firstPerson": {"meshAnnotations": [{"node": cloth, "type": "thirdPersonOnly"}]},
            "lookAt": {
                "type": "expression",
                "offsetFromHeadBone": [0.0, 0.06, 0.05],
                "rangeMapVerticalUp": {"inputMaxValue": 30.0, "outputScale": 0.5},
            },
            "expressions": {
                "preset": {
                    "happy": {
                        "morphTargetBinds": [bind],
                        "materialColorBinds": [
                            {"material": 0, "type": "shadeColor", "targetValue": [1, 0, 0, 1]}
                        ],
                        "overrideBlink": "block",
                        "isBinary": True,
                    }
                },
                "custom": {
                    "wink": {
                        "textureTransformBinds": [
                            {"material": 0, "scale": [0.5, 0.5], "offset": [0.25, 0.0]}
                        ]
                    }
                },
            },
        },
        "VRMC_springBone": {
            "specVersion": "1.0",
            "colliders": [
                {"node": head, "shape": {"sphere": {"offset": [0, 0.1, 0], "radius": 0.1}}},
                {
                    "node": head,
                    "shape": {"capsule": {"offset": [0, 0, 0], "radius": 0.05, "tail": [0, 1, 0]}},
                },
            ],
            "colliderGroups": [{"colliders": [0, 1]}],
            "springs": [
                {
                    "name": "hair",
                    "joints": [
                        {"node": hair, "stiffness": 0.7, "dragForce": 0.3, "hitRadius": 0.02},
                        {"node": hair + 1},
                    ],
                    "colliderGroups": [0],
                    "center": 0,
                }
            ],
        },
    }
    follow = {"roll": {"source": BONE_NAMES.index("rightHand"), "rollAxis": "X", "weight": 0.5}}
    file.json["nodes"][BONE_NAMES.index("leftLowerArm")]["extensions"] = {
        "VRMC_node_constraint": {"specVersion": "1.0", "constraint": follow}
    }
    file.json["extensionsUsed"] = [
        "VRMC_vrm",
        "VRMC_springBone",
        "VRMC_materials_mtoon",
        "VRMC_node_constraint",
    ]
    return file


def vrm0() -> Gltf:
    """``person`` as VRM 0.x: the same character, facing -z, in the older words."""
    file = person(turned=True)
    nodes = len(file.json["nodes"])
    hair = nodes - 3
    curve = {"xRange": 30.0, "yRange": 0.5}
    file.json["meshes"][0]["primitives"][0]["extras"] = file.json["meshes"][0].pop("extras")
    file.json["extensions"] = {
        "VRM": {
            "specVersion": "0.0",
            "meta": {
                "title": "Someone",
                "author": "an author",
                "allowedUserName": "Everyone",
                "commercialUssageName": "Allow",
                "licenseName": "CC_BY_ND",
            },
            "humanoid": {"humanBones": [{"bone": n, "node": i} for i, n in enumerate(BONE_NAMES)]},
            "firstPerson": {
                "firstPersonBone": BONE_NAMES.index("head"),
                "firstPersonBoneOffset": {"x": 0.0, "y": 0.06, "z": 0.05},
                "lookAtTypeName": "BlendShape",
                "lookAtVerticalUp": curve,
                "meshAnnotations": [{"mesh": 0, "firstPersonFlag": "ThirdPersonOnly"}],
            },
            "blendShapeMaster": {
                "blendShapeGroups": [
                    {
                        "name": "Joy",
                        "presetName": "joy",
                        "binds": [{"mesh": 0, "index": 0, "weight": 50.0}],
                        "materialValues": [
                            {
                                "materialName": "cloth",
                                "propertyName": "_MainTex_ST",
                                "targetValue": [0.5, 0.5, 0.25, 0.0],
                            }
                        ],
                    },
                    {"name": "Blink_L", "presetName": "blink_l"},
                    {"name": "Tail", "presetName": "unknown"},
                ]
            },
            "secondaryAnimation": {
                "boneGroups": [
                    {
                        "bones": [hair],
                        "stiffiness": 0.7,
                        "dragForce": 0.3,
                        "hitRadius": 0.02,
                        "gravityPower": 0.5,
                        "gravityDir": {"x": 0.0, "y": -1.0, "z": 0.5},
                        "colliderGroups": [0],
                        "center": -1,
                    }
                ],
                "colliderGroups": [
                    {
                        "node": BONE_NAMES.index("head"),
                        "colliders": [{"offset": {"x": 0, "y": 0.1, "z": 0.2}, "radius": 0.1}],
                    }
                ],
            },
            "materialProperties": [
                {
                    "name": "cloth",
                    "shader": "VRM/MToon",
                    "renderQueue": 3000,
                    "floatProperties": {
                        "_ShadeToony": 0.9,
                        "_ShadeShift": 0.0,
                        "_OutlineWidthMode": 1,
                        "_OutlineWidth": 0.5,
                        "_CullMode": 0,
                        "_ZWrite": 1,
                    },
                    "vectorProperties": {
                        "_Color": [0.5, 1.0, 1.0, 0.75],
                        "_MainTex": [0.25, 0.0, 0.5, 0.5],
                    },
                    "textureProperties": {"_MainTex": 0},
                    "keywordMap": {"_ALPHABLEND_ON": True},
                }
            ],
        }
    }
    file.json["extensionsUsed"] = ["VRM"]
    return file


def licensed(**meta: Any) -> Gltf:
    """``vrm1`` with these fields of its meta."""
    file = vrm1()
    file.json["extensions"]["VRMC_vrm"]["meta"] |= meta
    return file


def licensed0(**meta: Any) -> Gltf:
    """``vrm0`` with these fields of its meta."""
    file = vrm0()
    file.json["extensions"]["VRM"]["meta"] |= meta
    return file


def relicensed(content: bytes, **meta: Any) -> bytes:
    """A VRM 1.0 file with these fields of its meta."""
    length, _ = struct.unpack_from("<II", content, 12)
    document = json.loads(content[20 : 20 + length])
    document["extensions"]["VRMC_vrm"]["meta"] |= meta
    return pack(document, content[28 + length :])
