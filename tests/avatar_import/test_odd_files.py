"""Files that are odd but drawable are read; those that are not are refused in one line."""

from __future__ import annotations

import json
import random
import struct
import zlib

import numpy as np
import pytest

from avatar_server.avatar import load_avatar, load_model
from avatar_server.avatar.framing import default_camera
from avatar_server.avatar.gltf.images import decode_image
from avatar_server.avatar.gltf.scene import global_transforms
from avatar_server.avatar.importer import read_model
from avatar_server.avatar.simplify import rest_positions
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.errors import AvatarFileError

from .files import QUAD, pack, person, quad, vrm0, vrm1
from .gallery import textured
from .looks import basis_with_fallback
from .reading import attributes, read, refusal
from .side_by_side import rest_rig

# Drawable


def test_json_with_a_data_uri_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "model.gltf"
    path.write_bytes(b"\xef\xbb\xbf" + quad().gltf())
    np.testing.assert_array_equal(load_model(path).positions, np.float32(QUAD))


def test_a_buffer_in_a_file_beside_the_model(tmp_path):
    file = quad()
    (tmp_path / "data 1.bin").write_bytes(bytes(file.binary))
    file.json["buffers"] = [{"byteLength": len(file.binary), "uri": "data%201.bin"}]
    path = tmp_path / "model.gltf"
    path.write_text(json.dumps(file.json))
    assert load_model(path).triangle_count == 2


@pytest.mark.parametrize(
    "document",
    [{}, {"nodes": [{"name": "bone"}]}, {"meshes": []}, {"scenes": [{}], "scene": 0}],
)
def test_no_mesh_is_an_empty_character(tmp_path, document):
    path = tmp_path / "model.glb"
    path.write_bytes(pack({"asset": {"version": "2.0"}, **document}))
    model = load_model(path)
    assert model.positions.shape == model.normals.shape == (0, 3)
    assert model.triangle_count == 0


def test_missing_normals_are_flat_as_the_specification_asks(tmp_path):
    file = quad()
    del attributes(file)["NORMAL"]
    model = read(file, tmp_path)
    np.testing.assert_allclose(model.normals, [(0.0, 0.0, 1.0)] * 6)


def test_flat_normals_turn_with_morphs(tmp_path):
    file = quad()
    del attributes(file)["NORMAL"]
    # The upper edge comes forward by its height: the face then looks up at 45 degrees.
    moved = [(0, 0, 0), (0, 0, 0), (0, 0, 2.0), (0, 0, 2.0)]
    file.json["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": file.accessor(moved)}]
    morph = read(file, tmp_path).morphs[0]
    assert morph.name == "morph_0"
    turned = np.array([0.0, 0.0, 1.0]) + morph.normals[0]
    np.testing.assert_allclose(turned, (0.0, -(0.5**0.5), 0.5**0.5), atol=1e-6)


def test_broken_normals_are_computed(tmp_path):
    file = quad()
    attributes(file)["NORMAL"] = file.accessor([(np.nan,) * 3, (0, 0, 0), (0, 0, 5), (0, 0, 1)])
    np.testing.assert_allclose(read(file, tmp_path).normals, [(0.0, 0.0, 1.0)] * 4)


def test_missing_indices(tmp_path):
    file = quad()
    attributes(file)["POSITION"] = file.accessor([QUAD[i] for i in (0, 1, 2, 2, 1, 3)])
    attributes(file)["NORMAL"] = file.accessor([(0, 0, 1)] * 6)
    del attributes(file)["TEXCOORD_0"]
    del file.json["meshes"][0]["primitives"][0]["indices"]
    assert read(file, tmp_path).triangle_count == 2


@pytest.mark.parametrize(("mode", "indices"), [(5, (0, 1, 2, 3)), (6, (0, 1, 3, 2))])
def test_strips_and_fans_face_the_same_way(tmp_path, mode, indices):
    file = quad(mode=mode)
    file.json["meshes"][0]["primitives"][0]["indices"] = file.accessor(indices, "u1")
    model = read(file, tmp_path)
    assert model.triangle_count == 2
    a, b, c = (model.positions[model.indices.reshape(-1, 3)[:, k]] for k in range(3))
    assert np.all(np.cross(b - a, c - a)[:, 2] > 0)


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_points_and_lines_are_left_out(tmp_path, mode):
    file = quad()
    primitives = file.json["meshes"][0]["primitives"]
    primitives.append({**primitives[0], "mode": mode})
    assert read(file, tmp_path).triangle_count == 2


def test_a_mirrored_node_keeps_its_front(tmp_path):
    file = quad()
    file.json["nodes"][0]["scale"] = [-1.0, 1.0, 1.0]
    model = read(file, tmp_path)
    posed = rest_rig(model).positions
    a, b, c = (posed[model.indices.reshape(-1, 3)[:, k]] for k in range(3))
    assert np.all(np.cross(b - a, c - a)[:, 2] > 0)


def test_matrix_nodes(tmp_path):
    angle = 0.5
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * (2.0, 3.0, -0.5)
    matrix[:3, 3] = (1.0, 2.0, 3.0)
    file = quad()
    file.json["nodes"][0]["matrix"] = matrix.T.ravel().tolist()
    model = read(file, tmp_path)
    np.testing.assert_allclose(global_transforms(model.nodes)[0], matrix, atol=1e-6)


def test_several_roots_children_first_and_several_scenes(tmp_path):
    file = quad()
    file.add("nodes", {"name": "root", "children": [0], "translation": [0, 1, 0]})
    file.add("nodes", {"name": "other root", "mesh": 0})
    file.add("nodes", {"name": "of another scene", "mesh": 0})
    file.json["scenes"] = [{"nodes": [3]}, {"nodes": [1, 2]}]
    file.json["scene"] = 1
    model = read(file, tmp_path)
    assert all(node.parent < row for row, node in enumerate(model.nodes))
    assert {model.nodes[p.node].name for p in model.primitives} == {"quad", "other root"}
    assert rest_rig(model).positions[:, 1].max() == pytest.approx(3.0)


def test_no_scene_draws_every_root(tmp_path):
    file = quad()
    del file.json["scene"], file.json["scenes"]
    assert read(file, tmp_path).triangle_count == 2


def test_one_mesh_of_two_nodes_moves_apart(tmp_path):
    file = person()
    del file.json["skins"]
    cloth = file.json["nodes"][-1]
    del cloth["skin"]
    cloth["weights"] = [0.25, 0.0]
    file.json["scenes"][0]["nodes"].append(file.add("nodes", {"mesh": 0, "translation": [2, 0, 0]}))
    model = read(file, tmp_path)
    assert len(model.positions) == 8
    assert [m.name for m in model.morphs] == ["jawOpen", "eyeBlinkLeft"] * 2
    assert [m.rest_weight for m in model.morphs] == [0.25, 0.0, 0.0, 0.0]
    assert not set(model.morphs[0].vertices) & set(model.morphs[2].vertices)


def test_quantized_vertices_and_weights(tmp_path):
    file = person()
    joints = attributes(file)
    joints["NORMAL"] = file.accessor([(0, 0, 127)] * 4, "i1", normalized=True)
    joints["TEXCOORD_0"] = file.accessor([(0, 65535)] * 4, "u2", normalized=True)
    joints["WEIGHTS_0"] = file.accessor([(191, 64, 0, 0)] * 4, "u1", normalized=True)
    joints["POSITION"] = file.accessor([(0, 0, 0), (100, 0, 0), (0, 100, 0), (100, 100, 0)], "i2")
    file.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    model = read(file, tmp_path)
    assert model.positions.max() == 100.0
    np.testing.assert_allclose(model.uvs, [(0.0, 1.0)] * 4)
    np.testing.assert_allclose(model.normals, [(0.0, 0.0, 1.0)] * 4)
    np.testing.assert_allclose(model.skinning.weights.sum(axis=1), 1.0, atol=1e-6)


def test_of_eight_influences_the_four_strongest_stay(tmp_path):
    file = person()
    attributes(file)["JOINTS_1"] = file.accessor([(1, 1, 1, 1)] * 4, "u1")
    attributes(file)["WEIGHTS_0"] = file.accessor([(0.05, 0.1, 0.0, 0.0)] * 4)
    attributes(file)["WEIGHTS_1"] = file.accessor([(0.5, 0.2, 0.1, 0.05)] * 4)
    skinning = read(file, tmp_path).skinning
    np.testing.assert_allclose(skinning.weights[0], np.array([0.5, 0.2, 0.1, 0.1]) / 0.9, rtol=1e-5)


def test_vertices_without_weight_hang_on_their_first_joint(tmp_path):
    file = person()
    attributes(file)["WEIGHTS_0"] = file.accessor([(0.0,) * 4] * 4)
    skinning = read(file, tmp_path).skinning
    np.testing.assert_array_equal(skinning.weights, [(1.0, 0.0, 0.0, 0.0)] * 4)


def test_sparse_morphs_over_nothing(tmp_path):
    file = quad()
    sparse = {
        "count": 1,
        "indices": {"bufferView": file.view(struct.pack("<H", 2)), "componentType": 5123},
        "values": {"bufferView": file.view(struct.pack("<3f", 0.0, 0.5, 0.0))},
    }
    accessor = {"componentType": 5126, "count": 4, "type": "VEC3", "sparse": sparse}
    target = {"POSITION": file.add("accessors", accessor)}
    file.json["meshes"][0] |= {"extras": {"targetNames": ["browInnerUp"]}, "weights": [0.5]}
    file.json["meshes"][0]["primitives"][0]["targets"] = [target]
    (morph,) = read(file, tmp_path).morphs
    assert (morph.name, morph.rest_weight) == ("browInnerUp", 0.5)
    np.testing.assert_array_equal(morph.vertices, [2])
    np.testing.assert_array_equal(morph.positions, [(0.0, 0.5, 0.0)])


def test_primitives_of_one_vertex_buffer_share_it(tmp_path):
    file = quad()
    (first,) = file.json["meshes"][0]["primitives"]
    first["indices"] = file.accessor((0, 1, 2), "u1")
    second = {**first, "indices": file.accessor((2, 1, 3), "u4"), "material": 0}
    file.json["meshes"][0]["primitives"].append(second)
    file.add("materials", {"doubleSided": True})
    model = read(file, tmp_path)
    assert len(model.positions) == 4
    assert [p.index_count for p in model.primitives] == [3, 3]
    assert model.materials[model.primitives[1].material].double_sided


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_textures(tmp_path, kind):
    file = quad(material=0)
    texture = file.png((200, 100, 50), 16, kind)
    if kind == "WEBP":
        source = file.json["textures"][0].pop("source")
        file.json["textures"][0]["extensions"] = {"EXT_texture_webp": {"source": source}}
    transform = {"offset": [0.5, 0.0], "scale": [2.0, 1.0], "rotation": 0.1, "texCoord": 1}
    info = {"index": texture, "extensions": {"KHR_texture_transform": transform}}
    file.add("samplers", {"wrapS": 33071, "wrapT": 33648, "magFilter": 9728})
    file.json["textures"][0]["sampler"] = 0
    file.add(
        "materials",
        {
            "pbrMetallicRoughness": {"baseColorTexture": info},
            "extensions": {"KHR_materials_unlit": {}},
            "alphaMode": "MASK",
            "alphaCutoff": 0.25,
        },
    )
    model = read(file, tmp_path)
    material, (read_texture,) = model.materials[0], model.textures
    np.testing.assert_allclose(read_texture.pixels[8, 8], (200, 100, 50, 255), atol=3)
    assert (read_texture.wrap_s, read_texture.wrap_t) == ("clamp", "mirror")
    assert read_texture.nearest
    assert (material.shading, material.alpha_mode, material.alpha_cutoff) == ("unlit", "MASK", 0.25)
    use = material.base_texture
    assert (use.offset, use.scale, use.rotation, use.texcoord) == ((0.5, 0), (2, 1), 0.1, 1)


def test_vertex_colors(tmp_path):
    file = quad()
    attributes(file)["COLOR_0"] = file.accessor([(255, 0, 0)] * 4, "u1", normalized=True)
    model = read(file, tmp_path)
    np.testing.assert_array_equal(model.colors, [(1.0, 0.0, 0.0, 1.0)] * 4)
    assert model.materials[model.primitives[0].material].vertex_colors


def test_a_mesh_far_from_the_head_is_in_the_picture(tmp_path):
    file = vrm1()
    file.json["scenes"][0]["nodes"] = [0, file.add("nodes", {"mesh": 1, "translation": [9, 0, 0]})]
    mesh = file.json["meshes"][0]["primitives"][0]
    shape = {k: v for k, v in mesh["attributes"].items() if "_0" not in k}
    file.add("meshes", {"primitives": [{"attributes": shape, "indices": mesh["indices"]}]})
    avatar = load_avatar(file.write(tmp_path))
    camera = default_camera(avatar.model, Skeleton(avatar.model), rest_positions(avatar.model))
    assert camera.target[0] == pytest.approx(9.0)


def test_minus_one_means_none_as_old_exporters_write_it(tmp_path):
    file = person()
    entry = file.json["meshes"][0]["primitives"][0]
    entry["attributes"] |= {"NORMAL": -1, "COLOR_0": -1, "TEXCOORD_0": -1}
    entry["targets"] = [{**target, "NORMAL": -1} for target in entry["targets"]]
    entry["material"] = -1
    file.json["nodes"][0] |= {"mesh": -1, "skin": -1}
    file.json["textures"][0]["sampler"] = -1
    file.json["scene"] = -1
    model = read(file, tmp_path)
    assert model.triangle_count == 2
    assert model.colors is None
    assert len(model.morphs) == 2


def test_basis_universal_has_a_fallback(tmp_path):
    file = basis_with_fallback()
    plain = read(textured(), tmp_path).textures
    for required in ([], ["KHR_texture_basisu"]):
        file.json["extensionsRequired"] = required
        (texture,) = read(file, tmp_path).textures
        np.testing.assert_array_equal(texture.pixels, plain[0].pixels)


# Refused


def cyclic(file):
    file.add("nodes", {"children": [2]})
    file.add("nodes", {"children": [1]})


def two_parents(file):
    file.json["nodes"] += [{"children": [0]}, {"children": [0]}]


def out_of_bounds(file):
    file.json["accessors"][0]["count"] = 40


def memory_bomb(file):
    del file.json["accessors"][0]["bufferView"]
    file.json["accessors"][0]["count"] = 2**31


def nan_positions(file):
    attributes(file)["POSITION"] = file.accessor([(np.nan, 0, 0)] * 4)


def infinite_positions(file):
    attributes(file)["POSITION"] = file.accessor([(np.inf, 0, 0)] * 4)


def index_beyond(file):
    file.json["meshes"][0]["primitives"][0]["indices"] = file.accessor((0, 1, 9), "u1")


def short_normals(file):
    attributes(file)["NORMAL"] = file.accessor([(0, 0, 1)])


def view_beyond(file):
    file.json["bufferViews"][0]["byteLength"] = 10**9


def basis(file):
    file.add("textures", {"extensions": {"KHR_texture_basisu": {"source": 0}}})
    file.add("materials", {"emissiveTexture": {"index": 0}})
    file.add("images", {"uri": "absent.ktx2", "mimeType": "image/ktx2"})
    file.json["extensionsRequired"] = ["KHR_texture_basisu"]


def unknown_required(file):
    file.json["extensionsRequired"] = ["ACME_teapots"]


def text_for_index(file):
    attributes(file)["POSITION"] = "three"


def far_away(file):
    file.json["nodes"][0]["translation"] = [1e20, 0, 0]


def broken_image(file):
    file.add("images", {"bufferView": file.view(b"not an image"), "mimeType": "image/png"})
    file.add("textures", {"source": 0})
    file.add("materials", {"emissiveTexture": {"index": 0}})


def escaping_path(file):
    file.json["buffers"] = [{"byteLength": 4, "uri": "../../secret.bin"}]


def absolute_path(file):
    file.json["buffers"] = [{"byteLength": 4, "uri": "/etc/hostname"}]


def web_address(file):
    file.json["buffers"] = [{"byteLength": 4, "uri": "http://example.com/a.bin"}]


def only_lines(file):
    file.json["meshes"][0]["primitives"][0]["mode"] = 1


def absent_file(file):
    file.json["buffers"] = [{"byteLength": 4, "uri": "absent.bin"}]


def broken_base64(file):
    file.json["buffers"] = [{"byteLength": 4, "uri": "data:x;base64,A"}]


def version_1(file):
    file.json["asset"]["version"] = "1.0"


def no_asset(file):
    del file.json["asset"]


REFUSED = {
    cyclic: "cycle",
    two_parents: "two parents",
    out_of_bounds: "40 elements",
    memory_bomb: "2147483648 elements",
    nan_positions: "no finite numbers",
    infinite_positions: "no finite numbers",
    index_beyond: "index 9 of 4 vertices",
    short_normals: "1 values of NORMAL for 4 vertices",
    view_beyond: "lie outside buffer 0",
    basis: "Basis Universal",
    unknown_required: "ACME_teapots",
    text_for_index: "POSITION is not an index",
    far_away: "out of any scene",
    broken_image: "images",
    escaping_path: "leads out of the model's folder",
    absolute_path: "leads out of the model's folder",
    web_address: "not beside the model",
    only_lines: "only points or lines",
    absent_file: "no such file",
    broken_base64: "base64 is broken",
    version_1: "glTF version '1.0'",
    no_asset: "asset.version is missing",
}


@pytest.mark.parametrize("spoil", REFUSED, ids=lambda f: f.__name__)
def test_what_cannot_be_drawn_is_refused_by_name(tmp_path, spoil):
    file = quad()
    spoil(file)
    assert REFUSED[spoil] in refusal(file.write(tmp_path))


GLB = quad().glb()
BROKEN_CONTAINERS = {
    b"": "empty",
    b"\x89PNG\r\n\x1a\n": "neither binary glTF nor glTF JSON",
    GLB[:10]: "truncated",
    GLB[:-8]: "truncated",
    GLB[:4] + b"\1\0\0\0" + GLB[8:]: "version 1",
    GLB[:16] + b"BIN\0" + GLB[20:]: "no JSON chunk",
    b"{": "JSON is broken",
    b'{"asset": NaN}': "JSON is broken",
    b'{"a":' + b"[" * 100_000: "nested too deeply",
    b"{}": "asset.version is missing",
}


@pytest.mark.parametrize("content", BROKEN_CONTAINERS, ids=BROKEN_CONTAINERS.values())
def test_broken_containers(tmp_path, content):
    path = tmp_path / "model.glb"
    path.write_bytes(content)
    assert BROKEN_CONTAINERS[content] in refusal(path)


def test_absent_files_and_folders(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.vrm")
    assert "not a file" in refusal(tmp_path)


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_an_image_is_judged_by_its_header(side):
    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = chunk(b"IHDR", struct.pack(">II5B", side, side, 8, 6, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"")
    with pytest.raises(AvatarFileError, match=str(side)):
        decode_image(png, "images[0]")


# Random damage


def damaged(content: bytes, dice: random.Random) -> bytes:
    """``content`` with some of its JSON or of its bytes changed."""
    (length,) = struct.unpack_from("<I", content, 12)
    document, binary = json.loads(content[20 : 20 + length]), content[28 + length :]
    kind = dice.random()
    if kind < 0.7:
        for _ in range(dice.choice((1, 1, 2, 4))):
            _damage_json(document, dice)
        return pack(document, binary)
    spoiled = bytearray(content)
    if kind < 0.85:
        for _ in range(dice.choice((1, 5, 25))):
            spoiled[dice.randrange(len(spoiled))] = dice.randrange(256)
        return bytes(spoiled)
    return content[: dice.randrange(len(content))]


ODD = (None, -1, 0, 1, 3, 255, 2**31, 2**63, 1e300, 0.5, "", "x", [], {}, [1], [None], True, 5121)


def _damage_json(document: dict, dice: random.Random) -> None:
    places = []
    waiting = [document]
    while waiting:
        part = waiting.pop()
        keys = part if isinstance(part, dict) else range(len(part))
        for key in keys:
            places.append((part, key))
            if isinstance(part[key], dict | list):
                waiting.append(part[key])
    part, key = dice.choice(places)
    if dice.random() < 0.3:
        del part[key]
    elif isinstance(part[key], int | float) and dice.random() < 0.5:
        part[key] = dice.choice((part[key] + 1, -part[key], part[key] * 1000))
    else:
        part[key] = dice.choice(ODD)


@pytest.mark.parametrize("make", [quad, person, vrm0, vrm1], ids=lambda f: f.__name__)
def test_damaged_files_are_read_or_refused_and_nothing_else(tmp_path, make):
    dice = random.Random(20)
    content = make().glb()
    path = tmp_path / "model.glb"
    refused = 0
    for _ in range(250):
        path.write_bytes(damaged(content, dice))
        try:
            model = read_model(path)
        except AvatarFileError:
            refused += 1
            continue
        assert np.isfinite(model.positions).all()
        assert np.isfinite(rest_rig(model).positions).all()
    assert 50 < refused < 230
