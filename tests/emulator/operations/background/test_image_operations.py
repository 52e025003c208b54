"""Pictures generated in the background: requested, polled, fetched and deleted."""

from __future__ import annotations

import struct

import pytest

VERSION = "2023-06-01-preview"
FILTERED = "A fight. [emulate: prompt filtered]"


async def submit(client, **fields):
    order = {"prompt": "An avocado chair", **fields}
    return await client.ask("POST", "/images/generations:submit", VERSION, json=order)


async def status(client, operation_id):
    return await client.ask("GET", f"/operations/images/{operation_id}", VERSION)


async def delete(client, operation_id):
    return await client.ask("DELETE", f"/operations/images/{operation_id}", VERSION)


async def done(client, **fields):
    operation_id = (await submit(client, **fields)).json()["id"]
    client.turn(1)
    return operation_id


async def test_an_operation_is_accepted_with_its_location_and_a_retry_delay(client):
    response = await submit(client)
    assert response.status_code == 202
    assert response.json().keys() == {"id", "status"}
    assert response.json()["status"] == "notRunning"
    assert response.headers["operation-location"] == (
        f"http://emulator.test:8123/openai/operations/images/{response.json()['id']}?api-version={VERSION}"
    )
    assert int(response.headers["retry-after"]) >= 0


async def test_the_location_can_be_requested_unchanged(client):
    location = (await submit(client)).headers["operation-location"]
    assert (await client.http.get(location)).json()["status"] == "notRunning"


async def test_an_operation_passes_through_its_states_and_never_goes_back(client):
    operation_id = (await submit(client, n=2)).json()["id"]
    seen = []
    for _ in range(12):
        body = (await status(client, operation_id)).json()
        seen.append(body["status"])
        assert ("result" in body) == ("expires" in body) == (body["status"] == "succeeded")
        client.turn(0.05)
    assert list(dict.fromkeys(seen)) == ["notRunning", "running", "succeeded"]
    assert seen == sorted(seen, key=["notRunning", "running", "succeeded"].index)


async def test_the_retry_delay_is_sent_until_the_end(client):
    operation_id = (await submit(client)).json()["id"]
    assert "retry-after" in (await status(client, operation_id)).headers
    client.turn(1)
    assert "retry-after" not in (await status(client, operation_id)).headers


@pytest.mark.parametrize(("size", "side"), [("256x256", 256), ("512x512", 512), ("1024x1024", 1024)])
async def test_the_requested_number_of_pictures_of_the_requested_size_can_be_fetched(client, size, side):
    body = (await status(client, await done(client, n=3, size=size))).json()
    links = [result["url"] for result in body["result"]["data"]]
    assert len(set(links)) == 3
    for link in links:
        picture = await client.http.get(link)
        assert picture.headers["content-type"] == "image/png"
        assert struct.unpack_from(">II", picture.content, 16) == (side, side)


async def test_a_result_expires_a_day_after_it_was_created(client):
    body = (await status(client, await done(client))).json()
    assert body["expires"] - body["created"] == 24 * 60 * 60


async def test_a_prompt_that_the_filter_blocks_fails_with_an_error(client):
    operation_id = await done(client, prompt=FILTERED)
    body = (await status(client, operation_id)).json()
    assert body["status"] == "failed"
    assert body["error"].keys() == {"code", "message"}
    assert "result" not in body
    assert (await delete(client, operation_id)).status_code == 204


async def test_a_finished_operation_can_be_deleted_once_with_its_pictures(client):
    operation_id = await done(client)
    link = (await status(client, operation_id)).json()["result"]["data"][0]["url"]
    assert (await client.http.get(link)).status_code == 200
    deletion = await delete(client, operation_id)
    assert (deletion.status_code, deletion.content) == (204, b"")
    body = (await status(client, operation_id)).json()
    assert body["status"] == "deleted"
    assert "result" not in body
    assert (await client.http.get(link)).status_code == 404
    assert (await delete(client, operation_id)).status_code == 404


@pytest.mark.parametrize("seconds", [0.0, 0.2])
async def test_an_unfinished_operation_cannot_be_deleted(client, seconds):
    operation_id = (await submit(client)).json()["id"]
    client.turn(seconds)
    assert (await delete(client, operation_id)).status_code == 409
    client.turn(1)
    assert (await status(client, operation_id)).json()["status"] == "succeeded"


async def test_an_operation_is_deleted_automatically_after_a_day(client):
    operation_id = await done(client)
    link = (await status(client, operation_id)).json()["result"]["data"][0]["url"]
    client.turn(24 * 60 * 60)
    assert (await status(client, operation_id)).json()["status"] == "deleted"
    assert (await client.http.get(link)).status_code == 404


@pytest.mark.parametrize("ask", [status, delete])
async def test_an_unknown_operation_is_not_found(client, ask):
    response = await ask(client, "00000000-0000-4000-8000-000000000000")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "NotFound"


async def test_operations_are_not_shared_between_emulators(emulator):
    assert (await status(emulator(), await done(emulator()))).status_code == 404


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": "a" * 1001}, "prompt"),
        ({"n": 0}, "n"),
        ({"n": 6}, "n"),
        ({"n": "two"}, "n"),
        ({"size": "1792x1024"}, "size"),
    ],
)
async def test_rejects_what_this_version_does_not_draw(client, fields, param):
    response = await submit(client, **fields)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_too_many_operations_are_throttled(client):
    response = await submit(client, prompt="[emulate: rate limit]")
    assert response.status_code == 429
    assert "retry-after" in response.headers


async def test_only_the_latest_operations_are_remembered(emulator):
    client = emulator()
    first, *_, last = [(await submit(client)).json()["id"] for _ in range(257)]
    assert (await status(client, first)).status_code == 404
    assert (await status(client, last)).status_code == 200


async def test_another_version_has_no_such_operation(client):
    location = (await submit(client)).headers["operation-location"].replace(VERSION, "2024-06-01")
    assert (await client.http.get(location)).status_code == 404
