"""Whatever goes wrong is said in words, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, running_server
from tests.browser.picture import wait_until_live

OpenPage = Callable[..., Page]


@pytest.mark.parametrize(
    ("camera", "title", "fix"),
    [
        ("refused", "The camera was refused.", "allow the camera for this page"),
        ("missing", "There is no camera.", "You can also watch the demo"),
    ],
)
def test_no_camera(open_page: OpenPage, server: Server, camera: str, title: str, fix: str) -> None:
    page = open_page(camera)
    page.click("#become")
    expect(part(page, "title")).to_have_text(title)
    expect(part(page, "fix")).to_contain_text(fix)
    expect(part(page, "retry")).to_be_visible()
    assert server.sessions == 0
    # The other way out works.
    page.click("#failure-demo")
    wait_until_live(page)


def test_busy_camera(open_page: OpenPage) -> None:
    page = open_page("face")
    # Chromium's fake camera cannot be busy, so the browser's answer is given in its stead.
    page.evaluate(
        """() => {
          navigator.mediaDevices.getUserMedia = () =>
            Promise.reject(new DOMException("Could not start video source", "NotReadableError"));
        }"""
    )
    page.click("#become")
    expect(part(page, "title")).to_have_text("The camera is busy.")
    expect(part(page, "fix")).to_contain_text("Close other calls")


@pytest.mark.parametrize(
    ("camera", "title", "detail"),
    [
        ("nobody", "No face found", "Sit in front of the camera"),
        ("black", "The picture is black", "Open the camera's shutter"),
    ],
)
def test_no_face(open_page: OpenPage, camera: str, title: str, detail: str) -> None:
    page = open_page(camera)
    page.click("#become")
    expect(part(page, "title")).to_have_text(title)
    expect(part(page, "detail")).to_contain_text(detail)
    # The call goes on: the avatar rests.
    assert page.evaluate("countPictures(1)") > 0


def test_insecure_origin(open_page: OpenPage, server: Server) -> None:
    port = server.url.rpartition(":")[2]
    page = open_page("insecure", url=f"http://avatars.test:{port}")
    page.click("#become")
    expect(part(page, "title")).to_have_text("Browsers give a camera only to secure pages.")
    expect(part(page, "fix")).to_contain_text("https://")


def test_full_server_counts_down_and_lets_in(open_page: OpenPage, tmp_path: Path) -> None:
    with running_server(tmp_path, "--capacity", "1") as small:
        first = open_page("missing", url=small.url)
        first.click("#demo")
        wait_until_live(first)
        second = open_page("missing", url=small.url)
        second.click("#demo")
        expect(part(second, "title")).to_have_text("The server is full.")
        expect(part(second, "retry")).to_contain_text("Try again (")
        first.click("#end")
        wait_until_live(second)


def test_server_that_goes_away(open_page: OpenPage, tmp_path: Path) -> None:
    with running_server(tmp_path, "--capacity", "1") as doomed:
        page = open_page("missing", url=doomed.url)
        page.click("#demo")
        wait_until_live(page)
    expect(part(page, "title")).to_have_text("The server does not answer.")
    expect(part(page, "fix")).to_contain_text("Check your network")


def part(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(f"avatar-call [part={name}]")
