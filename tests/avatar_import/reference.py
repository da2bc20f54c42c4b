"""The programs that files are compared with: three-vrm in Chromium and the Khronos validator."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image

from avatar_server.types import ByteArray, Camera

FOLDER = Path(__file__).parent / "three_vrm"
_VALIDATE = """
const validator = require("gltf-validator"), fs = require("fs");
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])), { maxIssues: 100 })
  .then((report) => console.log(JSON.stringify(report.issues)));
"""
_DRAW = """
(settings) => Promise.race([
  drawModel(settings),
  new Promise((_, refuse) => setTimeout(() => refuse(new Error("no answer")), 20000)),
])
"""
_CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
_TYPES = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript"}


class ReferenceMissing(Exception):
    """Why a reference program cannot run here."""


@dataclass(frozen=True)
class Drawing:
    """What three-vrm drew and read."""

    picture: ByteArray
    read: dict[str, Any]


def node_modules() -> Path:
    """The installed packages; installs them at first use. Raises ``ReferenceMissing``."""
    modules = FOLDER / "node_modules"
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    if all((modules / name).is_dir() for name in wanted):
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise ReferenceMissing("npm is not installed")
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise ReferenceMissing(f"npm install failed: {done.stderr.strip()[:200]}")
    return modules


def validator_issues(path: Path) -> dict[str, Any]:
    """What the Khronos glTF validator says of a file: numErrors, numWarnings, messages."""
    folder = node_modules().parent
    node = shutil.which("node")
    if node is None:
        raise ReferenceMissing("node is not installed")
    command = [node, "-e", _VALIDATE, str(path.resolve())]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(f"the validator gave up on {path.name}: {done.stderr[:400]}")
    issues: dict[str, Any] = json.loads(done.stdout)
    return issues


class ThreeVrm:
    """three-vrm in a headless Chromium."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._models: list[bytes] = []
        page.route("**/*", self._serve)
        page.goto("http://model.test/page.html")
        page.wait_for_function("window.ready")

    def draw(
        self,
        model: Path,
        camera: Camera,
        key: tuple[float, ...],
        size: int,
        expressions: Mapping[str, float] = MappingProxyType({}),
    ) -> Drawing:
        """Draws ``model`` as uint8 (size, size, 4), with VRM ``expressions`` at their weights.
        Raises ``AssertionError`` if three-vrm cannot read it, or does not answer."""
        self._models.append(model.read_bytes())
        settings = {
            "model": f"/model/{len(self._models) - 1}",
            "eye": camera.eye,
            "target": camera.target,
            "fov": camera.fov_degrees,
            "key": list(key),
            "size": size,
            "expressions": dict(expressions),
        }
        try:
            read = self._page.evaluate(_DRAW, settings)
        except Exception as error:
            raise AssertionError(f"three-vrm: {str(error).splitlines()[0]}") from None
        content = base64.b64decode(read.pop("picture").split(",", 1)[1])
        picture = np.array(Image.open(io.BytesIO(content)).convert("RGBA"))
        return Drawing(_straight(picture), read)

    def _serve(self, route: Any) -> None:
        address = route.request.url.removeprefix("http://model.test/").split("?")[0]
        number = address.removeprefix("model/")
        if address.startswith("model/") and number.isdecimal():
            route.fulfill(body=self._models[int(number)], content_type="model/gltf-binary")
            return
        path = (FOLDER / address).resolve()
        if path.is_relative_to(FOLDER.resolve()) and path.is_file():
            kind = _TYPES.get(path.suffix, "application/octet-stream")
            route.fulfill(body=path.read_bytes(), content_type=kind)
        else:
            route.fulfill(status=404, body="")


def _straight(blended: ByteArray) -> ByteArray:
    """Colours as they are, of what was blended over nothing."""
    alpha = np.maximum(blended[..., 3:].astype(float), 1.0) / 255
    picture = blended.copy()
    picture[..., :3] = np.minimum(blended[..., :3] / alpha, 255).astype(np.uint8)
    return picture


@contextmanager
def three_vrm() -> Iterator[ThreeVrm]:
    """A browser with three-vrm. Raises ``ReferenceMissing``."""
    node_modules()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise ReferenceMissing("playwright is not installed") from None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=list(_CHROMIUM_ARGUMENTS)
            )
        except Exception as error:
            first = str(error).splitlines()[0]
            raise ReferenceMissing(f"Chromium does not start: {first}") from None
        try:
            yield ThreeVrm(browser.new_page())
        finally:
            browser.close()
