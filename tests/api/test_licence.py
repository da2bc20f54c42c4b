"""What the licence of an avatar's file means for those who import, list, wear and copy it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.api.server import Server, assert_problem, calling, post_offer, running
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


async def test_an_author_has_to_say_so(client, server):
    file = licensed(name="Mine", avatarPermission="onlyAuthor")
    refused = await bring(client, file)
    assert_problem(refused, 403, '"Mine"', "avatarPermission: onlyAuthor", "say i_am=author")
    problem = refused.json()
    assert (problem["field"], problem["accepted"]) == ("i_am", ["author"])
    assert problem["avatar"] == {"name": "Mine", "authors": ["an author"]}
    assert_problem(await bring(client, file, i_am="licensed"), 403, "only its author")
    assert_problem(await bring(client, file, i_am="nobody"), 422, "i_am")
    assert not list(server.imports.glob(".import-*"))

    taken = await bring(client, file, i_am="author")
    assert taken.status_code == 201, taken.text
    avatar = (await client.get(f"/v1/avatars/{taken.json()['id']}")).json()
    assert avatar["imported_by"] == "author"
    assert avatar["permissions"]["avatarPermission"] == "onlyAuthor"
    listed = (await client.get("/v1/avatars")).json()["avatars"]
    assert listed
    assert avatar["id"] not in {other["id"] for other in listed}
    assert avatar["id"] not in (await client.get("/v1/avatars/nobody")).text
    twin = await bring(client, file, i_am="author")
    assert not twin.json()["id"].startswith(avatar["id"])
    kept = json.loads((server.imports / avatar["id"] / "manifest.json").read_text())
    assert kept["imported_by"] == "author"


async def test_a_licensed_person_has_to_say_so_of_vrm_0_too(client):
    file = licensed0(title="Bought", allowedUserName="ExplicitlyLicensedPerson")
    refused = await bring(client, file)
    assert_problem(refused, 403, "allowedUserName: ExplicitlyLicensedPerson")
    assert refused.json()["accepted"] == ["author", "licensed"]
    taken = await bring(client, file, i_am="licensed")
    assert taken.json()["imported_by"] == "licensed"


async def test_only_what_may_be_passed_on_is_handed_out(client):
    kept = (await bring(client, licensed(name="Kept", allowRedistribution=False))).json()
    assert "model" not in kept
    refused = await client.get(f"/v1/avatars/{kept['id']}/model")
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
        caller = Caller(camera=SquareCamera())
        try:
            assert_problem(await post_offer(client, caller, avatar="hobby"), 403, *words)
        finally:
            await caller.close()
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
