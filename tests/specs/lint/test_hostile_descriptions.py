"""Hostile descriptions end in a finding or an error, with bounded work."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from mistakes import REQUEST, SCHEMAS, sound, with_places

from aoai_specs.lint import Subject, lint
from aoai_specs.lint import subject as subject_module
from aoai_specs.lint import survey as survey_module
from aoai_specs.loading.files import load
from aoai_specs.schemas.validators import Validator


def checks_of(findings) -> set[str]:
    return {finding.check for finding in findings}


def test_a_schema_that_contains_itself_is_linted(findings) -> None:
    places = {
        f"{SCHEMAS} Tree": {
            "type": "object",
            "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "name": {"type": "string"}},
            "example": {"left": {"left": {"name": 1}}},
        },
        f"{REQUEST} field": {"oneOf": [{"$ref": "#/components/schemas/Tree"}, {"type": "string"}]},
    }
    assert checks_of(findings(with_places(places))) == {"example-breaks-schema"}


def test_circular_schemas_are_a_finding(findings) -> None:
    places = {
        f"{SCHEMAS} A": {"allOf": [{"$ref": "#/components/schemas/B"}], "example": 1, "default": 2},
        f"{SCHEMAS} B": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "string"}]},
        f"{REQUEST} field": {"$ref": "#/components/schemas/A"},
    }
    assert checks_of(findings(with_places(places))) == {"unusable-schema"}


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/x.yaml#/a", "other.yaml#/a", "#/components/schemas/None"]
)
def test_an_external_reference_is_a_finding_and_not_followed(findings, target: str) -> None:
    (finding,) = findings(with_places({f"{REQUEST} field": {"$ref": target}}))
    assert (finding.check, finding.line is not None) == ("unresolved-reference", True)


def test_a_pattern_with_catastrophic_backtracking_ends(findings) -> None:
    field = {"type": "string", "pattern": "^(a+)+$", "example": "a" * 40 + "!"}
    assert checks_of(findings(with_places({f"{REQUEST} field": field}))) == {"example-breaks-schema"}


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many validators the lint builds, and how many values it validates."""
    counted: Counter[str] = Counter()
    for name in ("__init__", "is_valid", "explain"):
        original = getattr(Validator, name)

        def counting(
            self: Validator, *args: Any, original: Any = original, name: str = name, **options: Any
        ) -> Any:
            counted[name] += 1
            return original(self, *args, **options)

        monkeypatch.setattr(Validator, name, counting)
    return counted


def test_a_union_of_many_wide_branches_is_bounded(findings, validated: Counter[str]) -> None:
    def branch(n: int) -> dict[str, Any]:
        fields = {f"f{n}-{m}": {"type": "string"} for m in range(40)}
        return {"type": "object", "properties": fields, "required": list(fields)}

    found = findings(with_places({f"{REQUEST} field": {"oneOf": [branch(n) for n in range(24)]}}))
    assert checks_of(found) == {"overlapping-branches"}
    assert validated["is_valid"] < 2_000


def test_nested_unions_are_bounded(findings, validated: Counter[str]) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for depth in range(9):
        union = {"oneOf": [schema, {"type": "integer"}]}
        schema = {"type": "object", "properties": {"a": union, f"b{depth}": schema}}
    assert findings(with_places({f"{REQUEST} field": schema})) == ()
    assert validated["is_valid"] < 6_000


def test_too_many_schemas_are_reported(findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_module, "MAX_SCHEMAS", 5)
    assert "too-large-to-check" in checks_of(findings(sound()))


def test_too_much_translation_is_reported(findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_module, "MAX_TRANSLATED", 20)
    places = {f"{REQUEST} f{n}": {"type": "string", "maxLength": 1, "example": "a"} for n in range(9)}
    assert "too-large-to-check" in checks_of(findings(with_places(places)))


@pytest.mark.parametrize(
    "places",
    [
        {f"{REQUEST} field": {"oneOf": []}},
        {f"{REQUEST} field": {"enum": []}},
        {f"{REQUEST} field": {"allOf": [True, False]}},
        {f"{REQUEST} field": True},
        {f"{REQUEST} field": {"type": "integer", "minimum": 1e308, "maximum": -1e308, "example": 10**400}},
        {
            f"{REQUEST} field": {
                "type": "string",
                "minLength": 10**12,
                "oneOf": [{"minLength": 1}, {"minLength": 2}],
            }
        },
        {f"{REQUEST} field": {"type": "array", "minItems": 10**12, "items": {"type": "string"}}},
        {"components examples": {"a": 1}, "paths /models get x-ms-examples": [1]},
        {f"{REQUEST} field": {"discriminator": {"propertyName": "x", "mapping": {"a": "~", "b": ""}}}},
        {f"{REQUEST} field": {"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "x"}}},
        {f"{REQUEST} field": {"example": None, "default": None, "enum": [None, {}, []]}},
        {
            "paths /models get responses 200 content application/json": {
                "examples": {"a": {"$ref": "#/nowhere"}}
            }
        },
    ],
    ids=range(12),
)
def test_unusual_descriptions_are_linted_without_a_crash(findings, places: dict[str, Any]) -> None:
    assert isinstance(findings(with_places(places)), tuple)


def test_a_lone_surrogate_is_a_finding() -> None:
    places = {f"{REQUEST} field": {"type": "string", "default": "HALF", "description": "HALF"}}
    text = json.dumps(with_places(places)).replace("HALF", r"\ud83d")
    found = lint(Subject.of_loaded(load(text, "small.json")), only=["half-surrogate-pair"])
    assert [each.pointer.rpartition("/")[2] for each in found] == ["default", "description"]


@pytest.mark.parametrize("pattern", ["([", "^[a-z]{1,2147483647}$", "(?<=a+)b("])
def test_a_pattern_that_cannot_be_read_is_a_finding(pattern: str, findings) -> None:
    field = {"type": "string", "pattern": pattern}
    listed = findings(with_places({f"{REQUEST} field": field}))
    (found,) = [each for each in listed if each.check == "unreadable-pattern"]
    assert found.pointer.endswith("/field/pattern")
    assert "not a regular expression" in found.message


def test_a_name_pattern_that_cannot_be_read_is_a_finding(findings) -> None:
    field = {"type": "object", "patternProperties": {"([": {"type": "string"}, "^x": {"type": "string"}}}
    found = findings(with_places({f"{REQUEST} field": field}))
    assert [each.pointer.rpartition("/")[2] for each in found if each.check == "unreadable-pattern"] == ["(["]


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_branches_that_double_with_each_step_are_a_finding(keyword: str, findings) -> None:
    steps = {
        f"{SCHEMAS} s{at}": {keyword: [{"$ref": f"#/components/schemas/s{at + 1}"}] * 2} for at in range(24)
    }
    places = {
        **steps,
        f"{SCHEMAS} s24": {"type": "string"},
        f"{REQUEST} field": {"$ref": "#/components/schemas/s0"},
    }
    assert "unusable-schema" in checks_of(findings(with_places(places)))


@pytest.mark.parametrize(
    "places",
    [
        {"tags": [{"name": {}, "parent": []}, {"name": "a", "parent": "a"}]},
        {f"{REQUEST} field": {"enum": [{"$ref": "#"}], "default": 1}},
        {"servers": [{"url": "https://["}, {"url": {}}, "x"]},
        {
            "security": [{"a": {}}, [], {"b": [[]]}],
            "components securitySchemes": {"b": [], "c": {"type": []}},
        },
        {"paths /models get parameters": [[], {"name": [], "in": {}}, {"$ref": []}, None]},
        {"paths /models get responses": [], "paths /models get callbacks": {"a": {"b": []}}},
        {"components links": {"a": {"operationId": [], "operationRef": "#/%zz", "parameters": []}}},
        {f"{REQUEST} field": {"allOf": [{"minimum": "a"}, {"maximum": []}], "required": {}, "type": [[]]}},
    ],
    ids=range(8),
)
def test_structural_checks_take_values_of_any_form(findings, places: dict[str, Any]) -> None:
    assert isinstance(findings(with_places(places)), tuple)
