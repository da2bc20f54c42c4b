"""What is behind the character: soft pictures painted once per size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from avatar_server.errors import RenderError
from avatar_server.types import ByteArray

TRANSPARENT = "transparent"
CHROMA_GREEN = (0, 177, 64)
"""The broadcast chroma-key green, which "green" and "transparent" show in video."""


@dataclass(frozen=True, slots=True)
class Background:
    name: str
    title: str


BACKGROUNDS: tuple[Background, ...] = (
    Background("studio", "Studio"),
    Background("green", "Green screen"),
    Background(TRANSPARENT, "Transparent"),
)


def check_background(background: str) -> str:
    """The background in its canonical spelling. Raises RenderError where there is none such."""
    wanted = background.strip().lower()
    if any(entry.name == wanted for entry in BACKGROUNDS) or re.fullmatch("#[0-9a-f]{6}", wanted):
        return wanted
    names = ", ".join(entry.name for entry in BACKGROUNDS)
    raise RenderError(f'no background "{background}"; there are {names}, and colours as #rrggbb')


@lru_cache(maxsize=16)
def paint_background(background: str, width: int, height: int) -> ByteArray:
    """uint8 (height, width, 4) with premultiplied alpha, row 0 at the top; do not write to it."""
    if background == TRANSPARENT:
        return np.zeros((height, width, 4), np.uint8)
    if background == "green":
        return _flat(CHROMA_GREEN, width, height)
    if background.startswith("#"):
        value = int(background[1:], 16)
        return _flat((value >> 16, value >> 8 & 255, value & 255), width, height)
    return _flat((205, 212, 226), width, height)


def _flat(color: tuple[int, int, int], width: int, height: int) -> ByteArray:
    picture = np.empty((height, width, 4), np.uint8)
    picture[:] = (*color, 255)
    return picture
