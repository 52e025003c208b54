"""Two schemas, compared by meaning: the differences of one pair of nodes, and the pairs inside them.

A pair is compared once, however often it is reached, so that schemas that contain themselves end. Which
operations a pair is reached from, and in which direction, is told by `aoai_specs.comparison.reach`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from aoai_specs.comparison.annotations import annotation_differences
from aoai_specs.comparison.difference import Difference, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.keywords import INSIDE, NAMED
from aoai_specs.comparison.kinds import HOLDING
from aoai_specs.comparison.schemas.discriminators import discriminator_differences
from aoai_specs.comparison.schemas.equality import Sameness
from aoai_specs.comparison.schemas.meaning import Meaning, Node
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.schemas.objects import object_differences
from aoai_specs.comparison.schemas.unions import (
    Branch,
    branches_of,
    matched,
    overlapping,
    split,
    union_differences,
)
from aoai_specs.comparison.schemas.values import types_part, value_differences
from aoai_specs.errors import DocumentError

#: The most pairs that are compared; a large description of a thousand schemas has some ten thousand.
_MOST_PAIRS = 200_000


class Turn(Enum):
    """What a place does to the effects of differences inside it."""

    KEEPS = "keeps them"
    FLIPS = "turns them round"
    BLURS = "makes each of them both"


@dataclass(frozen=True, slots=True)
class Inside:
    """A pair of nodes inside another.

    `hidden` holds `readOnly` or `writeOnly` where both say so, and one direction therefore has none of it.
    """

    base: Node
    revision: Node
    turn: Turn = Turn.KEEPS
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences of a pair itself, and the pairs inside it."""

    differences: tuple[Difference, ...]
    inside: tuple[Inside, ...]


class Schemas:
    """The schemas of two descriptions; `words` asks for differences of titles and descriptions too."""

    def __init__(self, base: Meanings, revision: Meanings, *, words: bool = False) -> None:
        self.base = base
        self.revision = revision
        self._words = words
        self._same = Sameness(base, revision)
        self._known: dict[tuple[Node, Node], Compared] = {}

    def unchanged(self, base: Node, revision: Node) -> bool:
        """Whether two nodes are written alike, with all that they refer to, so that nothing can differ."""
        return self._same.nodes(base, revision)

    def compared(self, base: Node, revision: Node) -> Compared:
        """What differs between two nodes. Raises DocumentError where a reference leads nowhere."""
        key = (base, revision)
        if key not in self._known:
            if len(self._known) >= _MOST_PAIRS:
                raise DocumentError(
                    "schemas refer to each other in so many combinations that they cannot be compared.",
                    self.revision.meaning(revision).pointer,
                )
            self._known[key] = self._compare(base, revision)
        return self._known[key]

    def _compare(self, base: Node, revision: Node) -> Compared:
        old, new = self.base.meaning(base), self.revision.meaning(revision)
        differences: list[Difference] = []
        inside: list[Inside] = []
        if old.never != new.never:
            differences.append(
                Difference(
                    "schema-refuses-all" if new.never else "schema-refuses-all-no-more",
                    "no value is allowed any more" if new.never else "values become allowed",
                    old.pointer,
                    new.pointer,
                    not old.never,
                    not new.never,
                    **both_ways(Effect.NARROWS if new.never else Effect.WIDENS),
                )
            )
        places = (old.pointer, new.pointer)
        differences += annotation_differences(old.facts, new.facts, places, words=self._words)
        wrapped = self._wrapped(base, revision, old, new)
        if wrapped is not None:
            pairs, told = wrapped
            differences += told
            inside += pairs
            differences += (each for each in value_differences(old, new) if each.id.startswith("nullable"))
            differences += discriminator_differences(old, new)
            return Compared(tuple(differences), tuple(inside))
        differences += value_differences(old, new)
        if not types_part(old, new):
            differences += object_differences(old, new, (self.base, self.revision), self.unchanged)
            inside += self._properties(old, new)
            for pair, told in self._schemas_inside(old, new):
                inside += pair
                differences += told
            for pair, told in self._unions(old, new):
                inside += pair
                differences += told
            differences += discriminator_differences(old, new)
        return Compared(tuple(differences), tuple(inside))

    def _properties(self, old: Meaning, new: Meaning) -> Iterator[Inside]:
        for name, node in old.properties.items():
            if name in new.properties and not self.unchanged(node, new.properties[name]):
                before, after = self.base.meaning(node), self.revision.meaning(new.properties[name])
                hidden = frozenset(
                    keyword
                    for keyword in ("readOnly", "writeOnly")
                    if before.has(keyword) and after.has(keyword)
                )
                yield Inside(node, new.properties[name], hidden=hidden)

    def _schemas_inside(self, old: Meaning, new: Meaning) -> Iterator[tuple[list[Inside], list[Difference]]]:
        for keyword in INSIDE if old.inside or new.inside else ():
            before, after = old.inside.get(keyword), new.inside.get(keyword)
            if before is not None and after is not None:
                turn = Turn.FLIPS if keyword == "not" else Turn.BLURS if keyword == "if" else Turn.KEEPS
                yield [Inside(before, after, turn)], []
            elif before is not None or after is not None:
                if keyword == "additionalProperties" and (old.closed or new.closed):
                    continue  # that the object closes or opens is told already
                yield [], [_keyword(keyword, "", before, after, old, new)]
        for keyword in NAMED if old.named or new.named else ():
            groups = (old.named.get(keyword, {}), new.named.get(keyword, {}))
            for name in [*groups[0], *(each for each in groups[1] if each not in groups[0])]:
                before, after = groups[0].get(name), groups[1].get(name)
                if before is not None and after is not None:
                    yield [Inside(before, after)], []
                else:
                    yield [], [_keyword(keyword, name, before, after, old, new)]
        common = min(len(old.prefix), len(new.prefix))
        yield [Inside(old.prefix[index], new.prefix[index]) for index in range(common)], []
        for node in old.prefix[common:]:
            yield [], [_keyword("prefixItems", "", node, None, old, new)]
        for node in new.prefix[common:]:
            yield [], [_keyword("prefixItems", "", None, node, old, new)]

    def _wrapped(
        self, base: Node, revision: Node, old: Meaning, new: Meaning
    ) -> tuple[list[Inside], list[Difference]] | None:
        """A plain schema against one that is nothing but a union: the former is a branch of the latter."""
        if len(old.unions) + len(new.unions) != 1 or not (old.bare if old.unions else new.bare):
            return None
        if old.unions:
            union = old.unions[0]
            before = branches_of(union, old, self.base)
            after = split(revision, new, self.revision, before)
        else:
            union = new.unions[0]
            after = branches_of(union, new, self.revision)
            before = split(base, old, self.base, after)
        if len(before) == 1 or len(after) == 1:
            # a branch that is met by what stands alone, however little they share
            pairs, gone, came = matched(before, after)
            if not pairs:
                return self._differing(before, after, old, new) if _fit(before, after) else None
        else:
            pairs, gone, came = matched(before, after)
        at = (
            old.unions[0].pointer if old.unions else old.pointer,
            new.unions[0].pointer if new.unions else new.pointer,
        )
        told = list(union_differences(pairs, gone, came, at))
        told += self._exclusive(old, new, before, after, at)
        return [Inside(one.node, other.node) for one, other in pairs], told

    def _differing(
        self, before: list[Branch], after: list[Branch], old: Meaning, new: Meaning
    ) -> tuple[list[Inside], list[Difference]]:
        at = (
            old.unions[0].pointer if old.unions else old.pointer,
            new.unions[0].pointer if new.unions else new.pointer,
        )
        return [], list(union_differences([], before, after, at))

    def _unions(self, old: Meaning, new: Meaning) -> Iterator[tuple[list[Inside], list[Difference]]]:
        for before, after in zip(old.unions, new.unions, strict=False):
            branches = branches_of(before, old, self.base), branches_of(after, new, self.revision)
            pairs, gone, came = matched(*branches)
            at = (before.pointer, after.pointer)
            told = list(union_differences(pairs, gone, came, at))
            told += self._exclusive(old, new, *branches, at)
            yield [Inside(one.node, other.node) for one, other in pairs], told
        common = min(len(old.unions), len(new.unions))
        for union in old.unions[common:]:
            yield (
                [],
                [
                    Difference(
                        "union-removed",
                        "a union is no longer asked for",
                        union.pointer,
                        new.pointer,
                        union.keyword,
                        None,
                        **both_ways(Effect.WIDENS),
                        gone=True,
                    )
                ],
            )
        for union in new.unions[common:]:
            yield (
                [],
                [
                    Difference(
                        "union-added",
                        "one of a union is asked for too",
                        old.pointer,
                        union.pointer,
                        None,
                        union.keyword,
                        **both_ways(Effect.NARROWS),
                    )
                ],
            )

    def _exclusive(
        self, old: Meaning, new: Meaning, before: list[Branch], after: list[Branch], at: tuple[str, str]
    ) -> Iterator[Difference]:
        """A union in which just one branch may fit, against one in which several may."""
        was = bool(old.unions) and old.unions[0].keyword == "oneOf"
        becomes = bool(new.unions) and new.unions[0].keyword == "oneOf"
        selected = any(each.keyword == "discriminator" for each in (*old.unions, *new.unions))
        if was == becomes or selected:
            return
        if not overlapping(after if becomes else before, self.revision if becomes else self.base):
            return
        yield Difference(
            "union-exclusive" if becomes else "union-inclusive",
            "a value may no longer fit several branches"
            if becomes
            else "a value may fit several branches now",
            at[0],
            at[1],
            old.unions[0].keyword if old.unions else None,
            new.unions[0].keyword if new.unions else None,
            **both_ways(Effect.NARROWS if becomes else Effect.WIDENS),
        )


def _fit(before: list[Branch], after: list[Branch]) -> bool:
    """Whether all branches are objects or all are not, so that telling them apart says something."""
    return all(each.meaning.types is not None for each in (*before, *after))


def _keyword(
    keyword: str, name: str, before: Node | None, after: Node | None, old: Meaning, new: Meaning
) -> Difference:
    """A schema under a keyword that only one side has: one more demand, or one fewer."""
    added = before is None
    named = f"{keyword} {name!r}" if name else keyword
    return Difference(
        f"{HOLDING[keyword]}-{'added' if added else 'removed'}",
        f"{named} asks for more now" if added else f"{named} asks for nothing any more",
        old.pointer if before is None else before[0][0],
        new.pointer if after is None else after[0][0],
        not added,
        added,
        **both_ways(Effect.NARROWS if added else Effect.WIDENS),
        gone=not added,
    )
