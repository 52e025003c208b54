"""The operations that a difference affects, in which direction, and its verdict there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from aoai_specs.comparison.difference import Difference, key_of
from aoai_specs.comparison.effects import Effect, Verdict, Way, derived, worst
from aoai_specs.comparison.exceptions import excepted
from aoai_specs.comparison.schemas.meaning import Node
from aoai_specs.comparison.schemas.pairs import Schemas, Turn


@dataclass(frozen=True, slots=True)
class Reached:
    """An operation that a difference affects, such as `POST /files`, with the verdict there."""

    operation: str
    direction: Way
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Context:
    """The use of a schema in an operation; `place` describes it (`the request body`).

    `error` marks an error response, `text` a value that is written as text, `given` one that is always
    present.
    """

    operation: str
    direction: Literal["request", "response"]
    place: str
    error: bool = False
    text: bool = False
    given: bool = False


@dataclass(slots=True)
class Entry:
    """A difference with everything it affects."""

    difference: Difference
    places: dict[str, None] = field(default_factory=dict)
    verdicts: dict[tuple[str, Way], Verdict] = field(default_factory=dict)

    def reached(self) -> tuple[Reached, ...]:
        """Return the affected operations in the order in which they were found."""
        return tuple(Reached(name, way, verdict) for (name, way), verdict in self.verdicts.items())


class Entries:
    """Differences by place, each once, however many operations it affects."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, ...], Entry] = {}

    def add(
        self, difference: Difference, operation: str, direction: Way, verdict: Verdict, place: str
    ) -> None:
        """Record that a difference affects an operation."""
        entry = self._entries.setdefault(_key(difference), Entry(difference))
        key = (operation, direction)
        known = entry.verdicts.get(key)
        entry.verdicts[key] = verdict if known is None else worst([known, verdict])
        entry.places.setdefault(place)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())


def verdict_of(
    difference: Difference, direction: Way, *, error: bool = False, text: bool = False, given: bool = False
) -> Verdict:
    """Return the verdict for a difference in a direction: that of an exception, or the derived one."""
    traits = difference.traits | {"parameter" if text else "body"} | ({"given"} if given else set())
    exception = excepted(difference.id, direction, traits)
    effect = difference.response if direction == "response" else difference.request
    if effect is Effect.NOTHING:
        return "info"
    if exception is not None:
        return exception.verdict
    if text and difference.text is not None:
        effect = difference.text
    verdict = derived(effect, direction)
    return "warning" if error and verdict == "breaking" else verdict


def reach(schemas: Schemas, roots: list[tuple[Node, Node, Context]], entries: Entries) -> None:
    """Follow schemas from their uses in operations and record each difference on the way."""
    for base, revision, context in roots:
        _follow(schemas, base, revision, context, entries)


_State = tuple[Node, Node, Turn, bool]


def _follow(schemas: Schemas, base: Node, revision: Node, context: Context, entries: Entries) -> None:
    hiding = "readOnly" if context.direction == "request" else "writeOnly"
    waiting: list[_State] = [(base, revision, Turn.KEEPS, False)]
    seen: set[_State] = set()
    while waiting:
        state = waiting.pop()
        if state in seen or schemas.unchanged(state[0], state[1]):
            continue
        seen.add(state)
        before, after, turn, hidden = state
        compared = schemas.compared(before, after)
        for difference in compared.differences:
            effective = _turn(difference, turn)
            verdict: Verdict = (
                "info"
                if hidden
                else verdict_of(
                    effective,
                    context.direction,
                    error=context.error,
                    text=context.text,
                    given=context.given and (before, after) == (base, revision),
                )
            )
            entries.add(difference, context.operation, context.direction, verdict, context.place)
        for each in reversed(compared.inside):
            further = _combine(turn, each.turn)
            waiting.append((each.base, each.revision, further, hidden or hiding in each.hidden))


def _combine(outer: Turn, inner: Turn) -> Turn:
    if Turn.BLURS in (outer, inner):
        return Turn.BLURS
    return Turn.KEEPS if outer is inner else Turn.FLIPS


def _turn(difference: Difference, turn: Turn) -> Difference:
    if turn is Turn.KEEPS:
        return difference
    if turn is Turn.FLIPS:
        return replace(
            difference,
            request=difference.request.flipped(),
            response=difference.response.flipped(),
            text=None,
        )
    effects = (difference.request, difference.response)
    blurred = [each if each is Effect.NOTHING else Effect.CHANGES for each in effects]
    return replace(difference, request=blurred[0], response=blurred[1], text=None)


def _key(difference: Difference) -> tuple[str, ...]:
    """Return what identifies a difference: kind, values, and its place in a shared schema or in both."""
    values = (key_of(difference.base), key_of(difference.revision))
    places = (difference.base_pointer, difference.revision_pointer)
    shared = [place for place in reversed(places) if place.startswith("#/components/")]
    return (difference.id, *values, *(shared[:1] or places))
