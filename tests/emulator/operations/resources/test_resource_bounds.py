"""No request to files, uploads or batches slows down or crashes the emulator."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import jsonl, request_line

#: More calls than these are work that grows with something it should not grow with.
MOST_CALLS = 10_000_000


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"\n" * 20_000_000,
        lambda: b"1\n" * 8_000_000,
        lambda: b"[" * 16_000_000,
        lambda: jsonl({"custom_id": "x" * 900_000}) * 17,
        lambda: b"".join(jsonl(request_line(f"{number}", user="x" * 15_000)) for number in range(1000)),
    ],
    ids=["nothing but breaks", "too many lines", "deep", "long lines", "many lines"],
)
async def test_an_expensive_file_is_checked_in_few_steps(emulator, content, count_calls):
    client = emulator()
    expensive = content()
    with count_calls() as work:
        file_id = await client.requests(content=expensive)
    assert work.calls < MOST_CALLS
    batch = await client.batch(file_id)
    for _ in range(3):
        with count_calls() as work:
            await client.poll(batch["id"])
        assert work.calls < MOST_CALLS


async def test_expensive_requests_are_answered_one_at_a_time(emulator, count_calls):
    client = emulator()
    greedy = {"n": 64, "logprobs": True, "top_logprobs": 20, "max_tokens": 100}
    batch = await client.batch(await client.requests(*[request_line(f"{n}", **greedy) for n in range(30)]))
    for _ in range(2):
        with count_calls() as work:
            await client.poll(batch["id"])
        assert work.calls < MOST_CALLS


async def test_a_very_long_list_of_parts_is_rejected_in_few_steps(emulator, count_calls):
    client = emulator()
    upload = await client.begin_upload(10)
    await client.part(upload, b"0123456789")
    with count_calls() as work:
        body = await client.complete(upload, *["x"] * 40_000, status=400)
    assert work.calls < MOST_CALLS
    assert body["error"]["target"] == "part_ids"


async def test_the_largest_allowed_part_is_accepted_in_few_steps(emulator, count_calls):
    client = emulator()
    data = b"0123456789abcdef" * (4 * 1024 * 1024)
    upload = await client.begin_upload(len(data))
    with count_calls() as work:
        part = await client.part(upload, data)
        done = await client.complete(upload, part["id"])
    assert work.calls < MOST_CALLS
    assert await client.content(done["file"]["id"]) == data


METHODS = st.sampled_from(["GET", "POST", "DELETE", "PUT"])
ENDINGS = st.sampled_from(["", "/content", "/cancel", "/complete", "/parts"])
WORDS = st.text(max_size=12) | st.sampled_from(
    ["batch", "assistants", "24h", "/chat/completions", "created_at asc"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["purpose", "filename", "bytes", "mime_type", "part_ids", "md5", "endpoint", "input_file_id",
         "completion_window", "metadata"]
    ),
    VALUES,
)  # fmt: skip
QUERY = st.dictionaries(
    st.sampled_from(["limit", "after", "purpose", "$filter", "$orderby"]), WORDS, max_size=3
)


@pytest.fixture
async def ids(emulator):
    """A client, and the ids of what it has: none of which the fuzzing may destroy the emulator by."""
    client = emulator(checked=False)
    file_id = await client.requests(request_line("a"), request_line("b"))
    batch = await client.batch(file_id)
    upload = await client.begin_upload(4)
    part = await client.part(upload, b"abcd")
    return client, {"files": [file_id], "batches": [batch["id"]], "uploads": [upload], "parts": [part["id"]]}


@given(data=st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_request_is_answered_with_a_server_error(ids, data):
    client, known = ids
    resource = data.draw(st.sampled_from(["files", "batches", "uploads"]))
    name = data.draw(st.sampled_from(["", *known[resource]]) | st.text("abc-_%é", min_size=1, max_size=9))
    path = f"/{resource}" + (f"/{name}{data.draw(ENDINGS)}" if name else "")
    sent = {"params": data.draw(QUERY)}
    form = data.draw(st.sampled_from(["json", "form", "none"]))
    if form == "json":
        sent["json"] = data.draw(FIELDS)
        if "part_ids" in sent["json"] and data.draw(st.booleans()):
            sent["json"]["part_ids"] = known["parts"]
        if "input_file_id" in sent["json"] and data.draw(st.booleans()):
            sent["json"]["input_file_id"] = known["files"][0]
    elif form == "form":
        field = data.draw(st.sampled_from(["file", "data", "purpose"]))
        sent["files"] = {field: (data.draw(WORDS), data.draw(st.binary(max_size=40)), "text/plain")}
        sent["data"] = {"purpose": data.draw(WORDS)}
    client.clock.forward(0.1)
    response = await client.http.request(data.draw(METHODS), path, **sent)
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.json()["error"]["message"]


@given(content=st.binary(max_size=300) | st.lists(VALUES, max_size=4).map(lambda lines: jsonl(*lines)))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_batch_ends_for_every_file(ids, content):
    client, _ = ids
    client.checked = True
    file_id = await client.requests(content=content or b"\n")
    batch = await client.batch(file_id)
    assert (await client.ended(batch["id"]))["status"] in {"failed", "completed"}
    await client.ask("DELETE", f"/files/{file_id}")
