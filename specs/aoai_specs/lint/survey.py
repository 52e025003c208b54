"""Every schema, parameter, header, media type and operation of a description, with its place.

The walk follows the OpenAPI keywords without recursion and is limited in length, so that hostile descriptions
are walked safely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_specs.errors import DocumentError
from aoai_specs.json_values import as_list, as_object
from aoai_specs.loading.references import follow
from aoai_specs.operations import METHODS
from aoai_specs.pointers import join
from aoai_specs.schemas.keywords import SINGLE_SCHEMA
from aoai_specs.schemas.translation import Direction

#: The limit of schemas that are checked.
MAX_SCHEMAS = 100_000

_LISTED = ("allOf", "oneOf", "anyOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")


@dataclass(slots=True, eq=False)  # not frozen: there are tens of thousands, and freezing doubles the time
class SchemaPlace:
    """A schema with its place.

    `direction` is the direction it is sent in, or None for both. `around` is the schema that contains it
    under `keyword`, or None for an outermost one.
    """

    pointer: str
    schema: dict[str, Any] = field(repr=False)
    direction: Direction | None = None
    around: SchemaPlace | None = field(default=None, repr=False)
    keyword: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Carrier:
    """A parameter, header or media type, which has a schema and examples."""

    kind: str
    pointer: str
    described: dict[str, Any] = field(repr=False)
    direction: Direction | None
    media_type: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class DescribedOperation:
    """An operation of the description with references followed.

    `parameters` pairs each with its pointer, `request` and `responses` have media types by name with their
    pointers, and `statuses` maps each status to the pointer of its response.
    """

    pointer: str
    method: str
    path: str
    described: dict[str, Any] = field(repr=False)
    parameters: tuple[tuple[str, dict[str, Any]], ...] = field(repr=False)
    request: Mapping[str, tuple[str, dict[str, Any]]] = field(repr=False)
    responses: Mapping[str, Mapping[str, tuple[str, dict[str, Any]]]] = field(repr=False)
    statuses: Mapping[str, str] = field(repr=False)

    @property
    def title(self) -> str:
        """How a reader calls it: method and path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that stands in a description, in document order; `complete` unless there was too much."""

    schemas: tuple[SchemaPlace, ...]
    carriers: tuple[Carrier, ...]
    operations: tuple[DescribedOperation, ...]
    complete: bool


def survey(content: dict[str, Any]) -> Survey:
    """Look at a whole description."""
    carriers = tuple(_Carriers(content).found())
    roots = [*_component_schemas(content)]
    for carrier in carriers:
        for key in ("schema", "itemSchema"):
            held = carrier.described.get(key)
            if isinstance(held, dict):
                roots.append(SchemaPlace(join(carrier.pointer, key), held, carrier.direction))
    schemas: list[SchemaPlace] = []
    for place in _all_within(roots):
        if len(schemas) == MAX_SCHEMAS:
            return Survey(tuple(schemas), carriers, tuple(_operations(content)), complete=False)
        schemas.append(place)
    return Survey(tuple(schemas), carriers, tuple(_operations(content)), complete=True)


def within(place: SchemaPlace) -> Iterator[SchemaPlace]:
    """The schemas right below one, in document order."""
    for key, value in place.schema.items():
        if key in SINGLE_SCHEMA and isinstance(value, dict):
            yield SchemaPlace(join(place.pointer, key), value, place.direction, place, key)
        elif key in _LISTED and isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, dict):
                    yield SchemaPlace(join(place.pointer, key, index), each, place.direction, place, key)
        elif key in _NAMED and isinstance(value, dict):
            for name, each in value.items():
                if isinstance(each, dict):
                    yield SchemaPlace(join(place.pointer, key, name), each, place.direction, place, key)


def _all_within(roots: list[SchemaPlace]) -> Iterator[SchemaPlace]:
    stack = list(reversed(roots))
    while stack:
        place = stack.pop()
        yield place
        stack.extend(reversed(list(within(place))))


def _component_schemas(content: dict[str, Any]) -> Iterator[SchemaPlace]:
    for name, schema in as_object(as_object(content.get("components")).get("schemas")).items():
        if isinstance(schema, dict):
            yield SchemaPlace(join("#/components/schemas", name), schema)


class _Carriers:
    """Finds parameters, headers and media types where they are described, not where they are referred to.

    A named media type has the name and direction of its first use.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._used: set[str] = set()

    def found(self) -> Iterator[Carrier]:
        components = as_object(self._content.get("components"))
        for name, each in as_object(components.get("parameters")).items():
            yield from self._carrier("parameter", join("#/components/parameters", name), each, "request")
        for name, each in as_object(components.get("headers")).items():
            yield from self._carrier("header", join("#/components/headers", name), each, "response")
        for name, each in as_object(components.get("requestBodies")).items():
            yield from self._media(join("#/components/requestBodies", name), each, "request")
        for name, each in as_object(components.get("responses")).items():
            yield from self._response(join("#/components/responses", name), each)
        for pointer, item in _path_items(self._content):
            yield from self._parameters(pointer, item)
            for place, _, operation in _methods(pointer, item):
                yield from self._parameters(place, operation)
                yield from self._media(
                    join(place, "requestBody"), as_object(operation.get("requestBody")), "request"
                )
                for status, response in as_object(operation.get("responses")).items():
                    yield from self._response(join(place, "responses", status), response)
        for name, each in as_object(components.get("mediaTypes")).items():
            yield from self._named(join("#/components/mediaTypes", name), each, None, "")

    def _parameters(self, pointer: str, owner: dict[str, Any]) -> Iterator[Carrier]:
        listed = owner.get("parameters")
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            yield from self._carrier("parameter", join(pointer, "parameters", index), each, "request")

    def _response(self, pointer: str, response: Any) -> Iterator[Carrier]:
        for name, each in as_object(as_object(response).get("headers")).items():
            yield from self._carrier("header", join(pointer, "headers", name), each, "response")
        yield from self._media(pointer, response, "response")

    def _carrier(
        self, kind: str, pointer: str, described: Any, direction: Direction | None
    ) -> Iterator[Carrier]:
        if isinstance(described, dict) and "$ref" not in described:
            yield Carrier(kind, pointer, described, direction)
            yield from self._media(pointer, described, direction)

    def _media(self, pointer: str, owner: Any, direction: Direction | None) -> Iterator[Carrier]:
        for media_type, each in as_object(as_object(owner).get("content")).items():
            place = join(pointer, "content", media_type)
            if isinstance(each, dict) and "$ref" not in each:
                yield from self._media_type(Carrier("media type", place, each, direction, media_type))
            elif isinstance(each, dict):
                yield from self._named(*follow_to_object(self._content, place), direction, media_type)

    def _named(
        self, pointer: str, described: Any, direction: Direction | None, media_type: str
    ) -> Iterator[Carrier]:
        if isinstance(described, dict) and "$ref" not in described and pointer not in self._used:
            self._used.add(pointer)
            yield from self._media_type(Carrier("media type", pointer, described, direction, media_type))

    def _media_type(self, carrier: Carrier) -> Iterator[Carrier]:
        yield carrier
        for place, encoding in _encodings(carrier.pointer, carrier.described):
            for name, header in as_object(encoding.get("headers")).items():
                yield from self._carrier("header", join(place, "headers", name), header, carrier.direction)


def _encodings(pointer: str, owner: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the encodings of a media type with their places, nested ones included."""
    waiting = [(pointer, owner)]
    while waiting:
        place, around = waiting.pop()
        named, listed = as_object(around.get("encoding")), as_list(around.get("prefixEncoding"))
        inner = [(join(place, "encoding", name), each) for name, each in named.items()]
        inner += [(join(place, "prefixEncoding", index), each) for index, each in enumerate(listed)]
        inner.append((join(place, "itemEncoding"), around.get("itemEncoding")))
        found = [(where, each) for where, each in inner if isinstance(each, dict)]
        yield from found
        waiting += found


def _path_items(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path items of paths, webhooks, components and callbacks."""
    components = as_object(content.get("components"))
    stack = [
        (join(place, name), item)
        for place, named in (
            ("#/paths", content.get("paths")),
            ("#/webhooks", content.get("webhooks")),
            ("#/components/pathItems", components.get("pathItems")),
        )
        for name, item in as_object(named).items()
        if place != "#/paths" or name.startswith("/")
    ]
    stack += _callbacks("#/components/callbacks", components.get("callbacks"))
    stack.reverse()
    while stack:
        pointer, item = stack.pop()
        if isinstance(item, dict) and "$ref" not in item:
            yield pointer, item
            for place, _, operation in _methods(pointer, item):
                stack += _callbacks(join(place, "callbacks"), operation.get("callbacks"))


def _callbacks(pointer: str, callbacks: Any) -> list[tuple[str, Any]]:
    """Return the path items of callbacks."""
    return [
        (join(pointer, name, expression), item)
        for name, callback in as_object(callbacks).items()
        for expression, item in as_object(callback).items()
        if expression != "$ref"
    ]


def _methods(pointer: str, item: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the operations of a path item: pointer, method and content."""
    for method in (*METHODS, "query"):
        if isinstance(item.get(method), dict):
            yield join(pointer, method), method.upper(), item[method]
    for method, operation in as_object(item.get("additionalOperations")).items():
        if isinstance(operation, dict):
            yield join(pointer, "additionalOperations", method), method, operation


def _operations(content: dict[str, Any]) -> Iterator[DescribedOperation]:
    for path in as_object(content.get("paths")):
        if path.startswith("/"):
            pointer, item = follow_to_object(content, join("#/paths", path))
            for place, method, _ in _methods(pointer, item):
                yield _operation(content, place, method, path, pointer)


def _operation(
    content: dict[str, Any], pointer: str, method: str, path: str, path_pointer: str
) -> DescribedOperation:
    described = follow_to_object(content, pointer)[1]
    parameters: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for owner in (path_pointer, pointer):
        listed = follow_to_object(content, owner)[1].get("parameters")
        for index in range(len(listed) if isinstance(listed, list) else 0):
            place, parameter = follow_to_object(content, join(owner, "parameters", index))
            parameters[str(parameter.get("name")), str(parameter.get("in"))] = (place, parameter)
    responses: dict[str, Mapping[str, tuple[str, dict[str, Any]]]] = {}
    statuses: dict[str, str] = {}
    for status in as_object(described.get("responses")):
        if not status.startswith("x-"):
            statuses[status] = follow_to_object(content, join(pointer, "responses", status))[0]
            responses[status] = _media_of(content, join(pointer, "responses", status))
    return DescribedOperation(
        pointer=pointer,
        method=method,
        path=path,
        described=described,
        parameters=tuple(parameters.values()),
        request=_media_of(content, join(pointer, "requestBody")) if "requestBody" in described else {},
        responses=responses,
        statuses=statuses,
    )


def _media_of(content: dict[str, Any], pointer: str) -> dict[str, tuple[str, dict[str, Any]]]:
    place, owner = follow_to_object(content, pointer)
    return {
        media_type: follow_to_object(content, join(place, "content", media_type))
        for media_type, each in as_object(owner.get("content")).items()
        if isinstance(each, dict)
    }


def follow_to_object(content: dict[str, Any], pointer: str) -> tuple[str, dict[str, Any]]:
    """Follow references; return the last pointer and the object there, empty for anything else."""
    try:
        place, value = follow(content, pointer)
    except DocumentError:
        return pointer, {}
    return place, value if isinstance(value, dict) else {}
