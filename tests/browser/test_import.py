"""Bringing one's own character, from the page."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from avatar_server.builtin import builtin_folder
from tests.avatar_import.files import relicensed
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
    expect(page.locator("avatar-call [part=credit]")).to_be_hidden()


def test_whose_licence_asks_is_asked_and_the_credit_is_shown(
    open_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "friend.vrm"
    source = (builtin_folder("avatars") / "ani" / "ani.glb").read_bytes()
    terms = {"avatarPermission": "onlyAuthor", "creditNotation": "required"}
    file.write_bytes(relicensed(source, name="Friend", authors=["Somebody"], **terms))
    page = open_page("missing")
    cards, dialog = page.locator(".card input[type=radio]"), page.locator("#wearer-dialog")
    before = cards.count()

    page.set_input_files(".bring input", file)
    expect(cards).to_have_count(before + 1)
    expect(page.locator("#about")).to_contain_text("Only its author may wear it.")
    expect(dialog).to_be_hidden()
    page.click("#demo")
    expect(dialog).to_contain_text("Is Friend yours to wear?")
    expect(dialog).to_contain_text("avatarPermission: onlyAuthor")
    expect(page.locator("#wearer-wear")).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#start")).to_be_visible()

    page.click("#demo")
    dialog.get_by_label("I am its author.").check()
    dialog.get_by_role("button", name="Wear it").click()
    wait_until_live(page)
    line = "Friend by Somebody · © The Avatar Server contributors · VRM Public License 1.0"
    expect(page.locator("avatar-call [part=credit]")).to_have_text(line)
    page.click("#use")
    expect(page.locator("#use-credit")).to_contain_text(line)

    # It is there again for who brought it, and for nobody else.
    page.reload()
    expect(page.locator(".card b", has_text="Friend")).to_be_visible()
    page.click("#demo")
    wait_until_live(page)
    friend = page.locator("#who button", has_text="Friend")
    friend.click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(friend).to_have_attribute("aria-pressed", "false")
    friend.click()
    dialog.get_by_label("I am its author.").check()
    dialog.get_by_role("button", name="Wear it").click()
    expect(friend).to_have_attribute("aria-pressed", "true")
    lost = page.evaluate("document.querySelector('avatar-call').session.resourceUrl")
    urllib.request.urlopen(urllib.request.Request(lost, method="DELETE")).close()
    expect(page.locator("avatar-call [part=title]")).to_have_text("Reconnecting…")
    wait_until_live(page)
    expect(friend).to_have_attribute("aria-pressed", "true")
    expect(page.locator("avatar-call [part=credit]")).to_have_text(line)
    other = open_page("missing")
    expect(other.locator(".card b", has_text="Ani").first).to_be_visible()
    expect(other.locator(".card b", has_text="Friend")).to_have_count(0)


def test_what_is_no_avatar_is_refused_in_words(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "notes.vrm"
    file.write_text("This is no model.")
    page = open_page("missing")
    page.set_input_files(".bring input", file)
    expect(page.locator("#import-error")).to_contain_text("notes.vrm: The avatar cannot be used.")
    expect(page.locator(".bring")).to_contain_text("Bring your own")
