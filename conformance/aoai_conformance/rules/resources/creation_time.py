"""The time of creation compared with the Date header, and the model of repeated requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

from aoai_conformance.json_access import text, whole
from aoai_conformance.rule import CHAT, COMPLETIONS, Inconclusive, rule
from aoai_conformance.views.responses import TextReply
from aoai_conformance.views.scenarios import TextSameSeed
from aoai_conformance.views.timestamps import is_unix_seconds
from aoai_model.verdict import Violation

_ANSWER = "azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties"
#: Seconds by which the clocks of a gateway and of a model may differ: a day covers every time zone.
_A_DAY = 86_400


def _times(reply: TextReply) -> tuple[int, float] | None:
    """Return the times of creation and of the Date header; None if either is missing or not in seconds."""
    created = reply.body.get("created")
    try:
        date = parsedate_to_datetime(reply.header("date") or "")
        sent = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return (whole(created) or 0, sent) if is_unix_seconds(created) else None


@rule(
    "META-007",
    should="return the time of the response as `created`",
    clause=f"{_ANSWER}/created",
    operations=CHAT | COMPLETIONS,
    evidence=_times,
    note="Compared with the Date header of the same response; one day is allowed. A gateway that responds "
    "from a cache repeats old times, so this is only a SHOULD.",
)
def is_created_now(reply: TextReply, times: tuple[int, float]) -> Iterator[Violation]:
    """A constant is a violation."""
    created, sent_at = times
    if abs(created - sent_at) > _A_DAY:
        yield reply.violates(
            "/created",
            "`created` differs from the Date header by more than a day.",
            expected=f"about {sent_at:.0f}",
            actual=created,
            reason="another day",
        )


@rule(
    "META-008",
    may="return the same model for a repeated request with the same seed",
    clause=f"{_ANSWER}/model",
    operations=CHAT | COMPLETIONS,
    note="MAY, since a router may choose a model for each request.",
)
def repeated_request_has_the_same_model(scenario: TextSameSeed) -> Iterator[Violation]:
    """A seed has no meaning across models."""
    before, after = text(scenario.first.body.get("model")), text(scenario.second.body.get("model"))
    if not before or not after:
        raise Inconclusive("the responses do not both name their model")
    if before != after:
        message = "The repeated request has another model."
        yield scenario.second.violates("/model", message, expected=before, actual=after, reason="differs")
