"""The rigid pose of the head from the landmarks.

Re-implements MediaPipe's face geometry pipeline (``ScreenToMetricSpaceConverter`` in
mediapipe/tasks/cc/vision/face_geometry/libs/geometry_pipeline.cc, Apache-2.0) with its default
camera. The weighted fit is orthogonal Procrustes with scale: D. Akca, "Generalized Procrustes
analysis and its applications in photogrammetry", 2003, section 2.4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.canonical_face import CanonicalFace
from avatar_server.types import FloatArray

_VERTICAL_FOV_DEGREES = 63.0
_NEAR = 1.0
_MIN_SPREAD = 1e-3
"""Landmarks closer together than this share of the frame give no stable pose."""

_Points = NDArray[np.float64]


class HeadPoseSolver:
    """Fits the canonical face to landmarks. Holds no state between frames."""

    def __init__(self, canonical: CanonicalFace) -> None:
        self._fitted = np.flatnonzero(canonical.weights)
        self._mesh_size = len(canonical.vertices)
        weights = canonical.weights[self._fitted].astype(np.float64)
        self._shares = weights / weights.sum()
        source = canonical.vertices[self._fitted].astype(np.float64)
        self._source_center = self._shares @ source
        self._source = source - self._source_center
        self._source_spread = float(self._shares @ (self._source**2).sum(axis=1))

    def solve(self, landmarks: FloatArray, aspect: float) -> FloatArray | None:
        """``Face.head`` (4, 4) from landmarks (478, 3) in image coordinates.

        ``aspect`` is the frame's width over its height. None when the landmarks lie too close
        together to tell.
        """
        height = 2 * _NEAR * math.tan(math.radians(_VERTICAL_FOV_DEGREES) / 2)
        scale = np.array([height * aspect, height, height * aspect])
        points = landmarks[self._fitted].astype(np.float64)
        if np.ptp(points[:, :2], axis=0).max() < _MIN_SPREAD:
            return None
        # On the near plane, y up, z still growing away from the camera.
        screen = np.column_stack([points[:, 0] - 0.5, 0.5 - points[:, 1], points[:, 2]]) * scale
        depth = float(landmarks[: self._mesh_size, 2].mean()) * scale[2]
        first = self._fit(screen * (1, 1, -1))[1]
        second = self._fit(_unproject(screen, depth, first))[1]
        rotation, _, translation = self._fit(_unproject(screen, depth, first * second))
        head = np.eye(4, dtype=np.float32)
        head[:3, :3], head[:3, 3] = rotation, translation
        return head if np.isfinite(head).all() else None

    def _fit(self, target: _Points) -> tuple[_Points, float, _Points]:
        """Rotation (3, 3), scale and translation (3,) that take the canonical face to ``target``
        with the least weighted square error."""
        center = self._shares @ target
        covariance = (target - center).T @ (self._source * self._shares[:, None])
        left, _, right = np.linalg.svd(covariance)
        if np.linalg.det(left) * np.linalg.det(right) < 0:
            left[:, 2] *= -1
        rotation = left @ right
        scale = float((rotation * covariance).sum()) / self._source_spread
        return rotation, scale, center - scale * rotation @ self._source_center


def _unproject(screen: _Points, depth: float, scale: float) -> _Points:
    """Points on the near plane, pushed to their depth along the rays of sight; z towards the
    camera."""
    away = (screen[:, 2] - depth + _NEAR) / scale
    return np.column_stack([screen[:, 0] * away / _NEAR, screen[:, 1] * away / _NEAR, -away])
