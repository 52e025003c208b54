"""Hostile descriptions end in an error or in a comparison, without blowing up."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import changes, description

from aoai_specs.comparison.outline import methods
from aoai_specs.errors import DocumentError

SCHEMAS = "#/components/schemas"


def chain(keyword: str, length: int, end: dict[str, Any]) -> dict[str, Any]:
    schemas = {
        f"s{index}": {keyword: [{"$ref": f"{SCHEMAS}/s{index + 1}"}, {"type": "object"}]}
        for index in range(length)
    }
    return {**schemas, f"s{length}": end}


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_a_long_chain_of_references_ends(keyword: str) -> None:
    base, revision = (
        description(
            request={"$ref": f"{SCHEMAS}/s0"}, schemas=chain(keyword, 1500, {"type": "object", **end})
        )
        for end in ({}, {"maxProperties": 3})
    )
    with pytest.raises(DocumentError, match="nested too deeply"):
        changes(base, revision)


@pytest.mark.parametrize("count", [30, pytest.param(300, marks=pytest.mark.whole_selftest)])
def test_the_same_branches_of_large_unions_match(count: int) -> None:
    unions = [
        {"oneOf": [{"type": "object", "properties": {f"p{index}": {"type": "string"}}} for index in span]}
        for span in (range(count), range(count // 2, count // 2 + count))
    ]
    assert len(changes(*(description(request=union) for union in unions))) == count


def test_branches_of_large_unions_with_other_tags_are_not_the_same() -> None:
    base, revision = (
        description(
            request={
                "oneOf": [
                    {"type": "object", "properties": {"kind": {"const": f"{letter}{n}"}}} for n in range(61)
                ]
            }
        )
        for letter in "ab"
    )
    found = {change.id for change in changes(base, revision)}
    assert found == {"union-branch-removed", "union-branch-added"}


def test_schemas_that_contain_each_other_many_times_are_outlined_quickly() -> None:
    use = {"$ref": f"{SCHEMAS}/node"}
    node = {"type": "object", "properties": {f"p{index}": use for index in range(30)}}
    wider = {**node, "properties": {**node["properties"], "more": {"type": "string"}}}
    base, revision = (description(request=use, schemas={"node": each}) for each in (node, wider))
    assert [change.id for change in changes(base, revision)] == ["property-added"]
    assert methods(base, revision)[0].state == "updated"
