"""Text formats of responses: JSON objects, and instances of a JSON schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.json_prefix import is_json_prefix, is_repeated_json
from aoai_conformance.formats.parameter_schemas import find_first_error
from aoai_conformance.rule import RESPONSE_CREATE, rule
from aoai_conformance.views.response_objects import CreatedResponse, OutputItem
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_FORMAT = f"{_SCHEMAS}/OpenAI.ResponseTextParam/properties/format"
#: Distinguishes a text that is no JSON from the JSON value null.
_NO_JSON: Any = object()


def _formatted(reply: CreatedResponse) -> tuple[tuple[OutputItem, str, str], ...]:
    """Return the texts that must have the requested JSON format, unless they were refused."""
    if reply.format.get("type") not in ("json_object", "json_schema") or reply.has_refusal:
        return ()
    return tuple(
        (item, at, written) for item, at, written in reply.texts if item.raw.get("phase") != "commentary"
    )


def _parsed(written: str) -> Any:
    try:
        return parse_strictly(written)
    except ValueError:
        return _NO_JSON


@rule(
    "RESPONSE-FORMAT-001",
    must="return valid JSON if the text format is json_object or a strict json_schema",
    clause=_FORMAT,
    operations=RESPONSE_CREATE,
    evidence=_formatted,
    note="Without `strict`, and for the same JSON several times, a SHOULD. A text that was cut off must be "
    "the beginning of JSON.",
)
def text_is_json(
    reply: CreatedResponse, texts: tuple[tuple[OutputItem, str, str], ...]
) -> Iterator[Violation]:
    """Clients parse the text of each message."""
    for item, at, written in texts:
        is_cut = reply.state != "completed" or item.status == "incomplete"
        if is_json_prefix(written) if is_cut else _parsed(written) is not _NO_JSON:
            continue
        yield item.violates(
            at,
            "The text is not valid JSON.",
            expected="JSON",
            actual=written,
            reason="no JSON",
            level=None if _is_strict(reply) and not is_repeated_json(written) else "should",
        )


@rule(
    "RESPONSE-FORMAT-002",
    must="return an instance of the given schema if the text format is a strict json_schema",
    clause=f"{_SCHEMAS}/OpenAI.TextResponseFormatJsonSchema/properties/strict",
    operations=RESPONSE_CREATE,
    evidence=_formatted,
    note="Without `strict`, a SHOULD. An invalid schema allows everything.",
)
def text_matches_the_schema(
    reply: CreatedResponse, texts: tuple[tuple[OutputItem, str, str], ...]
) -> Iterator[Violation]:
    """Judged for completed responses."""
    schema = reply.format.get("schema")
    if reply.format.get("type") != "json_schema" or reply.state != "completed":
        return
    for item, at, written in texts:
        value = _parsed(written)
        error = None if value is _NO_JSON else find_first_error(value, schema)
        if error is not None:
            yield item.violates(
                at,
                f"The text does not match the given schema at {error[0] or 'the root'}: {error[1]}.",
                expected=schema if isinstance(schema, dict) else None,
                actual=value,
                reason="schema",
                level=None if _is_strict(reply) else "should",
            )


def _is_strict(reply: CreatedResponse) -> bool:
    return reply.format.get("type") == "json_object" or reply.format.get("strict") is True
