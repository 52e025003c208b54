"""Every fault of features that only some documents have breaks something on its document."""

from __future__ import annotations

import base64

import pytest

from aoai_emulator import fault_catalogue
from aoai_strategies.requests.media import WAV

from .conftest import MODELS, NEWEST, USER
from .test_model_inference import IMAGE

#: Those of stored files are tried with the other faults of files.
FAULTS = [
    fault
    for fault in fault_catalogue()
    if fault.kinds and fault.document in (MODELS, NEWEST) and "file-upload" not in fault.kinds
]
#: The gate sends the requests for every third fault; `tox -e selftest` for all.
SOME_FAULTS = [
    pytest.param(fault, marks=pytest.mark.whole_selftest if place % 3 else (), id=fault.id)
    for place, fault in enumerate(FAULTS)
]
CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
CONVERSATION = [
    USER,
    {"role": "assistant", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
]
DEVELOPER = [{"role": "developer", "content": "Be kind."}, USER]
SOUND = {"modalities": ["text", "audio"]}
AUDIO = {**SOUND, "audio": {"voice": "alloy", "format": "wav"}}
SPOKEN = {**AUDIO, "max_tokens": 4}
HEARD = {
    "type": "input_audio",
    "input_audio": {"data": base64.b64encode(WAV).decode("ascii"), "format": "wav"},
}
PREDICTION = {"prediction": {"type": "content", "content": "one two three four"}}


def vectors(path, entries):
    for form in ("binary", "int8"):
        yield {"path": path, "input": entries, "dimensions": 16, "encoding_format": form}
    yield {"path": path, "input": entries, "dimensions": 99_999}
    yield {"path": path, "input": entries, "dimensions": 16, "model": "embed-v-4-0"}


ON_MODELS = [
    {},
    {"extra": "drop", "unheard_of": 1},
    {"extra": "pass-through", "n": 2, "max_tokens": 2},
    {"extra": "error"},
    {"extra": "perhaps"},
    {"unheard_of": 1},
    {"model": "nobody"},
    {"model": "gpt-4o", "max_tokens": 4},
    {"messages": CONVERSATION},
    {"messages": DEVELOPER},
    *vectors("embeddings", ["a", "b"]),
    *vectors("images/embeddings", [{"image": IMAGE}, {"image": IMAGE}]),
    {"path": "images/embeddings", "input": [{"image": "a"}]},
    {"path": "images/embeddings", "input": [{"image": IMAGE}], "encoding_format": "base64"},
    {"model": "gpt-4o", "max_tokens": 4, "stream": True},
    {"model": "gpt-4o", "max_tokens": 4, **SOUND},
]
ON_NEWEST = [
    {"max_tokens": 4},
    SPOKEN,
    {**SPOKEN, "stream": True},
    SOUND,
    PREDICTION,
    {"reasoning_effort": "low"},
    {"reasoning_effort": "utmost"},
    {"modalities": ["smell"]},
    {"store": True},
    {"user_security_context": {"source_ip": "192.0.2.7"}},
    {"messages": DEVELOPER},
    {"messages": [{"role": "user", "content": [HEARD]}], "max_tokens": 4},
]
TIMES = "timestamp_granularities[]"
VERBOSE = {"response_format": "verbose_json"}
TRANSCRIBED = [
    {},
    VERBOSE,
    {**VERBOSE, TIMES: "word"},
    {**VERBOSE, TIMES: "segment"},
    {**VERBOSE, TIMES: ["word", "segment"]},
]


async def replies(client, name):
    """Return the response to each probe of a document."""
    if name == MODELS:
        found = [await client.model(**fields) for fields in ON_MODELS]
        found.append(await client.info())
    else:
        found = [await client.chat(**fields) for fields in ON_NEWEST]
        found += [await client.transcribe(**fields) for fields in TRANSCRIBED]
    return [(reply.status_code, reply.headers.get("x-ms-error-code"), reply.text) for reply in found]


@pytest.fixture(autouse=True)
def nothing_changes_of_itself(monkeypatch):
    for module in ("chat", "embeddings"):
        monkeypatch.setattr(f"aoai_emulator.operations.{module}.response_id", lambda prefix: f"{prefix}1")
    monkeypatch.setattr("aoai_emulator.control.clock.EmulatorClock.now", lambda _: 1_700_000_000.0)
    monkeypatch.setattr("aoai_emulator.content.chat.speech.label", lambda *_parts: "1")


USUAL = {}


@pytest.fixture
async def usual(emulator):
    """The responses to the probes without any fault, requested once per document."""
    if not USUAL:
        client = emulator(flavour="strict")
        USUAL.update({name: await replies(client, name) for name in (MODELS, NEWEST)})
    return USUAL


async def test_the_default_is_reproducible(emulator, usual):
    client = emulator(flavour="strict")
    assert {name: await replies(client, name) for name in usual} == usual


@pytest.mark.parametrize("fault", SOME_FAULTS)
async def test_a_fault_takes_effect_on_its_document(emulator, usual, fault):
    client = emulator(fault.id, flavour="strict")
    assert await replies(client, fault.document) != usual[fault.document]


@pytest.mark.parametrize("backwards", [False, True])
async def test_all_faults_of_a_stage_at_once_break_nothing_else(emulator, caplog, backwards):
    for stage in ("answer", "chunks"):
        together = [fault.id for fault in FAULTS if fault.stage == stage]
        client = emulator(*(reversed(together) if backwards else together))
        for name in (MODELS, NEWEST):
            await replies(client, name)
    assert caplog.text == ""


def test_there_are_faults_of_both_documents():
    assert sum(fault.document == MODELS for fault in FAULTS) >= 20
    assert sum(fault.document == NEWEST for fault in FAULTS) >= 20
