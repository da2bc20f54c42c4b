"""Where the data that comes with the product lies: avatars, performances, the page."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

_PACKAGE: Final = Path(__file__).parent
_SOURCE: Final = {
    "avatars": "assets/avatars",
    "performances": "assets/performances",
    "web_client": "web_client",
}


def builtin_folder(kind: Literal["avatars", "performances", "web_client"]) -> Path:
    """The folder in the installed wheel, or else the one in the source checkout."""
    installed = _PACKAGE / "_data" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / _SOURCE[kind]
