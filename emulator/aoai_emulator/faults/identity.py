"""Faults of what an answer tells of itself: its id, its time, its model."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from aoai_emulator.faults.registry import answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

TEXT = frozenset({"chat", "completions"})
_MARCH_2023 = 1_677_800_000


@answer_fault("text-id-empty", operations=TEXT)
def empty_id(body: JsonObject, request: AcceptedRequest) -> None:
    """The id of an answer is empty."""
    del request
    body["id"] = ""


@answer_fault("text-id-constant", operations=TEXT)
def repeat_id(body: JsonObject, request: AcceptedRequest) -> None:
    """Every answer has the same id."""
    del request
    body["id"] = "answer-1"


@chunks_fault("text-id-constant", operations=TEXT)
def repeat_streamed_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every streamed answer has the same id."""
    del request
    for chunk in chunks:
        if chunk.get("id"):
            chunk["id"] = "answer-1"
        yield chunk


@answer_fault("text-created-in-milliseconds", operations=TEXT)
def create_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time of creation is in milliseconds."""
    del request
    if isinstance(body.get("created"), int):
        body["created"] *= 1000


@answer_fault("text-model-unnamed", operations=TEXT)
def unname_model(body: JsonObject, request: AcceptedRequest) -> None:
    """The name of the model is empty."""
    del request
    body["model"] = ""


@answer_fault("text-model-varies", operations=TEXT)
def vary_model(body: JsonObject, request: AcceptedRequest) -> None:
    """Each answer names a model of its own."""
    del request
    body["model"] = f"model-{secrets.token_hex(4)}"


@answer_fault("text-created-constant", operations=TEXT)
def create_always_then(body: JsonObject, request: AcceptedRequest) -> None:
    """Every answer was created in March 2023."""
    del request
    body["created"] = _MARCH_2023


@chunks_fault("text-created-constant", operations=TEXT)
def stream_always_then(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every chunk was created in March 2023."""
    del request
    for chunk in chunks:
        if chunk.get("created"):
            chunk["created"] = _MARCH_2023
        yield chunk
