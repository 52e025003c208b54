"""From the errors of the `jsonschema` library to errors that a reader can act on.

The library's error knows the failing keyword and the value. What is added here is the place in the document
that states the requirement (which the translation keeps in `x-clause`), one entry per missing or unwanted
field, and, for a union, the one error that matters: the deepest inside the branch that the value evidently
means.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aoai_specs.pointers import escaped
from aoai_specs.schemas.patterns import matches

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_UNIONS = ("oneOf", "anyOf")
_MAX_TEXT = 120
_MAX_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One place where a value breaks a schema.

    `pointer` is a JSON Pointer into the value; for a missing field it is where the field would be. `clause`
    addresses the document (`azure-openai@2024-10-21#/components/…/maximum`), `keyword` names what is broken
    (`maximum`, `required`, `discriminator`, …). `expected` and `actual` are JSON, with long values cut short;
    for a missing field they are its name and the names of the fields that are there. `message` is one
    sentence. `overlap` says that the value fits several branches where one is allowed: nothing in the value
    is wrong then, the branches overlap.
    """

    pointer: str
    clause: str
    keyword: str
    expected: Any
    actual: Any
    message: str
    overlap: bool = False


def explained(errors: Iterable[ValidationError], document: str, root: dict[str, Any]) -> list[SchemaError]:
    """The errors of one value, each once, in the order of the value's pointers.

    Where two members of an `allOf` state the same, the later one is named. `document` begins each clause;
    `root` is the schema that holds the definitions.
    """
    distinct: dict[tuple[str, str, str], SchemaError] = {}
    for error in errors:
        for found in _explain(error, document, root):
            distinct[found.pointer, found.keyword, json.dumps(found.expected, sort_keys=True)] = found
    return sorted(distinct.values(), key=lambda found: (_sortable(found.pointer), found.keyword))


def shortened(value: Any, depth: int = 3) -> Any:
    """A value with long texts, long lists and deep parts cut short, still JSON."""
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        if depth == 0 and value:
            return f"… ({len(value)} items)"
        kept = [shortened(each, depth - 1) for each in value[:_MAX_MEMBERS]]
        return kept if len(value) <= _MAX_MEMBERS else [*kept, f"… ({len(value)} items)"]
    if isinstance(value, dict):
        if depth == 0 and value:
            return f"… ({len(value)} fields)"
        kept_fields = {
            shortened(name): shortened(each, depth - 1) for name, each in list(value.items())[:_MAX_MEMBERS]
        }
        return kept_fields if len(value) <= _MAX_MEMBERS else {**kept_fields, "…": f"({len(value)} fields)"}
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
        meant = _meant_branch(error)
        if meant is not None:
            for inner in meant:
                yield from _explain(inner, document, root)
            return
    yield from _Describer(error, document, root).describe()


def _meant_branch(error: ValidationError) -> Sequence[ValidationError] | None:
    """The errors of the one branch that the value evidently means, if there is exactly one.

    By its JSON type first; then by the constants and enumerations of its fields, such as role and type.
    """
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    meant = [inner for index, inner in branches.items() if not _is_of_other_type(inner)]
    if len(meant) > 1:
        by_constants = [inner for inner in meant if not _has_other_constants(inner)]
        meant = by_constants or meant
    return meant[0] if len(meant) == 1 else None


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
    """Says in one or several entries what one error of the library means."""

    def __init__(self, error: ValidationError, document: str, root: dict[str, Any]) -> None:
        self._error = error
        self._instance: Any = error.instance
        self._wanted: Any = error.validator_value
        self._document = document
        self._root = root
        self._schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
        self._pointer = "".join(f"/{escaped(token)}" for token in error.absolute_path)
        self._keyword = str(self._schema.get("x-keyword", error.validator or "false"))
        tail = self._schema.get("x-tail", self._keyword)
        place = self._schema.get("x-clause", "#")
        self._clause = f"{document}{place}/{tail}" if tail else f"{document}{place}"

    def describe(self) -> Iterator[SchemaError]:
        match self._error.validator:
            case "required":
                yield from self._missing()
            case "additionalProperties" if isinstance(self._wanted, bool):
                yield from self._unwanted()
            case "oneOf" | "anyOf":
                yield self._union()
            case "not" if self._keyword in ("readOnly", "writeOnly", "false"):
                yield self._entry(None, f"{self._place()} must not be sent in this direction.")
            case "not":
                yield self._entry(None, f"{self._place()} fits a schema that it must not fit.")
            case "enum" | "const":
                listed = self._wanted if self._error.validator == "enum" else [self._wanted]
                yield self._entry(
                    shortened(listed), f"{self._place()} is none of the values that are allowed."
                )
            case _:
                yield self._entry(shortened(self._wanted), self._sentence())

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
        for name in self._wanted:
            if name not in self._instance:
                pointer = f"{self._pointer}/{escaped(name)}"
                yield self._entry(name, f"{pointer} is required, and missing.", pointer, present)

    def _unwanted(self) -> Iterator[SchemaError]:
        patterns = self._schema.get("patternProperties", {})
        for name, value in self._instance.items():
            if name in self._schema.get("properties", {}) or any(matches(each, name) for each in patterns):
                continue
            pointer = f"{self._pointer}/{escaped(name)}"
            actual = shortened(value)
            yield self._entry(None, f"{pointer} is not a field that is allowed here.", pointer, actual)

    def _union(self) -> SchemaError:
        branches = [self._branch_name(branch) for branch in self._wanted]
        if self._error.context:
            return self._entry(branches, f"{self._place()} fits none of the branches that are allowed.")
        message = f"{self._place()} fits more than one branch, and only one is allowed."
        return replace(self._entry(branches, message), overlap=True)

    def _branch_name(self, branch: Any, depth: int = 2) -> Any:
        """What a reader calls a branch: the name of its schema, or else its type."""
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
        place, wanted = self._place(), shortened(self._wanted)
        sentences = {
            "type": f"{place} is of another type than {_alternatives(wanted)}.",
            "minimum": f"{place} is below the minimum {wanted}.",
            "exclusiveMinimum": f"{place} is not above {wanted}.",
            "maximum": f"{place} is above the maximum {wanted}.",
            "exclusiveMaximum": f"{place} is not below {wanted}.",
            "multipleOf": f"{place} is no multiple of {wanted}.",
            "minLength": f"{place} has fewer than {wanted} characters.",
            "maxLength": f"{place} has more than {wanted} characters.",
            "pattern": f"{place} does not match the pattern {wanted}.",
            "minItems": f"{place} has fewer than {wanted} items.",
            "maxItems": f"{place} has more than {wanted} items.",
            "uniqueItems": f"{place} holds an item twice.",
            "minProperties": f"{place} has fewer than {wanted} fields.",
            "maxProperties": f"{place} has more than {wanted} fields.",
        }
        return sentences.get(str(self._error.validator), f"{place} breaks {self._keyword}.")


def _alternatives(types: Any) -> str:
    return " or ".join(map(str, types)) if isinstance(types, list) else str(types)
