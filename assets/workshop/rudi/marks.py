"""Small drawn lines that one movement brings out of the fur: dimples, a wrinkled nose."""

from __future__ import annotations

from collections.abc import Sequence

from assets.workshop.face_lines import mark
from assets.workshop.part import Part
from assets.workshop.rudi import design, layout
from assets.workshop.rudi.moves import MOVES
from assets.workshop.shapes import pixels

_Mark = tuple[str, tuple[tuple[float, float], ...], float]
_LEFT: tuple[_Mark, ...] = (
    ("mouthDimpleLeft", ((0.0375, 1.3580), (0.0405, 1.3520), (0.0385, 1.3455)), 0.0020),
    ("mouthPressLeft", ((0.0345, 1.3535), (0.0365, 1.3490), (0.0350, 1.3440)), 0.0018),
    ("mouthPressLeft", ((0.0030, 1.3350), (0.0110, 1.3335), (0.0190, 1.3355)), 0.0016),
    ("noseSneerLeft", ((0.0080, 1.3990), (0.0150, 1.3960), (0.0200, 1.3905)), 0.0018),
    ("noseSneerLeft", ((0.0060, 1.3915), (0.0130, 1.3890), (0.0185, 1.3840)), 0.0018),
    ("cheekPuff", ((0.0560, 1.3560), (0.0620, 1.3480), (0.0590, 1.3390)), 0.0020),
)
_MIDDLE: tuple[_Mark, ...] = (
    ("mouthRollLower", ((-0.0120, 1.3345), (0.0, 1.3320), (0.0120, 1.3345)), 0.0018),
    ("mouthShrugLower", ((-0.0120, 1.3240), (0.0, 1.3280), (0.0120, 1.3240)), 0.0018),
    ("jawForward", ((-0.0140, 1.3335), (0.0, 1.3310), (0.0140, 1.3335)), 0.0018),
    ("mouthClose", ((-0.0080, 1.3330), (0.0, 1.3318), (0.0080, 1.3330)), 0.0014),
)


def _made(mark_of: _Mark, names: Sequence[str]) -> Part:
    shown_by, points, width = mark_of
    area = pixels(layout.LINE, 8)
    return mark(design.DRAWING, MOVES, shown_by, points, width, area, names)


def left(names: Sequence[str]) -> list[Part]:
    return [_made(m, names) for m in _LEFT]


def middle(names: Sequence[str]) -> list[Part]:
    return [_made(m, names) for m in _MIDDLE]
