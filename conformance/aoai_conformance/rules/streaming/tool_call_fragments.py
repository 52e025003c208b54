"""Fragments of tool calls. The rules for tool calls judge the assembled calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aoai_conformance.json_access import dig, members, objects, text, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.exchange_views import Chunk, Stream
from aoai_model.verdict import Violation

_FRAGMENT = "azure-openai@2024-10-21#/components/schemas/chatCompletionMessageToolCallChunk/properties"

Fragment = tuple[Chunk, str, dict[str, Any]]


def _calls(chunks: Iterable[Chunk]) -> dict[tuple[int, int], list[Fragment]]:
    """Return the fragments of each call, in order of arrival, by the indices of the choice and the call."""
    calls: dict[tuple[int, int], list[Fragment]] = {}
    for chunk in chunks:
        for place, choice in objects(chunk.choices):
            of_choice = whole(choice.get("index"))
            for within, fragment in objects(members(choice.get("delta")).get("tool_calls")):
                index = whole(fragment.get("index"))
                if of_choice is not None and index is not None:
                    pointer = f"/choices/{place}/delta/tool_calls/{within}"
                    calls.setdefault((of_choice, index), []).append((chunk, pointer, fragment))
    return calls


def _has(path: str) -> Callable[[Chunk], bool]:
    """Return a condition: a fragment in the chunk has something at a path."""
    return lambda chunk: any(
        bool(dig(fragment, path)) for listed in _calls([chunk]).values() for _, _, fragment in listed
    )


@rule(
    "TOOL-SSE-001",
    should="number the tool calls of a message from 0 without gaps",
    clause=f"{_FRAGMENT}/index",
    operations=CHAT,
    note="The document requires an index but not its values; clients use it as a list position.",
)
def numbers_calls_from_zero(stream: Stream) -> Iterator[Violation]:
    """An incomplete stream may lack some."""
    stream.require_whole()
    calls = _calls(stream.response_chunks.distinct)
    for of_choice, index in calls:
        count = sum(1 for other, _ in calls if other == of_choice)
        if not 0 <= index < count:
            chunk, pointer, _ = calls[of_choice, index][0]
            message = "The index of the call leaves a gap, or is negative."
            yield chunk.violates(
                f"{pointer}/index", message, expected=f"0 to {count - 1}", actual=index, reason="gap"
            )


@rule(
    "TOOL-SSE-002",
    should="return the id and the name of a call in its first fragment",
    clause=f"{_FRAGMENT}/id",
    operations=CHAT,
    note="The document requires only the index; clients create a call from its first fragment.",
)
def first_fragment_has_id_and_name(stream: Stream) -> Iterator[Violation]:
    """Other rules report a call that has neither in any fragment."""
    for fragments in _calls(stream.response_chunks.distinct).values():
        chunk, pointer, first = fragments[0]
        for path in ("/id", "/function/name"):
            later = any(text(dig(fragment, path)) for _, _, fragment in fragments[1:])
            if later and not text(dig(first, path)):
                message = f"The first fragment of the call has no `{path[1:]}`, but a later one has."
                yield chunk.violates(f"{pointer}{path}", message, expected="a text", reason="late")


@rule(
    "TOOL-SSE-003",
    must="use the same id in all fragments of a call",
    clause=f"{_FRAGMENT}/id",
    operations=CHAT,
    note="Repeating the id is allowed.",
)
def call_id_does_not_change(stream: Stream) -> Iterator[Violation]:
    """Different calls need different indices."""
    for fragments in _calls(stream.response_chunks.where(_has("/id"))).values():
        given = [
            (chunk, pointer, fragment["id"]) for chunk, pointer, fragment in fragments if fragment.get("id")
        ]
        for chunk, pointer, found in given[1:]:
            if found != given[0][2]:
                message = "A later fragment of the call has a different id."
                yield chunk.violates(
                    f"{pointer}/id", message, expected=given[0][2], actual=found, reason="changes"
                )


@rule(
    "TOOL-SSE-004",
    should="return the name of a call's function once",
    clause=f"{_FRAGMENT}/function/properties/name",
    operations=CHAT,
    note="Clients concatenate the fragments of all strings but the id, so a repeated name is duplicated.",
)
def names_the_function_once(stream: Stream) -> Iterator[Violation]:
    """An empty name is ignored."""
    for fragments in _calls(stream.response_chunks.where(_has("/function/name"))).values():
        named = [part for part in fragments if text(dig(part[2], "/function/name"))]
        for chunk, pointer, fragment in named[1:]:
            message = "A later fragment of the call repeats the name of its function."
            yield chunk.violates(
                f"{pointer}/function/name", message, actual=dig(fragment, "/function/name"), reason="again"
            )
