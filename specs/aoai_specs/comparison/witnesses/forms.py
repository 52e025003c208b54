"""The forms of the schemas of a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from aoai_specs.comparison.keywords import bound_of
from aoai_specs.comparison.witnesses.form import (
    Condition,
    Contains,
    Form,
    Key,
    Limit,
    Mentions,
    equal,
    kind_of,
)
from aoai_specs.json_values import is_number
from aoai_specs.pointers import canonical, escape, join
from aoai_specs.schemas.discriminators import Discriminators, is_open

_MOST_REFERENCES = 20
#: Marks the pointers of schemas that are not in the description.
IMPLIED = "x-witness-"
#: Keywords that matter even if their schema allows everything.
_EVALUATING = frozenset({"items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"})
_MATTERS_EMPTY = ("not", "if", "contains")
_LENGTHS = (
    ("string", "minLength", "maxLength"),
    ("array", "minItems", "maxItems"),
    ("object", "minProperties", "maxProperties"),
)
#: Keywords by the part of a form that they affect; a schema without any of them is not checked for it.
_OF_SCALARS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern"}
    | {keyword for _, *keywords in _LENGTHS for keyword in keywords}
)
_APPLIED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if"})
_OF_ITEMS = frozenset({"prefixItems", "items", "unevaluatedItems", "uniqueItems", "contains"})
_OF_PROPERTIES = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "additionalProperties", "propertyNames"}
    | {"unevaluatedProperties", "required", "dependentRequired"}
)
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})


class Source(Protocol):
    """The schemas of a description."""

    legacy: bool
    discriminators: Discriminators

    def resolve(self, pointer: str) -> Any:
        """Return the value at a pointer."""


_EVERYTHING = Form(fixed=True)
_NOTHING = Form(fixed=False, kinds=frozenset(), possible=frozenset())


class Forms:
    """The forms of the schemas of a description, each built once.

    `selecting` makes a discriminator beside a union select its branches, which validators ignore.
    """

    def __init__(self, source: Source, *, selecting: bool = False) -> None:
        self._source = source
        self._selecting = selecting
        self._known: dict[Key, Form] = {}
        self._raw: dict[str, Any] = {}
        self._mentions: dict[Key, Mentions] = {}
        #: Schemas that are not in the description: the one they restrict, and how.
        self.implied: dict[str, tuple[str, Any]] = {}

    def form(self, key: Key) -> Form:
        """Return the form of a schema. Raises DocumentError if a reference does not resolve."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._build(key)
        return known

    def end(self, pointer: str) -> str:
        """Follow references that have no other keywords beside them."""
        for _ in range(_MOST_REFERENCES):
            schema = self._resolve(pointer)
            if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
                break
            if len(schema) > 1 and not self._source.legacy:
                break
            pointer = canonical(schema["$ref"])
        return pointer

    def mentions(self, key: Key) -> Mentions:
        """Return the properties that a schema and the schemas that apply to the same value mention."""
        known = self._mentions.get(key)
        if known is None:
            known = self._mentions[key] = Mentions()
            seen: set[Key] = set()
            plain = known.members
            plain.add(key)
            waiting = [key]
            while waiting:
                each = waiting.pop()
                if each not in seen:
                    seen.add(each)
                    form = self.form(each)
                    if each in plain:
                        plain.update(form.members())
                    known.names.update(form.properties)
                    known.patterns.update(form.patterned)
                    known.rest = known.rest or form.additional is not None
                    known.rest = known.rest or form.unevaluated_properties is not None
                    waiting += form.applied()
        return known

    def _resolve(self, pointer: str) -> Any:
        if pointer not in self._raw:
            self._raw[pointer] = self._source.resolve(pointer)
        return self._raw[pointer]

    def _child(self, pointer: str, schema: Any) -> Key:
        self._raw[pointer] = schema
        return (self.end(pointer), False)

    def _build(self, key: Key) -> Form:
        pointer, own = key
        schema = self._resolve(pointer)
        if not isinstance(schema, dict):
            return _NOTHING if schema is False else _EVERYTHING
        form = Form(key, present=_EVALUATING & schema.keys())
        if self._source.legacy and isinstance(schema.get("$ref"), str):
            form.all_of = ((self.end(pointer), False),)
            return form
        if not own and self._selected(pointer, schema, form):
            return form
        _say_types(schema, form)
        if not _OF_SCALARS.isdisjoint(schema):
            _say_limits(schema, pointer, form, legacy=self._source.legacy)
        if not _APPLIED.isdisjoint(schema):
            self._say_applied(schema, pointer, form)
        if not _OF_ITEMS.isdisjoint(schema):
            self._say_items(schema, pointer, form)
        if not _OF_PROPERTIES.isdisjoint(schema):
            self._say_properties(schema, pointer, form)
        if not _UNEVALUATED.isdisjoint(schema):
            self._say_unevaluated(form, pointer)
        return form

    def _selected(self, pointer: str, schema: Mapping[str, Any], form: Form) -> bool:
        """Whether a base schema means the schemas of its discriminator; they become its branches."""
        if "discriminator" not in schema:
            return False
        switch = self._source.discriminators.switch(pointer, schema)
        if switch is None or switch.union is not None or not switch.targets:
            return False
        branches = [(self.end(target), target == pointer) for _, target in switch.targets]
        if switch.open:
            branches.append((pointer, True))
        form.any_of = (tuple(branches),)
        return True

    def _say_applied(self, schema: Mapping[str, Any], pointer: str, form: Form) -> None:
        members = schema.get("allOf")
        for index, member in enumerate(members) if isinstance(members, list) else ():
            place = f"{pointer}/allOf/{index}"
            end, _ = self._child(place, member)
            own = end != place and self._source.discriminators.takes_own_part(pointer, end)
            form.all_of += ((end, own),)
        if isinstance(schema.get("$ref"), str):
            form.all_of += ((self.end(canonical(schema["$ref"])), False),)
        for keyword in ("anyOf", "oneOf"):
            held = schema.get(keyword)
            if isinstance(held, list) and held:
                branches = tuple(
                    self._child(f"{pointer}/{keyword}/{index}", each) for index, each in enumerate(held)
                )
                branches = self._tagged(schema, pointer, branches)
                if keyword == "anyOf":
                    form.any_of += (branches,)
                else:
                    form.one_of = branches
        form.excluded = self._one(schema, pointer, "not")
        when = self._one(schema, pointer, "if")
        if when is not None and ("then" in schema or "else" in schema):
            then, otherwise = (self._one(schema, pointer, keyword) for keyword in ("then", "else"))
            form.condition = Condition(when, then, otherwise)

    def _tagged(self, schema: Mapping[str, Any], pointer: str, branches: tuple[Key, ...]) -> tuple[Key, ...]:
        """Restrict each branch to the values of a discriminator that select it."""
        if not self._selecting or "discriminator" not in schema:
            return branches
        switch = self._source.discriminators.switch(pointer, schema)
        if switch is None or switch.union is None or switch.open or switch.default is not None:
            return branches
        tags: dict[str, list[str]] = {}
        for tag, target in switch.targets:
            tags.setdefault(self.end(target), []).append(tag)
        name = switch.property_name
        return tuple(
            self._restricted(
                key,
                {"required": [name], "properties": {name: {"enum": sorted(tags[key[0]])}}},
                pointer,
                f"{index}",
            )
            if key[0] in tags
            else key
            for index, key in enumerate(branches)
        )

    def _say_items(self, schema: Mapping[str, Any], pointer: str, form: Form) -> None:
        prefix = schema.get("prefixItems")
        if isinstance(prefix, list):
            form.prefix = tuple(
                self._child(f"{pointer}/prefixItems/{index}", each) for index, each in enumerate(prefix)
            )
        form.items = self._one(schema, pointer, "items")
        form.unevaluated_items = self._one(schema, pointer, "unevaluatedItems")
        form.unique = schema.get("uniqueItems") is True
        contains = self._one(schema, pointer, "contains")
        if contains is not None:
            least, most = schema.get("minContains"), schema.get("maxContains")
            form.contains = Contains(
                contains, int(least) if is_number(least) else 1, int(most) if is_number(most) else None
            )

    def _say_properties(self, schema: Mapping[str, Any], pointer: str, form: Form) -> None:
        form.properties = self._named(schema, pointer, "properties")
        form.patterned = self._named(schema, pointer, "patternProperties")
        form.dependents = self._named(schema, pointer, "dependentSchemas")
        form.additional = self._one(schema, pointer, "additionalProperties")
        form.names = self._one(schema, pointer, "propertyNames")
        form.unevaluated_properties = self._one(schema, pointer, "unevaluatedProperties")
        form.required = _texts(schema.get("required"))
        needs = schema.get("dependentRequired")
        if isinstance(needs, dict):
            form.needs = {name: _texts(listed) for name, listed in needs.items()}
        tags = self._source.discriminators.bound(pointer)
        for name, values in tags.items():
            if name in form.properties:
                chosen = {"enum": list(values)}
                form.properties[name] = self._restricted(form.properties[name], chosen, pointer, name)

    def _restricted(self, key: Key, more: Any, pointer: str, name: str) -> Key:
        """Return the key of a schema that another one restricts."""
        place = join(pointer, f"{IMPLIED}restricted", name)
        self.implied[place] = (key[0], more)
        self.implied[f"{place}/allOf/1"] = ("", more)
        return self._child(place, {"allOf": [{"$ref": key[0]}, more]})

    def _say_unevaluated(self, form: Form, pointer: str) -> None:
        """Treat `unevaluated…` as `items` or `additionalProperties` if nothing else evaluates anything."""
        alone = not (form.all_of or form.any_of or form.one_of or form.condition or form.dependents)
        items, properties = form.unevaluated_items, form.unevaluated_properties
        if "items" in form.present:
            form.unevaluated_items = None
        elif alone and items is not None:
            if form.contains is not None:  # an item that it matches is evaluated
                either = [{"$ref": key[0]} for key in (form.contains.key, items)]
                place = join(pointer, f"{IMPLIED}contained-or-unevaluated")
                items = self._child(place, {"anyOf": either})
            form.items, form.unevaluated_items = items, None
            form.present |= {"items"}
        if "additionalProperties" in form.present:
            form.unevaluated_properties = None
        elif alone and properties is not None:
            form.additional, form.unevaluated_properties = properties, None
            form.present |= {"additionalProperties"}

    def _one(self, schema: Mapping[str, Any], pointer: str, keyword: str) -> Key | None:
        """Return the schema under a keyword, or None if there is none that matters."""
        held = schema.get(keyword)
        if not isinstance(held, dict | bool):
            return None
        if held in (True, {}) and keyword not in _MATTERS_EMPTY:
            return None
        return self._child(f"{pointer}/{keyword}", held)

    def _named(self, schema: Mapping[str, Any], pointer: str, keyword: str) -> dict[str, Key]:
        held = schema.get(keyword)
        if not isinstance(held, dict):
            return {}
        around = f"{pointer}/{keyword}/"
        return {name: self._child(around + escape(name), each) for name, each in held.items()}


def _say_types(schema: Mapping[str, Any], form: Form) -> None:
    declared = schema.get("type")
    if declared is not None:
        form.types = frozenset(_texts(declared if isinstance(declared, list) else [declared]))
    form.nullable = schema.get("nullable") is True
    listed = schema.get("enum")
    values = listed if isinstance(listed, list) and not is_open(schema) else None
    if "const" in schema:
        constant = schema["const"]
        values = [constant] if values is None else [each for each in values if equal(each, constant)]
    form.values = None if values is None else tuple(values)
    if form.types is not None:
        form.kinds = form.types | {"number"} if "integer" in form.types else form.types
    form.possible = form.kinds if form.values is None else form.kinds.intersection(map(kind_of, form.values))
    if form.nullable:
        form.possible |= {"null"}


def _say_limits(schema: Mapping[str, Any], pointer: str, form: Form, *, legacy: bool) -> None:
    form.low, form.high = (
        None if bound is None else Limit(bound.value, bound.exclusive)
        for bound in (bound_of(schema, keyword, pointer, legacy=legacy) for keyword in ("minimum", "maximum"))
    )
    multiple = schema.get("multipleOf")
    form.multiple = multiple if is_number(multiple) and multiple > 0 else None
    for kind, least, most in _LENGTHS:
        low, high = schema.get(least), schema.get(most)
        if is_number(low) or is_number(high):
            form.lengths[kind] = (int(low) if is_number(low) else 0, int(high) if is_number(high) else None)
    form.pattern = schema["pattern"] if isinstance(schema.get("pattern"), str) else None


def _texts(held: Any) -> tuple[str, ...]:
    listed: Iterable[Any] = held if isinstance(held, list) else ()
    return tuple(each for each in listed if isinstance(each, str))
