"""The compiled part: what is done for every pixel and every vertex of every frame, in C.

The sources lie beside the stages that call them. A wheel brings the library along; in a checkout it
is compiled when it is first asked for, which takes a C compiler and a few seconds. Where there is
neither, ``load`` says so and its callers do the same work by other means.

This module stands on the standard library alone: the build of the package runs it as well.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)

_PACKAGE = Path(__file__).parent
_FOLDERS = ("render/raster", "avatar", "face")
_FLAGS = ("-O3", "-std=gnu11", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
_X86 = ("x86_64", "amd64")
_V3_FLAGS = frozenset({"abm", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"})
"""What a processor says of itself in /proc/cpuinfo if it runs x86-64-v3 (System V ABI, AMD64
supplement, table 3.1)."""
_COMPILE_TIMEOUT_S = 120


class CompileError(Exception):
    """There is no compiler, or it would not compile."""


@cache
def load() -> ctypes.CDLL | None:
    """The library for this processor, compiled now if need be; None where it cannot be had."""
    for level in _levels_here():
        name = _file_name(level)
        for folder in _places():
            if (folder / name).is_file():
                return ctypes.CDLL(str(folder / name))
    level = _levels_here()[0]
    try:
        return ctypes.CDLL(str(compile_level(level, _writable_place())))
    except (CompileError, OSError) as error:
        logger.warning(
            "no compiled renderer (%s): drawing goes through OpenGL, which costs several times as "
            "much on a processor",
            error,
        )
        return None


def compile_all(folder: Path) -> list[Path]:
    """The libraries for every processor of this kind, in ``folder``. Raises ``CompileError``."""
    return [compile_level(level, folder) for level in _levels()]


def compile_level(level: str, folder: Path) -> Path:
    """The library for processors of one level ("" for any) in ``folder``, which is made.

    Raises ``CompileError``."""
    compiler = _compiler()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / _file_name(level)
    sources = [str(path) for path in _sources() if path.suffix == ".c"]
    march = [f"-march={level}"] if level else []
    # Under another name first: several workers may compile at the same time.
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".so", delete=False) as unfinished:
        command = [compiler, *_FLAGS, *march, "-o", unfinished.name, *sources, "-lm"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_COMPILE_TIMEOUT_S)
        if done.returncode:
            raise CompileError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
        os.replace(unfinished.name, target)
    except (OSError, subprocess.SubprocessError) as error:
        raise CompileError(f"{compiler}: {error}") from error
    finally:
        Path(unfinished.name).unlink(missing_ok=True)
    if folder == _places()[0]:
        _remove_older(target)
    return target


def _remove_older(kept: Path) -> None:
    """Libraries of sources that this package no longer has."""
    prefix, _, _ = kept.name.rpartition("-")
    for old in kept.parent.glob(f"{prefix}-*.so"):
        if old != kept:
            old.unlink(missing_ok=True)


def _compiler() -> str:
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and (found := shutil.which(name)):
            return found
    raise CompileError("no C compiler; on Debian or Ubuntu: apt-get install gcc libc6-dev")


def _sources() -> list[Path]:
    return sorted(
        path
        for folder in _FOLDERS
        for path in (_PACKAGE / folder).iterdir()
        if path.suffix in (".c", ".h")
    )


@cache
def _file_name(level: str) -> str:
    """Carries a digest of the sources: a library of other sources is not found."""
    digest = hashlib.sha256(repr((_FLAGS, level)).encode())
    for path in _sources():
        digest.update(path.read_bytes())
    return f"native-{level or platform.machine().lower()}-{digest.hexdigest()[:12]}.so"


def _levels() -> tuple[str, ...]:
    return ("x86-64-v3", "") if platform.machine().lower() in _X86 else ("",)


def _levels_here() -> tuple[str, ...]:
    """Those that this machine's processor runs, the best first."""
    levels = _levels()
    return levels if len(levels) == 1 or _runs_v3() else levels[1:]


def _runs_v3() -> bool:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return False
    flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), [])
    return set(flags) >= _V3_FLAGS


def _places() -> tuple[Path, ...]:
    cache_folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return _PACKAGE / "_native", cache_folder / "avatar-server"


def _writable_place() -> Path:
    package, user = _places()
    return package if os.access(_PACKAGE, os.W_OK) else user
