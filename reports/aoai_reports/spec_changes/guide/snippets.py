"""Values and schemas before and after a change, on one line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes import markdown
from aoai_specs.comparison import Change, Description
from aoai_specs.errors import DocumentError
from aoai_specs.loading.references import follow

#: Keywords of a schema that a snippet shows as they are.
_SHOWN = (
    "type", "const", "enum", "format", "default", "minimum", "maximum", "minLength", "maxLength", "pattern",
    "minItems", "maxItems", "required",
)  # fmt: skip
_MOST_NAMES = 8
_LONGEST = 200
#: Kinds whose values are words of the comparison instead of values of the description.
_WORDS = frozenset(
    {"nullable-set", "nullable-unset", "deprecated", "undeprecated"}
    | {"property-required", "property-optional", "parameter-required", "parameter-optional"}
    | {"body-required", "body-optional", "header-required", "header-optional", "status-added"}
    | {"header-removed", "parameter-removed", "status-removed", "media-type-added", "media-type-removed"}
)
#: Kinds for which the schema says more than their values, and where it is below their place.
_DESCRIBED = {
    "property-added": "", "property-removed": "", "parameter-added": "/schema", "header-added": "/schema"
}  # fmt: skip


def before_and_after(change: Change, base: Description, revision: Description) -> str:
    """`before` and `after` as Markdown code; empty if the sentence about the change says it all."""
    only_flags = {type(change.base), type(change.revision)} <= {bool, type(None)}
    if change.id in _WORDS or (only_flags and change.id not in _DESCRIBED):
        return ""
    if change.id in ("enum-opened", "enum-closed"):
        opened = change.id == "enum-opened"
        values = _values(base, change.base_pointer) if opened else _values(revision, change.revision_pointer)
        return f"{'before' if opened else 'after'}: {code(_text(values))}" if values else ""
    described = _DESCRIBED.get(change.id)
    if described is not None:
        description = base if change.gone else revision
        word = "before" if change.gone else "after"
        return f"{word}: {code(_schema(description, change.pointer + described))}"
    sides = [
        f"{word}: {code(_text(value))}"
        for word, value in (("before", change.base), ("after", change.revision))
        if value is not None
    ]
    return ", ".join(sides)


def code(text: str) -> str:
    """Text as Markdown code of bounded length."""
    return markdown.code(visible_line(text, _LONGEST))


def listed(value: Any) -> str:
    """A value, or the values of a list, as Markdown code."""
    values = value if isinstance(value, list | tuple) else [value]
    shown = [code(each if isinstance(each, str) and each else _text(each)) for each in values[:_MOST_NAMES]]
    more = [f"{len(values) - _MOST_NAMES} more"] if len(values) > _MOST_NAMES else []
    return ", ".join([*shown, *more])


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _values(description: Description, pointer: str) -> list[Any]:
    """The values that an enumeration lists; empty if its place holds none."""
    try:
        _, found = follow(description.content, pointer)
    except DocumentError:
        return []
    values = found.get("enum") if isinstance(found, dict) else found
    return values if isinstance(values, list) and not any(isinstance(each, dict) for each in values) else []


def _schema(description: Description, pointer: str) -> str:
    try:
        _, schema = follow(description.content, pointer)
    except DocumentError:
        return "{}"
    return _text(_outline(description, schema)).replace('"', "").replace("{}", "any")


def _outline(description: Description, schema: Any, *, depth: int = 0) -> Any:
    """Return what matters of a schema: its type and limits, the names of its properties, its branches."""
    if not isinstance(schema, dict):
        return schema
    shown: dict[str, Any] = {key: schema[key] for key in _SHOWN if key in schema}
    properties = schema.get("properties")
    if isinstance(properties, dict):
        shown["properties"] = [
            *list(properties)[:_MOST_NAMES],
            *["…"][: max(0, len(properties) - _MOST_NAMES)],
        ]
    if isinstance(schema.get("items"), dict) and depth < 2:
        shown["items"] = _outline(description, _target(description, schema["items"]), depth=depth + 1)
    for keyword in ("oneOf", "anyOf", "allOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list):
            shown[keyword] = [_branch(each) for each in branches[:_MOST_NAMES]]
    return shown


def _branch(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return schema["$ref"].rpartition("/")[2]
    return schema.get("type", "any")


def _target(description: Description, schema: Mapping[str, Any]) -> Any:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    try:
        return follow(description.content, reference)[1]
    except DocumentError:
        return {}
