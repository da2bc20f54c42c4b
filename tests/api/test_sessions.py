from __future__ import annotations

import json

import httpx
import pytest

from tests.api.server import SDP, assert_problem, calling, offer_text, post_offer
from tests.rtc.client import Caller, SquareCamera, until

FRAGMENT = {"content-type": "application/trickle-ice-sdpfrag"}


async def sessions(client: httpx.AsyncClient) -> int:
    return (await client.get("/readyz")).json()["sessions"]


def brightness(caller: Caller) -> float:
    return float(caller.frames[-1].to_ndarray(format="gray").mean())


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_call_from_offer_to_delete(client, codec):
    async with calling(client, codec, avatar="ball") as (caller, response):
        location = response.headers["location"]
        assert location.startswith("/v1/sessions/")
        assert response.headers["content-type"] == "application/sdp"
        assert response.headers["etag"].startswith('"')
        assert f"<{location}/events>" in response.headers["link"]
        assert f"{codec}/90000" in response.text
        await until(lambda: len(caller.frames) > 10)
        assert (caller.frames[-1].width, caller.frames[-1].height) == (128, 128)
        assert brightness(caller) > 20
        assert await sessions(client) == 1

        assert (await client.delete(location)).status_code == 200
        assert await sessions(client) == 0
        assert_problem(await client.delete(location), 410, "the caller ended it")
        assert_problem(await client.patch(location, content="", headers=FRAGMENT), 410)


async def test_an_offer_in_json(client):
    caller = Caller(camera=SquareCamera())
    try:
        body = {"sdp": await caller.offer(), "type": "offer", "avatar": "ball"}
        response = await client.post("/v1/sessions", json=body)
        assert response.status_code == 201
        answer = response.json()
        assert answer["type"] == "answer"
        await caller.accept(answer["sdp"])
        await until(lambda: len(caller.frames) > 2)
        await client.delete(response.headers["location"])
    finally:
        await caller.close()


async def test_a_performance_needs_no_camera(client):
    names = (await client.get("/v1/performances")).json()["performances"]
    caller = Caller(direction="recvonly", channels=True)
    states: list[str] = []
    caller.control.on("message", lambda text: states.append(json.loads(text).get("state")))
    try:
        response = await post_offer(client, caller, performance=names[0])
        assert response.status_code == 201
        await until(lambda: len(caller.frames) > 10 and "performance" in states)
        await client.delete(response.headers["location"])
    finally:
        await caller.close()


async def test_without_a_performance_a_camera_is_needed(client):
    caller = Caller(direction="recvonly")
    try:
        assert_problem(await post_offer(client, caller), 422)
    finally:
        await caller.close()
    assert await sessions(client) == 0


async def test_a_full_server_says_when_to_come_again(client):
    async with calling(client) as (_, first), calling(client) as (_, second):
        refused = await client.post("/v1/sessions", content=await offer_text(), headers=SDP)
        assert_problem(refused, 503, "2 of 2")
        assert int(refused.headers["retry-after"]) > 0
        await client.delete(first.headers["location"])
        async with calling(client) as (_, third):
            await client.delete(third.headers["location"])
        await client.delete(second.headers["location"])
    assert await sessions(client) == 0


async def test_a_lost_client_makes_room(client):
    """It closes its connection and never says DELETE."""
    async with calling(client) as (caller, response):
        await until(lambda: len(caller.frames) > 2)
    path = response.headers["location"]
    for _ in range(200):
        gone = await client.patch(path, content="", headers=FRAGMENT)
        if gone.status_code == 410:
            break
    assert_problem(gone, 410)


TOO_MANY_SECTIONS = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + (
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n" * 50
)
AUDIO_ONLY = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 opus/48000/2\r\n"
)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "word"),
    [
        ("hello", "application/sdp", 422, ""),
        ("", "application/sdp", 400, "empty"),
        (b"\xff\xfe\x00", "application/sdp", 400, "UTF-8"),
        (AUDIO_ONLY, "application/sdp", 422, "video"),
        (TOO_MANY_SECTIONS, "application/sdp", 422, "50"),
        ("v=0\r\n" * 200_000, "application/sdp", 413, "64 KiB"),
        ("v=0", "text/plain", 415, "text/plain"),
        ("v=0", "", 415, "application/sdp"),
        ("{", "application/json", 400, "JSON"),
        ("[]", "application/json", 422, ""),
        ('{"type": "offer"}', "application/json", 422, "sdp"),
        ('{"sdp": "v=0", "type": "answer"}', "application/json", 422, "offer"),
        ('{"sdp": "v=0", "colour": "red"}', "application/json", 422, "colour"),
    ],
)
async def test_a_bad_offer_is_told_what_is_wrong(client, body, content_type, status, word):
    response = await client.post(
        "/v1/sessions", content=body, headers={"content-type": content_type}
    )
    assert_problem(response, status, word)
    assert await sessions(client) == 0


async def test_unknown_names_are_told_with_the_known(client):
    offer = await offer_text()
    for query, known in (({"avatar": "nobody"}, "ball"), ({"performance": "none"}, "there are")):
        response = await client.post("/v1/sessions", params=query, content=offer, headers=SDP)
        assert_problem(response, 422, known)


async def test_candidates_are_patched_in(client):
    async with calling(client) as (caller, response):
        path, tag = response.headers["location"], response.headers["etag"]
        offer = caller.connection.localDescription.sdp
        lines = [line for line in offer.splitlines() if line.startswith(("a=ice-", "a=candidate"))]
        fragment = "\r\n".join([*lines, "a=end-of-candidates", ""])

        async def patch(body: str = fragment, **headers: str) -> httpx.Response:
            return await client.patch(path, content=body, headers={**FRAGMENT, **headers})

        assert (await patch(**{"if-match": tag})).status_code == 204
        assert (await patch()).status_code == 204
        assert_problem(await patch(**{"if-match": '"other"'}), 412)
        assert_problem(await patch(**{"if-match": "*"}), 422, "restart")
        assert_problem(await patch(**{"content-type": "text/plain"}), 415)
        assert_problem(await patch("a=candidate:nonsense\r\n"), 422, "nonsense")
        assert_problem(await patch("x" * 70_000), 413)
        await client.delete(path)


async def test_a_session_that_never_was(client):
    for method in ("PATCH", "DELETE"):
        response = await client.request(method, "/v1/sessions/nobody", headers=FRAGMENT)
        assert_problem(response, 404, "nobody")


async def test_options_say_what_is_possible(client):
    response = await client.options("/v1/sessions")
    assert response.status_code == 204
    assert response.headers["accept-post"] == "application/sdp, application/json"
    assert_problem(await client.get("/v1/sessions"), 405, "GET")


async def test_control_messages_are_followed(client):
    async with calling(client) as (caller, response):
        messages: list[dict] = []
        caller.control.on("message", lambda text: messages.append(json.loads(text)))

        def told(kind: str, **fields: object) -> bool:
            wanted = {"type": kind, **fields}.items()
            return any(wanted <= message.items() for message in messages)

        await until(lambda: told("state", avatar="ball"))
        await until(lambda: told("timings"))
        caller.control.send(json.dumps({"type": "quality", "width": 200, "height": 100}))
        await until(lambda: caller.frames and caller.frames[-1].width == 200)
        assert caller.frames[-1].height == 100
        caller.control.send(json.dumps({"type": "background", "background": "#00ff00"}))
        await until(lambda: caller.frames[-1].to_ndarray(format="rgb24")[2, 2, 1] > 200)
        caller.control.send(json.dumps({"type": "avatar", "avatar": "ball"}))
        await until(lambda: told("avatar", avatar="ball"))
        caller.control.send(json.dumps({"type": "performance", "name": "nothing"}))
        await until(lambda: told("error"))
        caller.control.send(json.dumps({"type": "avatar", "avatar": "nobody"}))
        await until(lambda: any("nobody" in message.get("detail", "") for message in messages))
        caller.control.send(json.dumps({"type": "calibrate"}))
        frames = len(caller.frames)
        await until(lambda: len(caller.frames) > frames + 3)
        await client.delete(response.headers["location"])


async def test_stages_are_timed(client):
    async with calling(client) as (caller, response):
        stages: dict[str, float] = {}

        def read(text: str) -> None:
            message = json.loads(text)
            if message["type"] == "timings":
                stages.update(message["stages_ms"])

        caller.control.on("message", read)
        every = {"receive", "decode", "queue", "track", "map", "pose", "draw", "encode", "send"}
        await until(lambda: stages.keys() == every)
        await client.delete(response.headers["location"])


async def test_a_session_is_controlled_over_http_too(client):
    async with calling(client) as (caller, response):
        path = f"{response.headers['location']}/control"
        await until(lambda: len(caller.frames) > 2)
        size = {"type": "quality", "width": 200, "height": 100}
        assert (await client.post(path, json=size)).status_code == 204
        await until(lambda: caller.frames[-1].width == 200)
        assert (
            await client.post(path, json={"type": "action", "action": "nod"})
        ).status_code == 204
        switch = {"type": "avatar", "avatar": "nobody"}
        assert_problem(await client.post(path, json=switch), 422, "there is no avatar 'nobody'")
        for message, word in (
            ({"type": "action", "action": "fly"}, "'fly' is not an action"),
            ({"type": "action", "action": "kiss"}, "'kiss' is not allowed"),
            ({"type": "background", "background": "nowhere"}, "nowhere"),
            ({"type": "dance"}, "/v1/schemas/control"),
        ):
            assert_problem(await client.post(path, json=message), 422, word)
        assert_problem(await client.post(path, content=b"x" * 5000), 413)
        await client.delete(response.headers["location"])
        assert_problem(await client.post(path, json=size), 410)
    assert_problem(await client.post("/v1/sessions/nobody/control", json=size), 404)
