"""The bodies of errors: their form, required content, and content that they must not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_conformance.json_access import brief, elements, members, text, whole
from aoai_conformance.judging.error_responses import ErrorReply, is_filtered
from aoai_conformance.judging.request_fields import request_fields, split_path
from aoai_conformance.observation import examined, examined_beyond
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.exchange_views import JsonReply
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_ERROR = f"{_SCHEMAS}/errorResponse/properties/error"
_BASE = f"{_SCHEMAS}/errorBase/properties"
_DEFAULT = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1chat~1completions/post/responses"
_TRACES = re.compile(
    r"Traceback \(most recent call last\)"
    r"|^\s*File \"[^\"]+\", line \d+"
    r"|^\s+at [\w.$<>/]+ ?\([^)\n]*:\d+(?::\d+)?\)"
    r"|^\s+at [\w.`<>]+\([^)\n]*\) in \S+:line \d+"
    r"|^goroutine \d+ \[",
    re.MULTILINE,
)
_KEYWORDS = frozenset(
    {
        *("type", "nullable", "enum", "const", "required", "pattern", "items", "additionalProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
_GRADED = frozenset({"hate", "self_harm", "sexual", "violence"})
_DETECTED = frozenset({"profanity", "jailbreak", "indirect_attack"})


def _has_error_object(refusal: ErrorReply) -> bool:
    """Whether there is an error object."""
    return bool(refusal.error)


class InvalidFieldError(ErrorReply):
    """The error for a request that violates one keyword of one field."""

    def applies(self) -> bool:
        """Whether the request has one such point. Generated requests may violate several keywords."""
        return (
            self.case.expect == "reject"
            and self.case.origin not in ("protocol", "generated")
            and len(self.case.points) == 1
            and self.case.points[0].constraint.rpartition(".")[2] in _KEYWORDS
            and super().applies()
        )


def _names_field(refusal: ErrorReply) -> bool:
    """Whether the error names a field and is not about the content filter."""
    return _has_error_object(refusal) and refusal.param is not None and not is_filtered(refusal)


def _has_filter_details(refusal: ErrorReply) -> bool:
    """Whether the error is from the content filter and has an inner error."""
    return _has_error_object(refusal) and is_filtered(refusal) and refusal.inner is not None


@rule(
    "ERROR-001",
    must="describe an error with an error object in a JSON object",
    clause=_ERROR,
    operations=EVERY,
    note="Also accepted: a 401, 403, 404, 429, 500 or 503 as {statusCode, message}, and the plain text "
    "'Unsupported data type'.",
)
def is_an_error_object(refusal: ErrorReply) -> Iterator[Violation]:
    """Empty bodies, HTML, text and other JSON are violations."""
    if refusal.is_status_form or refusal.is_plain_form or refusal.error:
        examined()
        return
    start = refusal.response.text.lstrip()[:20].lower()
    if not start:
        reason, message = "empty", "The error has no body."
    elif start.startswith(("<!doctype", "<html", "<?xml")):
        reason, message = "html", "The error is an HTML page."
    elif refusal.body is None:
        reason, message = "not json", "The error's body is not JSON."
    else:
        reason, message = "no error object", "The error's body has no error object."
    actual = brief(refusal.body if refusal.body is not None else refusal.response.text)
    yield refusal.violates(
        "" if refusal.body is None else "/error",
        message,
        expected={"error": {"code": "…", "message": "…"}},
        actual=actual,
        reason=reason,
        level=refusal.shape_level,
    )


@rule(
    "ERROR-002",
    must="describe an error in a message",
    clause=f"{_BASE}/message",
    operations=EVERY,
    when=_has_error_object,
)
def has_a_message(refusal: ErrorReply) -> Iterator[Violation]:
    """People read the message."""
    message = refusal.error.get("message")
    if "message" not in refusal.error:
        reason, message = "missing", "The error has no message."
    elif isinstance(message, str) and not message.strip():
        reason, message = "empty", "The error's message is empty."
    else:
        return
    yield refusal.violates(
        f"{refusal.at}/message",
        message,
        expected="text",
        actual=message,
        reason=reason,
        level=refusal.shape_level,
    )


@rule(
    "ERROR-003",
    must="give each error a code or a type",
    clause=f"{_BASE}/code",
    operations=EVERY,
    when=_has_error_object,
    note="Errors of the model itself have code null and a type: https://github.com/Mintplex-Labs/anything-llm/issues/184.",
)
def has_a_code(refusal: ErrorReply) -> Iterator[Violation]:
    """Programs compare the code or the type."""
    if refusal.is_status_form:
        return
    code, kind = refusal.error.get("code"), refusal.error.get("type")
    if code in (None, "") and not (isinstance(kind, str) and kind):
        yield refusal.violates(
            f"{refusal.at}/code",
            "The error has neither a code nor a type.",
            expected="text",
            actual=code,
            reason="missing",
            level=refusal.shape_level,
        )


@rule(
    "ERROR-004",
    must="declare an error body as application/json",
    clause=f"{_DEFAULT}/default/content",
    operations=EVERY,
    when=_has_error_object,
)
def is_declared_as_json(refusal: ErrorReply) -> Iterator[Violation]:
    """SDKs read the error object only if the content type is JSON."""
    refusal.header("content-type")
    declared = refusal.response.media_type
    if declared != "application/json":
        message = (
            f"A JSON error is declared as {declared}." if declared else "A JSON error has no Content-Type."
        )
        yield refusal.violates(
            "header:Content-Type",
            message,
            expected="application/json",
            actual=declared or None,
            level=refusal.shape_level,
        )


@rule(
    "ERROR-005",
    must="not expose stack traces",
    clause="https://cwe.mitre.org/data/definitions/209.html",
    operations=EVERY,
)
def exposes_no_stack_traces(refusal: ErrorReply) -> Iterator[Violation]:
    """A trace helps attackers, not callers."""
    examined_beyond(refusal.error or (refusal.body is None and refusal.response.text.strip()))
    texts = [refusal.response.text, *(each for each in refusal.error.values() if isinstance(each, str))]
    for each in texts:
        found = _TRACES.search(each)
        if found is not None:
            yield refusal.violates("", "The error contains a stack trace.", actual=found[0].strip())
            return


@rule(
    "ERROR-006",
    should="name the invalid field, and no other, as param",
    clause=f"{_SCHEMAS}/error/properties/param",
    operations=EVERY,
    when=_names_field,
    note="Null and absent are accepted: the service often leaves param null.",
)
def names_the_invalid_field(refusal: InvalidFieldError) -> Iterator[Violation]:
    """Compares only top-level fields that the document declares."""
    at_fault = refusal.case.points[0].id.partition(".")[0].partition("[")[0]
    known = request_fields(refusal.operation)
    named = [name for name in split_path(refusal.param or "") if name in known]
    if at_fault in known and named and at_fault not in named:
        yield refusal.violates(
            f"{refusal.at}/param",
            "The error names a field that is not the invalid one.",
            expected=at_fault,
            actual=refusal.param,
        )


@rule(
    "ERROR-007",
    should="repeat the status of the response if the error has a status",
    clause=f"{_BASE}/code",
    operations=EVERY,
    when=_has_error_object,
    note="Checked only if code is a three-digit number, or status or statusCode is present.",
)
def repeats_the_status(refusal: ErrorReply) -> Iterator[Violation]:
    """The service repeats the status as `code`, `status` or `statusCode`."""
    for name in ("code", "status", "statusCode"):
        value = refusal.error.get(name)
        seen = int(value) if isinstance(value, str) and re.fullmatch("[45][0-9]{2}", value) else whole(value)
        if seen is not None and 400 <= seen < 600 and seen != refusal.status:
            yield refusal.violates(
                f"{refusal.at}/{name}",
                "The status in the error differs from that of the response.",
                expected=refusal.status,
                actual=value,
            )


@rule(
    "ERROR-008",
    must="include all members of each content filter result in an error",
    clause=f"{_SCHEMAS}/innerError/properties/content_filter_results",
    operations=EVERY,
    when=_has_filter_details,
    note="Also checked for the undeclared innererror and content_filter_result; SCHEMA-001 checks the "
    "declared one.",
)
def details_are_complete(refusal: ErrorReply) -> Iterator[Violation]:
    """Each category states whether it filtered, and its severity or whether it was detected."""
    at, inner = refusal.inner or ("", {})
    for name in ("content_filter_results", "content_filter_result"):
        for category, result in members(inner.get(name)).items():
            if (at, name) == ("/error/inner_error", "content_filter_results"):
                continue
            if category not in _GRADED | _DETECTED or result is None:
                continue
            second = "severity" if category in _GRADED else "detected"
            missing = [field for field in ("filtered", second) if members(result).get(field) is None]
            if missing:
                yield refusal.violates(
                    f"{at}/{name}/{category}",
                    "A content filter result is incomplete.",
                    expected=["filtered", second],
                    actual=result,
                    reason="incomplete",
                )


@rule(
    "ERROR-009",
    should="mark the category that the content filter rejected",
    clause=f"{_SCHEMAS}/innerError/properties/content_filter_results",
    operations=EVERY,
    when=_has_filter_details,
)
def some_category_is_filtered(refusal: ErrorReply) -> Iterator[Violation]:
    """If there are results, at least one is marked as filtered."""
    at, inner = refusal.inner or ("", {})
    for name in ("content_filter_results", "content_filter_result"):
        results = members(inner.get(name))
        if results and not any(_filters(result) for result in results.values()):
            yield refusal.violates(
                f"{at}/{name}", "No content filter category is marked as filtered.", actual=inner.get(name)
            )


def _filters(result: object) -> bool:
    if isinstance(result, list):
        return any(_filters(each) for each in elements(result))
    if not isinstance(result, dict):
        return False
    return result.get("filtered") is True or _filters(result.get("details"))


@rule(
    "ERROR-010",
    must="return errors with a 4xx or 5xx status",
    clause=f"{_DEFAULT}/200",
    operations=EVERY,
)
def is_not_a_success(reply: JsonReply) -> Iterator[Violation]:
    """Every client treats a 200 with an error object as a result."""
    if reply.operation.kind == "file-content":
        return  # a file may have any content, such as the errors of a batch
    error = reply.json.get("error")
    # a failed operation or job has a status and an error
    results_found = {"choices", "data", "text", "vectors", "status"} & reply.json.keys()
    if error and not results_found and (isinstance(error, dict) or text(error)):
        yield reply.violates(
            "/error", "A response with a 2xx status contains an error instead of a result.", actual=error
        )
