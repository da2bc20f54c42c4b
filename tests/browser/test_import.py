"""Bringing one's own character, from the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from avatar_server.builtin import builtin_folder
from tests.browser.picture import wait_until_live

OpenPage = Callable[..., Page]


def test_imported_character_can_be_become(open_page: OpenPage, tmp_path: Path) -> None:
    # The characters' own files are VRM 1.0.
    file = tmp_path / "my friend.vrm"
    file.write_bytes((builtin_folder("avatars") / "ani" / "ani.glb").read_bytes())
    page = open_page("missing")
    before = page.locator(".card input[type=radio]").count()
    page.set_input_files(".bring input", file)
    expect(page.locator(".card input[type=radio]")).to_have_count(before + 1)
    expect(page.locator("#about")).to_contain_text("Licence")
    expect(page.locator("#about")).to_contain_text("VRM 1.0")
    page.click("#demo")
    wait_until_live(page)


def test_what_is_no_avatar_is_refused_in_words(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "notes.vrm"
    file.write_text("This is no model.")
    page = open_page("missing")
    page.set_input_files(".bring input", file)
    expect(page.locator("#import-error")).to_contain_text("notes.vrm: The avatar cannot be used.")
    expect(page.locator(".bring")).to_contain_text("Bring your own")
