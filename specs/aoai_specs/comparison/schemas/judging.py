"""Differences corrected by the values that are really lost or gained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from aoai_specs.comparison.difference import ASIDE, Difference, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.keywords import ANNOTATIONS, BOUNDS, RELEVANT
from aoai_specs.comparison.kinds import HOLDING, kebab
from aoai_specs.comparison.schemas.inclusion import Inclusion, Relation
from aoai_specs.comparison.schemas.meaning import Meaning, Node, Union
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.schemas.pairs import Compared, Inside, Schemas, Turn
from aoai_specs.comparison.schemas.unions import branches_of, overlapping
from aoai_specs.json_values import quote

#: Keywords of an array that count beside an object, and the reverse, even if only one side has them.
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
#: Both effects.
ANY = frozenset({Effect.NARROWS, Effect.WIDENS})
#: The limit of pairs that are examined to find out what explains a lost value.
_MOST_EXAMINED = 400

#: Kinds with an effect on clients, but not on the allowed values.
_OF_ANNOTATIONS = re.compile("(default|sunset|stability)-.*|all-of-removed")
_COUNTS = re.compile("(min|max)-contains-(tightened|loosened)")
#: Kinds that are reported even if the values stay the same.
_SIMPLE = frozenset({"items", "additionalProperties", "contentSchema"})
_OF_CONTENTS = frozenset(
    {"maxItems", "minItems", "maxProperties", "minProperties", "maxContains", "minContains"}
)
_MOST_DISTINCT = 60
_TOLD = ("property-", "union-branch-")
_SIZED = frozenset({"array", "object", "string"})
_KEYWORDS = {kebab(keyword): keyword for keyword in RELEVANT}

#: Kinds whose effect is exactly that on the allowed values; the effects of others are conventions.
_OF_VALUES = re.compile(
    "|".join(
        (
            *(rf"{kebab(keyword)}-.*" for keyword in BOUNDS),
            *(rf"{name}-.*" for keyword, name in HOLDING.items() if keyword != "contentSchema"),
            r"(type|pattern|enum|const|nullable|multiple-of|unique-items|union|dependent-required)-.*",
            r"values-changed|schema-refuses-.*|property-(required|optional|forbidden|permitted)",
        )
    )
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The differences of a pair and the pairs inside it; `possible` limits the effects of all of them."""

    differences: tuple[Difference, ...]
    inside: tuple[Inside, ...]
    possible: frozenset[Effect] = ANY


class Judging:
    """Judges the pairs of two descriptions, each once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._inclusion = Inclusion(schemas.base, schemas.revision, schemas.unchanged)
        self._corrected: dict[tuple[Node, Node], Judged] = {}
        self._judged: dict[tuple[Node, Node], Judged] = {}

    def unchanged(self, base: Node, revision: Node) -> bool:
        """Whether two nodes are written identically with everything they refer to."""
        return self._schemas.unchanged(base, revision)

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
            compared = self._schemas.compared(base, revision)
            old, new = self._schemas.base.meaning(base), self._schemas.revision.meaning(revision)
            inside = tuple(_placed_inside(compared.inside, old, new))
            if self._is_transparent(compared, old, new):
                self._corrected[pair] = Judged(compared.differences, inside)
                return self._corrected[pair]
            relation = self._inclusion.relation(base, revision)
            kept = tuple(
                each
                for difference in compared.differences
                for each in _limited(difference, relation, old, new)
            )
            counted = [_COUNTS.fullmatch(each.id) for each in compared.differences]
            if not kept and counted and all(counted) and self._inclusion.allow_nothing(base, revision):
                kept = tuple(_aside(each) for each in compared.differences)  # the mistake is elsewhere
            self._corrected[pair] = Judged(kept, inside, relation.possible)
        return self._corrected[pair]

    def _is_transparent(self, compared: Compared, old: Meaning, new: Meaning) -> bool:
        """Whether the values of a pair change exactly as its difference and the pairs inside it say."""
        own = [each for each in compared.differences if is_of_values(each) and parts_of(each)]
        if len(own) > 1 or (own and not _is_plain(own[0], old, new)):
            return False
        return self._is_simple(old, self._schemas.base) and self._is_simple(new, self._schemas.revision)

    def _is_simple(self, meaning: Meaning, meanings: Meanings) -> bool:
        if meaning.merged or meaning.never or meaning.named or meaning.prefix or len(meaning.unions) > 1:
            return False
        if meaning.closed and not meaning.required.keys() <= meaning.properties.keys():
            return False
        if not meaning.inside.keys() <= _SIMPLE or meaning.bounds.keys() & _OF_CONTENTS:
            return False
        if meaning.values is not None and (meaning.properties or meaning.inside or meaning.unions):
            return False
        return all(self._is_distinct(union, meaning, meanings) for union in meaning.unions)

    def _is_distinct(self, union: Union, meaning: Meaning, meanings: Meanings) -> bool:
        if not (meaning.bare or union.keyword == "discriminator"):
            return False
        if union.keyword == "discriminator" or len(union.branches) > _MOST_DISTINCT:
            return True
        return not overlapping(branches_of(union, meaning, meanings), meanings)

    def _explained(self, base: Node, revision: Node) -> frozenset[Effect]:
        """Return the effects that the differences of a pair and of all pairs inside it have."""
        found: set[Effect] = set()
        waiting: list[tuple[Node, Node, Turn, frozenset[Effect]]] = [(base, revision, Turn.KEEPS, ANY)]
        seen: set[tuple[Node, Node, Turn, frozenset[Effect]]] = set()
        while waiting and found != ANY:
            state = waiting.pop()
            if state in seen or self._schemas.unchanged(state[0], state[1]):
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
        own = [each for each in corrected.differences if _OF_VALUES.fullmatch(each.id) and not parts_of(each)]
        own = [each for each in own if not each.id.startswith(_TOLD)]
        if own:
            blamed = [_with(each, missing) if each in own else each for each in corrected.differences]
            return replace(corrected, differences=tuple(blamed))
        return replace(
            corrected, differences=(*corrected.differences, self._fallback(missing, relation, pair))
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


def parts_of(difference: Difference) -> frozenset[Effect]:
    """Return whether a difference narrows and widens, in either direction."""
    return _parts(difference.request) | _parts(difference.response)


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
        effect_of(_parts(effect) & possible) for effect in (difference.request, difference.response)
    )
    return replace(difference, request=request, response=response)


def is_of_values(difference: Difference) -> bool:
    """Whether the effect of a difference is exactly that on the allowed values."""
    if ASIDE in difference.traits:
        return False
    if difference.id in ("property-added", "property-removed"):
        return "closed" in difference.traits
    return _OF_VALUES.fullmatch(difference.id) is not None


def _is_plain(difference: Difference, old: Meaning, new: Meaning) -> bool:
    """Whether a difference, as the only one of two simple schemas, certainly has its effect."""
    if old.types != new.types or old.types is None or len(old.types) != 1 or old.patterns or new.patterns:
        return False
    if any(each.facts.keys() - ANNOTATIONS - {"format"} for each in (old, new)):
        return False
    keyword = _keyword_of(difference.id)
    if keyword in BOUNDS:
        held = [bound for each in (old, new) for bound in each.bounds.values()]
        fits = bool(old.types & RELEVANT[keyword]) and old.values is new.values is None
        return (
            fits
            and len({bound.pointer.rpartition("/")[2] for bound in held}) == 1
            and all(
                bound.value == int(bound.value) and bound.value > 0 and not bound.exclusive for bound in held
            )
        )
    if difference.id in ("enum-value-added", "enum-value-removed"):
        values = (*(old.values or ()), *(new.values or ()))
        return (
            old.types == {"string"}
            and not (old.bounds or new.bounds)
            and all(isinstance(each, str) for each in values)
        )
    return False


class Place(Enum):
    """How a keyword fits the types beside it."""

    FITS = "it applies to one of them"
    MISTAKEN = "it applies to none, but the type may be the mistake"
    POINTLESS = "it applies to none"


def placed(keyword: str, old: Meaning, new: Meaning) -> Place:
    """Return how a keyword fits the types of two meanings.

    A limit of a string, an array or an object beside another of these types is compared as if it applied if
    both sides have it, since the type may be the mistake; properties beside a string, and what is left
    unevaluated beside an array or an object, always are. Otherwise such a keyword changes nothing.
    """
    relevant = RELEVANT.get(keyword)
    if relevant is None or old.types is None or new.types is None:
        return Place.FITS
    types = old.types | new.types
    if types & relevant:
        return Place.FITS
    if keyword in _UNEVALUATED and old.types == new.types and old.values is new.values is None:
        return Place.MISTAKEN if types in ({"array"}, {"object"}) else Place.POINTLESS
    shared = keyword == "properties" or (keyword in old.bounds and keyword in new.bounds)
    sized = len(types) == 1 and types <= _SIZED and relevant <= _SIZED
    return Place.MISTAKEN if shared and sized and old.values is new.values is None else Place.POINTLESS


def _placed_inside(inside: Iterable[Inside], old: Meaning, new: Meaning) -> Iterator[Inside]:
    """Yield the pairs under keywords that apply, or that count by convention."""
    for each in inside:
        place = placed(each.keyword, old, new)
        if place is Place.MISTAKEN or each.keyword == "contentSchema":
            yield replace(each, aside=True)
        elif place is Place.FITS:
            yield each


def _limited(difference: Difference, relation: Relation, old: Meaning, new: Meaning) -> Iterator[Difference]:
    """Yield a difference with the effects that values may show; nothing if it is none."""
    if (old.open or new.open) and difference.id.startswith("enum-"):
        yield _aside(difference)
        return
    place = placed(_keyword_of(difference.id), old, new)
    if place is Place.MISTAKEN:
        yield _aside(difference)
        return
    if place is Place.POINTLESS:
        return
    if ASIDE in difference.traits:
        yield difference
        return
    changed = limited(difference, relation.possible)
    was, becomes = parts_of(difference), parts_of(changed)
    if relation.equal and was and not becomes and not difference.id.startswith(_TOLD):
        return
    yield changed


def _aside(difference: Difference) -> Difference:
    return replace(difference, traits=difference.traits | {ASIDE})


def _keyword_of(kind: str) -> str:
    """Return the keyword of a kind of change, or ""."""
    if kind in ("property-required", "property-optional"):
        return "required"
    return _KEYWORDS.get(kind.rpartition("-")[0], "")


def _parts(effect: Effect) -> frozenset[Effect]:
    return ANY if effect is Effect.CHANGES else frozenset({effect} - {Effect.NOTHING})


def _with(difference: Difference, missing: frozenset[Effect]) -> Difference:
    request, response = (
        effect_of(_parts(effect) | missing) for effect in (difference.request, difference.response)
    )
    return replace(difference, request=request, response=response)
