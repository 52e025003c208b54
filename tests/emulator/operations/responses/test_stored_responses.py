"""Responses are kept unless the request says otherwise, can be continued, and run in the background."""

from __future__ import annotations

import pytest

from .conftest import V1Client
from .test_responses import text_of


async def test_a_response_is_kept_until_it_is_deleted(client: V1Client):
    response = await client.create()
    path = f"/responses/{response['id']}"
    assert await client.send("GET", path) == response
    assert (await client.send("DELETE", path))["deleted"] is True
    error = await client.send("GET", path, status=404)
    assert error["error"]["type"] == "invalid_request_error"
    await client.send("DELETE", path, status=404)


async def test_a_response_is_not_kept_if_the_request_forbids_it(client: V1Client):
    response = await client.create(store=False)
    await client.send("GET", f"/responses/{response['id']}", status=404)


async def test_earlier_turns_are_part_of_the_prompt(client: V1Client):
    first = await client.create(input="[emulate: say One.] [emulate: say Two.]")
    second = await client.create(input="Next.", previous_response_id=first["id"])
    assert (text_of(first), text_of(second)) == ("One.", "Two.")
    assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"]


async def test_a_deleted_turn_is_forgotten_without_an_error(client: V1Client):
    first = await client.create(input="A long question about the weather in many cities.")
    second = await client.create(input="And?", previous_response_id=first["id"])
    before = await client.create(input="So?", previous_response_id=second["id"])
    await client.send("DELETE", f"/responses/{first['id']}")
    after = await client.create(input="So?", previous_response_id=second["id"])
    assert after["usage"]["input_tokens"] < before["usage"]["input_tokens"]


async def test_input_items_are_paged_in_both_orders(client: V1Client):
    texts = ["one", "two", "three"]
    given = [{"type": "message", "role": "user", "content": text} for text in texts]
    response = await client.create(input=given)
    path = f"/responses/{response['id']}/input_items"

    def said(page):
        return [item["content"][0]["text"] for item in page["data"]]

    assert said(await client.send("GET", path)) == texts[::-1]
    first = await client.send("GET", f"{path}?order=asc&limit=2")
    assert (said(first), first["has_more"]) == (["one", "two"], True)
    rest = await client.send("GET", f"{path}?order=asc&after={first['last_id']}")
    assert (said(rest), rest["has_more"]) == (["three"], False)
    await client.send("GET", f"{path}?limit=0", status=400)
    await client.send("GET", f"{path}?order=up", status=400)


async def test_a_response_in_the_background_advances_with_each_poll(client: V1Client):
    begun = await client.create(background=True)
    path = f"/responses/{begun['id']}"
    states = [begun["status"]] + [(await client.send("GET", path))["status"] for _ in range(3)]
    assert states == ["queued", "queued", "in_progress", "completed"]
    assert text_of(await client.send("GET", path))


async def test_a_response_in_the_background_can_be_cancelled_repeatedly(client: V1Client):
    begun = await client.create(background=True)
    path = f"/responses/{begun['id']}"
    for _ in range(2):
        assert (await client.send("POST", f"{path}/cancel"))["status"] == "cancelled"
    assert (await client.send("GET", path))["status"] == "cancelled"
    other = await client.create()
    await client.send("POST", f"/responses/{other['id']}/cancel", status=400)


async def test_a_stream_in_the_background_announces_that_it_is_queued(client: V1Client):
    events = await client.create(background=True, stream=True)
    assert [event["type"] for event in events[:3]] == [
        "response.created",
        "response.queued",
        "response.in_progress",
    ]
    stored = await client.send("GET", f"/responses/{events[0]['response']['id']}")
    assert stored["status"] == "completed"


@pytest.mark.parametrize(("flavour", "days"), [("azure", "30"), ("strict", None)])
async def test_says_how_long_responses_are_kept(start, flavour, days):
    response = await start(flavour=flavour).http.post(
        "/openai/v1/responses", json={"model": "gpt-4o", "input": "Hello"}
    )
    assert response.headers.get("x-ms-aoai-configured-data-retention-days") == days


async def test_both_prefixes_lead_to_the_same_store(client: V1Client):
    response = await client.create()
    plain = await client.http.get(f"/v1/responses/{response['id']}", params={"api-version": "preview"})
    assert plain.json() == response
