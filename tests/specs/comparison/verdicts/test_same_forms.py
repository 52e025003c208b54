"""Schemas of two descriptions that allow the same values although they are written differently."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import description

from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.witnesses.forms import Forms
from aoai_specs.comparison.witnesses.same_forms import SameForms

TEXT, LIMITED = {"type": "string"}, {"type": "string", "maxLength": 5}
ROOT = ("#/components/schemas/Root", False)


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


def nested(schema: Any, depth: int) -> Any:
    return thing(a=nested(schema, depth - 1)) if depth else schema


def same(base: Any, revision: Any, *, selecting: bool = False, **schemas: Any) -> bool:
    """Whether the forms of two schemas are the same; nothing counts as unchanged."""
    first, second = (
        Forms(
            Meanings(
                {
                    **description(openapi="3.1.0").content,
                    "components": {"schemas": {**schemas, "Root": each}},
                }
            ),
            selecting=selecting,
        )
        for each in (base, revision)
    )
    return SameForms((first, second), lambda *_: False)(ROOT, ROOT)


@pytest.mark.parametrize(
    ("base", "revision"),
    [
        (TEXT, {**TEXT, "description": "a text", "default": "x", "examples": ["y"]}),
        (thing(a=TEXT, b=LIMITED), thing(b={**LIMITED, "title": "B"}, a=TEXT)),
        ({"anyOf": [TEXT, thing(a=TEXT)]}, {"anyOf": [TEXT, thing(a={**TEXT, "deprecated": True})]}),
        ({"enum": ["a", "b", None]}, {"enum": [None, "b", "a"]}),
        ({"type": "string", "contentSchema": thing(a=TEXT)}, {"type": "string", "contentSchema": TEXT}),
        ({"type": "number", "minimum": 1}, {"type": "number", "minimum": 1.0}),
        ({"if": TEXT, "then": LIMITED}, {"if": {**TEXT, "title": "if"}, "then": LIMITED}),
        (nested(TEXT, 3), nested({**TEXT, "title": "inside"}, 3)),
    ],
)  # fmt: skip
def test_texts_order_and_encoded_content_make_no_difference(base: Any, revision: Any) -> None:
    assert same(base, revision)
    assert same(revision, base)


@pytest.mark.parametrize(
    ("base", "revision"),
    [
        (TEXT, LIMITED),
        (TEXT, {"type": ["string", "null"]}),
        ({"enum": [1]}, {"enum": [True]}),
        ({"type": "number"}, {"type": "integer"}),
        (thing(a=TEXT), thing(a=LIMITED)),
        (thing(a=TEXT), {**thing(a=TEXT), "required": []}),
        (thing(a=TEXT), {**thing(a=TEXT), "additionalProperties": False}),
        ({"items": TEXT}, {"items": LIMITED}),
        ({"items": TEXT}, {"prefixItems": [TEXT]}),
        ({"contains": TEXT}, {"contains": TEXT, "minContains": 2}),
        ({"contains": TEXT}, {"contains": LIMITED}),
        ({"anyOf": [TEXT, LIMITED]}, {"oneOf": [TEXT, LIMITED]}),
        ({"anyOf": [TEXT, LIMITED]}, {"anyOf": [LIMITED, LIMITED]}),
        ({"allOf": [TEXT, LIMITED]}, {"allOf": [TEXT, TEXT]}),
        ({"not": TEXT}, {"not": LIMITED}),
        ({"if": TEXT, "then": LIMITED}, {"if": TEXT, "else": LIMITED}),
        ({"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^b": TEXT}}),
        ({"propertyNames": TEXT}, {"propertyNames": LIMITED}),
        ({"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a": ["c"]}}),
        ({"dependentSchemas": {"a": thing(b=TEXT)}}, {"dependentSchemas": {"a": thing(b=LIMITED)}}),
        ({"uniqueItems": True}, {}),
        ({"allOf": [TEXT], "unevaluatedProperties": False}, {"allOf": [TEXT]}),
        (nested(TEXT, 3), nested(LIMITED, 3)),
        (False, True),
    ],
)  # fmt: skip
def test_every_keyword_that_limits_values_makes_a_difference(base: Any, revision: Any) -> None:
    assert not same(base, revision)
    assert not same(revision, base)


def test_recursive_schemas_are_compared_to_a_limited_depth() -> None:
    tree = thing(next={"$ref": "#/components/schemas/Tree"}, text=TEXT)
    assert not same({"$ref": "#/components/schemas/Tree"}, {"$ref": "#/components/schemas/Tree"}, Tree=tree)
    assert not same(nested(TEXT, 9), nested({**TEXT, "title": "deep inside"}, 9))


def test_selected_branches_are_compared_with_the_values_that_select_them() -> None:
    kinds = {name: thing(kind=TEXT) for name in ("A", "B")}
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in kinds]

    def union(**mapping: str) -> dict[str, Any]:
        return {"oneOf": branches, "discriminator": {"propertyName": "kind", "mapping": mapping}}

    one, other = union(a="A", b="B"), union(a="A", c="B")
    assert same(one, other, **kinds)
    assert same(one, dict(one, title="either"), selecting=True, **kinds)
    assert not same(one, other, selecting=True, **kinds)
