"""Uploads join their parts in the given order, check them against the announcement, and end permanently."""

from __future__ import annotations

import base64
import copy
import hashlib

import pytest

from aoai_emulator.storage import files as storage
from aoai_specs.document import Document

CODES = {400: "invalidPayload", 404: "notFound", 409: "unexpectedEntityState"}


def refused(body, status: int, target: str) -> None:
    assert (body["error"]["code"], body["error"]["target"]) == (CODES[status], target)


async def test_joins_parts_in_the_given_order(client):
    upload = await client.begin_upload(6)
    first, second, third = [(await client.part(upload, data))["id"] for data in (b"ab", b"cd", b"ef")]
    done = await client.complete(upload, third, first, second)
    assert (done["status"], done["bytes"], done["file"]["bytes"]) == ("completed", 6, 6)
    assert await client.content(done["file"]["id"]) == b"efabcd"


async def test_a_part_can_be_named_by_the_id_of_its_block(client):
    upload = await client.begin_upload(4)
    parts = [await client.part(upload, data) for data in (b"ab", b"cd")]
    assert parts[0]["upload_id"] == upload
    assert parts[0]["azure_block_id"] != parts[1]["azure_block_id"]
    done = await client.complete(upload, parts[1]["azure_block_id"], parts[0]["id"])
    assert await client.content(done["file"]["id"]) == b"cdab"


async def test_describes_what_was_announced(client):
    announced = {"purpose": "batch", "filename": "r.jsonl", "bytes": 3, "mime_type": "application/jsonl"}
    body = await client.ask("POST", "/uploads", json=announced)
    assert {name: body[name] for name in ("purpose", "filename", "bytes")} == {
        name: announced[name] for name in ("purpose", "filename", "bytes")
    }
    assert body["expires_at"] == body["created_at"] + 3600
    assert (body["object"], body["status"], body["file"]) == ("upload", "pending", None)


async def test_the_file_of_an_upload_is_an_ordinary_file(client):
    upload = await client.begin_upload(2, purpose="fine-tune", filename="a.jsonl")
    part = await client.part(upload, b"{}")
    file = (await client.complete(upload, part["id"]))["file"]
    assert (file["purpose"], file["filename"], file["status"]) == ("fine-tune", "a.jsonl", "pending")
    client.clock.forward(1)
    assert await client.ask("GET", f"/files/{file['id']}") == {**file, "status": "processed"}
    listed = await client.ask("GET", "/files", params={"purpose": "fine-tune"})
    assert [each["id"] for each in listed["data"]] == [file["id"]]
    await client.ask("DELETE", f"/files/{file['id']}")
    await client.ask("GET", f"/files/{file['id']}", status=404)


async def test_parts_that_are_not_named_are_omitted(client):
    upload = await client.begin_upload(2)
    await client.part(upload, b"xx")
    part = await client.part(upload, b"ab")
    done = await client.complete(upload, part["id"])
    assert await client.content(done["file"]["id"]) == b"ab"


@pytest.mark.parametrize("spelt", ["hex", "upper", "base64"])
async def test_checks_an_md5_in_either_spelling(client, spelt):
    upload = await client.begin_upload(4)
    parts = [(await client.part(upload, data))["id"] for data in (b"ab", b"cd")]
    digest = hashlib.md5(b"abcd").digest()
    reported = {
        "hex": digest.hex(),
        "upper": digest.hex().upper(),
        "base64": base64.b64encode(digest).decode(),
    }
    wrong = hashlib.md5(b"cdab").hexdigest()
    refused(await client.complete(upload, *parts, md5=wrong, status=400), 400, "md5")
    refused(await client.complete(upload, *parts, md5="", status=400), 400, "md5")
    done = await client.complete(upload, *parts, md5=reported[spelt])
    assert done["status"] == "completed"


async def test_rejects_another_size_than_was_announced(client):
    upload = await client.begin_upload(5)
    part = (await client.part(upload, b"abcd"))["id"]
    refused(await client.complete(upload, part, status=400), 400, "bytes")
    refused(await client.complete(upload, status=400), 400, "bytes")
    rest = (await client.part(upload, b"e"))["id"]
    assert (await client.complete(upload, part, rest))["status"] == "completed"


async def test_rejects_parts_that_are_unknown_foreign_or_named_twice(client):
    upload, other = await client.begin_upload(4), await client.begin_upload(2)
    part = (await client.part(upload, b"ab"))["id"]
    foreign = (await client.part(other, b"cd"))["id"]
    for wrong in ("uplprt-none", foreign, part, ""):
        refused(await client.complete(upload, part, wrong, status=400), 400, "part_ids")


async def test_accepts_no_part_after_the_end(client):
    upload, other = await client.begin_upload(2), await client.begin_upload(2)
    part = (await client.part(upload, b"ab"))["id"]
    await client.complete(upload, part)
    refused(await client.part(upload, b"cd", status=409), 409, "status")
    await client.ask("POST", f"/uploads/{other}/cancel")
    refused(await client.part(other, b"cd", status=409), 409, "status")


@pytest.mark.parametrize("first", ["complete", "cancel"])
@pytest.mark.parametrize("then", ["complete", "cancel"])
async def test_ends_once(client, first, then):
    upload = await client.begin_upload(2)
    named = {"part_ids": [(await client.part(upload, b"ab"))["id"]]}
    bodies = {"complete": {"json": named}, "cancel": {}}
    done = await client.ask("POST", f"/uploads/{upload}/{first}", **bodies[first])
    assert done["status"] == {"complete": "completed", "cancel": "cancelled"}[first]
    assert (done["file"] is None) == (first == "cancel")
    body = await client.ask("POST", f"/uploads/{upload}/{then}", status=409, **bodies[then])
    refused(body, 409, "status")


async def test_expires_after_an_hour(client):
    upload = await client.begin_upload(2)
    part = (await client.part(upload, b"ab"))["id"]
    client.clock.forward(3599)
    await client.part(upload, b"cd")
    client.clock.forward(1)
    refused(await client.part(upload, b"ef", status=409), 409, "status")
    refused(await client.complete(upload, part, status=409), 409, "status")
    refused(await client.ask("POST", f"/uploads/{upload}/cancel", status=409), 409, "status")


async def test_other_uploads_are_not_found(client):
    refused(await client.part("upload_none", b"ab", status=404), 404, "upload")
    refused(await client.complete("upload_none", "x", status=404), 404, "upload")
    refused(await client.ask("POST", "/uploads/upload_none/cancel", status=404), 404, "upload")


@pytest.mark.parametrize(
    ("wrong", "target"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": -1}, "bytes"),
        ({"bytes": 8 * 1024**3 + 1}, "bytes"),
        ({"bytes": "1"}, "bytes"),
        ({"purpose": "fun"}, "purpose"),
        ({"filename": "x" * 2000}, "filename"),
        ({"mime_type": None}, "mime_type"),
    ],
)
async def test_rejects_an_invalid_announcement(client, wrong, target):
    announced = {"purpose": "assistants", "filename": "a", "mime_type": "text/plain", "bytes": 1, **wrong}
    refused(await client.ask("POST", "/uploads", json=announced, status=400), 400, target)


async def test_rejects_an_empty_part(client):
    upload = await client.begin_upload(1)
    refused(await client.part(upload, b"", status=400), 400, "data")


async def test_announces_as_much_as_the_prose_allows(client):
    await client.begin_upload(8 * 1024**3)


async def test_bounds_uploads_and_parts(client, monkeypatch):
    monkeypatch.setattr(storage, "MOST_BYTES", 5)
    uploads = [await client.begin_upload(6) for _ in range(2)]
    await client.part(uploads[0], b"abc")
    assert (await client.part(uploads[1], b"abc", status=400))["error"]["code"] == "quotaExceeded"
    await client.ask("POST", f"/uploads/{uploads[0]}/cancel")
    await client.part(uploads[1], b"abc")


async def test_parts_of_expired_uploads_use_no_space(client, monkeypatch):
    monkeypatch.setattr(storage, "MOST_BYTES", 5)
    await client.part(await client.begin_upload(6), b"abc")
    client.clock.forward(3600)
    await client.stored(b"abc")


async def test_removes_the_oldest_finished_upload_and_bounds_those_in_progress(client, monkeypatch):
    monkeypatch.setattr("aoai_emulator.storage.files.MOST_UPLOADS", 2)
    uploads = [await client.begin_upload(1) for _ in range(2)]
    announced = {"purpose": "assistants", "filename": "a", "mime_type": "text/plain", "bytes": 1}
    body = await client.ask("POST", "/uploads", json=announced, status=400)
    assert body["error"]["code"] == "quotaExceeded"
    await client.ask("POST", f"/uploads/{uploads[0]}/cancel")
    await client.begin_upload(1)
    await client.ask("POST", f"/uploads/{uploads[0]}/cancel", status=404)
    await client.ask("POST", f"/uploads/{uploads[1]}/cancel")


async def test_an_upload_needs_no_purpose_if_the_description_lets_clients_send_none(emulator, preview):
    content = copy.deepcopy(preview.content)
    body = content["components"]["schemas"]["CreateUploadRequest"]
    body["required"].remove("purpose")
    body["properties"]["purpose"] = {"type": "string", "readOnly": True}
    client = emulator(documents=(Document(preview.name, content),))
    announced = {"filename": "r.jsonl", "bytes": 3, "mime_type": "application/jsonl"}
    assert (await client.ask("POST", "/uploads", json=announced))["purpose"] == "batch"
