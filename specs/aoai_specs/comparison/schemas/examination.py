"""What a pair of schemas shows by itself: its differences, the pairs inside it, and whether that is all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from aoai_specs.comparison.difference import ASIDE, Difference
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.keywords import ANNOTATIONS, BOUNDS, RELEVANT
from aoai_specs.comparison.kinds import HOLDING, kebab
from aoai_specs.comparison.schemas.meaning import Meaning, Node, Union
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.schemas.pairs import Compared, Inside, Schemas
from aoai_specs.comparison.schemas.same_around import changed_inside
from aoai_specs.comparison.schemas.unions import branches_of, overlapping
from aoai_specs.errors import DocumentError

#: The limit of examined pairs; a large description of a thousand schemas has about ten thousand.
_MOST_PAIRS = 200_000
#: Keywords of an array that count beside an object, and the reverse, even if only one side has them.
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
#: Both effects.
ANY = frozenset({Effect.NARROWS, Effect.WIDENS})
_SIMPLE = frozenset({"items", "additionalProperties", "contentSchema"})
_OF_CONTENTS = frozenset(
    {"maxItems", "minItems", "maxProperties", "minProperties", "maxContains", "minContains"}
)
_MOST_DISTINCT = 60
_SIZED = frozenset({"array", "object", "string"})
_KEYWORDS = {kebab(keyword): keyword for keyword in RELEVANT}

#: Kinds whose effect is exactly that on the allowed values; the effects of others are conventions.
_OF_VALUES = (
    *(f"{kebab(keyword)}-" for keyword in BOUNDS),
    *(f"{name}-" for keyword, name in HOLDING.items() if keyword != "contentSchema"),
    "type-", "pattern-", "enum-", "const-", "nullable-", "multiple-of-", "unique-items-", "union-",
    "dependent-required-", "values-changed", "schema-refuses-", "property-required", "property-optional",
    "property-forbidden", "property-permitted",
)  # fmt: skip

Pair = tuple[Node, Node]


class Examined(NamedTuple):
    """The differences of a pair and the changed pairs inside it.

    `transparent` is set if the values of the pair change exactly as these say. Otherwise `pointless` has the
    differences of keywords that do not apply to the types beside them, and so change nothing.
    """

    differences: tuple[Difference, ...]
    inside: tuple[Inside, ...]
    transparent: bool
    pointless: tuple[Difference, ...] = ()


class Examination:
    """Examines the pairs of two descriptions, each once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._known: dict[Pair, Examined] = {}

    def examined(self, base: Node, revision: Node) -> Examined:
        """Return what a pair shows. Raises DocumentError if a reference does not resolve."""
        pair = (base, revision)
        known = self._known.get(pair)
        if known is None:
            if len(self._known) >= _MOST_PAIRS:
                raise DocumentError(
                    "the schemas refer to each other in too many combinations to be compared.",
                    self._schemas.revision.meaning(revision).pointer,
                )
            known = self._known[pair] = self._examine(base, revision)
        return known

    def knows(self, base: Node, revision: Node) -> bool:
        """Whether a pair is examined already."""
        return (base, revision) in self._known

    def adopt(self, examined: Mapping[Pair, Examined]) -> None:
        """Take over pairs that were examined elsewhere."""
        self._known |= examined

    def _examine(self, base: Node, revision: Node) -> Examined:
        within = changed_inside(base, revision, self._schemas)
        if within is not None:
            return Examined((), within, transparent=True)
        compared = self._schemas.compared(base, revision)
        old, new = self._schemas.base.meaning(base), self._schemas.revision.meaning(revision)
        inside = tuple(
            each
            for each in _placed_inside(compared.inside, old, new)
            if not self._schemas.unchanged(each.base, each.revision)
        )
        if self._is_transparent(compared, old, new):
            return Examined(compared.differences, inside, transparent=True)
        differences, pointless = _placed(compared.differences, old, new)
        return Examined(differences, inside, transparent=False, pointless=pointless)

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


def parts_of(difference: Difference) -> frozenset[Effect]:
    """Return whether a difference narrows and widens, in either direction."""
    return parts_in(difference.request) | parts_in(difference.response)


def counts_values(difference: Difference) -> bool:
    """Whether the kind of a difference is one whose effect is that on the allowed values."""
    return difference.id.startswith(_OF_VALUES)


def is_of_values(difference: Difference) -> bool:
    """Whether the effect of a difference is exactly that on the allowed values."""
    if ASIDE in difference.traits:
        return False
    if difference.id in ("property-added", "property-removed"):
        return "closed" in difference.traits
    return counts_values(difference)


def _is_plain(difference: Difference, old: Meaning, new: Meaning) -> bool:
    """Whether a difference, as the only one of two simple schemas, certainly has its effect."""
    if old.types != new.types or old.types is None or len(old.types) != 1 or old.patterns or new.patterns:
        return False
    if any(each.facts.keys() - ANNOTATIONS - {"format"} for each in (old, new)):
        return False
    keyword = keyword_of(difference.id)
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


def _placed(
    differences: Iterable[Difference], old: Meaning, new: Meaning
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Return the differences of keywords that apply, or that count by convention, and the others."""
    kept: list[Difference] = []
    pointless: list[Difference] = []
    for each in differences:
        place = placed(keyword_of(each.id), old, new)
        if place is Place.MISTAKEN or ((old.open or new.open) and each.id.startswith("enum-")):
            kept.append(each.aside())
        else:
            (kept if place is Place.FITS else pointless).append(each)
    return tuple(kept), tuple(pointless)


def _placed_inside(inside: Iterable[Inside], old: Meaning, new: Meaning) -> Iterator[Inside]:
    """Yield the pairs under keywords that apply, or that count by convention."""
    for each in inside:
        place = placed(each.keyword, old, new)
        if place is Place.MISTAKEN or each.keyword == "contentSchema":
            yield each._replace(aside=True)
        elif place is Place.FITS:
            yield each


def keyword_of(kind: str) -> str:
    """Return the keyword of a kind of change, or ""."""
    if kind in ("property-required", "property-optional"):
        return "required"
    return _KEYWORDS.get(kind.rpartition("-")[0], "")


def parts_in(effect: Effect) -> frozenset[Effect]:
    """Return whether an effect narrows and widens."""
    return ANY if effect is Effect.CHANGES else frozenset({effect} - {Effect.NOTHING})
