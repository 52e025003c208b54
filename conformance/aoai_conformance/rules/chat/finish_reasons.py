"""Finish reasons. The schema rules check that a reason is one of the declared values."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members
from aoai_conformance.rule import CHAT, COMPLETIONS, rule
from aoai_conformance.views.responses import ChatReply, Choice, TextReply
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_REASON = f"{_SCHEMAS}/createChatCompletionResponse/properties/choices/items/properties/finish_reason"
#: No model has a smaller context: below this many tokens, only the limit can have truncated a response.
_SMALLEST_CONTEXT = 256
#: With fewer tokens than this, different choices may end naturally at the same limit by chance.
_BY_CHANCE = 4
#: A text with such an ending may have ended naturally.
_ENDINGS = tuple(".!?…。！？\"'”’`)]}>*|\n")


def _limit_of_all(reply: TextReply) -> int | None:
    """Return the token limit of all choices together; None if the request does not determine it."""
    prompts = _prompts(reply)
    if reply.limit is None or reply.n is None or prompts is None:
        return None
    if reply.sent.get("best_of") not in (None, 1) or len(reply.choices) != reply.n * prompts:
        return None
    return reply.limit * len(reply.choices)


def _prompts(reply: TextReply) -> int | None:
    """Return the number of prompts, each with n choices; None for arrays of tokens, which are ambiguous."""
    if reply.operation.kind != "completions":
        return 1
    prompt = reply.sent.get("prompt")
    if isinstance(prompt, str):
        return 1
    listed = elements(prompt)
    return len(listed) if listed and all(isinstance(each, str) for each in listed) else None


@rule(
    "FINISH-001",
    must="return `length` only if the requested token limit was reached",
    clause=_REASON,
    operations=CHAT | COMPLETIONS,
    note="Judged by the reported usage, which counts all choices together. Beyond 256 tokens, a full context "
    "may be the reason, which the document also allows.",
)
def length_requires_a_reached_limit(reply: TextReply) -> Iterator[Violation]:
    """Tokens are not recounted: the server's own numbers must agree."""
    used, total = reply.tokens("completion_tokens"), reply.tokens("total_tokens")
    if reply.limit is None or used is None or total is None or total >= _SMALLEST_CONTEXT:
        return
    if used < len(reply.choices):
        return  # USAGE-004 reports usage with fewer tokens than choices
    cut = [choice for choice in reply.choices if choice.finish_reason == "length"]
    allowed = _limit_of_all(reply) if len(cut) == len(reply.choices) else None
    if cut and used < (allowed or reply.limit):
        yield cut[0].violates(
            "/finish_reason",
            f"finish_reason is `length`, but only {used} of {allowed or reply.limit} tokens were used.",
            expected="stop",
            actual="length",
            reason="below the limit",
        )


@rule(
    "FINISH-002",
    should="return `length` for a choice truncated at the limit, and must do so for several different ones",
    clause=_REASON,
    operations=CHAT | COMPLETIONS,
    note="A model may end naturally with the last allowed token, so this is only a SHOULD. It does not "
    "apply if the request has a stop sequence, or if a text ends like a sentence.",
)
def truncated_choice_ends_with_length(reply: TextReply) -> Iterator[Violation]:
    """Applies if the usage shows that every choice used all allowed tokens."""
    limit = _limit_of_all(reply)
    if limit is None or reply.stops or reply.tokens("completion_tokens") != limit:
        return
    cut = [each for each in reply.choices if each.finish_reason == "stop" and _ends_in_the_middle(each)]
    texts = {_written(choice) for choice in cut}
    for choice in cut:
        yield choice.violates(
            "/finish_reason",
            f"finish_reason is `stop`, but the text breaks off after all {limit} allowed tokens.",
            expected="length",
            actual="stop",
            reason="at the limit",
            level="must" if len(texts) > 1 and limit >= _BY_CHANCE * len(reply.choices) else None,
        )


def _written(choice: Choice) -> str:
    written = choice.raw.get("text", members(choice.raw.get("message")).get("content"))
    return written if isinstance(written, str) else ""


def _ends_in_the_middle(choice: Choice) -> bool:
    message = members(choice.raw.get("message"))
    if message.get("tool_calls") or message.get("function_call"):
        return False
    written = _written(choice).rstrip(" ")
    return bool(written.strip()) and not written.endswith(_ENDINGS)


@rule(
    "FINISH-003",
    must="return `tool_calls` if the message calls tools",
    clause=_REASON,
    operations=CHAT,
    note="If tool_choice names a tool, the service returns `stop`, which is no violation. If tool_choice is "
    "`required`, both have been observed, so `stop` is only a SHOULD violation.",
)
def calls_end_with_tool_calls(reply: ChatReply) -> Iterator[Violation]:
    """A truncated or filtered choice has another reason."""
    if isinstance(reply.sent.get("tool_choice"), dict):
        return
    for choice in reply.choices:
        if choice.tool_calls and choice.finish_reason in ("stop", "function_call"):
            yield choice.violates(
                "/finish_reason",
                "The message calls tools, but finish_reason is not `tool_calls`.",
                expected="tool_calls",
                actual=choice.finish_reason,
                reason="calls",
                level="should" if reply.tool_choice == "required" else None,
            )


@rule(
    "FINISH-004",
    must="call a tool if the choice ends with `tool_calls`",
    clause=_REASON,
    operations=CHAT,
)
def tool_calls_reason_has_calls(reply: ChatReply) -> Iterator[Violation]:
    """Otherwise a client has no call to run."""
    for choice in reply.choices:
        if choice.finish_reason == "tool_calls" and not choice.tool_calls:
            message = "finish_reason is `tool_calls`, but the message has no tool call."
            yield choice.violates("/message/tool_calls", message, expected="a tool call", reason="no call")


@rule(
    "FINISH-005",
    must="return `function_call` if and only if the message has a function_call",
    clause=_REASON,
    operations=CHAT,
    note="If function_call names a function, the service returns `stop`, which is no violation. If tools "
    "were offered and are called, `tool_calls` is correct in any case; other rules report the extra call.",
)
def function_call_matches_its_reason(reply: ChatReply) -> Iterator[Violation]:
    """The deprecated equivalent of FINISH-003 and FINISH-004."""
    forced = isinstance(reply.sent.get("function_call"), dict)
    for choice in reply.choices:
        reason = choice.finish_reason
        if reason == "tool_calls" and choice.tool_calls and elements(reply.sent.get("tools")):
            continue
        if reason == "function_call" and choice.function_call is None:
            message = "finish_reason is `function_call`, but the message has no call."
            yield choice.violates("/message/function_call", message, expected="a call", reason="no call")
        elif choice.function_call is not None and reason in ("stop", "tool_calls") and not forced:
            message = "The message calls a function, but finish_reason is not `function_call`."
            yield choice.violates(
                "/finish_reason", message, expected="function_call", actual=reason, reason="calls"
            )


@rule(
    "FINISH-006",
    should="return `content_filter` if a filter removed content from the choice",
    clause=_REASON,
    operations=CHAT | COMPLETIONS,
)
def filtered_choices_end_with_content_filter(reply: TextReply) -> Iterator[Violation]:
    """`filtered` means that content was removed, not only detected."""
    for choice in reply.choices:
        for category, result in members(choice.raw.get("content_filter_results")).items():
            filtered = members(result).get("filtered") is True
            if filtered and choice.finish_reason not in (None, "content_filter"):
                yield choice.violates(
                    "/finish_reason",
                    f"The category {category} is marked as filtered, but finish_reason is not "
                    "`content_filter`.",
                    expected="content_filter",
                    actual=choice.finish_reason,
                    reason="filtered",
                )
                break
