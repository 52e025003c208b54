"""The comparison of two schemas by meaning: the differences of a pair of nodes, and the pairs inside it.

`aoai_specs.comparison.schemas.examination` compares each pair once, so that recursive schemas end, and
`aoai_specs.comparison.reach` finds the operations that a pair is reached from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

from aoai_specs.comparison.annotations import annotation_differences
from aoai_specs.comparison.difference import Difference, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.keywords import INSIDE, NAMED
from aoai_specs.comparison.kinds import HOLDING
from aoai_specs.comparison.schemas.discriminators import discriminator_differences
from aoai_specs.comparison.schemas.equality import Equality
from aoai_specs.comparison.schemas.meaning import Meaning, Node
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.schemas.objects import object_differences
from aoai_specs.comparison.schemas.unions import (
    Branch,
    are_named_objects,
    branches_of,
    matched,
    overlapping,
    split,
    union_differences,
)
from aoai_specs.comparison.schemas.values import types_are_disjoint, value_differences


class Turn(Enum):
    """What a place does to the effects of differences inside it."""

    KEEPS = "keeps them"
    FLIPS = "reverses them"
    BLURS = "turns them into both"

    #: Members are compared by identity; the method of Enum is written in Python.
    __hash__ = object.__hash__


class Inside(NamedTuple):
    """A pair of nodes inside another.

    `hidden` has `readOnly` or `writeOnly` if either node states it, so that one direction omits them.
    `keyword` is the keyword that they are under, if it applies to a part of the value; `aside` is set if it
    does not apply to the types beside it, so that nothing around it limits the effects inside.
    """

    base: Node
    revision: Node
    turn: Turn = Turn.KEEPS
    hidden: frozenset[str] = frozenset()
    keyword: str = ""
    aside: bool = False


class Compared(NamedTuple):
    """The differences of a pair itself, and the pairs inside it."""

    differences: tuple[Difference, ...]
    inside: tuple[Inside, ...]


class BesideUnion(NamedTuple):
    """A plain schema, as one branch or as several, and the branches of a union on the other side.

    `single` is set if either side is one branch, `union_after` if the revision has the union.
    """

    before: Sequence[Branch]
    after: Sequence[Branch]
    pairs: list[tuple[Branch, Branch]]
    gone: list[Branch]
    came: list[Branch]
    single: bool
    union_after: bool


class Schemas:
    """The schemas of two descriptions; `words` includes differences of titles and descriptions."""

    def __init__(self, base: Meanings, revision: Meanings, *, words: bool = False) -> None:
        self.base = base
        self.revision = revision
        self._words = words
        self._same = Equality(base, revision)
        #: Whether the same keywords mean the same in both descriptions.
        self.comparable = base.legacy == revision.legacy

    @property
    def changed_components(self) -> int:
        """The number of component schemas of the base that are not identical in the revision."""
        return len(self.base.schemas) - len(self._same.components)

    def unchanged(self, base: Node, revision: Node) -> bool:
        """Whether two nodes are written identically with everything they refer to."""
        return self._same.nodes(base, revision)

    def identical(self, base: Any, revision: Any, pointers: tuple[str, str]) -> bool:
        """Whether two schemas at or inside two places are certainly unchanged, without their nodes."""
        return self._same.schemas(base, revision, pointers)

    def compared(self, base: Node, revision: Node) -> Compared:
        """Return the comparison of two nodes. Raises DocumentError if a reference does not resolve."""
        old, new = self.base.meaning(base), self.revision.meaning(revision)
        differences: list[Difference] = []
        inside: list[Inside] = []
        if old.never != new.never:
            differences.append(
                Difference(
                    "schema-refuses-all" if new.never else "schema-refuses-all-no-more",
                    "no value is allowed any more" if new.never else "values are now allowed",
                    old.pointer,
                    new.pointer,
                    not old.never,
                    not new.never,
                    **both_ways(Effect.NARROWS if new.never else Effect.WIDENS),
                )
            )
        differences += _parents(old, new)
        places = (old.pointer, new.pointer)
        differences += annotation_differences(old.facts, new.facts, places, words=self._words)
        wrapped = self._wrapped(base, revision, old, new)
        if wrapped is not None:
            pairs, differing = wrapped
            differences += differing
            inside += pairs
            differences += (each for each in value_differences(old, new) if each.id.startswith("nullable"))
            differences += discriminator_differences(old, new)
            return Compared(tuple(differences), tuple(inside))
        differences += value_differences(old, new)
        if not types_are_disjoint(old, new):
            changed = [
                name
                for name, node in old.properties.items()
                if name in new.properties and not self.unchanged(node, new.properties[name])
            ]
            differences += object_differences(old, new, (self.base, self.revision), frozenset(changed))
            inside += self._properties(old, new, changed)
            inside += self._in_map(old, new)
            for pair, differing in self._schemas_inside(old, new):
                inside += pair
                differences += differing
            for pair, differing in self._unions(old, new):
                inside += pair
                differences += differing
            differences += discriminator_differences(old, new)
        return Compared(tuple(differences), tuple(inside))

    def _properties(self, old: Meaning, new: Meaning, changed: Iterable[str]) -> Iterator[Inside]:
        for name in changed:
            nodes = (old.properties[name], new.properties[name])
            hidden = self.base.hiding(nodes[0]) | self.revision.hiding(nodes[1])
            yield Inside(*nodes, hidden=hidden, keyword="properties")

    def _in_map(self, old: Meaning, new: Meaning) -> Iterator[Inside]:
        """Compare each property that only one side names with what the other side allows for all others."""
        for name, node in old.properties.items():
            if name not in new.properties and "additionalProperties" in new.inside:
                yield Inside(node, new.inside["additionalProperties"])
        for name, node in new.properties.items():
            if name not in old.properties and "additionalProperties" in old.inside:
                yield Inside(old.inside["additionalProperties"], node)

    def _schemas_inside(self, old: Meaning, new: Meaning) -> Iterator[tuple[list[Inside], list[Difference]]]:
        for keyword in INSIDE if old.inside or new.inside else ():
            before, after = old.inside.get(keyword), new.inside.get(keyword)
            if before is not None and after is not None:
                turn = Turn.FLIPS if keyword == "not" else Turn.BLURS if keyword == "if" else Turn.KEEPS
                yield [Inside(before, after, turn, keyword=keyword)], []
            elif before is not None or after is not None:
                if keyword == "additionalProperties" and (old.closed or new.closed):
                    continue  # reported as closing or opening the object
                yield [], [_keyword(keyword, "", before, after, old, new)]
        for keyword in NAMED if old.named or new.named else ():
            groups = (old.named.get(keyword, {}), new.named.get(keyword, {}))
            for name in [*groups[0], *(each for each in groups[1] if each not in groups[0])]:
                before, after = groups[0].get(name), groups[1].get(name)
                if before is not None and after is not None:
                    yield [Inside(before, after, keyword=keyword)], []
                else:
                    yield [], [_keyword(keyword, name, before, after, old, new)]
        common = min(len(old.prefix), len(new.prefix))
        yield (
            [Inside(old.prefix[index], new.prefix[index], keyword="prefixItems") for index in range(common)],
            [],
        )
        for node in old.prefix[common:]:
            yield self._beyond(old, new, node, None)
        for node in new.prefix[common:]:
            yield self._beyond(old, new, None, node)

    def _beyond(
        self, old: Meaning, new: Meaning, before: Node | None, after: Node | None
    ) -> tuple[list[Inside], list[Difference]]:
        """Compare an item that only one side lists; if the other has a schema for all items, both ways."""
        difference = _keyword("prefixItems", "", before, after, old, new)
        other = (old if before is None else new).inside.get("items")
        effect = difference.request if other is None else Effect.CHANGES
        return [], [difference._replace(**both_ways(effect))]

    def beside_union(self, base: Node, revision: Node) -> BesideUnion | None:
        """Return how a plain schema and a schema that is only a union match; None for any other pair."""
        old, new = self.base.meaning(base), self.revision.meaning(revision)
        if len(old.unions) + len(new.unions) != 1 or not (old.bare if old.unions else new.bare):
            return None
        if old.unions:
            before = branches_of(old.unions[0], old, self.base)
            after = tuple(split(revision, new, self.revision, before))
        else:
            after = branches_of(new.unions[0], new, self.revision)
            before = tuple(split(base, old, self.base, after))
        pairs, gone, came = matched(before, after)
        single = len(before) == 1 or len(after) == 1
        if single and not pairs and not _fit(before, after):
            return None
        return BesideUnion(before, after, pairs, gone, came, single=single, union_after=bool(new.unions))

    def _wrapped(
        self, base: Node, revision: Node, old: Meaning, new: Meaning
    ) -> tuple[list[Inside], list[Difference]] | None:
        """Compare a plain schema with a schema that is only a union; the former is a branch of the latter."""
        found = self.beside_union(base, revision)
        if found is None:
            return None
        at = (
            old.unions[0].pointer if old.unions else old.pointer,
            new.unions[0].pointer if new.unions else new.pointer,
        )
        differing = list(union_differences(found.pairs, found.gone, found.came, at))
        if found.pairs or not found.single:
            differing += self._exclusive(old, new, found.before, found.after, at)
        return [Inside(one.node, other.node) for one, other in found.pairs], differing

    def _unions(self, old: Meaning, new: Meaning) -> Iterator[tuple[list[Inside], list[Difference]]]:
        for before, after in zip(old.unions, new.unions, strict=False):
            branches = branches_of(before, old, self.base), branches_of(after, new, self.revision)
            pairs, gone, came = matched(*branches)
            at = (before.pointer, after.pointer)
            named = bool(gone) and all(map(are_named_objects, branches))
            differing = list(union_differences(pairs, gone, came, at, named=named))
            differing += self._exclusive(old, new, *branches, at)
            yield [Inside(one.node, other.node) for one, other in pairs], differing
        common = min(len(old.unions), len(new.unions))
        for union in old.unions[common:]:
            yield (
                [],
                [
                    Difference(
                        "union-removed",
                        "a union is no longer required",
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
                        "a union is now required",
                        old.pointer,
                        union.pointer,
                        None,
                        union.keyword,
                        **both_ways(Effect.NARROWS),
                    )
                ],
            )

    def _exclusive(
        self,
        old: Meaning,
        new: Meaning,
        before: Sequence[Branch],
        after: Sequence[Branch],
        at: tuple[str, str],
    ) -> Iterator[Difference]:
        """Compare a union where exactly one branch may match with one where several may match."""
        was = bool(old.unions) and old.unions[0].keyword == "oneOf"
        becomes = bool(new.unions) and new.unions[0].keyword == "oneOf"
        selected = any(each.keyword == "discriminator" for each in (*old.unions, *new.unions))
        if was == becomes or selected:
            return
        if not overlapping(after if becomes else before, self.revision if becomes else self.base):
            return
        yield Difference(
            "union-exclusive" if becomes else "union-inclusive",
            "a value may no longer match several branches"
            if becomes
            else "a value may now match several branches",
            at[0],
            at[1],
            old.unions[0].keyword if old.unions else None,
            new.unions[0].keyword if new.unions else None,
            **both_ways(Effect.NARROWS if becomes else Effect.WIDENS),
        )


def _fit(before: Sequence[Branch], after: Sequence[Branch]) -> bool:
    """Whether all branches have types, so that the distinction is meaningful."""
    return all(each.meaning.types is not None for each in (*before, *after))


def _parents(old: Meaning, new: Meaning) -> Iterator[Difference]:
    """Yield a difference if `allOf` refers to fewer named schemas, and to no other one."""
    if new.parents and new.parents.keys() < old.parents.keys():
        gone = [name for name in old.parents if name not in new.parents]
        yield Difference(
            "all-of-removed",
            f"{', '.join(gone)} no longer {'applies' if len(gone) == 1 else 'apply'}",
            old.parents[gone[0]],
            new.pointer,
            gone[0] if len(gone) == 1 else gone,
            None,
            request=Effect.CHANGES,
            gone=True,
        )


def _keyword(
    keyword: str, name: str, before: Node | None, after: Node | None, old: Meaning, new: Meaning
) -> Difference:
    """Return the difference for a schema under a keyword that only one side has."""
    added = before is None
    named = f"{keyword} {name!r}" if name else keyword
    return Difference(
        f"{HOLDING[keyword]}-{'added' if added else 'removed'}",
        f"the schema of {named} is added" if added else f"the schema of {named} is removed",
        old.pointer if before is None else before[0][0],
        new.pointer if after is None else after[0][0],
        not added,
        added,
        **both_ways(Effect.NARROWS if added else Effect.WIDENS),
        gone=not added,
    )
