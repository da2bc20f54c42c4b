"""Request bodies, read with a limit that holds while they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import Request

from avatar_server.api.problems import Problem


def media_type(request: Request) -> str:
    """The body's media type without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def chunks(request: Request, limit: int, what: str) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises Problem 413 as soon as its announced or its real length
    passes ``limit`` bytes; the rest is never read."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(what, limit)
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > limit:
            raise too_large(what, limit)
        yield chunk


async def text(request: Request, limit: int, what: str) -> str:
    """The whole body as text. Raises Problem 413, or 400 for bytes that are not UTF-8."""
    body = b"".join([chunk async for chunk in chunks(request, limit, what)])
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(400, "The body is not text", f"{what} must be UTF-8: {error}") from error


def too_large(what: str, limit: int) -> Problem:
    size = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit // 1024} KiB"
    # What the sender still has under way is not read, so the connection cannot serve on.
    return Problem(
        413,
        "The body is too large",
        f"{what} may have {size} at most",
        headers={"Connection": "close"},
        limit_bytes=limit,
    )
