"""Answers in JSON: the text is what response_format promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.answers import ChatAnswer, ChatChoice
from aoai_conformance.parameter_schemas import first_error
from aoai_conformance.pointing import dig, parse_strictly
from aoai_conformance.rule import CHAT, Violation, rule

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_FORMAT = f"{_SCHEMAS}/createChatCompletionRequest/allOf/1/properties/response_format"


def _whole_texts(answer: ChatAnswer, format_type: str) -> Iterator[tuple[ChatChoice, str]]:
    """The choices that the format's promise holds for: not cut, not stopped, not refused, no calls."""
    if dig(answer.sent, "/response_format/type") != format_type or answer.stops:
        return
    for choice in answer.choices:
        if choice.finish_reason == "stop" and not choice.refusal and not choice.called:
            yield choice, choice.content or ""


@rule(
    "JSON-001",
    must="answer with a text that is JSON where response_format is json_object",
    clause=_FORMAT,
    operations=CHAT,
    note="A stop sequence or the token limit may cut the text, so only whole ones are judged. That the "
    "JSON is an object is what the format's name says, and no sentence: a should.",
)
def json_object_is_json(answer: ChatAnswer) -> Iterator[Violation]:
    """Whitespace around it is lawful."""
    for choice, content in _whole_texts(answer, "json_object"):
        value, parses = _parsed(content)
        if not parses:
            yield choice.violates(
                "/message/content", "The text is no JSON.", expected="JSON", actual=content, reason="no JSON"
            )
        elif not isinstance(value, dict):
            yield choice.violates(
                "/message/content",
                "The text is JSON, but no object.",
                expected="a JSON object",
                actual=content,
                reason="no object",
                level="should",
            )


@rule(
    "JSON-002",
    must="answer with a text that is JSON where response_format is a strict json_schema",
    clause=_FORMAT,
    operations=CHAT,
    note="Without strict the description promises as much in one sentence and takes it back in another: a "
    "should.",
)
def json_schema_is_json(answer: ChatAnswer) -> Iterator[Violation]:
    """The schema is JSON-003's."""
    for choice, content in _whole_texts(answer, "json_schema"):
        if not _parsed(content)[1]:
            yield choice.violates(
                "/message/content",
                "The text is no JSON.",
                expected="JSON",
                actual=content,
                reason="no JSON",
                level=None if _strict(answer) else "should",
            )


@rule(
    "JSON-003",
    must="answer with an instance of the given schema where response_format is a strict json_schema",
    clause=f"{_SCHEMAS}/ResponseFormatJsonSchema/properties/json_schema/properties/strict",
    operations=CHAT,
    note="Without strict the description promises as much in one sentence and takes it back in another: a "
    "should.",
)
def json_schema_is_kept(answer: ChatAnswer) -> Iterator[Violation]:
    """A schema that is none allows everything."""
    schema = dig(answer.sent, "/response_format/json_schema/schema")
    for choice, content in _whole_texts(answer, "json_schema"):
        value, parses = _parsed(content)
        error = first_error(value, schema) if parses else None
        if error is not None:
            yield choice.violates(
                "/message/content",
                f"The text breaks the given schema at {error[0] or 'its root'}: {error[1]}",
                expected=schema,
                actual=value,
                reason="schema",
                level=None if _strict(answer) else "should",
            )


def _parsed(content: str) -> tuple[Any, bool]:
    try:
        return parse_strictly(content), True
    except ValueError:
        return None, False


def _strict(answer: ChatAnswer) -> bool:
    return dig(answer.sent, "/response_format/json_schema/strict") is True
