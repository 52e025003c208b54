"""Responses reduced to what their document declares for this api-version.

The operations build everything that the emulator can send; fields that a version lacks are removed here. No
other module needs to know which version introduced which field.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aoai_emulator.content.templates import JsonShape, Template
from aoai_emulator.http.json_text import JsonObject
from aoai_specs.document import EVENT_STREAM, Operation
from aoai_specs.schemas.shapes import Shape, shape_at

_JSON = "application/json"


class Constant(dict[str, Any]):
    """A part of responses that is always the same object: it must exist as long as the process does.

    It is reduced to what a document declares once. Whoever changes a response copies it first.
    """


@dataclass(frozen=True, slots=True)
class Declared:
    """What a document declares for one place of a response.

    `fields` are those of every possible branch, `required` those that all branches require; `open` allows
    other fields, too; `values` are the enumerated ones, empty if any value is allowed.
    """

    fields: Mapping[str, Declared]
    required: frozenset[str]
    items: Declared | None
    nullable: bool
    open: bool
    values: tuple[Any, ...]
    _templates: dict[Hashable, Template] = field(default_factory=dict, compare=False, repr=False)
    _constants: dict[int, JsonObject] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether every value is as declared."""
        return self.open and self.items is None

    def reduced(self, constant: Constant) -> JsonObject:
        """Return a constant as declared, which has no nulls."""
        found = self._constants.get(id(constant))
        if found is None:
            found = self._constants[id(constant)] = as_declared(dict(constant), self)
        return found

    def template(
        self,
        shape: JsonShape,
        example: Callable[[], JsonObject],
        reduce: Callable[[JsonObject], Any] | None = None,
    ) -> Template:
        """Return the template that writes values of a shape as declared; `example` returns one of them.

        `reduce` leaves out what is not declared; it is `as_declared` unless another is given, which must be
        the same for every shape with the same key.
        """
        found = self._templates.get(shape.key)
        if found is None:
            found = self._templates[shape.key] = Template(
                shape, example(), reduce or (lambda value: as_declared(value, self))
            )
        return found

    def knows(self, *path: str) -> bool:
        """Return whether a field is declared, through arrays: `knows("choices", "message")`."""
        return self.at(*path) is not None

    def at(self, *path: str) -> Declared | None:
        """Return what is declared for a field, through arrays, or None."""
        place: Declared | None = self
        for name in path:
            while place is not None and place.items is not None and not place.fields:
                place = place.items
            place = None if place is None else place.fields.get(name)
        return place


@lru_cache(maxsize=512)
def declared_response(operation: Operation, status: int = 200, media_type: str = _JSON) -> Declared | None:
    """Return what the document declares for a JSON response, or None."""
    described = operation.response_for(status)
    media = None if described is None else described.media_for(media_type)
    pointer = None if media is None else media.schema_pointer
    return None if pointer is None else _declared((shape_at(operation.document, pointer),))


@lru_cache(maxsize=512)
def declared_chunk(operation: Operation) -> Declared | None:
    """Return what the document declares for a chunk of a stream, or None."""
    described = operation.response_for(200)
    media = None if described is None else described.media_for(EVENT_STREAM)
    pointer = None if media is None else media.item_schema_pointer
    return None if pointer is None else _declared((shape_at(operation.document, pointer),))


def as_declared(value: Any, declared: Declared | None, *, nulls: frozenset[str] = frozenset()) -> Any:
    """Return a value without undeclared fields, and without nulls where null is not allowed.

    Required fields stay, null or not; so do nulls of the fields `nulls`, which the real service is known to
    send.
    """
    if declared is None:
        return value
    if isinstance(value, dict):
        if declared.open:
            return value
        return declared.reduced(value) if type(value) is Constant else _object(value, declared, nulls)
    items = declared.items
    if isinstance(value, list) and items is not None and not items.is_plain and any(map(_is_nested, value)):
        return [as_declared(item, items, nulls=nulls) for item in value]
    return value


def _object(value: JsonObject, declared: Declared, nulls: frozenset[str]) -> JsonObject:
    kept: JsonObject = {}
    fields = declared.fields
    for name, inner in value.items():
        place = fields.get(name)
        if place is None:
            continue
        if inner is None:
            if place.nullable or name in declared.required or name in nulls:
                kept[name] = None
        elif isinstance(inner, dict | list):
            kept[name] = as_declared(inner, place, nulls=nulls)
        else:
            kept[name] = inner
    return kept


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _declared(shapes: Sequence[Shape]) -> Declared:
    """Join the alternatives for one place."""
    alternatives = [each for shape in shapes for each in _alternatives(shape)]
    objects = [each for each in alternatives if each.properties]
    properties: dict[str, list[Shape]] = {}
    for each in objects:
        for name, shape in each.properties.items():
            properties.setdefault(name, []).append(shape)
    items = [each.items for each in alternatives if each.items is not None]
    return Declared(
        fields={name: _declared(found) for name, found in properties.items()},
        required=frozenset.intersection(*(frozenset(each.required) for each in objects))
        if objects
        else frozenset(),
        items=_declared(items) if items else None,
        nullable=any(_takes_null(each) for each in (*shapes, *alternatives)),
        open=not objects or any(_is_open(each) for each in alternatives),
        values=tuple(value for each in alternatives for value in each.enum or ()),
    )


def _alternatives(shape: Shape) -> Iterator[Shape]:
    if not shape.branches:
        yield shape
    for branch in shape.branches:
        yield from _alternatives(branch.shape)


def _takes_null(shape: Shape) -> bool:
    return shape.nullable or shape.types == ("null",) or not (shape.types or shape.branches)


def _is_open(shape: Shape) -> bool:
    """Return whether any field is allowed: a schema without properties, or one that says so.

    An enumeration does not: OpenAPI 3.0 spells null as an object that can only be null.
    """
    if shape.enum is not None:
        return False
    if shape.recursive or shape.value("additionalProperties"):
        return True
    return shape.types in ((), ("object",)) and not shape.properties and not shape.closed
