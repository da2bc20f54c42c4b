"""What is behind the character: soft pictures painted once per size.

Painted in floating point and dithered down to 8 bits, so that slow gradients show no bands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from avatar_server.errors import RenderError
from avatar_server.types import ByteArray, FloatArray

TRANSPARENT = "transparent"


@dataclass(frozen=True, slots=True)
class Background:
    name: str
    title: str


BACKGROUNDS: tuple[Background, ...] = (
    Background("studio", "Studio"),
    Background("dusk", "Dusk sky"),
    Background("garden", "Garden"),
    Background("cafe", "Café"),
    Background("night", "City at night"),
    Background("green", "Green screen"),
    Background(TRANSPARENT, "Transparent"),
)
"""Every background by name; "#rrggbb" is one too."""

_PAINTED_SIDE = 400
"""Everything is out of focus: the shorter side is painted with so many pixels and enlarged."""

_CHROMA_GREEN = (0, 177, 64)
"""The usual chroma-key green, which "green" and "transparent" show in video."""


def check_background(background: str) -> str:
    """The background in its canonical spelling. Raises RenderError where there is none such."""
    wanted = background.strip().lower()
    if any(entry.name == wanted for entry in BACKGROUNDS) or re.fullmatch("#[0-9a-f]{6}", wanted):
        return wanted
    names = ", ".join(entry.name for entry in BACKGROUNDS)
    raise RenderError(f'no background "{background}"; there are {names}, and colours as #rrggbb')


@lru_cache(maxsize=8)
def paint_background(background: str, width: int, height: int) -> ByteArray:
    """uint8 (height, width, 4) with premultiplied alpha, row 0 at the top; do not write to it."""
    if background == TRANSPARENT:
        return np.zeros((height, width, 4), np.uint8)
    if background == "green":
        return _flat(_CHROMA_GREEN, width, height)
    if background.startswith("#"):
        value = int(background[1:], 16)
        return _flat((value >> 16, value >> 8 & 255, value & 255), width, height)
    scale = min(1.0, _PAINTED_SIDE / min(width, height))
    canvas = _Canvas(max(round(width * scale), 1), max(round(height * scale), 1))
    painted = _PAINTERS[background](canvas)
    if scale < 1:
        painted = np.asarray(
            cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC), np.float32
        )
    return _dither(painted)


def _flat(color: tuple[int, int, int], width: int, height: int) -> ByteArray:
    picture = np.empty((height, width, 4), np.uint8)
    picture[:] = (*color, 255)
    return picture


def _dither(rgb: FloatArray) -> ByteArray:
    """[0, 1] to 8 bits with triangular noise of one step (Lipshitz, "Quantization and Dither",
    1992), the same each time."""
    height, width = rgb.shape[:2]
    noise = np.random.default_rng(7).random((2, height, width, 1), np.float32)
    picture = np.empty((height, width, 4), np.uint8)
    picture[..., :3] = np.clip(rgb * 255 + (noise[0] - noise[1]) + 0.5, 0, 255)
    picture[..., 3] = 255
    return picture


class _Canvas:
    """Coordinates in units of the shorter side, from the middle: x right, y down."""

    def __init__(self, width: int, height: int) -> None:
        short = min(width, height)
        self.x = _centred(width, short)[None]
        self.y = _centred(height, short)[:, None]
        self.right, self.bottom = width / short / 2, height / short / 2

    def gradient(self, *stops: tuple[float, str]) -> FloatArray:
        """Colours from top to bottom: (place in [0, 1], "rrggbb"), eased between them."""
        places = [place for place, _ in stops]
        colors = np.array([_rgb(color) for _, color in stops])
        down = self.y[:, 0] / (2 * self.bottom) + 0.5
        columns = [np.interp(down, places, colors[:, channel]) for channel in range(3)]
        row = np.stack(columns, -1)[:, None, :]
        return np.broadcast_to(row, (len(down), self.x.shape[1], 3)).astype(np.float32)

    def glow(self, x: float, y: float, width: float, height: float | None = None) -> FloatArray:
        """A soft spot (h, w, 1): 1 in its middle, gaussian, of these standard deviations."""
        tall = height or width
        spot = np.exp(-0.5 * ((self.x - x) / width) ** 2 - 0.5 * ((self.y - y) / tall) ** 2)
        return np.asarray(spot[..., None], np.float32)

    def disc(
        self, picture: FloatArray, x: float, y: float, radius: float, light: FloatArray
    ) -> None:
        """Add a disc of light out of focus to the picture: brighter to its rim, soft edge."""
        blur = radius * 0.1 + 0.003
        columns = np.abs(self.x[0] - x) < radius + blur
        rows = np.abs(self.y[:, 0] - y) < radius + blur
        if not (columns.any() and rows.any()):
            return
        left, top = int(columns.argmax()), int(rows.argmax())
        part = np.s_[top : top + int(rows.sum()), left : left + int(columns.sum())]
        distance = np.hypot(self.x[:, part[1]] - x, self.y[part[0]] - y)
        inside = np.clip((radius + blur - distance) / (2 * blur), 0, 1)
        rim = 0.75 + 0.25 * np.clip(distance / radius, 0, 1) ** 4
        cover = (inside * inside * (3 - 2 * inside) * rim)[..., None]
        picture[part] = 1 - (1 - picture[part]) * (1 - cover * light)

    def vignette(self, strength: float) -> FloatArray:
        """Darker towards the corners (h, w, 1)."""
        far = (self.x / self.right) ** 2 + (self.y / self.bottom) ** 2
        return np.asarray((1 - strength * np.clip(far / 2, 0, 1) ** 1.3)[..., None], np.float32)


def _centred(size: int, unit: int) -> FloatArray:
    return ((np.arange(size) + 0.5 - size / 2) / unit).astype(np.float32)


def _rgb(color: str) -> FloatArray:
    return (np.array([int(color[i : i + 2], 16) for i in (0, 2, 4)]) / 255).astype(np.float32)


def _screen(picture: FloatArray, light: FloatArray, color: str, strength: float) -> FloatArray:
    """Light on top of a picture, never past white."""
    return np.asarray(1 - (1 - picture) * (1 - light * _rgb(color) * strength), np.float32)


def _blend(picture: FloatArray, cover: FloatArray, color: str) -> FloatArray:
    return np.asarray(picture + (_rgb(color) - picture) * cover, np.float32)


def _lights(
    canvas: _Canvas,
    picture: FloatArray,
    colors: tuple[str, ...],
    *,
    seed: int,
    count: int,
    band: tuple[float, float],
    radius: tuple[float, float],
    strength: tuple[float, float],
) -> FloatArray:
    """Discs of light scattered over a band of heights (0 top, 1 bottom) of the picture."""
    random = np.random.default_rng(seed)
    for index in range(count):
        x = canvas.right * (2 * (index + random.random()) / count - 1) * 1.05
        y = (band[0] + (band[1] - band[0]) * random.random() - 0.5) * 2 * canvas.bottom
        size = radius[0] + (radius[1] - radius[0]) * random.random() ** 2
        power = strength[0] + (strength[1] - strength[0]) * random.random()
        color = _rgb(colors[int(random.integers(len(colors)))])
        canvas.disc(picture, x, y, size, color * np.float32(power))
    return picture


def _studio(canvas: _Canvas) -> FloatArray:
    picture = canvas.gradient((0, "dfe4f1"), (0.55, "d3d9ea"), (1, "b4bad3"))
    picture = _screen(picture, canvas.glow(-0.1, -0.12, 0.36), "fff4ec", 0.75)
    picture = _blend(picture, canvas.glow(0.55, 0.5, 0.3) * 0.35, "c9b7dd")
    return picture * canvas.vignette(0.16)


def _dusk(canvas: _Canvas) -> FloatArray:
    picture = canvas.gradient(
        (0, "3d4478"),
        (0.3, "6d639f"),
        (0.55, "c384a6"),
        (0.75, "f3ab95"),
        (0.88, "fcd3a6"),
        (1, "d59a92"),
    )
    picture = _screen(picture, canvas.glow(0.28, 0.3, 0.30, 0.16), "ffdca8", 0.7)
    random = np.random.default_rng(5)
    for _ in range(14):
        x, y = (2 * random.random() - 1) * canvas.right, -0.15 + 0.4 * random.random()
        wide = 0.12 + 0.2 * random.random()
        cloud = canvas.glow(x, y, wide, 0.012 + 0.016 * random.random())
        picture = _blend(picture, cloud * 0.28, "ffc9bd")
    return _lights(
        canvas, picture, ("ffffff", "ffe9dc"), seed=3, count=26, band=(0.0, 0.35),
        radius=(0.0015, 0.004), strength=(0.1, 0.55),
    )  # fmt: skip


def _garden(canvas: _Canvas) -> FloatArray:
    picture = canvas.gradient((0, "e8f3c9"), (0.3, "bddc97"), (0.65, "7fb377"), (1, "4b8464"))
    random = np.random.default_rng(11)
    for _ in range(34):
        x, y = (2 * random.random() - 1) * canvas.right, (2 * random.random() - 1) * canvas.bottom
        color = ("5c9a63", "8cc27c", "3f7a5d", "d6ebaa")[int(random.integers(4))]
        patch = canvas.glow(x, y, 0.05 + 0.09 * random.random(), 0.04 + 0.07 * random.random())
        picture = _blend(picture, patch * 0.4, color)
    picture = _screen(picture, canvas.glow(-0.35, -0.5, 0.35), "fff3c0", 0.8)
    picture = _lights(
        canvas, picture, ("fff7c9", "e6ffd0", "ffffff"), seed=21, count=24, band=(0.0, 0.75),
        radius=(0.018, 0.07), strength=(0.10, 0.34),
    )  # fmt: skip
    picture = _lights(
        canvas, picture, ("ffb3c8", "ffd9e4", "fff0a8"), seed=8, count=16, band=(0.62, 1.0),
        radius=(0.015, 0.045), strength=(0.25, 0.6),
    )  # fmt: skip
    return picture * canvas.vignette(0.15)


def _cafe(canvas: _Canvas) -> FloatArray:
    picture = canvas.gradient((0, "6b4a3d"), (0.45, "8f6650"), (0.7, "73503f"), (1, "4a332b"))
    picture = _screen(picture, canvas.glow(-0.42, -0.12, 0.17, 0.3), "ffe7bd", 0.75)
    picture = _screen(picture, canvas.glow(0.45, -0.25, 0.22, 0.2), "ffb877", 0.35)
    picture = _blend(picture, canvas.glow(0.0, 0.36, 0.8, 0.05) * 0.5, "3c2a24")
    picture = _lights(
        canvas, picture, ("ffd9a0", "ffc27d", "fff0d2"), seed=2, count=13, band=(0.04, 0.3),
        radius=(0.025, 0.065), strength=(0.35, 0.75),
    )  # fmt: skip
    picture = _lights(
        canvas, picture, ("ffb98a", "d9efc4", "ffe2c2"), seed=17, count=15, band=(0.45, 0.95),
        radius=(0.015, 0.04), strength=(0.12, 0.35),
    )  # fmt: skip
    return picture * canvas.vignette(0.25)


def _night(canvas: _Canvas) -> FloatArray:
    picture = canvas.gradient((0, "0f1430"), (0.4, "232653"), (0.68, "4c3a72"), (1, "1c1c3e"))
    picture = _screen(picture, canvas.glow(0.0, 0.24, 0.6, 0.12), "e58bb5", 0.30)
    picture = _lights(
        canvas, picture, ("ffcf8a", "ff8fb1", "7fd0ff", "b79bff", "ffe9c4"), seed=9, count=34,
        band=(0.42, 0.88), radius=(0.012, 0.05), strength=(0.25, 0.75),
    )  # fmt: skip
    picture = _lights(
        canvas, picture, ("9fd8ff", "ffb3d0", "ffd9a0"), seed=30, count=9, band=(0.2, 0.7),
        radius=(0.05, 0.09), strength=(0.12, 0.28),
    )  # fmt: skip
    return picture * canvas.vignette(0.25)


_PAINTERS: dict[str, Callable[[_Canvas], FloatArray]] = {
    "studio": _studio,
    "dusk": _dusk,
    "garden": _garden,
    "cafe": _cafe,
    "night": _night,
}
