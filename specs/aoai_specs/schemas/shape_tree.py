"""The tree of shapes: what may stand at each place of a request, and the walk over all of its places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Source = Literal["schema", "prose"]


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword with its value, the reference that addresses it, and whether only the prose states it."""

    value: Any
    pointer: str
    source: Source = "schema"


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative of a union. `label` is its tag's value, else its JSON type, unique within the union."""

    label: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at one place.

    `pointer` addresses the schema; `types` are the JSON types allowed beside null (empty: any); `keywords`
    holds every other assertion by name; `required` maps each required property to the reference of its entry;
    `values` is the shape of properties that are not declared, `closed` says that there may be none;
    `union` is the keyword that makes the branches (empty: none), `tag` the property that tells them apart;
    `recursive` marks a place whose schema contains itself and is not unfolded again, `cut` one that is not
    unfolded since the tree is large enough.
    """

    pointer: str
    types: tuple[str, ...] = ()
    nullable: bool = False
    keywords: Mapping[str, Keyword] = field(default_factory=dict)
    properties: Mapping[str, Shape] = field(default_factory=dict)
    required: Mapping[str, str] = field(default_factory=dict)
    items: Shape | None = None
    values: Shape | None = None
    closed: bool = False
    union: str = ""
    tag: str | None = None
    branches: tuple[Branch, ...] = ()
    recursive: bool = False
    cut: bool = False

    def value(self, keyword: str) -> Any:
        """The value of a keyword, or None where it is not stated."""
        found = self.keywords.get(keyword)
        return None if found is None else found.value

    @property
    def enum(self) -> tuple[Any, ...] | None:
        """The allowed values, null left out (`nullable` tells of it); None where there is no list of them."""
        if "const" in self.keywords:
            return (self.value("const"),)
        listed = self.value("enum")
        return None if listed is None else tuple(value for value in listed if value is not None)

    @property
    def binary(self) -> bool:
        """Whether a file belongs here."""
        return self.value("format") == "binary" or "file" in self.types

    @property
    def objects(self) -> tuple[Branch, ...]:
        """The branches that are objects."""
        return tuple(branch for branch in self.branches if branch.shape.types == ("object",))


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a shape into a property, an item, an undeclared value or a branch of it."""

    kind: Literal["property", "item", "value", "branch"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One shape within a tree of shapes, and the way to it.

    `field` is its name in constraint and point ids: `messages[user].content[image_url].image_url.detail`; a
    branch is named where a union has more than one branch of objects. `required` says whether the object
    around it demands it.
    """

    field: str
    shape: Shape
    steps: tuple[Step, ...] = ()
    required: bool = True

    @property
    def branch(self) -> bool:
        """Whether this is the root of a branch, so that its type is the union's business."""
        return bool(self.steps) and self.steps[-1].kind == "branch"

    @property
    def depth(self) -> int:
        """How many properties lead here: 1 for a top-level field."""
        return sum(step.kind == "property" for step in self.steps)


def places(shape: Shape, name: str = "") -> Iterator[Place]:
    """Every place of a tree of shapes, in document order, the root first."""
    return _walk(Place(name, shape))


def _walk(place: Place) -> Iterator[Place]:
    yield place
    shape, name, steps = place.shape, place.field, place.steps
    for branch in shape.branches:
        yield from _walk(
            Place(
                branch_field(name, shape, branch.label), branch.shape, (*steps, Step("branch", branch.label))
            )
        )
    for key, child in shape.properties.items():
        child_field = f"{name}.{key}" if name else key
        yield from _walk(Place(child_field, child, (*steps, Step("property", key)), key in shape.required))
    if shape.items is not None:
        yield from _walk(Place(f"{name}[]", shape.items, (*steps, Step("item"))))
    if shape.values is not None:
        yield from _walk(Place(f"{name}.*", shape.values, (*steps, Step("value"))))


def branch_field(name: str, union: Shape, label: str) -> str:
    """The field name of a branch: labelled only where several branches are objects, or arrays."""
    types = next(branch.shape.types for branch in union.branches if branch.label == label)
    alike = sum(branch.shape.types == types for branch in union.branches)
    if alike < 2 or types not in (("object",), ("array",)):
        return name
    return f"{name.removesuffix('[]')}[{label}]"
