"""Files, uploads, batches and models as azure-openai@2024-10-21 describes them, in both flavours."""

from __future__ import annotations

import copy

import pytest

from aoai_emulator import fault_catalogue
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

MODEL = "gpt-4o-2024-08-06"
IMPORT = {"purpose": "fine-tune", "filename": "a.jsonl", "content_url": "https://example.com/a.jsonl"}


@pytest.fixture(scope="module")
def described() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21")


@pytest.fixture(params=["azure", "strict"])
def client(request, emulator, described):
    started = emulator(flavour=request.param, documents=(described,))
    started.http.params = {"api-version": "2024-10-21"}
    started.document = described
    return started


async def test_new_resources_have_the_described_status_and_location(client):
    file = await client.upload(b"a", purpose="fine-tune", filename="a.jsonl")
    upload = {"purpose": "fine-tune", "filename": "a.jsonl", "bytes": 1, "mime_type": "application/jsonl"}
    begun = await client.send("POST", "/uploads", json=upload)
    imported = await client.send("POST", "/files/import", json=IMPORT)
    assert [each.status_code for each in (file, begun, imported)] == [201, 200, 201]
    for each in (file, begun, imported):
        assert each.headers["location"].endswith(f"/{each.json()['id']}")


async def test_a_batch_is_created_with_200_and_completes(client):
    file_id = await client.requests({"custom_id": "a", "method": "POST", "url": "/chat/completions",
        "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi."}]}})  # fmt: skip
    body = {"input_file_id": file_id, "endpoint": "/chat/completions", "completion_window": "24h"}
    batch = await client.ask("POST", "/batches", json=body)
    while batch["status"] not in ("completed", "failed"):
        client.clock.forward(1)
        batch = await client.ask("GET", f"/batches/{batch['id']}")
    assert batch["request_counts"] == {"total": 1, "completed": 1, "failed": 0}


async def test_an_upload_of_up_to_9_gb_lasts_two_hours(client):
    sent = {"purpose": "batch", "filename": "a.jsonl", "bytes": 9 * 2**30, "mime_type": "application/jsonl"}
    upload = await client.ask("POST", "/uploads", json=sent)
    assert upload["expires_at"] - upload["created_at"] == 7200
    await client.ask("POST", "/uploads", json={**sent, "bytes": 9 * 2**30 + 1}, status=400)


async def test_an_imported_file_is_never_downloaded(client):
    file = await client.ask("POST", "/files/import", json=IMPORT, status=201)
    assert file["status"] == "pending"
    client.clock.forward(1)
    ended = await client.ask("GET", f"/files/{file['id']}")
    assert (ended["status"], ended["bytes"]) == ("error", None)
    assert "downloads nothing" in ended["status_details"]
    await client.ask("GET", f"/files/{file['id']}/content", status=409)
    await client.ask(
        "POST", "/files/import", json={**IMPORT, "content_url": "file:///etc/passwd"}, status=400
    )


async def test_a_listed_model_is_described_and_another_is_not_found(client):
    models = (await client.ask("GET", "/models"))["data"]
    assert MODEL in [model["id"] for model in models]
    for model in models:
        assert await client.ask("GET", f"/models/{model['id']}") == model
    missing = await client.ask("GET", "/models/no-such-model", status=404)
    assert missing["error"]["code"] == "notFound"


@pytest.mark.parametrize("fault", [each.id for each in fault_catalogue() if each.kinds == {"model-get"}])
async def test_a_fault_of_a_model_changes_its_description(emulator, described, fault):
    sound, faulty = [
        [
            await started.http.get(f"/models/{name}", params={"api-version": "2024-10-21"})
            for name in (MODEL, "no-such-model")
        ]
        for started in (emulator(documents=(described,)), emulator(fault, documents=(described,)))
    ]
    assert [each.text for each in faulty] != [each.text for each in sound]
    assert not [each for each in faulty if each.status_code >= 500]


async def test_an_api_version_is_required_where_one_of_the_documents_requires_it(
    emulator, described, preview
):
    content = copy.deepcopy(preview.content)
    for operation in content["paths"]["/files"].values():
        operation["parameters"] = [
            each for each in operation.get("parameters", ()) if "ersion" not in str(each)
        ]
    without = Document(preview.name, content)
    for documents, status in (((preview,), 200), ((described, preview), 404), ((described, without), 200)):
        http = emulator(documents=documents).http
        http.params = {}
        assert (await http.get("/files")).status_code == status


async def test_fine_tuning_is_not_served(client):
    client.checked = False
    assert (await client.send("GET", "/fine_tuning/jobs")).status_code == 404
    kinds = (await client.http.get("http://emulator.test:8123/")).json()["kinds"]
    assert "file-import" in kinds
    assert not [kind for kind in kinds if kind.startswith("fine-tuning")]
