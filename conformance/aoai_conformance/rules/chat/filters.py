"""Results of the content filter, which are optional but must be consistent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import elements, members, objects, whole
from aoai_conformance.rule import STREAMED, rule
from aoai_conformance.views.exchange_views import Chunk
from aoai_conformance.views.on_your_data import EXTENSION_CHAT
from aoai_conformance.views.responses import TextReply
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
#: The names of the results for prompts, current and former.
_OF_PROMPTS = ("prompt_filter_results", "prompt_annotations")
_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def _results(reply: TextReply) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each set of results with its pointer in a response that is not streamed."""
    for name in (*_OF_PROMPTS, "choices"):
        for place, holder in objects(reply.body.get(name)):
            yield (
                f"/{name}/{place}/content_filter_results",
                members(holder.get("content_filter_results")),
            )


@rule(
    "FILTER-001",
    may="return the results of all four harm categories if it returns any",
    clause=f"{_SCHEMAS}/contentFilterResultsBase",
    operations=STREAMED,
    note="A filter can be configured without a category, and a filter that failed returns an error instead.",
)
def returns_all_four_categories(reply: TextReply) -> Iterator[Violation]:
    """An empty object is allowed: nothing was filtered. A chunk may have any part of the results."""
    for place, results in _results(reply) if not reply.streamed else ():
        missing = [name for name in _CATEGORIES if not members(results.get(name))]
        if 0 < len(missing) < len(_CATEGORIES) and not results.get("error"):
            yield reply.violates(
                place,
                f"The filter results lack {', '.join(missing)}.",
                expected=list(_CATEGORIES),
                actual=sorted(results),
                reason="missing",
            )


@rule(
    "FILTER-002",
    should="not mark a category as filtered that is safe or was not detected",
    clause=f"{_SCHEMAS}/contentFilterSeverityResult",
    operations=STREAMED,
    note="The reverse is allowed: detected content need not be filtered.",
)
def filters_only_detected_content(reply: TextReply) -> Iterator[Violation]:
    """`safe` is the lowest severity; `detected` states whether anything was found."""
    for place, results in _results(reply):
        for category, result in results.items():
            if not isinstance(result, dict) or result.get("filtered") is not True:
                continue
            if result.get("severity") == "safe" or result.get("detected") is False:
                yield reply.violates(
                    f"{place}/{category}",
                    "The category is marked as filtered, but it is safe or was not detected.",
                    expected="not filtered",
                    actual=result,
                    reason="harmless",
                )


@rule(
    "FILTER-003",
    must="number the prompts in the filter results from 0, using each index once",
    clause=f"{_SCHEMAS}/promptFilterResult/properties/prompt_index",
    operations=STREAMED,
    note="In a stream, the results of one prompt may arrive in several chunks, so only duplicates within a "
    "chunk and negative numbers are violations.",
)
def numbers_each_prompt_once(reply: TextReply) -> Iterator[Violation]:
    """Results may arrive in any order, and for any number of prompts."""
    chunks = reply.stream.response_chunks if reply.stream else ()
    most = _prompts(reply) if chunks or not reply.stream else None
    for holder in reply.stream.response_chunks.where(_has_prompts) if reply.stream else (reply,):
        content = holder.json if isinstance(holder, Chunk) else holder.body
        for name in _OF_PROMPTS:
            yield from _numbered(reply, holder, name, content.get(name), most)


def _has_prompts(chunk: Chunk) -> bool:
    return any(chunk.json.get(name) for name in _OF_PROMPTS)


def _numbered(
    reply: TextReply, holder: TextReply | Chunk, name: str, listed: Any, most: int | None
) -> Iterator[Violation]:
    numbers = [(place, whole(prompt.get("prompt_index"))) for place, prompt in objects(listed)]
    known = [(f"/{name}/{place}/prompt_index", index) for place, index in numbers if index is not None]
    taken: set[int] = set()
    for pointer, index in known:
        if index < 0 or index in taken:
            yield holder.violates(
                pointer,
                "The prompt_index is negative or used twice.",
                expected="a number of its own",
                actual=index,
                reason="number",
            )
        elif most is not None and index >= most:
            message = "The prompt_index is beyond the prompts of the request."
            expected = f"at most {most - 1}"
            yield holder.violates(
                pointer, message, expected=expected, actual=index, reason="range", level="should"
            )
        taken.add(index)
    if reply.operation.kind in EXTENSION_CHAT and not reply.streamed and known and min(taken) > 0:
        message = "The prompt_index values do not start at 0."
        yield holder.violates(
            known[0][0], message, expected=0, actual=min(taken), reason="range", level="should"
        )


def _prompts(reply: TextReply) -> int | None:
    """Return the most prompts that the filter can number in a chat: messages and parts; None if unknown."""
    messages = [message for _, message in objects(reply.sent.get("messages"))]
    if reply.operation.kind != "chat" or reply.sent.get("data_sources") or not messages:
        return None
    return len(messages) + sum(len(elements(message.get("content"))) for message in messages)
