"""Differences corrected by the values that are really lost or gained."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aoai_specs.comparison.difference import Difference, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.schemas.examination import (
    ANY,
    Examination,
    Examined,
    Pair,
    counts_values,
    is_of_values,
    parts_in,
    parts_of,
)
from aoai_specs.comparison.schemas.inclusion import Inclusion, Relation
from aoai_specs.comparison.schemas.meaning import Node
from aoai_specs.comparison.schemas.pairs import Inside, Schemas, Turn
from aoai_specs.json_values import quote

#: The limit of pairs that are examined to find out what explains a lost value.
_MOST_EXAMINED = 400
#: Kinds with an effect on clients, but not on the allowed values.
_OF_ANNOTATIONS = re.compile("(default|sunset|stability)-.*|all-of-removed")
_COUNTS = re.compile("(min|max)-contains-(tightened|loosened)")
#: Kinds that are reported even if the values stay the same.
_ALWAYS_REPORTED = ("property-", "union-branch-")


class Judged(NamedTuple):
    """The differences of a pair and the pairs inside it; `possible` limits the effects of all of them."""

    differences: tuple[Difference, ...]
    inside: tuple[Inside, ...]
    possible: frozenset[Effect] = ANY


class Prepared(NamedTuple):
    """The examination of a pair, and the values that it loses and gains unless the pair is transparent."""

    examined: Examined
    relation: Relation | None


class Judging:
    """Judges the pairs of two descriptions, each once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._examination = Examination(schemas)
        self._inclusion = Inclusion(schemas.base, schemas.revision, schemas.unchanged)
        self._corrected: dict[tuple[Node, Node], Judged] = {}
        self._judged: dict[tuple[Node, Node], Judged] = {}

    def unchanged(self, base: Node, revision: Node) -> bool:
        """Whether two nodes are written identically with everything they refer to."""
        return self._schemas.unchanged(base, revision)

    @property
    def exhausted(self) -> bool:
        """Whether searching for values has reached its limit, so that the order of judging matters."""
        return self._inclusion.exhausted

    @property
    def steps(self) -> int:
        """The number of steps of searching for values so far."""
        return self._inclusion.spent

    def knows(self, base: Node, revision: Node) -> bool:
        """Whether a pair is prepared already."""
        return self._examination.knows(base, revision)

    def prepared(self, base: Node, revision: Node) -> Prepared:
        """Return the slow part of judging a pair, which does not depend on what was judged before.

        Raises DocumentError if a reference does not resolve.
        """
        examined = self._examination.examined(base, revision)
        return Prepared(examined, None if examined.transparent else self._inclusion.relation(base, revision))

    def adopt(self, prepared: Mapping[Pair, Prepared], steps: int) -> None:
        """Take over pairs that were prepared elsewhere with a number of steps of searching."""
        self._examination.adopt({pair: each.examined for pair, each in prepared.items()})
        found = {pair: each.relation for pair, each in prepared.items() if each.relation is not None}
        self._inclusion.adopt(found, steps)

    def judged(self, base: Node, revision: Node) -> Judged:
        """Return the corrected differences of two nodes, at least one for each effect that a value shows."""
        pair = (base, revision)
        if pair not in self._judged:
            corrected = self._correct(base, revision)
            if corrected.possible is ANY:
                self._judged[pair] = corrected
                return corrected
            relation = self._inclusion.relation(base, revision)
            missing = relation.found
            if missing:
                missing -= self._explained(base, revision)
            self._judged[pair] = self._blame(corrected, missing, relation, pair) if missing else corrected
        return self._judged[pair]

    def _correct(self, base: Node, revision: Node) -> Judged:
        """Return the differences of two nodes without effects that no value shows."""
        pair = (base, revision)
        if pair not in self._corrected:
            examined = self._examination.examined(base, revision)
            if examined.transparent:
                self._corrected[pair] = Judged(examined.differences, examined.inside)
                return self._corrected[pair]
            relation = self._inclusion.relation(base, revision)
            kept = tuple(
                each for difference in examined.differences for each in _limited(difference, relation)
            )
            every = (*examined.differences, *examined.pointless)
            counted = [_COUNTS.fullmatch(each.id) for each in every]
            if not kept and counted and all(counted) and self._inclusion.allow_nothing(base, revision):
                kept = tuple(each.aside() for each in every)  # the mistake is elsewhere
            self._corrected[pair] = Judged(kept, examined.inside, relation.possible)
        return self._corrected[pair]

    def _explained(self, base: Node, revision: Node) -> frozenset[Effect]:
        """Return the effects that the differences of a pair and of all pairs inside it have."""
        found: set[Effect] = set()
        waiting: list[tuple[Node, Node, Turn, frozenset[Effect]]] = [(base, revision, Turn.KEEPS, ANY)]
        seen: set[tuple[Node, Node, Turn, frozenset[Effect]]] = set()
        while waiting and found != ANY:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            if len(seen) > _MOST_EXAMINED:
                return ANY
            before, after, turn, limit = state
            corrected = self._correct(before, after)
            if (before, after) != (base, revision) and corrected.possible is not ANY:
                found |= turned(self._inclusion.relation(before, after).found, turn) & limit
                continue  # it has a difference for each of these effects
            limit &= turned(corrected.possible, turn)
            if not limit:
                continue
            for difference in corrected.differences:
                if not _OF_ANNOTATIONS.fullmatch(difference.id):
                    found |= turned(parts_of(difference), turn) & limit
            waiting += (
                (each.base, each.revision, combined(turn, each.turn), limit)
                for each in corrected.inside
                if not each.aside
            )
        return frozenset(found)

    def _blame(
        self, corrected: Judged, missing: frozenset[Effect], relation: Relation, pair: tuple[Node, Node]
    ) -> Judged:
        """Return the differences with the effects that are missing.

        They are those of a keyword that has the opposite effect beside the others, or of a new difference.
        """
        own = [each for each in corrected.differences if counts_values(each) and not parts_of(each)]
        own = [each for each in own if not each.id.startswith(_ALWAYS_REPORTED)]
        if own:
            blamed = [_with(each, missing) if each in own else each for each in corrected.differences]
            return corrected._replace(differences=tuple(blamed))
        return corrected._replace(
            differences=(*corrected.differences, self._fallback(missing, relation, pair))
        )

    def _fallback(
        self, missing: frozenset[Effect], relation: Relation, pair: tuple[Node, Node]
    ) -> Difference:
        """Return the difference for values that no single keyword explains."""
        places = (
            self._schemas.base.meaning(pair[0]).pointer,
            self._schemas.revision.meaning(pair[1]).pointer,
        )
        words = []
        if Effect.NARROWS in missing:
            words.append(f"{quote(relation.lost.example)} is no longer allowed")
        if Effect.WIDENS in missing:
            words.append(f"{quote(relation.gained.example)} is now allowed")
        return Difference(
            "values-changed",
            f"other values are allowed: {' and '.join(words)}",
            *places,
            relation.lost.example,
            relation.gained.example,
            **both_ways(effect_of(missing)),
        )


def effect_of(parts: frozenset[Effect]) -> Effect:
    """Return the effect that narrows and widens as listed."""
    if len(parts) == 2:
        return Effect.CHANGES
    return next(iter(parts), Effect.NOTHING)


def turned(parts: frozenset[Effect], turn: Turn) -> frozenset[Effect]:
    """Return the effects of differences inside a place as effects outside of it."""
    if turn is Turn.KEEPS or not parts:
        return parts
    return ANY if turn is Turn.BLURS else frozenset(each.flipped() for each in parts)


def combined(outer: Turn, inner: Turn) -> Turn:
    """Return what two places inside each other do to effects."""
    if Turn.BLURS in (outer, inner):
        return Turn.BLURS
    return Turn.KEEPS if outer is inner else Turn.FLIPS


def limited(difference: Difference, possible: frozenset[Effect]) -> Difference:
    """Return a difference without effects that are impossible around it."""
    if possible == ANY or not is_of_values(difference):
        return difference
    request, response = (
        effect_of(parts_in(effect) & possible) for effect in (difference.request, difference.response)
    )
    return difference._replace(request=request, response=response)


def _limited(difference: Difference, relation: Relation) -> Iterator[Difference]:
    """Yield a difference with the effects that values may show; nothing if it is none."""
    changed = limited(difference, relation.possible)
    was, becomes = parts_of(difference), parts_of(changed)
    if relation.equal and was and not becomes and not difference.id.startswith(_ALWAYS_REPORTED):
        return
    yield changed


def _with(difference: Difference, missing: frozenset[Effect]) -> Difference:
    request, response = (
        effect_of(parts_in(effect) | missing) for effect in (difference.request, difference.response)
    )
    return difference._replace(request=request, response=response)
