"""Failures as problem details (RFC 9457, ``application/problem+json``)."""

from __future__ import annotations

import asyncio
import contextlib
import http
import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from avatar_server.errors import (
    AvatarFileError,
    AvatarServerError,
    CapacityError,
    ControlError,
    LicenceError,
    MediaFileError,
    OfferError,
    SessionNotFoundError,
    WorkerGoneError,
)

logger = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
_LINGER_S = 3.0

_STATUS: Mapping[type[AvatarServerError], tuple[int, str]] = {
    OfferError: (422, "The offer cannot be answered"),
    AvatarFileError: (422, "The avatar cannot be used"),
    LicenceError: (403, "The avatar's licence does not allow this"),
    ControlError: (422, "This cannot be done"),
    MediaFileError: (422, "The performance cannot be used"),
    SessionNotFoundError: (404, "No such session"),
    CapacityError: (503, "The server is full"),
    WorkerGoneError: (503, "The worker ended"),
}


class Problem(Exception):
    """A failure with its status; answered as problem+json by ``install``."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


class _EarlyAnswer(JSONResponse):
    """An answer given while the sender still sends. What comes in the next moments is read and
    dropped: a connection closed on unread data is reset, and the answer is lost with it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while (await receive()).get("more_body", False):
                    pass
        await send({"type": "http.response.body", "body": b""})


def problem_response(problem: Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    answer = _EarlyAnswer if problem.status == 413 else JSONResponse
    return answer(body, problem.status, headers=problem.headers, media_type=PROBLEM_JSON)


def problem_of(error: AvatarServerError) -> Problem:
    """The status and words for an expected error."""
    status, title = _STATUS.get(type(error), (500, "The server cannot do this"))
    headers = {}
    if isinstance(error, CapacityError):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    elif isinstance(error, WorkerGoneError):
        headers["Retry-After"] = "2"
    terms = error.terms if isinstance(error, LicenceError) else {}
    return Problem(status, title, str(error), headers=headers, **terms)


def install(app: FastAPI) -> None:
    """Answer every failure of ``app`` as problem+json."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> Response:
        return problem_response(error)

    @app.exception_handler(AvatarServerError)
    async def _expected(request: Request, error: AvatarServerError) -> Response:
        return problem_response(problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem_response(
            Problem(422, "The request does not fit", f"{place}: {first['msg']}")
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        title = http.HTTPStatus(error.status_code).phrase
        detail = error.detail
        if error.status_code == 404 and detail == title:
            detail = f"there is nothing at {request.url.path}"
        elif error.status_code == 405:
            detail = f"{request.method} is not possible at {request.url.path}"
        return problem_response(Problem(error.status_code, title, detail, headers=error.headers))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem_response(
            Problem(
                500,
                "The server made a mistake",
                "this is a defect of the server; its log says more",
            )
        )
