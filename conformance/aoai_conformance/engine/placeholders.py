"""Replace the placeholders of a planned request by values from earlier responses."""

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


class MissingValueError(ConformanceError):
    """An earlier response lacks a value that a request takes from it; the message is for users."""


def read_placeholder(taken: Placeholder, exchange: Exchange | None) -> Json:
    """Return the value from an earlier exchange. Raises MissingValueError if it has none."""
    if exchange is None or exchange.response is None:
        raise MissingValueError(f"Not sent: it depends on {taken.source}, which has no response.")
    response = exchange.response
    if not 200 <= response.status < 300:
        raise MissingValueError(
            f"Not sent: it depends on {taken.source}, which failed with {response.status}."
        )
    value: Any = _NOTHING
    if taken.pointer.startswith(_HEADER):
        value = response.header(taken.pointer.removeprefix(_HEADER))
    elif response.events is not None:
        found_in = (dig(event, taken.pointer, _NOTHING) for event in response.event_objects if event)
        value = next((each for each in found_in if each is not _NOTHING), _NOTHING)
    elif response.is_json:
        value = dig(response.json, taken.pointer, _NOTHING)
    if value is _NOTHING or value is None:
        raise MissingValueError(f"Not sent: the response to {taken.source} has no value at {taken.pointer}.")
    found: Json = value
    return found


def resolve_placeholders(case: Case, values: Mapping[Placeholder, Json]) -> Case:
    """Return the case with placeholders replaced by their values; others stay."""
    marks = {placeholder.mark: value for placeholder, value in values.items()}
    return replace(case, request=substitute(case.request, marks)) if marks else case


def has_ended(exchange: Exchange, until: PollCondition) -> bool:
    """Whether a response meets the condition of a repeated case, or never will."""
    response = exchange.response
    if response is None or not 200 <= response.status < 300 or not response.is_json:
        return True
    return dig(response.json, until.pointer) in until.values


def may_lack_value(exchange: Exchange) -> bool:
    """Whether an exchange may legitimately lack a value that a later request takes from it.

    It may if the request could be rejected, or if the response does not have the value (yet): a batch without
    failures has no error file. Required members are checked by the rules.
    """
    response = exchange.response
    if response is None:
        return False
    return 200 <= response.status < 300 or (exchange.case.expect == "any" and response.status < 500)
