"""Small descriptions to compare, with one operation each."""

from __future__ import annotations

import copy
from typing import Any

from aoai_specs.comparison import Change, Description, compare
from aoai_specs.comparison.kinds import KINDS

JSON = "application/json"


def description(
    *,
    request: dict[str, Any] | None = None,
    response: dict[str, Any] | None = None,
    operation: dict[str, Any] | None = None,
    schemas: dict[str, Any] | None = None,
    openapi: str = "3.0.3",
    status: str = "200",
    **fields: Any,
) -> Description:
    """`POST /things` with a schema for its request and its response; `fields` go to the root."""
    held: dict[str, Any] = {"responses": {status: {"description": "what comes"}}}
    if response is not None:
        held["responses"][status]["content"] = {JSON: {"schema": response}}
    if request is not None:
        held["requestBody"] = {"required": True, "content": {JSON: {"schema": request}}}
    held |= operation or {}
    content = {
        "openapi": openapi,
        "info": {"title": "things", "version": "1"},
        "paths": {"/things": {"post": held}},
        "components": {"schemas": schemas or {}},
        **fields,
    }
    return Description("things", copy.deepcopy(content))


def changes(base: Description, revision: Description, **options: bool) -> tuple[Change, ...]:
    found = compare(base, revision, **options).changes
    assert {change.id for change in found} <= KINDS.keys()
    return found


def verdicts(base: Description, revision: Description) -> set[tuple[str, str, str]]:
    """The kind, direction and verdict of each change at each operation."""
    return {
        (change.id, each.direction, each.verdict)
        for change in changes(base, revision)
        for each in change.operations
    }


def of_schemas(
    base: dict[str, Any], revision: dict[str, Any], openapi: str = "3.1.0"
) -> set[tuple[str, str, str]]:
    """Return the verdicts for two schemas used in the request and in the response."""
    return verdicts(
        *(description(request={"type": "object", "properties": {"field": schema}},
                      response={"type": "object", "properties": {"field": schema}}, openapi=openapi)
          for schema in (base, revision))
    )  # fmt: skip
