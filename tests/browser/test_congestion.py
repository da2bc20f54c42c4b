"""Chromium's own congestion control lives on what the server reports to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from avatar_server.rtc import RtcOptions
from tests.browser.picture import wait_until_live

SAMPLE = """async () => {
  const found = {};
  for (const entry of (await watched.connection.getStats()).values()) {
    // More than one pair may be nominated; the one in use has the estimate.
    if (entry.type === "candidate-pair" && entry.availableOutgoingBitrate)
      found.available = entry.availableOutgoingBitrate;
    if (entry.type === "outbound-rtp" && entry.kind === "video") {
      found.target = entry.targetBitrate ?? 0;  // there from the first picture on
      found.frames = entry.framesEncoded;
    }
  }
  return found;
}"""
START_BITRATE = 300_000
"""What Chromium thinks a new path carries."""


def sample(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(SAMPLE)
    return found


def test_the_camera_soon_sends_all_that_it_may(open_page: Callable[..., Page]) -> None:
    page = open_page("face", viewport={"width": 400, "height": 600})
    page.click("#become")
    wait_until_live(page)
    samples = [sample(page)]
    wanted = 0.9 * RtcOptions().camera_bitrate
    # With REMB alone, which sends no probes, this takes most of a minute.
    while samples[-1].get("target", 0) < wanted and len(samples) < 60:
        page.wait_for_timeout(500)
        samples.append(sample(page))
    assert samples[-1]["target"] >= wanted, samples
    assert samples[-1]["target"] <= RtcOptions().camera_bitrate
    assert samples[-1]["available"] > 2 * START_BITRATE
    page.wait_for_timeout(2000)
    samples.append(sample(page))
    # It is no flash in the pan, and the camera's pictures keep coming.
    assert samples[-1]["available"] > 2 * START_BITRATE, samples
    assert samples[-1]["frames"] > samples[-2]["frames"]
