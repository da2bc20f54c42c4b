"""Meshopt compression, against streams that meshoptimizer itself encoded."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from avatar_server.avatar import load_model
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.gltf.meshopt import decode_view
from avatar_server.errors import AvatarFileError

from .files import Gltf

SIDE = 9
STREAMS = json.loads((Path(__file__).parent / "meshopt_streams.json").read_text())


def grid_indices() -> np.ndarray:
    """A regular grid, which shares edges, and then triangles that share nothing."""
    corners = []
    for y in range(SIDE - 1):
        for x in range(SIDE - 1):
            a = y * SIDE + x
            corners += [a, a + 1, a + SIDE, a + 1, a + SIDE + 1, a + SIDE]
    for i in range(30):
        corners += [(i * 37) % 81, (i * 11 + 5) % 81, (i * 53 + 9) % 81]
    return np.array(corners)


def directions() -> np.ndarray:
    i = np.arange(SIDE * SIDE)
    a, b = i * 0.7, i * 0.31
    return np.stack([np.cos(a) * np.sin(b), np.sin(a) * np.sin(b), np.cos(b)], axis=1)


def decode(name: str, count: int, stride: int, mode: str, filter: str = "NONE") -> np.ndarray:
    source = np.frombuffer(base64.b64decode(STREAMS[name]), np.uint8)
    view = {"count": count, "byteStride": stride, "mode": mode, "filter": filter}
    return decode_view(JsonObject(view, "view"), source)


def test_triangles_keep_their_corners_and_winding():
    wanted = grid_indices().reshape(-1, 3)
    found = decode("triangles", wanted.size, 4, "TRIANGLES").view("<u4").reshape(-1, 3)
    turned = [np.roll(wanted, shift, axis=1) for shift in range(3)]
    same = [np.all(found == t, axis=1) for t in turned]
    assert np.all(np.any(same, axis=0))


def test_triangles_of_16_bits():
    wanted = grid_indices()
    found = decode("triangles", wanted.size, 2, "TRIANGLES").view("<u2")
    assert sorted(found) == sorted(wanted)


def test_index_sequences():
    wanted = grid_indices()
    found = decode("indices", wanted.size, 4, "INDICES").view("<u4")
    np.testing.assert_array_equal(found, wanted)


def test_vertices_byte_for_byte():
    i, k = np.arange(81)[:, None], np.arange(12)[None, :]
    ramp, small = i * (k + 1) & 255, (i * i + k) % 5
    wave = np.floor(np.sin(i / 5 + k) * 20 + 0.5).astype(int) & 255
    noise = (i * 7919 + k * 104729) % 251
    wanted = np.where(k < 3, ramp, np.where(k < 6, small, np.where(k < 9, wave, noise)))
    found = decode("vertices", 81, 12, "ATTRIBUTES").reshape(81, 12)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("name", "stride", "component", "tolerance"),
    [("octahedral8", 4, "<i1", 0.02), ("octahedral16", 8, "<i2", 1e-4)],
)
def test_octahedral_filter_gives_unit_vectors(name, stride, component, tolerance):
    found = decode(name, 81, stride, "ATTRIBUTES", "OCTAHEDRAL").view(component).reshape(81, 4)
    vectors = found[:, :3] / np.iinfo(component).max
    np.testing.assert_allclose(vectors, directions(), atol=tolerance)


def test_exponential_filter_gives_floats():
    found = decode("exponential", 81, 16, "ATTRIBUTES", "EXPONENTIAL").view("<f4")
    np.testing.assert_allclose(found.reshape(81, 4)[:, :3], directions(), atol=1e-4)


def test_version_1_of_vertices():
    i = np.arange(81)
    wanted = np.empty((81, 16), np.uint8)
    floats = np.stack([np.sin(i * 0.1) * 100, i * 0.001], axis=1).astype("<f4")
    wanted[:, :8] = floats.view(np.uint8).reshape(81, 8)
    shorts = np.stack([i * 300, 60000 - i * 7], axis=1).astype("<u2")
    wanted[:, 8:12] = shorts.view(np.uint8).reshape(81, 4)
    wanted[:, 12:] = (i * i)[:, None] * np.arange(1, 5) % 256
    found = decode("vertices_1", 81, 16, "ATTRIBUTES").reshape(81, 16)
    # The sine is rounded by the encoder's machine.
    np.testing.assert_allclose(found[:, :4].copy().view("<f4")[:, 0], floats[:, 0], rtol=1e-5)
    np.testing.assert_array_equal(found[:, 4:], wanted[:, 4:])


def test_color_filter():
    i = np.arange(81)
    wanted = np.stack([i / 81, 1 - i / 81, (i % 9) / 9, (i % 5) / 4], axis=1)
    found = decode("color", 81, 4, "ATTRIBUTES", "COLOR").reshape(81, 4) / 255
    np.testing.assert_allclose(found, wanted, atol=0.015)


def compressed_file() -> Gltf:
    file = Gltf()

    def view(name: str, count: int, stride: int, mode: str, filter: str = "NONE") -> int:
        content = base64.b64decode(STREAMS[name])
        settings = {
            "buffer": 0,
            "byteOffset": len(file.binary),
            "byteLength": len(content),
            "byteStride": stride,
            "count": count,
            "mode": mode,
            "filter": filter,
        }
        file.binary += content + bytes(-len(content) % 4)
        plain = {"buffer": 1, "byteLength": count * stride}
        return file.add(
            "bufferViews", {**plain, "extensions": {"EXT_meshopt_compression": settings}}
        )

    positions = {
        "bufferView": view("exponential", 81, 16, "ATTRIBUTES", "EXPONENTIAL"),
        "componentType": 5126,
        "count": 81,
        "type": "VEC3",
    }
    normals = {
        "bufferView": view("octahedral8", 81, 4, "ATTRIBUTES", "OCTAHEDRAL"),
        "componentType": 5120,
        "normalized": True,
        "count": 81,
        "type": "VEC3",
    }
    count = grid_indices().size
    indices = {
        "bufferView": view("triangles", count, 2, "TRIANGLES"),
        "componentType": 5123,
        "count": count,
        "type": "SCALAR",
    }
    accessors = [file.add("accessors", entry) for entry in (positions, normals, indices)]
    primitive = {
        "attributes": {"POSITION": accessors[0], "NORMAL": accessors[1]},
        "indices": accessors[2],
    }
    file.add("meshes", {"primitives": [primitive]})
    file.add("nodes", {"mesh": 0})
    fallback = {
        "byteLength": 81 * 20,
        "extensions": {"EXT_meshopt_compression": {"fallback": True}},
    }
    file.json["buffers"] = [{"byteLength": len(file.binary)}, fallback]
    file.json["extensionsRequired"] = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    return file


def test_a_compressed_file_is_read_without_its_fallback_buffer(tmp_path):
    model = load_model(compressed_file().write(tmp_path))
    assert model.triangle_count == grid_indices().size // 3
    np.testing.assert_allclose(np.linalg.norm(model.positions, axis=1), 1.0, atol=1e-3)
    np.testing.assert_allclose(model.positions, model.normals, atol=0.02)


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_streams_cut_short_are_refused(cut):
    for name, count, stride, mode in (
        ("vertices", 81, 12, "ATTRIBUTES"),
        ("triangles", grid_indices().size, 4, "TRIANGLES"),
        ("indices", grid_indices().size, 4, "INDICES"),
    ):
        source = np.frombuffer(base64.b64decode(STREAMS[name]), np.uint8)[: -cut * 3]
        view = JsonObject({"count": count * 2, "byteStride": stride, "mode": mode}, "view")
        with pytest.raises(AvatarFileError, match="view: "):
            decode_view(view, source)
