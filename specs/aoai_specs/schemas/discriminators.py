"""Discriminators: which schema a value of a property selects.

In OpenAPI a discriminator is a hint. Here it is binding in both directions: a value selects the schema that
the mapping names, and a schema that is selected by a value rejects every other value.

There are two forms. For a union (`oneOf` or `anyOf` beside `discriminator`), the branches are the targets.
For a base schema (`discriminator` without a union), the targets are the schemas of its mapping, or else those
that have it in their `allOf`. A reference to the base means one of its targets, except inside those schemas
themselves, where it means only the base's own part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from aoai_specs.pointers import canonical, join, tokens

SCHEMAS = "#/components/schemas"
#: The longest chain of references that is followed.
MAX_REFERENCES = 20


class Switch(NamedTuple):
    """What a discriminator selects: `targets` pairs each value with the pointer of its schema.

    `union` is the keyword that lists the branches, or None for a base schema. `open` marks an open
    enumeration of values, `enumerated` a base schema that lists the values itself. `default` is the schema
    for all other values (OpenAPI 3.2).
    """

    property_name: str
    targets: tuple[tuple[str, str], ...]
    union: str | None
    open: bool
    enumerated: bool
    default: str | None

    @property
    def values(self) -> list[str]:
        """Every value that selects a schema."""
        return [value for value, _ in self.targets]


class Discriminators:
    """All discriminators of a description. `resolve` returns the value at a pointer."""

    def __init__(self, schemas: Mapping[str, Any], resolve: Callable[[str], Any]) -> None:
        self._resolve = resolve
        self._schemas = {join(SCHEMAS, name): schema for name, schema in schemas.items()}
        self._parents = {
            pointer: tuple(_parent_pointers(schema["allOf"]))
            for pointer, schema in self._schemas.items()
            if isinstance(schema, dict) and "allOf" in schema
        }
        self._children_of: dict[str, list[str]] = {}
        for pointer, parents in self._parents.items():
            for parent in dict.fromkeys(parents):
                self._children_of.setdefault(parent, []).append(pointer)
        self._switches: dict[str, Switch] = {}
        for pointer, schema in self._schemas.items():
            if isinstance(schema, dict) and "discriminator" in schema:
                found = self._switch(pointer, schema)
                if found is not None:
                    self._switches[pointer] = found
        self._bound: dict[str, dict[str, list[str]]] = {}
        self._kin: set[tuple[str, str]] = set()
        for pointer, switch in self._switches.items():
            for value, target in switch.targets:
                if switch.union is None:
                    bound = self._bound.setdefault(target, {}).setdefault(switch.property_name, [])
                    if value not in bound:
                        bound.append(value)
                self._note_kin(target, pointer)

    def switch(self, pointer: str, schema: Mapping[str, Any]) -> Switch | None:
        """Return the switch of a schema, which may be outside the components, or None."""
        return self._switches[pointer] if pointer in self._switches else self._switch(pointer, schema)

    def bound(self, pointer: str) -> Mapping[str, list[str]]:
        """Return, by property, the only values that this schema accepts because they select it."""
        return self._bound.get(pointer, {})

    def takes_own_part(self, pointer: str, parent: str) -> bool:
        """Whether a member of a schema's `allOf` means only the parent's own part."""
        return (pointer, parent) in self._kin or (pointer in self._bound and parent in self._bound)

    def _note_kin(self, target: str, base: str) -> None:
        """Record each link of the `allOf` chains from a target up to the base that selects it."""

        def leads_up(pointer: str, seen: frozenset[str]) -> bool:
            reached = False
            for parent in self._parents.get(pointer, ()):
                if parent == base or (parent not in seen and leads_up(parent, seen | {parent})):
                    self._kin.add((pointer, parent))
                    reached = True
            return reached

        leads_up(target, frozenset({target}))

    def _switch(self, pointer: str, schema: Any) -> Switch | None:
        discriminator = schema.get("discriminator") if isinstance(schema, dict) else None
        if not isinstance(discriminator, dict) or not isinstance(discriminator.get("propertyName"), str):
            return None
        name = discriminator["propertyName"]
        mapping = discriminator.get("mapping")
        mapped = [
            (str(value), _target(target))
            for value, target in (mapping.items() if isinstance(mapping, dict) else ())
            if isinstance(target, str)
        ]
        default = discriminator.get("defaultMapping")
        union = next((key for key in ("oneOf", "anyOf") if key in schema), None)
        if union is not None:
            targets = self._branches(schema[union], name, mapped)
        else:
            targets = self._children(pointer, name, mapped)
        if not targets:
            return None
        places = [target for _, target in targets] if union is not None else [pointer]
        return Switch(
            property_name=name,
            targets=tuple(targets),
            union=union,
            open=any(self._is_open(place, name) for place in places),
            enumerated=union is None and "enum" in self._property(pointer, name, frozenset()),
            default=_target(default) if isinstance(default, str) else None,
        )

    def _branches(
        self, branches: Any, name: str, mapped: list[tuple[str, str]]
    ) -> list[tuple[str, str]] | None:
        """Return the targets of a union, or None if the property does not determine the branch."""
        targets: list[tuple[str, str]] = []
        for branch in branches if isinstance(branches, list) else ():
            if not isinstance(branch, dict) or not isinstance(branch.get("$ref"), str):
                return None
            place = canonical(branch["$ref"])
            values = [value for value, target in mapped if target == place]
            targets.extend((value, place) for value in values or self._own_values(place, name))
        return targets

    def _children(self, base: str, name: str, mapped: list[tuple[str, str]]) -> list[tuple[str, str]]:
        targets = [(value, target) for value, target in mapped if target != base]
        named = {target for _, target in targets}
        for pointer in self._children_of.get(base, ()):
            if pointer in named:
                continue
            schema = self._schemas[pointer]
            if "x-ms-discriminator-value" in schema:
                targets.append((str(schema["x-ms-discriminator-value"]), pointer))
            elif not mapped:
                targets.extend((value, pointer) for value in self._own_values(pointer, name))
        return targets

    def _own_values(self, pointer: str, name: str) -> list[str]:
        """Return the values that a schema declares for itself, or else its name."""
        schema = self._resolve(pointer)
        if isinstance(schema, dict) and "x-ms-discriminator-value" in schema:
            return [str(schema["x-ms-discriminator-value"])]
        described = self._property(pointer, name, frozenset())
        if "const" in described:
            return [str(described["const"])]
        if isinstance(described.get("enum"), list):
            return [str(value) for value in described["enum"] if value is not None]
        return [tokens(pointer)[-1]]

    def _is_open(self, pointer: str, name: str) -> bool:
        return is_open(self._property(pointer, name, frozenset()))

    def _property(self, pointer: str, name: str, seen: frozenset[str]) -> Mapping[str, Any]:
        """Return the schema of a property in a schema or in the members of its `allOf`; the nearest wins."""
        schema = self._resolve(pointer)
        if pointer in seen or not isinstance(schema, dict):
            return {}
        seen |= {pointer}
        if isinstance(schema.get("$ref"), str):
            return self._property(canonical(schema["$ref"]), name, seen)
        properties = schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            described = properties[name]
            for _ in range(MAX_REFERENCES):
                if isinstance(described, dict) and isinstance(described.get("$ref"), str):
                    described = self._resolve(canonical(described["$ref"]))
            return described if isinstance(described, dict) else {}
        members = schema.get("allOf")
        for index in range(len(members)) if isinstance(members, list) else ():
            described = self._property(join(pointer, "allOf", index), name, seen)
            if described:
                return described
        return {}


def is_open(schema: Mapping[str, Any]) -> bool:
    """Whether an enumeration is open, so that responses may have other values."""
    extension = schema.get("x-ms-enum")
    return isinstance(extension, dict) and extension.get("modelAsString") is True


def _parent_pointers(members: Any) -> Iterator[str]:
    """Yield the references among the members of an `allOf`."""
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and isinstance(member.get("$ref"), str):
            yield canonical(member["$ref"])


def _target(target: str) -> str:
    if "/" in target or "#" in target:
        return canonical(target)
    return join(SCHEMAS, target)
