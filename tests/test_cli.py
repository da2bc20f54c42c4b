"""The commands as a person runs them: what they print, and their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from avatar_server import __version__, cli
from avatar_server.avatar.manifest import read_manifest
from avatar_server.config import CONFIG_VARIABLE, load_settings
from tests.api.server import write_ball
from tests.avatar_import.files import licensed, quad


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


class Run:
    """Runs a command line in this process, to its exit."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capture = capture

    def __call__(self, *arguments: object, **environment: str) -> Done:
        self._capture.readouterr()
        with self._patch.context() as patch:
            patch.setattr(sys, "argv", ["avatar-server", *map(str, arguments)])
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as exit_info:
                cli.main()
        shown = self._capture.readouterr()
        code = exit_info.value.code
        return Done(code if isinstance(code, int) else 0, shown.out, shown.err)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    return Run(monkeypatch, capsys)


def run_process(*arguments: object) -> Done:
    """The same as a program of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "avatar_server", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def assert_one_line(done: Done, *words: str) -> None:
    """One clear line on standard error, exit code 2, no traceback."""
    assert done.returncode == 2, done
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("avatar-server: ")
    for word in words:
        assert word in lines[0]


def test_version_and_help(run: Run):
    assert run("--version").stdout.strip() == f"avatar-server {__version__}"
    text = run("--help").stdout
    for command in ("serve", "doctor", "avatars", "model", "animate"):
        assert command in text
    assert "Examples" in run("serve", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("serve", "--port", "99999"), "port"),
        (("serve", "--capacity", "0"), "capacity"),
        (("serve", "--capacity", "some"), "capacity"),
        (("serve", "--size", "127"), "size"),
        (("serve", "--udp-ports", "a-b"), "udp_ports"),
        (("serve", "--max-rating", "spicy"), "max_rating"),
        (("serve", "--commercial-usage", "some"), "commercial_usage"),
        (("serve", "--config", "/nowhere/settings.toml"), "/nowhere/settings.toml"),
        (("model", "fetch", "--model", "/nowhere/face.task"), "/nowhere/face.task"),
        (("avatars", "validate", "/nowhere/ani.vrm"), "/nowhere/ani.vrm"),
        (("avatars", "export", "nobody", "/tmp/nobody.vrm"), "nobody"),
    ],
)
def test_a_wrong_setting_or_file_is_one_line(run: Run, arguments, word):
    assert_one_line(run(*arguments), word)


@pytest.mark.parametrize("content", [b"", b"glTF", b"not a model", b"glTF\x02\0\0\0\xff\xff\0\0"])
def test_a_corrupt_avatar_is_one_line(run: Run, tmp_path: Path, content):
    path = tmp_path / "broken.vrm"
    path.write_bytes(content)
    assert_one_line(run("avatars", "validate", path), "broken.vrm")
    assert_one_line(run("avatars", "import", path), "broken.vrm")


def test_a_corrupt_face_model_is_one_line_and_fails_the_doctor(run: Run, tmp_path: Path):
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(b"no model")
    assert_one_line(run("model", "fetch", "--model", path), "face_landmarker.task")
    done = run_process("doctor", "--port", "0", "--face-model", path)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if "face model" in line and "miss" in line]
    assert "face_landmarker.task" in line


def test_the_doctor_finds_all_well_here():
    done = run_process("doctor", "--port", "0")
    assert done.returncode == 0, done.stdout
    for check in ("graphics", "face model", "codec VP8", "codec H.264", "avatars", "page"):
        assert f"ok       {check}" in done.stdout


def test_an_avatar_is_imported_listed_and_exported(run: Run, tmp_path: Path):
    source = write_ball(tmp_path / "source", "gift")
    environment = {"AVATAR_SERVER_IMPORTS": str(tmp_path / "imports")}
    imported = run("avatars", "import", source, **environment)
    assert imported.returncode == 0, imported.stderr
    assert "320 triangles" in imported.stdout
    assert_one_line(run("avatars", "import", source, **environment), "already")
    assert "gift" in run("avatars", "list", **environment).stdout
    target = tmp_path / "copy.glb"
    assert run("avatars", "export", "gift", target, **environment).returncode == 0
    assert "320 triangles" in run("avatars", "validate", target).stdout


def test_a_model_is_imported_with_the_files_beside_it(run: Run, tmp_path: Path):
    environment = {"AVATAR_SERVER_IMPORTS": str(tmp_path / "imports")}
    file = quad()
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "quad 1.bin").write_bytes(bytes(file.binary))
    uri = "parts/quad%201.bin"
    file.json["buffers"] = [{"byteLength": len(file.binary), "uri": uri}]
    source = tmp_path / "square.gltf"
    source.write_text(json.dumps(file.json))
    done = run("avatars", "import", source, **environment)
    assert done.returncode == 0, done.stderr
    source.unlink()
    (tmp_path / "parts" / "quad 1.bin").unlink()
    target = tmp_path / "copy.glb"
    assert run("avatars", "export", "square", target, **environment).returncode == 0
    assert "2 triangles" in run("avatars", "validate", target).stdout


def test_a_licence_is_honoured_on_import_and_export(run: Run, tmp_path: Path):
    imports = tmp_path / "imports"
    environment = {"AVATAR_SERVER_IMPORTS": str(imports)}
    source = licensed(avatarPermission="onlyAuthor", allowRedistribution=False)
    path = source.write(tmp_path, "mine.vrm")
    kept = imports / "mine" / "manifest.json"
    done = run("avatars", "import", path, **environment)
    assert done.returncode == 0, done.stderr
    (note,) = [line for line in done.stdout.splitlines() if "Not to be worn yet" in line]
    assert "lets only its author wear it (avatarPermission: onlyAuthor)" in note
    assert "import it with --i-am author" in note
    assert not read_manifest(kept).listed
    assert read_manifest(kept).imported_by is None
    assert_one_line(run("avatars", "import", path, **environment), "already there")
    (tmp_path / "other").mkdir()
    other = licensed(name="Another").write(tmp_path / "other", "mine.vrm")
    done = run("avatars", "import", other, "--i-am", "author", **environment)
    assert_one_line(done, "already there")

    done = run("avatars", "import", path, "--i-am", "author", **environment)
    assert done.returncode == 0, done.stderr
    assert "Not to be worn" not in done.stdout
    assert "Show this credit with it: Someone by an author" in done.stdout
    assert "only its author may wear it" in run("avatars", "validate", path).stdout
    assert read_manifest(kept).imported_by == "author"
    assert read_manifest(kept).listed

    elsewhere = tmp_path / "elsewhere"
    done = run("avatars", "import", kept.parent, "--to", elsewhere, **environment)
    assert "Not to be worn yet" in done.stdout
    assert read_manifest(elsewhere / "mine" / "manifest.json").imported_by is None

    target = tmp_path / "copy.vrm"
    done = run("avatars", "export", "mine", target, **environment)
    assert_one_line(done, "modification: prohibited", "--i-am author")
    assert not target.exists()
    done = run("avatars", "export", "mine", target, "--i-am", "author", **environment)
    assert done.returncode == 0, done.stderr
    assert target.exists()

    environment["AVATAR_SERVER_COMMERCIAL_USAGE"] = "corporation"
    done = run("avatars", "import", path, "--i-am", "author", **environment)
    assert_one_line(done, "use by a company")
    listed = run("avatars", "list", **environment).stdout.splitlines()
    assert ["left out" in line for line in listed if line.startswith("mine")] == [True]


def test_settings_come_from_file_environment_and_options(tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text('port = 1111\nfps = 24\nsize = 256\n[[ice_servers]]\nurls = "stun:a:1"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, str(file))
        patch.setenv("AVATAR_SERVER_FPS", "15")
        settings = load_settings(size=128, port=None)
        assert load_settings(file).port == 1111
    assert (settings.port, settings.fps, settings.size) == (1111, 15, 128)
    assert settings.ice_servers[0].urls == "stun:a:1"
