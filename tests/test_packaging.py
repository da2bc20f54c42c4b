"""What the wheel carries beside the modules."""

from __future__ import annotations

import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent


def test_every_file_of_the_page_is_in_the_wheel():
    """They are named one by one, so that no node_modules comes along."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    client = CHECKOUT / "web_client"
    files = [*client.glob("*.html"), *client.glob("*.js"), client / "page", client / "sdk"]
    for file in files:
        assert f"web_client/{file.name}" in carried
    for source in carried:
        assert (CHECKOUT / source).exists()
