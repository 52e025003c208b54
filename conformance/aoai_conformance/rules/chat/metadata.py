"""The metadata of a response: id, time, model and fingerprint."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import text, whole
from aoai_conformance.rule import CHAT, COMPLETIONS, STREAMED, rule
from aoai_conformance.views.responses import TextReply
from aoai_conformance.views.scenarios import TextSameSeed, TextStreamAgainstPlain
from aoai_conformance.views.timestamps import is_unix_seconds
from aoai_model.verdict import Violation
from aoai_specs.surfaces import AI_MODEL_INFERENCE

_ANSWER = "azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties"


@rule("META-001", must="return an id that is not empty", clause=f"{_ANSWER}/id", operations=STREAMED)
def has_an_id(reply: TextReply) -> Iterator[Violation]:
    """In a stream, any chunk may have it; a first chunk without one is a known quirk."""
    found = reply.body.get("id")
    if found == "" or (reply.streamed and reply.choices and found is None):
        yield reply.violates("/id", "The response has no id.", expected="an id", actual=found, reason="empty")


@rule(
    "META-002",
    must="return `created` as a Unix time in seconds",
    clause=f"{_ANSWER}/created",
    operations=CHAT | COMPLETIONS,
    note="Any time from 2015 to 2100 passes: the clock of the server may be wrong, but not its unit.",
)
def created_is_in_seconds(reply: TextReply) -> Iterator[Violation]:
    """The usual mistake is milliseconds."""
    created = whole(reply.body.get("created", 0 if reply.streamed and reply.choices else None))
    if created is not None and not is_unix_seconds(created):
        message = "`created` is not a plausible Unix time in seconds."
        yield reply.violates(
            "/created", message, expected="a time between 2015 and 2100", actual=created, reason="unit"
        )


@rule(
    "META-003",
    should="name the model that generated the response",
    clause=f"{_ANSWER}/model",
    operations=CHAT | COMPLETIONS,
)
def names_its_model(reply: TextReply) -> Iterator[Violation]:
    """Any name passes."""
    found = reply.body.get("model")
    if found == "" or (reply.streamed and reply.choices and found is None):
        yield reply.violates("/model", "The response names no model.", expected="a name", reason="empty")


@rule(
    "META-004",
    may="return a system_fingerprint if the request has a seed",
    clause=f"{_ANSWER}/system_fingerprint",
    operations=CHAT,
    note="The field is optional. The document refers clients to it to detect changes of the backend.",
)
def has_a_fingerprint_for_a_seed(reply: TextReply) -> Iterator[Violation]:
    """Without it, repeating a seed proves nothing. Azure AI Model Inference does not declare it."""
    if reply.operation.document.name.surface == AI_MODEL_INFERENCE:
        return
    if whole(reply.sent.get("seed")) is not None and not text(reply.body.get("system_fingerprint")):
        message = "The request has a seed, but the response has no system_fingerprint."
        yield reply.violates("/system_fingerprint", message, expected="a fingerprint", reason="missing")


_TWO_IDS = "Two responses have the same id."


@rule(
    "META-005",
    should="return a unique id in every response",
    clause=f"{_ANSWER}/id",
    operations=CHAT | COMPLETIONS,
    note="A gateway that responds from a cache repeats ids, so this is only a SHOULD.",
)
def repeated_responses_have_unique_ids(scenario: TextSameSeed) -> Iterator[Violation]:
    """Responses to the same request with the same seed are still different responses."""
    found = text(scenario.second.body.get("id"))
    if found and found == scenario.first.body.get("id"):
        yield scenario.second.violates("/id", _TWO_IDS, expected="another id", actual=found, reason="same")


@rule(
    "META-006",
    should="return different ids for a streamed and a plain response",
    clause=f"{_ANSWER}/id",
    operations=CHAT | COMPLETIONS,
    note="A gateway that responds from a cache repeats ids, so this is only a SHOULD.",
)
def streamed_responses_have_unique_ids(scenario: TextStreamAgainstPlain) -> Iterator[Violation]:
    """They are two responses."""
    found = text(scenario.stream.body.get("id"))
    if found and found == scenario.plain.body.get("id"):
        yield scenario.stream.violates("/id", _TWO_IDS, expected="another id", actual=found, reason="same")
