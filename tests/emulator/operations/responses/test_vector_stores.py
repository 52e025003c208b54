"""Vector stores hold uploaded files, which searches find by their words."""

from __future__ import annotations

from .conftest import V1Client

EXPIRY = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "259200"}


async def uploaded(client: V1Client, name: str, content: bytes) -> str:
    file = await client.send(
        "POST",
        "/files",
        files={"file": (name, content, "text/plain")},
        data={"purpose": "assistants", **EXPIRY},
    )
    assert file["expires_at"] == file["created_at"] + 259_200
    return str(file["id"])


async def test_searches_find_the_files_of_a_store(client: V1Client):
    harbour = await uploaded(client, "harbour.txt", b"The lighthouse opens at nine.")
    bread = await uploaded(client, "bread.txt", b"Warm bread is sold at the market.")
    store = await client.send("POST", "/vector_stores", json={"name": "notes", "file_ids": [harbour, bread]})
    path = f"/vector_stores/{store['id']}"
    states = [store["status"]] + [(await client.send("GET", path))["status"] for _ in range(2)]
    assert states == ["in_progress", "in_progress", "completed"]
    found = await client.send("POST", f"{path}/search", json={"query": "When does the lighthouse open?"})
    assert found["data"][0]["file_id"] == harbour
    scores = [each["score"] for each in found["data"]]
    assert scores == sorted(scores, reverse=True)
    tool = {"type": "file_search", "vector_store_ids": [store["id"]]}
    response = await client.create(input="lighthouse", tools=[tool], include=["file_search_call.results"])
    assert response["output"][0]["results"][0]["file_id"] == harbour
    assert response["output"][1]["content"][0]["annotations"][0]["type"] == "file_citation"


async def test_files_have_attributes_that_searches_filter(client: V1Client):
    first = await uploaded(client, "a.txt", b"Green glass.")
    second = await uploaded(client, "b.txt", b"Green glass.")
    store = await client.send("POST", "/vector_stores", json={})
    path = f"/vector_stores/{store['id']}"
    for name, year in ((first, 2023), (second, 2025)):
        await client.send("POST", f"{path}/files", json={"file_id": name, "attributes": {"year": year}})
    for _ in range(3):
        await client.send("GET", path)
    wanted = {"type": "gt", "key": "year", "value": 2024}
    found = await client.send("POST", f"{path}/search", json={"query": "glass", "filters": wanted})
    assert [each["file_id"] for each in found["data"]] == [second]
    await client.send("POST", f"{path}/files/{first}", json={"attributes": {"year": 2026}})
    found = await client.send("POST", f"{path}/search", json={"query": "glass", "filters": wanted})
    assert len(found["data"]) == 2
    content = await client.send("GET", f"{path}/files/{first}/content")
    assert content["data"][0]["content"][0]["text"] == "Green glass."
    await client.send("DELETE", f"{path}/files/{first}")
    await client.send("GET", f"{path}/files/{first}", status=404)


async def test_files_are_added_in_batches(client: V1Client):
    file = await uploaded(client, "a.txt", b"Green glass.")
    binary = await uploaded(client, "b.bin", b"\xff\xfe")
    store = await client.send("POST", "/vector_stores", json={})
    path = f"/vector_stores/{store['id']}/file_batches"
    begun = await client.send("POST", path, json={"file_ids": [file, binary]})
    assert begun["status"] == "in_progress"
    for _ in range(2):
        batch = await client.send("GET", f"{path}/{begun['id']}")
    assert (batch["status"], batch["file_counts"]["failed"]) == ("completed", 1)
    cancelled = await client.send("POST", path, json={"file_ids": [file]})
    assert (await client.send("POST", f"{path}/{cancelled['id']}/cancel"))["status"] == "cancelled"
    await client.send("POST", path, json={"file_ids": ["file-0"]}, status=404)


async def test_a_deleted_store_is_gone(client: V1Client):
    store = await client.send("POST", "/vector_stores", json={"name": "a"})
    updated = await client.send("POST", f"/vector_stores/{store['id']}", json={"name": "b"})
    assert updated["name"] == "b"
    assert [each["id"] for each in (await client.send("GET", "/vector_stores"))["data"]] == [store["id"]]
    await client.send("DELETE", f"/vector_stores/{store['id']}")
    await client.send("GET", f"/vector_stores/{store['id']}", status=404)
