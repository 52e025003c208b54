"""Documents: one API description, its operations, and the validators of their bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from aoai_specs.errors import DocumentError, UnknownNameError
from aoai_specs.loading.references import follow
from aoai_specs.operations import (
    EVENT_STREAM,
    METHODS,
    OPERATION_KINDS,
    MediaDescription,
    Parameter,
    ResponseDescription,
    media_match,
    operation_kind,
)
from aoai_specs.pointers import find, join
from aoai_specs.publications import ON_REQUEST, publication, published_parts
from aoai_specs.schemas.discriminators import Discriminators
from aoai_specs.schemas.translation import Direction, Translator
from aoai_specs.schemas.validators import Validator
from aoai_specs.versions import DocumentName

__all__ = [
    "EVENT_STREAM",
    "OPERATION_KINDS",
    "Document",
    "MediaDescription",
    "Operation",
    "Parameter",
    "ResponseDescription",
    "operation_kind",
]


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation: a method on a path.

    `pointer` is its place in the document. `request_media` maps media types to schema pointers. `security`
    lists alternatives, each mapping schemes to scopes; an empty alternative needs no credential. A run sends
    an operation `on_request` only if it is chosen.
    """

    id: str
    kind: str
    method: str
    path: str
    pointer: str
    document: Document = field(repr=False)
    parameters: tuple[Parameter, ...]
    request_media: Mapping[str, str]
    request_required: bool
    responses: Mapping[str, ResponseDescription]
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    on_request: bool = False

    def response_for(self, status: int) -> ResponseDescription | None:
        """Return the response described for a status: by the exact status, its range, or `default`."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    def request_validator(self, media_type: str = "application/json") -> Validator | None:
        """Return the validator of a request body, or None without a schema for the media type."""
        pointer = media_match(self.request_media, media_type)
        return None if pointer is None else self.document.validator(pointer, "request")

    def response_validator(self, status: int, media_type: str = "application/json") -> Validator | None:
        """Return the validator of a response body, or None without a schema for status and media type."""
        media = self._media(status, media_type)
        if media is None or media.schema_pointer is None:
            return None
        return self.document.validator(media.schema_pointer, "response")

    def item_validator(self, status: int, media_type: str = EVENT_STREAM) -> Validator | None:
        """Return the validator of the JSON data of one event of a streamed response, or None."""
        media = self._media(status, media_type)
        if media is None or media.item_schema_pointer is None:
            return None
        return self.document.validator(media.item_schema_pointer, "response")

    def _media(self, status: int, media_type: str) -> MediaDescription | None:
        response = self.response_for(status)
        return None if response is None else response.media_for(media_type)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One API description of one surface at one api-version, with its overlay unless `as_published`.

    `content` is the description as plain data with its references; it is shared and must not be changed.
    `base_path` is the path before the paths of all operations (`/openai`), or "". `warnings` are sentences
    about the ignored parts of a user's description. `published_at` is the URL where a document of the
    catalogue was published, `published_parts` are the URLs of its parts from elsewhere, by pointer.
    `sent_version` is the api-version of its requests where the name says none, or "" for no api-version.
    With `repeated_ids` of "replace", method and path replace the id of a later operation with the same one.
    """

    name: DocumentName
    content: dict[str, Any] = field(repr=False)
    as_published: bool = False
    warnings: tuple[str, ...] = ()
    published_at: str | None = field(default=None, repr=False)
    sent_version: str | None = None
    repeated_ids: Literal["reject", "replace"] = "reject"
    base_path: str = field(init=False)
    operations: Mapping[str, Operation] = field(init=False, repr=False)
    published_parts: Mapping[str, str] = field(init=False, repr=False)
    _discriminators: Discriminators = field(init=False, repr=False)
    _validators: dict[tuple[str, Direction], Validator] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        version = self.content.get("openapi")
        if not isinstance(version, str) or not version.startswith("3."):
            raise DocumentError(
                f"{self.name} is not an OpenAPI 3 description: its field 'openapi' is {version!r}."
            )
        schemas = self._mapping(self._mapping(self.content, "components"), "schemas")
        object.__setattr__(self, "base_path", _base_path(self.content))
        object.__setattr__(self, "_discriminators", Discriminators(schemas, self.resolve))
        object.__setattr__(self, "operations", MappingProxyType(_operations(self)))
        parts = published_parts(self.content) if self.published_at else {}
        object.__setattr__(self, "published_parts", MappingProxyType(parts))

    def operation(self, id: str) -> Operation:  # noqa: A002 - the field's word
        """Return the operation with an operationId, ignoring case. Raises UnknownNameError."""
        if id in self.operations:
            return self.operations[id]
        for known, operation in self.operations.items():
            if known.lower() == id.lower():
                return operation
        raise UnknownNameError("operation", id, self.operations)

    @property
    def api_version(self) -> str:
        """The api-version of requests; empty if they have none."""
        return str(self.name.version) if self.sent_version is None else self.sent_version

    def describes(self, api_version: str) -> bool:
        """Whether this document describes an api-version: its own, or one listed by its schema `Versions`."""
        if api_version == self.api_version:
            return True
        schemas = self._mapping(self._mapping(self.content, "components"), "schemas")
        listed = self._mapping(schemas, "Versions").get("enum")
        return isinstance(listed, list) and api_version in [str(each) for each in listed]

    def resolve(self, pointer: str) -> Any:
        """Return the value at a pointer such as `#/components/schemas/x`, without following references.

        Raises DocumentError if there is none.
        """
        try:
            return find(self.content, pointer)
        except DocumentError as error:
            raise DocumentError(f"{self.name}: {error}") from None

    def follow(self, pointer: str) -> tuple[str, Any]:
        """Follow every `$ref` from a pointer; return the last pointer and the value there."""
        return follow(self.content, pointer)

    def selected_at(self, pointer: str) -> tuple[str, ...]:
        """Return the pointers of the schemas that the discriminator at a pointer selects from.

        They come from its mapping or its union, or are the schemas that have this one in their `allOf`.
        """
        schema = self.resolve(pointer)
        switch = self._discriminators.switch(pointer, schema) if isinstance(schema, dict) else None
        return () if switch is None else tuple(target for _, target in switch.targets)

    def clause(self, pointer: str) -> str:
        """Return the address of a place for people: `azure-openai@2024-10-21#/…`."""
        return f"{self.name}{pointer}"

    def publication(self, pointer: str) -> str | None:
        """Return the URL where the part at a pointer was published; None for a description of a user."""
        return publication(pointer, self.published_parts, self.published_at)

    @property
    def usual_operations(self) -> tuple[Operation, ...]:
        """The operations that a run sends unless it chooses others: all but those on request."""
        return tuple(each for each in self.operations.values() if not each.on_request)

    def validator(self, schema_pointer: str, direction: Direction) -> Validator:
        """Return the cached validator of the schema at a pointer. Raises DocumentError if it is unusable."""
        key = (schema_pointer, direction)
        if key not in self._validators:
            translator = Translator(self.content["openapi"], self.resolve, self._discriminators, direction)
            try:
                self._validators[key] = Validator(translator.translate(schema_pointer), str(self.name))
            except ValueError as error:
                reason = str(error).partition("\n")[0]
                raise DocumentError(
                    f"{self.clause(schema_pointer)} is not a usable schema: {reason}.", schema_pointer
                ) from None
        return self._validators[key]

    def warn(self, sentences: Iterable[str]) -> None:
        """Add warnings."""
        object.__setattr__(self, "warnings", (*self.warnings, *sentences))

    def schema_pointers(self) -> Iterator[tuple[str, Direction]]:
        """Yield the pointer and the direction of the schema of each body and each item of a stream."""
        for operation in self.operations.values():
            for pointer in operation.request_media.values():
                yield pointer, "request"
            for response in operation.responses.values():
                for media in response.media.values():
                    for place in (media.schema_pointer, media.item_schema_pointer):
                        if place is not None:
                            yield place, "response"

    def build_validators(self) -> None:
        """Build every validator now. Raises DocumentError for the first unusable schema."""
        for pointer, direction in self.schema_pointers():
            self.validator(pointer, direction)

    def _mapping(self, value: Mapping[str, Any], key: str) -> dict[str, Any]:
        held = value.get(key, {})
        if not isinstance(held, dict):
            raise DocumentError(f"{self.name}: {key!r} must be an object.")
        return held


def _operations(document: Document) -> dict[str, Operation]:
    """Return the operations of a document by id, in document order.

    Without an operationId, method and path are the id. Raises DocumentError if two operations share an id,
    unless the document replaces repeated ones.
    """
    operations: dict[str, Operation] = {}
    paths = document.content.get("paths")
    for path in paths if isinstance(paths, dict) else ():
        if not path.startswith("/"):
            continue
        pointer, described = document.follow(join("#/paths", path))
        if not isinstance(described, dict):
            raise DocumentError(f"{document.clause(pointer)} must be an object.", pointer)
        for method in METHODS:
            if isinstance(described.get(method), dict):
                operation = _Reader(document, path, pointer).operation(method)
                if operation.id in operations and document.repeated_ids == "replace":
                    operation = replace(operation, id=f"{operation.method} {path}")
                if operation.id in operations:
                    where = document.clause(operation.pointer)
                    raise DocumentError(
                        f"{where}: two operations are named {operation.id!r}.", operation.pointer
                    )
                operations[operation.id] = operation
    return operations


class _Reader:
    """Reads the operations of one path."""

    def __init__(self, document: Document, path: str, pointer: str) -> None:
        self._document = document
        self._path = path
        self._pointer = pointer

    def operation(self, method: str) -> Operation:
        pointer = join(self._pointer, method)
        described = self._document.resolve(pointer)
        body_pointer, body = self._under(pointer, described, "requestBody")
        return Operation(
            id=str(described.get("operationId") or f"{method.upper()} {self._path}"),
            kind=operation_kind(self._path, method),
            method=method.upper(),
            path=self._path,
            pointer=pointer,
            document=self._document,
            parameters=self._parameters(pointer),
            request_media=MappingProxyType(
                {
                    media_type: schema
                    for media_type, media in self._media(body_pointer, body).items()
                    if (schema := media.schema_pointer) is not None
                }
            ),
            request_required=body.get("required") is True,
            responses=MappingProxyType(self._responses(pointer)),
            security=self._security(described),
            on_request=described.get(ON_REQUEST) is True,
        )

    def _under(self, pointer: str, value: Mapping[str, Any], key: str) -> tuple[str, Mapping[str, Any]]:
        """Return the object under a key, following references; a missing one is empty."""
        place = join(pointer, key)
        if key not in value:
            return place, {}
        place, held = self._document.follow(place)
        if not isinstance(held, dict):
            raise DocumentError(f"{self._document.clause(place)} must be an object.", place)
        return place, held

    def _parameters(self, pointer: str) -> tuple[Parameter, ...]:
        """Return the parameters of the path, overridden by those of the operation."""
        parameters: dict[tuple[str, str], Parameter] = {}
        for owner in (self._pointer, pointer):
            listed = self._document.resolve(owner).get("parameters", ())
            for index in range(len(listed)):
                place, described = self._document.follow(join(owner, "parameters", index))
                if not isinstance(described, dict) or not {"name", "in"} <= described.keys():
                    raise DocumentError(
                        f"{self._document.clause(place)} needs the fields 'name' and 'in'.", place
                    )
                name, location = str(described["name"]), str(described["in"])
                required = location == "path" or described.get("required") is True
                parameters[name, location] = Parameter(name, location, required, place)
        return tuple(parameters.values())

    def _responses(self, pointer: str) -> dict[str, ResponseDescription]:
        responses: dict[str, ResponseDescription] = {}
        place, listed = self._under(pointer, self._document.resolve(pointer), "responses")
        for status in listed:
            if status.startswith("x-"):
                continue
            where, described = self._under(place, listed, status)
            headers_place, headers = self._under(where, described, "headers")
            responses[status] = ResponseDescription(
                status=status,
                pointer=where,
                headers=MappingProxyType(
                    {name: self._under(headers_place, headers, name)[0] for name in headers}
                ),
                media=MappingProxyType(self._media(where, described)),
            )
        return responses

    def _media(self, pointer: str, described: Mapping[str, Any]) -> dict[str, MediaDescription]:
        media: dict[str, MediaDescription] = {}
        place, content = self._under(pointer, described, "content")
        for media_type in content:
            where, held = self._under(place, content, media_type)
            media[media_type] = MediaDescription(
                media_type=media_type,
                schema_pointer=self._schema(where, held, "schema"),
                item_schema_pointer=self._item_schema(where, held),
            )
        return media

    def _schema(self, pointer: str, described: Mapping[str, Any], key: str) -> str | None:
        """Return the pointer of a schema, or of its target if it is only a reference."""
        if key not in described:
            return None
        place = join(pointer, key)
        held = described[key]
        if isinstance(held, dict) and held.keys() == {"$ref"}:
            place, _ = self._document.follow(place)
        return place

    def _item_schema(self, pointer: str, described: Mapping[str, Any]) -> str | None:
        """Return the pointer of the item schema; for server-sent events, of the schema of their data."""
        place = self._schema(pointer, described, "itemSchema")
        if place is None:
            return None
        item = self._document.resolve(place)
        data = item.get("properties", {}).get("data") if isinstance(item, dict) else None
        if not isinstance(data, dict) or pointer.rpartition("/")[2] != join("", EVENT_STREAM)[1:]:
            return place
        inside = join(place, "properties", "data")
        if "contentSchema" in data:
            return self._schema(inside, data, "contentSchema")
        return self._schema(join(place, "properties"), item["properties"], "data")

    def _security(self, described: Mapping[str, Any]) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        alternatives = described.get("security", self._document.content.get("security", ()))
        return tuple(
            MappingProxyType({scheme: tuple(scopes) for scheme, scopes in alternative.items()})
            for alternative in alternatives
            if isinstance(alternative, dict)
        )


def _base_path(content: Mapping[str, Any]) -> str:
    servers = content.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = first.get("url", "") if isinstance(first, dict) else ""
    if not isinstance(url, str):
        return ""
    path = re.sub(r"^\{[^}]*\}", "", url) if url.startswith("{") else urlsplit(url).path
    return path.rstrip("/")
