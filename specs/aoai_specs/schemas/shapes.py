"""Shapes: a request schema with its references followed and its `allOf` merged, ready to be walked.

A shape answers the question "what may stand here?" for one place of a request, and remembers for every
keyword where in the document it stands. Unions (`oneOf`, `anyOf`, a discriminator with a mapping) keep their
branches apart, one union to a place; everything else is merged as JSON Schema means it: types and enums are
intersected, bounds take the tighter one, required lists are joined, and null is allowed only where every part
of an `allOf` allows it. A union of any string and listed ones is an open enumeration, which divides nothing:
it reads as its list, and whoever asks what is refused has the validator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

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

Schema: TypeAlias = Mapping[str, Any]

#: Keywords that several parts of an allOf may state at once, with the function that keeps the tighter one.
_TIGHTER = {
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}
_PLAIN = ("const", "pattern", "format", "multipleOf", "uniqueItems", "readOnly", "default", "contentEncoding")
#: A schema with none of these says nothing of the value beside its union.
_STRUCTURAL = frozenset(
    {*_TIGHTER, *_PLAIN, "type", "enum", "properties", "required", "items", "additionalProperties"}
) - {"default"}


#: How many shapes a tree has beside the fields of its root, and how many fields. The largest published
#: request has 472 places.
MOST_INSIDE = 1500
MOST_FIELDS = 6000
#: A child has room for as many places as the largest published request has, while there is room at all.
_LEAST_SHARE = 600


class SchemaSource(Protocol):
    """What a shape is read from: anything that resolves a reference such as `#/components/schemas/x`."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The whole description."""

    def resolve(self, pointer: str) -> Any:
        """The value that the reference addresses; raises a ConformanceError where there is none."""


def shape_at(document: SchemaSource, pointer: str) -> Shape:
    """The shape of the schema that `pointer` addresses."""
    reader = _Reader(document)
    root = document.resolve(pointer)
    named = _field_count(document, root)
    limit = MOST_INSIDE + min(named, MOST_FIELDS)
    return reader.shape([(root, pointer)], frozenset(), limit)


def _field_count(document: SchemaSource, schema: Any) -> int:
    """How many properties a schema names itself, one reference followed."""
    if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        schema = document.resolve(schema["$ref"])
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return len(properties) if isinstance(properties, Mapping) else 0


@lru_cache(maxsize=64)
def request_shape(operation: Any, media_type: str | None = None) -> Shape | None:
    """The shape of an operation's request body; None where it takes none.

    Without a media type the one a caller would choose: JSON, then multipart, then the first.
    """
    media = media_type or request_media_type(operation)
    pointer = operation.request_media.get(media) if media else None
    return shape_at(operation.document, pointer) if pointer else None


def request_media_type(operation: Any) -> str | None:
    """The media type in which a request to an operation is best sent; None where it takes no body."""
    declared = tuple(operation.request_media)
    for preferred in ("application/json", "multipart/form-data"):
        if preferred in declared:
            return preferred
    return declared[0] if declared else None


_Layer: TypeAlias = tuple[Schema, str]
#: Marks a layer that lists the known values of an open enumeration.
_OPEN = "x-aoai-open"


@dataclass(slots=True)
class _Reader:
    """Builds shapes from the layers of a schema: the schema itself and every part of its allOf.

    `made` counts the shapes. Each is built with a limit for this number, which its children share fairly.
    """

    document: SchemaSource
    made: int = 0

    def shape(self, roots: Sequence[_Layer], within: frozenset[tuple[str, ...]], limit: int) -> Shape:
        if self.made >= limit:
            return Shape(roots[-1][1], recursive=True, cut=True)
        self.made += 1
        seen: set[str] = set()
        layers = [layer for schema, pointer in roots for layer in self._layers(schema, pointer, seen)]
        layers += self._tagged(layers)
        if any(layer.keys() & {"enum", "const"} and _OPEN not in layer for layer, _ in layers):
            layers = [
                layer for layer in layers if _OPEN not in layer[0]
            ]  # a list that binds stands beside it
        own = roots[-1][1]
        key = tuple(pointer for _, pointer in layers)
        if key in within:
            return Shape(own, recursive=True)
        within |= {key}
        union = self._union(layers, within, limit)
        if union is not None:
            keyword, tag, branches, stated = union
            nullable, where = _nullability(layers, branches)
            keywords = {keyword: stated} | ({"nullable": where} if where else {})
            alternatives = _labelled(
                [branch for branch in branches if branch.types != ("null",)], tag := tag or _tag(branches)
            )
            return Shape(
                own, (), nullable, keywords, union=keyword.partition(":")[0], tag=tag, branches=alternatives
            )
        return self._plain(own, layers, within, limit)

    def _children(
        self, parts: Sequence[Sequence[_Layer]], within: frozenset[tuple[str, ...]], limit: int
    ) -> list[Shape]:
        """The shapes of children, each of which leaves the others their share."""
        shapes: list[Shape] = []
        for index, roots in enumerate(parts):
            share = max(_LEAST_SHARE, (limit - self.made) // (len(parts) - index))
            shapes.append(self.shape(roots, within, min(limit, self.made + share)))
        return shapes

    def _plain(self, own: str, layers: list[_Layer], within: frozenset[tuple[str, ...]], limit: int) -> Shape:
        properties: dict[str, list[_Layer]] = {}
        required: dict[str, str] = {}
        items: list[_Layer] = []
        values: list[_Layer] = []
        closed = False
        keywords = _keywords(layers)
        for schema, pointer in layers:
            for name, child in (schema.get("properties") or {}).items():
                properties.setdefault(name, []).append((child, f"{pointer}/properties/{_escaped(name)}"))
            listed = schema.get("required")  # a boolean in a Swagger 2.0 parameter
            for index, name in enumerate(listed if isinstance(listed, list) else ()):
                required[name] = f"{pointer}/required/{index}"
            if isinstance(schema.get("items"), Mapping):
                items.append((schema["items"], f"{pointer}/items"))
                keywords["items"] = Keyword(schema["items"], f"{pointer}/items", _source(schema, "items"))
            extra = schema.get("additionalProperties")
            if extra is not None:
                where = f"{pointer}/additionalProperties"
                keywords["additionalProperties"] = Keyword(
                    extra, where, _source(schema, "additionalProperties")
                )
                closed = closed or extra is False
                if isinstance(extra, Mapping) and extra:
                    values.append((extra, where))
        nullable, where_null = _nullability(layers, [])
        if where_null:
            keywords["nullable"] = where_null
        parts = [*properties.values(), *filter(None, (items, values))]
        children = iter(self._children(parts, within, limit))
        return Shape(
            own,
            _types(layers),
            nullable,
            keywords,
            {name: next(children) for name in properties},
            required,
            next(children) if items else None,
            next(children) if values else None,
            closed,
        )

    def _layers(self, schema: Schema, pointer: str, seen: set[str]) -> Iterator[_Layer]:
        if pointer in seen:
            return
        seen.add(pointer)
        if "$ref" in schema:
            target = schema["$ref"]
            yield from self._layers(self.document.resolve(target), target, seen)
            if not str(self.document.content.get("openapi", "3.0")).startswith("3.0") and len(schema) > 1:
                yield {key: value for key, value in schema.items() if key != "$ref"}, pointer
            return
        for index, part in enumerate(schema.get("allOf") or ()):
            yield from self._layers(part, f"{pointer}/allOf/{index}", seen)
        listed = _listed(schema)
        if listed is not None:
            yield schema["anyOf"][listed] | {_OPEN: True}, f"{pointer}/anyOf/{listed}"
            schema = {key: value for key, value in schema.items() if key != "anyOf"}
        yield schema, pointer

    def _union(
        self, layers: list[_Layer], within: frozenset[tuple[str, ...]], limit: int
    ) -> tuple[str, str | None, list[Shape], Keyword] | None:
        """The first union of the layers: its keyword, its tag, its branches and where it stands."""
        pointers = {pointer for _, pointer in layers}
        for number, (schema, pointer) in enumerate(layers):
            discriminator = schema.get("discriminator")
            tag = discriminator.get("propertyName") if isinstance(discriminator, Mapping) else discriminator
            for keyword in ("oneOf", "anyOf"):
                if keyword not in schema:
                    continue
                beside = {key: value for key, value in schema.items() if key in _STRUCTURAL}
                around = [
                    *(layer for index, layer in enumerate(layers) if index != number),
                    *([(beside, pointer)] if beside else []),
                ]
                around = [_own(layer) for layer in around if _STRUCTURAL & layer[0].keys()]
                if any(layer.keys() & {"enum", "const"} for layer, _ in around):
                    break  # the values are listed beside the union, so that its branches decide nothing
                alternatives = [
                    [*around, (part, f"{pointer}/{keyword}/{index}")]
                    for index, part in enumerate(schema[keyword])
                ]
                branches = self._children(alternatives, within, limit)
                stated = Keyword(schema[keyword], f"{pointer}/{keyword}", _source(schema, keyword))
                return keyword, tag, branches, stated
            if not tag:
                continue
            mapping = self._mapping(schema, pointer)
            if mapping and not pointers & set(mapping.values()):
                chosen = [[(self.document.resolve(target), target)] for target in mapping.values()]
                branches = self._children(chosen, within, limit)
                stated = Keyword(tuple(mapping), f"{pointer}/discriminator", "schema")
                return "discriminator", tag, branches, stated
        return None

    def _tagged(self, layers: list[_Layer]) -> list[_Layer]:
        """For a schema that a discriminator maps a value to: a layer that binds its tag to that value."""
        pointers = {pointer for _, pointer in layers}
        return [
            (
                {"properties": {schema["discriminator"]["propertyName"]: {"enum": [value]}}},
                f"{pointer}/discriminator/mapping/{_escaped(value)}",
            )
            for schema, pointer in layers
            if isinstance(schema.get("discriminator"), Mapping)
            for value, target in self._mapping(schema, pointer).items()
            if target in pointers
        ]

    def _mapping(self, schema: Schema, pointer: str) -> dict[str, str]:
        """The discriminator's values and the schemas they mean.

        The children of a base without a mapping are found by its place in their allOf.
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
                found[candidate.get("x-ms-discriminator-value", name)] = f"{parent}/{_escaped(name)}"
        return found


def _own(layer: _Layer) -> _Layer:
    """A layer without its allOf, whose parts are layers themselves."""
    schema, pointer = layer
    return {key: value for key, value in schema.items() if key != "allOf"}, pointer


def _listed(schema: Schema) -> int | None:
    """Which branch of `anyOf` lists the known values of an open enumeration; None where it is none."""
    branches = schema.get("anyOf")
    if not isinstance(branches, list) or any(
        not isinstance(branch, Mapping) or branch.get("type") != "string" for branch in branches
    ):
        return None
    lists = [index for index, branch in enumerate(branches) if "enum" in branch]
    return lists[0] if len(lists) == 1 and any(not _bounds_text(branch) for branch in branches) else None


def _bounds_text(schema: Schema) -> bool:
    """Whether a schema of strings says more of them than that they are strings."""
    return bool(schema.keys() & {"enum", "const", "pattern", "format", "minLength", "maxLength", "not"})


def _keywords(layers: Sequence[_Layer]) -> dict[str, Keyword]:
    found: dict[str, Keyword] = {}
    for original, pointer in layers:
        schema = dict(original)
        for side in ("Minimum", "Maximum"):  # OAS 3.0 says with a boolean that the bound itself is excluded
            if schema.get(f"exclusive{side}") is True:
                schema[f"exclusive{side}"] = schema.pop(side.lower(), None)
            elif schema.get(f"exclusive{side}") is False:
                del schema[f"exclusive{side}"]
        if "type" in schema:
            found["type"] = Keyword(schema["type"], f"{pointer}/type", _source(schema, "type"))
        if "enum" in schema:
            listed = found["enum"].value if "enum" in found else schema["enum"]
            common = listed if listed is schema["enum"] else _common(schema["enum"], listed)
            found["enum"] = Keyword(common, f"{pointer}/enum", _source(schema, "enum"))
        for name, tighter in _TIGHTER.items():
            if schema.get(name) is None:
                continue
            bound = schema[name]
            if name not in found or tighter(bound, found[name].value) == bound:
                found[name] = Keyword(bound, f"{pointer}/{name}", _source(schema, name))
        for name in _PLAIN:
            if name in schema and schema[name] is not False:
                found[name] = Keyword(schema[name], f"{pointer}/{name}", _source(schema, name))
    return found


def _common(values: Sequence[Any], listed: Sequence[Any]) -> list[Any]:
    """The values that stand in both lists, in the order of the first."""
    if all(isinstance(each, str) for each in (*values, *listed)):
        known = set(listed)
        return [value for value in values if value in known]
    return [value for value in values if value in listed]


def _types(layers: Sequence[_Layer]) -> tuple[str, ...]:
    allowed: tuple[str, ...] = ()
    for schema, _ in layers:
        stated = schema.get("type")
        if stated is None:
            continue
        listed = tuple(name for name in ([stated] if isinstance(stated, str) else stated) if name != "null")
        if not listed and stated:
            listed = ("null",)
        allowed = tuple(name for name in listed if _admitted(name, allowed)) if allowed else listed
    if allowed:
        return allowed
    members = ({"properties", "required", "additionalProperties"}, "object"), ({"items"}, "array")
    for keys, implied in members:
        if any(keys & schema.keys() for schema, _ in layers):
            return (implied,)
    listed_values = [value for schema, _ in layers for value in schema.get("enum") or ()]
    return ("string",) if listed_values and all(isinstance(value, str) for value in listed_values) else ()


def _admitted(name: str, allowed: Sequence[str]) -> bool:
    return name in allowed or (name == "integer" and "number" in allowed)


def _nullability(layers: Sequence[_Layer], branches: Sequence[Shape]) -> tuple[bool, Keyword | None]:
    """Whether null may stand here, and the keyword that says so."""
    votes: list[Keyword | None] = []
    for schema, pointer in layers:
        if schema.get("nullable") is True:
            votes.append(Keyword(True, f"{pointer}/nullable", _source(schema, "nullable")))
        elif isinstance(schema.get("type"), list) and "null" in schema["type"]:
            votes.append(Keyword(True, f"{pointer}/type", _source(schema, "type")))
        elif "type" in schema or None not in (schema.get("enum") or (None,)):
            votes.append(None)
    for branch in branches:
        if branch.types == ("null",):
            return True, Keyword(True, branch.pointer)
        if branch.nullable and not votes:
            return True, branch.keywords["nullable"]
    if not votes or None in votes:
        return False, None
    return True, votes[-1]


def _tag(branches: Sequence[Shape]) -> str | None:
    """The property whose single value tells the object branches apart, where there is one."""
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


def _source(schema: Schema, keyword: str) -> Source:
    return "prose" if keyword in (schema.get("x-aoai-prose") or ()) else "schema"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
