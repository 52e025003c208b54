"""The errors of the `jsonschema` library, configured to read JSON Schema as the fast library does.

A separate module, because importing that library takes longer than everything else here and a conformant
server never makes it necessary.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Protocol

import jsonschema_rs
from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from aoai_specs.schemas.patterns import matches

#: The largest quotient that decimals represent exactly; beyond, only the fast library decides.
_MAX_EXACT = 10**15


def errors_of(schema: dict[str, Any], instance: Any) -> Iterator[ValidationError]:
    """Yield the errors of a value as the library reports them. Formats are not checked."""
    yield from _Explaining(schema).iter_errors(instance)


def _is_number(_checker: TypeChecker, instance: Any) -> bool:
    if isinstance(instance, float):
        return math.isfinite(instance)
    return isinstance(instance, int) and not isinstance(instance, bool)


def _is_integer(_checker: TypeChecker, instance: Any) -> bool:
    """Whether a value is an integer: 1.0 is one; NaN and the infinities are not."""
    if isinstance(instance, float):
        return math.isfinite(instance) and instance.is_integer()
    return isinstance(instance, int) and not isinstance(instance, bool)


class _Applied(Protocol):
    """The validator that the library passes to a keyword."""

    def is_type(self, instance: Any, type: str) -> bool: ...  # noqa: A002 - the name in the library

    def descend(
        self, instance: Any, schema: Any, path: str | None = None, schema_path: str | None = None
    ) -> Iterable[ValidationError]: ...


def _pattern(
    validator: _Applied, pattern: str, instance: Any, _schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Apply ECMA 262 patterns: `$` matches only at the very end, and digits are ASCII."""
    if validator.is_type(instance, "string") and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: _Applied, patterns: dict[str, Any], instance: Any, _schema: dict[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in patterns.items():
        for name, value in instance.items():
            if matches(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _multiple_of(
    validator: _Applied, divisor: float, instance: Any, _schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Multiples are those of the decimal numbers as they are written: 0.3 is one of 0.1."""
    if validator.is_type(instance, "number") and not _is_multiple(divisor, instance):
        yield ValidationError(f"{instance!r} is no multiple of {divisor!r}")


def _is_multiple(divisor: float, number: float) -> bool:
    if abs(number) > _MAX_EXACT:
        return bool(jsonschema_rs.Draft202012Validator({"multipleOf": divisor}).is_valid(number))
    return Decimal(repr(number)) % Decimal(repr(divisor)) == 0


_Explaining = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"multipleOf": _multiple_of, "pattern": _pattern, "patternProperties": _pattern_properties},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_integer}
    ),
)
