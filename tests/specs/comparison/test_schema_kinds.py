"""Each kind of change of a schema in both directions: its id and its verdict."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import changes, description, of_schemas, verdicts

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
LIST = {"type": "array", "items": TEXT}
CAT = {"type": "object", "required": ["purrs"], "properties": {"purrs": {"type": "boolean"}}}
DOG = {"type": "object", "required": ["barks"], "properties": {"barks": {"type": "boolean"}}}

#: What narrows, from the first schema to the second: the kind there, and the kind back.
NARROWING: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"type": "number"}, NUMBER, "type-changed", "type-changed"),
    ({"type": ["string", "integer"]}, TEXT, "type-changed", "type-changed"),
    ({}, TEXT, "type-changed", "type-changed"),
    ({"type": ["string", "null"]}, TEXT, "nullable-unset", "nullable-set"),
    (TEXT, {**TEXT, "enum": ["a"]}, "enum-added", "enum-removed"),
    ({**TEXT, "enum": ["a", "b"]}, {**TEXT, "enum": ["a"]}, "enum-value-removed", "enum-value-added"),
    (TEXT, {**TEXT, "const": "a"}, "const-added", "const-removed"),
    (TEXT, {**TEXT, "pattern": "^a"}, "pattern-added", "pattern-removed"),
    (NUMBER, {**NUMBER, "maximum": 3}, "maximum-set", "maximum-unset"),
    ({**NUMBER, "maximum": 4}, {**NUMBER, "maximum": 3}, "maximum-tightened", "maximum-loosened"),
    ({**NUMBER, "maximum": 3}, {**NUMBER, "exclusiveMaximum": 3}, "maximum-tightened", "maximum-loosened"),
    (NUMBER, {**NUMBER, "minimum": 3}, "minimum-set", "minimum-unset"),
    ({**NUMBER, "minimum": 2}, {**NUMBER, "minimum": 3}, "minimum-tightened", "minimum-loosened"),
    (TEXT, {**TEXT, "maxLength": 3}, "max-length-set", "max-length-unset"),
    ({**TEXT, "maxLength": 4}, {**TEXT, "maxLength": 3}, "max-length-tightened", "max-length-loosened"),
    (TEXT, {**TEXT, "minLength": 3}, "min-length-set", "min-length-unset"),
    ({**TEXT, "minLength": 2}, {**TEXT, "minLength": 3}, "min-length-tightened", "min-length-loosened"),
    (LIST, {**LIST, "maxItems": 3}, "max-items-set", "max-items-unset"),
    ({**LIST, "maxItems": 4}, {**LIST, "maxItems": 3}, "max-items-tightened", "max-items-loosened"),
    (LIST, {**LIST, "minItems": 3}, "min-items-set", "min-items-unset"),
    (LIST, {**LIST, "uniqueItems": True}, "unique-items-set", "unique-items-unset"),
    ({"type": "object"}, {"type": "object", "maxProperties": 2}, "max-properties-set",
     "max-properties-unset"),
    ({"type": "object"}, {"type": "object", "minProperties": 2}, "min-properties-set",
     "min-properties-unset"),
    (NUMBER, {**NUMBER, "multipleOf": 2}, "multiple-of-set", "multiple-of-unset"),
    ({**NUMBER, "multipleOf": 2}, {**NUMBER, "multipleOf": 4}, "multiple-of-changed", "multiple-of-changed"),
    ({"type": "object"}, {"type": "object", "additionalProperties": False}, "additional-properties-closed",
     "additional-properties-opened"),
    ({"type": "object"}, {"type": "object", "additionalProperties": TEXT}, "additional-properties-added",
     "additional-properties-removed"),
    ({"type": "array"}, LIST, "items-added", "items-removed"),
    ({"oneOf": [CAT, DOG, LIST]}, {"oneOf": [CAT, DOG]}, "union-branch-removed", "union-branch-added"),
    ({"anyOf": [CAT, DOG]}, {"oneOf": [CAT, DOG]}, "union-exclusive", "union-inclusive"),
    (CAT, {**CAT, "required": []}, "property-optional", "property-required"),
    (TEXT, {**TEXT, "contentEncoding": "base64"}, "content-encoding-set", "content-encoding-unset"),
    ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}, "dependent-required-added",
     "dependent-required-removed"),
    ({"type": "object"}, {"type": "object", "propertyNames": {"pattern": "^a"}}, "property-names-added",
     "property-names-removed"),
    (TEXT, {**TEXT, "not": {"const": "a"}}, "not-added", "not-removed"),
    ({**TEXT, "not": {"enum": ["a", "b"]}}, {**TEXT, "not": {"enum": ["a", "b", "c"]}}, "enum-value-added",
     "enum-value-removed"),
]  # fmt: skip
WIDENS_THERE = {"property-optional"}


@pytest.mark.parametrize(("wide", "narrow", "there", "back"), NARROWING)
def test_narrower_requests_and_wider_responses_are_breaking(
    wide: dict[str, Any], narrow: dict[str, Any], there: str, back: str
) -> None:
    if there in WIDENS_THERE:
        wide, narrow, there, back = narrow, wide, back, there
    assert of_schemas(wide, narrow) == {(there, "request", "breaking"), (there, "response", "info")}
    assert of_schemas(narrow, wide) == {(back, "request", "info"), (back, "response", "breaking")}


@pytest.mark.parametrize(
    ("base", "revision", "kind"),
    [
        (TEXT, NUMBER, "type-changed"),
        ({**TEXT, "const": "a"}, {**TEXT, "const": "b"}, "const-changed"),
        ({**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "^b"}, "pattern-changed"),
        ({**TEXT, "format": "date"}, {**TEXT, "format": "uri"}, "format-changed"),
        (
            {**TEXT, "contentMediaType": "a/b"},
            {**TEXT, "contentMediaType": "a/c"},
            "content-media-type-changed",
        ),
    ],
)
def test_a_change_that_narrows_and_widens_is_breaking_both_ways(
    base: dict[str, Any], revision: dict[str, Any], kind: str
) -> None:
    assert of_schemas(base, revision) == {(kind, "request", "breaking"), (kind, "response", "breaking")}


def test_a_wider_pattern_is_a_warning_for_requests_since_dialects_differ() -> None:
    narrow, wide = {**TEXT, "pattern": "^a+$"}, {**TEXT, "pattern": "^[ab]+$"}
    assert of_schemas(narrow, wide) == {
        ("pattern-changed", "request", "warning"),
        ("pattern-changed", "response", "breaking"),
    }
    assert of_schemas(wide, narrow) == {
        ("pattern-changed", "request", "breaking"),
        ("pattern-changed", "response", "info"),
    }


def test_fewer_bases_that_add_nothing_are_a_warning_for_requests() -> None:
    base = {"type": "object", "properties": {"name": TEXT}}
    schemas = {"A": base, "B": base}
    two, one = (
        {"allOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]} for names in ("AB", "A")
    )
    found = changes(*(description(request=each, response=each, schemas=schemas) for each in (two, one)))
    assert {(each.id, way.direction, way.verdict) for each in found for way in each.operations} == {
        ("all-of-removed", "request", "warning"),
        ("all-of-removed", "response", "info"),
    }
    assert changes(*(description(request=each, schemas=schemas) for each in (one, two))) == ()


def test_an_added_or_removed_format_is_an_annotation() -> None:
    dated = {**TEXT, "format": "date"}
    assert of_schemas(TEXT, dated) == {
        ("format-added", "request", "warning"),
        ("format-added", "response", "info"),
    }
    assert of_schemas(dated, TEXT) == {
        ("format-removed", "request", "info"),
        ("format-removed", "response", "warning"),
    }


def test_distinguishes_wider_number_formats() -> None:
    small, large = {**NUMBER, "format": "int32"}, {**NUMBER, "format": "int64"}
    assert ("format-changed", "request", "info") in of_schemas(small, large)
    assert ("format-changed", "request", "breaking") in of_schemas(large, small)
    assert of_schemas({"type": "number"}, {"type": "number", "format": "float"}) == set()


def test_rates_a_default_of_a_body_by_the_earlier_behaviour() -> None:
    one, other = {**TEXT, "default": "a"}, {**TEXT, "default": "b"}
    assert of_schemas(one, other) == {
        ("default-changed", "request", "breaking"), ("default-changed", "response", "info")
    }  # fmt: skip
    assert of_schemas(TEXT, one) == {
        ("default-added", "request", "warning"),
        ("default-added", "response", "info"),
    }
    assert ("default-removed", "request", "warning") in of_schemas(one, TEXT)


@pytest.mark.parametrize(
    "opened",
    [
        {**TEXT, "enum": ["a"], "x-ms-enum": {"name": "letters", "modelAsString": True}},
        {**TEXT, "x-extensible-enum": ["a"]},
        {"anyOf": [TEXT, {**TEXT, "enum": ["a"]}]},
    ],
)
def test_reports_an_enumeration_that_opens_or_closes(opened: dict[str, Any]) -> None:
    closed = {**TEXT, "enum": ["a"]}
    assert of_schemas(closed, opened) == {
        ("enum-opened", "request", "info"),
        ("enum-opened", "response", "breaking"),
    }
    assert of_schemas(opened, closed) == {
        ("enum-closed", "request", "breaking"),
        ("enum-closed", "response", "info"),
    }


def test_an_open_enumeration_may_add_values() -> None:
    one, more = ({**TEXT, "x-extensible-enum": values} for values in (["a"], ["a", "b"]))
    assert {verdict for _, _, verdict in of_schemas(one, more)} == {"info"}


def test_rates_an_added_property_by_required_and_open() -> None:
    empty: dict[str, Any] = {"type": "object"}
    optional: dict[str, Any] = {"type": "object", "properties": {"a": TEXT}}
    required = {**optional, "required": ["a"]}
    closed = {"additionalProperties": False}
    added = "property-added"
    assert of_schemas(empty, optional) == {(added, "request", "info"), (added, "response", "info")}
    assert of_schemas(empty, required) == {(added, "request", "breaking"), (added, "response", "info")}
    assert of_schemas(empty | closed, optional | closed) == {
        (added, "request", "info"), (added, "response", "breaking")
    }  # fmt: skip


def test_rates_a_removed_property_by_required_and_closed() -> None:
    empty: dict[str, Any] = {"type": "object"}
    optional: dict[str, Any] = {"type": "object", "properties": {"a": TEXT}}
    required = {**optional, "required": ["a"]}
    closed = {"additionalProperties": False}
    gone = "property-removed"
    assert of_schemas(optional, empty) == {(gone, "request", "warning"), (gone, "response", "warning")}
    assert of_schemas(required, empty) == {(gone, "request", "warning"), (gone, "response", "breaking")}
    assert (gone, "request", "breaking") in of_schemas(optional | closed, empty | closed)


@pytest.mark.parametrize(("guard", "hides"), [("readOnly", "request"), ("writeOnly", "response")])
def test_a_change_that_a_guard_hides_is_not_serious(guard: str, hides: str) -> None:
    wide, narrow = {**NUMBER, guard: True}, {**NUMBER, guard: True, "maximum": 3}
    there, back = of_schemas(wide, narrow), of_schemas(narrow, wide)
    assert {verdict for _, way, verdict in there | back if way == hides} == {"info"}
    assert "breaking" in {verdict for _, way, verdict in there | back if way != hides}


def test_reports_a_property_that_becomes_read_only_or_write_only() -> None:
    assert of_schemas(TEXT, {**TEXT, "readOnly": True}) == {
        ("read-only-set", "request", "warning"), ("read-only-set", "response", "info")
    }  # fmt: skip
    assert of_schemas(TEXT, {**TEXT, "writeOnly": True}) == {
        ("write-only-set", "request", "info"), ("write-only-set", "response", "warning")
    }  # fmt: skip
    assert ("read-only-unset", "request", "info") in of_schemas({**TEXT, "readOnly": True}, TEXT)


def test_a_change_inside_a_condition_counts_both_ways() -> None:
    base, revision = ({"if": {"const": word}, "then": NUMBER} for word in "ab")
    assert of_schemas(base, revision) == {
        ("const-changed", "request", "breaking"), ("const-changed", "response", "breaking")
    }  # fmt: skip


def test_warns_if_only_an_error_response_allows_more() -> None:
    schemas = [{"type": "object", "properties": {"code": each}} for each in (TEXT, {})]
    base, revision = (description(response=schema, status="400") for schema in schemas)
    assert verdicts(base, revision) == {("type-changed", "response", "warning")}


@pytest.mark.parametrize(
    ("keyword", "kinds"),
    [
        ({"deprecated": True}, {"deprecated"}),
        ({"deprecated": True, "x-sunset": "2030-01-01"}, {"deprecated", "sunset-set"}),
    ],
)
def test_reports_deprecation_and_sunset_as_information(keyword: dict[str, Any], kinds: set[str]) -> None:
    there = of_schemas(TEXT, TEXT | keyword)
    assert {kind for kind, _, _ in there} == kinds
    assert {verdict for _, _, verdict in there} == {"info"}
    assert "undeprecated" in {kind for kind, _, _ in of_schemas(TEXT | keyword, TEXT)}


def test_an_earlier_or_removed_sunset_is_breaking() -> None:
    base = {**TEXT, "deprecated": True, "x-sunset": "2030-01-01"}
    earlier = {**base, "x-sunset": "2029-01-01"}
    assert ("sunset-earlier", "request", "breaking") in of_schemas(base, earlier)
    assert ("sunset-later", "request", "info") in of_schemas(earlier, base)
    assert ("sunset-removed", "request", "breaking") in of_schemas(base, {**TEXT, "deprecated": True})
    assert ("sunset-unreadable", "request", "breaking") in of_schemas(base, {**base, "x-sunset": "soon"})


def test_values_that_change_together_are_one_entry() -> None:
    base, revision = ({**TEXT, "enum": values} for values in (["a", "b", "c"], ["a", "d", "e"]))
    found = changes(description(request=base), description(request=revision))
    assert [(each.id, each.base, each.revision) for each in found] == [
        ("enum-value-removed", ["b", "c"], None),
        ("enum-value-added", None, ["d", "e"]),
    ]
    assert 'the values "d", "e" are added' in found[1].message


def test_a_named_branch_counts_even_if_another_one_allows_its_values() -> None:
    pets = {name: {"type": "object", "properties": {"name": TEXT}} for name in ("Cat", "Dog", "Rabbit")}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in pets]
    base, revision = (description(request={"anyOf": listed}, schemas=pets) for listed in (refs, refs[:2]))
    assert verdicts(base, revision) == {("union-branch-removed", "request", "breaking")}
    assert verdicts(revision, base) == {("union-branch-added", "request", "info")}
    base, revision = (description(response={"anyOf": listed}, schemas=pets) for listed in (refs[:2], refs))
    assert verdicts(base, revision) == {("union-branch-added", "response", "info")}


def test_a_discriminator_keeps_an_added_branch_from_making_others_ambiguous() -> None:
    pets = {
        name: {"type": "object", "required": ["kind"], "properties": {"kind": TEXT, name: NUMBER}}
        for name in ("Cat", "Dog", "Rabbit")
    }
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in pets]
    base, revision = (
        description(request={"$ref": "#/components/schemas/Pet"}, schemas={**pets, "Pet": {
            "oneOf": listed, "discriminator": {"propertyName": "kind"}}})
        for listed in (refs[:2], refs)
    )  # fmt: skip
    assert "breaking" not in {verdict for _, _, verdict in verdicts(base, revision)}


def test_a_property_that_becomes_read_only_loses_no_values_in_requests() -> None:
    base, revision = {**TEXT, "enum": ["a", "b"]}, {**TEXT, "enum": ["a"], "readOnly": True}
    assert ("enum-value-removed", "request", "info") in of_schemas(base, revision)
    assert ("read-only-set", "request", "warning") in of_schemas(base, revision)


def test_an_unnamed_branch_is_named_by_its_place() -> None:
    base, revision = (description(request={"anyOf": listed}) for listed in ([CAT], [CAT, DOG]))
    messages = [each.message for each in changes(base, revision)]
    assert any("anyOf/1 (object)" in each for each in messages), messages


def test_a_limit_beside_another_type_with_a_size_counts_if_both_sides_have_it() -> None:
    wide, narrow = {**LIST, "maxLength": 9}, {**LIST, "maxLength": 3}
    assert ("max-length-tightened", "request", "breaking") in of_schemas(wide, narrow)
    assert of_schemas(LIST, narrow) == set()
