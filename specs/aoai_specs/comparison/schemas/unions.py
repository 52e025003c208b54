"""Differences between unions: matching branches, and added or removed ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from aoai_specs.comparison.difference import ASIDE, Difference, both_ways
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.keywords import intersected
from aoai_specs.comparison.schemas.meaning import Meaning, Node, Union, component_of, place_of, typed
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.json_values import key_of, quote

#: The share of common properties from which two branches with different names are the same branch.
_ALIKE = 0.4
_MANY_BRANCHES = 60
#: The place of a branch that has no name.
_VAGUE = ("object", "any")
_PLACE = re.compile(r"(?:anyOf|oneOf)/\d+$")


@dataclass(frozen=True, eq=False)
class Branch:
    """A branch, and what identifies it: its `tag`, its `name`, or else its content."""

    node: Node
    tag: str | None
    name: str | None
    _meanings: Meanings = field(repr=False)

    @cached_property
    def meaning(self) -> Meaning:
        """What the branch means."""
        return self._meanings.meaning(self.node)

    @cached_property
    def tags(self) -> dict[str, str]:
        """The properties that allow only one value, with its text."""
        found: dict[str, str] = {}
        for name, held in self.meaning.properties.items():
            values = self._meanings.values(held)
            if values is not None and len(values) == 1:
                found[name] = key_of(values[0])
        return found

    @property
    def called(self) -> str:
        """The branch in a message."""
        if self.tag:
            return self.tag
        title = self.meaning.facts.get("title")
        return str(self.name or (title.value if title else self.types))

    @property
    def label(self) -> str:
        """The branch in a message: its name, or else its place and its types."""
        place = _PLACE.search(place_of(self.node))
        if self.called != self.types or self.types not in _VAGUE or place is None:
            return repr(self.called)
        return f"{place[0]} ({self.types})"

    @property
    def types(self) -> str:
        """The types of the branch as text."""
        types = "any" if self.meaning.types is None else " or ".join(sorted(self.meaning.types))
        items = self.meaning.inside.get("items") if self.meaning.types == frozenset({"array"}) else None
        held = None if items is None else self._meanings.meaning(items).types
        return f"{types} of {' or '.join(sorted(held))}" if held else types


def branches_of(union: Union, within: Meaning, meanings: Meanings) -> tuple[Branch, ...]:
    """Return the branches of a union; the types beside the union apply to each.

    A branch with types is used without null, which is reported for the union as a whole. A branch that allows
    none of the types is left out.
    """
    known = within.branches.get(union.pointer)
    if known is None:
        known = within.branches[union.pointer] = tuple(_branches(union, within, meanings))
    return known


def _branches(union: Union, within: Meaning, meanings: Meanings) -> Iterator[Branch]:
    for node, tag in zip(union.branches, union.tags, strict=True):
        own = meanings.meaning(node)
        types = own.types if within.types is None else within.types
        branch = _branch(node if types is None else typed(node, types), tag, meanings)
        if own.types is None or own.values is not None:
            allowed = branch.meaning.types
        else:  # the meaning of the branch, which is seldom needed, would have these types
            allowed = own.types if types is None else intersected(own.types, types)
        if allowed != frozenset():
            yield branch


def split(node: Node, meaning: Meaning, meanings: Meanings, others: Sequence[Branch]) -> list[Branch]:
    """Return a schema without a union as branches, one for each of its types.

    If a property distinguishes the branches of the other union, there is a branch for each of its values.
    """
    if meaning.types is None:
        return [_branch(node, None, meanings)]
    listed: list[Branch] = []
    for name in sorted(meaning.types):
        part = typed(node, [name])
        listed += (_tagged(part, meaning, meanings, others) if name == "object" else []) or [
            _branch(part, None, meanings)
        ]
    return listed


def _tagged(node: Node, meaning: Meaning, meanings: Meanings, others: Sequence[Branch]) -> list[Branch]:
    """Return a branch for each value of a property that distinguishes the branches of the other side."""
    for name, held in meaning.properties.items():
        values = meanings.values(held)
        tags = {tag for each in others if (tag := each.tags.get(name)) is not None}
        if values and len(values) > 1 and len(tags) > 1:
            return [
                _branch(meanings.with_value(node, name, value), None, meanings)
                for value in sorted(values, key=key_of)
            ]
    return []


def matched(
    old: Sequence[Branch], new: Sequence[Branch]
) -> tuple[list[tuple[Branch, Branch]], list[Branch], list[Branch]]:
    """Return the pairs of equal branches, the removed branches and the added branches."""
    gone, came = list(old), list(new)
    pairs: list[tuple[Branch, Branch]] = []

    def take(one: Branch, other: Branch) -> None:
        pairs.append((one, other))
        gone.remove(one)
        came.remove(other)

    for attribute in ("tag", "name"):
        identified: dict[str, list[Branch]] = {}
        for each in came:
            if (key := getattr(each, attribute)) is not None:
                identified.setdefault(key, []).append(each)
        for one in list(gone):
            if (key := getattr(one, attribute)) is not None and (others := identified.get(key)):
                take(one, others.pop(0))
    for same in (_same_values, _same_title):
        for one in list(gone):
            other = next((each for each in came if same(one, each)), None)
            if other is not None:
                take(one, other)
    if max(len(gone), len(came)) > _MANY_BRANCHES:
        alike: dict[object, list[Branch]] = {}
        for other in came:
            alike.setdefault(_outline(other), []).append(other)
        for one in list(gone):
            if others := alike.get(_outline(one)):
                take(one, others.pop(0))
    if len(gone) <= _MANY_BRANCHES and len(came) <= _MANY_BRANCHES:
        scores = sorted(
            ((-likeness(one, other), i, j) for i, one in enumerate(gone) for j, other in enumerate(came))
        )
        before, after = list(gone), list(came)
        for score, i, j in scores:
            if -score >= _ALIKE and before[i] in gone and after[j] in came:
                take(before[i], after[j])
    return pairs, gone, came


def are_named_objects(branches: Sequence[Branch]) -> bool:
    """Whether a union consists of several component schemas of objects, which clients know by their names."""
    return len(branches) > 1 and all(each.name is not None and each.meaning.properties for each in branches)


def union_differences(
    pairs: list[tuple[Branch, Branch]],
    gone: list[Branch],
    came: list[Branch],
    at: tuple[str, str],
    *,
    named: bool = False,
) -> Iterator[Difference]:
    """Yield the added and removed branches, and changed tags.

    `named` is set for unions of named objects: a removed branch counts even if others allow its values.
    """
    traits = frozenset({ASIDE}) if named else frozenset[str]()
    for branch in gone:
        yield Difference(
            "union-branch-removed",
            f"the branch {branch.label} is removed from the union",
            branch.meaning.pointer,
            at[1],
            branch.called,
            None,
            **both_ways(Effect.NARROWS),
            traits=traits,
            gone=True,
        )
    for branch in came:
        yield Difference(
            "union-branch-added",
            f"the branch {branch.label} is added to the union",
            at[0],
            branch.meaning.pointer,
            None,
            branch.called,
            **both_ways(Effect.WIDENS),
        )
    for old, new in pairs:
        if old.tag and new.tag and old.tag != new.tag:
            yield Difference(
                "discriminator-value-changed",
                f"the discriminator value changes from {quote(old.tag)} to {quote(new.tag)}",
                at[0],
                at[1],
                old.tag,
                new.tag,
                **both_ways(Effect.CHANGES),
            )


def overlapping(branches: Sequence[Branch], meanings: Meanings) -> bool:
    """Whether a value may match several branches, as far as types and tags show."""
    if len(branches) > _MANY_BRANCHES:
        return False
    return any(
        not _are_disjoint(one, other, meanings)
        for i, one in enumerate(branches)
        for other in branches[i + 1 :]
    )


def _are_disjoint(one: Branch, other: Branch, meanings: Meanings) -> bool:
    types = (one.meaning.types, other.meaning.types)
    if types[0] is not None and types[1] is not None and not intersected(types[0], types[1]):
        return True
    if one.tag and other.tag and one.tag != other.tag:
        return True
    values = (one.meaning.values, other.meaning.values)
    if values[0] is not None and values[1] is not None and not _common(values[0], values[1]):
        return True
    for name in one.meaning.required.keys() & other.meaning.required.keys():
        if name in one.meaning.properties and name in other.meaning.properties:
            first = meanings.meaning(one.meaning.properties[name])
            second = meanings.meaning(other.meaning.properties[name])
            if first.values is not None and second.values is not None:
                if not _common(first.values, second.values):
                    return True
            elif first.types and second.types and not intersected(first.types, second.types):
                return True
    return any(
        here.closed and there.required.keys() - here.properties.keys()
        for here, there in ((one.meaning, other.meaning), (other.meaning, one.meaning))
    )


def _common(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return bool({key_of(each) for each in one} & {key_of(each) for each in other})


def _branch(node: Node, tag: str | None, meanings: Meanings) -> Branch:
    pointer = node[0][0]
    name = component_of(pointer)
    whole = name is not None and pointer.count("/") == 3
    return Branch(node, tag, name if whole else None, meanings)


def _same_values(one: Branch, other: Branch) -> bool:
    return any(other.tags.get(name) == value for name, value in one.tags.items())


def _same_title(one: Branch, other: Branch) -> bool:
    titles = (one.meaning.facts.get("title"), other.meaning.facts.get("title"))
    return titles[0] is not None and titles[1] is not None and titles[0].value == titles[1].value


def _outline(branch: Branch) -> tuple[object, ...]:
    """What the same branches have in common where there are too many to compare each with each."""
    meaning = branch.meaning
    values = None if meaning.values is None else frozenset(map(key_of, meaning.values))
    types = None if meaning.types is None else frozenset(meaning.types)
    tags = frozenset(branch.tags.items())
    return types, tags, frozenset(meaning.properties), frozenset(meaning.required), values


def likeness(one: Branch, other: Branch) -> float:
    """Return how similar two branches are: 0 for different types, 1 for the same properties or values."""
    types = (one.meaning.types, other.meaning.types)
    if (types[0] is None) != (types[1] is None):
        return 0.0
    if types[0] is not None and types[1] is not None and not intersected(types[0], types[1]):
        return 0.0
    if any(other.tags.get(name, value) != value for name, value in one.tags.items()):
        return 0.0
    own = (one.meaning.properties.keys(), other.meaning.properties.keys())
    if bool(own[0]) != bool(own[1]) and types[0] == types[1]:
        return _ALIKE  # one of them describes nothing, but nothing else fits better
    if own[0] or own[1]:
        required = one.meaning.required.keys() == other.meaning.required.keys()
        return len(own[0] & own[1]) / len(own[0] | own[1]) + (0.01 if required else 0.0)
    values = (one.meaning.values, other.meaning.values)
    if values[0] is not None and values[1] is not None:
        keys = [{key_of(value) for value in each} for each in values if each is not None]
        return len(keys[0] & keys[1]) / max(1, len(keys[0] | keys[1]))
    same = types[0] == types[1]
    return (0.9 if same else 0.6) - (0.3 if (values[0] is None) != (values[1] is None) else 0.0)
