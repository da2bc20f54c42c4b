"""Where to look for a face that is not being followed, and which of several faces to follow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from avatar_server.face.regions import Region

SEARCH_FRAMES = 3
"""Without a face, every close-up is looked at once in this many frames."""
_TILE_SIDE = 0.8
"""Of the frame's height. The short-range detector, which sees 128x128 pixels, finds faces from
about 14 % of the side of its picture (measured: none missed of 12 at 14 %, most at 11 %); here a
face of 15 % of the frame's height spans 19 %."""
_TILE_STEP = 0.55
"""Of the frame's height: neighbours overlap by more than a face that is too small for the whole
frame but would be cut by a tile's edge."""
_MOST_COLUMNS = 8

_SAME_FACE_OVERLAP = 0.3
_CLEARLY_LARGER = 1.6
"""Ratio of areas: a face is left for another only if that is a quarter wider ..."""
_RIVAL_FRAMES = 15
"""... and has been so for this long."""


def close_ups(width: int, height: int) -> list[Region]:
    """Overlapping squares that cover the frame. A face that is too small for the detector in the
    whole frame is large enough in one of them."""
    side = _TILE_SIDE * height
    columns = min(max(math.ceil((width - side) / (_TILE_STEP * height)), 0) + 1, _MOST_COLUMNS)
    lefts = [
        (width - side) * (column / (columns - 1) if columns > 1 else 0.5)
        for column in range(columns)
    ]
    tops = [0.0, height - side]
    return [Region(left + side / 2, top + side / 2, side, side) for top in tops for left in lefts]


class FollowedFace:
    """Chooses one of the faces in a frame: the one that was followed, unless another has been
    clearly larger for a while; at first the largest."""

    def __init__(self) -> None:
        self.region: Region | None = None
        self._rival_frames = 0

    def choose(self, faces: Sequence[Region], frames: int = 1) -> int:
        """The index of the face to follow among ``faces`` (one or more), ``frames`` after the last
        choice."""
        largest = max(range(len(faces)), key=lambda index: faces[index].area)
        chosen = self._same(faces)
        if chosen is None:
            chosen = largest
        rivalled = faces[largest].area > _CLEARLY_LARGER * faces[chosen].area
        self._rival_frames = self._rival_frames + frames if rivalled else 0
        if self._rival_frames > _RIVAL_FRAMES:
            chosen, self._rival_frames = largest, 0
        self.region = faces[chosen]
        return chosen

    def _same(self, faces: Sequence[Region]) -> int | None:
        """The index of the face that was followed, by overlap."""
        if self.region is None:
            return None
        overlaps = [self.region.overlap(face) for face in faces]
        best = max(overlaps)
        return overlaps.index(best) if best > _SAME_FACE_OVERLAP else None
