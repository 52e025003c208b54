"""Validation errors that a reader can act on, from the errors of the `jsonschema` library.

The library reports the failing keyword and the value. This module adds the place in the document that states
the requirement (`x-clause` of the translation), one entry per missing or unexpected field, and for a union
only the errors of the branch that the value evidently belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aoai_specs.pointers import escape, join
from aoai_specs.schemas.patterns import matches

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_UNIONS = ("oneOf", "anyOf")
_MAX_TEXT = 120
_MAX_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One place where a value does not match a schema.

    `pointer` is a JSON Pointer into the value; for a missing field, it is the place of the field. `clause` is
    the address in the document (`azure-openai@2024-10-21#/components/…/maximum`), `keyword` the failing
    keyword (`maximum`, `required`, `discriminator`, …). `expected` and `actual` are JSON with long values cut
    short; for a missing field, they are its name and the names of the existing fields. `message` is one
    sentence. `overlap` is set if the value matches several branches where only one may match, so that the
    schema is wrong, not the value.
    """

    pointer: str
    clause: str
    keyword: str
    expected: Any
    actual: Any
    message: str
    overlap: bool = False


def explained(errors: Iterable[ValidationError], document: str, root: dict[str, Any]) -> list[SchemaError]:
    """Return the errors of one value, each once, ordered by pointer.

    If two members of an `allOf` state the same requirement, the later one is named. `document` is the prefix
    of the clauses, `root` the schema with the definitions.
    """
    distinct: dict[tuple[str, str, str], SchemaError] = {}
    for error in errors:
        for found in _explain(error, document, root):
            distinct[found.pointer, found.keyword, json.dumps(found.expected, sort_keys=True)] = found
    return sorted(distinct.values(), key=lambda found: (_sortable(found.pointer), found.keyword))


def shortened(value: Any, depth: int = 3) -> Any:
    """Return a JSON value with long strings, long lists and deep parts cut short."""
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        if depth == 0 and value:
            return f"… ({len(value)} items)"
        items = [shortened(each, depth - 1) for each in value[:_MAX_MEMBERS]]
        return items if len(value) <= _MAX_MEMBERS else [*items, f"… ({len(value)} items)"]
    if isinstance(value, dict):
        if depth == 0 and value:
            return f"… ({len(value)} fields)"
        fields = {
            shortened(name): shortened(each, depth - 1) for name, each in list(value.items())[:_MAX_MEMBERS]
        }
        return fields if len(value) <= _MAX_MEMBERS else {**fields, "…": f"({len(value)} fields)"}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**40:
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    return value


def _sortable(pointer: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(token), "") if token.isdecimal() and len(token) < 19 else (1, 0, token)
        for token in pointer.split("/")
    ]


def _explain(error: ValidationError, document: str, root: dict[str, Any]) -> Iterator[SchemaError]:
    if error.validator in _UNIONS and error.context:
        candidates = _intended_branch(error)
        if candidates is not None:
            for inner in candidates:
                yield from _explain(inner, document, root)
            return
    yield from _Describer(error, document, root).describe()


def _intended_branch(error: ValidationError) -> Sequence[ValidationError] | None:
    """Return the errors of the one branch that the value evidently belongs to, or None.

    Branches are selected by JSON type, then by the constants and enumerations of their fields, such as role
    and type.
    """
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    candidates = [inner for index, inner in branches.items() if not _is_of_other_type(inner)]
    if len(candidates) > 1:
        by_constants = [inner for inner in candidates if not _has_other_constants(inner)]
        candidates = by_constants or candidates
    return candidates[0] if len(candidates) == 1 else None


def _is_of_other_type(errors: Iterable[ValidationError]) -> bool:
    return any(_refuses_type(each) for each in errors)


def _refuses_type(error: ValidationError) -> bool:
    if error.relative_path:
        return False
    if error.validator in _UNIONS and error.context:
        branches: dict[int, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
        return all(_is_of_other_type(inner) for inner in branches.values())
    return error.validator == "type"


def _has_other_constants(errors: Iterable[ValidationError]) -> bool:
    return any(len(each.relative_path) <= 1 and each.validator in ("enum", "const") for each in errors)


class _Describer:
    """Converts one error of the library to one or more entries."""

    def __init__(self, error: ValidationError, document: str, root: dict[str, Any]) -> None:
        self._error = error
        self._instance: Any = error.instance
        self._value: Any = error.validator_value
        self._document = document
        self._root = root
        self._schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
        self._pointer = "".join(f"/{escape(token)}" for token in error.absolute_path)
        self._keyword = str(self._schema.get("x-keyword", error.validator or "false"))
        tail = self._schema.get("x-tail", self._keyword)
        place = self._schema.get("x-clause", "#")
        self._clause = f"{document}{place}/{tail}" if tail else f"{document}{place}"

    def describe(self) -> Iterator[SchemaError]:
        match self._error.validator:
            case "required":
                yield from self._missing()
            case "additionalProperties" if isinstance(self._value, bool):
                yield from self._unexpected()
            case "oneOf" | "anyOf":
                yield self._union()
            case "not" if self._keyword in ("readOnly", "writeOnly", "false"):
                yield self._entry(None, f"{self._place()} is not allowed in this direction.")
            case "not":
                yield self._entry(None, f"{self._place()} matches a schema that it must not match.")
            case "enum" | "const":
                listed = self._value if self._error.validator == "enum" else [self._value]
                yield self._entry(shortened(listed), f"{self._place()} is not one of the allowed values.")
            case _:
                yield self._entry(shortened(self._value), self._sentence())

    def _entry(
        self, expected: Any, message: str, pointer: str | None = None, actual: Any = None
    ) -> SchemaError:
        return SchemaError(
            pointer=self._pointer if pointer is None else pointer,
            clause=self._clause,
            keyword=self._keyword,
            expected=expected,
            actual=shortened(self._instance) if pointer is None else actual,
            message=message,
        )

    def _place(self) -> str:
        return self._pointer or "The whole value"

    def _missing(self) -> Iterator[SchemaError]:
        present = shortened(list(self._instance))
        for name in self._value:
            if name not in self._instance:
                pointer = f"{self._pointer}/{escape(name)}"
                yield self._entry(name, f"{pointer} is required but missing.", pointer, present)

    def _unexpected(self) -> Iterator[SchemaError]:
        patterns = self._schema.get("patternProperties", {})
        for name, value in self._instance.items():
            if name in self._schema.get("properties", {}) or any(matches(each, name) for each in patterns):
                continue
            pointer = join(self._pointer, name)
            actual = shortened(value)
            yield self._entry(None, f"{pointer} is not an allowed field.", pointer, actual)

    def _union(self) -> SchemaError:
        branches = [self._branch_name(branch) for branch in self._value]
        if self._error.context:
            return self._entry(branches, f"{self._place()} matches none of the allowed branches.")
        message = f"{self._place()} matches more than one branch; exactly one must match."
        return replace(self._entry(branches, message), overlap=True)

    def _branch_name(self, branch: Any, depth: int = 2) -> Any:
        """Return the name of the schema of a branch, or else its type."""
        if not isinstance(branch, dict):
            return branch
        if "$ref" in branch:
            name = str(branch["$ref"]).removeprefix("#/$defs/")
            return "null" if self._root["$defs"].get(name, {}).get("enum") == [None] else name
        if branch.get("type") == "array" and depth and isinstance(branch.get("items"), dict):
            return f"array of {self._branch_name(branch['items'], depth - 1)}"
        if "type" in branch:
            return branch["type"]
        if "required" in branch:
            return f"object with {' and '.join(branch['required'])}"
        members = [self._branch_name(each) for union in _UNIONS for each in branch.get(union, ())]
        return members or "…"

    def _sentence(self) -> str:
        place, limit = self._place(), shortened(self._value)
        sentences = {
            "type": f"{place} is not of type {_alternatives(limit)}.",
            "minimum": f"{place} is below the minimum {limit}.",
            "exclusiveMinimum": f"{place} is not greater than {limit}.",
            "maximum": f"{place} is above the maximum {limit}.",
            "exclusiveMaximum": f"{place} is not less than {limit}.",
            "multipleOf": f"{place} is not a multiple of {limit}.",
            "minLength": f"{place} has fewer than {limit} characters.",
            "maxLength": f"{place} has more than {limit} characters.",
            "pattern": f"{place} does not match the pattern {limit}.",
            "minItems": f"{place} has fewer than {limit} items.",
            "maxItems": f"{place} has more than {limit} items.",
            "uniqueItems": f"{place} has duplicate items.",
            "minProperties": f"{place} has fewer than {limit} fields.",
            "maxProperties": f"{place} has more than {limit} fields.",
        }
        return sentences.get(str(self._error.validator), f"{place} violates {self._keyword}.")


def _alternatives(types: Any) -> str:
    return " or ".join(map(str, types)) if isinstance(types, list) else str(types)
