"""For each keyword, the values at, just inside and just outside its limit.

Each keyword has one function that yields its candidates, and one table binds keywords to functions. A
candidate has a change and what a server that follows the keyword does with it; whether the whole request is
valid is decided later (see `points`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aoai_model.case import Expectation
from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_specs.schemas.constraints import Located
from aoai_specs.schemas.patterns import matches
from aoai_specs.schemas.shapes import Shape, branch_field
from aoai_strategies.points.edit_paths import Add, Change, Drop, Put
from aoai_strategies.points.sendable import MOST_LISTED, is_unsendable
from aoai_strategies.points.wrong_values import FORMAT_OUTSIDE, wrong_values
from aoai_strategies.requests.samples import Sampler, fits

#: Up to this maximum, each number of items is a point; above it, only the limits and their neighbours.
_FEW = 8
_UNKNOWN = "unknown-value"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change worth sending for a constraint. `field` is the place it concerns, for example a branch."""

    where: str
    change: Change
    expect: Expectation
    level: Level
    description: str
    field: str


Candidates = Iterator[Candidate]
#: Keywords whose points also show that the server accepts a value of the right type.
_SAYS_MORE = frozenset({"enum", "const", "minimum", "maximum", "items", "pattern", "format"})


def candidates(located: Located, sampler: Sampler) -> Candidates:
    """The candidates of one constraint, to be accepted or rejected, in a fixed order.

    There are none where they would be too large to send.
    """
    if is_unsendable(located):
        return iter(())
    constraint = located.constraint
    return _KEYWORDS[constraint.keyword](located, sampler)


def _name(located: Located) -> str:
    return located.place.field


def _accept(located: Located, where: str, value: Json, text: str, field: str | None = None) -> Candidate:
    return Candidate(where, Put(value), "accept", "must", text, field or _name(located))


def _reject(
    located: Located, where: str, value: Json, text: str, level: Level = "must", field: str | None = None
) -> Candidate:
    return Candidate(where, Put(value), "reject", level, text, field or _name(located))


def _type(located: Located, sampler: Sampler) -> Candidates:
    place, shape = located.place, located.place.shape
    name = _name(located) or "body"
    covered = place.depth < 2 and shape.types != ("string",) and not _SAYS_MORE.isdisjoint(shape.keywords)
    if shape.types == ("boolean",):
        yield _accept(located, "true", True, f"{name} may be true.")
        yield _accept(located, "false", False, f"{name} may be false.")
    elif shape.types and place.field and not covered:
        right = shape.types[0]
        yield _accept(
            located, right, sampler.sample(shape, _name(located)), f"{name} may be of type {right}."
        )
    yield from _wrong_types(located, shape)


def _wrong_types(located: Located, shape: Shape) -> Candidates:
    name = _name(located) or "body"
    for wrong, value in wrong_values(shape):
        yield _reject(located, wrong, value, f"{name} may not be of type {wrong}.")
    if not shape.nullable and located.place.steps:
        yield _reject(located, "null", None, f"{name} may not be null.", "should")


def _nullable(located: Located, _: Sampler) -> Candidates:
    yield _accept(located, "null", None, f"{_name(located)} may be null.")


def _union(located: Located, sampler: Sampler) -> Candidates:
    shape, name = located.place.shape, _name(located)
    for branch in shape.branches:
        field = branch_field(name, shape, branch.label)
        value = sampler.sample(branch.shape, field)
        yield _accept(located, branch.label, value, f"{name} may be {_a(branch.label)}.", field)
    yield from _wrong_types(located, shape)
    yield from _mixtures(located, sampler)


def _mixtures(located: Located, sampler: Sampler) -> Candidates:
    """Objects with an unknown or a missing tag, or with the tag of one branch and the fields of another."""
    shape, name, tag = located.place.shape, _name(located), located.place.shape.tag
    if tag is None or not shape.objects:
        return
    values: dict[str, dict[str, Json]] = {}
    for branch in shape.objects:
        value = sampler.sample(branch.shape, branch_field(name, shape, branch.label))
        if isinstance(value, dict) and tag in value:
            values[branch.label] = value
    if not values:
        return
    first = values.get("user") or next(iter(values.values()))
    yield _reject(
        located, f"unknown-{tag}", first | {tag: _UNKNOWN}, f"{name} may not have the {tag} {_UNKNOWN!r}."
    )
    untagged = {key: value for key, value in first.items() if key != tag}
    yield _reject(located, f"no-{tag}", untagged, f"{name} must have a {tag}.")
    labels = list(values)
    for label, other in zip(labels, labels[1:] + labels[:1], strict=True):
        foreign = {key: value for key, value in values[other].items() if key != tag}
        if label != other and foreign.keys() - values[label].keys():
            mixed = {tag: values[label][tag]} | foreign
            text = f"{name} of {tag} {label!r} may not have the fields of {other!r} instead of its own."
            field = branch_field(name, shape, label)
            yield _reject(located, f"{label}-as-{other}", mixed, text, field=field)


def _enum(located: Located, _: Sampler) -> Candidates:
    shape, name = located.place.shape, _name(located)
    values: tuple[Json, ...] = shape.enum or ()
    for value in values[:MOST_LISTED]:
        yield _accept(located, str(value), value, f"{name} may be {value!r}.")
    outside: Json = _UNKNOWN
    if values and all(isinstance(value, int | float) for value in values):
        outside = max(value for value in values if isinstance(value, int | float)) + 1
    yield _reject(located, "outside", outside, f"{name} may not be {outside!r}, which is not in the list.")


def _bound(sign: int, *, excluded: bool = False) -> Callable[[Located, Sampler], Candidates]:
    """Candidates for the lower (`sign` 1) or the upper (-1) bound of a number."""

    def bound(located: Located, _: Sampler) -> Candidates:
        shape, name = located.place.shape, _name(located)
        limit = located.constraint.value
        side = "below" if sign > 0 else "above"
        if "integer" in shape.types:
            step = 1
        else:
            limit, step = float(limit), 0
            limit = int(limit) if limit.is_integer() else limit
        at = _reject if excluded else _accept
        yield at(located, "at", limit, f"{name} is sent at its bound {limit}.")
        inside: Json = limit + sign if step else _decimal(limit, sign, shape)
        if fits(shape, inside):
            yield _accept(located, "inside", inside, f"{name} may be {inside}.")
        if not step:
            neighbour = math.nextafter(limit, math.inf * sign)
            if fits(shape, neighbour):
                yield _accept(
                    located, "just-inside", neighbour, f"{name} may be the number next to its bound {limit}."
                )
        outside: Json = limit - sign if step else _decimal(limit, -sign, None)
        yield _reject(located, side, outside, f"{name} may not be {outside}, beyond its bound {limit}.")
        if not step and not excluded:
            neighbour = math.nextafter(limit, -math.inf * sign)
            text = f"{name} may not be {neighbour!r}, the number next to its bound {limit}, outside."
            yield _reject(located, f"just-{side}", neighbour, text)

    return bound


def _decimal(limit: float, direction: int, shape: Shape | None) -> float:
    """A short decimal near a bound, in the given direction; closer where the range is narrow."""
    for distance in (0.1, 0.01, 0.001):
        value = round(limit + direction * distance, 3)
        if shape is None or fits(shape, value):
            return value
    return limit + direction * 0.1


def _multiple_of(located: Located, _: Sampler) -> Candidates:
    unit, name = located.constraint.value, _name(located)
    yield _accept(located, "at", unit, f"{name} may be a multiple of {unit}.")
    yield _reject(located, "between", unit * 1.5, f"{name} may not lie between two multiples of {unit}.")


def _min_length(located: Located, sampler: Sampler) -> Candidates:
    least, name = located.constraint.value, _name(located)
    text = str(sampler.sample(located.place.shape, name) or "x")
    yield _accept(located, "at", _stretch(text, least), f"{name} may have {least} characters.")
    yield _accept(located, "inside", _stretch(text, least + 1), f"{name} may have {least + 1} characters.")
    if least > 0:
        words = "be empty" if least == 1 else f"have {least - 1} characters"
        yield _reject(located, "below", _stretch(text, least - 1), f"{name} may not {words}.")


def _max_length(located: Located, sampler: Sampler) -> Candidates:
    most, name = located.constraint.value, _name(located)
    text = str(sampler.sample(located.place.shape, name) or "x")
    yield _accept(located, "at", _stretch(text, most), f"{name} may have {most} characters.")
    yield _accept(located, "inside", _stretch(text, most - 1), f"{name} may have {most - 1} characters.")
    yield _reject(located, "above", _stretch(text, most + 1), f"{name} may not have {most + 1} characters.")


def _stretch(text: str, length: int) -> str:
    """A text of exactly this length with the beginning of `text`."""
    return (text + " " + "a " * length)[:length].removesuffix(" ").ljust(length, "a")


_SIMPLE_PATTERN = re.compile(r"^\^(\[[^\]]+\])(?:\{(\d+),(\d+)\}|([+*]))\$$")


def _pattern(located: Located, sampler: Sampler) -> Candidates:
    pattern, name = located.constraint.value, _name(located)
    sample = sampler.sample(located.place.shape, name)
    if isinstance(sample, str) and matches(pattern, sample):
        yield _accept(located, "matching", sample, f"{name} may be {sample!r}.")
    simple = _SIMPLE_PATTERN.match(pattern)
    if simple and simple[3]:
        most = int(simple[3])
        letter = next(char for char in "aA1_-" if re.match(simple[1], char))
        yield _accept(located, "at", letter * most, f"{name} may have {most} characters.")
        yield _accept(located, "inside", letter * (most - 1), f"{name} may have {most - 1} characters.")
        yield _reject(located, "above", letter * (most + 1), f"{name} may not have {most + 1} characters.")
    for where, text in (("empty", ""), ("space", "two words"), ("letter", "tête"), ("sign", "a!b")):
        if not matches(pattern, text):
            yield _reject(located, where, text, f"{name} may not be {text!r}.")


def _format(located: Located, sampler: Sampler) -> Candidates:
    stated, name, shape = located.constraint.value, _name(located), located.place.shape
    yield _accept(located, "valid", sampler.sample(shape, name), f"{name} may be a valid {stated}.")
    if stated in FORMAT_OUTSIDE:  # in JSON Schema an annotation only: a server may accept or reject it
        text = f"{name} is not a valid {stated}; a server may accept or reject it."
        outside = FORMAT_OUTSIDE[stated]
        yield Candidate("outside", Put(outside), "any", "may", text, name)


def _items(located: Located, sampler: Sampler) -> Candidates:
    shape, name = located.place.shape, _name(located)
    least, most = shape.value("minItems") or 1, shape.value("maxItems")
    counts = range(least + 1, most) if most is not None and most <= _FEW else (max(2, least),)
    for count in counts:
        if most is None or count <= most:
            yield _accept(
                located, str(count), sampler.items(shape, name, count), f"{name} may have {count} items."
            )


def _min_items(located: Located, sampler: Sampler) -> Candidates:
    least, name, shape = located.constraint.value, _name(located), located.place.shape
    yield _accept(located, "at", sampler.items(shape, name, least), f"{name} may have {least} items.")
    if least > 0:
        fewer = sampler.items(shape, name, least - 1)
        yield _reject(located, "below", fewer, f"{name} may not have {least - 1} items.")


def _max_items(located: Located, sampler: Sampler) -> Candidates:
    most, name, shape = located.constraint.value, _name(located), located.place.shape
    yield _accept(located, "at", sampler.items(shape, name, most), f"{name} may have {most} items.")
    if most > _FEW:
        yield _accept(
            located, "inside", sampler.items(shape, name, most - 1), f"{name} may have {most - 1} items."
        )
    more = sampler.items(shape, name, most + 1)
    yield _reject(located, "above", more, f"{name} may not have {most + 1} items.")


def _unique_items(located: Located, sampler: Sampler) -> Candidates:
    name, shape = _name(located), located.place.shape
    one = sampler.items(shape, name, 1)
    yield _accept(located, "distinct", sampler.items(shape, name, 2), f"{name} may have distinct items.")
    yield _reject(located, "repeated", one * 2, f"{name} may not have the same item twice.")


def _min_properties(located: Located, _: Sampler) -> Candidates:
    least, name = located.constraint.value, _name(located)
    many: Json = {f"key{index}": "text" for index in range(least)}
    yield _accept(located, "at", many, f"{name} may have {least} properties.")
    if least > 0:
        few: Json = {f"key{index}": "text" for index in range(least - 1)}
        yield _reject(located, "below", few, f"{name} may not have {least - 1} properties.")


def _max_properties(located: Located, _: Sampler) -> Candidates:
    most, name = located.constraint.value, _name(located)
    at: Json = {f"key{index}": "text" for index in range(most)}
    more: Json = {f"key{index}": "text" for index in range(most + 1)}
    yield _accept(located, "at", at, f"{name} may have {most} properties.")
    yield _reject(located, "above", more, f"{name} may not have {most + 1} properties.")


def _additional_properties(located: Located, sampler: Sampler) -> Candidates:
    shape, name = located.place.shape, _name(located)
    place = name or "the body"
    if shape.closed:
        change = Add("undeclared_property", "text")
        text = f"{place} may not have a property that is not declared."
        yield Candidate("undeclared", change, "reject", "must", text, name)
    elif shape.values is not None:
        yield _accept(
            located, "entry", sampler.sample(shape, name) or {"key": "text"}, f"{place} may have entries."
        )
        yield _accept(located, "empty", {}, f"{place} may be empty.")
    else:
        change = Add("undeclared_property", "text")
        text = f"{place} may have a property that is not declared."
        yield Candidate("undeclared", change, "accept", "must", text, name)


def _required(located: Located, _: Sampler) -> Candidates:
    child = located.constraint.field
    place = located.place
    stated = place.shape.properties.get(located.child)
    if stated is not None and "readOnly" in stated.keywords:
        text = f"{child} is required in responses only; a request without it is valid."
        yield Candidate("missing", Drop(located.child), "any", "may", text, child)
        return
    text = f"{child} may not be left out."
    yield Candidate("missing", Drop(located.child), "reject", "must", text, child)


def _read_only(located: Located, sampler: Sampler) -> Candidates:
    name = _name(located)
    text = f"{name} is read-only: a server may ignore or reject it."
    yield Candidate("sent", Put(sampler.sample(located.place.shape, name)), "any", "may", text, name)


def _a(label: str) -> str:
    return f"an {label}" if label[:1] in "aeio" else f"a {label}"


_KEYWORDS: dict[str, Callable[[Located, Sampler], Candidates]] = {
    "type": _type,
    "nullable": _nullable,
    "oneOf": _union,
    "anyOf": _union,
    "discriminator": _union,
    "enum": _enum,
    "const": _enum,
    "minimum": _bound(1),
    "maximum": _bound(-1),
    "exclusiveMinimum": _bound(1, excluded=True),
    "exclusiveMaximum": _bound(-1, excluded=True),
    "multipleOf": _multiple_of,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "format": _format,
    "items": _items,
    "minItems": _min_items,
    "maxItems": _max_items,
    "uniqueItems": _unique_items,
    "minProperties": _min_properties,
    "maxProperties": _max_properties,
    "additionalProperties": _additional_properties,
    "readOnly": _read_only,
    "required": _required,
}
