"""Bodies: up to 20 MiB of JSON, as they are or compressed with gzip."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading

import pytest

from aoai_emulator.http.bodies import JSON_LIMIT
from aoai_emulator.http.large_requests import LARGE
from aoai_emulator.http.receiving import receive_body

CHAT = "/openai/deployments/gpt-4o/chat/completions"
BODY = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 3}
JSON = {"content-type": "application/json"}
GZIP = {**JSON, "content-encoding": "gzip"}


def body_of(size):
    """A valid body of exactly this size."""
    empty = json.dumps({**BODY, "user": ""}).encode()
    return json.dumps({**BODY, "user": "x" * (size - len(empty))}).encode()


async def in_pieces(content, size=1000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_20_mib_are_accepted_and_one_byte_more_is_too_large(emulator):
    client = emulator()
    whole = await client.http.post(CHAT, content=body_of(20_971_520), headers=JSON)
    assert whole.status_code == 200
    larger = await client.http.post(CHAT, content=body_of(20_971_521), headers=JSON)
    assert larger.status_code == 413
    client.check(larger)


async def test_a_large_request_does_not_run_in_the_event_loop(emulator, monkeypatch):
    import aoai_emulator.operations.chat as chat

    threads = []
    only_text = chat.only_text

    def noted(request):
        threads.append(threading.current_thread())
        return only_text(request)

    monkeypatch.setattr(chat, "only_text", noted)
    http = emulator().http
    assert (await http.post(CHAT, content=body_of(LARGE), headers=JSON)).status_code == 200
    assert threads == [threading.main_thread()]
    assert (await http.post(CHAT, content=body_of(LARGE + 1), headers=JSON)).status_code == 200
    assert threads[1] is not threading.main_thread()


async def test_a_compressed_body_is_that_of_a_plain_one(client):
    plain = await client.http.post(CHAT, json=BODY)
    compressed = await client.http.post(CHAT, content=gzip.compress(json.dumps(BODY).encode()), headers=GZIP)
    assert compressed.status_code == 200
    assert compressed.json()["choices"] == plain.json()["choices"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps(BODY).encode(), "its gzip coding is broken"),
        (gzip.compress(b"{}")[:-3], "its gzip coding ends too early"),
        (b"", "its gzip coding ends too early"),
        (gzip.compress(b"{}") + b"more", "more data follows its gzip coding"),
    ],
)
async def test_a_broken_coding_is_a_bad_request(client, content, reason):
    response = await client.http.post(CHAT, content=content, headers=GZIP)
    assert response.status_code == 400
    assert reason in response.json()["error"]["message"]
    client.check(response)


async def test_another_coding_is_not_supported(client):
    response = await client.http.post(CHAT, content=b"{}", headers={**JSON, "content-encoding": "br"})
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "gzip"


async def test_a_compressed_body_is_bounded_by_what_it_holds(emulator):
    bomb = gzip.compress(bytes(JSON_LIMIT + 1))
    assert len(bomb) < 50_000
    assert (await emulator().http.post(CHAT, content=bomb, headers=GZIP)).status_code == 413


async def test_a_bomb_is_not_decompressed_beyond_the_limit():
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    body = await receive_body(in_pieces(bomb), "gzip", 1000)
    assert (len(body.raw), body.oversized) == (1000, True)


@pytest.mark.parametrize("coding", ["", "identity", " GZIP ", "x-gzip"])
async def test_a_body_arrives_in_any_pieces(coding):
    content = b"content" * 1000
    sent = gzip.compress(content) if "gzip" in coding.lower() else content
    body = await receive_body(in_pieces(sent, 7), coding, len(content))
    assert (bytes(body.raw), body.oversized, body.rejection) == (content, False, None)
    assert (await receive_body(in_pieces(sent, 7), coding, len(content) - 1)).oversized


async def test_large_requests_take_turns(emulator):
    http = emulator().http
    replies = await asyncio.gather(
        *(http.post(CHAT, content=body_of(LARGE + 1), headers=JSON) for _ in range(5))
    )
    assert {reply.status_code for reply in replies} == {200}
