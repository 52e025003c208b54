"""JSON output: the content matches response_format."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.json_prefix import is_json_prefix, is_repeated_json
from aoai_conformance.formats.parameter_schemas import find_first_error
from aoai_conformance.json_access import dig, elements
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.responses import ChatChoice, ChatReply
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_FORMAT = f"{_SCHEMAS}/createChatCompletionRequest/allOf/1/properties/response_format"


def _texts(reply: ChatReply, format_type: str) -> Iterator[tuple[ChatChoice, str, bool]]:
    """Yield the texts that must have the format, each with whether it is certainly complete."""
    if dig(reply.sent, "/response_format/type") != format_type:
        return
    if "audio" in elements(reply.sent.get("modalities")):
        return  # response_format does not apply to transcripts of audio
    for choice in reply.choices:
        silent = bool(choice.refusal) or choice.called or choice.finish_reason == "content_filter"
        if not silent and isinstance(choice.message.get("content", 0), str | None):
            yield choice, choice.content or "", choice.finish_reason == "stop" and not reply.stops


@rule(
    "JSON-001",
    must="return valid JSON if response_format is `json_object`",
    clause=_FORMAT,
    operations=CHAT,
    note="A text that may be truncated by a stop sequence or the limit must be the beginning of JSON. Only "
    "the name of the format, and no sentence, says that the JSON is an object: a SHOULD.",
)
def json_object_is_valid(reply: ChatReply) -> Iterator[Violation]:
    """Surrounding whitespace is allowed."""
    for choice, content, whole in _texts(reply, "json_object"):
        if not (_parses(content) if whole else is_json_prefix(content)):
            yield choice.violates(
                "/message/content",
                "The content is not valid JSON.",
                expected="JSON",
                actual=content,
                reason="no JSON",
            )
        elif not is_json_prefix(content, with_object=True):
            yield choice.violates(
                "/message/content",
                "The content is valid JSON, but not an object.",
                expected="a JSON object",
                actual=content,
                reason="no object",
                level="should",
            )


@rule(
    "JSON-002",
    must="return valid JSON if response_format is a strict `json_schema`",
    clause=_FORMAT,
    operations=CHAT,
    note="Without `strict`, the document promises nothing: a MAY. A model that repeats the same JSON is a "
    "SHOULD: the service has been recorded to return it.",
)
def json_schema_output_is_json(reply: ChatReply) -> Iterator[Violation]:
    """JSON-003 checks the schema."""
    for choice, content, whole in _texts(reply, "json_schema"):
        if not (_parses(content) if whole else is_json_prefix(content)):
            yield choice.violates(
                "/message/content",
                "The content is not valid JSON.",
                expected="JSON",
                actual=content,
                reason="no JSON",
                level=("should" if is_repeated_json(content) else None) if _strict(reply) else "may",
            )


@rule(
    "JSON-003",
    must="return an instance of the given schema if response_format is a strict `json_schema`",
    clause=f"{_SCHEMAS}/ResponseFormatJsonSchema/properties/json_schema/properties/strict",
    operations=CHAT,
    note="Without `strict`, the document promises nothing: a MAY.",
)
def json_schema_output_is_valid(reply: ChatReply) -> Iterator[Violation]:
    """An invalid schema allows everything."""
    schema = dig(reply.sent, "/response_format/json_schema/schema")
    for choice, content, whole in _texts(reply, "json_schema"):
        value = parse_strictly(content) if whole and _parses(content) else None
        error = find_first_error(value, schema) if whole and _parses(content) else None
        if error is not None:
            yield choice.violates(
                "/message/content",
                f"The content does not match the given schema at {error[0] or 'the root'}: {error[1]}",
                expected=schema,
                actual=value,
                reason="schema",
                level=None if _strict(reply) else "may",
            )


def _parses(content: str) -> bool:
    try:
        parse_strictly(content)
    except ValueError:
        return False
    return True


def _strict(reply: ChatReply) -> bool:
    return dig(reply.sent, "/response_format/json_schema/strict") is True
