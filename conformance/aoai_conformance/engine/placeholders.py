"""Puts values of earlier answers into a planned request, where its marks stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aoai_conformance.exchange import Exchange
from aoai_conformance.json_access import dig
from aoai_model.case import (
    Body,
    Case,
    Json,
    JsonBody,
    MultipartBody,
    Placeholder,
    PlannedRequest,
    RawBody,
    Until,
)
from aoai_specs.errors import ConformanceError

_HEADER = "header:"
_NOTHING = object()


class NothingToTakeError(ConformanceError):
    """An earlier answer does not hold what a request takes from it; the text says so to people."""


def taken_value(taken: Placeholder, exchange: Exchange | None) -> Json:
    """The value that an earlier exchange gives. Raises NothingToTakeError where there is none."""
    if exchange is None or exchange.response is None:
        raise NothingToTakeError(f"Not sent: {taken.source}, which it builds on, has no answer.")
    response = exchange.response
    if not 200 <= response.status < 300:
        raise NothingToTakeError(
            f"Not sent: {taken.source}, which it builds on, was answered with {response.status}."
        )
    value: Any = _NOTHING
    if taken.pointer.startswith(_HEADER):
        value = response.header(taken.pointer.removeprefix(_HEADER))
    elif response.is_json:
        value = dig(response.json, taken.pointer, _NOTHING)
    if value is _NOTHING or value is None:
        raise NothingToTakeError(f"Not sent: the answer to {taken.source} has nothing at {taken.pointer}.")
    given: Json = value
    return given


def filled(case: Case, values: Mapping[Placeholder, Json]) -> Case:
    """The case with its marks replaced by these values; marks without a value stay as they are."""
    marks = {taken.mark: value for taken, value in values.items()}
    if not marks:
        return case
    request = case.request
    return replace(
        case,
        request=PlannedRequest(
            method=request.method,
            path=request.path,
            query=_texts(request.query, marks),
            headers=_texts(request.headers, marks),
            path_parameters=_texts(request.path_parameters, marks),
            credentials=request.credentials,
            body=_body(request.body, marks),
        ),
    )


def has_ended(exchange: Exchange, until: Until) -> bool:
    """Whether an answer says what a repeated case waits for, or can never say it."""
    response = exchange.response
    if response is None or not 200 <= response.status < 300 or not response.is_json:
        return True
    return dig(response.json, until.pointer) in until.values


def may_give_nothing(exchange: Exchange) -> bool:
    """Whether nobody is to blame although nothing could be taken from an exchange.

    So it is where the request might as well be refused, and where its answer does not have the value (yet):
    a batch without failures has no file of them. What must be in an answer is the business of the rules.
    """
    response = exchange.response
    if response is None:
        return False
    return 200 <= response.status < 300 or (exchange.case.expect == "any" and response.status < 500)


def _body(body: Body, marks: Mapping[str, Json]) -> Body:
    match body:
        case JsonBody(value):
            return JsonBody(_json(value, marks))
        case MultipartBody(parts):
            return MultipartBody(tuple(replace(part, content=_bytes(part.content, marks)) for part in parts))
        case RawBody(content, content_type):
            return RawBody(_bytes(content, marks), content_type)
        case None:
            return None


def _json(value: Json, marks: Mapping[str, Json]) -> Json:
    if isinstance(value, str):
        return marks[value] if value in marks else _text(value, marks)
    if isinstance(value, list):
        return [_json(each, marks) for each in value]
    if isinstance(value, dict):
        return {name: _json(each, marks) for name, each in value.items()}
    return value


def _texts(values: Mapping[str, str], marks: Mapping[str, Json]) -> dict[str, str]:
    return {name: _text(value, marks) for name, value in values.items()}


def _text(text: str, marks: Mapping[str, Json]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value if isinstance(value, str) else str(value))
    return text


def _bytes(content: bytes, marks: Mapping[str, Json]) -> bytes:
    for mark, value in marks.items():
        content = content.replace(mark.encode(), str(value).encode("utf-8", "replace"))
    return content
