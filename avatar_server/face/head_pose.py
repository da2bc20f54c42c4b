"""The rigid pose of the head from the landmarks.

Re-implements MediaPipe's face geometry pipeline (``ScreenToMetricSpaceConverter`` in
mediapipe/tasks/cc/vision/face_geometry/libs/geometry_pipeline.cc, Apache-2.0) with its default
camera. The weighted fit is orthogonal Procrustes with scale: D. Akca, "Generalized Procrustes
analysis and its applications in photogrammetry", 2003, section 2.4. It is done by head_pose.c, or
by numpy where that is not compiled.
"""

from __future__ import annotations

import ctypes
import math

import numpy as np
from numpy.typing import NDArray

from avatar_server import native
from avatar_server.face.canonical_face import CanonicalFace
from avatar_server.native_arrays import ArrayStruct, pointer
from avatar_server.types import FloatArray

_VERTICAL_FOV_DEGREES = 63.0
_NEAR = 1.0
_MIN_SPREAD = 1e-3
"""Landmarks closer together than this share of the frame give no stable pose."""

_Points = NDArray[np.float64]


class _HeadFit(ArrayStruct):
    """``HeadFit`` of head_pose.c."""

    _fields_ = (
        ("fitted", ctypes.c_void_p),
        ("source", ctypes.c_void_p),
        ("shares", ctypes.c_void_p),
        ("center", ctypes.c_double * 3),
        ("spread", ctypes.c_double),
        ("count", ctypes.c_int32),
        ("mesh_size", ctypes.c_int32),
    )


_MOST_FITTED = 64


class HeadPoseSolver:
    """Fits the canonical face to landmarks. Holds no state between frames."""

    def __init__(self, canonical: CanonicalFace) -> None:
        self._fitted = np.flatnonzero(canonical.weights)
        self._mesh_size = len(canonical.vertices)
        weights = canonical.weights[self._fitted].astype(np.float64)
        self._shares = weights / weights.sum()
        source = canonical.vertices[self._fitted].astype(np.float64)
        self._source_center = self._shares @ source
        centered = source - self._source_center
        self._source = centered * self._shares[:, None]
        self._source_spread = float((self._source * centered).sum())
        self._library = native.load() if len(source) <= _MOST_FITTED else None
        self._fit_struct = _HeadFit(
            {
                "fitted": self._fitted.astype(np.int32),
                "source": self._source,
                "shares": self._shares,
            },
            center=tuple(self._source_center.tolist()),
            spread=self._source_spread,
            count=len(source),
            mesh_size=self._mesh_size,
        )

    def solve(self, landmarks: FloatArray, aspect: float) -> FloatArray | None:
        """``Face.head`` (4, 4) from landmarks (478, 3) in image coordinates.

        ``aspect`` is the frame's width over its height. None when the landmarks lie too close
        together to tell.
        """
        if self._library is None:
            return self._solve(landmarks, aspect)
        landmarks = np.ascontiguousarray(landmarks, np.float32)
        head = np.empty((4, 4), np.float32)
        found = self._library.avatar_head_pose(
            ctypes.byref(self._fit_struct),
            pointer(landmarks),
            ctypes.c_double(aspect),
            pointer(head),
        )
        return head if found else None

    def _solve(self, landmarks: FloatArray, aspect: float) -> FloatArray | None:
        """``solve`` in numpy."""
        height = 2 * _NEAR * math.tan(math.radians(_VERTICAL_FOV_DEGREES) / 2)
        points = landmarks[self._fitted].astype(np.float64)
        if np.ptp(points[:, :2], axis=0).max() < _MIN_SPREAD:
            return None
        # On the near plane, y up, z still growing away from the camera.
        screen = points
        screen[:, :2] -= 0.5
        screen *= (height * aspect, -height, height * aspect)
        depth = float(landmarks[: self._mesh_size, 2].mean()) * height * aspect
        first = self._scale(self._covariance(screen * (1, 1, -1)))
        second = self._scale(self._covariance(_unproject(screen, depth, first)))
        target = _unproject(screen, depth, first * second)
        rotation, translation = self._fit(target)
        head = np.eye(4, dtype=np.float32)
        head[:3, :3], head[:3, 3] = rotation, translation
        return head if np.isfinite(head).all() else None

    def _covariance(self, target: _Points) -> _Points:
        """(3, 3) of ``target`` with the canonical face. That one is centred, so that it does not
        matter where ``target`` is."""
        covariance: _Points = target.T @ self._source
        return covariance

    def _scale(self, covariance: _Points) -> float:
        """The scale of the transform that takes the canonical face to the target with the least
        weighted square error."""
        stretch = np.linalg.svd(covariance, compute_uv=False)
        if np.linalg.det(covariance) < 0:
            stretch[2] *= -1
        return float(stretch.sum()) / self._source_spread

    def _fit(self, target: _Points) -> tuple[_Points, _Points]:
        """Rotation (3, 3) and translation (3,) of that transform."""
        covariance = self._covariance(target)
        left, stretch, right = np.linalg.svd(covariance)
        if np.linalg.det(covariance) < 0:
            left[:, 2] *= -1
            stretch[2] *= -1
        rotation = left @ right
        scale = float(stretch.sum()) / self._source_spread
        return rotation, self._shares @ target - scale * rotation @ self._source_center


def _unproject(screen: _Points, depth: float, scale: float) -> _Points:
    """Points on the near plane, pushed to their depth along the rays of sight; z towards the
    camera."""
    away = (screen[:, 2] - depth + _NEAR) / scale
    pushed = screen * (away / _NEAR)[:, None]
    pushed[:, 2] = -away
    return pushed
