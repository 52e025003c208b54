"""A client that this project did not write stores files, sends uploads in parts, runs a batch to its end."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator

import openai
import pytest

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

VERSION = "2025-01-01-preview"


@pytest.fixture(scope="module", params=["azure", "strict"])
def azure(request: pytest.FixtureRequest) -> Iterator[openai.AzureOpenAI]:
    """The openai package's client of an emulator that listens on a free loopback port, in each flavour."""
    document = Catalogue.packaged().load(f"azure-openai@{VERSION}")
    server = make_server(Settings(documents=(document,), flavour=request.param))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    address = address_of(listener)
    try:
        with openai.AzureOpenAI(
            azure_endpoint=address, api_key="any", api_version=VERSION, max_retries=0
        ) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def test_files(azure):
    content = b"one\r\ntwo\0three" * 1000
    file = azure.files.create(file=("notes.txt", content), purpose="assistants")
    assert (file.object, file.bytes, file.filename, file.purpose) == (
        "file",
        len(content),
        "notes.txt",
        "assistants",
    )
    assert azure.files.wait_for_processing(file.id, poll_interval=0.05).status == "processed"
    assert azure.files.content(file.id).read() == content
    assert file.id in [each.id for each in azure.files.list(purpose="assistants")]
    assert azure.files.delete(file.id).deleted
    for gone in (azure.files.retrieve, azure.files.content, azure.files.delete):
        with pytest.raises(openai.NotFoundError) as raised:
            gone(file.id)
        assert raised.value.code == "notFound"
    assert file.id not in [each.id for each in azure.files.list()]


def test_a_wrong_purpose(azure):
    with pytest.raises(openai.BadRequestError) as raised:
        azure.files.create(file=("notes.txt", b"x"), purpose="fun")
    assert raised.value.code == "invalidPayload"


def test_an_upload_step_by_step(azure):
    upload = azure.uploads.create(bytes=6, filename="a.txt", mime_type="text/plain", purpose="assistants")
    assert (upload.status, upload.expires_at - upload.created_at) == ("pending", 3600)
    parts = [azure.uploads.parts.create(upload.id, data=data) for data in (b"def", b"abc")]
    wrong = hashlib.md5(b"defabc").hexdigest()
    order = [parts[1].id, parts[0].id]
    with pytest.raises(openai.BadRequestError):
        azure.uploads.complete(upload.id, part_ids=order, md5=wrong)
    done = azure.uploads.complete(upload.id, part_ids=order, md5=hashlib.md5(b"abcdef").hexdigest())
    assert done.status == "completed"
    assert azure.files.content(done.file.id).read() == b"abcdef"
    with pytest.raises(openai.ConflictError):
        azure.uploads.cancel(upload.id)


def test_a_cancelled_upload(azure):
    upload = azure.uploads.create(bytes=6, filename="a.txt", mime_type="text/plain", purpose="assistants")
    assert azure.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.ConflictError):
        azure.uploads.parts.create(upload.id, data=b"abc")


@pytest.mark.parametrize("part_size", [None, 1000])
def test_the_chunked_upload_of_the_sdk(azure, tmp_path, part_size):
    path = tmp_path / "big.txt"
    path.write_bytes(bytes(range(256)) * 20)
    done = azure.uploads.upload_file_chunked(
        file=path,
        mime_type="text/plain",
        purpose="assistants",
        part_size=part_size,
        md5=hashlib.md5(path.read_bytes()).hexdigest(),
    )
    assert (done.status, done.file.filename, done.file.bytes) == ("completed", "big.txt", 5120)
    assert azure.files.content(done.file.id).read() == path.read_bytes()


def lines(count: int, **fields: object) -> bytes:
    return b"".join(
        json.dumps(
            {
                "custom_id": f"r{number}",
                "method": "POST",
                "url": "/chat/completions",
                "body": {
                    "model": "gpt-4o",
                    "messages": [{"role": "user", "content": f"Hello {number}."}],
                    **fields,
                },
            }
        ).encode()
        + b"\n"
        for number in range(count)
    )


def requests(azure, content: bytes):
    file = azure.files.create(file=("requests.jsonl", content), purpose="batch")
    return azure.files.wait_for_processing(file.id, poll_interval=0.05)


def ended(azure, batch):
    for _ in range(200):
        if batch.status in ("completed", "failed", "cancelled", "expired"):
            return batch
        time.sleep(0.06)
        batch = azure.batches.retrieve(batch.id)
    pytest.fail(f"The batch is still {batch.status} after 200 polls.")


def test_a_batch_from_its_file_to_its_output(azure):
    file = requests(azure, lines(3, max_tokens=10) + lines(4, max_tokens="many").splitlines()[3])
    batch = azure.batches.create(
        completion_window="24h",
        endpoint="/chat/completions",
        input_file_id=file.id,
        metadata={"purpose": "test"},
    )
    assert batch.status == "validating"
    batch = ended(azure, batch)
    assert batch.status == "completed"
    assert batch.metadata == {"purpose": "test"}
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (
        4,
        3,
        1,
    )
    assert batch.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at
    results = [json.loads(line) for line in azure.files.content(batch.output_file_id).text.splitlines()]
    assert [each["custom_id"] for each in results] == ["r0", "r1", "r2"]
    assert all(each["response"]["body"]["choices"][0]["message"]["content"] for each in results)
    (failed,) = [json.loads(line) for line in azure.files.content(batch.error_file_id).text.splitlines()]
    assert (failed["custom_id"], failed["response"]["status_code"]) == ("r3", 400)


def test_a_batch_with_a_mistake_in_its_file(azure):
    file = requests(azure, lines(1) + b"hello\n")
    batch = azure.batches.create(
        completion_window="24h", endpoint="/v1/chat/completions", input_file_id=file.id
    )
    batch = ended(azure, batch)
    assert batch.status == "failed"
    assert [(each.code, each.line) for each in batch.errors.data] == [("invalid_json_line", 2)]


def test_cancelling_and_listing_batches(azure):
    file = requests(azure, lines(2))
    batches = [
        azure.batches.create(completion_window="24h", endpoint="/v1/chat/completions", input_file_id=file.id)
        for _ in range(3)
    ]
    cancelling = azure.batches.cancel(batches[0].id)
    assert cancelling.status == "cancelling"
    assert ended(azure, cancelling).status == "cancelled"
    with pytest.raises(openai.ConflictError):
        azure.batches.cancel(batches[0].id)
    listed = [each.id for each in azure.batches.list(limit=2)]
    assert listed[:3] == [each.id for each in reversed(batches)]
    assert len(listed) == len(set(listed))
