"""The usage and the limits of a response."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, whole
from aoai_conformance.rule import RESPONSE_CREATE, RESPONSE_OBJECTS, NotApplicable, rule
from aoai_conformance.views.response_objects import CLIENT_CALLS, HOSTED_CALLS, CreatedResponse, ResponseReply
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_USAGE = f"{_SCHEMAS}/OpenAI.ResponseUsage/properties"
_REQUEST = f"{_SCHEMAS}/OpenAI.CreateResponse/properties"
_COUNTS = ("/input_tokens", "/output_tokens", "/total_tokens")
#: The details of the usage, each with the total that contains it.
_DETAILS = {
    "/input_tokens_details/cached_tokens": "/input_tokens",
    "/input_tokens_details/cache_write_tokens": "/input_tokens",
    "/output_tokens_details/reasoning_tokens": "/output_tokens",
}


#: The items of a response whose model generates once: no tool of the server returns anything to it.
_FROM_ONE_GENERATION = frozenset({"message", "reasoning", *CLIENT_CALLS})


@rule(
    "RESPONSE-USAGE-001",
    must="report the sum of input_tokens and output_tokens as total_tokens",
    clause=f"{_USAGE}/total_tokens",
    operations=RESPONSE_OBJECTS,
)
def total_is_the_sum(reply: ResponseReply) -> Iterator[Violation]:
    """Budgets are kept by the total."""
    sent, made, total = (reply.tokens(name) for name in _COUNTS)
    if sent is not None and made is not None and total is not None and total != sent + made:
        yield reply.violates(
            "/usage/total_tokens",
            "`total_tokens` is not the sum of input and output tokens.",
            expected=sent + made,
            actual=total,
            reason="sum",
        )


@rule(
    "RESPONSE-USAGE-002",
    must="report no more tokens in a detail of the usage than in its total, and no negative ones",
    clause=f"{_USAGE}/output_tokens_details",
    operations=RESPONSE_OBJECTS,
)
def details_are_within_totals(reply: ResponseReply) -> Iterator[Violation]:
    """Cached tokens are input tokens, reasoning tokens are output tokens."""
    for pointer in (*_COUNTS, *_DETAILS):
        count = reply.tokens(pointer)
        limit = reply.tokens(_DETAILS[pointer]) if pointer in _DETAILS else None
        if count is not None and count < 0:
            yield reply.violates(
                f"/usage{pointer}", "The count is negative.", expected="0 or more", actual=count,
                reason="negative",
            )  # fmt: skip
        elif count is not None and limit is not None and count > limit:
            yield reply.violates(
                f"/usage{pointer}",
                "The detail counts more tokens than its total.",
                expected=f"at most {limit}",
                actual=count,
                reason="above the total",
            )


@rule(
    "RESPONSE-USAGE-003",
    must="report the usage of a completed response, with at least one token for its input and its text",
    clause=f"{_SCHEMAS}/OpenAI.Response/properties/usage",
    operations=RESPONSE_OBJECTS,
    note="A missing usage is a SHOULD: the document does not require it. So is one that counts nothing at "
    "all, which the service has been recorded to send.",
)
def counts_what_was_made(reply: ResponseReply) -> Iterator[Violation]:
    """Costs are computed from it."""
    if reply.state != "completed":
        raise NotApplicable
    if not reply.usage:
        yield reply.violates(
            "/usage",
            "The completed response has no usage.",
            expected="an object",
            actual=reply.body.get("usage"),
            reason="missing",
            level="should",
        )
    elif reply.tokens("/input_tokens") == 0:
        message = "The response counts no input token."
        yield reply.violates(
            "/usage/input_tokens",
            message,
            expected="1 or more",
            actual=0,
            reason="no input",
            level="should" if reply.tokens("/output_tokens") == reply.tokens("/total_tokens") == 0 else None,
        )
    elif reply.tokens("/output_tokens") == 0 and any(written for _, _, written in reply.texts):
        message = "The response has text, but counts no output token."
        yield reply.violates(
            "/usage/output_tokens", message, expected="1 or more", actual=0, reason="no output"
        )


@rule(
    "RESPONSE-USAGE-004",
    should="report no usage before the response has ended",
    clause=f"{_SCHEMAS}/OpenAI.Response/properties/usage",
    operations=RESPONSE_OBJECTS,
)
def counts_nothing_early(reply: ResponseReply) -> Iterator[Violation]:
    """A count that is not final would be taken for one."""
    if reply.state not in ("queued", "in_progress"):
        raise NotApplicable
    if (reply.tokens("/output_tokens") or 0) > 0 and not reply.items:
        yield reply.violates(
            "/usage",
            f"The response is {reply.state} without output, but counts output tokens.",
            expected=None,
            actual=reply.usage,
            reason="early",
        )


@rule(
    "RESPONSE-LIMITS-001",
    must="generate at most max_output_tokens tokens",
    clause=f"{_REQUEST}/max_output_tokens",
    operations=RESPONSE_CREATE,
    note="Responses with items of hosted tools are not judged: their model generates several times.",
)
def keeps_the_token_limit(reply: CreatedResponse) -> Iterator[Violation]:
    """Reasoning tokens count, too."""
    limit, made = whole(reply.sent.get("max_output_tokens")), reply.tokens("/output_tokens")
    if limit is None or made is None or not {item.type for item in reply.items} <= _FROM_ONE_GENERATION:
        raise NotApplicable
    if made > limit:
        yield reply.violates(
            "/usage/output_tokens",
            "The response has more output tokens than the request allows.",
            expected=f"at most {limit}",
            actual=made,
            reason="above the limit",
        )


@rule(
    "RESPONSE-LIMITS-002",
    must="name max_output_tokens as the reason if, and only if, the limit of tokens was reached",
    clause=f"{_SCHEMAS}/OpenAI.ResponseIncompleteDetails/properties/reason",
    operations=RESPONSE_CREATE,
    note="A count far below the requested limit is a violation; half of it is allowed, because tokens that "
    "are generated and dropped may be uncounted. Another reason at the limit is a SHOULD.",
)
def limit_was_reached(reply: CreatedResponse) -> Iterator[Violation]:
    """Clients raise the limit and try again."""
    reason = dig(reply.body, "/incomplete_details/reason")
    limit, made = whole(reply.sent.get("max_output_tokens")), reply.tokens("/output_tokens")
    if reason is None or limit is None or made is None:
        raise NotApplicable
    if reason != "max_output_tokens" and made >= limit:
        yield reply.violates(
            "/incomplete_details/reason",
            "The response reached the limit of the request, but names another reason.",
            expected="max_output_tokens",
            actual=reason,
            reason="another reason",
            level="should",
        )
    elif reason == "max_output_tokens" and made < limit // 2:
        yield reply.violates(
            "/incomplete_details/reason",
            "The response is cut off far below the limit of the request.",
            expected=f"about {limit} output tokens",
            actual=made,
            reason="below the limit",
        )


@rule(
    "RESPONSE-LIMITS-003",
    must="call hosted tools at most max_tool_calls times",
    clause=f"{_REQUEST}/max_tool_calls",
    operations=RESPONSE_CREATE,
)
def keeps_the_call_limit(reply: CreatedResponse) -> Iterator[Violation]:
    """The limit covers all hosted tools together, and not calls of functions."""
    limit = whole(reply.sent.get("max_tool_calls"))
    if limit is None:
        raise NotApplicable
    hosted = [item for item in reply.items if item.type in HOSTED_CALLS]
    if len(hosted) > limit:
        yield reply.violates(
            "/output",
            "The response calls more hosted tools than the request allows.",
            expected=f"at most {limit}",
            actual=len(hosted),
            reason="above the limit",
        )


@rule(
    "RESPONSE-LIMITS-004",
    should="return an incomplete response if the output reached max_output_tokens",
    clause=f"{_SCHEMAS}/OpenAI.Response/properties/incomplete_details",
    operations=RESPONSE_CREATE,
    note="An answer may end exactly at the limit, so this is only a SHOULD.",
)
def says_that_it_was_cut_off(reply: CreatedResponse) -> Iterator[Violation]:
    """A truncated answer that is completed looks like a whole one."""
    limit, made = whole(reply.sent.get("max_output_tokens")), reply.tokens("/output_tokens")
    if limit is None or made is None or not reply.has_ended:
        raise NotApplicable
    if made == limit and reply.state == "completed":
        yield reply.violates(
            "/status",
            "The response used all its tokens, but is completed.",
            expected="incomplete",
            actual="completed",
            reason="cut off",
        )
