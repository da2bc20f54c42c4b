"""Small files that ask for a lot of memory or time are refused before they get it."""

from __future__ import annotations

import sys

import pytest

from .files import quad, vrm1
from .oddities import draco
from .reading import attributes, read, refusal


def nested_nodes(file):
    first = len(file.json["nodes"])
    file.json["nodes"] += [{"children": [first + i + 1]} for i in range(1500)] + [{}]


def drawn_too_often(file):
    (entry,) = file.json["meshes"][0]["primitives"]
    file.json["meshes"][0]["primitives"] = [entry] * 30
    file.json["nodes"] = [{"mesh": 0} for _ in range(1000)]
    file.json["scenes"][0]["nodes"] = list(range(1000))


def targets_without_end(file):
    zeros = file.add("accessors", {"componentType": 5126, "count": 1_000_000, "type": "VEC3"})
    entry = file.json["meshes"][0]["primitives"][0]
    entry |= {"attributes": {"POSITION": zeros}, "targets": [{"POSITION": zeros}] * 100}


def targets_on_every_node(file):
    entry = file.json["meshes"][0]["primitives"][0]
    entry["targets"] = [{"POSITION": entry["attributes"]["POSITION"]}] * 100
    file.json["nodes"] = [{"mesh": 0} for _ in range(1000)]
    file.json["scenes"][0]["nodes"] = list(range(1000))


def instances_without_end(file):
    zeros = file.add("accessors", {"componentType": 5126, "count": 1_000_000, "type": "VEC3"})
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": zeros}}}
    file.json["nodes"][0]["extensions"] = instancing


def joints_without_end(file):
    file.json["nodes"] = [{} for _ in range(10_000)]
    joints = list(range(1, 10_000))
    file.json["skins"] = [{"joints": joints} for _ in range(10)]
    draws = [file.add("nodes", {"mesh": 0, "skin": i}) for i in range(10)]
    file.json["scenes"][0]["nodes"] = draws
    attributes(file)["JOINTS_0"] = file.accessor([(0, 0, 0, 0)] * 4, "u1")
    attributes(file)["WEIGHTS_0"] = file.accessor([(1, 0, 0, 0)] * 4)


TOO_MUCH = {
    nested_nodes: "nested 1500 deep",
    drawn_too_often: "more than 20000 primitives",
    targets_without_end: "more than 50000000 vertices",
    targets_on_every_node: "more than 20000 morph targets",
    instances_without_end: "1000000 instances",
    joints_without_end: "more than 65535 joints",
}


@pytest.mark.parametrize("ask", TOO_MUCH, ids=lambda f: f.__name__)
def test_small_files_that_ask_for_much_are_refused(tmp_path, ask):
    file = quad()
    ask(file)
    assert TOO_MUCH[ask] in refusal(file.write(tmp_path))


def test_spring_bones_without_end_are_refused(tmp_path):
    file = vrm1()
    springs = file.json["extensions"]["VRMC_springBone"]
    springs["springs"] *= 3000
    assert "6,000 joints" in refusal(file.write(tmp_path))


def test_images_of_the_same_bytes_are_unpacked_once(tmp_path):
    file = quad(material=0)
    texture = file.png((200, 100, 50), 16)
    image = file.add("images", dict(file.json["images"][0]))
    other = file.add("textures", {"source": image})
    material = {"normalTexture": {"index": texture}, "emissiveTexture": {"index": other}}
    file.add("materials", {**material, "emissiveFactor": [1, 1, 1]})
    first, second = read(file, tmp_path).textures
    assert first.pixels is second.pixels


def test_broken_draco_data(tmp_path):
    file = draco()
    view = file.json["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]
    start = file.json["bufferViews"][view["bufferView"]]["byteOffset"]
    file.binary[start + 12 : start + 40] = bytes(28)
    assert "Draco data are broken" in refusal(file.write(tmp_path))


def test_draco_without_its_package_is_refused_by_name(tmp_path, monkeypatch):
    path = draco().write(tmp_path)
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    assert "pip install DracoPy" in refusal(path)
