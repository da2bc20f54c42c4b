"""The canonical face inside the model file: MediaPipe's ``GeometryPipelineMetadata`` message.

mediapipe/tasks/cc/vision/face_geometry/proto/geometry_pipeline_metadata.proto and mesh_3d.proto
name the fields; the encoding is Protocol Buffers' wire format
(https://protobuf.dev/programming-guides/encoding/).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from avatar_server.errors import ModelFileError
from avatar_server.types import FloatArray

_MESH, _LANDMARK_WEIGHTS = 1, 2
_MESH_VERTICES = 3
_WEIGHT_LANDMARK, _WEIGHT_VALUE = 1, 2
_VERTEX_FLOATS = 5
"""A vertex is x, y, z, u, v."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """``vertices`` float32 (468, 3): centimetres, y up, +z out of the face. ``weights`` float32
    (468,): how much each vertex counts in the rigid fit; zero for the parts that move."""

    vertices: FloatArray
    weights: FloatArray


def read_canonical_face(message: bytes) -> CanonicalFace:
    """Raises ``ModelFileError`` when the message is not a geometry description."""
    try:
        fields = list(_fields(message))
        mesh = b"".join(value for number, value in fields if number == _MESH)
        packed = b"".join(value for number, value in _fields(mesh) if number == _MESH_VERTICES)
        vertices = np.frombuffer(packed, "<f4").reshape(-1, _VERTEX_FLOATS)[:, :3].copy()
        weights = np.zeros(len(vertices), np.float32)
        for number, value in fields:
            if number == _LANDMARK_WEIGHTS:
                reference = dict(_fields(value))
                landmark = int.from_bytes(reference.get(_WEIGHT_LANDMARK, b""), "little")
                weights[landmark] = struct.unpack("<f", reference[_WEIGHT_VALUE])[0]
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise ModelFileError(f"the face model's geometry description is broken: {error}") from error
    if not weights.any():
        raise ModelFileError("the face model's geometry description names no landmarks")
    return CanonicalFace(vertices, weights)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Each field's number and its payload; a varint's payload is its value, little-endian."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value.to_bytes(8, "little")
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"unknown wire type {kind}")
        if at + size > len(message):
            raise ValueError("it ends in the middle of a field")
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The base-128 number at ``at`` and the position after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
