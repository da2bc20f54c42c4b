"""The web page at ``/``, the reference at ``/docs``, and the headers that guard both."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from avatar_server.builtin import builtin_folder

router = APIRouter(include_in_schema=False)

_CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
_PAGE_FILES = {".html", ".js", ".css", ".svg", ".png", ".ico", ".webmanifest", ".txt"}
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _CONTENT_POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class GuardingHeaders:
    """Adds the headers to every answer that has not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_guarded)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The interface's reference, drawn here: no script, nothing from elsewhere."""
    return HTMLResponse(render_reference(request.app.openapi()))


def mount_page(app: FastAPI) -> None:
    """Serve the web client's files and folders, ``index.html`` at ``/``.

    Each gets a route of its own: one that took every path would hide what else may be wrong with
    a request, such as its method.
    """
    folder = builtin_folder("web_client")
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.is_dir() and not entry.name.startswith((".", "node_modules")):
            app.mount(f"/{entry.name}", StaticFiles(directory=entry))
        elif entry.suffix in _PAGE_FILES:
            path = "/" if entry.name == "index.html" else f"/{entry.name}"
            app.add_api_route(path, _file_route(entry), include_in_schema=False)


def _file_route(path: Path) -> Callable[[], FileResponse]:
    def serve_file() -> FileResponse:
        return FileResponse(path)

    return serve_file


def render_reference(openapi: dict[str, Any]) -> str:
    """An OpenAPI document as a page."""
    sections = []
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            sections.append(_operation(path, method, operation))
    info = openapi["info"]
    return _PAGE.format(
        title=html.escape(f"{info['title']} {info['version']}"),
        description=html.escape(info.get("description", "")),
        sections="\n".join(sections),
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{html.escape(p['name'])}</code></td><td>{p['in']}</td>"
        f"<td>{html.escape(p.get('description') or p['schema'].get('title', ''))}</td></tr>"
        for p in operation.get("parameters", ())
    ]
    body = ", ".join(operation.get("requestBody", {}).get("content", {}))
    answers = ", ".join(
        f"{code} {html.escape(answer['description'])}"
        for code, answer in operation["responses"].items()
    )
    text = html.escape(operation.get("description", operation.get("summary", "")))
    return (
        f"<section><h2><b>{method.upper()}</b> <code>{html.escape(path)}</code></h2><p>{text}</p>"
        + (f"<table>{''.join(rows)}</table>" if rows else "")
        + (f"<p>Body: <code>{html.escape(body)}</code></p>" if body else "")
        + f"<p>Answers: {answers}</p></section>"
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto;
  padding: 0 1rem }}
h2 {{ font-size: 1.1rem; margin: 2rem 0 .3rem }} h2 b {{ color: #6a5acd }}
code {{ font-size: .95em }} p {{ margin: .3rem 0 }} td {{ padding: .1rem 1rem .1rem 0 }}
</style></head><body><h1>{title}</h1><p>{description}</p>
<p>The machine-readable form is <a href="/openapi.json">openapi.json</a>; the messages of the data
channel <code>control</code> are described by
<a href="/v1/schemas/control">their JSON Schema</a>.</p>
{sections}
</body></html>
"""
