"""Every fault breaks something that works without it; several can be combined; an unknown one is named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from aoai_emulator import fault_catalogue
from aoai_specs.errors import UnknownNameError
from claims import for_each

from ..asking import ask, choice, message
from ..conftest import chunks, events

TEXTUAL = frozenset({"chat", "completions", "embeddings"})
FAULTS = [
    fault
    for fault in fault_catalogue()
    if not fault.kinds or (fault.kinds & TEXTUAL and fault.document is None)
]
#: What shows in the time that a reply takes alone.
LATE = "stream-held-back"
#: It shows after the last byte; the self-test sees it.
LEFT_OPEN = "stream-left-open"
CHAT = "gpt-4o/chat/completions"
COMPLETIONS = "gpt-35-turbo-instruct/completions"
EMBEDDINGS = "text-embedding-3-small/embeddings"
KINDS = {CHAT: "chat", COMPLETIONS: "completions", EMBEDDINGS: "embeddings"}
USER = {"role": "user", "content": "Answer in JSON."}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": PARAMETERS}}
OTHER = {"type": "function", "function": {"name": "forget"}}
FUNCTION = {"name": "look_up", "parameters": PARAMETERS}
SEARCHED = {"endpoint": "https://search.example", "index_name": "x"}
SOURCE = {
    "type": "azure_search",
    "parameters": {**SEARCHED, "authentication": {"type": "api_key", "key": "x"}},
}
NAMED = {"type": "function", "function": {"name": "look_up"}}
UNKNOWN = {"type": "function", "function": {"name": "unheard_of"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": PARAMETERS}}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class Probe:
    path: str = CHAT
    fields: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    version: str | None = "2024-10-21"
    content: bytes | None = None
    method: str = "POST"

    async def send(self, http: httpx.AsyncClient) -> httpx.Response:
        base = {CHAT: {"messages": [USER]}, COMPLETIONS: {"prompt": "Once"}, EMBEDDINGS: {"input": "a"}}
        http.params = {}
        http.headers = {"api-key": "any"} if "authorization" not in self.headers else {}
        if "api-key" in self.headers and not self.headers["api-key"]:
            http.headers = {}
        return await http.request(
            self.method,
            f"/openai/deployments/{self.path}",
            params={} if self.version is None else {"api-version": self.version},
            json=None
            if self.content is not None
            else {**base.get(self.path, {"messages": [USER]}), **self.fields},
            content=self.content,
            headers={name: value for name, value in self.headers.items() if value},
        )


def chats(*fields: dict[str, Any]) -> list[Probe]:
    return [Probe(CHAT, each) for each in fields]


GATEWAY = [
    Probe(),
    Probe(headers={"api-key": "wrong"}),
    Probe(headers={"api-key": ""}),
    Probe(headers={"authorization": "Bearer wrong"}),
    Probe(version=None),
    Probe(version="2000-01-01"),
    Probe("nobody/chat/completions"),
    Probe("gpt-4o/nothing"),
    Probe(method="GET"),
    Probe(headers={"content-type": "text/plain"}),
    Probe(content=b"{", headers={"content-type": "application/json"}),
]
PROBES = [
    *GATEWAY,
    *chats(
        {"max_tokens": 4, "n": 3},
        {"stop": ["END"]},
        {"logprobs": True, "top_logprobs": 2, "max_tokens": 4},
        {"seed": 1},
        {"response_format": {"type": "json_object"}},
        {"response_format": SCHEMA},
        {"tools": [TOOL, OTHER], "tool_choice": "required"},
        {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
        {"tools": [TOOL], "tool_choice": "none"},
        {"tools": [TOOL], "tool_choice": NAMED},
        {"stream": True, "max_tokens": 4, "n": 2},
        {"stream": True, "stop": "END"},
        USAGE,
        {"stream": True, "tools": [TOOL], "tool_choice": "required"},
        {"temperature": 3},
        {"temperature": 2},
        {"temperature": 1, "top_p": 1},
        {"temperature": None},
        {"temperature": "warm"},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"stop": ["a", "b", "c", "d"]},
        {"n": 0},
        {"n": 128, "max_tokens": 1},
        {"user": None},
        {"messages": None},
        {"messages": [{"role": "user"}]},
        {"tools": [TOOL], "tool_choice": "always"},
        {"tools": [TOOL], "tool_choice": UNKNOWN},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
        {"messages": [{"role": "tool", "content": "a", "tool_call_id": "b"}]},
        {"messages": [{"role": "assistant"}]},
        {"functions": [FUNCTION], "function_call": "none"},
        {"functions": [FUNCTION], "function_call": {"name": "look_up"}},
        {"data_sources": [SOURCE]},
        {"stream_options": {}},
        {"top_logprobs": 1},
    ),
    Probe(COMPLETIONS),
    Probe(COMPLETIONS, {"prompt": ["a", "b"], "n": 2, "echo": True, "logprobs": 2, "max_tokens": 4}),
    Probe(COMPLETIONS, {"logprobs": 2, "max_tokens": 4}),
    Probe(COMPLETIONS, {"max_tokens": 0}),
    Probe(COMPLETIONS, {"stop": "END", "max_tokens": 400}),
    Probe(COMPLETIONS, {"best_of": 1, "n": 2}),
    Probe(COMPLETIONS, USAGE),
    Probe(EMBEDDINGS, {"input": ["a", "b"], "dimensions": 4}),
    Probe(EMBEDDINGS, {"input": ["a"], "dimensions": 4, "encoding_format": "base64"}),
]


def signature(response: httpx.Response) -> Any:
    """Return the reproducible part of a response."""
    said = [response.headers.get(name) for name in ("content-type", "content-length", "allow", "x-note")]
    labelled = *said, "apim-request-id" in response.headers
    return response.status_code, labelled, response.text


@pytest.fixture(autouse=True)
def nothing_changes_of_itself(monkeypatch):
    """Fix what varies between responses without any fault: id and time."""
    for module in ("chat", "completions"):
        monkeypatch.setattr(f"aoai_emulator.operations.{module}.response_id", lambda prefix: f"{prefix}1")
    monkeypatch.setattr("aoai_emulator.control.clock.EmulatorClock.now", lambda _: 1_700_000_000.0)


USUAL: list[Any] = []


@pytest.fixture
async def baseline(emulator):
    """The responses to the probes without any fault, requested once because they do not vary."""
    if not USUAL:
        http = emulator(flavour="strict").http
        USUAL.extend([signature(await probe.send(http)) for probe in PROBES])
    return USUAL


def concerns(fault, probe: Probe) -> bool:
    return not fault.kinds or KINDS.get(probe.path, "chat") in fault.kinds


#: The gate sends the requests for every third fault; `tox -e selftest` for all.
SOME_FAULTS = [
    pytest.param(fault, marks=pytest.mark.whole_selftest if place % 3 else (), id=fault.id)
    for place, fault in enumerate(FAULTS)
    if fault.id not in (LATE, LEFT_OPEN)
]


@pytest.mark.parametrize("fault", SOME_FAULTS)
async def test_a_fault_changes_some_response(emulator, baseline, fault):
    http = emulator(fault.id, flavour="strict").http
    for probe, usual in zip(PROBES, baseline, strict=True):
        try:
            if concerns(fault, probe) and signature(await probe.send(http)) != usual:
                return
        except httpx.DecodingError:
            return
    pytest.fail(f"{fault.id} changes nothing")


async def test_the_baseline_is_reproducible(emulator, baseline):
    http = emulator(flavour="strict").http
    assert [signature(await probe.send(http)) for probe in PROBES] == baseline


@for_each(FAULTS, group=lambda fault: fault.stage, name=lambda fault: fault.id)
def test_a_fault_is_described_in_one_sentence(fault):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", fault.id)
    assert re.fullmatch(r"[A-Z`][^\n]{10,140}\.", fault.summary)


def test_there_are_faults_of_every_kind():
    for kind, least in {"chat": 60, "completions": 30, "embeddings": 20}.items():
        assert sum(not fault.kinds or kind in fault.kinds for fault in FAULTS) >= least
    assert len({fault.id for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("stage", ["answer", "chunks", "frames", "reply", "acceptance"])
@pytest.mark.parametrize("backwards", [False, True])
async def test_all_faults_of_a_stage_at_once_break_nothing_else(emulator, caplog, stage, backwards):
    together = [fault.id for fault in FAULTS if fault.stage == stage]
    http = emulator(*(reversed(together) if backwards else together)).http
    for probe in PROBES:
        await probe.send(http)
    assert caplog.text == "" or stage == "acceptance"


async def test_four_faults_at_once_all_take_effect(emulator):
    client = emulator("chat-n-ignored", "chat-refusal-wrong-type", "stream-done-twice", "error-as-detail")
    body = (await client.chat(checked=False, n=3)).json()
    assert message(body)["refusal"] is False
    streamed = events(await client.chat(checked=False, stream=True))
    assert streamed[-2:] == ["[DONE]", "[DONE]"]
    refused = await client.chat(checked=False, temperature=3)
    assert refused.json().keys() == {"detail"}


def test_an_unknown_fault_is_reported_with_the_closest_match(emulator):
    with pytest.raises(UnknownNameError, match="did you mean 'stream-done-twice'"):
        emulator("stream-done-twise")


async def test_a_fault_of_one_operation_does_not_affect_the_others(emulator):
    client = emulator("chat-object-wrong", "completion-object-wrong")
    await client.embeddings()
    body = (await client.chat(checked=False)).json()
    assert body["object"] == "text_completion"


async def test_a_limit_off_by_one_is_visible_on_its_side_only(emulator):
    high = emulator("temperature-limit-too-high")
    low = emulator("temperature-limit-too-low")
    assert [(await high.chat(temperature=value)).status_code for value in (2, 2.5)] == [200, 200]
    assert (await high.chat(temperature=-1)).status_code == 400
    assert [(await low.chat(temperature=value)).status_code for value in (1.5, 2, 2.5)] == [200, 400, 400]


async def test_a_stop_sequence_that_is_not_removed_is_at_the_end(emulator):
    body = await ask(emulator("chat-stop-left-in").chat(stop=["END"]))
    assert message(body)["content"].endswith("END")


async def test_usage_of_one_choice_is_too_little_for_three(emulator):
    usage = (await ask(emulator("chat-usage-of-one-choice").chat(n=128, max_tokens=1)))["usage"]
    assert usage["completion_tokens"] == 1
    assert usage["total_tokens"] == usage["prompt_tokens"] + 1


async def test_positive_log_probabilities_are_above_zero(emulator):
    body = await ask(emulator("logprobs-positive").chat(logprobs=True, max_tokens=3))
    assert all(token["logprob"] > 0 for token in choice(body)["logprobs"]["content"])


async def test_ids_change_during_the_stream(emulator):
    sent = chunks(await emulator("stream-id-changes").chat(checked=False, stream=True, max_tokens=3))
    ids = [chunk["id"] for chunk in sent if chunk["id"]]
    assert len(set(ids)) == len(ids)


async def test_a_long_buffered_stream_arrives_late_and_at_once(emulator, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr("aoai_emulator.http.replies.asyncio", SimpleNamespace(sleep=sleep))
    client = emulator(LATE)
    response = await client.chat(checked=False, stream=True, n=60, max_tokens=1)
    assert [seconds for seconds in slept if seconds] == [3.1]
    assert len(events(response)) > 60


async def test_unlabelled_lines_join_into_one_event(emulator):
    response = await emulator("stream-lines-unseparated").chat(checked=False, stream=True, max_tokens=3)
    assert "\n\n" not in response.text
    assert response.text.endswith("data: [DONE]\n")
