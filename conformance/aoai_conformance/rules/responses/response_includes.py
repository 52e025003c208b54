"""What a request includes: encrypted reasoning, results of hosted tools, log probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, elements, members, number, objects, text
from aoai_conformance.rule import RESPONSE_CREATE, RESPONSE_OBJECTS, NotApplicable, rule
from aoai_conformance.views.response_objects import CreatedResponse, ResponseReply
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_REQUEST = f"{_SCHEMAS}/OpenAI.CreateResponse/properties"


@rule(
    "RESPONSE-INCLUDE-001",
    must="return encrypted reasoning if the request includes it",
    clause=f"{_REQUEST}/include",
    operations=RESPONSE_CREATE,
)
def includes_encrypted_reasoning(reply: CreatedResponse) -> Iterator[Violation]:
    """Without it, a client that stores nothing on the server cannot continue the reasoning."""
    if "reasoning.encrypted_content" not in reply.included or not reply.has_ended:
        raise NotApplicable
    for item in reply.items:
        if item.type == "reasoning" and not text(item.raw.get("encrypted_content")):
            yield item.violates(
                "/encrypted_content",
                "The request includes encrypted reasoning, but the item has none.",
                expected="text",
                actual=item.raw.get("encrypted_content"),
                reason="missing",
            )


#: What a request may include, with the item that it is about and the member that then has a value.
_INCLUDED = {
    "file_search_call.results": ("file_search_call", "results"),
    "code_interpreter_call.outputs": ("code_interpreter_call", "outputs"),
}


@rule(
    "RESPONSE-INCLUDE-002",
    should="return the results of hosted tools and the log probabilities that the request includes",
    clause=f"{_REQUEST}/include",
    operations=RESPONSE_CREATE,
)
def includes_what_was_asked(reply: CreatedResponse) -> Iterator[Violation]:
    """The members are null unless they are asked for."""
    if reply.state != "completed":
        raise NotApplicable
    for asked, (kind, member) in _INCLUDED.items():
        for item in reply.items:
            if asked in reply.included and item.type == kind and item.raw.get(member) is None:
                yield item.violates(
                    f"/{member}", f"The request includes {asked}, but there is none.", reason=asked
                )
    if "message.output_text.logprobs" not in reply.included:
        return
    for item, pointer, written in reply.texts:
        at = f"{pointer.removesuffix('/text')}/logprobs"
        if written and not elements(dig(item.raw, at)):
            yield item.violates(
                at, "The request includes log probabilities, but the text has none.", reason="logprobs"
            )


@rule(
    "RESPONSE-INCLUDE-003",
    should="return results of hosted tools and log probabilities only if the request includes them",
    clause=f"{_REQUEST}/include",
    operations=RESPONSE_CREATE,
    note="top_logprobs asks for log probabilities, too. Encrypted reasoning and summaries that were not "
    "asked for are a MAY: newer models have been seen to send them.",
)
def includes_nothing_else(reply: CreatedResponse) -> Iterator[Violation]:
    """They may be large."""
    yield from _find_unasked_reasoning(reply)
    for item in reply.items:
        unasked = item.type == "file_search_call" and "file_search_call.results" not in reply.included
        if unasked and elements(item.raw.get("results")):
            message = "The item has results that the request does not include."
            yield item.violates("/results", message, expected=None, reason="results")
    if "message.output_text.logprobs" in reply.included or reply.sent.get("top_logprobs"):
        return
    for item, pointer, _ in reply.texts:
        at = f"{pointer.removesuffix('/text')}/logprobs"
        if elements(dig(item.raw, at)):
            message = "The text has log probabilities that the request does not include."
            yield item.violates(at, message, expected=[], reason="logprobs")


def _find_unasked_reasoning(reply: CreatedResponse) -> Iterator[Violation]:
    asks_for_summary = dig(reply.sent, "/reasoning/summary") or dig(reply.sent, "/reasoning/generate_summary")
    for item in reply.items:
        if item.type != "reasoning":
            continue
        if text(item.raw.get("encrypted_content")) and "reasoning.encrypted_content" not in reply.included:
            message = "The item has encrypted reasoning that the request does not include."
            yield item.violates("/encrypted_content", message, reason="encrypted", level="may")
        if elements(item.raw.get("summary")) and not asks_for_summary:
            message = "The reasoning has a summary that the request does not ask for."
            yield item.violates("/summary", message, expected=[], reason="summary", level="may")


@rule(
    "RESPONSE-LOGPROBS-001",
    must="return log probabilities of at most 0",
    clause=f"{_SCHEMAS}/OpenAI.LogProb/properties/logprob",
    operations=RESPONSE_OBJECTS,
)
def logprobs_are_not_positive(reply: ResponseReply) -> Iterator[Violation]:
    """They are logarithms of probabilities, of tokens and of their alternatives."""
    for item, pointer, _ in reply.texts:
        at = f"{pointer.removesuffix('/text')}/logprobs"
        for place, entry in objects(dig(item.raw, at)):
            others = [(f"/top_logprobs/{nth}", each) for nth, each in objects(entry.get("top_logprobs"))]
            for inner, each in (("", entry), *others):
                value = number(members(each).get("logprob"))
                if value is not None and value > 0:
                    yield item.violates(
                        f"{at}/{place}{inner}/logprob",
                        "The log probability is above 0.",
                        expected="at most 0",
                        actual=value,
                        reason="positive",
                    )
                    return
