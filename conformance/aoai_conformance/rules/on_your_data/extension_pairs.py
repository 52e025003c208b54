"""The same question to the same data sources, streamed and not streamed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from aoai_conformance.rule import Inconclusive, rule
from aoai_conformance.views.on_your_data import EXTENSION_CHAT, OnYourData, OnYourDataPair
from aoai_conformance.views.on_your_data_chunks import collect_pieces, find_role, joined
from aoai_model.verdict import Violation

_STREAM = (
    "azure-openai@2023-12-01-preview#/components/schemas/extensionsChatCompletionsRequest/properties/stream"
)


def _text(reply: OnYourData) -> str:
    """Return the assistant's text of the first choice. Raises Inconclusive if there is none."""
    for turn in reply.turns[:1]:
        if any(each.role == "assistant" for each in turn.messages):
            return turn.assistant_text
    raise Inconclusive("there is no message of the assistant to compare")


def _reason(reply: OnYourData) -> str | None:
    return next((choice.finish_reason for choice in reply.choices), None)


def _spoken(stream: OnYourData) -> list[str]:
    """Return the text of each fragment of the streamed response, in order."""
    pieces = collect_pieces(stream.stream.response_chunks if stream.stream else ())
    messages = next(iter(joined(pieces).values()), ())
    return [
        piece.content or "" for message in messages if find_role(message) == "assistant" for piece in message
    ]


def _shared(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        len(min(one, other, key=len)),
    )


def _is_swapped(plain: str, parts: list[str], parted: int) -> bool:
    """Whether the texts differ only by the order of two neighbouring fragments."""
    begins = [0, *accumulate(len(each) for each in parts)]
    at = bisect_right(begins, parted) - 1
    return any(
        "".join([*parts[:place], parts[place + 1], parts[place], *parts[place + 2 :]]) == plain
        for place in (at - 1, at)
        if 0 <= place < len(parts) - 1
    )


def _describe_damage(plain: str, stream: OnYourData) -> str | None:
    """Return how the streamed text was altered; None if it may be a different response."""
    streamed = _text(stream)
    before, after = _shared(plain, streamed), _shared(plain[::-1], streamed[::-1])
    if len(plain) == len(streamed) and _is_swapped(plain, _spoken(stream), before):
        return "swapped"
    if len(plain) != len(streamed) and before + after >= min(len(plain), len(streamed)):
        return "lost" if len(streamed) < len(plain) else "doubled"
    if "".join(plain.split()).casefold() == "".join(streamed.split()).casefold():
        return "altered"
    return None


_SAYS = {
    "swapped": "The streamed response is the plain one with two fragments swapped.",
    "lost": "The streamed response is the plain one with a fragment missing.",
    "doubled": "The streamed response is the plain one with an additional fragment.",
    "altered": "The streamed response differs from the plain one only in case or white space.",
}


@rule(
    "EXTENSION-PAIR-001",
    should="stream a response without losing, repeating, swapping or altering any of its text",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The same question at temperature 0, without a seed. A model may still word its response "
    "differently, which is inconclusive. So it is judged only if the texts differ by a single stretch, by "
    "two swapped fragments, or by white space and case.",
)
def streams_the_same_text(scenario: OnYourDataPair) -> Iterator[Violation]:
    """The text may be split into fragments in any way."""
    plain, streamed = _text(scenario.plain), _text(scenario.stream)
    damage = _describe_damage(plain, scenario.stream) if plain != streamed else None
    if damage is not None:
        yield scenario.stream.violates("", _SAYS[damage], expected=plain, actual=streamed, reason=damage)
    elif plain != streamed:
        raise Inconclusive("the streamed response is worded differently, which a model may do")


@rule(
    "EXTENSION-PAIR-002",
    should="cite the same documents for the same question, streamed and not streamed",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The model words the search itself, so it is judged only if both searches are the same.",
)
def streams_the_same_citations(scenario: OnYourDataPair) -> Iterator[Violation]:
    """Compares the results of the same search in the same index."""
    for plain, streamed in zip(scenario.plain.turns, scenario.stream.turns, strict=False):
        if plain.citations is None or streamed.citations is None:
            continue
        if plain.tool_json.get("intent") != streamed.tool_json.get("intent"):
            raise Inconclusive("the searches have different intents")
        if plain.citations != streamed.citations:
            yield scenario.stream.violates(
                "",
                "The streamed response cites different documents.",
                expected=plain.citations,
                actual=streamed.citations,
                reason="differs",
            )


@rule(
    "EXTENSION-PAIR-003",
    should="return the same finish_reason for the same text, streamed and not streamed",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def has_the_same_finish_reason(scenario: OnYourDataPair) -> Iterator[Violation]:
    """Judged if both have a finish_reason."""
    plain, streamed = _reason(scenario.plain), _reason(scenario.stream)
    if _text(scenario.plain) != _text(scenario.stream):
        raise Inconclusive("the streamed response has a different text")
    if plain is not None and streamed is not None and plain != streamed:
        yield scenario.stream.violates(
            "",
            "The streamed response has a different finish_reason.",
            expected=plain,
            actual=streamed,
            reason="differs",
        )
