"""Compare and lint small descriptions in one process and in two, and print what differs.

A program of its own, since a process with several threads, such as a worker of pytest-xdist, does not fork.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aoai_specs import side_process
from aoai_specs.comparison import ahead, compare, described, described_pair, reading_pairs
from aoai_specs.comparison.schemas import inclusion
from aoai_specs.lint import Subject, lint, running

JSON = "application/json"
#: Steps of all searches that suffice for the first schema, but not after those of all others.
LIMIT = 300
TEXT = {"type": "string"}
MESSAGE = {"$ref": "#/components/schemas/Message"}


def kind_of_message(name: str, /, **properties: Any) -> dict[str, Any]:
    own = {"role": {"type": "string", "enum": [name]}, **properties}
    return {"allOf": [MESSAGE, {"type": "object", "required": ["role"], "properties": own}]}


def description(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a description with an operation for each schema."""
    refs = {name: {"schema": {"$ref": f"#/components/schemas/{name}"}} for name in schemas}
    return {
        "openapi": "3.0.3",
        "info": {"title": "things", "version": "1"},
        "paths": {
            f"/{name}": {
                "post": {
                    "requestBody": {"content": {JSON: held}},
                    "responses": {"200": {"description": "what comes", "content": {JSON: held}}},
                }
            }
            for name, held in refs.items()
        },
        "components": {"schemas": schemas},
    }


KINDS = [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}} for kind in "abcd"]
BASE = description(
    {
        "Kinds": {"anyOf": KINDS},
        "Message": {
            "type": "object",
            "discriminator": {"propertyName": "role", "mapping": {"user": "User", "tool": "Tool"}},
            "properties": {"role": {"type": "string", "enum": ["user", "tool"]}, "text": TEXT},
        },
        "User": kind_of_message("user", name={"type": "string", "maxLength": 9}),
        "Tool": kind_of_message("tool", id={"type": "string", "minLength": 9, "maxLength": 3}),
        "Format": {"type": "object", "properties": {"type": {"enum": ["text", "json"]}, "strict": TEXT}},
        "Tree": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Tree"}, "a": TEXT}},
    }
)
REVISION = description(
    {
        **BASE["components"]["schemas"],
        "Kinds": {"oneOf": [{"anyOf": KINDS[:2]}, {"anyOf": KINDS[2:]}]},
        "User": kind_of_message("user", name={"type": "string", "maxLength": 5}, more=TEXT),
        "Format": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["type", "strict"],
                    "maxProperties": 3,
                    "properties": {"type": {"enum": [kind]}, "strict": {"type": "string", "maxLength": 4}},
                }
                for kind in ("text", "json")
            ]
        },
        "Tree": {
            "type": "object",
            "properties": {"inner": {"$ref": "#/components/schemas/Tree"}, "a": {"type": "integer"}},
        },
    }
)


def everything(process: side_process.SideProcess) -> Iterator[bytes]:
    """Yield all messages, so that the second process does as much as it may."""
    while (message := process.receive()) is not None:
        yield message


def nothing(process: side_process.SideProcess) -> Iterator[bytes]:
    """Yield no message, so that this process compares everything, from the last operation on."""
    yield from ()


def main() -> None:
    files = [str(Path(sys.argv[1]) / name) for name in ("base.json", "revision.json")]
    for file, content in zip(files, (BASE, REVISION), strict=True):
        Path(file).write_text(json.dumps(content, indent=1), encoding="utf-8")
    alone = [described(file) for file in files]
    changes = compare(*alone).to_json()
    findings = [each.to_json() for each in lint(Subject.of_file(files[0]))]
    with patch.object(inclusion, "_ALL_STEPS", LIMIT):
        limited = compare(*alone).to_json()
    with (
        patch.object(side_process.os, "sched_getaffinity", lambda _: {0, 1}, create=True),
        patch.object(reading_pairs, "_LARGE", 0),
        patch.object(ahead, "_FEWEST_CHANGED", 0),
        patch.object(running, "_FEWEST_SCHEMAS", 0),
        patch.object(side_process.SideProcess, "arrived", everything),
        patch.object(side_process.SideProcess, "__init__", autospec=True, side_effect=counted) as started,
    ):
        pair = described_pair(files[0], files[1])
        found = {
            "contents": [each.content for each in pair] == [each.content for each in alone],
            "lines": [each.line("#/components/schemas/Tree") for each in pair],
            "changes": compare(*pair).to_json() == changes and len(changes["changes"]) > 4,
            "findings": [each.to_json() for each in lint(Subject.of_file(files[0]))] == findings != [],
            "processes": started.call_count,
        }
        with patch.object(inclusion, "_ALL_STEPS", LIMIT):
            found["limited"] = compare(*pair).to_json() == limited
        with patch.object(side_process.SideProcess, "arrived", nothing):
            found["backwards"] = compare(*pair).to_json() == changes
            with patch.object(inclusion, "_ALL_STEPS", LIMIT):
                found["limited backwards"] = compare(*pair).to_json() == limited
            with patch.object(ahead, "_is_entangled", lambda _: True):
                found["again"] = compare(*pair).to_json() == changes
    sys.stdout.write(json.dumps(found))


START = side_process.SideProcess.__init__


def counted(process: side_process.SideProcess, work: Any) -> None:
    START(process, work)


if __name__ == "__main__":
    main()
