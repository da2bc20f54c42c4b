"""What several stages' tests share: a real face, and a film of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.clips import astronaut_frames, write_clip


@pytest.fixture(scope="session")
def face_pictures() -> list[np.ndarray]:
    """90 frames, uint8 (480, 640, 3) RGB, of a photographed face that moves and turns."""
    return astronaut_frames(90)


@pytest.fixture(scope="session")
def face_video(tmp_path_factory: pytest.TempPathFactory, face_pictures) -> Path:
    """The same as a silent MP4, 30 frames a second."""
    return write_clip(tmp_path_factory.mktemp("clips") / "face.mp4", face_pictures)


@pytest.fixture(scope="session")
def talking_video(tmp_path_factory: pytest.TempPathFactory, face_pictures) -> Path:
    """One second of the face with a 440 Hz tone for its voice (AAC)."""
    path = tmp_path_factory.mktemp("clips") / "talking.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=Fraction(30))
        video.width, video.height, video.pix_fmt = 640, 480, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="mono")
        for pixels in face_pictures[:30]:
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode())
        wave = np.sin(2 * np.pi * 440 * np.arange(48000) / 48000).astype(np.float32) * 0.3
        for start in range(0, 48000 - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], "fltp", "mono")
            frame.sample_rate, frame.pts = 48000, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path
