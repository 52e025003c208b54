"""Fixtures are listed, added and removed through the control API."""

from __future__ import annotations

import jsonschema
import pytest

from ..asking import ask, message

SAYS = {"match": {"text": "rain"}, "times": 2, "response": {"text": "It rains."}}
RAIN = {"messages": [{"role": "user", "content": "Will it rain?"}]}


@pytest.fixture
def client(emulator):
    """A client of an emulator with one fixture that can be controlled."""
    return emulator(has_control=True, fixtures=({"name": "first", "response": {"text": "Hi."}},))


async def checked(client, response, name):
    """The JSON of an answer, which the document of the control API must describe by this schema."""
    document = (await client.http.get("/_emulator/openapi.json")).json()
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.validate(response.json(), schema)
    return response.json()


async def test_an_added_fixture_responds_before_the_others_until_it_is_removed(client):
    added = await client.http.post("/_emulator/fixtures", json={"fixtures": [SAYS]})
    assert added.status_code == 201
    (fixture,) = (await checked(client, added, "FixturesInUse"))["fixtures"]
    assert fixture == {"id": 2, **SAYS, "used": 0, "is_over": False}
    assert message(await ask(client.chat(**RAIN)))["content"] == "It rains."
    listed = await checked(client, await client.http.get("/_emulator/fixtures"), "FixturesInUse")
    assert [(each["id"], each["used"]) for each in listed["fixtures"]] == [(2, 1), (1, 0)]
    assert (await client.http.delete("/_emulator/fixtures/2")).status_code == 204
    assert message(await ask(client.chat(**RAIN)))["content"] == "Hi."


async def test_returns_one_and_removes_all(client):
    one = await client.http.get("/_emulator/fixtures/1")
    assert (await checked(client, one, "FixtureInUse"))["name"] == "first"
    assert (await client.http.delete("/_emulator/fixtures")).status_code == 204
    missing = await client.http.get("/_emulator/fixtures/1")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NotFound")


async def test_counts_them_in_the_state_and_returns_to_the_first_ones(client):
    await client.http.post("/_emulator/fixtures", json={"fixtures": [SAYS]})
    assert (await client.http.get("/_emulator/state")).json()["fixtures"] == 2
    await client.http.post("/_emulator/state/reset")
    assert (await client.http.get("/_emulator/state")).json()["fixtures"] == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (SAYS, "The body must be {fixtures: […]} as in a fixtures file, not "),
        ({"fixtures": [SAYS, {**SAYS, "times": 0}]}, "The fixtures, /1/times: times must be a whole number"),
        ({"fixtures": [3]}, "The fixtures, /0: A fixture must be an object"),
    ],
)
async def test_rejects_fixtures_that_cannot_be_used(client, body, sentence):
    response = await client.http.post("/_emulator/fixtures", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(sentence)
    assert (await client.http.get("/_emulator/state")).json()["fixtures"] == 1
