"""The schemas of bodies and chunks, and content that the document does not declare."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_conformance.json_access import brief, dig
from aoai_conformance.judging.schema_bodies import MOST_ERRORS, Part, SchemaBody, SchemaJsonBody, SchemaStream
from aoai_conformance.quirks.quirks import is_piece_of_audio, is_vector, known_quirks
from aoai_conformance.rule import EVERY, Inconclusive, rule
from aoai_model.verdict import Violation
from aoai_reports.results.findings import generalise
from aoai_specs.json_values import are_identical

_RESPONSES = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1chat~1completions/post/responses"
#: Where an event has the response that it is about.
_OF_EVENTS = "/response"
_ABSENT = object()
_HABITS = frozenset(field for quirk in known_quirks() for field in quirk.fields)


@rule(
    "SCHEMA-001",
    must="send a body that matches the schema declared for its status and media type",
    clause=_RESPONSES,
    operations=EVERY,
    note="Each violation names the place in the document. SCHEMA-004 reports null in place of an optional "
    "field; a filtered message without content is a known quirk. A value that matches several branches of a "
    "oneOf is only a MAY: the branches of the document overlap, and the value violates none of them. An "
    "invalid value that the request has at the same place is reported once, as an accepted invalid request.",
)
def body_matches_its_schema(reply: SchemaJsonBody) -> Iterator[Violation]:
    """Reports each place and keyword once."""
    for part in reply.invalid_parts():
        for violation in _errors(part):
            value = dig(part.value, violation.pointer)
            if is_vector(violation.pointer, value) and reply.sent.get("encoding_format") == "base64":
                continue
            if not _repeats_request(reply, part, violation.pointer):
                yield violation
        if part.has_more_errors:
            raise Inconclusive(f"only the first {MOST_ERRORS:,} errors of the body were explained")


@rule(
    "SCHEMA-002",
    must="send chunks that match the schema declared for the stream",
    clause="azure-openai@2024-10-21#/components/schemas/createChatCompletionStreamResponse",
    operations=EVERY,
    note="Each violation names the place in the document. Chunks of prompt filter results or of the "
    "asynchronous filter are known quirks, and so is audio in fragments.",
)
def chunks_match_their_schema(reply: SchemaStream) -> Iterator[Violation]:
    """Judges every chunk but error objects, and reports each place once."""
    reasons: dict[str, str] = {}
    for part in reply.invalid_parts():
        for violation in _errors(part):
            if _repeats_request(reply, part, violation.pointer):
                continue
            first = reasons.setdefault(generalise(violation.pointer), violation.reason)
            if first == violation.reason and not is_piece_of_audio(violation.pointer, violation.reason):
                yield violation


def _repeats_request(reply: SchemaBody, part: Part, pointer: str) -> bool:
    """Whether the accepted request is itself invalid at a place of the response, and alike there.

    An event about a response has its members in `response`. A member that is missing at the top
    of the body is always reported.
    """
    if reply.case.expect == "accept" or reply.status >= 300 or reply.exchange.request.body_missing:
        return False
    place = pointer.removeprefix(_OF_EVENTS) if part.chunk is not None else pointer
    if not any(_overlap(place, each) for each in reply.invalid_in_request):
        return False
    sent, returned = dig(reply.sent, place, _ABSENT), dig(part.value, pointer, _ABSENT)
    if returned is _ABSENT:
        holder, _, _ = place.rpartition("/")
        return bool(holder) and sent is _ABSENT and isinstance(dig(reply.sent, holder), dict)
    return sent is not _ABSENT and are_identical(sent, returned)


def _overlap(one: str, other: str) -> bool:
    """Whether a pointer is that of another value, or of one inside it or around it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _errors(part: Part) -> Iterator[Violation]:
    of_another_type = {error.pointer for error in part.errors if error.keyword == "type"}
    for error in part.errors:
        if error.keyword != "type" and error.pointer in of_another_type:
            continue  # a value of another type also violates the list of values
        yield Violation(
            error.pointer,
            f"{error.message} [{error.clause}]",
            brief(error.expected),
            brief(error.actual),
            error.keyword,
            chunk=part.chunk,
            level="may" if error.overlap else None,
        )


@rule(
    "SCHEMA-003",
    may="send only fields that the document declares",
    clause=_RESPONSES,
    operations=EVERY,
    note="The schemas allow further fields, so this is only drift between the description and the server.",
)
def fields_are_declared(reply: SchemaBody) -> Iterator[Violation]:
    """Skips fields inside an undeclared one, and fields of known quirks."""
    for part, found in reply.drift:
        if found.kind == "field" and re.sub(r"/\d+", "", found.pointer) not in _HABITS:
            message = f"{found.pointer} is a field that the document does not declare."
            yield Violation(found.pointer, message, None, brief(found.value), "undeclared", chunk=part.chunk)


@rule(
    "SCHEMA-004",
    may="omit an optional field instead of sending null",
    clause=_RESPONSES,
    operations=EVERY,
    note="Most clients treat null as absent; some do not expect it.",
)
def nulls_are_declared(reply: SchemaBody) -> Iterator[Violation]:
    """Null in place of a required field violates the schema."""
    for part in reply.invalid_parts():
        for pointer in part.undeclared_nulls:
            if not _is_of_an_error(reply, pointer):
                message = f"{pointer} is null, but its schema does not allow null."
                yield Violation(pointer, message, "the field absent", None, "null", chunk=part.chunk)


def _is_of_an_error(reply: SchemaBody, pointer: str) -> bool:
    """Whether this is the known quirk of null members in errors."""
    return reply.status >= 400 and pointer in ("/error/code", "/error/param", "/error/type")


@rule(
    "SCHEMA-005",
    may="send only values that the document lists, even if the list is open",
    clause="azure-openai@2024-10-21#/components/schemas/contentFilterSeverityResult/allOf/1/properties/severity",
    operations=EVERY,
    note="An open list (x-ms-enum with modelAsString, or a union of the list with any string) may grow, so "
    "this is only drift.",
)
def values_are_declared(reply: SchemaBody) -> Iterator[Violation]:
    """Values outside a closed list violate the schema."""
    for part, found in reply.drift:
        if found.kind == "value":
            message = f"{found.pointer} has a value that the document does not list."
            declared = brief(list(found.declared))
            yield Violation(
                found.pointer, message, declared, brief(found.value), "unlisted", chunk=part.chunk
            )
