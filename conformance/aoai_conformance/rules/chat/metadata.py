"""What an answer says of itself: id, time, model, fingerprint. Its `object` is the schema rules'."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import text, whole
from aoai_conformance.rule import CHAT, COMPLETIONS, STREAMED, rule
from aoai_conformance.views.answers import TextAnswer
from aoai_conformance.views.clocks import is_unix_seconds
from aoai_conformance.views.scenarios import TextSameSeed, TextStreamAgainstPlain
from aoai_model.verdict import Violation
from aoai_specs.surfaces import AI_MODEL_INFERENCE

_ANSWER = "azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties"


@rule("META-001", must="bear an id that is not empty", clause=f"{_ANSWER}/id", operations=STREAMED)
def has_an_id(answer: TextAnswer) -> Iterator[Violation]:
    """In a stream some chunk gives it; the quirk of a first chunk without one is lawful."""
    found = answer.body.get("id")
    if found == "" or (answer.streamed and answer.choices and found is None):
        yield answer.violates("/id", "The answer has no id.", expected="an id", actual=found, reason="empty")


@rule(
    "META-002",
    must="give as created the Unix time in seconds",
    clause=f"{_ANSWER}/created",
    operations=CHAT | COMPLETIONS,
    note="Anything from 2015 to 2100 is believed: the clock of the server may be wrong, its unit may not.",
)
def created_is_in_seconds(answer: TextAnswer) -> Iterator[Violation]:
    """Milliseconds are the usual mistake."""
    created = whole(answer.body.get("created", 0 if answer.streamed and answer.choices else None))
    if created is not None and not is_unix_seconds(created):
        message = "The time of creation is no plausible Unix time in seconds."
        yield answer.violates(
            "/created", message, expected="a time between 2015 and 2100", actual=created, reason="unit"
        )


@rule(
    "META-003",
    should="name the model that answered",
    clause=f"{_ANSWER}/model",
    operations=CHAT | COMPLETIONS,
)
def names_its_model(answer: TextAnswer) -> Iterator[Violation]:
    """Any name will do."""
    found = answer.body.get("model")
    if found == "" or (answer.streamed and answer.choices and found is None):
        yield answer.violates("/model", "The answer names no model.", expected="a name", reason="empty")


@rule(
    "META-004",
    may="bear a system_fingerprint where the request has a seed",
    clause=f"{_ANSWER}/system_fingerprint",
    operations=CHAT,
    note="The field is optional, and the description sends clients to it to tell whether the backend "
    "changed.",
)
def has_a_fingerprint_for_a_seed(answer: TextAnswer) -> Iterator[Violation]:
    """Without it a repeated seed proves nothing. The surface for models of all makers does not have it."""
    if answer.operation.document.name.surface == AI_MODEL_INFERENCE:
        return
    if whole(answer.sent.get("seed")) is not None and not text(answer.body.get("system_fingerprint")):
        message = "A seed was sent and the answer has no fingerprint."
        yield answer.violates("/system_fingerprint", message, expected="a fingerprint", reason="missing")


_TWO_IDS = "Two answers bear the same id."


@rule(
    "META-005",
    should="bear an id of its own in every answer",
    clause=f"{_ANSWER}/id",
    operations=CHAT | COMPLETIONS,
    note="A gateway that answers from a cache repeats ids, hence a should.",
)
def repeated_requests_have_their_own_ids(scenario: TextSameSeed) -> Iterator[Violation]:
    """Not even the same seed makes two answers one."""
    found = text(scenario.second.body.get("id"))
    if found and found == scenario.first.body.get("id"):
        yield scenario.second.violates("/id", _TWO_IDS, expected="another id", actual=found, reason="same")


@rule(
    "META-006",
    should="bear another id when streamed than when not",
    clause=f"{_ANSWER}/id",
    operations=CHAT | COMPLETIONS,
    note="A gateway that answers from a cache repeats ids, hence a should.",
)
def streamed_answers_have_their_own_ids(scenario: TextStreamAgainstPlain) -> Iterator[Violation]:
    """They are two answers."""
    found = text(scenario.stream.body.get("id"))
    if found and found == scenario.plain.body.get("id"):
        yield scenario.stream.violates("/id", _TWO_IDS, expected="another id", actual=found, reason="same")
