"""The eight emotion overlays."""

from __future__ import annotations

from typing import Final

EMOTIONS: Final[tuple[str, ...]] = (
    "neutral",
    "joy",
    "sorrow",
    "anger",
    "surprise",
    "fear",
    "disgust",
    "contempt",
)
