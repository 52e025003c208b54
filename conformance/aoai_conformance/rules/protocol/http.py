"""Requirements of HTTP and of the document's declared responses for any response."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from aoai_conformance.json_access import members
from aoai_conformance.observation import examined
from aoai_conformance.rule import EVERY, Inconclusive, NotApplicable, rule
from aoai_conformance.views.exchange_views import Reply, Success
from aoai_model.json_parsing import parse_strictly
from aoai_model.serialization import Json
from aoai_model.verdict import Violation

_CHAT = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1chat~1completions/post/responses"
_JSON = "https://www.rfc-editor.org/rfc/rfc8259"
#: The escape of half of a surrogate pair, with or without the other half.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
#: Defects that other rules report, and that leave a body incomplete.
_ENDS_EARLY = frozenset({"coding", "head", "framing"})
#: Statuses whose responses have no body.
_WITHOUT_BODY = frozenset({204, 205})
_RETRY_AFTER = "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3"


def _has_json_body(reply: Success) -> bool:
    """Whether the content type is JSON and the body is complete."""
    has_body = reply.response.complete and reply.response.status not in _WITHOUT_BODY
    return has_body and _is_json(reply.response.media_type)


def _is_known_path(reply: Reply) -> bool:
    """Whether the request was sent to the operation's path."""
    return "path:unknown" not in reply.point_ids


def _is_throttled(reply: Reply) -> bool:
    """Whether the status is 429."""
    return reply.status == 429


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _streams(reply: Reply) -> bool:
    return reply.sent.get("stream") is True and reply.response.media_type == "text/event-stream"


@rule(
    "HTTP-001",
    must="return a declared status or an error",
    clause=_CHAT,
    operations=EVERY,
    note="Redirects and other 2xx are undeclared. Any 4xx or 5xx is accepted if the document declares an "
    "error; otherwise, as in some documents as published, an error is a MAY violation.",
)
def has_a_declared_status(reply: Reply) -> Iterator[Violation]:
    """Each operation declares its success status."""
    if 400 <= reply.status < 600:
        if reply.operation.response_for(reply.status) is None:
            message = "The error's status is not declared."
            yield Violation("", message, None, reply.status, "undeclared-error", level="may")
        return
    declared = sorted(status for status in reply.operation.responses if status[:1].isdigit() and status < "4")
    if _declares(declared, reply.status):
        return
    expected = " or ".join(declared) or "200"
    yield Violation("", "The status is not declared.", expected, reply.status, "status")


def _declares(declared: list[str], status: int) -> bool:
    return str(status) in declared or f"{status // 100}XX" in declared


@rule(
    "HTTP-003",
    must="return a content type that the document declares for the status",
    clause=f"{_CHAT}/200/content",
    operations=EVERY,
    note="SHOULD for another text type of a text transcript (text/vtt, application/x-subrip).",
)
def has_a_declared_content_type(reply: Success) -> Iterator[Violation]:
    """Clients choose a parser by the content type."""
    described = reply.operation.response_for(reply.response.status)
    given = reply.response.media_type
    if described is None or not described.media or reply.has_several("content-type"):
        return
    reply.header("content-type")
    if described.media_for(given) is not None or _streams(reply):
        return
    near_text = given.startswith("text/") or given == "application/x-subrip"
    weaker = near_text and given != "text/event-stream" and "text/plain" in described.media
    yield reply.violates(
        "header:Content-Type",
        "The content type is not declared." if given else "The response has no content type.",
        expected=" or ".join(described.media),
        actual=given or None,
        reason="undeclared" if given else "missing",
        level="should" if weaker else None,
    )


@rule(
    "HTTP-004",
    must="send valid JSON in UTF-8",
    clause=f"{_JSON}#section-8.1",
    operations=EVERY,
    when=_has_json_body,
    note="No byte order mark, no NaN or Infinity, nothing after the value.",
)
def sends_valid_json(reply: Success) -> Iterator[Violation]:
    """Judged by RFC 8259, not by what the parsers of Python or JavaScript accept."""
    body = reply.response.body
    if body.startswith(b"\xef\xbb\xbf"):
        yield reply.violates("", "The JSON starts with a byte order mark.", reason="byte order mark")
        return
    try:
        examined(members(parse_strictly(body.decode("utf-8"))))
    except UnicodeDecodeError as error:
        yield reply.violates("", "The JSON is not UTF-8.", actual=str(error.reason), reason="not utf-8")
    except ValueError as error:
        reason = "not json" if body.strip() else "empty"
        yield reply.violates("", "The body is not JSON.", actual=str(error), reason=reason)


@rule(
    "HTTP-005",
    should="use each member name of a JSON object once",
    clause=f"{_JSON}#section-4",
    operations=EVERY,
    when=_has_json_body,
)
def member_names_are_unique(reply: Success) -> Iterator[Violation]:
    """Parsers differ in which of two members with the same name they keep."""
    twice: list[Json] = []

    def gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        examined(pairs)
        names = [name for name, _ in pairs]
        twice.extend(name for name, count in Counter(names).items() if count > 1)
        return dict(pairs)

    try:
        json.loads(reply.response.body, object_pairs_hook=gather)
    except (ValueError, RecursionError):
        return
    if twice:
        yield reply.violates(
            "", "A JSON object has two members of the same name.", actual=list(dict.fromkeys(twice))
        )


@rule(
    "HTTP-006",
    must="send the complete body",
    clause="https://www.rfc-editor.org/rfc/rfc9112#section-8",
    operations=EVERY,
)
def sends_the_complete_body(reply: Reply) -> Iterator[Violation]:
    """The connection must not close before the end of the body. Other rules report other causes."""
    examined()
    if reply.response.complete:
        return
    timeout = reply.response.defect("timeout")
    if timeout is not None:
        raise Inconclusive(timeout.message)
    if any(defect.kind in _ENDS_EARLY for defect in reply.response.defects):
        raise NotApplicable
    yield reply.violates(
        "", "The connection closed before the body was complete.", actual=f"{len(reply.response.body)} bytes"
    )


@rule(
    "HTTP-007",
    may="send every response header that the document declares",
    clause=f"{_CHAT}/200/headers/apim-request-id",
    operations=EVERY,
    when=_is_known_path,
)
def sends_declared_headers(reply: Reply) -> Iterator[Violation]:
    """Support teams ask for the id of the request."""
    described = reply.operation.response_for(reply.response.status)
    for name in described.headers if described is not None else ():
        if not reply.header(name):
            yield Violation(
                f"header:{name}", f"The declared header {name} is missing.", "text", None, "missing"
            )


@rule(
    "HTTP-008",
    may="include Retry-After in a 429",
    clause="https://www.rfc-editor.org/rfc/rfc6585#section-4",
    operations=EVERY,
    when=_is_throttled,
    note="The service does not always send Retry-After: https://github.com/openai/openai-python/issues/937.",
)
def sends_retry_after(reply: Reply) -> Iterator[Violation]:
    """Without it, clients guess."""
    if reply.header("retry-after") is None and reply.header("retry-after-ms") is None:
        yield Violation("header:Retry-After", "A 429 has no Retry-After.", "seconds", None, "missing")


@rule(
    "HTTP-009",
    may="send Retry-After as seconds or an HTTP date",
    clause=_RETRY_AFTER,
    operations=EVERY,
    when=_is_throttled,
)
def retry_after_is_valid(reply: Reply) -> Iterator[Violation]:
    """Clients ignore a value that they cannot parse."""
    given = reply.header("retry-after")
    if given is not None and re.fullmatch(r"\d+", given.strip()) is None and not _is_date(given):
        yield Violation(
            "header:Retry-After", "Retry-After is neither seconds nor a date.", "seconds", given, "form"
        )


@rule(
    "HTTP-010",
    should="not split a surrogate pair in JSON text",
    clause=f"{_JSON}#section-8.2",
    operations=EVERY,
    when=_has_json_body,
    note="Many parsers reject half of a surrogate pair, others replace it.",
)
def sends_no_lone_surrogates(reply: Success) -> Iterator[Violation]:
    """A limit or a chunk may split an emoji."""
    examined(reply.response.is_json and members(reply.response.json))
    if _HALF.search(reply.response.body) is None:
        return
    try:
        written = json.dumps(json.loads(reply.response.body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return
    halves = re.search("[\ud800-\udfff]", written)
    if halves is not None:
        yield reply.violates(
            "",
            "A string contains half of a surrogate pair.",
            expected="no lone surrogate",
            actual=ascii(halves[0]),
        )


def _is_date(given: str) -> bool:
    try:
        parsedate_to_datetime(given)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return True
