"""The reported usage adds up and fits what was asked for. Tokens are never recounted: tokenizers differ."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.rule import CHAT, COMPLETIONS, STREAMED, rule
from aoai_conformance.views.answers import TextAnswer
from aoai_conformance.views.on_your_data import EXTENSION_CHAT
from aoai_model.verdict import Violation

_USAGE = "azure-openai@2024-10-21#/components/schemas/completionUsage/properties"
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_OWN_TOTAL = "completion_tokens_details/total_tokens"
#: Each count of a breakdown, and each count that it is a part of; a breakdown may have a total of its own.
_PARTS = (
    ("completion_tokens_details/reasoning_tokens", ("completion_tokens", _OWN_TOTAL)),
    ("completion_tokens_details/accepted_prediction_tokens", ("completion_tokens",)),
    ("completion_tokens_details/rejected_prediction_tokens", ("completion_tokens",)),
    ("completion_tokens_details/audio_tokens", ("completion_tokens", _OWN_TOTAL)),
    (_OWN_TOTAL, ("total_tokens",)),
    ("prompt_tokens_details/cached_tokens", ("prompt_tokens",)),
    ("prompt_tokens_details/audio_tokens", ("prompt_tokens",)),
)


@rule(
    "USAGE-001",
    must="report as total_tokens the sum of prompt_tokens and completion_tokens",
    clause=f"{_USAGE}/total_tokens",
    operations=STREAMED,
)
def total_is_the_sum(answer: TextAnswer) -> Iterator[Violation]:
    """Absent counts are the schema rule's."""
    prompt, completion, total = (answer.tokens(name) for name in _COUNTS)
    if prompt is None or completion is None or total is None:
        return
    if total != prompt + completion:
        yield answer.usage_place.violates(
            "/usage/total_tokens",
            f"The total is not the sum of {prompt} prompt tokens and {completion} completion tokens.",
            expected=prompt + completion,
            actual=total,
            reason="sum",
        )


@rule(
    "USAGE-002",
    must="report no negative count of tokens",
    clause=_USAGE,
    operations=STREAMED,
)
def counts_are_not_negative(answer: TextAnswer) -> Iterator[Violation]:
    """The description gives integers without a minimum; a count below zero counts nothing."""
    for name in _COUNTS:
        count = answer.tokens(name)
        if count is not None and count < 0:
            yield answer.usage_place.violates(
                f"/usage/{name}", "A count is negative.", expected=0, actual=count, reason="negative"
            )


@rule(
    "USAGE-003",
    must="report no more tokens in a breakdown than in what it breaks down",
    clause=f"{_USAGE}/completion_tokens_details/properties/reasoning_tokens",
    operations=CHAT | COMPLETIONS,
    note="Reasoning, audio and prediction tokens, rejected ones too, are completion tokens; cached "
    "and audio tokens are prompt tokens. The total that a breakdown may have is that of the completion, or "
    "of all; so it is held to the larger one.",
)
def details_are_within(answer: TextAnswer) -> Iterator[Violation]:
    """`prompt_tokens_details` is of later versions; where it is sent, it means the same."""
    for part, wholes in _PARTS:
        count = whole(dig(answer.usage, f"/{part}"))
        totals = [whole(dig(answer.usage, f"/{each}")) for each in wholes]
        known = [max(total, 0) for total in totals if total is not None]
        if count is not None and known and not 0 <= count <= min(known):
            yield answer.usage_place.violates(
                f"/usage/{part}",
                f"The breakdown counts more tokens than {' or '.join(wholes)}, or fewer than none.",
                expected=f"0 to {min(known)}",
                actual=count,
                reason="within",
            )


@rule(
    "USAGE-004",
    must="count at least one completion token for each choice that says something",
    clause=f"{_USAGE}/completion_tokens",
    operations=CHAT | COMPLETIONS,
)
def every_choice_costs_a_token(answer: TextAnswer) -> Iterator[Violation]:
    """Shows a usage of one choice only, or of none. An echoed prompt is no completion."""
    used = answer.tokens("completion_tokens")
    if used is None or used < 0 or answer.sent.get("echo"):
        return
    speaking = sum(_says_something(choice.raw) for choice in answer.choices)
    if used < speaking:
        yield answer.usage_place.violates(
            "/usage/completion_tokens",
            f"{speaking} choices say something.",
            expected=f"at least {speaking}",
            actual=used,
            reason="too few",
        )


def _says_something(choice: dict[str, object]) -> bool:
    message = members(choice.get("message"))
    return any(
        bool(said)
        for said in (
            choice.get("text"),
            *(message.get(name) for name in ("content", "refusal", "tool_calls")),
        )
    )


@rule(
    "USAGE-005",
    must="count every completion token that has its probability listed",
    clause=f"{_USAGE}/completion_tokens",
    operations=CHAT,
    note="Silent where stop sequences were given: their tokens may be listed and not counted.",
)
def every_listed_token_is_counted(answer: TextAnswer) -> Iterator[Violation]:
    """The list of probabilities is the server's own account of its tokens."""
    used = answer.tokens("completion_tokens")
    listed = sum(
        len(elements(choice.logprobs.get(name)))
        for choice in answer.choices
        for name in ("content", "refusal")
    )
    if used is not None and not answer.stops and 0 <= used < listed:
        yield answer.usage_place.violates(
            "/usage/completion_tokens",
            f"{listed} tokens have their probability listed.",
            expected=f"at least {listed}",
            actual=used,
            reason="listed",
        )


@rule(
    "USAGE-006",
    must="count at least one token for a prompt that says something",
    clause=f"{_USAGE}/prompt_tokens",
    operations=CHAT | EXTENSION_CHAT,
)
def a_prompt_has_tokens(answer: TextAnswer) -> Iterator[Violation]:
    """An image or an empty text may count for nothing."""
    messages = objects(answer.sent.get("messages"))
    speaks = any(text(message.get("content")) for _, message in messages)
    if speaks and answer.tokens("prompt_tokens") == 0:
        yield answer.usage_place.violates(
            "/usage/prompt_tokens", "A prompt without tokens.", expected=1, actual=0, reason="zero"
        )


@rule(
    "USAGE-007",
    may="report the usage of an unstreamed answer",
    clause="azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties/usage",
    operations=CHAT | COMPLETIONS,
    note="The description declares it and does not require it; clients that account for costs rest on it.",
)
def reports_usage(answer: TextAnswer) -> Iterator[Violation]:
    """A stream reports usage only when asked to."""
    if not answer.streamed and answer.body.get("usage") is None:
        yield answer.violates(
            "/usage", "The answer reports no usage.", expected="an object", reason="missing"
        )


@rule(
    "LIMIT-001",
    must="generate no more tokens than max_completion_tokens or max_tokens allows each choice",
    clause="azure-openai@2024-10-21#/components/schemas/chatCompletionsRequestCommon/properties/max_completion_tokens",
    operations=CHAT,
    note="Judged by the reported usage, which counts all choices together, reasoning included.",
)
def keeps_to_the_token_limit(answer: TextAnswer) -> Iterator[Violation]:
    """With n choices the usage may reach n times the limit."""
    used = answer.tokens("completion_tokens")
    if answer.limit is None or answer.n is None or used is None:
        return
    allowed = answer.limit * max(answer.n, len(answer.choices))
    if used > allowed:
        yield answer.usage_place.violates(
            "/usage/completion_tokens",
            f"{used} tokens were generated where {allowed} were allowed.",
            expected=f"at most {allowed}",
            actual=used,
            reason="limit",
        )


@rule(
    "LIMIT-002",
    must="list the probabilities of no more tokens than the limit allows a choice",
    clause="azure-openai@2024-10-21#/components/schemas/chatCompletionsRequestCommon/properties/max_completion_tokens",
    operations=CHAT,
)
def lists_no_more_tokens_than_allowed(answer: TextAnswer) -> Iterator[Violation]:
    """Holds a choice to the limit where the usage only tells of all together."""
    for choice in answer.choices:
        listed = len(elements(choice.logprobs.get("content")))
        if answer.limit is not None and listed > answer.limit:
            yield choice.violates(
                "/logprobs/content",
                f"{listed} tokens are listed where {answer.limit} were allowed.",
                expected=f"at most {answer.limit}",
                actual=listed,
                reason="limit",
            )
