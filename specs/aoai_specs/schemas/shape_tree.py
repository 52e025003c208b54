"""The tree of shapes: what is allowed at each place of a request, and the walk over all places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Source = Literal["schema", "prose"]


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword with its value, its pointer, and whether only the prose states it."""

    value: Any
    pointer: str
    source: Source = "schema"


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative of a union. `label` is the value of its tag or its JSON type, unique in the union."""

    label: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Shape:
    """What is allowed at one place.

    `pointer` is the place of the schema; `types` are the allowed JSON types beside null (empty: any);
    `keywords` has every other assertion by name; `required` maps each required property to the pointer of its
    entry; `values` is the shape of undeclared properties, and `closed` is set if there may be none; `union`
    is the keyword of the branches (empty: no union), `tag` the property that distinguishes them; `recursive`
    marks a schema inside itself, which is not unfolded again, and `cut` a place that is not unfolded because
    the tree is large enough.
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
        """Return the value of a keyword, or None if it is not stated."""
        found = self.keywords.get(keyword)
        return None if found is None else found.value

    @property
    def enum(self) -> tuple[Any, ...] | None:
        """The allowed values without null (see `nullable`), or None if they are not listed."""
        if "const" in self.keywords:
            return (self.value("const"),)
        listed = self.value("enum")
        return None if listed is None else tuple(value for value in listed if value is not None)

    @property
    def binary(self) -> bool:
        """Whether the value is a file."""
        return self.value("format") == "binary" or "file" in self.types

    @property
    def objects(self) -> tuple[Branch, ...]:
        """The branches that are objects."""
        return tuple(branch for branch in self.branches if branch.shape.types == ("object",))


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a shape into a property, item, undeclared value or branch."""

    kind: Literal["property", "item", "value", "branch"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One shape in a tree of shapes, and the path to it.

    `field` is its name in the ids of constraints and points:
    `messages[user].content[image_url].image_url.detail`. A branch is named if a union has more than one
    branch of objects. `required` is set if the enclosing object requires it.
    """

    field: str
    shape: Shape
    steps: tuple[Step, ...] = ()
    required: bool = True

    @property
    def branch(self) -> bool:
        """Whether this is the root of a branch, whose type the union decides."""
        return bool(self.steps) and self.steps[-1].kind == "branch"

    @property
    def depth(self) -> int:
        """The number of properties on the path: 1 for a top-level field."""
        return sum(step.kind == "property" for step in self.steps)


def places(shape: Shape, name: str = "") -> Iterator[Place]:
    """Yield every place of a tree of shapes in document order, the root first."""
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
    """Return the field name of a branch, with a label only if several branches are objects, or arrays."""
    types = next(branch.shape.types for branch in union.branches if branch.label == label)
    alike = sum(branch.shape.types == types for branch in union.branches)
    if alike < 2 or types not in (("object",), ("array",)):
        return name
    return f"{name.removesuffix('[]')}[{label}]"
