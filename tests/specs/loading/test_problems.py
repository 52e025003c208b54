"""Mistakes of a description do not prevent reading: the part is dropped and the mistake is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aoai_specs.lint import Subject, lint
from aoai_specs.loading.dialect import honour_older_keywords
from aoai_specs.loading.files import Loaded, load, read
from aoai_specs.loading.problems import MOST_WARNINGS, Problem, warnings_of
from aoai_specs.loading.text.json_text import line_of_places
from aoai_specs.pointers import find
from aoai_specs.reading import validate

PATHS: dict[str, Any] = {"/x": {"get": {"responses": {"200": {"description": ""}}}}}


def sound(schemas: dict[str, Any], *, openapi: str = "3.1.0", **fields: Any) -> Loaded:
    content = {"openapi": openapi, "info": {}, "paths": PATHS, "components": {"schemas": schemas}, **fields}
    return validate(read(json.dumps(content, indent=1), "x.json"))


def schema(loaded: Loaded, name: str = "A") -> Any:
    return find(loaded.content, f"#/components/schemas/{name}")


@pytest.mark.parametrize(
    "text", ['{"a": "\\"a\\": 1"}', '{"a" : "b" , "\\":" :{"a":1}}', '{"\\\\": "\\\\\\": ", "b":[{"b":""}]}']
)
def test_takes_no_part_of_a_text_for_a_repeated_name(text: str) -> None:
    loaded = read(text, "x.json")
    assert (loaded.content, loaded.problems) == (json.loads(text), ())


@pytest.mark.parametrize(
    ("text", "kind", "pointer", "line", "value"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", "#/a", 3, {"a": 3, "b": 2}),
        ('{"b": [{"a": 1,\n"a": {"a": 2}}]}', "duplicate-key", "#/b/0/a", 2, {"b": [{"a": {"a": 2}}]}),
        ('{"a" : 1, "b": {},\n"a" : 2}', "duplicate-key", "#/a", 2, {"a": 2, "b": {}}),
        ('{"a\\\\": 1,\n"a\\\\": 2}', "duplicate-key", "#/a\\", 2, {"a\\": 2}),
        ("a: !!timestamp 2024-10-21\n", "unsupported-value", "#/a", 1, {"a": "2024-10-21"}),
        ("a: !!python/object:os.system {b: 1}\n", "unsupported-value", "#/a", 1, {"a": {"b": 1}}),
        ("a:\n- !Ref x\n", "unsupported-value", "#/a/0", 2, {"a": ["x"]}),
        ("a: .nan\n", "unsupported-value", "#/a", 1, {"a": ".nan"}),
        ('{"a":\n1e999}', "unsupported-value", "#/a", 1, {"a": "1e999"}),
        ('{"a": NaN}', "unsupported-value", "#/a", 1, {"a": "NaN"}),
        ("a: *nothing\n", "unsupported-value", "#/a", 1, {"a": None}),
        (
            "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\n",
            "unsupported-value", "#/b/<<", 3, {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}},
        ),
        ('{"a": "\\ud83d"}', "half-surrogate-pair", "#/a", 1, {"a": "\ufffd"}),
    ],
)  # fmt: skip
def test_reads_what_readers_disagree_about(text: str, kind: str, pointer: str, line: int, value: Any) -> None:
    loaded = read(text, "x.yaml")
    assert loaded.content == value
    (problem,) = loaded.problems
    assert (problem.kind, problem.pointer, problem.line) == (kind, pointer, line)
    assert str(problem).startswith(f"x.yaml, line {line}: ")
    assert str(problem).endswith(".")


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ({"type": "text", "minLength": 1}, {"minLength": 1}),
        ({"type": ["string", "text"]}, {}),
        (
            {"properties": {"a": {"type": 5}, "properties": {"type": 7}}},
            {"properties": {"a": {}, "properties": {}}},
        ),
        ({"properties": {"a": 5, "not": 5}}, {"properties": {"a": {}, "not": {}}}),
        ({"oneOf": [{"type": "string"}, 5]}, {}),
        ({"allOf": [5, {"type": "string"}]}, {"allOf": [{}, {"type": "string"}]}),
        ({"not": 5, "if": 5, "contains": 5, "items": 5}, {"items": {}}),
        ({"required": ["a", 1, "b", {}]}, {"required": ["a", "b"]}),
        ({"required": ["a", "a"], "type": ["string", "string"]}, {"required": ["a"], "type": ["string"]}),
        ({"type": [], "oneOf": [], "allOf": []}, {}),
        ({"maxLength": "9", "minLength": -1, "enum": "a"}, {}),
        ({"discriminator": {}, "type": "object"}, {"type": "object"}),
        ({"pattern": "(["}, {}),
        ({"patternProperties": {"([": {}, "a": {}}}, {"patternProperties": {"a": {}}}),
        ({"$ref": "#/components/schemas/Gone"}, {}),
        ({"$ref": "#/components/schemas/Gone", "type": "string"}, {"type": "string"}),
        ({"oneOf": [{"$ref": "#/gone"}, {"type": "string"}]}, {}),
        ({"allOf": [{"$ref": "#/gone"}, {"type": "string"}]}, {"allOf": [{}, {"type": "string"}]}),
        ({"not": {"$ref": "#/gone"}}, {}),
        ({"$ref": "#/components/schemas/A"}, {}),
        ({"items": {"$ref": "https://example.com/x.json"}}, {"items": {}}),
        ({"items": {"$ref": "other.json#/A"}}, {"items": {}}),
    ],
)  # fmt: skip
def test_a_schema_allows_more_without_the_part_that_is_dropped(given: Any, read_as: Any) -> None:
    loaded = sound({"A": given, "B": {"type": "string"}})
    assert schema(loaded) == read_as
    assert schema(loaded, "B") == {"type": "string"}
    assert loaded.problems
    assert all(problem.pointer.startswith("#/components/schemas/A") for problem in loaded.problems)
    assert loaded.problems[0].line > 1


def test_a_dangling_reference_inside_a_part_that_is_dropped_needs_no_repair() -> None:
    loaded = sound({"A": {"$ref": "#/gone", "oneOf": [{"$ref": "#/gone/too"}]}}, openapi="3.0.3")
    assert schema(loaded) == {}
    assert len(loaded.problems) == 2


def test_drops_a_parameter_without_a_name_and_keeps_the_others() -> None:
    named = {"name": "a", "in": "query", "schema": {"type": "string"}}
    operation = {"parameters": [{"in": "query"}, named, {"$ref": "#/components/parameters/Gone"}, "x"]}
    loaded = sound(
        {}, paths={"/x": {"get": {**operation, "responses": {"600": {}, "200": {"description": ""}}}}}
    )
    assert find(loaded.content, "#/paths/~1x/get") == {
        "parameters": [named],
        "responses": {"200": {"description": ""}},
    }
    assert len(loaded.problems) == 4


def test_an_unquoted_version_is_read_as_text() -> None:
    loaded = validate(read("openapi: 3.1\ninfo: {}\npaths: {}\n", "x.yaml"))
    assert loaded.content["openapi"] == "3.1"
    assert [problem.kind for problem in loaded.problems] == ["malformed-part"]


def test_swagger_problems_have_the_places_of_the_converted_description() -> None:
    text = "swagger: '2.0'\ninfo: {}\npaths: {}\ndefinitions:\n  A:\n    type: text\n"
    (problem,) = validate(read(text, "x.yaml")).problems
    assert (problem.pointer, problem.line) == ("#/components/schemas/A/type", 6)


def test_lint_reports_each_problem_once() -> None:
    text = '{"openapi": "3.1.0", "info": {}, "paths": {}, "x-a": 1, "x-a": 1e999}'
    found = lint(Subject.of_loaded(read(text, "x.json")), only=["duplicate-key", "unsupported-value"])
    assert [(each.check, each.pointer, each.line) for each in found] == [
        ("duplicate-key", "#/x-a", 1),
        ("unsupported-value", "#/x-a", 1),
    ]


def test_warns_about_a_limited_number_of_problems() -> None:
    problems = [Problem("duplicate-key", f"#/{n}", "the key appears twice.", n, "x.json") for n in range(40)]
    warnings = warnings_of(problems)
    assert len(warnings) == MOST_WARNINGS + 1
    assert warnings[-1] == "x.json has 30 more problems; `aoai-conformance specs lint` lists them all."


def test_json_that_yaml_rejects_is_read() -> None:
    text = '{"a":\t"\\/ \\ud83d\\ude00 \x7f", "k": {"b":1}, "' + "x" * 2000 + '": 1}'
    assert load(text, "x.json").content == json.loads(text)


def test_the_lines_of_json_are_those_of_names_and_items() -> None:
    text = '{\n"a": {"b": [\n1,\n{"c": "x\\"\\n"}]},\n"d/e":\n{}}'
    assert line_of_places(text) == {
        "#": 1, "#/a": 2, "#/a/b": 2, "#/a/b/0": 3, "#/a/b/1": 4, "#/a/b/1/c": 4, "#/d~1e": 5,
    }  # fmt: skip


def test_an_info_that_is_no_object_is_ignored() -> None:
    loaded = validate(read(json.dumps({"openapi": "3.1.0", "info": 5, "paths": PATHS}), "x.json"))
    assert (loaded.content["info"], [each.pointer for each in loaded.problems]) == ({}, ["#/info"])


def test_references_still_lead_to_the_items_after_a_removed_one() -> None:
    loaded = sound(
        {
            "A": {"allOf": [{"type": "string"}, {"minLength": 1}]},
            "B": {"required": ["a", 1, "b"], "items": {"$ref": "#/components/schemas/C/prefixItems/1"}},
            "C": {"prefixItems": [{"$ref": "#/components/schemas/gone"}, {"type": "integer"}]},
        }
    )
    assert find(loaded.content, schema(loaded, "B")["items"]["$ref"]) == {"type": "integer"}


def test_an_unreadable_pattern_in_the_value_of_another_is_found() -> None:
    loaded = sound({"A": {"patternProperties": {"(": {"type": "string"}, "a": {"pattern": "["}}}})
    assert schema(loaded) == {"patternProperties": {"a": {}}}
    assert len(loaded.problems) == 2


def test_only_schemas_are_read_with_the_nullable_of_older_versions() -> None:
    paths = {"/x": {"get": {"responses": {"200": {"description": "", "links": {"l": {"nullable": True}}}}}}}
    content = {"openapi": "3.1.0", "info": {}, "paths": paths}
    assert honour_older_keywords(content)[1] == 0
