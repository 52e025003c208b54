"""Streams that are not described, and chunks that do not fit their streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.lint.checks.schemas.discriminators import listed_values
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, schema_name
from aoai_specs.lint.survey import DescribedOperation
from aoai_specs.operations import EVENT_STREAM
from aoai_specs.pointers import join

_CHUNK = "chat.completion.chunk"


@check(severity="warning")
def stream_undeclared(subject: Subject) -> Iterator[Mistake]:
    """An operation that accepts `stream` but describes no stream."""
    for operation in subject.survey.operations:
        if _field(subject, _request_schema(operation), "stream") is None:
            continue
        for status, media in operation.responses.items():
            if status.startswith("2") and EVENT_STREAM not in media:
                yield Mistake(
                    operation.statuses[status],
                    f"{operation.title} accepts stream, but {status} declares no {EVENT_STREAM}.",
                )


@check(severity="warning")
def chunk_named_as_whole_answer(subject: Subject) -> Iterator[Mistake]:
    """A chunk schema whose `object` is not that of chunks."""
    for name, pointer in _chunks(subject):
        values = listed_values(subject, pointer, "object")
        if values and _CHUNK not in values:
            yield Mistake(
                join(pointer, "properties", "object"),
                f"{name} has deltas, but its object is {values[0]!r}, not {_CHUNK!r}.",
                _CHUNK,
            )


@check(severity="warning")
def chunk_needs_a_choice(subject: Subject) -> Iterator[Mistake]:
    """A chunk schema that requires a choice, although the chunk with the usage has none."""
    for name, pointer in _chunks(subject):
        choices = _field(subject, pointer, "choices")
        least = subject.follow(choices)[1].get("minItems", 0) if choices else 0
        if choices and isinstance(least, int) and least > 0:
            yield Mistake(
                join(choices, "minItems"),
                f"{name} requires a choice, but a chunk with only the usage has none.",
                [],
            )


@check(severity="warning")
def chunk_without_usage(subject: Subject) -> Iterator[Mistake]:
    """A chunk schema without usage, although requests can ask for it."""
    asked = [
        operation
        for operation in subject.survey.operations
        if (options := _field(subject, _request_schema(operation), "stream_options")) is not None
        and _field(subject, options, "include_usage") is not None
    ]
    for name, pointer in _chunks(subject) if asked else ():
        if _field(subject, pointer, "usage") is None:
            yield Mistake(pointer, f"{name} has no usage, but requests can ask for it with include_usage.")


@check(severity="warning")
def base64_without_text(subject: Subject) -> Iterator[Mistake]:
    """A request that accepts base64, with a response that accepts only numbers."""
    for operation in subject.survey.operations:
        form = _field(subject, _request_schema(operation), "encoding_format")
        if form is None or not _offers_base64(subject.follow(form)[1]):
            continue
        for status, media in operation.responses.items():
            for pointer, described in media.values() if status.startswith("2") else ():
                data = _field(subject, join(pointer, "schema"), "data") if "schema" in described else None
                vector = _field(subject, join(data, "items"), "embedding") if data else None
                if vector and not subject.fits(vector, "AACAPw==", "response"):
                    yield Mistake(
                        vector,
                        f"{operation.title} accepts base64, but its response accepts only numbers.",
                        "AACAPw==",
                    )


def _offers_base64(schema: dict[str, Any]) -> bool:
    """Whether base64 is accepted: it is listed, or there is no list."""
    listed = schema.get("enum")
    return "base64" in listed if isinstance(listed, list) else True


def _request_schema(operation: DescribedOperation) -> str:
    """Return the pointer of the JSON schema of a request; it does not resolve if there is none."""
    for media_type, (pointer, _) in operation.request.items():
        if "json" in media_type:
            return join(pointer, "schema")
    return join(operation.pointer, "requestBody", "content", "application/json", "schema")


def _field(subject: Subject, pointer: str, name: str) -> str | None:
    """Return the pointer of a field in a schema or the members of its `allOf`, or None."""
    for place, schema in subject.members(pointer):
        properties = schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            return join(place, "properties", name)
    return None


def _chunks(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the named schemas of chat chunks: their choices have a delta."""
    for name in subject.schemas:
        pointer = join("#/components/schemas", name)
        choices = _field(subject, pointer, "choices")
        item = subject.follow(choices)[0] if choices else None
        if item and _field(subject, join(item, "items"), "delta") is not None:
            yield schema_name(pointer), pointer
