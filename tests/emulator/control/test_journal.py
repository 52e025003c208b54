"""The journal records requests within bounds and without secrets, and verifies what was received."""

from __future__ import annotations

import pytest

from aoai_emulator.control import journal
from aoai_emulator.control.errors import ControlError

from .conftest import CHAT

KEY = "key-that-must-not-be-recorded"


async def test_a_request_is_recorded_with_its_facts(controlled):
    emulator = controlled()
    response = await emulator.chat("Hello.", temperature=0.5, fault="chat-usage-missing")
    (entry,) = emulator.control.journal.find()
    shown = entry.as_json()
    assert shown["request_id"] == response.headers["apim-request-id"]
    assert shown["status"] == 200
    assert (shown["operation"], shown["deployment"]) == ("chat", "gpt-4o")
    assert shown["models"] == ["gpt-4o-2024-08-06"]
    assert shown["body"]["temperature"] == 0.5
    assert shown["query"] == {"api-version": "2024-10-21"}
    assert shown["failures"] == ["chat-usage-missing"]
    assert shown["time"] == emulator.control.clock.now()


async def test_no_secret_is_recorded(controlled):
    emulator = controlled()
    sources = [{"parameters": {"authentication": {"type": "api_key", "key": KEY}, "index_name": "i"}}]
    for name in ("api-key", "authorization", "cookie", "searchServiceKey", "storageConnectionString"):
        emulator.http.headers[name] = KEY
    emulator.http.headers["x-team"] = "blue"
    await emulator.http.post("/openai/x", params={"sig": KEY, "a": "b"}, json={"data_sources": sources})
    (entry,) = emulator.control.journal.find()
    assert KEY not in str(entry.as_json())
    assert entry.as_json()["headers"]["api-key"] == "[removed]"
    assert entry.as_json()["headers"]["x-team"] == "blue"
    assert entry.as_json()["query"] == {"sig": "[removed]", "a": "b"}
    assert entry.body["data_sources"][0]["parameters"]["index_name"] == "i"


async def test_the_journal_is_bounded(controlled, monkeypatch):
    monkeypatch.setattr(journal, "MOST_ENTRIES", 3)
    monkeypatch.setattr(journal, "LONGEST_BODY", 40)
    emulator = controlled()
    for number in range(5):
        await emulator.chat(f"Request {number}, which is longer than what is recorded of it.")
    entries = emulator.control.journal.find()
    assert [entry.number for entry in entries] == [3, 4, 5]
    assert all(entry.is_cut and len(entry.facts.raw) == 40 for entry in entries)
    assert entries[0].size > 40 + len(CHAT)
    monkeypatch.setattr(journal, "MOST_BYTES", 2 * entries[0].size + 40)
    await emulator.chat()
    assert [entry.number for entry in emulator.control.journal.find()] == [5, 6]


async def test_searching_keeps_no_parsed_body_in_memory(controlled):
    emulator = controlled()
    await emulator.chat("Hello.")
    (entry,) = emulator.control.journal.find({"text": "Hello"})
    entry.as_json()
    assert not {"fields", "text"} & vars(entry.facts).keys()


async def test_an_assertion_counts_matching_requests(controlled):
    emulator = controlled()
    for text in ("Hello.", "Hello again.", "Bye."):
        await emulator.chat(text)
    verify = emulator.control.verify
    assert verify({"text": "Hello"}).is_met
    assert verify({"text": "Hello"}, count=2).is_met
    assert verify({"text": "Hello"}, at_least=1, at_most=2).is_met
    assert verify({"text": "Ciao"}, at_most=0).is_met
    assert verify({"text": "Ciao"}, count=0).is_met
    assert not verify({"text": "Hello"}, count=1).is_met
    assert not verify({"text": "Hello"}, at_least=3).is_met


async def test_a_failed_assertion_names_the_nearest_request(controlled):
    emulator = controlled()
    await emulator.chat("Bye.")
    await emulator.chat("Hello.", temperature=1)
    match = {"operation": "chat", "text": "Hello", "json": {"temperature": 0}}
    result = emulator.control.verify(match)
    assert result.mismatches == ("temperature: expected 0, received 1.",)
    assert result.message == (
        'Expected at least 1 request matching {"operation": "chat", "text": "Hello", '
        '"json": {"temperature": 0}}; '
        "0 of 2 recorded match. The nearest is #2 POST /openai/deployments/gpt-4o/chat/completions (200): "
        "temperature: expected 0, received 1."
    )


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"count": -1}, "count must be a whole number from 0, not -1."),
        ({"at_least": True}, "at_least must be a whole number from 0, not true."),
        ({"count": 1, "at_most": 1}, "Give either count, or at_least and at_most."),
        ({"at_least": 2, "at_most": 1}, "at_least (2) is larger than at_most (1)."),
    ],
)
def test_a_mistake_in_an_assertion_is_one_sentence(numbers, sentence, controlled):
    with pytest.raises(ControlError) as raised:
        controlled().control.verify({}, **numbers)
    assert str(raised.value) == sentence


async def test_without_control_nothing_is_recorded(emulator, monkeypatch):
    client = emulator()
    recorded = []
    monkeypatch.setattr(journal, "JournalEntry", lambda *facts: recorded.append(facts))
    await client.chat()
    assert recorded == []
