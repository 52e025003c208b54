"""Requests for any document: each is valid, and the limits of the fields appear among a few hundred."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import UnknownNameError
from aoai_strategies import requests_for
from aoai_strategies.errors import NoRequestBodyError
from aoai_strategies.generation import document_requests
from aoai_strategies.points.coherence import is_coherent
from aoai_strategies.requests.forms import admits

STABLE, PREVIEW = "azure-openai@2024-10-21", "azure-openai@2025-01-01-preview"
INFERENCE = "ai-model-inference@2025-04-01"
CHATS = {STABLE: "ChatCompletions_Create", PREVIEW: "GetChatCompletions", INFERENCE: "getChatCompletions"}

Shows = Callable[[Any], object]


#: How many requests the gate draws first for a document.
FIRST = {STABLE: 130, PREVIEW: 60, INFERENCE: 60}


@cache
def drawn(document: str, operation: str, count: int) -> tuple[Any, ...]:
    found: list[Any] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_for(operation, document=document))
    def collect(body: Any) -> None:
        found.append(body)

    collect()
    return tuple(found)


@pytest.mark.parametrize(
    ("document", "count"),
    [
        *FIRST.items(),
        *(pytest.param(each, 260, marks=pytest.mark.whole_selftest) for each in FIRST),
    ],
)
def test_every_request_is_valid_against_the_document(document: str, count: int) -> None:
    operation = Catalogue.packaged().load(document).operation(CHATS[document])
    bodies = drawn(document, CHATS[document], count)
    assert len(bodies) > count * 6 // 13  # Hypothesis discards the others
    assert [body for body in bodies if not (admits(operation, body) and is_coherent("chat", body))] == []


def stop_list(size: int) -> Shows:
    return lambda body: isinstance(body.get("stop"), list) and len(body["stop"]) == size


def at(name: str, value: float) -> Shows:
    return lambda body: body.get(name) == value and not isinstance(body[name], bool)


def has_role(role: str) -> Shows:
    return lambda body: any(message["role"] == role for message in body["messages"])


def has_part(kind: str) -> Shows:
    return lambda body: any(
        part["type"] == kind
        for message in body["messages"]
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )


COMMON: dict[str, Shows] = {
    "temperature at 0": at("temperature", 0),
    "temperature at its maximum": lambda body: body.get("temperature") in (1, 2),
    "temperature between": lambda body: 0 < (body.get("temperature") or 0) < 1,
    "a stop list of 1": stop_list(1),
    "a stop list of 2": stop_list(2),
    "a stop list of 3": stop_list(3),
    "a stop list of 4": stop_list(4),
    "tools": lambda body: body.get("tools"),
    "a stream": lambda body: body.get("stream"),
}
OPENAI: dict[str, Shows] = {
    "one stop sequence": lambda body: isinstance(body.get("stop"), str),
    "n at 1": at("n", 1),
    "n at 128": at("n", 128),
    "n between": lambda body: 3 < (body.get("n") or 0) < 128,
    "data sources": lambda body: body.get("data_sources"),
}
NEWER: dict[str, Shows] = {
    "a developer message": has_role("developer"),
    "audio output": lambda body: "audio" in body.get("modalities", ()) and body["audio"]["voice"],
    "audio input": has_part("input_audio"),
    "a prediction": lambda body: body.get("prediction"),
}
#: What the gate looks for in the requests of the other documents, too; the long selftests look for all.
SOON = {"temperature at 0", "a stop list of 1", "tools", "a stream", *NEWER}
#: What takes more requests than the gate draws.
RARE = {"n at 128", "n between"}
SHOWN = [
    pytest.param(
        document,
        name,
        marks=() if name in SOON or (document == STABLE and name not in RARE) else pytest.mark.whole_selftest,
    )
    for document, names in {
        STABLE: [*COMMON, *OPENAI],
        PREVIEW: [*COMMON, *OPENAI, *NEWER],
        INFERENCE: [*COMMON],
    }.items()
    for name in names
]


@pytest.mark.parametrize(("document", "name"), SHOWN)
def test_a_few_hundred_requests_show(document: str, name: str) -> None:
    shows = {**COMMON, **OPENAI, **NEWER}[name]
    # What Hypothesis draws depends on the modules that are imported, so the first requests may lack a value.
    draws = (drawn(document, CHATS[document], count) for count in (FIRST[document], 260, 800))
    assert any(shows(body) for bodies in draws for body in bodies)


@pytest.mark.parametrize(
    "operation",
    ["Completions_Create", "embeddings_create", "ImageGenerations_Create", "Transcriptions_Create"],
)
def test_other_operations_have_valid_requests_too(operation: str) -> None:
    described = Catalogue.packaged().load(STABLE).operation(operation)
    bodies = drawn(STABLE, operation, 60)
    assert bodies
    assert all(admits(described, body) for body in bodies)


def test_the_document_may_be_a_document_or_the_default() -> None:
    document = Catalogue.packaged().load(STABLE)
    for given_document in (document, STABLE, None):
        smallest = find(requests_for("embeddings_create", document=given_document), lambda _: True)
        assert smallest == {"input": "0"}


def test_an_unknown_document_or_operation_names_a_known_one() -> None:
    with pytest.raises(UnknownNameError, match="embeddings_create"):
        requests_for("embeddings_creat")
    with pytest.raises(UnknownNameError, match="2024-10-21"):
        requests_for("embeddings_create", document="2024-10-22")


def test_an_operation_without_a_body_has_no_requests() -> None:
    with pytest.raises(NoRequestBodyError, match="ListFiles"):
        requests_for("ListFiles", document=PREVIEW)


def test_the_example_of_the_module_runs() -> None:
    results = doctest.testmod(document_requests)
    assert results.attempted > 2
    assert results.failed == 0
