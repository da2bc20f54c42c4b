"""``python -m tests.browser.screenshots [FOLDER]``: takes the pictures in ``docs/screenshots``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.camera import face_pictures, write_camera_file
from tests.browser.conftest import CAMERA_SECONDS, QUIET, Server, chromium_path, running_server
from tests.browser.picture import wait_until_live

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")
QUALITY = 88


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_server(Path(scratch), "--capacity", "1") as server,
        sync_playwright() as playwright,
    ):
        camera = write_camera_file(Path(scratch) / "face.y4m", face_pictures(CAMERA_SECONDS))
        granted = ["--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
        for arguments, take in ((granted, call), (["--deny-permission-prompts"], refusal)):
            browser = playwright.chromium.launch(
                executable_path=chromium_path(),
                args=[*QUIET, "--use-fake-device-for-media-stream", *arguments],
            )
            for size in SIZES:
                for scheme in SCHEMES:
                    take(open_page(browser, server, size, scheme), folder, f"{size}-{scheme}")
            browser.close()


def open_page(browser: Browser, server: Server, size: str, scheme: str) -> Page:
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=size == "phone",
    )
    page.goto(server.url)
    page.locator(".card img").last.wait_for()
    page.wait_for_load_state("networkidle")
    return page


def call(page: Page, folder: Path, name: str) -> None:
    """The start, a call, and the latency overlay over it."""
    shoot(page, folder / f"start-{name}.jpg")
    page.click("#become")
    wait_until_live(page)
    page.wait_for_timeout(1500)
    shoot(page, folder / f"call-{name}.jpg")
    page.keyboard.press("l")
    page.wait_for_timeout(6000)
    shoot(page, folder / f"latency-{name}.jpg")
    page.click("#end")
    page.close()


def refusal(page: Page, folder: Path, name: str) -> None:
    """A failure in words."""
    page.click("#become")
    page.locator("avatar-call [part=retry]").wait_for()
    shoot(page, folder / f"camera-refused-{name}.jpg")
    page.close()


def shoot(page: Page, path: Path) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=path, type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots"))
