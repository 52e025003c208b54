"""Translation of OpenAPI schemas to JSON Schema 2020-12, for one direction.

OpenAPI 3.0 has its own dialect (`nullable`, boolean exclusive bounds, `$ref` that hides its siblings); 3.1
and 3.2 are JSON Schema 2020-12. Requests reject `readOnly` properties, responses reject `writeOnly` ones, and
neither is required in that direction. Open enumerations (`x-ms-enum` with `modelAsString`) bind requests
only. Discriminators are binding (see `aoai_specs.schemas.discriminators`). `format` stays an annotation.

`nullable: true` beside `type` only adds null to the types, so an `enum` without null or a sibling `allOf`
still rejects null, as 3.0.3 specifies. Without `type`, where it has no effect in 3.0.3, it is read as its
author intended: null or the rest of the schema.

Each translated schema has `x-clause`, the pointer of its origin. For a keyword without a counterpart of the
same name, `x-keyword` is the name to report and `x-tail` the keyword in the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from aoai_specs.errors import DocumentError
from aoai_specs.pointers import canonical, join, tokens
from aoai_specs.schemas.discriminators import Discriminators, Switch, is_open
from aoai_specs.schemas.keywords import NAMED_SCHEMAS, SCHEMA_LISTS, SINGLE_SCHEMA, SINGLE_SCHEMA_3_0

Direction = Literal["request", "response"]

#: The beginning of every reference to a definition.
DEFINITION = "#/$defs/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SHARED = [
    "multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
    "uniqueItems", "maxProperties", "minProperties", "enum", "format",
]  # fmt: skip
_LATER = [
    "const", "exclusiveMaximum", "exclusiveMinimum", "maxContains", "minContains", "dependentRequired",
    "contentEncoding", "contentMediaType",
]  # fmt: skip
_EVERY = [*_SHARED, *_LATER]
_LIMITING = frozenset(_EVERY)
_SINGLE = frozenset(SINGLE_SCHEMA)
#: The keywords with schemas, and those that depend on them.
_NESTING = frozenset(
    {
        *SINGLE_SCHEMA,
        *SINGLE_SCHEMA_3_0,
        *SCHEMA_LISTS,
        *NAMED_SCHEMAS,
        "properties",
        "prefixItems",
        "required",
    }
)


class Translator:
    """Translates the schemas of a description for one direction.

    `version` is the description's `openapi` field. `resolve` returns the value at a pointer and raises
    DocumentError.
    """

    def __init__(
        self,
        version: str,
        resolve: Callable[[str], Any],
        discriminators: Discriminators,
        direction: Direction,
    ) -> None:
        self.legacy = version.startswith(("2.", "3.0"))
        self.resolve = resolve
        self.discriminators = discriminators
        self.direction = direction

    def translate(self, pointer: str) -> dict[str, Any]:
        """Return the schema at a pointer with everything it refers to, as one self-contained schema.

        Raises DocumentError if a schema cannot be translated.
        """
        definitions = Definitions()
        root = definitions.reference(pointer, own=False)
        schemas: dict[str, Any] = {}
        while definitions.waiting:
            name, place, own = definitions.waiting.pop()
            schemas[name] = SchemaTranslation(self, definitions).translate(
                self.resolve(place), place, own=own
            )
        reject_circles(schemas, pointer)
        return {"$schema": DIALECT, "$ref": root, "$defs": dict(sorted(schemas.items()))}

    def hides(self, schema: Any) -> str | None:
        """Return the keyword that makes a property rejected in this direction, or None."""
        keyword = "readOnly" if self.direction == "request" else "writeOnly"
        for _ in range(10):
            if not isinstance(schema, dict):
                return None
            if schema.get(keyword) is True:
                return keyword
            if not isinstance(schema.get("$ref"), str):
                return None
            schema = self.resolve(canonical(schema["$ref"]))
        return None


class Definitions:
    """The names of the referenced schemas, and the queue of those not translated yet."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, str, bool]] = []
        self._names: dict[tuple[str, bool], str] = {}
        self._taken: set[str] = set()

    def reference(self, pointer: str, *, own: bool) -> str:
        """Return the reference to the definition of the schema at a pointer."""
        key = (pointer, own)
        if key not in self._names:
            if not pointer.startswith("#/") and pointer != "#":
                raise DocumentError(f"The reference {pointer!r} does not point into the description.")
            parts = tokens(pointer)
            short = parts[2:] if parts[:2] == ["components", "schemas"] else parts
            name = re.sub(r"[^A-Za-z0-9_.-]+", "_", ".".join(short)) + (".own" if own else "")
            while name in self._taken:
                name += "_"
            self._taken.add(name)
            self._names[key] = name
            self.waiting.append((name, pointer, own))
        return f"#/$defs/{self._names[key]}"


class SchemaTranslation:
    """The translation of one schema and the schemas inside it."""

    def __init__(self, translator: Translator, definitions: Definitions) -> None:
        self._translator = translator
        self._definitions = definitions

    def translate(
        self, schema: Any, pointer: str, *, own: bool = False, hidden: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Translate the schema at `pointer`.

        `own` leaves out what a discriminator selects or fixes. `hidden` are properties that an enclosing
        schema hides in this direction, so they are not required.
        """
        result: dict[str, Any] = {"x-clause": pointer}
        if schema is True:
            return result
        if schema is False:
            return {**result, "not": {}, "x-keyword": "false", "x-tail": ""}
        if not isinstance(schema, dict):
            raise DocumentError(f"{pointer} is not a schema; a schema is an object.", pointer)
        legacy = self._translator.legacy
        if isinstance(schema.get("$ref"), str):
            result["$ref"] = self._definitions.reference(canonical(schema["$ref"]), own=False)
            if legacy:
                return _or_null(result, pointer) if schema.get("nullable") is True else result
        self._bounds(schema, result)
        self._type(schema, result)
        self._children(schema, pointer, result, own=own, hidden=hidden)
        self._discriminated(schema, pointer, result, own=own)
        if legacy and schema.get("nullable") is True and "type" not in schema:
            return _or_null(result, pointer)
        return result

    def _bounds(self, schema: Mapping[str, Any], result: dict[str, Any]) -> None:
        if _LIMITING.isdisjoint(schema):
            return
        for keyword in _SHARED if self._translator.legacy else _EVERY:
            if keyword in schema:
                result[keyword] = schema[keyword]
        if self._translator.legacy:
            for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
                if schema.get(exclusive) is True and bound in schema:
                    result[exclusive] = result.pop(bound)
        if self._translator.direction == "response" and is_open(schema):
            result.pop("enum", None)

    def _type(self, schema: Mapping[str, Any], result: dict[str, Any]) -> None:
        if "type" not in schema:
            return
        declared = schema["type"]
        nullable = self._translator.legacy and schema.get("nullable") is True
        result["type"] = [declared, "null"] if nullable and declared != "null" else declared

    def _children(
        self,
        schema: Mapping[str, Any],
        pointer: str,
        result: dict[str, Any],
        *,
        own: bool,
        hidden: frozenset[str],
    ) -> None:
        if _NESTING.isdisjoint(schema):
            return
        legacy = self._translator.legacy
        hidden |= self._hidden(schema)
        required = schema.get("required")
        if isinstance(required, list):
            kept = [name for name in required if name not in hidden]
            if kept:
                result["required"] = kept
        if isinstance(schema.get("properties"), dict):
            result["properties"] = {
                name: self._property(each, join(pointer, "properties", name))
                for name, each in schema["properties"].items()
            }
        for keyword in () if _SINGLE.isdisjoint(schema) else SINGLE_SCHEMA_3_0 if legacy else SINGLE_SCHEMA:
            if keyword in schema:
                result[keyword] = self._one(schema[keyword], join(pointer, keyword), keyword)
        discriminates = isinstance(schema.get("discriminator"), dict)
        switch = (
            self._translator.discriminators.switch(pointer, schema) if discriminates and not own else None
        )
        for keyword in SCHEMA_LISTS:
            discriminated = discriminates and keyword in ("oneOf", "anyOf")
            if isinstance(schema.get(keyword), list) and not (
                discriminated and (own or _splits(switch, keyword))
            ):
                result[keyword] = [
                    self._member(member, join(pointer, keyword, index), pointer, keyword, hidden)
                    for index, member in enumerate(schema[keyword])
                ]
        if not legacy:
            for keyword in NAMED_SCHEMAS:
                if isinstance(schema.get(keyword), dict):
                    result[keyword] = {
                        name: self.translate(each, join(pointer, keyword, name))
                        for name, each in schema[keyword].items()
                    }
            if isinstance(schema.get("prefixItems"), list):
                result["prefixItems"] = [
                    self.translate(each, join(pointer, "prefixItems", index))
                    for index, each in enumerate(schema["prefixItems"])
                ]

    def _hidden(self, schema: Mapping[str, Any]) -> frozenset[str]:
        if "properties" not in schema and "allOf" not in schema:
            return frozenset()
        properties = schema.get("properties")
        names = {
            name
            for name, each in (properties.items() if isinstance(properties, dict) else ())
            if self._translator.hides(each)
        }
        members = schema.get("allOf")
        for member in members if isinstance(members, list) else ():
            if isinstance(member, dict) and "$ref" not in member:
                names |= self._hidden(member)
        return frozenset(names)

    def _property(self, schema: Any, pointer: str) -> dict[str, Any]:
        keyword = self._translator.hides(schema)
        if keyword is not None:
            return {"not": {}, "x-clause": pointer, "x-keyword": keyword, "x-tail": keyword}
        return self.translate(schema, pointer)

    def _one(self, schema: Any, pointer: str, keyword: str) -> Any:
        if isinstance(schema, bool) and keyword.endswith(("Properties", "Items")):
            return schema
        return self.translate(schema, pointer)

    def _member(
        self, schema: Any, pointer: str, parent: str, keyword: str, hidden: frozenset[str]
    ) -> dict[str, Any]:
        if keyword == "allOf" and isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            target = canonical(schema["$ref"])
            if self._translator.discriminators.takes_own_part(parent, target):
                return {"x-clause": pointer, "$ref": self._definitions.reference(target, own=True)}
        return self.translate(schema, pointer, hidden=hidden if keyword == "allOf" else frozenset())

    def _discriminated(
        self, schema: Mapping[str, Any], pointer: str, result: dict[str, Any], *, own: bool
    ) -> None:
        if own:
            return
        discriminators = self._translator.discriminators
        parts: list[dict[str, Any]] = []
        switch = discriminators.switch(pointer, schema) if "discriminator" in schema else None
        if switch is not None:
            if switch.union is not None and "type" not in result:
                parts.append({"x-clause": pointer, "x-tail": "discriminator", "type": "object"})
            parts.extend(self._selection(switch, pointer))
        for name, values in discriminators.bound(pointer).items():
            tail = "x-ms-discriminator-value" if "x-ms-discriminator-value" in schema else ""
            parts.append({"x-clause": pointer, "properties": {name: _one_of(values, pointer, tail)}})
        if parts:
            result["allOf"] = [*result.get("allOf", ()), *parts]

    def _selection(self, switch: Switch, pointer: str) -> list[dict[str, Any]]:
        name = switch.property_name
        parts: list[dict[str, Any]] = []
        tail = "discriminator"
        if switch.default is None:
            parts.append({"x-clause": pointer, "x-tail": tail, "required": [name]})
        if switch.default is not None:
            parts.append(
                {
                    "x-clause": pointer,
                    "if": _when(name, switch.values),
                    "else": {"$ref": self._definitions.reference(switch.default, own=False)},
                }
            )
        elif not switch.enumerated and not (switch.open and self._translator.direction == "response"):
            parts.append({"x-clause": pointer, "properties": {name: _one_of(switch.values, pointer, tail)}})
        for value, target in switch.targets:
            parts.append(
                {
                    "x-clause": pointer,
                    "if": _when(name, [value]),
                    "then": {"$ref": self._definitions.reference(target, own=False)},
                }
            )
        return parts


def reject_circles(definitions: Mapping[str, Any], pointer: str) -> None:
    """Reject schemas that apply themselves to the same value without end."""
    applied = {name: set(_applied(schema)) for name, schema in definitions.items()}
    appliers: dict[str, list[str]] = {}
    for name, names in applied.items():
        for other in names:
            appliers.setdefault(other, []).append(name)
    left = {name: len(names) for name, names in applied.items()}
    ends = [name for name, count in left.items() if count == 0]
    while ends:
        ended = ends.pop()
        del left[ended]
        for applier in appliers.get(ended, ()):
            left[applier] -= 1
            if left[applier] == 0:
                ends.append(applier)
    if left:
        shown = ", ".join(sorted(left)[:5])
        raise DocumentError(
            f"{pointer} cannot be applied: these schemas refer to themselves: {shown}.", pointer
        )


def _applied(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema applies to the same value."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield schema["$ref"].removeprefix("#/$defs/")
    for keyword in ("not", "if", "then", "else"):
        yield from _applied(schema.get(keyword))
    for keyword in SCHEMA_LISTS:
        for member in schema.get(keyword, ()):
            yield from _applied(member)
    for member in schema.get("dependentSchemas", {}).values():
        yield from _applied(member)


def _splits(switch: Switch | None, keyword: str) -> bool:
    return switch is not None and switch.union == keyword


def _when(name: str, values: list[str]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: {"enum": values}}}


def _one_of(values: list[str], pointer: str, tail: str) -> dict[str, Any]:
    return {"enum": values, "x-clause": pointer, "x-keyword": "discriminator", "x-tail": tail}


def _or_null(schema: dict[str, Any], pointer: str) -> dict[str, Any]:
    return {
        "x-clause": pointer,
        "x-tail": "nullable",
        "anyOf": [{"type": "null", "x-clause": pointer}, schema],
    }
