"""Examples, defaults and listed values that the format of their schema rejects."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from aoai_specs.json_values import as_list, is_number, quote
from aoai_specs.lint.checks.examples import carried_examples
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join
from aoai_specs.schemas.translation import Direction

_RANGES: dict[str, tuple[int, int]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}


@check(severity="warning")
def example_breaks_format(subject: Subject) -> Iterator[Mistake]:
    """An example, a default or a listed value that the format of its schema rejects."""
    for place in subject.survey.schemas:
        listed = [(join(place.pointer, key), place.schema[key]) for key in _SINGLE if key in place.schema]
        for key in ("examples", "enum"):
            listed += [
                (join(place.pointer, key, index), value)
                for index, value in enumerate(as_list(place.schema.get(key)))
            ]
        for pointer, value in listed:
            yield from _rejected(subject, pointer, value, place.pointer, place.schema, place.direction)
    for carrier in subject.survey.carriers:
        pointer, schema = subject.follow(join(carrier.pointer, "schema"))
        if schema and not carrier.media_type.partition(";")[0].strip().lower().endswith("xml"):
            for place_of_example, value in carried_examples(subject, carrier):
                yield from _rejected(subject, place_of_example, value, pointer, schema, carrier.direction)


_SINGLE = ("example", "default", "const")


def _rejected(
    subject: Subject,
    pointer: str,
    value: Any,
    schema_pointer: str,
    schema: dict[str, Any],
    direction: Direction | None,
) -> Iterator[Mistake]:
    if isinstance(value, dict | list):
        validator = subject.validator(schema_pointer, direction or "request")
        if validator is None or not validator.is_valid(value):
            return  # the check `example-breaks-schema` reports it
        strict = _strict(validator.schema)
        if strict is not None and not strict.is_valid(value):
            error = next(iter(strict.iter_errors(value)))
            inside = "/".join(str(each) for each in error.instance_path)
            where = f" at {inside}" if inside else ""
            yield Mistake(pointer, f"The value{where} does not match its format: {error.message}.", value)
        return
    stated = subject.follow(schema_pointer)[1] if "$ref" in schema else schema
    form = stated.get("format")
    if isinstance(form, str) and not fits_format(value, form):
        yield Mistake(pointer, f"{quote(value)} does not match its format {form}.", value)


def fits_format(value: Any, form: str) -> bool:
    """Whether a plain value matches a format; formats that are not known match everything."""
    if form in _RANGES:
        low, high = _RANGES[form]
        return not is_number(value) or low <= value <= high
    return not isinstance(value, str) or bool(_checker(form).is_valid(value))


@cache
def _checker(form: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"format": form}, validate_formats=True, formats={"byte": _is_base64}
    )


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _strict(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator | None:
    """Return a validator that checks formats, too; None if the schema has no format to check."""
    bounded, found = _with_ranges(schema)
    if not found:
        return None
    return jsonschema_rs.Draft202012Validator(bounded, validate_formats=True, formats={"byte": _is_base64})


def _with_ranges(schema: Any) -> tuple[Any, bool]:
    """Return a schema in which the formats of integers are bounds, and whether it has formats."""
    if isinstance(schema, list):
        pairs = [_with_ranges(each) for each in schema]
        return [each for each, _ in pairs], any(found for _, found in pairs)
    if not isinstance(schema, dict):
        return schema, False
    result: dict[str, Any] = {}
    found = False
    for key, value in schema.items():
        result[key], inside = (value, False) if key in ("enum", "const") else _with_ranges(value)
        found = found or inside or (key == "format" and isinstance(value, str))
    form = schema.get("format")
    if isinstance(form, str) and form in _RANGES:
        low, high = _RANGES[form]
        result["allOf"] = [*result.get("allOf", ()), {"minimum": low, "maximum": high}]
    return result, found
