"""A call in a real browser, from one press of the button to its end."""

from __future__ import annotations

import os
import re
import time
import urllib.request
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.picture import difference, record, tone_difference, wait_until_live

OpenPage = Callable[..., Page]


def test_frames_arrive_after_one_press(open_page: OpenPage) -> None:
    # A small window: without a GPU, Chromium's own drawing takes cores from the server.
    page = open_page("face", viewport={"width": 400, "height": 600})
    idle = idle_cores(seconds=1)
    page.click("#become")
    wait_until_live(page)
    # The machine may be busy with something else for a moment: the best of the windows counts.
    rates: list[float] = []
    while max(rates, default=0) < 25 and len(rates) < 5:
        rates.append(page.evaluate("countPictures(3)"))
    if max(rates) < 25 and idle < 1.5:
        pytest.skip(f"only {idle:.1f} cores are free for a browser and a server: {rates} fps")
    assert max(rates) >= 25, rates
    decoded = page.evaluate(
        """async () => {
          const { session } = document.querySelector("avatar-call");
          const next = () => new Promise((resolve) =>
            session.addEventListener("stats", ({ detail }) => resolve(detail), { once: true }));
          await next();
          return next();
        }"""
    )
    assert (decoded["width"], decoded["height"]) == (512, 512)
    assert decoded["framesDecoded"] > 0


def test_demo_needs_no_camera(open_page: OpenPage) -> None:
    page = open_page("missing")
    page.click("#demo")
    wait_until_live(page)
    pictures = record(page, 60).greys
    # A busy server shows few frames of the wave that the performance begins with.
    still = min(difference(*pair) for pair in pairwise(pictures))
    moved = max(difference(pictures[0], other) for other in pictures)
    assert moved > 2 * still
    assert moved > 1
    assert page.evaluate("watched.cameras") == 0
    expect(page.locator("#calibrate")).to_be_hidden()


def test_avatar_switches_in_mid_call_without_negotiation(open_page: OpenPage) -> None:
    page = open_page("face")
    offers: list[str] = []
    page.on("request", lambda r: offers.append(r.url) if r.method == "POST" else None)
    page.click("#become")
    wait_until_live(page)
    ani = record(page, 20).greys
    page.click('[data-avatar="rudi"]')
    expect(page.locator('[data-avatar="rudi"]')).to_have_attribute("aria-pressed", "true")
    # What is still under way shows Ani.
    page.wait_for_timeout(1000)
    rudi = record(page, 20).greys
    # Another character has other colours, wherever its head is.
    usual = max(tone_difference(ani[0], other) for other in ani)
    assert min(tone_difference(ani[0], other) for other in rudi) > 2 * usual
    assert len(offers) == 1
    assert page.evaluate("watched.negotiations") == 1


def test_end_frees_the_session_and_closes_the_camera(open_page: OpenPage, server: Server) -> None:
    page = open_page("face")
    page.click("#become")
    wait_until_live(page)
    assert server.sessions == 1
    camera = page.evaluate_handle("document.querySelector('avatar-call').camera.getTracks()[0]")
    page.click("#end")
    expect(page.locator("#become")).to_be_visible()
    assert camera.evaluate("track => track.readyState") == "ended"
    wait_for_sessions(server, 0)


def test_leaving_the_page_frees_the_session(open_page: OpenPage, server: Server) -> None:
    page = open_page("missing")
    page.click("#demo")
    wait_until_live(page)
    assert server.sessions == 1
    page.goto("about:blank")
    wait_for_sessions(server, 0)


def test_lost_call_comes_back_by_itself(open_page: OpenPage, server: Server) -> None:
    page = open_page("missing")
    page.click("#demo")
    wait_until_live(page)
    page.click('[data-emotion="joy"]')
    lost = page.evaluate("document.querySelector('avatar-call').session.resourceUrl")
    urllib.request.urlopen(urllib.request.Request(lost, method="DELETE")).close()
    expect(page.locator("avatar-call [part=title]")).to_have_text("Reconnecting…")
    wait_until_live(page)
    assert page.evaluate("document.querySelector('avatar-call').session.resourceUrl") != lost
    assert server.sessions == 1


def test_microphone_goes_out_and_back_only_while_on(open_page: OpenPage) -> None:
    page = open_page("face")
    page.click("#become")
    wait_until_live(page)
    sent = "() => sumStats('outbound-rtp', 'audio', 'packetsSent')"
    heard = "() => sumStats('inbound-rtp', 'audio', 'packetsReceived')"
    assert page.evaluate(sent) == 0
    assert page.evaluate(heard) == 0
    page.click("#mic")
    expect(page.locator("#mic")).to_have_attribute("aria-pressed", "true")
    deadline = time.monotonic() + 10
    while page.evaluate(heard) < 10 and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert page.evaluate(heard) >= 10
    assert page.evaluate("watched.negotiations") == 1
    page.click("#mic")
    expect(page.locator("#mic")).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(200)
    before = page.evaluate(sent)
    page.wait_for_timeout(500)
    assert page.evaluate(sent) == before


def test_latency_overlay_opens_by_key(open_page: OpenPage) -> None:
    page = open_page("face")
    page.click("#become")
    wait_until_live(page)
    overlay = page.locator("#latency")
    expect(overlay).to_be_hidden()
    page.keyboard.press("l")
    expect(overlay).to_be_visible()
    number = r"^\d+(\.\d)?$"
    for stage in ("decode", "track", "map", "pose", "draw", "encode"):
        expect(overlay.locator(f'[data-stage="{stage}"]')).to_have_text(re.compile(number))
    for field, unit in (("roundTripMs", "ms"), ("fps", "fps"), ("decodeMs", "ms")):
        value = overlay.locator(f'[data-field="{field}"]')
        expect(value).to_have_text(re.compile(rf"^\d+(\.\d)? {unit}$"))
    total = float(overlay.locator("b").inner_text())
    assert total > 0
    page.keyboard.press("L")
    expect(overlay).to_be_hidden()


def test_expressions_are_sent_from_the_first_listener_on(open_page: OpenPage) -> None:
    page = open_page("face")
    page.click("#become")
    wait_until_live(page)
    page.evaluate("countPictures(1)")
    assert set(page.evaluate("messagesReceived()")) == {"control"}
    frames = page.evaluate(
        """() => new Promise((resolve) => {
          const frames = [];
          const call = document.querySelector("avatar-call");
          call.addEventListener("avatar-expression", ({ detail }) => {
            const { tracked, sequence, coefficients, headRotation } = detail;
            frames.push({ tracked, sequence, count: coefficients.length, head: [...headRotation] });
            if (frames.length === 60) resolve(frames);
          });
        })"""
    )
    assert frames[0]["sequence"] < 10
    assert all(frame["tracked"] and frame["count"] == 52 for frame in frames)
    heads = np.array([frame["head"] for frame in frames])
    assert np.linalg.norm(heads, axis=1) == pytest.approx(1, abs=1e-3)
    # In two seconds of the camera file the head rolls by more than ten degrees (half-angle, z).
    assert np.degrees(2 * np.ptp(heads[:, 2])) > 10
    assert page.evaluate("messagesReceived()")["expression"] >= 60
    assert page.evaluate("watched.negotiations") == 1


def test_expressions_come_from_the_start_where_the_element_says_so(open_page: OpenPage) -> None:
    page = open_page("missing")
    page.evaluate(
        """() => {
          window.heard = 0;
          document.querySelector("avatar-call").toggleAttribute("expressions", true);
          document.addEventListener("avatar-expression", () => { heard += 1; });
        }"""
    )
    page.click("#demo")
    wait_until_live(page)
    page.wait_for_function("() => heard > 30")


def test_clean_view_shows_the_same_picture(open_page: OpenPage) -> None:
    page = open_page("missing")
    page.click("#demo")
    wait_until_live(page)
    page.click("#use")
    with page.expect_popup() as popup:
        page.click("#use-open")
    clean = popup.value
    clean.wait_for_function("() => document.querySelector('video').videoWidth === 512")
    page.click("#end")
    expect(clean.locator("#gone")).to_be_visible()


def idle_cores(seconds: float) -> float:
    """How many cores nobody else uses now (proc(5), /proc/stat: user ... idle in ticks)."""

    def idle_ticks() -> int:
        return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[4])

    before = idle_ticks()
    time.sleep(seconds)
    return (idle_ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


def wait_for_sessions(server: Server, count: int) -> None:
    deadline = time.monotonic() + 10
    while server.sessions != count and time.monotonic() < deadline:
        time.sleep(0.1)
    assert server.sessions == count
