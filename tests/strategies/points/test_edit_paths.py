"""The edits that reach a place: missing containers are created outermost first, existing ones stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aoai_model.case import Edit
from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_specs.schemas.shapes import Place, places, request_shape
from aoai_strategies.errors import EditError
from aoai_strategies.points.edit_paths import Add, Change, Drop, EditPaths, Put
from aoai_strategies.requests.editing import put
from aoai_strategies.requests.preferences import PREFERRED
from aoai_strategies.requests.samples import Sampler

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "plain": {"type": "string"},
        "outer": {
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": {"type": "string"},
                "inner": {"type": "object", "properties": {"leaf": {"type": "integer"}}},
            },
        },
        "a~b/c": {
            "type": "object",
            "properties": {"x/y~z": {"type": "integer"}, "other": {"type": "integer"}},
        },
        "list": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
        "rows": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        },
        "deep": {
            "type": "object",
            "required": ["middle"],
            "properties": {
                "middle": {
                    "type": "object",
                    "required": ["leaf"],
                    "properties": {"leaf": {"type": "integer"}},
                },
                "logit_bias": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
        },
        "function": {"type": "object", "properties": {"parameters": {"type": "object"}}},
        "functions": {
            "type": "array",
            "items": {"type": "object", "properties": {"parameters": {"type": "object"}}},
        },
        "maybe": {"type": "object", "nullable": True, "properties": {"leaf": {"type": "integer"}}},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        "union": {
            "oneOf": [
                {"type": "object", "title": "one", "properties": {"first": {"type": "string"}}},
                {"type": "array", "title": "two", "items": {"type": "string"}},
            ]
        },
    },
}


@pytest.fixture(scope="module")
def edits(describe: Callable[..., Operation]) -> Callable[[str, Change, Json], tuple[Edit, ...]]:
    shape = request_shape(describe(SCHEMA))
    assert shape is not None
    found: dict[str, Place] = {place.field: place for place in places(shape)}

    def made(field: str, change: Change, base: Json) -> tuple[Edit, ...]:
        return EditPaths(shape, base, Sampler("other")).edits_for(found[field], change)

    return made


def body(base: Json, edits: tuple[Edit, ...]) -> Json:
    for edit in edits:
        base = put(base, edit)
    return base


def test_a_top_level_field_needs_one_edit(edits: Any) -> None:
    assert edits("plain", Put(7), {}) == (Edit("/plain", 7),)


def test_missing_containers_are_created_outermost_first(edits: Any) -> None:
    assert edits("outer.inner.leaf", Put(7), {}) == (
        Edit("/outer", {"kind": "text"}),
        Edit("/outer/inner", {}),
        Edit("/outer/inner/leaf", 7),
    )


def test_existing_containers_stay(edits: Any) -> None:
    base = {"outer": {"kind": "mine", "inner": {"leaf": 1}}}
    assert edits("outer.inner.leaf", Put(7), base) == (Edit("/outer/inner/leaf", 7),)


def test_a_container_that_its_schema_does_not_admit_is_replaced(edits: Any) -> None:
    assert edits("outer.kind", Put("x"), {"outer": {}})[0] == Edit("/outer", {"kind": "text"})


def test_a_property_is_removed_from_an_object_that_is_created_if_missing(edits: Any) -> None:
    assert edits("outer", Drop("kind"), {}) == (
        Edit("/outer", {"kind": "text"}),
        Edit("/outer/kind", remove=True),
    )
    assert edits("outer", Drop("kind"), {"outer": {"kind": "x"}}) == (Edit("/outer/kind", remove=True),)


def test_a_property_is_added_to_the_object_at_the_place(edits: Any) -> None:
    assert edits("outer.inner", Add("new/name", 1), {"outer": {"kind": "x"}}) == (
        Edit("/outer/inner", {}),
        Edit("/outer/inner/new~1name", 1),
    )


def test_names_are_escaped_in_pointers_and_found_in_the_base(edits: Any) -> None:
    assert edits("a~b/c.x/y~z", Put(7), {"a~b/c": {"other": 1}}) == (Edit("/a~0b~1c/x~1y~0z", 7),)
    assert body({}, edits("a~b/c.x/y~z", Put(7), {})) == {"a~b/c": {"x/y~z": 7}}


def test_a_missing_array_is_created_with_one_item(edits: Any) -> None:
    assert body({}, edits("list[].id", Put("x"), {})) == {"list": [{"id": "x"}]}


def test_the_first_item_of_a_created_array_stays(edits: Any) -> None:
    assert edits("rows[].id", Put(7), {}) == (Edit("/rows", [{"id": "text"}]), Edit("/rows/0/id", 7))


def test_an_empty_array_gets_its_first_item(edits: Any) -> None:
    assert edits("list[].id", Put(7), {"list": []}) == (
        Edit("/list/0", {"id": "text"}),
        Edit("/list/0/id", 7),
    )


def test_what_a_created_container_requires_is_not_created_again(edits: Any) -> None:
    (created, last) = edits("deep.middle.leaf", Put("x"), {})
    assert created.pointer == "/deep"
    assert last == Edit("/deep/middle/leaf", "x")


@pytest.mark.parametrize("base", [{}, {"maybe": None}])
def test_null_is_replaced_by_a_container_even_where_it_is_admitted(edits: Any, base: Json) -> None:
    assert edits("maybe.leaf", Put(7), base) == (Edit("/maybe", {}), Edit("/maybe/leaf", 7))


def test_the_whole_request_is_replaced_at_the_root(edits: Any) -> None:
    assert edits("", Put(7), {"plain": "x"}) == (Edit("", 7),)


def test_a_nested_map_gets_the_key_that_servers_expect_in_it(edits: Any) -> None:
    base = {"deep": {"middle": {"leaf": 1}, "logit_bias": {"5": 1}}}
    assert edits("deep.logit_bias.*", Put("x"), base) == (Edit("/deep/logit_bias/100", "x"),)


@pytest.mark.parametrize(
    ("field", "base"), [("function.parameters", {}), ("functions[].parameters", {"functions": [{}]})]
)
def test_a_container_is_sampled_by_its_full_name(edits: Any, field: str, base: Json) -> None:
    changed: Any = body(base, edits(field, Add("more", 1), base))
    holder = changed["functions"][-1] if "functions" in changed else changed["function"]
    assert holder["parameters"] == {**PREFERRED[field], "more": 1}


def test_points_of_one_place_do_not_change_each_other(describe: Callable[..., Operation]) -> None:
    shape = request_shape(describe(SCHEMA))
    assert shape is not None
    changes = [
        (place, change)
        for place in places(shape)
        if place.steps
        for change in (Put("x"), Put(None), Add("more", 1), Drop("name"))
        if place.shape.types != ("string",) or isinstance(change, Put)
    ]
    paths = EditPaths(shape, {}, Sampler("other"))
    shared = [_edits_or_error(paths, *each) for each in changes]
    alone = [_edits_or_error(EditPaths(shape, {}, Sampler("other")), *each) for each in changes]
    assert shared == alone
    assert len(shared) > 20


def _edits_or_error(paths: EditPaths, place: Place, change: Change) -> object:
    try:
        return paths.edits_for(place, change)
    except EditError as error:
        return str(error)


def test_a_request_without_a_body_gets_one(edits: Any, describe: Callable[..., Operation]) -> None:
    assert edits("plain", Put(7), None) == (Edit("/plain", 7),)
    shape = request_shape(describe({"type": "object", "additionalProperties": {"type": "integer"}}))
    assert shape is not None
    (value,) = (place for place in places(shape) if place.steps)
    assert EditPaths(shape, None, Sampler("other")).edits_for(value, Put("x")) == (Edit("/key", "x"),)


def test_a_place_of_another_description_is_an_error(describe: Callable[..., Operation]) -> None:
    listed = {"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string"}}}}
    plain = {"type": "object", "properties": {"list": {"type": "string"}}}
    shape, other = request_shape(describe(listed)), request_shape(describe(plain))
    assert shape is not None
    assert other is not None
    item = next(place for place in places(shape) if place.field == "list[]")
    with pytest.raises(EditError, match="'list' has neither items nor values"):
        EditPaths(other, {}, Sampler("other")).edits_for(item, Put(7))


def test_a_whole_item_is_appended_to_an_existing_array(edits: Any) -> None:
    base = {"list": [{"id": "first"}]}
    assert edits("list[].id", Put(7), base) == (Edit("/list/-", {"id": 7}),)
    assert edits("list[]", Drop("id"), base) == (Edit("/list/-", {}),)


def test_an_array_within_an_appended_item_is_part_of_the_item(edits: Any) -> None:
    appended = Edit("/list/-", {"id": "text", "tags": [7]})
    assert edits("list[].tags[]", Put(7), {"list": [{"id": "first"}]}) == (appended,)


def test_a_value_of_a_map_replaces_the_first_that_exists(edits: Any) -> None:
    assert edits("map.*", Put("x"), {"map": {"mine": 1}}) == (Edit("/map/mine", "x"),)
    assert body({}, edits("map.*", Put("x"), {})) == {"map": {"key": "x"}}


def test_a_branch_is_entered_by_a_value_of_this_branch(edits: Any) -> None:
    assert edits("union.first", Put(7), {"union": ["text"]}) == (Edit("/union", {}), Edit("/union/first", 7))
    assert edits("union.first", Put(7), {"union": {"first": "x"}}) == (Edit("/union/first", 7),)


def test_a_whole_union_is_replaced_without_a_value_for_a_branch(edits: Any) -> None:
    assert edits("union", Put(7), {}) == (Edit("/union", 7),)
