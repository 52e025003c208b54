from __future__ import annotations

from collections.abc import Callable

import pytest

from aoai_specs.document import Document, Operation
from aoai_specs.schemas.shapes import Shape, places, request_media_type, request_shape, shape_at

Describe = Callable[..., Operation]


def shape_of(operation: Operation) -> Shape:
    shape = request_shape(operation)
    assert shape is not None
    return shape


def test_merges_the_parts_of_an_all_of(describe: Describe) -> None:
    shape = shape_of(
        describe(
            {
                "allOf": [
                    {"$ref": "#/components/schemas/common"},
                    {"properties": {"n": {"type": "integer", "maximum": 5}, "m": {"type": "string"}}},
                ],
                "required": ["m"],
            },
            components={
                "common": {
                    "type": "object",
                    "properties": {"n": {"type": "number", "minimum": 1, "maximum": 9}},
                    "required": ["n"],
                }
            },
        )
    )
    assert list(shape.properties) == ["n", "m"]
    assert set(shape.required) == {"n", "m"}
    n = shape.properties["n"]
    assert n.types == ("integer",)
    assert (n.value("minimum"), n.value("maximum")) == (1, 5)
    assert n.keywords["minimum"].pointer == "#/components/schemas/common/properties/n/minimum"
    assert n.keywords["maximum"].pointer.endswith("/schema/allOf/1/properties/n/maximum")


def test_allows_null_only_if_every_part_of_an_all_of_allows_it(describe: Describe) -> None:
    shape = shape_of(
        describe(
            {
                "type": "object",
                "properties": {
                    "one": {"allOf": [{"type": "string", "nullable": True}, {"type": "string"}]},
                    "both": {
                        "allOf": [{"type": "string", "nullable": True}, {"type": "string", "nullable": True}]
                    },
                },
            }
        )
    )
    assert not shape.properties["one"].nullable
    assert shape.properties["both"].nullable


def test_reads_null_in_a_list_of_types_and_as_a_branch(describe: Describe) -> None:
    shape = shape_of(
        describe(
            {
                "type": "object",
                "properties": {
                    "listed": {"type": ["string", "null"]},
                    "branch": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            openapi="3.1.0",
        )
    )
    assert shape.properties["listed"].nullable
    assert shape.properties["listed"].types == ("string",)
    assert shape.properties["branch"].nullable
    assert [branch.label for branch in shape.properties["branch"].branches] == ["string"]


def test_reads_an_exclusive_bound_in_both_forms(describe: Describe) -> None:
    shape = shape_of(
        describe(
            {
                "type": "object",
                "properties": {
                    "old": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "new": {"type": "number", "exclusiveMinimum": 0},
                    "not": {"type": "number", "minimum": 0, "exclusiveMinimum": False},
                },
            }
        )
    )
    assert shape.properties["old"].value("exclusiveMinimum") == 0
    assert "minimum" not in shape.properties["old"].keywords
    assert shape.properties["new"].value("exclusiveMinimum") == 0
    assert shape.properties["not"].value("minimum") == 0
    assert "exclusiveMinimum" not in shape.properties["not"].keywords


def test_stops_at_a_schema_that_contains_itself(describe: Describe) -> None:
    operation = describe(
        {"$ref": "#/components/schemas/tree"},
        components={
            "tree": {
                "type": "object",
                "properties": {
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/tree"}},
                    "name": {"type": "string"},
                },
            }
        },
    )
    found = {place.field: place.shape for place in places(shape_of(operation))}
    assert found["children[]"].recursive
    assert "name" in found
    assert "children[].name" not in found


def test_stops_at_an_all_of_that_contains_itself(describe: Describe) -> None:
    operation = describe(
        {"$ref": "#/components/schemas/knot"},
        components={"knot": {"allOf": [{"$ref": "#/components/schemas/knot"}, {"type": "object"}]}},
    )
    assert shape_of(operation).types == ("object",)


def test_creates_a_branch_for_each_value_that_a_discriminator_maps(describe: Describe) -> None:
    operation = describe(
        {"$ref": "#/components/schemas/base"},
        components={
            "base": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {"a": "#/components/schemas/A", "b": "#/components/schemas/B"},
                },
            },
            "A": {
                "allOf": [
                    {"$ref": "#/components/schemas/base"},
                    {"properties": {"left": {"type": "string"}}, "required": ["left"]},
                ]
            },
            "B": {"allOf": [{"$ref": "#/components/schemas/base"}]},
        },
    )
    shape = shape_of(operation)
    assert shape.union == "discriminator"
    assert shape.tag == "kind"
    assert [branch.label for branch in shape.branches] == ["a", "b"]
    assert shape.branches[0].shape.properties["kind"].enum == ("a",)
    assert set(shape.branches[0].shape.required) == {"kind", "left"}


def test_reads_values_listed_next_to_a_union_as_the_list(describe: Describe) -> None:
    shape = shape_of(
        describe(
            {
                "type": "object",
                "properties": {"role": {"enum": ["user"], "anyOf": [{"type": "string"}, {"enum": ["x"]}]}},
            }
        )
    )
    role = shape.properties["role"]
    assert not role.branches
    assert role.enum == ("user",)


def test_names_the_branches_of_a_message_by_its_role(chat: Operation) -> None:
    messages = shape_of(chat).properties["messages"].items
    assert messages is not None
    assert messages.tag == "role"
    assert [branch.label for branch in messages.branches] == [
        "system",
        "user",
        "assistant",
        "tool",
        "function",
    ]


def test_names_a_place_by_its_path(chat: Operation) -> None:
    fields = {place.field for place in places(shape_of(chat))}
    assert {
        "temperature",
        "stop[]",
        "logit_bias.*",
        "messages[user].content[image_url].image_url.detail",
        "messages[assistant].tool_calls[].function.name",
        "response_format[json_schema].json_schema.name",
        "tool_choice.function.name",
        "data_sources[azure_search].parameters.authentication[api_key].key",
    } <= fields


def test_marks_a_keyword_that_only_the_prose_states(chat: Operation) -> None:
    shape = shape_of(chat)
    assert shape.properties["tools"].keywords["maxItems"].source == "prose"
    assert shape.properties["functions"].keywords["maxItems"].source == "schema"


def test_prefers_json_to_a_form(describe: Describe) -> None:
    assert request_media_type(describe({"type": "object"})) == "application/json"
    assert request_media_type(describe({"type": "object"}, media_type="multipart/form-data")) == (
        "multipart/form-data"
    )


@pytest.mark.parametrize("as_published", [False, True])
def test_every_keyword_of_every_request_is_where_its_pointer_says(
    document: Document, as_published: bool
) -> None:
    from aoai_specs.catalogue import Catalogue

    read = Catalogue.packaged().load("2024-10-21", as_published=as_published)
    for operation in (each for each in read.operations.values() if each.request_media):
        for place in places(shape_of(operation)):
            for name, keyword in place.shape.keywords.items():
                if "/discriminator/" in keyword.pointer:
                    continue  # the narrowed tag of a mapped schema is stated by the mapping's key alone
                stated = read.resolve(keyword.pointer)
                assert stated == keyword.value or name in ("enum", "nullable", "discriminator"), keyword


def test_reads_a_schema_at_any_pointer(document: Document) -> None:
    shape = shape_at(document, "#/components/schemas/imageGenerationsRequest")
    assert shape.properties["n"].value("maximum") == 1
