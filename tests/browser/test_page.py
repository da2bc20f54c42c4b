"""The page itself: for everybody, and silent towards others."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.picture import wait_until_live

OpenPage = Callable[..., Page]


def press_tab_until(page: Page, element_id: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"#{element_id} cannot be reached with the Tab key")


def test_call_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("missing")
    press_tab_until(page, "demo")
    page.keyboard.press("Enter")
    wait_until_live(page)
    press_tab_until(page, "end")
    page.keyboard.press("Enter")
    expect(page.locator("#become")).to_be_focused()


def test_every_control_has_a_name(open_page: OpenPage) -> None:
    page = open_page("missing")
    nameless = """elements => elements
        .filter((e) => ![e.textContent, e.ariaLabel, e.labels?.[0]?.textContent]
          .some((name) => name?.trim()))
        .map((e) => e.outerHTML)"""
    page.click("#demo")
    assert page.locator("button, a, input").evaluate_all(nameless) == []


def test_nothing_is_fetched_from_elsewhere(open_page: OpenPage, server: Server) -> None:
    page = open_page("missing")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.reload()
    page.click("#demo")
    wait_until_live(page)
    assert len(addresses) > 10
    assert [url for url in addresses if not url.startswith(f"{server.url}/")] == []


def test_nothing_scrolls_sideways_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("missing", viewport={"width": 360, "height": 740}, has_touch=True)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    page.click("#demo")
    wait_until_live(page)
    assert page.evaluate(overflow) == 0
    page.keyboard.press("l")
    assert page.evaluate(overflow) == 0
