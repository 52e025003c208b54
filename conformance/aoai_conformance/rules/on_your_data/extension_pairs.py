"""The same question to the same data sources, answered at once and streamed: both say the same."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from aoai_conformance.rule import Inconclusive, rule
from aoai_conformance.views.on_your_data import EXTENSION_CHAT, OnYourData, OnYourDataPair
from aoai_conformance.views.on_your_data_chunks import joined, pieces_of, role_of
from aoai_model.verdict import Violation

_STREAM = (
    "azure-openai@2023-12-01-preview#/components/schemas/extensionsChatCompletionsRequest/properties/stream"
)


def _text(answer: OnYourData) -> str:
    """What the assistant says in the first choice. Raises Inconclusive where it does not speak."""
    for turn in answer.turns[:1]:
        if any(each.role == "assistant" for each in turn.said):
            return turn.answer
    raise Inconclusive("no message of the assistant is there to be compared")


def _reason(answer: OnYourData) -> str | None:
    return next((choice.finish_reason for choice in answer.choices), None)


def _spoken(stream: OnYourData) -> list[str]:
    """What each piece of the streamed answer says, in order."""
    pieces = pieces_of(stream.stream.answer_chunks if stream.stream else ())
    messages = next(iter(joined(pieces).values()), ())
    return [
        piece.content or "" for message in messages if role_of(message) == "assistant" for piece in message
    ]


def _shared(one: str, other: str) -> int:
    """How many letters two texts have in common before they part."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        len(min(one, other, key=len)),
    )


def _is_swapped(plain: str, said: list[str], parted: int) -> bool:
    """Whether the plain text has two neighbouring pieces, there where the texts part, in the other order."""
    begins = [0, *accumulate(len(each) for each in said)]
    at = bisect_right(begins, parted) - 1
    return any(
        "".join([*said[:place], said[place + 1], said[place], *said[place + 2 :]]) == plain
        for place in (at - 1, at)
        if 0 <= place < len(said) - 1
    )


def _damage(plain: str, stream: OnYourData) -> str | None:
    """What happened to the text on its way; None where it may as well be another answer."""
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
    "swapped": "The streamed answer is the plain one with two of its pieces swapped.",
    "lost": "The streamed answer is the plain one with a piece of it missing.",
    "doubled": "The streamed answer is the plain one with a piece in it that does not belong there.",
    "altered": "The streamed answer is the plain one in other letters or with other space.",
}


@rule(
    "EXTENSION-PAIR-001",
    should="lose, repeat, swap and alter nothing of an answer when it is streamed",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The same question at a temperature of 0, and no seed: a model may word it in another way, which "
    "tells nothing. Judged where one text is the other but for a single stretch, for two pieces that "
    "changed places, or for its space and capitals.",
)
def streams_the_words_of_the_answer(scenario: OnYourDataPair) -> Iterator[Violation]:
    """Where the text was cut into pieces is free."""
    plain, streamed = _text(scenario.plain), _text(scenario.stream)
    damage = _damage(plain, scenario.stream) if plain != streamed else None
    if damage is not None:
        yield scenario.stream.violates("", _SAYS[damage], expected=plain, actual=streamed, reason=damage)
    elif plain != streamed:
        raise Inconclusive("the streamed answer is worded in another way, which a model may do")


@rule(
    "EXTENSION-PAIR-002",
    should="cite the same documents for the same question, streamed and not",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="What the search is asked for is the model's own wording: judged where it is the same in both.",
)
def streams_the_same_citations(scenario: OnYourDataPair) -> Iterator[Violation]:
    """One index, searched for the same thing."""
    for plain, streamed in zip(scenario.plain.turns, scenario.stream.turns, strict=False):
        if plain.citations is None or streamed.citations is None:
            continue
        if plain.told.get("intent") != streamed.told.get("intent"):
            raise Inconclusive("the searches were not for the same thing")
        if plain.citations != streamed.citations:
            yield scenario.stream.violates(
                "",
                "The streamed answer cites other documents.",
                expected=plain.citations,
                actual=streamed.citations,
                reason="differs",
            )


@rule(
    "EXTENSION-PAIR-003",
    should="end the same text for the same reason, streamed and not",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def ends_for_the_same_reason(scenario: OnYourDataPair) -> Iterator[Violation]:
    """Where both tell a reason."""
    plain, streamed = _reason(scenario.plain), _reason(scenario.stream)
    if _text(scenario.plain) != _text(scenario.stream):
        raise Inconclusive("the streamed answer says something else")
    if plain is not None and streamed is not None and plain != streamed:
        yield scenario.stream.violates(
            "",
            "The streamed answer ends for another reason.",
            expected=plain,
            actual=streamed,
            reason="differs",
        )
