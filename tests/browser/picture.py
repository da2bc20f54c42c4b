"""What the browser showed, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

SIDE = 64
CLOCK_HZ = 90_000

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Recording:
    """``greys`` float32 (n, 64, 64) in 0..255; ``times_s`` (n,) RTP times from the first one."""

    greys: FloatArray
    times_s: NDArray[np.float64]


def record(page: Page, count: int) -> Recording:
    """So many of the avatar's pictures as they come to the screen."""
    pictures: list[dict[str, Any]] = page.evaluate("count => recordPictures(count)", count)
    rtp = np.array([picture["rtpTime"] for picture in pictures], np.int64)
    greys = np.array([picture["grey"] for picture in pictures], np.float32)
    ticks = (rtp - rtp[0]) % 2**32
    return Recording(greys.reshape(-1, SIDE, SIDE), ticks / CLOCK_HZ)


def grey(rgb: NDArray[np.uint8]) -> FloatArray:
    """A picture as the browser's recorder stores it: float32 (64, 64)."""
    small = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def difference(a: FloatArray, b: FloatArray) -> float:
    """Mean absolute difference in grey levels."""
    return float(np.abs(a - b).mean())


def tone_difference(a: FloatArray, b: FloatArray) -> float:
    """How differently two pictures spread over 16 tones of grey; 0 to 2, blind to movement."""
    shares = [np.histogram(picture, 16, (0, 255))[0] / picture.size for picture in (a, b)]
    return float(np.abs(shares[0] - shares[1]).sum())


def wait_until_live(page: Page) -> None:
    """Until the avatar is on the screen and nothing is written over it."""
    page.wait_for_function(
        """() => {
          const call = document.querySelector("avatar-call");
          const message = call.shadowRoot.querySelector("[part=message]");
          return call.video.hasAttribute("data-playing") && message.hidden;
        }"""
    )
