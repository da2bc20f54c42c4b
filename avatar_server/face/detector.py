"""BlazeFace, short range: finds faces in a 128x128 picture.

The model's outputs are decoded as MediaPipe configures ``SsdAnchorsCalculator``,
``TensorsToDetectionsCalculator`` and ``NonMaxSuppressionCalculator`` in
mediapipe/tasks/cc/vision/face_detector/face_detector_graph.cc (Apache-2.0).
Model: V. Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
2019.
"""

from __future__ import annotations

import math

import numpy as np

from avatar_server.face.network import Network
from avatar_server.face.regions import REGION_SCALE, Region
from avatar_server.face.sampling import sample
from avatar_server.types import FloatArray, VideoFrame

_INPUT_SIZE = 128
_MIN_CONFIDENCE = 0.5
_MIN_LOGIT = math.log(_MIN_CONFIDENCE / (1 - _MIN_CONFIDENCE))
_SAME_FACE_OVERLAP = 0.5
_ANCHOR_GRIDS = ((16, 2), (8, 6))
"""(cells along a side, anchors a cell): strides 8 and three times 16, two anchors each."""


def _anchor_centers() -> FloatArray:
    """Centres (896, 2) of the anchors in [0, 1]; all anchors have unit size."""
    grids = []
    for cells, anchors in _ANCHOR_GRIDS:
        along = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(along, along, indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), anchors, axis=0))
    return np.concatenate(grids)


class FaceDetector:
    """The detector's network and its decoding. Holds no state between frames."""

    def __init__(self, model: bytes) -> None:
        self._network = Network(model)
        self._anchors = _anchor_centers()

    def detect(self, frame: VideoFrame, within: Region) -> list[Region]:
        """Faces inside ``within`` as regions for the landmark model, the surest first."""
        picture = sample(frame, within, _INPUT_SIZE, black_outside=True)
        boxes, logits = self._network.run(picture * np.float32(1 / 127.5) - 1)
        scores = logits.reshape(-1)
        candidates = np.flatnonzero(scores >= _MIN_LOGIT)
        if not candidates.size:
            return []
        candidates = candidates[np.argsort(-scores[candidates], kind="stable")]
        confidence = (1 / (1 + np.exp(-scores[candidates]))).astype(np.float32)
        # Box centre, box size and six keypoints, in pixels of the input, relative to the anchor.
        raw = boxes.reshape(-1, 16)[candidates] * np.float32(1 / _INPUT_SIZE)
        raw[:, 0:2] += self._anchors[candidates]
        raw[:, 4:] += np.tile(self._anchors[candidates], 6)
        return [_to_region(face, within) for face in _merge(raw, confidence)]


def _merge(raw: FloatArray, confidence: FloatArray) -> list[FloatArray]:
    """Weighted non-maximum suppression: boxes of one face become their mean by confidence."""
    merged = []
    while len(raw):
        same = _overlap_with_first(raw) > _SAME_FACE_OVERLAP
        # A box without extent overlaps nothing, not even itself.
        same[0] = True
        weights = confidence[same] / confidence[same].sum()
        merged.append(weights @ raw[same])
        raw, confidence = raw[~same], confidence[~same]
    return merged


def _overlap_with_first(raw: FloatArray) -> FloatArray:
    low, high = raw[:, 0:2] - raw[:, 2:4] / 2, raw[:, 0:2] + raw[:, 2:4] / 2
    shared = np.clip(np.minimum(high, high[0]) - np.maximum(low, low[0]), 0, None).prod(axis=1)
    area = raw[:, 2:4].prod(axis=1)
    overlap: FloatArray = shared / np.maximum(area + area[0] - shared, np.float32(1e-30))
    return overlap


def _to_region(face: FloatArray, within: Region) -> Region:
    """A detection (16,) in [0, 1] of ``within`` to the region that the landmark model wants."""
    center, right_eye, left_eye = within.to_frame(face[[0, 1, 4, 5, 6, 7]].reshape(3, 2))
    return Region(
        center_x=float(center[0]),
        center_y=float(center[1]),
        width=float(face[2]) * within.width * REGION_SCALE,
        height=float(face[3]) * within.height * REGION_SCALE,
        rotation=math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0]),
    )
