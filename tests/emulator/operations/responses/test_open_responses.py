"""Responses and their events match the schemas of Open Responses, where both describe them."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import distribution
from typing import Any

import jsonschema_rs
import pytest

from .conftest import FUNCTION, V1Client, events_of

#: Where the service and the standard (release 2026-04-24) differ, and why, by patterns of pointers.
DIFFERENCES = {
    r"/tools/\d+": "The standard describes tools of the type function only.",
    r"/tool_choice": "The standard describes the choice of functions only.",
    r"/output/\d+": "Calls of custom and hosted tools are items that the standard does not describe.",
    r"/text/format": "The standard fixes `schema` to null; the service repeats the schema of the request.",
    r"/text/verbosity": "The service sends null where the request does; the standard has no null there.",
    r"/reasoning": "The service knows the effort `minimal`, which the standard's list lacks.",
}
#: Items and tools that both describe, in which there is no difference.
SHARED = {"message", "function_call", "reasoning", "function"}


@cache
def standard() -> dict[str, Any]:
    """The description of Open Responses, from its package on PyPI."""
    package = distribution("openresponses-py")
    (path,) = [each for each in package.files or () if "openapi" in each.parts]
    described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return described


@cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    parts = {"components": standard()["components"]}
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **parts})


@cache
def schemas_of_events() -> dict[str, str]:
    """The name of the schema of each type of event."""
    found: dict[str, str] = {}
    for name, schema in standard()["components"]["schemas"].items():
        for kind in schema.get("properties", {}).get("type", {}).get("enum", ()):
            if name.endswith("Event"):
                found[kind] = name
    return found


def unexplained(name: str, value: dict[str, Any], inside: str = "") -> list[str]:
    """The errors of a value in its schema, without the known differences of a response or item inside."""
    found = []
    for error in validator(name).iter_errors(value):
        pointer = "/" + "/".join(map(str, error.instance_path))
        at = pointer.removeprefix(inside)
        explained = any(re.match(pattern, at) for pattern in DIFFERENCES)
        is_shared = isinstance(error.instance, dict) and error.instance.get("type") in SHARED
        if not explained or is_shared:
            found.append(f"{pointer}: {error.message[:300]}")
    return found


REQUESTS: dict[str, dict[str, Any]] = {
    "text": {"input": "Hello"},
    "a call": {"input": "Hello", "tools": [FUNCTION], "tool_choice": "required"},
    "JSON": {
        "input": "Answer.",
        "text": {
            "format": {"type": "json_schema", "name": "a", "schema": FUNCTION["parameters"], "strict": True}
        },
    },
    "cut off": {"input": "Tell a long story.", "max_output_tokens": 16},
    "a refusal": {"input": "[emulate: refuse No.]"},
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_response_matches_the_standard(client: V1Client, name: str):
    response = await client.create(**REQUESTS[name])
    assert unexplained("ResponseResource", response) == []


@pytest.mark.parametrize("name", REQUESTS)
async def test_every_event_that_both_describe_matches_the_standard(client: V1Client, name: str):
    answer = await client.http.post(
        "/openai/v1/responses", json={"model": "gpt-4o", "stream": True, **REQUESTS[name]}
    )
    shared = [event for event in events_of(answer) if event["type"] in schemas_of_events()]
    assert len(shared) > 5
    for event in shared:
        assert unexplained(schemas_of_events()[event["type"]], event, "/response") == []


async def test_each_difference_shows_in_some_response(client: V1Client):
    schema = {"type": "json_schema", "name": "a", "schema": FUNCTION["parameters"]}
    custom = {"type": "custom", "name": "note"}
    response = await client.create(
        input="Hello", tools=[custom], tool_choice=custom, text={"format": schema, "verbosity": None}
    )
    places = {
        "/" + "/".join(map(str, error.instance_path))
        for error in validator("ResponseResource").iter_errors(response)
    }
    shown = {pattern for pattern in DIFFERENCES if any(re.match(pattern, place) for place in places)}
    assert shown >= {r"/tools/\d+", r"/text/format"}
