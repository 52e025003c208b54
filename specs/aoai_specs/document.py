"""Documents: one API description with its operations, ready to be asked and validated against."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from aoai_specs.errors import DocumentError, UnknownNameError
from aoai_specs.loading.references import follow
from aoai_specs.operations import (
    EVENT_STREAM,
    MediaDescription,
    Operation,
    Parameter,
    ResponseDescription,
    described_operations,
    operation_kind,
)
from aoai_specs.pointers import find
from aoai_specs.schemas.discriminators import Discriminators
from aoai_specs.schemas.translation import Direction, Translator
from aoai_specs.schemas.validators import Validator
from aoai_specs.versions import DocumentName

__all__ = [
    "EVENT_STREAM",
    "Document",
    "MediaDescription",
    "Operation",
    "Parameter",
    "ResponseDescription",
    "operation_kind",
]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One API description of one surface at one api-version, with its overlay applied if it was asked for.

    `content` is the description as plain data, references kept; it is shared, and not to be changed.
    `base_path` is the path that all operations have before their own (`/openai`), or "". `warnings` are
    sentences about what of a user's own description is left out.
    """

    name: DocumentName
    content: dict[str, Any] = field(repr=False)
    as_published: bool = False
    warnings: tuple[str, ...] = ()
    base_path: str = field(init=False)
    operations: Mapping[str, Operation] = field(init=False, repr=False)
    _discriminators: Discriminators = field(init=False, repr=False)
    _validators: dict[tuple[str, Direction], Validator] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        version = self.content.get("openapi")
        if not isinstance(version, str) or not version.startswith("3."):
            raise DocumentError(
                f"{self.name} is no OpenAPI 3 description; its field 'openapi' says {version!r}."
            )
        schemas = self._mapping(self._mapping(self.content, "components"), "schemas")
        object.__setattr__(self, "base_path", _base_path(self.content))
        object.__setattr__(self, "_discriminators", Discriminators(schemas, self.resolve))
        object.__setattr__(self, "operations", MappingProxyType(described_operations(self)))

    def operation(self, id: str) -> Operation:  # noqa: A002 - the field's word
        """The operation with this operationId, in any case. Raises UnknownNameError."""
        if id in self.operations:
            return self.operations[id]
        for known, operation in self.operations.items():
            if known.lower() == id.lower():
                return operation
        raise UnknownNameError("operation", id, self.operations)

    def describes(self, api_version: str) -> bool:
        """Whether this is the description of an api-version: its own, or one that it lists as `Versions`."""
        if api_version == str(self.name.version):
            return True
        schemas = self._mapping(self._mapping(self.content, "components"), "schemas")
        listed = self._mapping(schemas, "Versions").get("enum")
        return isinstance(listed, list) and api_version in [str(each) for each in listed]

    def resolve(self, pointer: str) -> Any:
        """The value at a pointer such as `#/components/schemas/x`, as it stands there.

        Raises DocumentError when the pointer leads nowhere.
        """
        try:
            return find(self.content, pointer)
        except DocumentError as error:
            raise DocumentError(f"{self.name}: {error}") from None

    def follow(self, pointer: str) -> tuple[str, Any]:
        """Like `resolve`, but goes on through `$ref`: the last pointer, and the value there."""
        return follow(self.content, pointer)

    def selected_at(self, pointer: str) -> tuple[str, ...]:
        """The pointers of the schemas that the discriminator of the schema at a pointer chooses from.

        Those of its mapping or of its union, or else those that list the schema in their `allOf`.
        """
        schema = self.resolve(pointer)
        switch = self._discriminators.switch(pointer, schema) if isinstance(schema, dict) else None
        return () if switch is None else tuple(target for _, target in switch.targets)

    def clause(self, pointer: str) -> str:
        """The address of a place, for people: `azure-openai@2024-10-21#/…`."""
        return f"{self.name}{pointer}"

    def validator(self, schema_pointer: str, direction: Direction) -> Validator:
        """The validator of the schema at a pointer, built once. Raises DocumentError where it is unusable."""
        key = (schema_pointer, direction)
        if key not in self._validators:
            translator = Translator(self.content["openapi"], self.resolve, self._discriminators, direction)
            try:
                self._validators[key] = Validator(translator.translate(schema_pointer), str(self.name))
            except ValueError as error:
                reason = str(error).partition("\n")[0]
                raise DocumentError(
                    f"{self.clause(schema_pointer)} is no usable schema: {reason}.", schema_pointer
                ) from None
        return self._validators[key]

    def build_validators(self) -> None:
        """Build every validator now. Raises DocumentError for the first schema that is unusable."""
        for operation in self.operations.values():
            for pointer in operation.request_media.values():
                self.validator(pointer, "request")
            for response in operation.responses.values():
                for media in response.media.values():
                    for place in (media.schema_pointer, media.item_schema_pointer):
                        if place is not None:
                            self.validator(place, "response")

    def _mapping(self, value: Mapping[str, Any], key: str) -> dict[str, Any]:
        held = value.get(key, {})
        if not isinstance(held, dict):
            raise DocumentError(f"{self.name}: {key!r} has to be an object.")
        return held


def _base_path(content: Mapping[str, Any]) -> str:
    servers = content.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = first.get("url", "") if isinstance(first, dict) else ""
    if not isinstance(url, str):
        return ""
    path = re.sub(r"^\{[^}]*\}", "", url) if url.startswith("{") else urlsplit(url).path
    return path.rstrip("/")
