"""The time of creation against the clock of the same server, and the model over two requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

from aoai_conformance.json_access import text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, COMPLETIONS, Inconclusive, Violation, rule
from aoai_conformance.views.answers import TextAnswer
from aoai_conformance.views.clocks import is_unix_seconds
from aoai_conformance.views.scenarios import TextSameSeed

_ANSWER = "azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties"
#: Seconds by which the clocks of a gateway and of a model may differ: a day holds every time zone.
_A_DAY = 86_400


class DatedAnswer(TextAnswer):
    """An answer with a time of creation and a Date header."""

    def applies(self) -> bool:
        """Whether both can be read."""
        return super().applies() and self.created is not None and self.sent_at is not None

    @cached_property
    def created(self) -> int | None:
        """The time of creation where it is one in seconds; another rule judges the unit."""
        created = self.body.get("created")
        return whole(created) if is_unix_seconds(created) else None

    @cached_property
    def sent_at(self) -> float | None:
        """The time of the Date header; None where there is none."""
        try:
            dated = parsedate_to_datetime(self.header("date") or "")
            return (dated if dated.tzinfo else dated.replace(tzinfo=UTC)).timestamp()
        except (TypeError, ValueError, OverflowError):
            return None


@rule(
    "META-007",
    should="give as created the time at which the response was made",
    clause=f"{_ANSWER}/created",
    operations=CHAT | COMPLETIONS,
    note="Compared with the Date header of the same response; a day is accepted. A gateway that answers from "
    "a cache repeats old times, hence a should.",
)
def is_created_now(answer: DatedAnswer) -> Iterator[Violation]:
    """A constant is no time."""
    created, sent_at = answer.created or 0, answer.sent_at or 0.0
    if abs(created - sent_at) > _A_DAY:
        yield answer.violates(
            "/created",
            "The time of creation is more than a day away from the Date header.",
            expected=f"about {sent_at:.0f}",
            actual=created,
            reason="another day",
        )


@rule(
    "META-008",
    may="name one model for the same request with the same seed",
    clause=f"{_ANSWER}/model",
    operations=CHAT | COMPLETIONS,
    note="A router may choose another model for each request, hence a may.",
)
def repeats_its_model(scenario: TextSameSeed) -> Iterator[Violation]:
    """A seed says nothing across models."""
    before, after = text(scenario.first.body.get("model")), text(scenario.second.body.get("model"))
    if not before or not after:
        raise Inconclusive("the responses do not both name their model")
    if before != after:
        message = "The same request is answered by another model the second time."
        yield scenario.second.violates("/model", message, expected=before, actual=after, reason="differs")
