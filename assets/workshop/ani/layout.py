"""Where everything lies in the 1024 atlas: x, y, width, height in pixels."""

from __future__ import annotations

FACE = (0, 0, 512, 512)
IRIS = (512, 0, 208, 208)
EYE_WHITE = (720, 0, 112, 112)
LASH = (832, 0, 64, 64)
LIP_LINE = (896, 0, 64, 64)
BROW = (960, 0, 64, 64)
MOUTH = (720, 112, 112, 96)
TONGUE = (832, 64, 96, 96)
TEETH = (928, 64, 48, 96)
LID = (976, 64, 48, 96)
SKIN = (832, 160, 96, 48)
SHINE = (928, 160, 48, 48)
METAL = (976, 160, 48, 48)
HAIR = (512, 208, 256, 304)
TAIL = (768, 208, 256, 304)
TAIL_STRIPS = 6
"""Locks side by side in ``TAIL``."""
CLOTH = (0, 512, 256, 512)
KNIT = (256, 512, 256, 400)
COLLAR = (512, 512, 320, 256)
NECK = (832, 512, 192, 256)
SLEEVE = (512, 768, 256, 256)
RIBBON = (768, 768, 128, 256)
HAND = (896, 768, 128, 256)
