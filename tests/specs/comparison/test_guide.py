"""The guide for client developers: sections, places and sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from small_descriptions import description

from aoai_reports.spec_changes.guide import render
from aoai_reports.spec_changes.guide.advice import advised_kinds
from aoai_reports.spec_changes.wording import SpecComparison
from aoai_specs.comparison import Description, compare
from aoai_specs.comparison.kinds import KINDS

TEXT: dict[str, Any] = {"type": "string"}
NUMBER = {"type": "number"}
SHORT = {**TEXT, "maxLength": 9}
SHORTER = {**TEXT, "maxLength": 1}
REFERENCE = "#/components/schemas/Shared"
BODY = "In the request body (application/json):"
RESPONSE = "In the body of the response 200 (application/json):"


def guide(base: Description, revision: Description) -> str:
    return render(SpecComparison(compare(base, revision), base, revision))


def sections(text: str) -> dict[str, list[str]]:
    """The items of a guide by their section."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in text.splitlines():
        if line.startswith("### "):
            title = line.removeprefix("### ")
        elif line.startswith("- ") and title:
            found.setdefault(title, []).append(line.removeprefix("- "))
    return found


def of_field(where: str, before: Any, after: Any, **options: Any) -> dict[str, list[str]]:
    """The sections of the guide for a field whose schema changes, in the request or the response."""
    sides = [
        description(**{where: {"type": "object", "properties": {"list": {"type": "array", "items": each}}}})
        for each in (before, after)
    ]
    return sections(guide(*sides))


MUST, LIMIT, MAY, RECEIVE = (
    "You must change",
    "Limits and defaults that are new or newly documented",
    "You may change",
    "You will newly receive",
)


@pytest.mark.parametrize(
    ("where", "before", "after", "section", "item"),
    [
        ("request", SHORT, SHORTER, MUST, "send at most `1` character instead of `9`"),
        ("request", {"enum": ["a", "b"]}, {"enum": ["a"]}, MUST, "do not send `b` any more"),
        ("request", {"type": "integer"}, TEXT, MUST, "send `string` instead of `integer`"),
        ("request", TEXT, SHORT, LIMIT, "send at most `9` characters"),
        ("request", TEXT, {**TEXT, "pattern": "^a"}, LIMIT, "match the pattern `^a`"),
        ("request", TEXT, {**TEXT, "default": "x"}, LIMIT, "left out, it now counts as `x`"),
        ("request", {"enum": ["a"]}, {"enum": ["a", "b"]}, MAY, "you may send `b`"),
        ("request", SHORTER, SHORT, MAY, "you may send at most `9` characters instead of `1`"),
        ("request", NUMBER, {**NUMBER, "maximum": 3, "exclusiveMaximum": True}, LIMIT, "send less than `3`"),
        ("request", SHORT, TEXT, MAY, "no limit is described any more; before, it was `9`"),
        ("response", {"enum": ["a"]}, {"enum": ["a", "b"]}, RECEIVE, "may be `b`"),
        ("response", TEXT, {**TEXT, "nullable": True}, RECEIVE, "may be null"),
        ("response", SHORT, TEXT, RECEIVE, "may exceed the limit of at most `9` characters"),
        ("response", SHORTER, SHORT, RECEIVE, "is at most `9` characters instead of `1`"),
    ],
)  # fmt: skip
def test_a_change_of_a_field_is_in_its_section(
    where: str, before: Any, after: Any, section: str, item: str
) -> None:
    (found,) = of_field(where, before, after).items()
    mark = "**breaking** – " if section == RECEIVE else ""
    assert found == (section, [f"{mark}`list[]`: {item}"])


@pytest.mark.parametrize(
    ("where", "before", "after"),
    [("response", TEXT, {**TEXT, "maxLength": 9}), ("response", {"enum": ["a", "b"]}, {"enum": ["a"]})],
)
def test_what_needs_no_action_is_only_counted(where: str, before: Any, after: Any) -> None:
    sides = [description(**{where: each}) for each in (before, after)]
    text = guide(*sides)
    assert sections(text) == {}
    assert "1 further change of the description needs no action." in text


def test_the_values_of_an_enumeration_that_closes_are_shown() -> None:
    opened = {"anyOf": [TEXT, {"enum": ["a", "b"]}]}
    found = of_field("request", opened, {"enum": ["a", "b"]})
    assert found == {LIMIT: ['`list[]`: send only the listed values (after: `["a", "b"]`)']}


def test_a_parameter_is_named_by_its_place() -> None:
    sides = [
        description(operation={"parameters": [{"name": "a|`b`", "in": "query", "schema": schema}]})
        for schema in (TEXT, SHORT)
    ]
    text = guide(*sides)
    assert sections(text) == {LIMIT: ["the query parameter `a|'b'`: send at most `9` characters"]}


def test_every_kind_with_advice_exists() -> None:
    assert advised_kinds() - KINDS.keys() == set()


def test_a_new_field_shows_its_schema() -> None:
    base, revision = (
        description(response={"type": "object", "properties": properties})
        for properties in ({}, {"usage": {"type": "object", "properties": {"tokens": {"type": "integer"}}}})
    )
    text = guide(base, revision)
    assert RESPONSE in text
    assert sections(text) == {RECEIVE: ["`usage`: new (after: `{type: object, properties: [tokens]}`)"]}


def test_a_required_field_comes_before_an_optional_one() -> None:
    base, revision = (
        description(request={"type": "object", "properties": properties, "required": required})
        for properties, required in (({}, []), ({"a": TEXT, "b": TEXT}, ["b"]))
    )
    text = guide(base, revision)
    assert sections(text) == {
        MUST: ["`b`: send it (after: `{type: string}`)"],
        MAY: ["`a`: you may send it (after: `{type: string}`)"],
    }
    assert text.index(BODY) < text.index(MAY)


def test_a_path_leads_through_references_and_branches() -> None:
    def nested(inner: dict[str, Any]) -> Description:
        schemas = {
            "Outer": {"allOf": [{"properties": {"middle": {"$ref": "#/components/schemas/Middle"}}}]},
            "Middle": {"type": "array", "items": {"anyOf": [TEXT, {"$ref": "#/components/schemas/Inner"}]}},
            "Inner": {"type": "object", "properties": {"size": inner}},
        }  # fmt: skip
        return description(request={"$ref": "#/components/schemas/Outer"}, schemas=schemas)

    text = guide(nested({"type": "integer", "maximum": 2}), nested({"type": "integer", "maximum": 1}))
    assert sections(text) == {MUST: ["`middle[].size`: send at most `1` instead of `2`"]}


def two_operations(schema: dict[str, Any], **paths: Any) -> Description:
    one = description(request=schema)
    held = dict(one.content["paths"])
    held["/others"] = held["/things"]
    return replace(one, content={**one.content, "paths": {**held, **paths}})


def test_a_step_of_several_operations_is_listed_once() -> None:
    text = guide(two_operations(TEXT), two_operations({**TEXT, "maxLength": 3}))
    assert "## Several operations" in text
    assert "## POST" not in text
    assert sections(text) == {LIMIT: ["the request body (application/json): send at most `3` characters"]}


def test_removed_and_new_operations_are_listed() -> None:
    get = {"get": {"responses": {"200": {"description": "what comes"}}}}
    text = guide(two_operations(TEXT, **{"/old": get}), two_operations(TEXT, **{"/new": get}))
    assert text.index("## Removed operations") < text.index("- GET /old") < text.index("## New operations")
    assert text.index("## New operations") < text.index("- GET /new")


def test_the_api_version_to_send_comes_first() -> None:
    parameter = {"name": "api-version", "in": "query", "required": True, "schema": TEXT}
    sides = [
        replace(description(operation={"parameters": [parameter]}), version=version) for version in ("1", "2")
    ]
    assert "Send `api-version=2` instead of `api-version=1`." in guide(*sides)


def test_hostile_names_stay_text() -> None:
    name = "<img src=x>`|[a](javascript:x)"
    sides = [
        description(request={"type": "object", "properties": properties})
        for properties in ({}, {name: {"type": "string", "default": "`<b>`"}})
    ]
    (item,) = sections(guide(*sides))[MAY]
    assert item.count("`") == 4


def test_the_same_schema_in_several_responses_is_listed_for_each_with_its_own_verdict() -> None:
    def both(schema: dict[str, Any]) -> Description:
        body = {"description": "what comes", "content": {"application/json": {"schema": {"$ref": REFERENCE}}}}
        schemas = {"Shared": {"type": "object", "properties": {"code": schema}}}
        return description(operation={"responses": {"200": body, "400": body}}, schemas=schemas)

    text = guide(both(TEXT), both({**TEXT, "nullable": True}))
    assert sections(text) == {RECEIVE: ["**breaking** – `code`: may be null", "`code`: may be null"]}
    assert text.index("response 200") < text.index("response 400")


def test_equal_sentences_about_several_fields_are_one_item() -> None:
    sides = [
        description(request={"type": "object", "properties": dict.fromkeys("ab", schema)})
        for schema in ({**TEXT, "nullable": True}, TEXT)
    ]
    assert sections(guide(*sides)) == {MUST: ["`a`, `b`: do not send null any more"]}
