"""Shapes: request schemas with references followed and `allOf` merged, ready to be walked.

A shape says which values are allowed at one place of a request, and where the document states each keyword.
A union (`oneOf`, `anyOf`, a discriminator with a mapping) keeps its branches; everything else is merged as
JSON Schema defines it: types and enumerations are intersected, the tighter bound wins, required lists are
joined, and null is allowed only if every member of an `allOf` allows it. A union of any string and listed
strings is an open enumeration: the shape has the list, and only the validator knows what is rejected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from aoai_specs.operations import Parameter
from aoai_specs.pointers import join
from aoai_specs.schemas.layers import (
    OPEN_ENUM,
    STRUCTURAL,
    Layer,
    Schema,
    merged_keywords,
    merged_nullability,
    merged_types,
    open_enumeration,
    state,
    without_all_of,
)
from aoai_specs.schemas.shape_tree import Branch, Keyword, Place, Shape, Source, Step, branch_field, places

__all__ = [
    "Branch",
    "Keyword",
    "Place",
    "SchemaSource",
    "Shape",
    "Source",
    "Step",
    "branch_field",
    "places",
    "request_media_type",
    "request_shape",
    "shape_at",
]

#: Limits of a tree of shapes: shapes beside the fields of the root, and fields of the root. The largest
#: published request has 472 places.
MOST_INSIDE = 1500
#: How deep schemas are unfolded within each other; deeper requests are rejected by many parsers.
DEEPEST = 64
MOST_FIELDS = 6000
#: Every child may have as many places as the largest published request, as long as the total allows it.
_LEAST_SHARE = 600


class SchemaSource(Protocol):
    """A description that shapes are read from, such as a `Document`."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The whole description, as plain data."""

    def resolve(self, pointer: str) -> Any:
        """Return the value at a pointer such as `#/components/schemas/x`. Raises DocumentError."""

    def clause(self, pointer: str) -> str:
        """Return the address of a place for people: `azure-openai@2024-10-21#/…`."""


class RequestSource(Protocol):
    """An operation whose request is described, such as an `Operation`."""

    def __hash__(self) -> int: ...

    @property
    def document(self) -> SchemaSource:
        """The description of the operation."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters beside the body."""

    @property
    def request_media(self) -> Mapping[str, str]:
        """The pointer of the body's schema by media type."""


def shape_at(document: SchemaSource, pointer: str) -> Shape:
    """Return the shape of the schema at a pointer. Raises DocumentError if a reference leads nowhere."""
    reader = _Reader(document)
    root = document.resolve(pointer)
    named = _field_count(document, root)
    limit = MOST_INSIDE + min(named, MOST_FIELDS)
    return reader.shape([(root, pointer)], frozenset(), limit)


def _field_count(document: SchemaSource, schema: Any) -> int:
    """How many properties a schema declares, following one reference."""
    if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        schema = document.resolve(schema["$ref"])
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return len(properties) if isinstance(properties, Mapping) else 0


@lru_cache(maxsize=64)
def request_shape(operation: RequestSource, media_type: str | None = None) -> Shape | None:
    """Return the shape of an operation's request body, or None if it has no body.

    The media type defaults to `request_media_type`. The last 64 results are cached; operations are immutable.
    """
    media = media_type or request_media_type(operation)
    pointer = operation.request_media.get(media) if media else None
    return shape_at(operation.document, pointer) if pointer else None


def request_media_type(operation: RequestSource) -> str | None:
    """Return the preferred media type of a request (JSON, multipart, the first), or None without a body."""
    declared = tuple(operation.request_media)
    for preferred in ("application/json", "multipart/form-data"):
        if preferred in declared:
            return preferred
    return declared[0] if declared else None


@dataclass(slots=True)
class _Reader:
    """Builds shapes from the layers of a schema: the schema itself and the members of its `allOf`.

    `built` counts the shapes. Each shape is built with a limit for this count, which its children share.
    """

    document: SchemaSource
    built: int = 0

    def shape(self, roots: Sequence[Layer], within: frozenset[tuple[str, ...]], limit: int) -> Shape:
        if self.built >= limit or len(within) >= DEEPEST:
            return Shape(roots[-1][1], recursive=True, cut=True)
        self.built += 1
        seen: set[str] = set()
        layers = [layer for schema, pointer in roots for layer in self._layers(schema, pointer, seen)]
        layers += self._tagged(layers)
        if any(layer.keys() & {"enum", "const"} and OPEN_ENUM not in layer for layer, _ in layers):
            # an enumeration that binds makes the open one irrelevant
            layers = [layer for layer in layers if OPEN_ENUM not in layer[0]]
        own = roots[-1][1]
        key = tuple(pointer for _, pointer in layers)
        if key in within:
            return Shape(own, recursive=True)
        within |= {key}
        union = self._union(layers, within, limit)
        if union is not None:
            keyword, tag, branches, stated = union
            nullable, where = merged_nullability(layers, branches)
            keywords = {keyword: stated} | ({"nullable": where} if where else {})
            alternatives = _labelled(
                [branch for branch in branches if branch.types != ("null",)], tag := tag or _tag(branches)
            )
            return Shape(
                own, (), nullable, keywords, union=keyword.partition(":")[0], tag=tag, branches=alternatives
            )
        return self._plain(own, layers, within, limit)

    def _children(
        self, parts: Sequence[Sequence[Layer]], within: frozenset[tuple[str, ...]], limit: int
    ) -> list[Shape]:
        """Build the shapes of children so that each leaves room for the others."""
        shapes: list[Shape] = []
        for index, roots in enumerate(parts):
            share = max(_LEAST_SHARE, (limit - self.built) // (len(parts) - index))
            shapes.append(self.shape(roots, within, min(limit, self.built + share)))
        return shapes

    def _plain(self, own: str, layers: list[Layer], within: frozenset[tuple[str, ...]], limit: int) -> Shape:
        properties: dict[str, list[Layer]] = {}
        required: dict[str, str] = {}
        items: list[Layer] = []
        values: list[Layer] = []
        closed = False
        keywords = merged_keywords(layers)
        for schema, pointer in layers:
            for name, child in (schema.get("properties") or {}).items():
                properties.setdefault(name, []).append((child, join(pointer, "properties", name)))
            listed = schema.get("required")  # a Swagger 2.0 parameter has a boolean
            for index, name in enumerate(listed if isinstance(listed, list) else ()):
                required[name] = join(pointer, "required", index)
            if isinstance(schema.get("items"), Mapping):
                items.append((schema["items"], join(pointer, "items")))
                keywords["items"] = state(schema, pointer, "items")
            extra = schema.get("additionalProperties")
            if extra is not None:
                keywords["additionalProperties"] = state(schema, pointer, "additionalProperties")
                closed = closed or extra is False
                if isinstance(extra, Mapping) and extra:
                    values.append((extra, join(pointer, "additionalProperties")))
        nullable, where_null = merged_nullability(layers, [])
        if where_null:
            keywords["nullable"] = where_null
        parts = [*properties.values(), *filter(None, (items, values))]
        children = iter(self._children(parts, within, limit))
        return Shape(
            own,
            merged_types(layers),
            nullable,
            keywords,
            {name: next(children) for name in properties},
            required,
            next(children) if items else None,
            next(children) if values else None,
            closed,
        )

    def _layers(self, schema: Schema | bool, pointer: str, seen: set[str]) -> Iterator[Layer]:
        if pointer in seen:
            return
        seen.add(pointer)
        if isinstance(schema, bool):
            yield {} if schema else {"not": {}}, pointer
            return
        if "$ref" in schema:
            target = schema["$ref"]
            yield from self._layers(self.document.resolve(target), target, seen)
            if not str(self.document.content.get("openapi", "3.0")).startswith("3.0") and len(schema) > 1:
                yield {key: value for key, value in schema.items() if key != "$ref"}, pointer
            return
        for index, part in enumerate(schema.get("allOf") or ()):
            yield from self._layers(part, join(pointer, "allOf", index), seen)
        listed = open_enumeration(schema)
        if listed is not None:
            yield schema["anyOf"][listed] | {OPEN_ENUM: True}, join(pointer, "anyOf", listed)
            schema = {key: value for key, value in schema.items() if key != "anyOf"}
        yield schema, pointer

    def _union(
        self, layers: list[Layer], within: frozenset[tuple[str, ...]], limit: int
    ) -> tuple[str, str | None, list[Shape], Keyword] | None:
        """Return the first union of the layers: its keyword, tag, branches, and where it is stated."""
        pointers = {pointer for _, pointer in layers}
        for number, (schema, pointer) in enumerate(layers):
            discriminator = schema.get("discriminator")
            tag = discriminator.get("propertyName") if isinstance(discriminator, Mapping) else discriminator
            for keyword in ("oneOf", "anyOf"):
                if keyword not in schema:
                    continue
                beside = {key: value for key, value in schema.items() if key in STRUCTURAL}
                around = [
                    *(layer for index, layer in enumerate(layers) if index != number),
                    *([(beside, pointer)] if beside else []),
                ]
                around = [without_all_of(layer) for layer in around if STRUCTURAL & layer[0].keys()]
                if any(layer.keys() & {"enum", "const"} for layer, _ in around):
                    break  # an enumeration beside the union decides, not its branches
                alternatives = [
                    [*around, (part, join(pointer, keyword, index))]
                    for index, part in enumerate(schema[keyword])
                ]
                branches = self._children(alternatives, within, limit)
                return keyword, tag, branches, state(schema, pointer, keyword)
            if not tag:
                continue
            mapping = self._mapping(schema, pointer)
            if mapping and not pointers & set(mapping.values()):
                chosen = [[(self.document.resolve(target), target)] for target in mapping.values()]
                branches = self._children(chosen, within, limit)
                stated = Keyword(tuple(mapping), join(pointer, "discriminator"), "schema")
                return "discriminator", tag, branches, stated
        return None

    def _tagged(self, layers: list[Layer]) -> list[Layer]:
        """Return a layer that fixes the tag of each schema that a discriminator maps a value to."""
        pointers = {pointer for _, pointer in layers}
        return [
            (
                {"properties": {schema["discriminator"]["propertyName"]: {"enum": [value]}}},
                join(pointer, "discriminator", "mapping", value),
            )
            for schema, pointer in layers
            if isinstance(schema.get("discriminator"), Mapping)
            for value, target in self._mapping(schema, pointer).items()
            if target in pointers
        ]

    def _mapping(self, schema: Schema, pointer: str) -> dict[str, str]:
        """Return the pointer of the schema that each value of the discriminator selects.

        Without a mapping, these are the schemas that have the base in their `allOf`.
        """
        discriminator = schema["discriminator"]
        parent = pointer.rpartition("/")[0]
        if isinstance(discriminator, Mapping) and discriminator.get("mapping"):
            return {
                value: target if target.startswith("#") else f"{parent}/{target}"
                for value, target in discriminator["mapping"].items()
            }
        if parent not in ("#/components/schemas", "#/definitions"):
            return {}
        found: dict[str, str] = {}
        for name, candidate in self.document.resolve(parent).items():
            references = [part.get("$ref") for part in candidate.get("allOf") or ()]
            if pointer in references:
                found[candidate.get("x-ms-discriminator-value", name)] = join(parent, name)
        return found


def _tag(branches: Sequence[Shape]) -> str | None:
    """Return the property whose single value distinguishes the object branches, or None."""
    objects = [branch for branch in branches if branch.types == ("object",)]
    if not objects:
        return None
    for name in objects[0].properties:
        values = [child.enum for branch in objects if (child := branch.properties.get(name)) is not None]
        singles = {value[0] for value in values if value is not None and len(value) == 1}
        if len(singles) == len(objects):
            return name
    return None


def _labelled(branches: Sequence[Shape], tag: str | None) -> tuple[Branch, ...]:
    kinds = [shape.types for shape in branches]
    labels: list[str] = []
    for shape in branches:
        tagged = shape.properties[tag].enum if tag is not None and tag in shape.properties else None
        if tagged is not None and len(tagged) == 1:
            label = str(tagged[0])
        elif shape.types == ("array",) and kinds.count(shape.types) > 1 and shape.items is not None:
            label = f"array-of-{(*shape.items.types, 'any')[0]}"
        else:
            label = shape.types[0] if len(shape.types) == 1 else "any"
        alike = sum(known == label or known.startswith(f"{label}-") for known in labels)
        labels.append(f"{label}-{alike + 1}" if label in labels else label)
    return tuple(Branch(label, shape) for label, shape in zip(labels, branches, strict=True))
