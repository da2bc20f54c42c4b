"""A face to measure with, for those who have no clip at hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from avatar_server.types import ByteArray


def astronaut_frames(count: int, width: int = 640, height: int = 480) -> list[ByteArray]:
    """scikit-image's public-domain photo of Eileen Collins, moved, scaled and rolled a little from
    frame to frame; uint8 (height, width, 3) RGB each."""
    from skimage import data

    photo = data.astronaut()
    frames = []
    for index in range(count):
        t = index / 30
        # The face lies around (220, 130) in the photo's 512x512.
        scale = height / 512 * (1.25 + 0.1 * np.sin(0.9 * t))
        turn = cv2.getRotationMatrix2D((220, 130), 8 * np.sin(1.7 * t), scale)
        turn[:, 2] += (
            width / 2 - 220 + 0.05 * width * np.sin(1.1 * t),
            height * 0.42 - 130 + 0.04 * height * np.sin(1.9 * t),
        )
        frames.append(cv2.warpAffine(photo, turn, (width, height), borderMode=cv2.BORDER_REPLICATE))
    return frames


def write_clip(path: Path, frames: list[ByteArray], fps: int = 30) -> Path:
    """Write frames as H.264 in an MP4, visually lossless."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "16", "preset": "veryfast"}
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def face_clip(folder: Path, media: Path | None = None, seconds: float = 10.0) -> Path:
    """``media`` itself, or the moved photo written into ``folder``."""
    if media is not None:
        return media
    path = folder / "astronaut.mp4"
    return path if path.exists() else write_clip(path, astronaut_frames(round(30 * seconds)))
