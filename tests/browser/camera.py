"""Camera files made from a real face: what the browser under test sees through its camera.

The photograph is ``skimage.data.astronaut()`` (NASA, public domain). Its expression cannot change,
so the head moves: sideways, towards the camera and rolling, each at its own rate.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import astronaut

WIDTH, HEIGHT, FPS = 640, 480, 30
FACE_CENTRE = (222.0, 118.0)
"""Centre of the face in the photograph, pixels."""
BASE_SCALE = 2.0

Picture = NDArray[np.uint8]


def face_pictures(seconds: float) -> list[Picture]:
    """RGB pictures (480, 640, 3) of a head that moves and comes back to where it began."""
    photograph = astronaut()
    pictures = []
    for i in range(round(seconds * FPS)):
        phase = 2 * np.pi * i / (seconds * FPS)
        # Two harmonics: no shift in time makes this path its own mirror image.
        swing = np.sin(phase) + 0.5 * np.sin(2 * phase + 1)
        roll_degrees = 14 * swing
        scale = BASE_SCALE * (1 + 0.1 * np.cos(phase))
        warp = cv2.getRotationMatrix2D(FACE_CENTRE, roll_degrees, scale)
        warp[0, 2] += WIDTH / 2 + 60 * swing - FACE_CENTRE[0]
        warp[1, 2] += HEIGHT / 2 + 15 * np.cos(2 * phase) - FACE_CENTRE[1]
        pictures.append(
            cv2.warpAffine(photograph, warp, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        )
    return pictures


def grey_pictures(seconds: float) -> list[Picture]:
    """A bright room with nobody in it."""
    ramp = np.linspace(110, 170, WIDTH, dtype=np.uint8)
    room = np.repeat(np.tile(ramp, (HEIGHT, 1))[:, :, None], 3, axis=2)
    return [room] * round(seconds * FPS)


def black_pictures(seconds: float) -> list[Picture]:
    """A camera behind its shutter."""
    return [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * round(seconds * FPS)


def write_camera_file(path: Path, pictures: list[Picture]) -> Path:
    """Writes YUV4MPEG2, which Chromium plays in a loop as its fake camera."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for picture in pictures:
            file.write(b"FRAME\n")
            file.write(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path
