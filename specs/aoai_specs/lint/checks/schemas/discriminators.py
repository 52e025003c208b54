"""Discriminators that do not select a schema reliably."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject, schema_name
from aoai_specs.lint.survey import SchemaPlace
from aoai_specs.pointers import canonical, join, tokens
from aoai_specs.schemas.discriminators import SCHEMAS


def _discriminated(subject: Subject) -> Iterator[tuple[SchemaPlace, str, dict[str, str]]]:
    """Yield each schema with a discriminator, the property, and the mapping."""
    for place in subject.survey.schemas:
        held = place.schema.get("discriminator")
        if isinstance(held, dict) and isinstance(held.get("propertyName"), str):
            mapping = held.get("mapping")
            yield place, held["propertyName"], mapping if isinstance(mapping, dict) else {}


@check(severity="warning")
def discriminator_without_mapping(subject: Subject) -> Iterator[Mistake]:
    """A discriminator without a mapping, whose values must be guessed."""
    for place, name, mapping in _discriminated(subject):
        if mapping:
            continue
        switch = subject.discriminators.switch(place.pointer, place.schema)
        targets = switch.targets if switch is not None else ()
        pointer = join(place.pointer, "discriminator")
        if not targets:
            yield Mistake(pointer, f"{name} selects nothing: it has no mapping and no candidate schemas.")
        elif subject.swagger:
            undeclared = [
                value for value, target in targets if not _declares_value(subject, target, name, value)
            ]
            if undeclared:
                yield Mistake(pointer, f"No schema declares the values {quote(undeclared)} of {name}.")
        elif not all(_is_named_after(subject, target, name, value) for value, target in targets):
            yield Mistake(
                pointer,
                f"There is no mapping, so the values of {name} must be guessed from "
                f"{', '.join(schema_name(target) for _, target in targets[:4])}.",
            )


def _declares_value(subject: Subject, target: str, name: str, value: str) -> bool:
    marked = (subject.at(target) or {}).get("x-ms-discriminator-value")
    return marked is not None or value in listed_values(subject, target, name)


def _is_named_after(subject: Subject, target: str, name: str, value: str) -> bool:
    """Whether a schema is named after its value, as tools assume, and also lists the value."""
    return tokens(target)[-1] == value and value in listed_values(subject, target, name)


@check
def discriminator_without_property(subject: Subject) -> Iterator[Mistake]:
    """A discriminator whose property is not declared or not required."""
    for place, name, _ in _discriminated(subject):
        pointer = join(place.pointer, "discriminator", "propertyName")
        union = next((key for key in ("oneOf", "anyOf") if isinstance(place.schema.get(key), list)), None)
        owners = [place.pointer]
        if union is not None and not _declares(subject, place.pointer, name):
            owners = _branches(subject, place.pointer, name)
        lacking = [owner for owner in owners if not _declares(subject, owner, name)]
        if lacking:
            owner = schema_name(subject.follow(lacking[0])[0])
            yield Mistake(pointer, f"{owner} has no property {name!r}, which the discriminator reads.")
        elif "defaultMapping" not in place.schema["discriminator"]:
            free = [owner for owner in owners if not _requires(subject, owner, name)]
            if free:
                owner = schema_name(subject.follow(free[0])[0])
                yield Mistake(
                    pointer, f"{owner} does not require {name!r}, and without it nothing is selected."
                )


def _branches(subject: Subject, pointer: str, name: str) -> list[str]:
    """Return the branches of a union, and in place of a nested union without the property its branches."""
    found: list[str] = []
    waiting, seen = [pointer], {pointer}
    while waiting:
        place, schema = subject.follow(waiting.pop(0))
        union = next((key for key in ("oneOf", "anyOf") if isinstance(schema.get(key), list)), None)
        if union is None or (place != pointer and _declares(subject, place, name)):
            found.append(place)
            continue
        inner = [join(place, union, index) for index in range(len(schema[union]))]
        waiting += [each for each in inner if each not in seen]
        seen.update(inner)
    return found


@check(severity="warning")
def discriminator_value_unmapped(subject: Subject) -> Iterator[Mistake]:
    """A value of the discriminator property, or a branch, that is missing in the mapping."""
    for place, name, mapping in _discriminated(subject):
        if not mapping:
            continue
        pointer = join(place.pointer, "discriminator", "mapping")
        unmapped = [each for each in listed_values(subject, place.pointer, name) if each not in mapping]
        if unmapped:
            yield Mistake(
                pointer, f"{name} may be {quote(unmapped)}, but the mapping lacks this.", unmapped[0]
            )
        selected = [*mapping.values(), place.schema["discriminator"].get("defaultMapping")]
        targets = {_target(each) for each in selected if isinstance(each, str)}
        for union in ("oneOf", "anyOf"):
            for branch in place.schema.get(union, ()):
                if isinstance(branch, dict) and isinstance(branch.get("$ref"), str):
                    branch_pointer = canonical(branch["$ref"])
                    if branch_pointer not in targets:
                        yield Mistake(pointer, f"No value of {name} selects {schema_name(branch_pointer)}.")


@check
def discriminator_mapping_misleads(subject: Subject) -> Iterator[Mistake]:
    """A mapping to a schema that is missing, not a branch, or declares another value."""
    for place, name, mapping in _discriminated(subject):
        branches = {
            canonical(branch["$ref"])
            for union in ("oneOf", "anyOf")
            for branch in place.schema.get(union, ())
            if isinstance(branch, dict) and isinstance(branch.get("$ref"), str)
        }
        for pointer, value, selected in _selections(place, mapping):
            title = "defaultMapping" if value is None else repr(value)
            target = _target(selected)
            if not isinstance(subject.at(target), dict):
                yield Mistake(pointer, f"{title} selects {selected}, which does not exist.")
                continue
            if branches and target not in branches:
                yield Mistake(
                    pointer, f"{title} selects {schema_name(target)}, which is not a branch of the union."
                )
            own = listed_values(subject, target, name, own=True)
            if own and value is not None and value not in own:
                yield Mistake(
                    pointer,
                    f"{title} selects {schema_name(target)}, whose {name} must be {quote(own)}.",
                    value,
                )


def _selections(place: SchemaPlace, mapping: dict[str, str]) -> Iterator[tuple[str, str | None, str]]:
    """Yield what a discriminator selects: the place, the value (None for any other value), the name."""
    discriminator = join(place.pointer, "discriminator")
    for value, selected in mapping.items():
        yield join(discriminator, "mapping", value), value, str(selected)
    default = place.schema["discriminator"].get("defaultMapping")
    if isinstance(default, str):
        yield join(discriminator, "defaultMapping"), None, default


@check(severity="info")
def discriminator_without_union(subject: Subject) -> Iterator[Mistake]:
    """A discriminator without a union, which tools that ignore discriminators do not apply."""
    for place, name, _ in _discriminated(subject):
        if not {"oneOf", "anyOf"} & place.schema.keys():
            yield Mistake(
                join(place.pointer, "discriminator"),
                f"{schema_name(place.pointer)} has no union: tools that ignore discriminators check only its "
                f"own fields, not those of the schema that {name} selects.",
            )


@check(severity="info")
def unmapped_subtype(subject: Subject) -> Iterator[Mistake]:
    """A schema that is selected only because its `allOf` has the base; nothing refers to it."""
    named = {target for _, target in subject.references}
    for place, name, mapping in _discriminated(subject):
        if {"oneOf", "anyOf"} & place.schema.keys():
            continue
        mapped = {_target(str(each)) for each in mapping.values()}
        switch = subject.discriminators.switch(place.pointer, place.schema)
        for value, target in switch.targets if switch is not None else ():
            if target not in named | mapped:
                yield Mistake(
                    target,
                    f"Nothing refers to {schema_name(target)}; tools must infer from its allOf of "
                    f"{schema_name(place.pointer)} that {name} {value!r} selects it.",
                )


def listed_values(subject: Subject, pointer: str, name: str, *, own: bool = False) -> list[str]:
    """Return the values that a schema lists for a property; `own` returns only the nearest ones."""
    found: list[str] = []
    for place, schema in subject.members(pointer):
        properties = schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            found += _enumerated(subject, join(place, "properties", name))
            if own:
                break
    return list(dict.fromkeys(found))


def _enumerated(subject: Subject, pointer: str) -> Iterator[str]:
    for _, schema in subject.members(pointer, "anyOf", "oneOf"):
        listed: Any = schema.get("enum", [schema["const"]] if "const" in schema else [])
        yield from (str(value) for value in listed if value is not None)


def _declares(subject: Subject, pointer: str, name: str) -> bool:
    return any(name in (schema.get("properties") or ()) for _, schema in subject.members(pointer))


def _requires(subject: Subject, pointer: str, name: str) -> bool:
    return any(name in (schema.get("required") or ()) for _, schema in subject.members(pointer))


def _target(named: str) -> str:
    return canonical(named) if "/" in named or "#" in named else join(SCHEMAS, named)
