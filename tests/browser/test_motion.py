"""The avatar that the browser receives moves as the face before the camera does: the received
pictures against those of the same camera frames, driven through the pipeline off line."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from avatar_server.avatar import Character, load_avatar
from avatar_server.builtin import builtin_folder
from avatar_server.expression import ExpressionMapper
from avatar_server.face import create_tracker
from avatar_server.pipeline import Pipeline
from avatar_server.render import create_renderer
from avatar_server.types import FrameTimes, VideoFrame
from tests.browser.camera import FPS, face_pictures
from tests.browser.conftest import CAMERA_SECONDS
from tests.browser.picture import FloatArray, Recording, difference, grey, record, wait_until_live

OpenPage = Callable[..., Page]

LOOP = round(CAMERA_SECONDS * FPS)


@pytest.fixture(scope="module")
def offline() -> FloatArray:
    """What each frame of the camera's loop becomes: float32 (120, 64, 64). The second time round,
    when filters and springs have settled."""
    avatar = load_avatar(builtin_folder("avatars") / "ani")
    pipeline = Pipeline(
        create_tracker(), ExpressionMapper(), Character(avatar), create_renderer(avatar)
    )
    pictures = []
    for i, camera in enumerate([*face_pictures(CAMERA_SECONDS)] * 2):
        times = FrameTimes(capture_s=i / FPS, started_ns=time.monotonic_ns())
        avatar_frame = pipeline.process(VideoFrame((camera,), times, full_range=True))
        assert avatar_frame.face_found
        pictures.append(luma(avatar_frame.picture))
    pipeline.close()
    return np.array(pictures[LOOP:])


def luma(picture: VideoFrame) -> FloatArray:
    """The grey of a BT.601 limited range picture, 64 x 64."""
    spread = (picture.planes[0].astype(np.float32) - 16) * (255 / 219)
    return grey(np.repeat(np.clip(spread, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2))


def test_received_pictures_are_those_of_the_pipeline(
    open_page: OpenPage, offline: FloatArray
) -> None:
    page = open_page("face", viewport={"width": 400, "height": 600})
    page.click("#become")
    wait_until_live(page)
    page.wait_for_timeout(1000)
    received = record(page, LOOP)
    assert received.times_s[-1] > CAMERA_SECONDS / 2

    shift, fit = best_shift(received, offline)
    assert fit > 0.9, "the received motion is not the camera's"
    places = (np.rint(received.times_s * FPS).astype(int) + shift) % LOOP
    right = mean_difference(received, offline[places])
    wrong = mean_difference(received, offline[(places + LOOP // 2) % LOOP])
    assert right < 0.75 * wrong
    # The check itself tells motions apart: mirrored, the same pictures do not fit.
    mirrored = Recording(received.greys[:, :, ::-1], received.times_s)
    assert best_shift(mirrored, offline)[1] < 0.9


def best_shift(received: Recording, offline: FloatArray) -> tuple[int, float]:
    """By how many frames the camera's loop was on when the recording began, and how well the
    motion then agrees: the correlation of both along the direction of pixel space in which the
    offline pictures vary most."""
    flat = offline.reshape(LOOP, -1)
    mean = flat.mean(axis=0)
    direction = np.linalg.svd(flat - mean, full_matrices=False)[2][0]
    motion = (flat - mean) @ direction
    seen = (received.greys.reshape(len(received.greys), -1) - mean) @ direction
    frames = np.rint(received.times_s * FPS).astype(int)
    fits = [float(np.corrcoef(seen, motion[(frames + s) % LOOP])[0, 1]) for s in range(LOOP)]
    best = int(np.argmax(fits))
    return best, fits[best]


def mean_difference(received: Recording, others: FloatArray) -> float:
    pairs: Any = zip(received.greys, others, strict=True)
    return float(np.mean([difference(a, b) for a, b in pairs]))
