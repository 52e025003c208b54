"""The operations of a document: what each takes and gives back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from aoai_specs.errors import DocumentError
from aoai_specs.pointers import join
from aoai_specs.schemas.validators import Validator

if TYPE_CHECKING:
    from aoai_specs.document import Document

_Described = TypeVar("_Described")

EVENT_STREAM = "text/event-stream"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

#: How a path ends, and what an operation on it is about, by its method; the first ending that fits counts.
_KINDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/extensions/chat/completions", {"POST": "extension-chat"}),
    ("/chat/completions", {"POST": "chat"}),
    ("/images/embeddings", {"POST": "image-embeddings"}),
    ("/images/generations", {"POST": "images"}),
    ("/images/generations:submit", {"POST": "image-submit"}),
    ("/operations/images/{}", {"GET": "image-status", "DELETE": "image-delete"}),
    ("/audio/transcriptions", {"POST": "transcription"}),
    ("/audio/translations", {"POST": "translation"}),
    ("/audio/speech", {"POST": "speech"}),
    ("/embeddings", {"POST": "embeddings"}),
    ("/deployments/{}/completions", {"POST": "completions"}),
    ("/files", {"GET": "file-list", "POST": "file-upload"}),
    ("/files/{}", {"GET": "file-get", "DELETE": "file-delete"}),
    ("/files/{}/content", {"GET": "file-content"}),
    ("/uploads", {"POST": "upload-create"}),
    ("/uploads/{}/parts", {"POST": "upload-part"}),
    ("/uploads/{}/complete", {"POST": "upload-complete"}),
    ("/uploads/{}/cancel", {"POST": "upload-cancel"}),
    ("/batches", {"GET": "batch-list", "POST": "batch-create"}),
    ("/batches/{}", {"GET": "batch-get"}),
    ("/batches/{}/cancel", {"POST": "batch-cancel"}),
    ("/ingestion-jobs", {"GET": "ingestion-list"}),
    ("/ingestion-jobs/{}", {"PUT": "ingestion-start", "GET": "ingestion-status"}),
    ("/models", {"GET": "model-list"}),
    ("/deployments", {"GET": "deployment-list"}),
    ("/info", {"GET": "info"}),
)
_PARAMETER = re.compile(r"\{[^/{}]*\}")


def operation_kind(path: str, method: str = "POST") -> str:
    """What an operation is about, told by its path and method alone: `chat`, `file-get`, …, else `other`."""
    bare = _PARAMETER.sub("{}", path)
    if bare == "/completions":
        bare = "/deployments/{}/completions"
    for ending, kinds in _KINDS:
        if bare.endswith(ending):
            return kinds.get(method.upper(), "other")
    return "other"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter beside the body. `location` is path, query, header or cookie."""

    name: str
    location: str
    required: bool
    pointer: str


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """What a response holds under one media type.

    `schema_pointer` leads to the schema of the whole body. `item_schema_pointer` leads to the schema of one
    item of a sequence; for server-sent events that is the JSON value which an event's data holds.
    """

    media_type: str
    schema_pointer: str | None
    item_schema_pointer: str | None


@dataclass(frozen=True, slots=True)
class ResponseDescription:
    """One described response. `status` is `200`, a range such as `4XX`, or `default`."""

    status: str
    pointer: str
    headers: Mapping[str, str]
    media: Mapping[str, MediaDescription]

    def media_for(self, media_type: str) -> MediaDescription | None:
        """The description of a media type, its parameters aside; an exact one before a range."""
        return _media_match(self.media, media_type)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation: a method on a path.

    `pointer` leads to it in the document. `request_media` maps media types to schema pointers. `security`
    lists alternatives, each a mapping of schemes to scopes; an empty one means that no credential is needed.
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

    def response_for(self, status: int) -> ResponseDescription | None:
        """The response described for a status: exactly, else by its range, else by default."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    def request_validator(self, media_type: str = "application/json") -> Validator | None:
        """Validates a request body; None where no schema is described for the media type."""
        pointer = _media_match(self.request_media, media_type)
        return None if pointer is None else self.document.validator(pointer, "request")

    def response_validator(self, status: int, media_type: str = "application/json") -> Validator | None:
        """Validates a response body; None where no schema is described for status and media type."""
        media = self._media(status, media_type)
        if media is None or media.schema_pointer is None:
            return None
        return self.document.validator(media.schema_pointer, "response")

    def item_validator(self, status: int, media_type: str = EVENT_STREAM) -> Validator | None:
        """Validates one item of a streamed response: the JSON that an event's data holds."""
        media = self._media(status, media_type)
        if media is None or media.item_schema_pointer is None:
            return None
        return self.document.validator(media.item_schema_pointer, "response")

    def _media(self, status: int, media_type: str) -> MediaDescription | None:
        response = self.response_for(status)
        return None if response is None else response.media_for(media_type)


def described_operations(document: Document) -> dict[str, Operation]:
    """The operations of a document by id, in document order.

    An operation without an operationId is named by its method and path. Raises DocumentError where two share
    an id.
    """
    operations: dict[str, Operation] = {}
    paths = document.content.get("paths")
    for path in paths if isinstance(paths, dict) else ():
        if not path.startswith("/"):
            continue
        pointer, described = document.follow(join("#/paths", path))
        if not isinstance(described, dict):
            raise DocumentError(f"{document.clause(pointer)} has to be an object.", pointer)
        for method in METHODS:
            if isinstance(described.get(method), dict):
                operation = _Reader(document, path, pointer).operation(method)
                if operation.id in operations:
                    raise DocumentError(
                        f"{document.clause(operation.pointer)}: {operation.id!r} stands twice.",
                        operation.pointer,
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
        )

    def _under(self, pointer: str, value: Mapping[str, Any], key: str) -> tuple[str, Mapping[str, Any]]:
        """What stands under a key, references followed; nothing at all reads as an empty object."""
        place = join(pointer, key)
        if key not in value:
            return place, {}
        place, held = self._document.follow(place)
        if not isinstance(held, dict):
            raise DocumentError(f"{self._document.clause(place)} has to be an object.", place)
        return place, held

    def _parameters(self, pointer: str) -> tuple[Parameter, ...]:
        """Those of the path and those of the operation, which override the former."""
        parameters: dict[tuple[str, str], Parameter] = {}
        for owner in (self._pointer, pointer):
            listed = self._document.resolve(owner).get("parameters", ())
            for index in range(len(listed)):
                place, described = self._document.follow(join(owner, "parameters", index))
                if not isinstance(described, dict) or not {"name", "in"} <= described.keys():
                    raise DocumentError(
                        f"{self._document.clause(place)} needs a name, and where it goes (in).", place
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
        """The pointer of a schema; where it is but a reference, that of what it refers to."""
        if key not in described:
            return None
        place = join(pointer, key)
        held = described[key]
        if isinstance(held, dict) and held.keys() == {"$ref"}:
            place, _ = self._document.follow(place)
        return place

    def _item_schema(self, pointer: str, described: Mapping[str, Any]) -> str | None:
        """The schema of an item; of an event, whose fields OpenAPI 3.2 describes, the schema of its data."""
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


def _media_match(described: Mapping[str, _Described], media_type: str) -> _Described | None:
    """What is described for a media type: exactly, else by a range such as `text/*` or `*/*`."""
    wanted = media_type.partition(";")[0].strip().lower()
    by_type = {key.partition(";")[0].strip().lower(): value for key, value in described.items()}
    for candidate in (wanted, f"{wanted.partition('/')[0]}/*", "*/*"):
        if candidate in by_type:
            return by_type[candidate]
    return None
