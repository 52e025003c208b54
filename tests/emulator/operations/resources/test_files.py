"""Files are stored unchanged, listed by purpose, and missing after deletion."""

from __future__ import annotations

import httpx
import pytest

from aoai_emulator.http import multipart
from aoai_emulator.storage import files as storage

CODES = {"invalidPayload", "notFound", "unexpectedEntityState", "quotaExceeded"}


def refused(response: httpx.Response, status: int, code: str, target: str | None = None) -> None:
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code), response.text
    assert error["code"] in CODES
    assert error.get("target") == target


@pytest.mark.parametrize("content", [b"a", b"\r\n--x\r\n\0\xff" * 3000, "é\n".encode()])
async def test_reads_a_file_back_byte_for_byte(client, content):
    file_id = await client.stored(content)
    response = await client.send("GET", f"/files/{file_id}/content")
    assert response.content == content
    assert response.headers["content-type"] == "application/octet-stream"


async def test_describes_what_was_uploaded(client):
    body = (await client.upload(b"abc", purpose="fine-tune", filename="x y.jsonl")).json()
    assert body["id"].startswith("file-")
    assert (body["object"], body["bytes"], body["filename"]) == ("file", 3, "x y.jsonl")
    assert (body["purpose"], body["created_at"], body["status"]) == ("fine-tune", 1_700_000_000, "pending")
    assert await client.ask("GET", f"/files/{body['id']}") == body


async def test_processes_a_file_in_a_moment_and_permanently(client):
    file_id = (await client.upload()).json()["id"]
    seen = []
    for _ in range(4):
        seen.append((await client.ask("GET", f"/files/{file_id}"))["status"])
        client.clock.forward(0.05)
    assert seen == ["pending", "pending", "processed", "processed"]


async def test_the_field_of_the_form_names_the_file(client):
    assert (await client.upload(filename="a.txt")).json()["filename"] == "a.txt"
    files = {"file": ("a.txt", b"x", "text/plain")}
    sent = {"purpose": "assistants", "filename": "b.txt"}
    response = await client.send("POST", "/files", data=sent, files=files)
    assert response.json()["filename"] == "b.txt"


async def test_each_description_has_its_status_for_a_new_file(emulator):
    reported = await emulator(flavour="azure").upload()
    assert reported.status_code == 201
    assert reported.headers["location"] == f"http://emulator.test:8123/openai/files/{reported.json()['id']}"
    plain = await emulator(flavour="strict").upload()
    assert plain.status_code == 200
    assert "location" not in plain.headers


async def test_the_location_of_a_new_file_leads_to_it(emulator):
    client = emulator()
    reported = await client.upload()
    assert (await client.http.get(reported.headers["location"])).json()["id"] == reported.json()["id"]


async def test_lists_files_of_the_requested_purpose_newest_first(client):
    first = await client.stored(purpose="assistants")
    second = await client.stored(purpose="fine-tune", filename="a.jsonl")
    third = await client.stored(purpose="assistants")

    async def ids(**query):
        body = await client.ask("GET", "/files", params=query)
        assert body["object"] == "list"
        return [file["id"] for file in body["data"]]

    assert await ids() == [third, second, first]
    assert await ids(purpose="assistants") == [third, first]
    assert await ids(purpose="vision") == []


async def test_paging_through_files_ends(client):
    ids = [await client.stored() for _ in range(3)]
    body = await client.ask("GET", "/files", params={"limit": 2})
    assert [file["id"] for file in body["data"]] == [ids[2], ids[1]]
    body = await client.ask("GET", "/files", params={"after": ids[1]})
    assert [file["id"] for file in body["data"]] == [ids[0]]
    assert (await client.ask("GET", "/files", params={"after": ids[0]}))["data"] == []


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "9" * 30, ""])
async def test_rejects_a_limit_that_is_not_a_number_of_files(client, limit):
    refused(await client.send("GET", "/files", params={"limit": limit}), 400, "invalidPayload", "limit")


async def test_rejects_an_unknown_purpose_of_a_list(client):
    response = await client.send("GET", "/files", params={"purpose": "fun"})
    refused(response, 400, "invalidPayload", "purpose")


async def test_a_deleted_file_is_gone(client):
    kept, file_id = await client.stored(), await client.stored()
    assert await client.ask("DELETE", f"/files/{file_id}") == {
        "object": "file",
        "id": file_id,
        "deleted": True,
    }
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        refused(await client.send(method, f"/files/{file_id}{path}"), 404, "notFound", "file")
    assert [file["id"] for file in (await client.ask("GET", "/files"))["data"]] == [kept]


async def test_emulators_keep_their_files_and_share_none(emulator):
    one, other = emulator(), emulator()
    file_id = await one.stored()
    refused(await other.send("GET", f"/files/{file_id}"), 404, "notFound", "file")
    assert (await one.ask("GET", f"/files/{file_id}"))["id"] == file_id


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"content": b""}, "file"),
        ({"purpose": "fun"}, "purpose"),
        ({"purpose": "batch", "filename": "requests.txt"}, "file"),
        ({"filename": "x" * 2000}, "filename"),
    ],
)
async def test_rejects_an_invalid_form(client, fields, target):
    refused(await client.upload(**fields), 400, "invalidPayload", target)
    assert (await client.ask("GET", "/files"))["data"] == []


async def test_rejects_a_form_without_a_file_or_a_purpose(client):
    response = await client.send("POST", "/files", files={"purpose": (None, "assistants")})
    refused(response, 400, "invalidPayload", "file")
    response = await client.send("POST", "/files", files={"file": ("a", b"x", "text/plain")})
    refused(response, 400, "invalidPayload", "purpose")


@pytest.mark.parametrize(("flavour", "status"), [("azure", 400), ("strict", 200)])
async def test_the_real_service_requires_a_content_type_of_the_part(emulator, flavour, status):
    body = (
        b'--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
        b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--x--\r\n'
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    response = await emulator(flavour=flavour).send("POST", "/files", content=body, headers=headers)
    assert response.status_code == status


async def test_rejects_json_if_a_form_is_required(client):
    response = await client.send("POST", "/files", json={"purpose": "batch"})
    assert response.status_code == 415


async def test_answers_without_an_api_version_as_the_document_does(client):
    client.http.params = {}
    assert (await client.ask("GET", "/files"))["data"] == []
    client.http.params = {"api-version": "2024-10-21"}
    assert (await client.http.get("/files")).status_code == 404


async def test_keeps_no_more_files_than_the_real_service(client, monkeypatch):
    monkeypatch.setattr(storage, "MOST_FILES", 3)
    ids = [await client.stored() for _ in range(3)]
    refused(await client.upload(), 400, "quotaExceeded")
    await client.ask("DELETE", f"/files/{ids[0]}")
    await client.stored()


async def test_keeps_no_more_bytes_than_there_is_room_for(client, monkeypatch):
    monkeypatch.setattr(storage, "MOST_BYTES", 10)
    await client.stored(b"123456")
    refused(await client.upload(b"12345"), 400, "quotaExceeded")
    await client.stored(b"1234")


async def test_accepts_no_file_larger_than_a_part_may_be(client, monkeypatch):
    monkeypatch.setattr(multipart, "LARGEST_STORED", 1000)
    await client.stored(b"x" * 1000)
    client.checked = False
    assert (await client.upload(b"x" * 1001)).status_code == 413
