"""Sessions in WHIP's manners (RFC 9725), with media both ways: an offer is posted, its answer
comes back with the session's own address, candidates are patched in, DELETE ends it.

The address of a session is random and known to its caller only; who has it may end the session,
so these routes ask for no token.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from avatar_server.api import bodies
from avatar_server.api.context import Authorized, Context, ServerContext
from avatar_server.api.problems import Problem
from avatar_server.avatar import AvatarCatalog
from avatar_server.config import IceServer
from avatar_server.errors import LicenceError, RenderError, SessionNotFoundError
from avatar_server.expression import performance_path
from avatar_server.types import Wearer
from avatar_server.workers.protocol import SessionRequest

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])

SDP = "application/sdp"
JSON = "application/json"
SDP_FRAGMENT = "application/trickle-ice-sdpfrag"

_OFFER_DOCS = {
    "requestBody": {
        "required": True,
        "content": {
            SDP: {"schema": {"type": "string"}},
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["sdp"],
                    "properties": {
                        "sdp": {"type": "string"},
                        "type": {"const": "offer"},
                        "avatar": {"type": "string"},
                        "i_am": {"enum": ["author", "licensed", None]},
                        "performance": {"type": ["string", "null"]},
                        "echo_audio": {"type": "boolean"},
                        "marks": {"type": "boolean"},
                    },
                }
            },
        },
    }
}
_FRAGMENT_DOCS = {"requestBody": {"content": {SDP_FRAGMENT: {"schema": {"type": "string"}}}}}

_MAX_CONTROL_BYTES = 4096
_CONTROL_DOCS = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "/v1/schemas/control"}}},
    }
}


class Offer(BaseModel):
    """The JSON form of an offer: WebRTC's RTCSessionDescriptionInit and what the query may say."""

    model_config = ConfigDict(extra="forbid")

    sdp: str
    type: Literal["offer"] = "offer"
    avatar: str | None = None
    i_am: Wearer | None = None
    performance: str | None = None
    echo_audio: bool = False
    marks: bool = False


@router.post(
    "",
    status_code=201,
    dependencies=[Authorized],
    openapi_extra=_OFFER_DOCS,
    responses={201: {"content": {SDP: {}, JSON: {}}, "description": "The answer"}},
)
async def open_session(
    request: Request,
    context: Context,
    avatar: Annotated[str | None, Query(description="Which avatar to wear.")] = None,
    i_am: Annotated[
        Wearer | None, Query(description="What you are, for one that not everybody may wear.")
    ] = None,
    performance: Annotated[
        str | None, Query(description="A recorded performance instead of the camera.")
    ] = None,
    echo_audio: Annotated[bool, Query(description="Send the caller's own sound back.")] = False,
    marks: Annotated[
        bool, Query(description="Carry numbers burnt into camera frames into their avatar frames.")
    ] = False,
) -> Response:
    """Start a session: the body is a WebRTC offer, the answer is its answer.

    An avatar whose licence lets only its author, or only licensed people, wear it is answered with
    403, unless ``i_am`` says so, or its importer said so.
    """
    kind = bodies.media_type(request)
    if kind not in (SDP, JSON):
        raise Problem(
            415,
            "The offer's type is unknown",
            f"send the offer as {SDP} or as {JSON}, not as {kind or 'a body without a type'}",
            headers={"Accept-Post": f"{SDP}, {JSON}"},
        )
    body = await bodies.text(request, context.settings.max_offer_bytes, "an offer")
    offer = _offer_of_json(body) if kind == JSON else Offer(sdp=body)
    if not offer.sdp.strip():
        raise Problem(400, "There is no offer", "the body is empty; send a WebRTC offer (SDP)")
    wish = SessionRequest(
        session_id=secrets.token_urlsafe(16),
        offer=offer.sdp,
        avatar=avatar or offer.avatar or context.settings.avatar,
        i_am=i_am or offer.i_am,
        performance=performance or offer.performance,
        echo_audio=echo_audio or offer.echo_audio,
        marks=marks or offer.marks,
    )
    await _check_avatar(context.catalog, wish)
    if wish.performance is not None:
        performance_path(wish.performance)
    answer = await context.pool.open_session(wish)
    return _answer(request, context, wish.session_id, answer, as_json=kind == JSON)


async def _check_avatar(catalog: AvatarCatalog, wish: SessionRequest) -> None:
    """Before there is asked for room: a caller who may not wear the avatar need not come again.

    Raises ``AvatarFileError`` and ``LicenceError``."""
    try:
        catalog.entry_to_wear(wish.avatar, wish.i_am)
    except LicenceError:
        # Its importer may have said more since the catalogue was read.
        await asyncio.to_thread(catalog.refresh)
        catalog.entry_to_wear(wish.avatar, wish.i_am)


@router.options("", include_in_schema=False)
async def session_options(context: Context) -> Response:
    """What may be posted, and the ICE servers to use (RFC 9725, 4.6)."""
    headers = {"Accept-Post": f"{SDP}, {JSON}", "Allow": "POST, OPTIONS"}
    response = Response(status_code=204, headers=headers)
    _add_links(response, ice_links(context.settings.ice_servers))
    return response


@router.patch("/{session_id}", status_code=204, openapi_extra=_FRAGMENT_DOCS)
async def add_candidates(
    session_id: str,
    request: Request,
    context: Context,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Add ICE candidates (RFC 8840) to a session. ICE restarts are not supported."""
    _running(context, session_id)
    kind = bodies.media_type(request)
    if kind != SDP_FRAGMENT:
        raise Problem(
            415,
            "The fragment's type is unknown",
            f"send candidates as {SDP_FRAGMENT}, not as {kind or 'a body without a type'}",
            headers={"Accept-Patch": SDP_FRAGMENT},
        )
    if if_match == "*":
        raise Problem(
            422, "No ICE restart", "this server restarts no ICE; start a new session instead"
        )
    if if_match is not None and entity_tag(session_id) not in _tags(if_match):
        raise Problem(
            412, "Another ICE session", "If-Match does not name the ETag that the answer carried"
        )
    fragment = await bodies.text(request, context.settings.max_offer_bytes, "a fragment")
    await context.pool.add_candidate(session_id, fragment)
    return Response(status_code=204)


@router.post("/{session_id}/control", status_code=204, openapi_extra=_CONTROL_DOCS)
async def control_session(session_id: str, request: Request, context: Context) -> Response:
    """Ask what the data channel ``control`` asks, such as ``{"type": "action", "action": "wave"}``;
    answered when it is done."""
    _running(context, session_id)
    message = await bodies.text(request, _MAX_CONTROL_BYTES, "a control message")
    try:
        await context.pool.control(session_id, message)
    except RenderError as error:
        raise Problem(422, "This cannot be done", str(error)) from error
    return Response(status_code=204)


@router.delete("/{session_id}", status_code=200)
async def end_session(session_id: str, context: Context) -> Response:
    """End a session."""
    _running(context, session_id)
    await context.pool.close_session(session_id, "the caller ended it")
    return Response(status_code=200)


@router.options("/{session_id}", include_in_schema=False)
async def resource_options(session_id: str) -> Response:
    headers = {"Accept-Patch": SDP_FRAGMENT, "Allow": "PATCH, DELETE, OPTIONS"}
    return Response(status_code=204, headers=headers)


def entity_tag(session_id: str) -> str:
    """The strong ETag of a session's ICE session. There is one ICE session in a session's life,
    so that its own name names it."""
    return f'"{session_id}"'


def ice_links(servers: list[IceServer]) -> list[str]:
    """Link header values (RFC 8288) of ICE servers (RFC 9725, 4.6)."""
    links = []
    for server in servers:
        link = f'<{server.urls}>; rel="ice-server"'
        if server.username is not None and server.credential is not None:
            link += f'; username="{server.username}"; credential="{server.credential}"'
            link += '; credential-type="password"'
        links.append(link)
    return links


def _offer_of_json(body: str) -> Offer:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Problem(400, "The offer is not JSON", f"the body is not JSON: {error}") from error
    try:
        return Offer.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Problem(422, "The offer does not fit", f"{place}: {first['msg']}") from error


def _answer(
    request: Request, context: ServerContext, session_id: str, answer: str, as_json: bool
) -> Response:
    location = f"{request.scope.get('root_path', '')}/v1/sessions/{session_id}"
    if as_json:
        servers = [s.model_dump(exclude_none=True) for s in context.settings.ice_servers]
        body = {"type": "answer", "sdp": answer, "session": session_id, "ice_servers": servers}
        response: Response = JSONResponse(body, 201)
    else:
        response = Response(answer, 201, media_type=SDP)
    response.headers["Location"] = location
    response.headers["ETag"] = entity_tag(session_id)
    response.headers["Cache-Control"] = "no-store"
    _add_links(response, ice_links(context.settings.ice_servers))
    _add_links(response, [f'<{location}/events>; rel="monitor"'])
    return response


def _add_links(response: Response, links: list[str]) -> None:
    for link in links:
        response.headers.append("Link", link)


def _running(context: ServerContext, session_id: str) -> None:
    """Raises Problem 410 for a session that has ended, SessionNotFoundError for an unknown one."""
    if context.pool.is_running(session_id):
        return
    reason = context.pool.end_reason(session_id)
    if reason is not None:
        raise Problem(410, "The session has ended", reason)
    raise SessionNotFoundError(f"no session {session_id} runs here")


def _tags(if_match: str) -> list[str]:
    return [tag.strip() for tag in if_match.split(",")]
