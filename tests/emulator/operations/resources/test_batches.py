"""A batch validates its file, answers its lines, and leaves the answers behind; each state has its time."""

from __future__ import annotations

import asyncio

import pytest

from aoai_emulator.storage import batch_lines, batch_steps, batch_store
from aoai_emulator.storage import files as storage
from aoai_specs.document import Document

from .conftest import jsonl, request_line

TEN = [request_line(f"r{number}") for number in range(10)]
FAILING = request_line("bad", messages="Hello.")


def refused(body, status: str, target: str) -> None:
    assert (body["error"]["code"], body["error"]["target"]) == (status, target)


def present(body) -> dict[str, int]:
    """Return the times that a batch states for its past states."""
    return {name: value for name, value in body.items() if name.endswith("_at") and isinstance(value, int)}


async def test_reaches_its_end_state_by_state(client):
    batch = await client.batch(await client.requests(*TEN))
    assert (batch["status"], batch["object"]) == ("validating", "batch")
    await client.ended(batch["id"])
    assert client.statuses == ["in_progress", "in_progress", "finalizing", "completed"]


async def test_counts_add_up_on_the_way(client):
    batch = await client.batch(await client.requests(*TEN, FAILING))
    seen = [batch["request_counts"], *[(await client.poll(batch["id"]))["request_counts"] for _ in range(6)]]
    assert seen[0] == {"total": 0, "completed": 0, "failed": 0}
    assert seen[-1] == {"total": 11, "completed": 10, "failed": 1}
    assert [each["completed"] + each["failed"] for each in seen] == [0, 0, 6, 11, 11, 11, 11]


async def test_each_state_has_its_time(client):
    batch = await client.batch(await client.requests(*TEN))
    for _ in range(4):
        client.clock.forward(10)
        body = await client.ask("GET", f"/batches/{batch['id']}")
    created = batch["created_at"]
    assert present(body) == {
        "created_at": created,
        "expires_at": created + 24 * 3600,
        "in_progress_at": created + 10,
        "finalizing_at": created + 30,
        "completed_at": created + 40,
    }


async def test_polling_too_soon_changes_nothing(client):
    batch = await client.batch(await client.requests(*TEN))
    client.clock.forward(batch_steps.PACE / 2)
    assert await client.ask("GET", f"/batches/{batch['id']}") == batch


async def test_a_finished_batch_stays_unchanged(client):
    batch = await client.batch(await client.requests(*TEN))
    done = await client.ended(batch["id"])
    client.clock.forward(100_000)
    assert await client.ask("GET", f"/batches/{batch['id']}") == done


async def test_times_not_yet_reached_are_null_or_absent_by_flavour(emulator):
    for flavour, absent in (
        ("azure", {"errors": None, "output_file_id": None, "failed_at": None}),
        ("strict", {}),
    ):
        client = emulator(flavour=flavour)
        batch = await client.batch(await client.requests(*TEN))
        assert {
            name: batch[name] for name in ("errors", "output_file_id", "failed_at") if name in batch
        } == absent


async def test_writes_a_response_to_each_request(client):
    batch = await client.batch(await client.requests(*TEN), metadata={"kind": "test"})
    done = await client.ended(batch["id"])
    assert done["metadata"] == {"kind": "test"}
    assert done.get("error_file_id") is None
    results = await client.results(done["output_file_id"])
    assert [each["custom_id"] for each in results] == [f"r{number}" for number in range(10)]
    assert (
        len({each["id"] for each in results})
        == len({each["response"]["request_id"] for each in results})
        == 10
    )
    operation = next(each for each in client.document.operations.values() if each.kind == "chat")
    for each in results:
        assert each["error"] is None
        assert each["response"]["status_code"] == 200
        assert operation.response_validator(200).errors(each["response"]["body"]) == []
    file = await client.ask("GET", f"/files/{done['output_file_id']}")
    assert (file["purpose"], file["status"]) == ("batch_output", "processed")


async def test_answers_as_the_operation_itself_does(client):
    line = request_line("a", seed=1)
    done = await client.ended((await client.batch(await client.requests(line)))["id"])
    (result,) = await client.results(done["output_file_id"])
    direct = await client.ask("POST", "/deployments/gpt-4o/chat/completions", json=line["body"])
    assert result["response"]["body"]["choices"] == direct["choices"]


async def test_writes_failed_requests_to_a_separate_file(client):
    done = await client.ended((await client.batch(await client.requests(TEN[0], FAILING)))["id"])
    assert done["status"] == "completed"
    (answered,) = await client.results(done["output_file_id"])
    (failed,) = await client.results(done["error_file_id"])
    assert (answered["custom_id"], failed["custom_id"]) == ("r0", "bad")
    assert failed["response"]["status_code"] == 400
    assert failed["response"]["body"]["error"]["message"]


async def test_a_batch_with_only_failures_completes_without_output(client):
    done = await client.ended((await client.batch(await client.requests(FAILING)))["id"])
    assert done["status"] == "completed"
    assert done.get("output_file_id") is None
    assert len(await client.results(done["error_file_id"])) == 1


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/embeddings", {"model": "text-embedding-3-small", "input": "a", "dimensions": 3}),
        ("/v1/embeddings", {"model": "text-embedding-ada-002", "input": ["a", "b"]}),
        ("/completions", {"model": "gpt-35-turbo-instruct", "prompt": "Once", "max_tokens": 5}),
        ("/v1/chat/completions", {"model": "gpt-4o", "messages": [{"role": "user", "content": "a"}]}),
    ],
)
async def test_answers_at_each_endpoint(client, endpoint, body):
    line = {"custom_id": "a", "method": "POST", "url": endpoint.removeprefix("/v1"), "body": body}
    batch = await client.batch(await client.requests(line), endpoint=endpoint)
    assert batch["endpoint"] == endpoint
    (result,) = await client.results((await client.ended(batch["id"]))["output_file_id"])
    assert result["response"]["status_code"] == 200
    assert result["response"]["body"]["object"] in {"list", "text_completion", "chat.completion"}


MISTAKES = {
    "no JSON": (b"{\n", "invalid_json_line", None),
    "no object": (b"[1]\n", "invalid_json_line", None),
    "not UTF-8": (b'{"a": "\xff"}\n', "invalid_json_line", None),
    "no id": (jsonl({**TEN[1], "custom_id": None}), "invalid_request", "custom_id"),
    "an empty id": (jsonl({**TEN[1], "custom_id": ""}), "invalid_request", "custom_id"),
    "an id twice": (jsonl(TEN[0]), "duplicate_custom_id", "custom_id"),
    "another method": (jsonl(request_line("x", method="GET")), "invalid_request", "method"),
    "another url": (jsonl(request_line("x", url="/embeddings")), "url_mismatch", "url"),
    "no url": (jsonl(request_line("x", url=None)), "url_mismatch", "url"),
    "no body": (jsonl({**TEN[1], "body": "hello"}), "invalid_request", "body"),
    "no model": (jsonl(request_line("x", model=None)), "invalid_request", "body.model"),
    "an unknown model": (jsonl(request_line("x", model="none")), "model_not_found", "body.model"),
    "a model of another kind": (jsonl(request_line("x", model="whisper")), "model_not_found", "body.model"),
    "a stream": (jsonl(request_line("x", stream=True)), "invalid_request", "body.stream"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
async def test_fails_for_an_invalid_line_and_names_it(client, what):
    wrong, code, param = MISTAKES[what]
    file_id = await client.requests(content=jsonl(TEN[0]) + b"\n" + wrong)
    failed = await client.ended((await client.batch(file_id))["id"])
    assert client.statuses == ["failed"]
    assert failed["failed_at"] >= failed["created_at"]
    assert failed["errors"]["object"] == "list"
    (mistake,) = failed["errors"]["data"]
    assert (mistake["code"], mistake.get("param"), mistake["line"]) == (code, param, 3)
    assert failed["request_counts"] == {"total": 0, "completed": 0, "failed": 0}
    assert failed.get("output_file_id") is failed.get("error_file_id") is None


async def test_names_every_mistake_up_to_a_bound(client):
    failed = await client.ended((await client.batch(await client.requests(*[1] * 80)))["id"])
    assert [each["line"] for each in failed["errors"]["data"]] == list(range(1, 51))


async def test_all_requests_name_one_model(emulator):
    client = emulator()
    lines = [
        {"custom_id": name, "method": "POST", "url": "/embeddings", "body": {"model": name, "input": "a"}}
        for name in ("text-embedding-3-small", "text-embedding-ada-002")
    ]
    batch = await client.batch(await client.requests(*lines), endpoint="/embeddings")
    failed = await client.ended(batch["id"])
    assert [each["code"] for each in failed["errors"]["data"]] == ["model_mismatch"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\n \n\r\n", "empty_file"), (b"1\n" * 1001, "too_many_tasks"), (b"\n" * 200_000, "too_many_tasks")],
)
async def test_fails_for_a_file_with_no_or_too_many_requests(client, content, code):
    failed = await client.ended((await client.batch(await client.requests(content=content)))["id"])
    assert [each["code"] for each in failed["errors"]["data"]] == [code]


async def test_fails_for_a_file_that_is_too_large(client, monkeypatch):
    monkeypatch.setattr(batch_lines, "LARGEST_INPUT", 10)
    failed = await client.ended((await client.batch(await client.requests(*TEN)))["id"])
    assert [each["code"] for each in failed["errors"]["data"]] == ["file_too_large"]


async def test_fails_if_its_file_was_deleted_before_it_was_read(client):
    file_id = await client.requests(*TEN)
    batch = await client.batch(file_id)
    await client.ask("DELETE", f"/files/{file_id}")
    failed = await client.ended(batch["id"])
    assert [each["code"] for each in failed["errors"]["data"]] == ["file_not_found"]


async def test_continues_if_its_file_is_deleted_after_it_was_read(client):
    file_id = await client.requests(*TEN)
    batch = await client.batch(file_id)
    await client.poll(batch["id"])
    await client.ask("DELETE", f"/files/{file_id}")
    assert (await client.ended(batch["id"]))["status"] == "completed"


async def test_rejects_what_is_not_a_processed_file_of_requests(client):
    refused(await client.batch("file-none", status=400), "invalidPayload", "input_file_id")
    refused(await client.batch("", status=400), "invalidPayload", "input_file_id")
    other = await client.stored(jsonl(*TEN), purpose="fine-tune", filename="a.jsonl")
    refused(await client.batch(other, status=400), "invalidPayload", "input_file_id")
    fresh = (await client.upload(jsonl(*TEN), purpose="batch", filename="a.jsonl")).json()["id"]
    refused(await client.batch(fresh, status=409), "unexpectedEntityState", "input_file_id")
    client.clock.forward(0.1)
    await client.batch(fresh)


@pytest.mark.parametrize(
    ("wrong", "target"),
    [
        ({"completion_window": "1h"}, "completion_window"),
        ({"completion_window": ""}, "completion_window"),
        ({"completion_window": None}, "completion_window"),
        ({"endpoint": "/images/generations"}, "endpoint"),
        ({"endpoint": ""}, "endpoint"),
        ({"endpoint": 1}, "endpoint"),
        ({"metadata": {f"k{n}": "v" for n in range(17)}}, "metadata"),
        ({"metadata": {"k" * 65: "v"}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
        ({"metadata": {"k": 1}}, "metadata.k"),
    ],
)  # fmt: skip
async def test_rejects_an_invalid_batch(client, wrong, target):
    file_id = await client.requests(*TEN)
    refused(await client.batch(file_id, status=400, **wrong), "invalidPayload", target)
    assert (await client.ask("GET", "/batches"))["data"] == []


async def test_accepts_as_much_metadata_as_allowed(client):
    notes = {f"{n:064}": "v" * 512 for n in range(16)}
    assert (await client.batch(await client.requests(*TEN), metadata=notes))["metadata"] == notes


@pytest.mark.parametrize("polls", [0, 1, 2, 3])
async def test_can_be_cancelled_in_every_state_before_the_end(client, polls):
    batch = await client.batch(await client.requests(*TEN, FAILING))
    for _ in range(polls):
        before = await client.poll(batch["id"])
    cancelling = await client.ask("POST", f"/batches/{batch['id']}/cancel")
    assert cancelling["status"] == "cancelling"
    assert cancelling["cancelling_at"] >= cancelling["created_at"]
    assert (await client.ask("POST", f"/batches/{batch['id']}/cancel")) == cancelling
    done = await client.ended(batch["id"])
    assert client.statuses == ["cancelled"]
    assert done["cancelled_at"] >= done["cancelling_at"]
    counts = done["request_counts"]
    assert counts["completed"] + counts["failed"] == counts["total"] == (11 if polls else 0)
    if polls:
        assert counts["completed"] == before["request_counts"]["completed"]
    for name, count in (("output_file_id", "completed"), ("error_file_id", "failed")):
        results = await client.results(done[name]) if counts[count] else []
        assert len(results) == counts[count]
    if polls == 2:
        assert results[0]["response"] is None
        assert results[0]["error"]["code"] == "batch_cancelled"


async def test_cannot_be_cancelled_after_its_end(client):
    batch = await client.batch(await client.requests(*TEN))
    await client.ended(batch["id"])
    body = await client.ask("POST", f"/batches/{batch['id']}/cancel", status=409)
    refused(body, "unexpectedEntityState", "status")


@pytest.mark.parametrize("polls", [0, 1, 2, 3])
async def test_expires_when_its_window_closes(client, polls):
    batch = await client.batch(await client.requests(*TEN))
    for _ in range(polls):
        await client.poll(batch["id"])
    client.clock.forward(24 * 3600)
    done = await client.ended(batch["id"])
    assert done["status"] == "expired"
    assert done["expired_at"] >= done["expires_at"]
    counts = done["request_counts"]
    assert counts["completed"] + counts["failed"] == counts["total"]
    if counts["failed"]:
        results = await client.results(done["error_file_id"])
        assert {each["error"]["code"] for each in results} == {"batch_expired"}
    await client.ask("POST", f"/batches/{batch['id']}/cancel", status=409)


async def test_other_batches_are_not_found(client):
    for method, path in (("GET", ""), ("POST", "/cancel")):
        body = await client.ask(method, f"/batches/batch_none{path}", status=404)
        refused(body, "notFound", "batch")


async def test_lists_page_by_page_the_newest_first(client):
    file_id = await client.requests(TEN[0])
    ids = [(await client.batch(file_id))["id"] for _ in range(5)][::-1]
    seen, after, pages = [], None, 0
    while True:
        body = await client.ask("GET", "/batches", params={"limit": 2} | ({"after": after} if after else {}))
        shown = [batch["id"] for batch in body["data"]]
        assert (body["object"], body["first_id"], body["last_id"]) == ("list", shown[0], shown[-1])
        seen, after, pages = seen + shown, shown[-1], pages + 1
        if not body["has_more"]:
            break
    assert (seen, pages) == (ids, 3)
    empty = await client.ask("GET", "/batches", params={"after": ids[-1]})
    assert (empty["data"], empty["has_more"], empty.get("first_id")) == ([], False, None)


async def test_lists_twenty_batches_by_default(client):
    file_id = await client.requests(TEN[0])
    for _ in range(21):
        await client.batch(file_id)
    body = await client.ask("GET", "/batches")
    assert (len(body["data"]), body["has_more"]) == (20, True)
    assert len((await client.ask("GET", "/batches", params={"limit": 1000}))["data"]) == 21


async def test_batches_advance_when_they_are_listed(client):
    await client.batch(await client.requests(*TEN))
    seen = []
    for _ in range(5):
        client.clock.forward(0.06)
        (batch,) = (await client.ask("GET", "/batches"))["data"]
        seen.append(batch["status"])
    assert seen == ["in_progress", "in_progress", "finalizing", "completed", "completed"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "many"},
        {"after": "batch_none"},
        {"$filter": "status"},
        {"$filter": "status eq 5"},
        {"$filter": "object eq 'batch'"},
        {"$filter": "status eq 'a' or status eq 'b'"},
        {"$filter": "x" * 5000},
        {"$orderby": "status"},
        {"$orderby": "created_at up"},
    ],
)
async def test_rejects_a_list_that_it_cannot_create(client, query):
    (name,) = query
    refused(await client.ask("GET", "/batches", params=query, status=400), "invalidPayload", name)


async def test_filters_and_orders_as_the_published_example_does(client):
    file_id = await client.requests(TEN[0])
    first = await client.batch(file_id)
    await client.ended(first["id"])
    client.clock.forward(100)
    second = await client.batch(file_id)

    async def ids(**query):
        sent = {f"${name}": value for name, value in query.items()}
        return [batch["id"] for batch in (await client.ask("GET", "/batches", params=sent))["data"]]

    late = second["created_at"]
    assert await ids(
        filter=f"created_at gt 1600000000 and created_at lt {late} and status eq 'completed'"
    ) == [first["id"]]
    assert await ids(filter=f"created_at ge {late}") == [second["id"]]
    assert await ids(filter="status ne 'completed'") == [second["id"]]
    assert await ids(orderby="created_at asc") == [first["id"], second["id"]]
    assert await ids(orderby="created_at desc") == await ids() == [second["id"], first["id"]]


async def test_answers_a_long_file_in_bounded_steps(emulator):
    client = emulator()
    lines = [
        {"custom_id": f"{n}", "method": "POST", "url": "/embeddings", "body": {
            "model": "text-embedding-3-small", "input": "a", "dimensions": 2}}
        for n in range(120)
    ]  # fmt: skip
    batch = await client.batch(await client.requests(*lines), endpoint="/embeddings")
    seen = [(await client.poll(batch["id"]))["request_counts"]["completed"] for _ in range(6)]
    assert seen == [0, 25, 50, 75, 100, 120]
    assert len(await client.results((await client.ended(batch["id"]))["output_file_id"])) == 120


async def test_long_responses_make_shorter_steps(emulator, monkeypatch):
    monkeypatch.setattr(batch_steps, "_BYTES_AT_ONCE", 100)
    client = emulator()
    lines = [request_line(f"{n}") for n in range(4)]
    batch = await client.batch(await client.requests(*lines))
    await client.poll(batch["id"])
    assert (await client.poll(batch["id"]))["request_counts"]["completed"] == 1
    assert (await client.ended(batch["id"]))["request_counts"]["completed"] == 4


async def test_bounds_queued_and_stored_work(emulator, monkeypatch):
    client = emulator()
    file_id = await client.requests(*TEN)
    batch = await client.batch(file_id)
    await client.poll(batch["id"])
    monkeypatch.setattr(batch_steps, "MOST_HELD", 1000)
    failed = await client.ended((await client.batch(file_id))["id"])
    assert [each["code"] for each in failed["errors"]["data"]] == ["token_limit_exceeded"]
    done = await client.ended(batch["id"])
    assert done["request_counts"]["failed"] > 0
    results = await client.results(done["error_file_id"])
    assert {each["error"]["code"] for each in results} == {"quota_exceeded"}


async def test_bounds_batches_in_progress(emulator, monkeypatch):
    client = emulator()
    file_id = await client.requests(*TEN)
    monkeypatch.setattr("aoai_emulator.operations.resources.batches.MOST_ACTIVE", 2)
    batch = await client.batch(file_id)
    await client.batch(file_id)
    assert (await client.batch(file_id, status=400))["error"]["code"] == "quotaExceeded"
    await client.ended(batch["id"])
    await client.batch(file_id)


async def test_removes_the_oldest_finished_batch(emulator, monkeypatch):
    client = emulator()
    file_id = await client.requests(TEN[0])
    monkeypatch.setattr(batch_store, "MOST_BATCHES", 2)
    first = await client.batch(file_id)
    second = await client.batch(file_id)
    await client.ended(second["id"])
    third = await client.batch(file_id)
    shown = (await client.ask("GET", "/batches"))["data"]
    assert [each["id"] for each in shown] == [third["id"], first["id"]]


async def test_fails_if_there_is_no_room_for_its_output(emulator, monkeypatch):
    client = emulator()
    batch = await client.batch(await client.requests(*TEN))
    monkeypatch.setattr(storage, "MOST_FILES", 1)
    failed = await client.ended(batch["id"])
    assert failed["status"] == "failed"
    assert [each["code"] for each in failed["errors"]["data"]] == ["quotaExceeded"]


async def test_faults_of_the_operations_affect_the_responses_of_a_batch(emulator):
    client = emulator("chat-refusal-wrong-type", checked=False)
    done = await client.ended((await client.batch(await client.requests(TEN[0])))["id"])
    (result,) = await client.results(done["output_file_id"])
    assert result["response"]["body"]["choices"][0]["message"]["refusal"] is False


async def test_uses_the_credentials_of_the_caller(emulator):
    client = emulator(api_key="secret")
    client.http.headers["api-key"] = "secret"
    done = await client.ended((await client.batch(await client.requests(TEN[0])))["id"])
    assert done["request_counts"]["completed"] == 1


async def test_concurrent_polls_answer_no_request_twice(emulator):
    client = emulator()
    batch = await client.batch(await client.requests(*TEN))
    for _ in range(6):
        client.clock.forward(0.06)
        asked = (client.ask("GET", path) for path in (f"/batches/{batch['id']}", "/batches") * 3)
        await asyncio.gather(*asked)
    done = await client.ended(batch["id"])
    results = await client.results(done["output_file_id"])
    assert [each["custom_id"] for each in results] == [f"r{number}" for number in range(10)]


async def test_without_an_operation_there_are_no_batches_of_it(emulator, preview, document):
    content = {**preview.content, "paths": {
        path: described for path, described in preview.content["paths"].items() if "embeddings" not in path
    }}  # fmt: skip
    poor = Document(preview.name, content)
    client = emulator(documents=(poor,))
    body = await client.batch(await client.requests(*TEN), status=400, endpoint="/embeddings")
    refused(body, "invalidPayload", "endpoint")
    client = emulator(documents=(document, poor))
    line = {"custom_id": "a", "method": "POST", "url": "/embeddings", "body": {
        "model": "text-embedding-3-small", "input": "a"}}  # fmt: skip
    batch = await client.batch(await client.requests(line), endpoint="/embeddings")
    assert (await client.ended(batch["id"]))["request_counts"]["completed"] == 1


async def test_advances_with_time_while_no_request_for_it_comes(emulator):
    client = emulator()
    client.memory.advances_with_time = True
    batch = await client.batch(await client.requests(*TEN))
    client.clock.forward(batch_steps.UNASKED_PACE)
    assert (await client.ask("GET", f"/batches/{batch['id']}"))["status"] == "in_progress"
    client.clock.forward(24 * 3600)
    done = await client.ask("GET", f"/batches/{batch['id']}")
    assert done["status"] == "completed"
    assert done["request_counts"] == {"total": 10, "completed": 10, "failed": 0}
    assert done["completed_at"] < done["created_at"] + 60
    listed = await client.ask("GET", "/files")
    assert done["output_file_id"] in {file["id"] for file in listed["data"]}


async def test_a_list_takes_no_more_steps_than_its_lines_allow(emulator):
    client = emulator()
    client.memory.advances_with_time = True
    for _ in range(3):
        await client.batch(await client.requests(*(request_line(f"r{number}") for number in range(30))))
    client.clock.forward(3600)
    listed = await client.ask("GET", "/batches")
    assert [each["status"] for each in listed["data"]] == ["validating", "validating", "in_progress"]
