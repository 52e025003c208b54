"""Validators of values against the schemas of a document.

Two libraries validate. `jsonschema_rs` is fast and finds out whether there are errors; `jsonschema` is slow
and reports them. Both use the same translated schema and must agree, which tests verify.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema_rs

from aoai_specs.json_values import is_deeper_than, nodes
from aoai_specs.schemas.schema_cost import require_bounded
from aoai_specs.schemas.schema_errors import SchemaError, explained

__all__ = ["Explained", "SchemaError", "Validator"]

#: The deepest value that is validated against a recursive schema.
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Explained:
    """The errors of a value; `cut_short` is set if there are more."""

    errors: tuple[SchemaError, ...]
    cut_short: bool = False


class Validator:
    """A schema of a document in one direction, ready to validate values.

    `schema` is its translation to JSON Schema 2020-12 (see `aoai_specs.schemas.translation`), `document` the
    prefix of the clauses of its errors. `recursive` says whether a definition contains itself, for a schema
    that is known to be bounded. Raises ValueError for an unusable schema.
    """

    def __init__(self, schema: dict[str, Any], document: str, *, recursive: bool | None = None) -> None:
        self.schema = schema
        self._document = document
        if recursive is None:
            require_bounded(schema)
            recursive = _is_recursive(schema)
        self._recursive = recursive
        self._fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=False)

    def is_valid(self, instance: Any) -> bool:
        """Whether a value, as returned by `json.loads`, matches the schema."""
        if self._recursive and is_deeper_than(instance, MAX_DEPTH):
            return False
        return bool(self._fast.is_valid(instance))

    def errors(self, instance: Any, *, at_most: int | None = None) -> list[SchemaError]:
        """Return the errors of a value in a fixed order; the list is empty exactly if `is_valid`.

        `at_most` limits the number of errors taken from the library, since explaining a hundred thousand
        wrong items takes minutes.
        """
        return list(self.explain(instance, at_most=at_most).errors)

    def explain(self, instance: Any, *, at_most: int | None = None) -> Explained:
        """Return the same errors, and whether `at_most` cut them short."""
        if self._recursive and is_deeper_than(instance, MAX_DEPTH):
            message = f"The value is nested deeper than {MAX_DEPTH} levels."
            return Explained((SchemaError("", f"{self._document}#", "depth", MAX_DEPTH, None, message),))
        if self._fast.is_valid(instance):
            return Explained(())
        from aoai_specs.schemas.jsonschema_errors import errors_of

        errors = errors_of(self.schema, instance)
        found = explained(islice(errors, at_most), self._document, self.schema)
        cut_short = at_most is not None and next(errors, None) is not None
        return Explained(tuple(found or [self._unexplained(instance)]), cut_short)

    def _unexplained(self, instance: Any) -> SchemaError:
        """Return the error of the fast library, in case the slow one finds none."""
        error = next(iter(self._fast.iter_errors(instance)))
        pointer = "".join(f"/{token}" for token in error.instance_path)
        keyword = str(error.schema_path[-1]) if error.schema_path else ""
        return SchemaError(pointer, f"{self._document}#", keyword, None, None, str(error.message))


def _is_recursive(schema: dict[str, Any]) -> bool:
    """Whether a definition contains itself at any depth."""
    names = {name: set(_references(each)) for name, each in schema.get("$defs", {}).items()}
    while ends := {name for name, referred in names.items() if not referred}:
        names = {name: referred - ends for name, referred in names.items() if name not in ends}
    return bool(names)


def _references(schema: Any) -> Iterator[str]:
    for node in nodes(schema):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix("#/$defs/")
