"""Schemas that contradict themselves across references and `allOf`, so that nothing matches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aoai_specs.json_values import as_list, as_object, is_number, key_of, quote
from aoai_specs.lint.checks.keywords import types_of
from aoai_specs.lint.checks.values import BOUNDS
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.outline import Node, Outline
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, schema_name
from aoai_specs.pointers import join
from aoai_specs.schemas.patterns import matches


def _composed(subject: Subject) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield each schema that combines others, with all that apply to its value."""
    later = subject.outline.version > 30
    for node in subject.outline.nodes("schema"):
        if isinstance(node.value.get("allOf"), list) or (later and "$ref" in node.value):
            listed = subject.outline.parts(node.pointer)
            if len(listed) > 1:
                yield node, listed


@check
def negation_of_everything(subject: Subject) -> Iterator[Mistake]:
    """A `not` of a schema that every value matches, so that nothing matches."""
    for node in subject.outline.nodes("schema"):
        if "not" in node.value and node.value["not"] in ({}, True):
            yield Mistake(join(node.pointer, "not"), "Every value matches this schema, so nothing is left.")


@check
def all_of_disjoint_types(subject: Subject) -> Iterator[Mistake]:
    """Members of an `allOf` whose types have nothing in common, so that nothing matches."""
    outline = subject.outline
    for node, listed in _composed(subject):
        stated = [(part, types) for part in listed if (types := _types(outline, part)) is not None]
        common: set[str] | None = None
        for part, types in stated:
            before = common
            common = types if common is None else common & types
            if before and types and common <= {"null"} and not (before <= {"null"} or types <= {"null"}):
                matching = "only null" if common else "nothing"
                yield Mistake(
                    _place(node),
                    f"{_names(before)} and {_names(types)} (at {part.pointer}) are both required, "
                    f"so {matching} matches.",
                )
                break


def _types(outline: Outline, node: Node, depth: int = 0) -> set[str] | None:
    """Return the types that a schema itself allows, unions included; None for all."""
    schema = node.value
    allowed: set[str] | None = None
    if types_of(schema):
        allowed = {each for stated in types_of(schema) for each in _expanded(stated)}
        if outline.version <= 30 and (schema.get("nullable") is True or schema.get("x-nullable") is True):
            allowed.add("null")
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list) and values:
        listed = {_type_of(value) for value in values}
        allowed = listed if allowed is None else allowed & listed
    for union in ("anyOf", "oneOf"):
        branches = [
            _applied_types(outline, join(node.pointer, union, at), depth + 1)
            for at, _ in enumerate(as_list(schema.get(union)))
        ]
        if branches and all(branch is not None for branch in branches):
            together = {each for branch in branches for each in branch or ()}
            allowed = together if allowed is None else allowed & together
    return allowed


def _applied_types(outline: Outline, pointer: str, depth: int) -> set[str] | None:
    """Return the types that a branch allows with everything that applies to its value; None for all."""
    allowed: set[str] | None = None
    for part in outline.parts(pointer) if depth < 5 else ():
        types = _types(outline, part, depth)
        if types is not None:
            allowed = types if allowed is None else allowed & types
    return allowed


def _expanded(stated: str) -> tuple[str, ...]:
    return ("integer", "fraction") if stated == "number" else (stated,)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "integer" if value == int(value) else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _names(types: set[str]) -> str:
    named = {"number" if {"integer", "fraction"} <= types and each == "integer" else each for each in types}
    return " or ".join(sorted(named - ({"fraction"} if "number" in named else set())))


def _place(node: Node) -> str:
    return join(node.pointer, "allOf" if "allOf" in node.value else "$ref")


@check
def all_of_disjoint_values(subject: Subject) -> Iterator[Mistake]:
    """Members of an `allOf` whose enumerations have no value in common."""
    for node, listed in _composed(subject):
        common: dict[str, Any] | None = None
        for part in listed:
            values = part.value.get("enum", [part.value["const"]] if "const" in part.value else None)
            if not isinstance(values, list) or not values:
                continue
            own = {key_of(value): value for value in values}
            both = own if common is None else {text: own[text] for text in own if text in common}
            if common and not both:
                shared = f"{quote(list(common.values()))} and {quote(values)} (at {part.pointer})"
                yield Mistake(_place(node), f"{shared} have no value in common, so nothing matches.")
                break
            common = both


@check
def all_of_disjoint_bounds(subject: Subject) -> Iterator[Mistake]:
    """A lower bound in one member of an `allOf` above the upper bound in another."""
    for node, listed in _composed(subject):
        if sum(not _BOUNDING.isdisjoint(part.value) for part in listed) < 2:
            continue
        for low, high, equal in BOUNDS:
            least = _strictest(listed, low, largest=True)
            most = _strictest(listed, high, largest=False)
            if least is None or most is None or least[1] is most[1]:
                continue
            if least[0] > most[0] or (not equal and least[0] == most[0]):
                yield Mistake(
                    _place(node),
                    f"{low} {least[0]} and {high} {most[0]} (at {most[1].pointer}) exclude each other, "
                    "so nothing matches.",
                )


_BOUNDING = frozenset(keyword for low, high, _ in BOUNDS for keyword in (low, high))


def _strictest(listed: tuple[Node, ...], keyword: str, *, largest: bool) -> tuple[float, Node] | None:
    found = [(each.value[keyword], each) for each in listed if is_number(each.value.get(keyword))]
    if not found:
        return None
    return max(found, key=lambda pair: pair[0]) if largest else min(found, key=lambda pair: pair[0])


_EXCLUDING = frozenset(
    {"not", "additionalProperties", "unevaluatedProperties", "propertyNames", "anyOf", "oneOf"}
)
#: Keywords that can declare properties besides `properties`.
_CONDITIONAL = frozenset({"anyOf", "oneOf", "if", "dependentSchemas", "$dynamicRef"})
_REQUIRING = frozenset({"required", "allOf", "$ref"})


@check
def required_property_excluded(subject: Subject) -> Iterator[Mistake]:
    """A required property that another part of the same schema does not allow."""
    outline = subject.outline
    for node in outline.nodes("schema"):
        if _REQUIRING.isdisjoint(node.value):
            continue
        listed = outline.parts(node.pointer)
        required = [
            (name, join(part.pointer, "required", at), part)
            for part in listed
            for at, name in enumerate(as_list(part.value.get("required")))
            if isinstance(name, str)
        ]
        if not required:
            continue
        declared = {name for part in listed for name in as_object(part.value.get("properties"))}
        for name, place, owner in required:
            for part in listed:
                reason = _exclusion(outline, node, part, name)
                alone = part is owner and name not in declared
                if reason and not alone:
                    yield Mistake(
                        place, f"{name!r} is required, but {_title(part)} {reason}, so nothing matches."
                    )
                    break


def _exclusion(outline: Outline, whole: Node, part: Node, name: str) -> str:
    """Return how a schema excludes a property, or ""."""
    schema = part.value
    properties = as_object(schema.get("properties"))
    if properties.get(name) is False:
        return "forbids it"
    if _EXCLUDING.isdisjoint(schema):
        return ""
    denied = as_object(schema.get("not"))
    if denied.get("required") == [name] and denied.keys() <= {"required", "type"}:
        return "forbids it"
    if schema.get("additionalProperties") is False and not _allows(schema, name):
        return "allows no further properties"
    if schema.get("unevaluatedProperties") is False and part is not whole:
        own = outline.parts(part.pointer)
        further = any(not _CONDITIONAL.isdisjoint(each.value) for each in own)
        if not further and not any(_allows(each.value, name) for each in own):
            return "allows no further properties"
    names = schema.get("propertyNames")
    if isinstance(names, dict) and _forbids_name(names, name):
        return "does not allow its name"
    for union in ("anyOf", "oneOf"):
        branches = [join(part.pointer, union, at) for at, _ in enumerate(as_list(schema.get(union)))]
        if branches and all(
            any(
                each.value.get("additionalProperties") is False and not _allows(each.value, name)
                for each in outline.parts(branch)
            )
            for branch in branches
        ):
            return f"excludes it in every branch of {union}"
    return ""


def _allows(schema: Mapping[str, Any], name: str) -> bool:
    patterns = as_object(schema.get("patternProperties"))
    return name in as_object(schema.get("properties")) or any(matches(each, name) for each in patterns)


def _forbids_name(names: Mapping[str, Any], name: str) -> bool:
    pattern, most, listed = names.get("pattern"), names.get("maxLength"), names.get("enum")
    return (
        (isinstance(pattern, str) and not matches(pattern, name))
        or (is_number(most) and len(name) > most)
        or (isinstance(listed, list) and name not in listed)
    )


def _title(node: Node) -> str:
    return schema_name(node.pointer)


@check
def read_only_and_write_only(subject: Subject) -> Iterator[Mistake]:
    """A schema that is both readOnly and writeOnly, so that it may never be sent."""
    outline = subject.outline
    for node in outline.nodes("schema"):
        if node.value.get("readOnly") is True and node.value.get("writeOnly") is True:
            yield Mistake(join(node.pointer, "writeOnly"), "The schema is both readOnly and writeOnly.")
    for node, listed in _composed(subject):
        reading = [part for part in listed if part.value.get("readOnly") is True]
        writing = [part for part in listed if part.value.get("writeOnly") is True]
        if reading and writing and not any(part in writing for part in reading):
            yield Mistake(
                _place(node),
                f"The schema is readOnly at {reading[0].pointer} and writeOnly at {writing[0].pointer}.",
            )
