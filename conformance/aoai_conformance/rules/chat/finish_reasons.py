"""Why a choice ended. That the reason is one of the declared ones is the schema rules' to say."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members
from aoai_conformance.rule import CHAT, COMPLETIONS, rule
from aoai_conformance.views.answers import ChatAnswer, Choice, TextAnswer
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_REASON = f"{_SCHEMAS}/createChatCompletionResponse/properties/choices/items/properties/finish_reason"
#: No model has a smaller context: below so many tokens nothing but the limit can have cut an answer.
_SMALLEST_CONTEXT = 256
#: With fewer tokens than these, different answers may well come to their ends at the same limit.
_BY_CHANCE = 4
#: A text that ends so may have come to its end by itself.
_ENDINGS = tuple(".!?…。！？\"'”’`)]}>*|\n")


def _limit_of_all(answer: TextAnswer) -> int | None:
    """The tokens that all choices together may have; None where that cannot be told from the request."""
    prompts = _prompts(answer)
    if answer.limit is None or answer.n is None or prompts is None:
        return None
    if answer.sent.get("best_of") not in (None, 1) or len(answer.choices) != answer.n * prompts:
        return None
    return answer.limit * len(answer.choices)


def _prompts(answer: TextAnswer) -> int | None:
    """How many prompts are answered, each with n choices; None for tokens, one prompt or many."""
    if answer.operation.kind != "completions":
        return 1
    prompt = answer.sent.get("prompt")
    if isinstance(prompt, str):
        return 1
    listed = elements(prompt)
    return len(listed) if listed and all(isinstance(each, str) for each in listed) else None


@rule(
    "FINISH-001",
    must="say length only where the answer reached the limit that the request sets",
    clause=_REASON,
    operations=CHAT | COMPLETIONS,
    note="Judged by the reported usage, which counts all choices together. Beyond 256 tokens a full "
    "context may be the reason, which the description allows too.",
)
def length_means_that_the_limit_was_reached(answer: TextAnswer) -> Iterator[Violation]:
    """Tokens are never recounted: the server's own numbers have to agree."""
    used, total = answer.tokens("completion_tokens"), answer.tokens("total_tokens")
    if answer.limit is None or used is None or total is None or total >= _SMALLEST_CONTEXT:
        return
    if used < len(answer.choices):
        return  # who counts no token for each choice has miscounted, which is USAGE-004's
    cut = [choice for choice in answer.choices if choice.finish_reason == "length"]
    allowed = _limit_of_all(answer) if len(cut) == len(answer.choices) else None
    if cut and used < (allowed or answer.limit):
        yield cut[0].violates(
            "/finish_reason",
            f"The answer ended for its length after {used} tokens of {allowed or answer.limit}.",
            expected="stop",
            actual="length",
            reason="below the limit",
        )


@rule(
    "FINISH-002",
    should="say length where the answer was cut at the limit, and must where several different ones were",
    clause=_REASON,
    operations=CHAT | COMPLETIONS,
    note="A model may come to its natural end with the very last token that it may use, so the rule is a "
    "should, and silent where a stop sequence was given or a text ends like a sentence.",
)
def a_cut_answer_says_length(answer: TextAnswer) -> Iterator[Violation]:
    """Judged where the usage says that every choice used all that it was allowed."""
    limit = _limit_of_all(answer)
    if limit is None or answer.stops or answer.tokens("completion_tokens") != limit:
        return
    cut = [each for each in answer.choices if each.finish_reason == "stop" and _ends_in_the_middle(each)]
    texts = {_written(choice) for choice in cut}
    for choice in cut:
        yield choice.violates(
            "/finish_reason",
            f"The answer used all {limit} tokens allowed, breaks off, and says that it stopped.",
            expected="length",
            actual="stop",
            reason="at the limit",
            level="must" if len(texts) > 1 and limit >= _BY_CHANCE * len(answer.choices) else None,
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
    must="say tool_calls where the message calls tools",
    clause=_REASON,
    operations=CHAT,
    note="With a tool named by tool_choice the service says stop, which is no violation; with tool_choice "
    "required it has been seen to say either, so that stop breaks a should only.",
)
def calls_end_with_tool_calls(answer: ChatAnswer) -> Iterator[Violation]:
    """A choice that was cut or filtered says so instead."""
    if isinstance(answer.sent.get("tool_choice"), dict):
        return
    for choice in answer.choices:
        if choice.tool_calls and choice.finish_reason in ("stop", "function_call"):
            yield choice.violates(
                "/finish_reason",
                "The message calls tools, and the choice ends for another reason.",
                expected="tool_calls",
                actual=choice.finish_reason,
                reason="calls",
                level="should" if answer.tool_choice == "required" else None,
            )


@rule(
    "FINISH-004",
    must="call a tool where the choice ends with tool_calls",
    clause=_REASON,
    operations=CHAT,
)
def tool_calls_are_there(answer: ChatAnswer) -> Iterator[Violation]:
    """A client would run nothing and never answer."""
    for choice in answer.choices:
        if choice.finish_reason == "tool_calls" and not choice.tool_calls:
            message = "The choice ends with tool_calls and calls none."
            yield choice.violates("/message/tool_calls", message, expected="a tool call", reason="no call")


@rule(
    "FINISH-005",
    must="say function_call exactly where the message has a function_call",
    clause=_REASON,
    operations=CHAT,
    note="With a function named by function_call the service says stop, which is no violation. Where tools "
    "were offered and are called, tool_calls is right whatever stands beside them: the other call is blamed "
    "for itself.",
)
def function_call_is_said_and_there(answer: ChatAnswer) -> Iterator[Violation]:
    """The deprecated twin of FINISH-003 and FINISH-004."""
    forced = isinstance(answer.sent.get("function_call"), dict)
    for choice in answer.choices:
        reason = choice.finish_reason
        if reason == "tool_calls" and choice.tool_calls and elements(answer.sent.get("tools")):
            continue
        if reason == "function_call" and choice.function_call is None:
            message = "The choice ends with function_call and calls none."
            yield choice.violates("/message/function_call", message, expected="a call", reason="no call")
        elif choice.function_call is not None and reason in ("stop", "tool_calls") and not forced:
            message = "The message calls a function, and the choice ends for another reason."
            yield choice.violates(
                "/finish_reason", message, expected="function_call", actual=reason, reason="calls"
            )


@rule(
    "FINISH-006",
    should="say content_filter where a filter took content out of the choice",
    clause=_REASON,
    operations=CHAT | COMPLETIONS,
)
def filtered_choices_say_so(answer: TextAnswer) -> Iterator[Violation]:
    """`filtered` says that the category was not only found but acted upon."""
    for choice in answer.choices:
        for category, result in members(choice.raw.get("content_filter_results")).items():
            filtered = members(result).get("filtered") is True
            if filtered and choice.finish_reason not in (None, "content_filter"):
                yield choice.violates(
                    "/finish_reason",
                    f"The category {category} is marked as filtered, and the choice ends for another reason.",
                    expected="content_filter",
                    actual=choice.finish_reason,
                    reason="filtered",
                )
                break
