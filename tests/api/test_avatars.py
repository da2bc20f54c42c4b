from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.api.server import assert_problem, calling, write_ball
from tests.rtc.client import until


@pytest.fixture
def model(tmp_path) -> bytes:
    return write_ball(tmp_path, "gift").read_bytes()


async def test_avatars_are_listed_with_their_files(client, server):
    listed = {a["id"]: a for a in (await client.get("/v1/avatars")).json()["avatars"]}
    assert "ball" in listed
    ball = (await client.get("/v1/avatars/ball")).json()
    assert ball["name"] == "ball"
    assert ball["actions"][0] == {"name": "wave", "title": "Wave", "rating": "general"}
    file = await client.get(ball["model"])
    assert file.headers["content-type"] == "model/gltf-binary"
    assert file.content[:4] == b"glTF"
    for path in ("", "/model", "/thumbnail"):
        assert_problem(await client.get(f"/v1/avatars/nobody{path}"), 404, "nobody")


async def test_an_imported_avatar_can_be_worn(client, server, model):
    response = await client.post(
        "/v1/avatars?name=My Gift.glb",
        content=model,
        headers={"content-type": "model/gltf-binary"},
    )
    assert response.status_code == 201, response.text
    avatar = response.json()
    assert avatar["id"] == "my-gift"
    assert avatar["model_info"]["triangles"] == 320
    assert "licence" in avatar["model_info"]["meta"]
    described = (await client.get("/v1/avatars/my-gift")).json()
    assert "nod" in {action["name"] for action in described["actions"]}
    picture = await client.get(avatar["thumbnail"])
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    async with calling(client, avatar="my-gift") as (caller, answer):
        await until(lambda: len(caller.frames) > 2)
        await client.delete(answer.headers["location"])


async def test_a_form_is_taken_and_an_id_is_given_once(client, model):
    ids = []
    for _ in range(2):
        response = await client.post("/v1/avatars", files={"file": ("twin.glb", model)})
        assert response.status_code == 201, response.text
        ids.append(response.json()["id"])
    assert ids == ["twin", "twin-2"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"no model at all", 422), (b"glTF\x02\0\0\0\xff\0\0\0", 422)]
)
async def test_a_bad_file_is_refused_with_its_cause(client, server, body, status):
    response = await client.post("/v1/avatars?name=bad.glb", content=body)
    assert_problem(response, status)
    assert str(server.imports) not in response.text
    assert not list(server.imports.glob(".import-*"))


async def test_a_form_without_a_file_is_refused(client):
    response = await client.post("/v1/avatars", files={"other": ("x.glb", b"glTF")})
    assert_problem(response, 400, "file")


async def test_a_huge_upload_is_refused_before_it_is_sent(server):
    """10 GB are announced; the answer comes though hardly any of them was sent."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /v1/avatars HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n"
        + bytes(1000)
    )
    status = await reader.readline()
    assert b" 413 " in status
    writer.close()


async def test_an_upload_of_unknown_length_is_refused_at_the_limit(client, server):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield bytes(1 << 20)

    response = await client.post("/v1/avatars", content=pieces())
    assert_problem(response, 413, "64 MiB")
    assert not list(server.imports.glob(".import-*"))
