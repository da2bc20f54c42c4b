"""Frames with a real face in a known place, made of scikit-image's public-domain astronaut."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from skimage.data import astronaut

from avatar_server.types import ByteArray, FrameTimes, VideoFrame

FRAME_SECONDS = 1 / 30
FACE_CENTER = (225.0, 125.0)
"""The middle of the astronaut's face in the 512x512 photo, in pixels."""
FACE_HEIGHT = 106.0
"""From the top of the forehead to the chin, as the mesh covers it, in pixels."""
BACKGROUND = 90


@lru_cache(maxsize=1)
def photo() -> ByteArray:
    return np.ascontiguousarray(astronaut())


def picture(
    center: tuple[float, float],
    face_height: float,
    *,
    size: tuple[int, int] = (640, 480),
    roll_degrees: float = 0.0,
    brightness: float = 1.0,
    onto: ByteArray | None = None,
) -> ByteArray:
    """The face at ``center``, ``face_height`` pixels tall, in an RGB picture of ``size`` (w, h)."""
    scale = face_height / FACE_HEIGHT
    to_frame = cv2.getRotationMatrix2D(FACE_CENTER, roll_degrees, scale)
    to_frame[:, 2] += np.subtract(center, FACE_CENTER)
    # Only head and shoulders: two people have to fit beside each other.
    mask = np.zeros(photo().shape[:2], np.uint8)
    cv2.ellipse(mask, (224, 120), (85, 110), 0, 0, 360, 255, -1)
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    ground = np.full((size[1], size[0], 3), BACKGROUND, np.uint8) if onto is None else onto
    face = cv2.warpAffine(photo(), to_frame, size, flags=flags)
    cover = cv2.warpAffine(mask, to_frame, size)[..., None] / 255.0
    mixed = (cover * face + (1 - cover) * ground) * brightness
    return mixed.round().clip(0, 255).astype(np.uint8)


def frame(rgb: ByteArray, index: int = 0) -> VideoFrame:
    return VideoFrame((rgb,), FrameTimes(capture_s=index * FRAME_SECONDS, started_ns=0))


def yuv_frame(rgb: ByteArray, index: int = 0, *, full_range: bool = False) -> VideoFrame:
    """The same picture as three planes, by the formulas of ITU-R BT.601-7 in floating point."""
    values = rgb.astype(np.float64)
    luma = values @ (0.299, 0.587, 0.114)
    blue, red = (values[..., 2] - luma) / 1.772, (values[..., 0] - luma) / 1.402
    if not full_range:
        luma, blue, red = 16 + luma * 219 / 255, blue * 224 / 255, red * 224 / 255
    height, width = luma.shape
    half = (-(-width // 2), -(-height // 2))

    def halved(plane: np.ndarray) -> ByteArray:
        padded = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
        return (
            (padded.reshape(half[1], 2, half[0], 2).mean(axis=(1, 3)) + 128)
            .round()
            .clip(0, 255)
            .astype(np.uint8)
        )

    planes = (luma.round().clip(0, 255).astype(np.uint8), halved(blue), halved(red))
    times = FrameTimes(capture_s=index * FRAME_SECONDS, started_ns=0)
    return VideoFrame(planes, times, full_range=full_range)


def head_sequence(count: int = 60, size: tuple[int, int] = (640, 480)) -> list[ByteArray]:
    """The face on a path through the frame, up to its edge, while it grows, leans and darkens."""
    width, height = size
    pictures = []
    for index in range(count):
        turn = 2 * np.pi * index / count
        center = (width * (0.5 + 0.36 * np.sin(turn)), height * (0.5 + 0.2 * np.sin(2 * turn)))
        pictures.append(
            picture(
                center,
                height * (0.42 + 0.12 * np.cos(turn)),
                size=size,
                roll_degrees=25 * float(np.sin(turn)),
                brightness=0.7 + 0.3 * float(np.cos(3 * turn)),
            )
        )
    return pictures
