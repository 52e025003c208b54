"""Different notations of the same meaning are not a change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_descriptions import changes, description, of_schemas, verdicts

from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison import compare, described

TEXT = {"type": "string"}
FIELDS = {"type": "object", "required": ["a"], "properties": {"a": TEXT, "b": {"type": "integer"}}}
CAT = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"enum": ["cat"]}, "lives": {"type": "integer"}},
}
DOG = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"enum": ["dog"]}, "barks": {"type": "boolean"}},
}


#: Comparing these costs as much as comparing all others.
LARGEST = ("azure-openai@2025-03-01-preview", "azure-openai@v1")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(str(name), marks=pytest.mark.whole_selftest if str(name) in LARGEST else ())
        for name in Catalogue.packaged().names()
    ],
)
def test_a_document_against_itself_gives_nothing(name: str) -> None:
    for as_published in (False, True):
        document = described(name, as_published=as_published)
        assert compare(document, document).changes == ()


def test_a_reformatted_document_gives_nothing(tmp_path: Path) -> None:
    content = described("2024-10-21").content
    (tmp_path / "sorted.json").write_text(json.dumps(content, sort_keys=True), encoding="utf-8")
    (tmp_path / "flow.yaml").write_text(
        yaml.safe_dump(dict(content), default_flow_style=True), encoding="utf-8"
    )
    files = [described(str(tmp_path / name), as_published=True) for name in ("sorted.json", "flow.yaml")]
    assert compare(*files).changes == ()


EQUAL: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("allOf, flattened", {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": TEXT}},
                                    {"properties": {"b": {"type": "integer"}}}]}, FIELDS),
    ("an empty schema beside", {"allOf": [FIELDS, {}]}, FIELDS),
    ("a list of one type", {"type": ["string"]}, TEXT),
    ("a branch for null", {"oneOf": [{"type": "null"}, FIELDS]}, {**FIELDS, "type": ["object", "null"]}),
    ("types as branches", {"anyOf": [TEXT, {"type": "integer"}]}, {"type": ["integer", "string"]}),
    ("values as branches", {"oneOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["b", "a"]}),
    ("a constant", {**TEXT, "const": "a"}, {**TEXT, "enum": ["a"]}),
    ("branches that cannot overlap", {"oneOf": [CAT, DOG]}, {"anyOf": [DOG, CAT]}),
    ("branches by type", {"oneOf": [TEXT, {"type": "array", "items": TEXT}]},
     {"type": ["string", "array"], "items": TEXT}),
    ("required in another order", {**FIELDS, "required": ["a", "b"]}, {**FIELDS, "required": ["b", "a"]}),
    ("a bound that bounds nothing", {**TEXT, "minLength": 0}, TEXT),
    ("the wider bound beside the narrower", {"allOf": [{"maximum": 5}, {"maximum": 3, "type": "integer"}]},
     {"type": "integer", "maximum": 3}),
    ("3 and 3.0", {"type": "number", "maximum": 3}, {"type": "number", "maximum": 3.0}),
    ("additionalProperties, allowed", {**FIELDS, "additionalProperties": True}, FIELDS),
]  # fmt: skip


@pytest.mark.parametrize(("base", "revision"), [each[1:] for each in EQUAL], ids=[each[0] for each in EQUAL])
def test_an_equivalent_document_gives_nothing(base: dict[str, Any], revision: dict[str, Any]) -> None:
    assert of_schemas(base, revision) == set()
    assert of_schemas(revision, base) == set()


@pytest.mark.parametrize(
    ("legacy", "newer"),
    [
        ({**TEXT, "nullable": True}, {"type": ["string", "null"]}),
        ({**TEXT, "nullable": True, "enum": ["a", None]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"nullable": True, "allOf": [FIELDS]}, {"oneOf": [FIELDS, {"type": "null"}]}),
        (
            {"type": "integer", "maximum": 3, "exclusiveMaximum": True},
            {"type": "integer", "exclusiveMaximum": 3},
        ),
    ],
)
def test_openapi_30_and_31_forms_are_equivalent(legacy: dict[str, Any], newer: dict[str, Any]) -> None:
    base, revision = description(request=legacy), description(request=newer, openapi="3.1.0")
    assert changes(base, revision) == ()
    assert changes(revision, base) == ()


def test_a_reference_against_what_it_refers_to_and_a_renamed_component() -> None:
    inline = description(request=FIELDS, response=FIELDS)
    named, renamed = (
        description(request=use, response=use, schemas={name: FIELDS})
        for name in ("thing", "something")
        for use in ({"$ref": f"#/components/schemas/{name}"},)
    )  # fmt: skip
    for base, revision in ((inline, named), (named, inline), (named, renamed)):
        assert changes(base, revision) == ()


def test_a_base_schema_with_a_discriminator_against_a_union() -> None:
    parent = {"$ref": "#/components/schemas/animal"}
    base = {
        "animal": {"type": "object", "required": ["kind"], "properties": {"kind": TEXT},
                   "discriminator": {"propertyName": "kind", "mapping": {
                       "cat": "#/components/schemas/cat", "dog": "#/components/schemas/dog"}}},
        "cat": {"allOf": [parent, {"properties": {"lives": {"type": "integer"}}}]},
        "dog": {"allOf": [parent, {"properties": {"barks": {"type": "boolean"}}}]},
    }  # fmt: skip
    union = {
        "animal": {"oneOf": [{"$ref": "#/components/schemas/dog"}, {"$ref": "#/components/schemas/cat"}],
                   "discriminator": base["animal"]["discriminator"]},
        "cat": {**CAT, "properties": {"kind": {**TEXT, "enum": ["cat"]}, "lives": {"type": "integer"}}},
        "dog": {**DOG, "properties": {"kind": {**TEXT, "enum": ["dog"]}, "barks": {"type": "boolean"}}},
    }  # fmt: skip
    use = {"$ref": "#/components/schemas/animal"}
    assert changes(description(request=use, schemas=base), description(request=use, schemas=union)) == ()


def _tree(extra: dict[str, Any], name: str = "tree") -> dict[str, Any]:
    children = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return {name: {"type": "object", "properties": {"children": children, "label": TEXT | extra}}}


def test_schemas_that_contain_themselves_end() -> None:
    base, same, longer = (
        description(request={"$ref": f"#/components/schemas/{name}"}, schemas=_tree(extra, name))
        for name, extra in (("tree", {}), ("node", {}), ("tree", {"maxLength": 3}))
    )
    assert changes(base, same) == ()
    assert verdicts(base, longer) == {("max-length-set", "request", "breaking")}


def test_a_schema_that_refers_to_itself_alone_ends() -> None:
    loop = {
        "a": {"allOf": [{"$ref": "#/components/schemas/b"}]},
        "b": {"allOf": [{"$ref": "#/components/schemas/a"}]},
    }
    use = {"$ref": "#/components/schemas/a"}
    base = description(request=use, schemas=loop)
    assert verdicts(base, description(request=TEXT)) == {("type-changed", "request", "breaking")}


def test_a_shared_schema_gives_one_entry_that_lists_what_it_reaches() -> None:
    use = {"$ref": "#/components/schemas/thing"}
    base, revision = (
        description(request={"type": "array", "items": use}, response=use,
                    schemas={"thing": {"type": "object", "properties": {"a": TEXT | extra, "b": use}}})
        for extra in ({}, {"maxLength": 3})
    )  # fmt: skip
    (change,) = changes(base, revision)
    assert change.pointer == "#/components/schemas/thing/properties/a/maxLength"
    assert change.message == "schema thing, a: maxLength is set to 3"
    assert [(each.operation, each.direction, each.verdict) for each in change.operations] == [
        ("POST /things", "request", "breaking"),
        ("POST /things", "response", "info"),
    ]
    assert (change.operation, change.verdict, change.direction) == ("POST /things", "breaking", "request")


def test_one_schema_that_becomes_a_union_by_a_field_is_split_by_it() -> None:
    either = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {**TEXT, "enum": ["cat", "dog"]}},
    }
    union = {"oneOf": [CAT, DOG]}
    assert {kind for kind, _, _ in of_schemas(either, union)} == {"property-added"}


def test_a_renamed_branch_is_recognized_by_its_content() -> None:
    base, revision = ({"oneOf": [FIELDS | {"title": title}, DOG]} for title in ("one", "other"))
    assert of_schemas(base, revision) == set()


def test_descriptions_are_reported_only_on_request() -> None:
    base, revision = (description(request=TEXT | {"description": words}) for words in ("one", "another"))
    assert changes(base, revision) == ()
    assert [change.id for change in changes(base, revision, words=True)] == ["description-changed"]
