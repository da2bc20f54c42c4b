"""Compiles the renderer while the package is built; see avatar_server/native.py.

Without a C compiler the package is built all the same, and draws through OpenGL.
"""

from __future__ import annotations

import importlib.util
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NativeBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        package = Path(self.root) / "avatar_server"
        spec = importlib.util.spec_from_file_location("native", package / "native.py")
        native = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(native)
        folder = package / "_native"
        for old in folder.glob("*.so"):
            old.unlink()
        try:
            native.compile_all(folder)
        except native.CompileError as error:
            self.app.display_warning(f"the compiled renderer is left out: {error}")
            return
        if version != "editable":
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
