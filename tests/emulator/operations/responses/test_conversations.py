"""Conversations keep items of their own and those of the responses that continue them."""

from __future__ import annotations

from .conftest import V1Client


async def test_a_response_continues_a_conversation(client: V1Client):
    question = {"type": "message", "role": "user", "content": "Hello"}
    created = await client.send("POST", "/conversations", json={"items": [question], "metadata": {"a": "b"}})
    assert created["metadata"] == {"a": "b"}
    response = await client.create(input="More", conversation=created["id"])
    assert response["conversation"] == {"id": created["id"]}
    items = await client.send("GET", f"/conversations/{created['id']}/items?order=asc")
    assert [item["role"] for item in items["data"]] == ["user", "user", "assistant"]
    assert items["data"][-1]["id"] == response["output"][0]["id"]


async def test_items_are_added_shown_and_deleted(client: V1Client):
    created = await client.send("POST", "/conversations", json={})
    path = f"/conversations/{created['id']}"
    question = {"type": "message", "role": "user", "content": "Hello"}
    added = await client.send("POST", f"{path}/items", json={"items": [question]})
    item = f"{path}/items/{added['first_id']}"
    assert await client.send("GET", item) == added["data"][0]
    assert (await client.send("DELETE", item))["id"] == created["id"]
    await client.send("GET", item, status=404)
    await client.send("POST", f"{path}/items", json={"items": [question] * 21}, status=400)


async def test_a_conversation_is_updated_and_deleted(client: V1Client):
    created = await client.send("POST", "/conversations", json={"metadata": {"a": "1"}})
    path = f"/conversations/{created['id']}"
    updated = await client.send("POST", path, json={"metadata": {"b": "2"}})
    assert updated["metadata"] == {"b": "2"}
    assert await client.send("GET", path) == updated
    assert (await client.send("DELETE", path))["deleted"] is True
    await client.send("GET", path, status=404)
    await client.create(conversation=created["id"], status=404)
