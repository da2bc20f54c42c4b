"""Regions of interest: where in the frame a model looks.

The geometry follows MediaPipe's ``DetectionsToRectsCalculator`` and
``RectTransformationCalculator`` as the face landmarker graph configures them
(mediapipe/tasks/cc/vision/face_landmarker/face_landmarks_detector_graph.cc and
mediapipe/tasks/cc/vision/face_detector/face_detector_graph.cc, Apache-2.0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.types import FloatArray

REGION_SCALE = 1.5
"""A region is this much larger than the face it was taken from."""
_EYE_CORNERS = (33, 263)
"""Outer corner of the person's right eye, outer corner of the left: the mesh's own horizontal."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rotated rectangle in pixels of the frame; ``rotation`` in radians, clockwise on screen."""

    center_x: float
    center_y: float
    width: float
    height: float
    rotation: float = 0.0

    @property
    def area(self) -> float:
        return self.width * self.height

    def to_frame(self, points: FloatArray) -> FloatArray:
        """Points (N, 2 or 3) in the region's [0, 1] square to pixels of the frame.

        A third coordinate is scaled by the width.
        """
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        axes = (
            (cos * self.width, sin * self.width, 0.0),
            (-sin * self.height, cos * self.height, 0.0),
            (0.0, 0.0, self.width),
        )
        corner = (
            self.center_x - (axes[0][0] + axes[1][0]) / 2,
            self.center_y - (axes[0][1] + axes[1][1]) / 2,
            0.0,
        )
        size = points.shape[1]
        placed: FloatArray = points @ np.array(axes, np.float32)[:size, :size]
        placed += np.array(corner, np.float32)[:size]
        return placed

    def sampling(self, size: int) -> NDArray[np.float64]:
        """The affine map (2, 3) from pixel indices of a ``size`` x ``size`` crop to pixel indices
        of the frame.

        Corners meet pixel indices, not pixel edges: crop index 0 reads the frame exactly at the
        region's corner. That is MediaPipe's own convention (``image_to_tensor_converter_opencv``),
        and half a pixel of difference is half of the allowed parity error.
        """
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        step_x, step_y = self.width / size, self.height / size
        return np.array(
            [
                [
                    cos * step_x,
                    -sin * step_y,
                    self.center_x - (cos * self.width - sin * self.height) / 2,
                ],
                [
                    sin * step_x,
                    cos * step_y,
                    self.center_y - (sin * self.width + cos * self.height) / 2,
                ],
            ]
        )

    def overlap(self, other: Region) -> float:
        """Intersection over union of the two upright rectangles, rotation left aside as in
        MediaPipe's ``AssociationNormRectCalculator``."""
        across = min(self.center_x + self.width / 2, other.center_x + other.width / 2) - max(
            self.center_x - self.width / 2, other.center_x - other.width / 2
        )
        down = min(self.center_y + self.height / 2, other.center_y + other.height / 2) - max(
            self.center_y - self.height / 2, other.center_y - other.height / 2
        )
        if across <= 0 or down <= 0:
            return 0.0
        shared = across * down
        return shared / (self.area + other.area - shared)


def whole_frame(width: int, height: int) -> Region:
    """The smallest square around the frame, upright: a letterbox."""
    side = float(max(width, height))
    return Region(width / 2, height / 2, side, side)


def region_of_landmarks(points: FloatArray) -> Region:
    """The region for the next frame from landmarks (478, 3) in pixels of this one: a square around
    the mesh, turned so that the eyes lie level."""
    right_eye, left_eye = (points[corner].tolist() for corner in _EYE_CORNERS)
    x, y = points[:, 0], points[:, 1]
    left, right, top, bottom = (float(end) for end in (x.min(), x.max(), y.min(), y.max()))
    side = max(right - left, bottom - top) * REGION_SCALE
    rotation = math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
    return Region((left + right) / 2, (top + bottom) / 2, side, side, rotation)
