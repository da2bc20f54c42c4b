"""A real server in its own process and a real headless Chromium, whose camera is a file."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.camera import black_pictures, face_pictures, grey_pictures, write_camera_file

CAMERA_SECONDS = 4.0
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    """A running avatar server."""

    url: str

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    @property
    def sessions(self) -> int:
        return int(self.get("/readyz")["sessions"])


@contextmanager
def running_server(folder: Path, *options: str) -> Iterator[Server]:
    """``avatar-server serve`` on a free port, ended by SIGTERM."""
    log = (folder / "server.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "avatar_server", "serve", "--port", "0", "--workers", "1", *options],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={
            **os.environ,
            "AVATAR_SERVER_IMPORTS": str(folder / "imports"),
            "AVATAR_SERVER_DRAIN_LIMIT_S": "0",
        },
    )
    try:
        yield Server(_wait_for_address(process, folder / "server.log"))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait_for_address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = re.search(r"http://[\w.:-]+", log.read_text())
        if found and _is_ready(found[0]):
            return found[0]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server"), "--capacity", "4") as running:
        yield running


@pytest.fixture(scope="session")
def camera_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("camera")
    pictures = {
        "face": face_pictures(CAMERA_SECONDS),
        "nobody": grey_pictures(1),
        "black": black_pictures(1),
    }
    return {
        name: write_camera_file(folder / f"{name}.y4m", frames) for name, frames in pictures.items()
    }


def chromium_path() -> str | None:
    """The system's Chromium; None leaves the choice to Playwright."""
    named = os.environ.get("AVATAR_SERVER_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts Chromium with further arguments; the same arguments give the same browser.

    It ends with these tests: while Playwright's own event loop runs in this thread, no
    asynchronous test can.
    """
    browsers: dict[tuple[str, ...], Browser] = {}
    with sync_playwright() as playwright:

        def start(*arguments: str) -> Browser:
            if arguments not in browsers:
                browsers[arguments] = playwright.chromium.launch(
                    executable_path=chromium_path(), args=[*QUIET, *arguments]
                )
            return browsers[arguments]

        yield start
        for browser in browsers.values():
            browser.close()


@pytest.fixture
def open_page(
    launch: Callable[..., Browser], camera_files: dict[str, Path], server: Server
) -> Iterator[Callable[..., Page]]:
    """Opens the page of ``server`` with a camera: "face", "nobody", "black", "refused",
    "missing" or "insecure" (from an origin without encryption). A mistake in the page's own code
    fails the test."""
    contexts = []
    mistakes: list[str] = []

    def open_(camera: str, url: str = server.url, **options: Any) -> Page:
        if camera == "missing":
            arguments = ["--use-fake-device-for-media-stream=device-count=0"]
        elif camera == "refused":
            arguments = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
        elif camera == "insecure":
            arguments = ["--host-resolver-rules=MAP avatars.test 127.0.0.1"]
        else:
            arguments = [
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera_files[camera]}",
            ]
        if camera != "refused":
            arguments.append("--use-fake-ui-for-media-stream")
        context = launch(*arguments).new_context(**options)
        context.add_init_script(path=Path(__file__).with_name("watch.js"))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(url)
        page.wait_for_selector(".card input[type=radio]", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert mistakes == []
