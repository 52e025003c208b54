"""The same request twice: with the same seed, and streamed as well as not streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, elements, members, objects, whole
from aoai_conformance.rule import CHAT, COMPLETIONS, Inconclusive, rule
from aoai_conformance.views.responses import TextReply
from aoai_conformance.views.scenarios import TextSameSeed, TextStreamAgainstPlain
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_SEED = f"{_SCHEMAS}/createChatCompletionRequest/allOf/1/properties/seed"


def _require_comparable(one: TextReply, other: TextReply) -> None:
    """Raise Inconclusive unless both have the same seed and backend, and neither was filtered."""
    if whole(one.sent.get("seed")) is None or one.sent.get("seed") != other.sent.get("seed"):
        raise Inconclusive("the requests do not have the same seed")
    if one.fingerprint is None or one.fingerprint != other.fingerprint:
        raise Inconclusive("the responses lack a common system_fingerprint, so the backend may have changed")
    if any(each["finish_reason"] == "content_filter" for each in (*_texts(one), *_texts(other))):
        raise Inconclusive("a content filter was triggered, which does not depend on the seed")


def _texts(reply: TextReply) -> list[dict[str, Any]]:
    """Return the content of each choice, by index, without the ids, which differ in every response."""
    choices = [_normalize_choice(choice) for _, choice in objects(reply.body.get("choices"))]
    return sorted(choices, key=lambda each: str(each["index"]))


def _normalize_choice(choice: dict[str, Any]) -> dict[str, Any]:
    message = members(choice.get("message"))
    calls = [members(call).get("function") for call in elements(message.get("tool_calls"))]
    return {
        "index": choice.get("index"),
        "finish_reason": choice.get("finish_reason"),
        "text": choice.get("text") or message.get("content") or "",
        "refusal": message.get("refusal") or "",
        "calls": [*calls, *filter(None, [message.get("function_call")])],
    }


def _compare(one: TextReply, other: TextReply, message: str) -> Iterator[Violation]:
    before, after = _texts(one), _texts(other)
    if before != after:
        differing = next(
            (pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]), (before, after)
        )
        yield other.violates(
            "/choices", message, expected=differing[0], actual=differing[1], reason="differs"
        )


def _compare_counts(name: str, one: TextReply, other: TextReply, message: str) -> Iterator[Violation]:
    """Report the second response if its number of tokens differs."""
    before, after = one.tokens(name), other.tokens(name)
    if before != after:
        yield other.usage_place.violates(
            f"/usage/{name}", message, expected=before, actual=after, reason="differs"
        )


def _both_count(name: str, one: TextReply, other: TextReply) -> bool:
    return one.tokens(name) is not None and other.tokens(name) is not None


@rule(
    "SEED-001",
    should="return the same content for the same request with the same seed and fingerprint",
    clause=_SEED,
    operations=CHAT | COMPLETIONS,
    note="The document promises only best effort, so this is only a SHOULD.",
)
def same_seed_has_the_same_content(scenario: TextSameSeed) -> Iterator[Violation]:
    """Ids and times may differ."""
    _require_comparable(scenario.first, scenario.second)
    message = "The same request with the same seed and fingerprint got a different response."
    yield from _compare(scenario.first, scenario.second, message)


@rule(
    "SEED-002",
    should="count the same prompt tokens for the same prompt",
    clause=f"{_SCHEMAS}/completionUsage/properties/prompt_tokens",
    operations=CHAT | COMPLETIONS,
)
def same_prompt_has_the_same_count(scenario: TextSameSeed) -> Iterator[Violation]:
    """A model has one tokenizer, whatever the backend."""
    first, second = scenario.first, scenario.second
    if not _both_count("prompt_tokens", first, second) or first.body.get("model") != second.body.get("model"):
        raise Inconclusive("the responses do not both report prompt tokens of the same model")
    message = "The same prompt has a different number of tokens the second time."
    yield from _compare_counts("prompt_tokens", first, second, message)


@rule(
    "STREAM-PLAIN-001",
    should="return the same content streamed and not streamed, if seed and fingerprint are the same",
    clause=_SEED,
    operations=CHAT | COMPLETIONS,
    note="The document promises only best effort, so this is only a SHOULD.",
)
def streams_the_same_content(scenario: TextStreamAgainstPlain) -> Iterator[Violation]:
    """Compares choices, texts, calls and finish reasons, but not the division into chunks."""
    _require_comparable(scenario.plain, scenario.stream)
    message = "The streamed response differs from the plain one with the same seed and fingerprint."
    yield from _compare(scenario.plain, scenario.stream, message)


@rule(
    "STREAM-PLAIN-002",
    should="count the same number of prompt tokens streamed and not streamed",
    clause=f"{_SCHEMAS}/completionUsage/properties/prompt_tokens",
    operations=CHAT | COMPLETIONS,
)
def counts_the_same_prompt(scenario: TextStreamAgainstPlain) -> Iterator[Violation]:
    """Streams without usage are inconclusive."""
    if not _both_count("prompt_tokens", scenario.plain, scenario.stream):
        raise Inconclusive("one of the responses reports no prompt tokens")
    message = "The same prompt has a different number of tokens when streamed."
    yield from _compare_counts("prompt_tokens", scenario.plain, scenario.stream, message)


@rule(
    "STREAM-PLAIN-003",
    should="count the same number of completion tokens for the same text streamed and not streamed",
    clause=f"{_SCHEMAS}/completionUsage/properties/completion_tokens",
    operations=CHAT | COMPLETIONS,
    note="Only if there are no reasoning tokens, seed and fingerprint are the same, and the texts are equal.",
)
def counts_the_same_completion(scenario: TextStreamAgainstPlain) -> Iterator[Violation]:
    """Compares responses with equal texts."""
    plain, streamed = scenario.plain, scenario.stream
    _require_comparable(plain, streamed)
    reasoned = any(
        whole(dig(reply.usage, "/completion_tokens_details/reasoning_tokens")) for reply in (plain, streamed)
    )
    if not _both_count("completion_tokens", plain, streamed) or reasoned or _texts(plain) != _texts(streamed):
        raise Inconclusive("the responses differ, or do not report their completion tokens")
    message = "The same text has a different number of tokens when streamed."
    yield from _compare_counts("completion_tokens", plain, streamed, message)


@rule(
    "STREAM-PLAIN-004",
    may="return the same model, and a system_fingerprint or none, both streamed and not streamed",
    clause=f"{_SCHEMAS}/createChatCompletionStreamResponse",
    operations=CHAT | COMPLETIONS,
)
def has_the_same_model_and_fingerprint(scenario: TextStreamAgainstPlain) -> Iterator[Violation]:
    """Clients expect the same fields in both forms."""
    plain, streamed = scenario.plain.body, scenario.stream.body
    if plain.get("model") and streamed.get("model") and plain["model"] != streamed["model"]:
        message = "The streamed response names a different model."
        yield scenario.stream.violates(
            "/model", message, expected=plain["model"], actual=streamed["model"], reason="differs"
        )
    if bool(plain.get("system_fingerprint")) != bool(streamed.get("system_fingerprint")):
        message = "Only one of the responses has a system_fingerprint."
        yield scenario.stream.violates("/system_fingerprint", message, reason="one-sided")
