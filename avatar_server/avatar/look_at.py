"""Gaze by turning the eye bones (VRM 1.0, lookAt of type bone)."""

from __future__ import annotations

import numpy as np

from avatar_server.avatar import quaternions
from avatar_server.avatar.model import AvatarModel, LookAt, LookAtRange
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import FloatArray

FULL_GAZE_DEGREES = 60.0
"""The angle of view that an eyeLook coefficient of 1 stands for, before the model's range map.
Wider than an eye turns (about 45 degrees): range maps are drawn for 90, and a lively iris reads
better than an exact one."""

_LEFT = {d: ARKIT_INDEX[f"eyeLook{d}Left"] for d in ("Up", "Down", "In", "Out")}
_RIGHT = {d: ARKIT_INDEX[f"eyeLook{d}Right"] for d in ("Up", "Down", "In", "Out")}


class BoneGaze:
    """Turns of the two eye bones from the eyeLook coefficients."""

    def __init__(self, model: AvatarModel) -> None:
        self._look_at = model.look_at or LookAt()
        self.left = model.humanoid.get("leftEye", -1)
        self.right = model.humanoid.get("rightEye", -1)

    @property
    def works(self) -> bool:
        return self.left >= 0 and self.right >= 0

    def turns(self, face: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Normalised rotations of the left and the right eye, each float32 (4,).

        Positive yaw looks to the person's own left, so the left eye's outer range serves it and
        the right eye's inner one.
        """
        look = self._look_at
        angles = []
        for rows, outwards in ((_LEFT, 1.0), (_RIGHT, -1.0)):
            out = (float(face[rows["Out"]]) - float(face[rows["In"]])) * FULL_GAZE_DEGREES
            up = (float(face[rows["Up"]]) - float(face[rows["Down"]])) * FULL_GAZE_DEGREES
            side = look.horizontal_outer if out > 0 else look.horizontal_inner
            tilt = look.vertical_up if up > 0 else look.vertical_down
            yaw = outwards * np.sign(out) * mapped(abs(out), side)
            pitch = -np.sign(up) * mapped(abs(up), tilt)
            angles.append(quaternions.from_degrees(float(pitch), float(yaw), 0.0))
        return angles[0], angles[1]


def mapped(degrees: float, range_map: LookAtRange) -> float:
    """VRM's range map: clip(degrees, 0, inputMaxValue) / inputMaxValue · outputScale."""
    limit = max(range_map.input_max, 1e-3)
    return min(max(degrees, 0.0), limit) / limit * range_map.output
