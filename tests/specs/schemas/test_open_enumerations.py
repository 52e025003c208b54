"""A union of any string and listed strings is an open enumeration: every string matches."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.pointers import find
from aoai_specs.schemas.constraints import constraints
from aoai_specs.schemas.discriminators import Discriminators
from aoai_specs.schemas.shapes import Shape, shape_at
from aoai_specs.schemas.translation import Translator
from aoai_specs.schemas.validators import Validator

KNOWN = {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a", "b"]}]}


class SchemaBody:
    """A description of some schemas, which is all that a shape is read from."""

    def __init__(self, **schemas: Any) -> None:
        self.content = {"openapi": "3.0.0", "components": {"schemas": schemas}}

    def resolve(self, pointer: str) -> Any:
        return find(self.content, pointer)

    def shape(self, name: str = "It") -> Shape:
        return shape_at(self, f"#/components/schemas/{name}")

    def admits(self, value: object) -> bool:
        discriminators = Discriminators(self.content["components"]["schemas"], self.resolve)
        translator = Translator("3.0.0", self.resolve, discriminators, "request")
        return Validator(translator.translate("#/components/schemas/It"), "it").is_valid(value)


@pytest.fixture(scope="module")
def inference() -> Document:
    return Catalogue.packaged().load("ai-model-inference@2025-04-01")


def test_reads_as_its_list_and_not_as_a_union() -> None:
    shape = SchemaBody(It=KNOWN).shape()
    assert (shape.types, shape.enum, shape.branches) == (("string",), ("a", "b"), ())
    assert shape.keywords["enum"].pointer == "#/components/schemas/It/anyOf/1/enum"


def test_still_accepts_every_string() -> None:
    assert SchemaBody(It=KNOWN).admits("c")
    assert not SchemaBody(It=KNOWN).admits(1)


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"$ref": "#/components/schemas/Known"}]},
        {"$ref": "#/components/schemas/Known"},
        {"description": "x", **KNOWN},
    ],
)
def test_is_recognized_through_references(schema: dict[str, Any]) -> None:
    assert SchemaBody(It=schema, Known=KNOWN).shape().enum == ("a", "b")


def test_is_overridden_by_a_binding_list() -> None:
    bound = {"type": "object", "properties": {"role": {"type": "string", "enum": ["c"]}}}
    base = {"type": "object", "properties": {"role": KNOWN}}
    shape = SchemaBody(It={"allOf": [base, bound]}).shape()
    assert shape.properties["role"].enum == ("c",)


@pytest.mark.parametrize(
    "branches",
    [
        [{"type": "string", "minLength": 1}, {"type": "string", "enum": ["a"]}],
        [{"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}],
        [{"type": "string"}, {"type": "integer", "enum": [1]}],
        [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    ],
)
def test_other_unions_are_unchanged(branches: list[dict[str, Any]]) -> None:
    assert len(SchemaBody(It={"anyOf": branches}).shape().branches) == 2


def test_oneof_is_not_an_open_enumeration() -> None:
    """A listed string matches both branches, so that only other strings are accepted."""
    assert len(SchemaBody(It={"oneOf": KNOWN["anyOf"]}).shape().branches) == 2


@pytest.mark.parametrize(
    ("operation", "field", "values"),
    [
        ("getEmbeddings", "encoding_format", ["base64", "binary", "float", "int8", "ubinary", "uint8"]),
        ("getImageEmbeddings", "input_type", ["text", "query", "document"]),
        ("getChatCompletions", "extra-parameters", ["error", "drop", "pass-through"]),
        ("getChatCompletions", "tool_choice", ["auto", "none", "required"]),
        ("getChatCompletions", "messages[developer].role", ["developer"]),
    ],
)
def test_the_known_values_are_constraints(
    inference: Document, operation: str, field: str, values: list[str]
) -> None:
    stated = {each.name: each.value for each in constraints(inference.operation(operation))}
    assert stated[f"{field}.enum"] == values
