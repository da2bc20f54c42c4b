"""The data that travels between the stages, in the order in which it travels.

Conventions that hold everywhere:

* Stream time is in seconds on the sender's own clock (RTP timestamp / 90 000, or a file's
  presentation time); it is what smoothing and springs step by. Monotonic time is
  ``time.monotonic_ns()`` on this machine; it is what delay is measured with.
* Images have row 0 at the top. Image coordinates are x right, y down, in [0, 1].
* Scenes are right-handed, y up, +z from the avatar towards the viewer, in metres (glTF 2.0, 3.4).
* "Left" and "right" are the person's own (ARKit, MediaPipe and VRM agree on this).
* Quaternions are (x, y, z, w), unit length (glTF 2.0, 3.5.3).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

Wearer = Literal["author", "licensed"]
"""What a caller says to be, of an avatar whose licence does not let everybody wear it."""


class Stage(StrEnum):
    """The stages of one frame, in order. The value is the name in metrics and reports."""

    RECEIVE = "receive"
    """First RTP packet of the frame to its last."""
    DECODE = "decode"
    QUEUE = "queue"
    """Decoded, until the pipeline took it up."""
    TRACK = "track"
    MAP = "map"
    POSE = "pose"
    DRAW = "draw"
    ENCODE = "encode"
    SEND = "send"
    """Encoded, until its first RTP packet left."""


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When one frame was captured and when each stage had finished with it.

    ``capture_s`` is stream time in seconds; ``started_ns`` and the values of ``ended_ns`` are
    monotonic nanoseconds. Stages end in the order of ``Stage``; one that did not run is absent.
    """

    capture_s: float
    started_ns: int
    ended_ns: Mapping[Stage, int] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def starting(cls, capture_s: float) -> FrameTimes:
        """The record of a frame that begins its way now."""
        return cls(capture_s, time.monotonic_ns())

    def ended(self, stage: Stage, at_ns: int | None = None) -> FrameTimes:
        """The same record with ``stage`` ended at ``at_ns`` (default: now)."""
        at = time.monotonic_ns() if at_ns is None else at_ns
        return replace(self, ended_ns=MappingProxyType({**self.ended_ns, stage: at}))

    def durations_ms(self) -> dict[Stage, float]:
        """Milliseconds that each stage took, from the end of the one before it."""
        durations: dict[Stage, float] = {}
        before = self.started_ns
        for stage in Stage:
            if stage in self.ended_ns:
                durations[stage] = (self.ended_ns[stage] - before) / 1e6
                before = self.ended_ns[stage]
        return durations


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A picture in memory, coming in or going out.

    ``planes`` is either one uint8 array (h, w, 3) of sRGB, or three uint8 arrays Y (h, w),
    U and V (ceil(h/2), ceil(w/2)) of YUV 4:2:0 planar. ``full_range`` tells whether Y spans
    0..255 (JPEG) or 16..235 (ITU-R BT.601 limited range, what WebRTC codecs carry). Planes may be
    views with padded rows (contiguous along x only).
    """

    planes: tuple[ByteArray, ...]
    times: FrameTimes
    full_range: bool = False
    keyframe: bool = False

    @property
    def is_rgb(self) -> bool:
        return len(self.planes) == 1

    @property
    def width(self) -> int:
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        return int(self.planes[0].shape[0])


@dataclass(frozen=True, slots=True)
class Face:
    """What the tracker saw in one frame.

    * ``landmarks`` float32 (478, 3): MediaPipe's mesh and irises; x and y in image coordinates,
      z in the scale of x, smaller is nearer.
    * ``scores`` float32 (52,) in [0, 1]: MediaPipe's blendshape scores in its model's order
      (``_neutral`` first); names in ``avatar_server.face.SCORE_NAMES``.
    * ``head`` float32 (4, 4): rigid transform from the canonical face (cm, y up, +z out of the
      face) to a camera at the origin looking down -z.
    * ``presence`` in [0, 1]: the landmark model's own confidence that this is a face.
    """

    landmarks: FloatArray
    scores: FloatArray
    head: FloatArray
    presence: float


@dataclass(frozen=True, slots=True)
class Expression:
    """What drives an avatar in one frame.

    * ``coefficients`` float32 (52,) in [0, 1]: ARKit's blendshapes in ARKit's order
      (``avatar_server.expression.ARKIT_52``).
    * ``head_rotation`` float32 (4,): quaternion xyzw, rest pose to now. Positive yaw (about +y)
      turns the face to the person's own left, positive pitch (about +x) looks down, positive
      roll (about +z) tilts the head towards the person's own right shoulder.
    * ``head_translation`` float32 (3,): metres from where the head was at calibration.
    * ``emotion`` float32 (8,) in [0, 1]: overlay weights, order of
      ``avatar_server.expression.EMOTIONS``; all zero is none.
    * ``tracked``: a face was seen in this frame; False while holding or easing to rest.
    """

    coefficients: FloatArray
    head_rotation: FloatArray
    head_translation: FloatArray
    emotion: FloatArray
    stream_time_s: float
    tracked: bool


@dataclass(frozen=True, slots=True)
class Camera:
    """A perspective camera in scene space: ``eye`` and ``target`` in metres, vertical field of
    view in degrees."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    fov_degrees: float


@dataclass(frozen=True, slots=True)
class MaterialChange:
    """What an expression changes of one material (VRM 1.0 materialColorBinds and
    textureTransformBinds): linear RGBA colours by VRM name; and of the offset and scale of its
    textures ``uv_share`` gives way to these, which are multiplied by their weights already."""

    colors: Mapping[str, tuple[float, float, float, float]]
    uv_offset: tuple[float, float] = (0.0, 0.0)
    uv_scale: tuple[float, float] = (0.0, 0.0)
    uv_share: float = 0.0


@dataclass(frozen=True, slots=True)
class PosedRig:
    """A character in one moment, morphed and skinned: all that a renderer needs beside the model.

    * ``positions`` float32 (V, 3) metres and ``normals`` float32 (V, 3) unit length, scene space,
      one row per vertex of the ``AvatarModel``.
    * ``joints`` float32 (N, 4, 4): global transform of every node of the model (column vectors,
      row-major storage: ``joints[i] @ [x, y, z, 1]``).
    * ``morph_weights`` float32 (M,): the weight of every morph target after retargeting,
      emotions and correctives.
    * ``time_s``: stream time, by which textures that move by themselves move.
    """

    positions: FloatArray
    normals: FloatArray
    joints: FloatArray
    morph_weights: FloatArray
    camera: Camera
    material_changes: Mapping[int, MaterialChange] = field(
        default_factory=lambda: MappingProxyType({})
    )
    time_s: float = 0.0
