"""Puts values of earlier answers into a planned request, where its marks stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aoai_conformance.exchange import Exchange
from aoai_conformance.json_access import dig
from aoai_model.case import Case, Placeholder, PollCondition
from aoai_model.serialization import Json
from aoai_specs.errors import ConformanceError
from aoai_strategies.requests.placeholders import substitute

_HEADER = "header:"
_NOTHING = object()


class NothingToTakeError(ConformanceError):
    """An earlier answer does not hold what a request takes from it; the text says so to people."""


def read_placeholder(taken: Placeholder, exchange: Exchange | None) -> Json:
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


def resolve_placeholders(case: Case, values: Mapping[Placeholder, Json]) -> Case:
    """The case with its placeholders replaced by these values; placeholders without a value stay."""
    marks = {placeholder.mark: value for placeholder, value in values.items()}
    return replace(case, request=substitute(case.request, marks)) if marks else case


def has_ended(exchange: Exchange, until: PollCondition) -> bool:
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
