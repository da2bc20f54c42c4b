"""What the licence of an avatar's file means for those who import, list, wear and copy it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from avatar_server.commands.avatars import import_avatar
from tests.api.server import (
    Server,
    assert_problem,
    calling,
    offer_text,
    post_offer,
    running,
)
from tests.avatar_import.files import Gltf, licensed, licensed0
from tests.rtc.client import Caller, SquareCamera, until

FREE = {"avatarPermission": "everyone", "creditNotation": "unnecessary"}


async def bring(client: httpx.AsyncClient, file: Gltf, **query: str) -> httpx.Response:
    return await client.post("/v1/avatars", params={"name": "x.vrm", **query}, content=file.glb())


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A company's server for everybody."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "avatars").mkdir()
    licensed(name="Hobby").write(folder / "avatars", "hobby.vrm")
    options = ("--commercial-usage", "corporation", "--max-rating", "general")
    with running(folder, "--workers", "1", "--capacity", "1", *options) as server:
        yield server


def kept(server: Server, avatar: dict) -> dict:
    """What is on disk of an import."""
    return json.loads((server.imports / avatar["id"] / "manifest.json").read_text())


async def offer(client: httpx.AsyncClient, **query: str) -> httpx.Response:
    """The answer to a caller who leaves at once."""
    caller = Caller(camera=SquareCamera())
    try:
        response = await post_offer(client, caller, **query)
        if response.status_code == 201:
            await client.delete(response.headers["location"])
        return response
    finally:
        await caller.close()


async def test_everybody_may_import_and_only_its_author_wear(client, server):
    file = licensed(name="Mine", avatarPermission="onlyAuthor")
    assert_problem(await bring(client, file, i_am="nobody"), 422, "i_am")
    brought = await bring(client, file)
    assert brought.status_code == 201, brought.text
    mine = (await client.get(f"/v1/avatars/{brought.json()['id']}")).json()
    asked = {"needs": ["author"], "permission": "avatarPermission", "value": "onlyAuthor"}
    assert mine["wearing"] == brought.json()["wearing"] == asked
    assert "imported_by" not in mine
    assert kept(server, mine)["imported_by"] is None
    listed = (await client.get("/v1/avatars")).json()["avatars"]
    assert listed
    assert mine["id"] not in {other["id"] for other in listed}
    assert mine["id"] not in (await client.get("/v1/avatars/nobody")).text
    twin = await bring(client, file)
    assert not twin.json()["id"].startswith(mine["id"])

    words = ('"Mine"', "avatarPermission: onlyAuthor", "say i_am=author")
    refused = await offer(client, avatar=mine["id"])
    assert_problem(refused, 403, *words)
    problem = refused.json()
    assert (problem["field"], problem["accepted"]) == ("i_am", ["author"])
    assert problem["avatar"] == {"name": "Mine", "authors": ["an author"]}
    assert_problem(await offer(client, avatar=mine["id"], i_am="licensed"), 403, *words)
    assert_problem(await offer(client, avatar=mine["id"], i_am="nobody"), 422, "i_am")
    body = {"sdp": await offer_text(), "avatar": mine["id"]}
    assert_problem(await client.post("/v1/sessions", json=body), 403, *words)
    assert (await offer(client, avatar=mine["id"], i_am="author")).status_code == 201
    answer = await client.post("/v1/sessions", json=body | {"i_am": "author"})
    assert answer.status_code == 201, answer.text
    await client.delete(answer.headers["location"])
    # It holds for the call in which it was said.
    assert_problem(await offer(client, avatar=mine["id"]), 403, *words)


async def test_changing_into_it_asks_as_beginning_with_it_does(client):
    file = licensed0(title="Bought", allowedUserName="ExplicitlyLicensedPerson")
    bought = (await bring(client, file)).json()
    assert bought["wearing"]["needs"] == ["author", "licensed"]
    async with calling(client, avatar="rudi") as (caller, response):
        messages: list[dict] = []
        caller.control.on("message", lambda text: messages.append(json.loads(text)))
        await until(lambda: messages)
        switch = {"type": "avatar", "avatar": bought["id"]}
        post = f"{response.headers['location']}/control"
        refused = await client.post(post, json=switch)
        assert_problem(refused, 403, "allowedUserName: ExplicitlyLicensedPerson")
        assert refused.json()["accepted"] == ["author", "licensed"]
        caller.control.send(json.dumps(switch))
        await until(lambda: any("allowedUserName" in m.get("detail", "") for m in messages))
        assert not any(m["type"] == "avatar" for m in messages)
        caller.control.send(json.dumps(switch | {"i_am": "licensed"}))
        await until(lambda: any(m["type"] == "avatar" for m in messages))
        back = {"type": "avatar", "avatar": "rudi"}
        assert (await client.post(post, json=back)).status_code == 204
        assert_problem(await client.post(post, json=switch), 403)
        said = await client.post(post, json=switch | {"i_am": "author"})
        assert said.status_code == 204, said.text
        await client.delete(response.headers["location"])


async def test_a_full_server_refuses_first_who_may_not_wear_it(client):
    mine = (await bring(client, licensed(name="Mine", avatarPermission="onlyAuthor"))).json()
    async with calling(client) as (_, first), calling(client) as (_, second):
        assert_problem(await offer(client, avatar=mine["id"]), 403, "only its author")
        assert_problem(await offer(client, avatar=mine["id"], i_am="author"), 503)
        for response in (first, second):
            await client.delete(response.headers["location"])


async def test_what_is_said_at_import_is_kept(client, server):
    file = licensed(name="Mine", avatarPermission="onlyAuthor")
    mine = (await bring(client, file, i_am="author")).json()
    assert mine["imported_by"] == kept(server, mine)["imported_by"] == "author"
    assert "wearing" not in mine
    assert (await offer(client, avatar=mine["id"])).status_code == 201
    # What does not help is kept, too, and asked for again.
    other = (await bring(client, file, i_am="licensed")).json()
    assert other["imported_by"] == "licensed"
    assert other["wearing"]["needs"] == ["author"]
    assert_problem(await offer(client, avatar=other["id"]), 403, "only its author")


async def test_what_is_said_later_on_the_command_line_is_kept(client, server):
    file = licensed(name="Mine", avatarPermission="onlyAuthor")
    mine = (await bring(client, file)).json()
    assert_problem(await offer(client, avatar=mine["id"]), 403, "--i-am author")
    folder = server.imports / mine["id"]
    import_avatar(folder, to=server.imports, i_am="author")
    assert kept(server, mine)["imported_by"] == "author"
    assert not kept(server, mine)["listed"]
    assert (await offer(client, avatar=mine["id"])).status_code == 201


def test_a_server_does_not_begin_with_what_not_everybody_may_wear(tmp_path):
    licensed(name="Mine", avatarPermission="onlyAuthor").write(tmp_path, "mine.vrm")
    command = (sys.executable, "-m", "avatar_server", "serve", "--port", "0", "--workers", "1")
    options = ("--avatars", str(tmp_path), "--avatar", "mine", "--capacity", "1")
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    assert "avatarPermission: onlyAuthor" in done.stderr
    assert "--i-am author" in done.stderr


async def test_only_what_may_be_passed_on_is_handed_out(client):
    closed = (await bring(client, licensed(name="Kept", allowRedistribution=False))).json()
    assert "model" not in closed
    refused = await client.get(f"/v1/avatars/{closed['id']}/model")
    assert_problem(refused, 403, '"Kept"', "allowRedistribution: false")
    old = (await bring(client, licensed0(licenseName="Redistribution_Prohibited"))).json()
    refused = await client.get(f"/v1/avatars/{old['id']}/model")
    assert_problem(refused, 403, "licenseName: Redistribution_Prohibited")
    free = (await bring(client, licensed(name="Free"))).json()
    assert (await client.get(free["model"])).content[:4] == b"glTF"


async def test_the_credit_is_told_and_told_again_in_the_call(client):
    named = (await bring(client, licensed(name="Named"))).json()
    line = "Named by an author · VRM Public License 1.0"
    assert named["credit"] == line
    assert named["credits"] == ["an author"]
    unnamed = (await bring(client, licensed(name="Unnamed", **FREE))).json()
    assert "credit" not in unnamed
    async with calling(client, avatar=named["id"]) as (caller, response):
        states: list[dict] = []

        def read(text: str) -> None:
            message = json.loads(text)
            if message["type"] == "state":
                states.append(message)

        caller.control.on("message", read)
        await until(lambda: states and states[-1].get("credit") == line)
        caller.control.send(json.dumps({"type": "avatar", "avatar": unnamed["id"]}))
        await until(lambda: states[-1]["avatar"] == unnamed["id"])
        assert "credit" not in states[-1]
        await client.delete(response.headers["location"])


async def test_a_company_takes_only_what_companies_may_use(strict):
    async with strict.client() as client:
        ids = {avatar["id"] for avatar in (await client.get("/v1/avatars")).json()["avatars"]}
        assert "ani" in ids
        assert "hobby" not in ids
        words = ('"Hobby"', "use by a company", "commercialUsage: personalNonProfit")
        assert_problem(await client.get("/v1/avatars/hobby"), 403, *words)
        assert_problem(await offer(client, avatar="hobby"), 403, *words)
        hobby = licensed(name="Hobby", commercialUsage="personalProfit")
        assert_problem(await bring(client, hobby, i_am="author"), 403, "use by a company")
        work = licensed(name="Work", commercialUsage="corporation")
        assert (await bring(client, work)).status_code == 201


async def test_the_servers_rating_bounds_every_list_and_every_start(strict, client):
    path = "/v1/avatars/ani"
    offered = {action["name"] for action in (await client.get(path)).json()["actions"]}
    assert "kiss" in offered
    async with strict.client() as client, calling(client, avatar="ani") as (caller, response):
        actions = (await client.get(path)).json()["actions"]
        assert {action["rating"] for action in actions} == {"general"}
        messages: list[dict] = []
        caller.control.on("message", lambda text: messages.append(json.loads(text)))
        await until(lambda: any(message["type"] == "state" for message in messages))

        def send(**message: str) -> None:
            caller.control.send(json.dumps(message))

        send(type="action", action="kiss")
        await until(lambda: any("'kiss' is not allowed" in m.get("detail", "") for m in messages))
        post = f"{response.headers['location']}/control"
        kiss, hobby = {"type": "action", "action": "kiss"}, {"type": "avatar", "avatar": "hobby"}
        assert_problem(await client.post(post, json=kiss), 422, "'kiss' is not allowed")
        assert_problem(await client.post(post, json=hobby), 403, "use by a company")
        send(type="avatar", avatar="hobby")
        await until(lambda: any("use by a company" in m.get("detail", "") for m in messages))
        send(type="avatar", avatar="rudi")
        await until(lambda: any(message["type"] == "avatar" for message in messages))
        (switched,) = [m for m in messages if m["type"] == "avatar"]
        assert set(switched["actions"]) == offered - {"kiss"}
        await client.delete(response.headers["location"])
