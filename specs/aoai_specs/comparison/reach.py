"""The operations that a difference affects, in which direction, and its verdict there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from aoai_specs.comparison.change import Reached, Trail, Use
from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.effects import VERDICTS, ContentWay, Effect, Verdict, Way, derived
from aoai_specs.comparison.exceptions import excepted
from aoai_specs.comparison.schemas.examination import ANY
from aoai_specs.comparison.schemas.judging import Judging, combined, limited, turned
from aoai_specs.comparison.schemas.meaning import Node, place_of
from aoai_specs.comparison.schemas.pairs import Turn
from aoai_specs.json_values import key_of

__all__ = ["Context", "Entries", "Entry", "Reached", "Trail", "Use", "reach", "verdict_of"]


class Context(NamedTuple):
    """The use of a schema in an operation; `place` describes it (`the request body`).

    `error` marks an error response, `text` a value that is written as text, `given` one that is always
    present.
    """

    operation: str
    direction: ContentWay
    place: str
    error: bool = False
    text: bool = False
    given: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Entry:
    """A difference with everything it affects."""

    difference: Difference
    places: dict[str, None] = field(default_factory=dict)
    found: dict[tuple[str, Way], Reached] = field(default_factory=dict)

    def add(self, reached: Reached) -> None:
        """Record an affected operation; the most severe verdict counts, and the first way of each place."""
        key = (reached.operation, reached.direction)
        self.places.setdefault(reached.place)
        known = self.found.get(key)
        if known is None:
            self.found[key] = reached
            return
        graver = VERDICTS.index(reached.verdict) < VERDICTS.index(known.verdict)
        first, second = (reached, known) if graver else (known, reached)
        if graver or second.place not in {use.place for use in first.uses}:
            further = (use for use in second.uses if use.place != first.place)
            self.found[key] = replace(first, others=(*first.others, *further))

    def reached(self) -> tuple[Reached, ...]:
        """Return the affected operations in the order in which they were found."""
        return tuple(self.found.values())


class Entries:
    """Differences by place, each once, however many operations it affects."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, ...], Entry] = {}
        #: The entry of each difference by its identity, since a difference may affect many operations.
        self._known: dict[int, tuple[Difference, Entry]] = {}

    def add(self, difference: Difference, reached: Reached) -> None:
        """Record that a difference affects an operation."""
        known = self._known.get(id(difference))
        if known is None:
            entry = self._entries.setdefault(_key(difference), Entry(difference))
            known = self._known[id(difference)] = (difference, entry)
        known[1].add(reached)

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
    if exception is not None and not exception.floor:
        return exception.verdict
    if text and difference.text is not None:
        effect = difference.text
    verdict = derived(effect, direction)
    if exception is not None:
        verdict = exception.applied(verdict)
    return "warning" if error and verdict == "breaking" else verdict


def reach(judging: Judging, roots: list[tuple[Node, Node, Context]], entries: Entries) -> None:
    """Follow schemas from their uses in operations and record each difference on the way."""
    for base, revision, context in roots:
        if not judging.unchanged(base, revision):
            _follow(judging, base, revision, context, entries)


#: A pair of nodes, what the places around it do to effects, whether it is hidden, and the possible effects.
_State = tuple[Node, Node, Turn, bool, frozenset[Effect]]


def _follow(judging: Judging, base: Node, revision: Node, context: Context, entries: Entries) -> None:
    hiding = "readOnly" if context.direction == "request" else "writeOnly"
    trail: Trail = (place_of(base), place_of(revision), None)
    waiting: list[tuple[_State, Trail]] = [((base, revision, Turn.KEEPS, False, ANY), trail)]
    seen: set[_State] = set()
    while waiting:
        state, trail = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        before, after, turn, hidden, possible = state
        judged = judging.judged(before, after)
        if judged.possible is not ANY:
            possible &= turned(judged.possible, turn)
        for difference in judged.differences:
            effective = limited(_turn(difference, turn), possible)
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
            reached = Reached(context.operation, context.direction, verdict, context.place, trail)
            entries.add(difference, reached)
        for each in reversed(judged.inside):
            further = combined(turn, each.turn)
            inside = (
                each.base,
                each.revision,
                further,
                hidden or hiding in each.hidden,
                ANY if each.aside else possible,
            )
            if inside not in seen:
                waiting.append((inside, (place_of(each.base), place_of(each.revision), trail)))


def _turn(difference: Difference, turn: Turn) -> Difference:
    if turn is Turn.KEEPS:
        return difference
    if turn is Turn.FLIPS:
        return difference._replace(
            request=difference.request.flipped(),
            response=difference.response.flipped(),
            text=None,
        )
    effects = (difference.request, difference.response)
    blurred = [each if each is Effect.NOTHING else Effect.CHANGES for each in effects]
    return difference._replace(request=blurred[0], response=blurred[1], text=None)


def _key(difference: Difference) -> tuple[str, ...]:
    """Return what identifies a difference: kind, values, and its place in a shared schema or in both."""
    values = (key_of(difference.base), key_of(difference.revision))
    places = (difference.base_pointer, difference.revision_pointer)
    shared = [place for place in reversed(places) if place.startswith("#/components/")]
    return (difference.id, *values, *(shared[:1] or places))
