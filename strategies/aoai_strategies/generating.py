"""Generated requests: what the profile deep adds to an operation, valid and invalid, by a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar, cast
from zlib import crc32

from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from aoai_specs.document import Operation
from aoai_specs.shapes import request_media_type, request_shape
from aoai_strategies import requests
from aoai_strategies.bases import base_request
from aoai_strategies.case import Edit, Expectation, Json, PlannedRequest, Point
from aoai_strategies.editing import body_value, edited
from aoai_strategies.forms import admits, is_form
from aoai_strategies.resources import ENDING, NAMING_FIELDS, UNPROMISED
from aoai_strategies.shaped import broken_requests, described_requests
from aoai_strategies.steady import drawn

_T = TypeVar("_T")

_OF_KIND: Mapping[str, Callable[[], SearchStrategy[Json]]] = {
    "chat": lambda: cast("SearchStrategy[Json]", requests.chat_requests()),
    "completions": lambda: cast("SearchStrategy[Json]", requests.completion_requests()),
    "embeddings": lambda: cast("SearchStrategy[Json]", requests.embedding_requests()),
    "images": lambda: cast("SearchStrategy[Json]", requests.image_requests()),
    "speech": lambda: cast("SearchStrategy[Json]", requests.speech_requests()),
    "transcription": lambda: requests.transcription_requests().map(body_value),
    "translation": lambda: requests.translation_requests().map(body_value),
}
#: Kinds whose generated requests name what is not there, or ask for what no schema tells from sense.
UNPROMISED_GENERATED = UNPROMISED | ENDING | NAMING_FIELDS.keys() | {"file-upload", "upload-create"}
#: Fields that go together: where the first is not admitted, the others have lost their meaning.
_TOGETHER: tuple[tuple[str, ...], ...] = (
    ("tools", "tool_choice", "parallel_tool_calls"),
    ("functions", "function_call"),
    ("stream", "stream_options"),
    ("logprobs", "top_logprobs"),
)


def generated_requests(
    operation: Operation, seed: int, examples: int
) -> Iterator[tuple[PlannedRequest, Point]]:
    """`examples` valid requests of an operation and as many that break one constraint, each with its point.

    The same seed gives the same requests. An operation without a body gives none.
    """
    media_type = request_media_type(operation)
    if request_shape(operation) is None or media_type is None:
        return
    base = base_request(operation, "")
    own_seed = crc32(f"{seed} {operation.document.name} {operation.id}".encode())
    clause = operation.document.clause(operation.request_media[media_type])
    accepted: Expectation = "any" if operation.kind in UNPROMISED_GENERATED else "accept"
    valid = requests_for(operation)
    for number, body in enumerate(_some(valid, own_seed, examples), start=1):
        text = "A generated request that keeps to the description is accepted."
        yield _pointed(base, f"generated:valid-{number:03}", body, accepted, clause, text)
    broken = broken_requests(operation=operation, valid=valid)
    for number, (body, located, candidate) in enumerate(_some(broken, own_seed + 1, examples), start=1):
        text = f"In a generated request: {candidate.description}"
        identifier = f"generated:invalid-{number:03}"
        if is_form(operation) and not _told_in_a_form(body):
            continue
        request, point = _pointed(base, identifier, body, "reject", located.constraint.clause, text)
        point = replace(point, level=candidate.level)
        if not admits(operation, body_value(request.body)):
            yield request, point


def requests_for(operation: Operation) -> SearchStrategy[Json]:
    """Valid bodies of an operation: from its kind's strategy, fitted to the document, or from its schema."""
    shape = request_shape(operation)
    made = _OF_KIND.get(operation.kind)
    if made is None or shape is None:
        return described_requests(operation=operation)

    def fitted(body: Json) -> Json:
        return _fitted(operation, frozenset(shape.properties), body)

    return made().map(fitted).filter(lambda body: admits(operation, body))


def _fitted(operation: Operation, known: frozenset[str], body: Json) -> Json:
    """A body without the fields that the document does not have, or has with narrower limits."""
    if not isinstance(body, dict):
        return body
    kept = {name: value for name, value in body.items() if name in known}
    media_type = request_media_type(operation)
    validator = operation.request_validator(media_type) if media_type else None
    if validator is None or is_form(operation) or validator.is_valid(kept):
        return kept
    for error in validator.errors(kept):
        name = error.pointer.split("/")[1] if "/" in error.pointer else ""
        for gone in next((group for group in _TOGETHER if group[0] == name), (name,)):
            kept.pop(gone, None)
    return kept


def _some(strategy: SearchStrategy[_T], seed: int, examples: int) -> list[_T]:
    try:
        return drawn(strategy, seed=seed, count=examples)
    except Unsatisfiable:
        return []  # the description admits nothing that the strategy makes, so that there is nothing to send


def _told_in_a_form(body: Json) -> bool:
    """Whether a form can carry a body at all: it has text and files only."""
    values = body.values() if isinstance(body, dict) else ()
    return all(isinstance(value, str | int | float) or _is_file(value) for value in values)


def _is_file(value: Json) -> bool:
    return isinstance(value, dict) and "filename" in value


def _pointed(
    base: PlannedRequest, identifier: str, body: Json, expect: Expectation, clause: str, text: str
) -> tuple[PlannedRequest, Point]:
    edits = (Edit("", body),)
    point = Point(identifier, "generated", expect, "must", clause, text, edits)
    return edited(base, edits), point
