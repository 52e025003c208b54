"""Errors of the Responses API."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_conformance.json_access import text
from aoai_conformance.judging.error_responses import ErrorReply
from aoai_conformance.rule import RESPONSE_CREATE, NotApplicable, rule
from aoai_model.verdict import Violation

_SOURCE = "https://github.com/maximhq/bifrost/issues/2441"
_NOT_FOUND = "previous_response_not_found"
#: How servers say that something does not exist.
_MISSING = re.compile(r"not found|not exist|no such|unknown|expired|cannot find", re.IGNORECASE)


def _is_about_previous_response(refusal: ErrorReply) -> bool:
    """Whether the error says that the previous response does not exist."""
    if not text(refusal.sent.get("previous_response_id")):
        return False
    named = refusal.param == "previous_response_id" or "previous response" in (refusal.message or "").lower()
    return refusal.code == _NOT_FOUND or (named and _MISSING.search(refusal.message or "") is not None)


@rule(
    "RESPONSE-ERRORS-001",
    should="reject an unknown previous_response_id with 400, and the code and param that name it",
    clause=_SOURCE,
    operations=RESPONSE_CREATE,
    when=_is_about_previous_response,
    note="The code is previous_response_not_found. Other wordings and 404 have been seen: a SHOULD.",
)
def names_the_missing_response(refusal: ErrorReply) -> Iterator[Violation]:
    """Clients begin a new conversation when they see this code."""
    if refusal.status not in (400, 404):
        raise NotApplicable
    if refusal.status != 400:
        yield refusal.violates(
            "", "The status is not 400.", expected=400, actual=refusal.status, reason="status"
        )
    if refusal.code != _NOT_FOUND:
        yield refusal.violates(
            f"{refusal.at}/code",
            "The error has another code for an unknown previous response.",
            expected=_NOT_FOUND,
            actual=refusal.code,
            reason="code",
        )
    if refusal.param not in (None, "previous_response_id"):
        yield refusal.violates(
            f"{refusal.at}/param",
            "The error names another field.",
            expected="previous_response_id",
            actual=refusal.param,
            reason="param",
        )
