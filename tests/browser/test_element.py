"""``<avatar-call>`` on somebody else's page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import running_server

PAGE = """<!doctype html><title>Integrator</title>
<script type="module" src="{server}/avatar-call.js"></script>
<avatar-call server="{server}" avatar="ani" performance="hello"></avatar-call>"""


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The files of ``folder`` at an origin of their own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder)) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://localhost:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def test_element_on_a_page_of_another_origin(
    launch: Callable[..., Browser], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    with (
        serving(site) as origin,
        running_server(tmp_path, "--capacity", "1", "--cors-origin", origin) as server,
        launch().new_context() as context,
    ):
        (site / "index.html").write_text(PAGE.format(server=server.url))
        page = context.new_page()
        page.goto(origin)
        page.evaluate(
            """() => {
              window.phases = [];
              document.addEventListener("avatar-state", ({ detail }) => phases.push(detail.phase));
            }"""
        )
        page.get_by_role("button", name="Start").click()
        expect(page.locator("avatar-call video[data-playing]")).to_be_visible(timeout=15_000)
        phases = page.evaluate("phases")
        assert phases[0] == "connecting"
        assert "connected" in phases
        assert server.sessions == 1
        call = page.evaluate_handle("document.querySelector('avatar-call').session")
        page.evaluate("document.querySelector('avatar-call').remove()")
        assert call.evaluate("session => session.state.phase") == "ended"
