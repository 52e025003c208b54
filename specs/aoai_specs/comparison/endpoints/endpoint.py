"""The endpoints of a description: each method of each path, whether or not operationIds are unique.

Webhooks and callbacks are endpoints too, where the server sends the request and the client responds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from aoai_specs.errors import DocumentError
from aoai_specs.loading.references import follow
from aoai_specs.operations import METHODS
from aoai_specs.pointers import join

#: Methods that OpenAPI 3.2 adds.
_LATER_METHODS = ("query",)
_TEMPLATE = re.compile(r"\{([^/{}]*)\}")
#: Header parameters that OpenAPI ignores in favour of other fields.
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


class Held(NamedTuple):
    """A described object with references followed, and its place."""

    described: Mapping[str, Any]
    pointer: str

    def under(self, key: str) -> Any:
        """Return the value of a key."""
        return self.described.get(key)


class Media(NamedTuple):
    """A media type of a body, with the pointers of the schemas of the whole body and of one item."""

    media_type: str
    pointer: str
    schema: str | None
    item: str | None
    encoding: Mapping[str, Any]
    described: Mapping[str, Any]


class Response(NamedTuple):
    """A described response."""

    status: str
    pointer: str
    headers: Mapping[str, Held]
    media: Mapping[str, Media]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """A method of a path; `inbound` is set if the server sends the request and the client responds.

    Its parts are read when they are first needed, and raise DocumentError if that is impossible.
    """

    method: str
    path: str
    pointer: str
    path_pointer: str
    described: Mapping[str, Any] = field(repr=False)
    inbound: bool
    _item: tuple[str, Mapping[str, Any]] = field(repr=False)
    _reader: _Reader = field(repr=False)

    @cached_property
    def parameters(self) -> Mapping[tuple[str, str], Held]:
        """The parameters by location and name; names of headers are in lower case."""
        return self._reader.parameters(self._item, self.pointer, self.described)

    @cached_property
    def body(self) -> Held | None:
        """The request body."""
        return self._reader.held(self.pointer, self.described, "requestBody")

    @cached_property
    def request_media(self) -> Mapping[str, Media]:
        """The media types of the request body by their normalized names."""
        return {} if self.body is None else self._reader.media(self.body)

    @cached_property
    def responses(self) -> Mapping[str, Response]:
        """The responses by status."""
        return self._reader.responses(self.pointer, self.described)

    @cached_property
    def security(self) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        """The alternatives of credentials, each of schemes with their scopes."""
        return self._reader.security(self.described)

    @property
    def name(self) -> str:
        """The endpoint as reports show it: `POST /files`."""
        return f"{self.method} {self.path}"

    @cached_property
    def template(self) -> str:
        """The path without the names of its parameters."""
        return _TEMPLATE.sub("{}", self.path)

    @property
    def places(self) -> list[str]:
        """The names of the path parameters, in order."""
        return _TEMPLATE.findall(self.path)


def endpoints(content: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """Return every endpoint of a description in its order. Raises DocumentError for a malformed path."""
    reader = _Reader(content)
    listed: list[Endpoint] = []
    paths = content.get("paths")
    for path in paths if isinstance(paths, dict) else ():
        if path.startswith("/"):
            listed += reader.path(path, join("#/paths", path), inbound=False)
    webhooks = content.get("webhooks")
    for name in webhooks if isinstance(webhooks, dict) else ():
        listed += reader.path(f"webhook:{name}", join("#/webhooks", name), inbound=True)
    return tuple(listed)


class _Reader:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def path(self, path: str, place: str, *, inbound: bool) -> Iterator[Endpoint]:
        pointer, described = follow(self._content, place)
        if not isinstance(described, dict):
            raise DocumentError(f"{pointer} must be an object.", pointer)
        for method in (*METHODS, *_LATER_METHODS):
            operation = described.get(method)
            if isinstance(operation, dict):
                at = join(pointer, method)
                item = (pointer, described)
                yield Endpoint(method.upper(), path, at, place, operation, inbound, item, self)
                yield from self._callbacks(at, operation, path)

    def _callbacks(self, pointer: str, operation: Mapping[str, Any], path: str) -> Iterator[Endpoint]:
        for name, held in self._named(pointer, operation, "callbacks"):
            for expression in held.described:
                if not expression.startswith("x-"):
                    place = join(held.pointer, expression)
                    yield from self.path(f"{path} callback {name} {expression}", place, inbound=True)

    def parameters(
        self, item: tuple[str, Mapping[str, Any]], pointer: str, operation: Mapping[str, Any]
    ) -> dict[tuple[str, str], Held]:
        found: dict[tuple[str, str], Held] = {}
        for owner, described in (item, (pointer, operation)):
            listed = described.get("parameters")
            for index, each in enumerate(listed) if isinstance(listed, list) else ():
                place, held = self._follow(f"{owner}/parameters/{index}", each)
                if not isinstance(held, dict) or not {"name", "in"} <= held.keys():
                    raise DocumentError(f"{place} needs the fields 'name' and 'in'.", place)
                name, location = str(held["name"]), str(held["in"])
                if location == "header":
                    name = name.lower()
                    if name in _IGNORED_HEADERS:
                        continue
                found[location, name] = Held(held, place)
        return found

    def responses(self, pointer: str, operation: Mapping[str, Any]) -> dict[str, Response]:
        found: dict[str, Response] = {}
        for status, held in self._named(pointer, operation, "responses"):
            if not status.startswith("x-"):
                headers = {
                    name.lower(): header
                    for name, header in self._named(held.pointer, held.described, "headers")
                    if name.lower() != "content-type"
                }
                found[status.upper() if status != "default" else status] = Response(
                    status, held.pointer, headers, self.media(held)
                )
        return found

    def media(self, held: Held) -> dict[str, Media]:
        found: dict[str, Media] = {}
        for media_type, described in self._named(held.pointer, held.described, "content"):
            encoding = described.under("encoding")
            found[_bare(media_type)] = Media(
                media_type,
                described.pointer,
                f"{described.pointer}/schema" if "schema" in described.described else None,
                f"{described.pointer}/itemSchema" if "itemSchema" in described.described else None,
                encoding if isinstance(encoding, dict) else {},
                described.described,
            )
        return found

    def security(self, operation: Mapping[str, Any]) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        return _alternatives(operation["security"]) if "security" in operation else self._usual_security

    @cached_property
    def _usual_security(self) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        return _alternatives(self._content.get("security"))

    def held(self, pointer: str, described: Mapping[str, Any], key: str) -> Held | None:
        if key not in described:
            return None
        place, held = self._follow(f"{pointer}/{key}", described[key])
        if not isinstance(held, dict):
            raise DocumentError(f"{place} must be an object.", place)
        return Held(held, place)

    def _named(self, pointer: str, described: Mapping[str, Any], key: str) -> Iterator[tuple[str, Held]]:
        """Yield the objects by name under a key, following references."""
        group = self.held(pointer, described, key)
        for name in group.described if group is not None else ():
            if group is not None and isinstance(group.described[name], dict):
                place, held = self._follow(join(group.pointer, name), group.described[name])
                if isinstance(held, dict):
                    yield str(name), Held(held, place)

    def _follow(self, pointer: str, value: Any) -> tuple[str, Any]:
        """Follow the references of the value at a pointer; return the last pointer and the value there."""
        refers = isinstance(value, dict) and "$ref" in value
        return follow(self._content, pointer) if refers else (pointer, value)


def _alternatives(listed: Any) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    return tuple(
        {scheme: tuple(sorted(map(str, scopes or ()))) for scheme, scopes in alternative.items()}
        for alternative in (listed if isinstance(listed, list) else ())
        if isinstance(alternative, dict)
    )


def _bare(media_type: str) -> str:
    """Return a media type in lower case with normalized parameters."""
    return ";".join(part.strip().lower() for part in media_type.split(";"))
