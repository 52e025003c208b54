"""The JSON Schema of the configuration file, made from the table of options so that it is always current."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from aoai_conformance.configuration.reading import (
    DEFAULT_TARGETS,
    DEFAULTS,
    TARGET_NAME,
    TARGETS,
    configurable_options,
)
from aoai_conformance.options import TARGET_KEY, Duration, Option
from aoai_reports.formats.machine.schemas import PublishedSchema

_TITLE = "The configuration file: aoai-conformance.toml, or [tool.aoai-conformance] in pyproject.toml"
_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number"}


@cache
def configuration_schema() -> PublishedSchema:
    """The schema `config-v1`, for editors and for `schemas show config`."""
    schema = PublishedSchema("config", 1, _TITLE, "")
    text = json.dumps(_schema(), ensure_ascii=False, indent=2) + "\n"
    return PublishedSchema(schema.name, schema.version, schema.title, text)


def _schema() -> dict[str, Any]:
    options = {option.key: _option_schema(option) for option in configurable_options()}
    own = {TARGET_KEY: options[TARGET_KEY], "target": {"$ref": f"#/$defs/target/properties/{TARGET_KEY}"}}
    shared = {key: value for key, value in options.items() if key != TARGET_KEY}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:aoai-conformance:config:v1",
        "title": _TITLE,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            DEFAULT_TARGETS: {
                "description": "The targets to run if the user names none.",
                "type": "array",
                "items": {"type": "string"},
            },
            DEFAULTS: {
                "description": "Options of all targets; those of a target take precedence.",
                "type": "object",
                "additionalProperties": False,
                "properties": {key: {"$ref": f"#/$defs/target/properties/{key}"} for key in shared},
            },
            TARGETS: {
                "description": "The targets by name.",
                "type": "object",
                "propertyNames": {"pattern": f"^{TARGET_NAME.pattern}$"},
                "additionalProperties": {"$ref": "#/$defs/target"},
            },
        },
        "$defs": {
            "target": {
                "type": "object",
                "oneOf": [{"required": [TARGET_KEY]}, {"required": ["target"]}],
                "additionalProperties": False,
                "properties": {**own, **shared},
            }
        },
    }


def _option_schema(option: Option) -> dict[str, Any]:
    described: dict[str, Any] = {"description": option.help}
    if option.table:
        names = {"propertyNames": {"enum": list(option.table_keys)}} if option.table_keys else {}
        texts = {"type": "string", "minLength": 1}
        return {**described, "type": "object", **names, "additionalProperties": texts}
    if option.default not in (None, ()):
        described["default"] = str(option.default) if isinstance(option.default, Path) else option.default
    single = _value_schema(option)
    if option.takes_limits:
        number = {"type": "integer", "minimum": 1}
        one = {"anyOf": [single, number]}
        table = {"type": "object", "additionalProperties": number}
        return {**described, "anyOf": [single, number, table, {"type": "array", "items": one}]}
    if option.repeatable:
        return {**described, "anyOf": [single, {"type": "array", "items": single}]}
    return described | single


def _value_schema(option: Option) -> dict[str, Any]:
    if option.choices:
        return {"enum": list(option.choices)}
    if option.type is Duration:
        return {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "minLength": 1}]}
    kind = _TYPES.get(option.type, "string")
    if kind == "string":
        return {"type": kind, "minLength": 1}
    limits = {"minimum": option.minimum, "maximum": option.maximum}
    return {"type": kind, **{name: limit for name, limit in limits.items() if limit is not None}}
