"""The reported usage: sums, breakdowns and limits. Tokens are not recounted, since tokenizers differ."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.rule import CHAT, COMPLETIONS, STREAMED, rule
from aoai_conformance.views.on_your_data import EXTENSION_CHAT
from aoai_conformance.views.responses import TextReply
from aoai_model.verdict import Violation

_USAGE = "azure-openai@2024-10-21#/components/schemas/completionUsage/properties"
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_OWN_TOTAL = "completion_tokens_details/total_tokens"
_REASONING = "completion_tokens_details/reasoning_tokens"
#: Each count of a breakdown, and each count that it is a part of; a breakdown may have a total of its own.
_PARTS = (
    (_REASONING, ("completion_tokens", _OWN_TOTAL)),
    ("completion_tokens_details/accepted_prediction_tokens", ("completion_tokens",)),
    ("completion_tokens_details/rejected_prediction_tokens", ("completion_tokens",)),
    ("completion_tokens_details/audio_tokens", ("completion_tokens", _OWN_TOTAL)),
    (_OWN_TOTAL, ("total_tokens",)),
    ("prompt_tokens_details/cached_tokens", ("prompt_tokens",)),
    ("prompt_tokens_details/audio_tokens", ("prompt_tokens",)),
)


@rule(
    "USAGE-001",
    must="report the sum of prompt_tokens and completion_tokens as total_tokens",
    clause=f"{_USAGE}/total_tokens",
    operations=STREAMED,
    note="Some models of other providers count their reasoning apart from the completion: the total may "
    "include it.",
)
def total_is_the_sum(reply: TextReply) -> Iterator[Violation]:
    """The schema rule reports absent counts."""
    prompt, completion, total = (reply.tokens(name) for name in _COUNTS)
    if prompt is None or completion is None or total is None:
        return
    if total != prompt + completion and not _counts_reasoning_separately(reply):
        yield reply.usage_place.violates(
            "/usage/total_tokens",
            f"`total_tokens` is {total}, but {prompt} prompt and {completion} completion tokens were "
            "reported.",
            expected=prompt + completion,
            actual=total,
            reason="sum",
        )


def _counts_reasoning_separately(reply: TextReply) -> bool:
    """Whether the total is that of the prompt, the completion and a reasoning beside it."""
    counts = [reply.tokens(name) for name in ("prompt_tokens", "completion_tokens", _REASONING)]
    return bool(counts[-1]) and sum(count or 0 for count in counts) == reply.tokens("total_tokens")


@rule(
    "USAGE-002",
    must="report no negative token counts",
    clause=_USAGE,
    operations=STREAMED,
)
def counts_are_not_negative(reply: TextReply) -> Iterator[Violation]:
    """The document declares integers without a minimum, but a negative count is meaningless."""
    for name in _COUNTS:
        count = reply.tokens(name)
        if count is not None and count < 0:
            yield reply.usage_place.violates(
                f"/usage/{name}", "The token count is negative.", expected=0, actual=count, reason="negative"
            )


@rule(
    "USAGE-003",
    must="report no more tokens in a breakdown than in its total",
    clause=f"{_USAGE}/completion_tokens_details/properties/reasoning_tokens",
    operations=CHAT | COMPLETIONS,
    note="Reasoning, audio and prediction tokens, including rejected ones, are completion tokens; cached and "
    "audio tokens are prompt tokens. The total of a breakdown may be that of the completion or of the whole "
    "request, so the larger one is the limit.",
)
def details_are_within_total(reply: TextReply) -> Iterator[Violation]:
    """`prompt_tokens_details` is declared in later api-versions; it has the same meaning in earlier ones."""
    for part, wholes in _PARTS:
        if part == _REASONING and _counts_reasoning_separately(reply):
            continue
        count = whole(dig(reply.usage, f"/{part}"))
        totals = [whole(dig(reply.usage, f"/{each}")) for each in wholes]
        known = [max(total, 0) for total in totals if total is not None]
        if count is not None and known and not 0 <= count <= min(known):
            yield reply.usage_place.violates(
                f"/usage/{part}",
                f"The breakdown has more tokens than {' or '.join(wholes)}, or a negative number.",
                expected=f"0 to {min(known)}",
                actual=count,
                reason="within",
            )


@rule(
    "USAGE-004",
    must="count at least one completion token for each choice with content",
    clause=f"{_USAGE}/completion_tokens",
    operations=CHAT | COMPLETIONS,
)
def every_choice_has_a_token(reply: TextReply) -> Iterator[Violation]:
    """Detects usage for only one choice, or none. An echoed prompt is not part of the completion."""
    used = reply.tokens("completion_tokens")
    if used is None or used < 0 or reply.sent.get("echo"):
        return
    speaking = sum(_has_content(choice.raw) for choice in reply.choices)
    if used < speaking:
        yield reply.usage_place.violates(
            "/usage/completion_tokens",
            f"{speaking} choices have content, but only {used} completion tokens are counted.",
            expected=f"at least {speaking}",
            actual=used,
            reason="too few",
        )


def _has_content(choice: dict[str, object]) -> bool:
    message = members(choice.get("message"))
    return any(
        bool(part)
        for part in (
            choice.get("text"),
            *(message.get(name) for name in ("content", "refusal", "tool_calls")),
        )
    )


@rule(
    "USAGE-005",
    must="count every completion token that logprobs lists",
    clause=f"{_USAGE}/completion_tokens",
    operations=CHAT,
    note="Not applied if the request has stop sequences: their tokens may be listed but not counted.",
)
def every_listed_token_is_counted(reply: TextReply) -> Iterator[Violation]:
    """The list of log probabilities is the server's own list of tokens."""
    used = reply.tokens("completion_tokens")
    listed = sum(
        len(elements(choice.logprobs.get(name)))
        for choice in reply.choices
        for name in ("content", "refusal")
    )
    if used is not None and not reply.stops and 0 <= used < listed:
        yield reply.usage_place.violates(
            "/usage/completion_tokens",
            f"`logprobs` lists {listed} tokens, but only {used} completion tokens are counted.",
            expected=f"at least {listed}",
            actual=used,
            reason="listed",
        )


@rule(
    "USAGE-006",
    must="count at least one token for a prompt with text",
    clause=f"{_USAGE}/prompt_tokens",
    operations=CHAT | EXTENSION_CHAT,
)
def a_prompt_has_tokens(reply: TextReply) -> Iterator[Violation]:
    """An image or an empty text may count as zero tokens."""
    messages = objects(reply.sent.get("messages"))
    returns_audio_if_requested = any(text(message.get("content")) for _, message in messages)
    if returns_audio_if_requested and reply.tokens("prompt_tokens") == 0:
        yield reply.usage_place.violates(
            "/usage/prompt_tokens",
            "The prompt has text, but `prompt_tokens` is 0.",
            expected=1,
            actual=0,
            reason="zero",
        )


@rule(
    "USAGE-007",
    may="report the usage in a response that is not streamed",
    clause="azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties/usage",
    operations=CHAT | COMPLETIONS,
    note="The document declares it but does not require it; clients that track costs rely on it.",
)
def reports_usage(reply: TextReply) -> Iterator[Violation]:
    """A stream reports usage only on request."""
    if not reply.streamed and reply.body.get("usage") is None:
        yield reply.violates(
            "/usage", "The response reports no usage.", expected="an object", reason="missing"
        )


@rule(
    "LIMIT-001",
    must="generate no more tokens for each choice than max_completion_tokens or max_tokens allows",
    clause="azure-openai@2024-10-21#/components/schemas/chatCompletionsRequestCommon/properties/max_completion_tokens",
    operations=CHAT,
    note="Judged by the reported usage, which counts all choices together, including reasoning.",
)
def usage_is_within_the_limit(reply: TextReply) -> Iterator[Violation]:
    """With n choices, the usage may reach n times the limit."""
    used = reply.tokens("completion_tokens")
    if reply.limit is None or reply.n is None or used is None:
        return
    allowed = reply.limit * max(reply.n, len(reply.choices))
    if used > allowed:
        yield reply.usage_place.violates(
            "/usage/completion_tokens",
            f"{used} completion tokens were generated; the request allows {allowed}.",
            expected=f"at most {allowed}",
            actual=used,
            reason="limit",
        )


@rule(
    "LIMIT-002",
    must="list log probabilities for no more tokens than the limit allows for a choice",
    clause="azure-openai@2024-10-21#/components/schemas/chatCompletionsRequestCommon/properties/max_completion_tokens",
    operations=CHAT,
)
def logprobs_are_within_the_limit(reply: TextReply) -> Iterator[Violation]:
    """Checks each choice, since the usage only counts all choices together."""
    for choice in reply.choices:
        listed = len(elements(choice.logprobs.get("content")))
        if reply.limit is not None and listed > reply.limit:
            yield choice.violates(
                "/logprobs/content",
                f"`logprobs` lists {listed} tokens; the request allows {reply.limit}.",
                expected=f"at most {reply.limit}",
                actual=listed,
                reason="limit",
            )
