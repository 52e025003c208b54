"""The translation of each dialect in each direction, with small schemas."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.document import Document
from aoai_specs.errors import DocumentError
from aoai_specs.loading.files import load
from aoai_specs.schemas.jsonschema_errors import errors_of
from aoai_specs.schemas.translation import Direction
from aoai_specs.schemas.validators import Validator
from aoai_specs.versions import DocumentName

NAN = float("nan")


def described(schemas: str, version: str = "3.0.3") -> Document:
    indented = "\n".join(f"    {line}" for line in schemas.strip("\n").splitlines())
    text = f"openapi: {version}\npaths: {{}}\ncomponents:\n  schemas:\n{indented}\n"
    return Document(DocumentName.parse("azure-openai@2024-10-21"), load(text, "t.yaml").content)


def validator(schema: str, direction: Direction = "request", version: str = "3.0.3") -> Validator:
    """The validator of the schema X among these."""
    return described(schema, version).validator("#/components/schemas/X", direction)


def judged(schema: str, value: Any, direction: Direction = "request", version: str = "3.0.3") -> bool:
    found = validator(schema, direction, version)
    verdict = found.is_valid(value)
    assert (found.errors(value) == []) is verdict
    return verdict


@pytest.mark.parametrize(
    ("schema", "takes_null"),
    [
        ("X: {type: string, nullable: true}", True),
        ("X: {type: string, nullable: false}", False),
        ("X: {type: string}", False),
        ("X: {type: string, nullable: true, enum: [a]}", False),
        ("X: {type: string, nullable: true, enum: [a, null]}", True),
        ("X: {nullable: true, oneOf: [{type: string}, {type: array, items: {}}]}", True),
        ("X: {nullable: true, anyOf: [{type: string}]}", True),
        ("X: {nullable: true, allOf: [{$ref: '#/components/schemas/Y'}]}\nY: {type: object}", True),
        ("X: {nullable: true, $ref: '#/components/schemas/Y'}\nY: {type: object}", True),
        ("X: {oneOf: [{type: string, nullable: true}, {type: integer}]}", True),
        ("X: {oneOf: [{type: string, nullable: true}, {type: integer, nullable: true}]}", False),
        ("X: {allOf: [{type: string, nullable: true}, {type: string}]}", False),
        ("X: {allOf: [{type: string, nullable: true}, {type: string, nullable: true}]}", True),
        ("X: {type: object, nullable: true, allOf: [{type: object}]}", False),
        ("X: {$ref: '#/components/schemas/Y'}\nY: {type: object, nullable: true}", True),
        ("X: {}", True),
        ("X: {type: object, nullable: true, enum: [null]}", True),
    ],
)
def test_null_is_accepted_exactly_as_in_3_0(schema: str, takes_null: bool) -> None:
    assert judged(schema, None) is takes_null


def test_nullable_is_not_a_keyword_of_3_1() -> None:
    assert not judged("X: {type: string, nullable: true}", None, version="3.1.0")
    assert judged("X: {type: [string, 'null']}", None, version="3.1.0")


@pytest.mark.parametrize(
    ("version", "schema"),
    [
        (
            "3.0.3",
            "X: {type: number, minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true}",
        ),
        ("3.1.0", "X: {type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}"),
    ],
)
def test_exclusive_bounds_in_both_spellings(version: str, schema: str) -> None:
    assert [judged(schema, value, version=version) for value in (0, 1, 0.5)] == [False, False, True]


def test_exclusive_bounds_that_are_false_include_the_bound() -> None:
    assert judged("X: {type: number, minimum: 0, exclusiveMinimum: false}", 0)


@pytest.mark.parametrize(
    ("value", "lawful"),
    [
        (1, True),
        (1.0, True),
        (-0.0, True),
        (1.5, False),
        (True, False),
        ("1", False),
        (1e300, True),
        (10**40, True),
        (NAN, False),
        (float("inf"), False),
    ],
)
def test_integers_are_numbers_without_a_fraction(value: Any, lawful: bool) -> None:
    assert judged("X: {type: integer}", value) is lawful


@pytest.mark.parametrize("value", [NAN, float("inf"), float("-inf")])
def test_values_outside_json_are_not_numbers(value: float) -> None:
    assert not judged("X: {type: number}", value)
    assert not judged("X: {type: array, items: {type: number, nullable: true}}", [value])


def test_bounds_of_64_bits_are_exact() -> None:
    schema = "X: {type: integer, minimum: -9223372036854775808, maximum: 9223372036854775807}"
    values = [2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 10**30, -(10**30)]
    assert [judged(schema, value) for value in values] == [True, True, False, False, False, False]


def test_formats_are_annotations() -> None:
    for format_ in ("uri", "date-time", "uuid", "int32", "binary"):
        assert judged(f"X: {{type: string, format: {format_}}}", "anything")


def test_patterns_match_to_the_end_of_the_text() -> None:
    assert judged("X: {type: string, pattern: '^[a-z]+$'}", "ab")
    assert not judged("X: {type: string, pattern: '^[a-z]+$'}", "ab\n")
    assert not judged("X: {type: string, pattern: '^[0-9]+$'}", "٣")
    assert judged("X: {patternProperties: {'^a$': {type: integer}}}", {"a\n": "x"}, version="3.1.0")


@pytest.mark.parametrize(
    ("divisor", "value", "lawful"),
    [
        (0.1, 0.3, True),
        (0.01, 19.99, True),
        (0.1, 0.35, False),
        (3, 10**30, False),
        (1.5, 1e300, False),
        (2, 4.0, True),
    ],
)
def test_multiples_use_decimal_arithmetic(divisor: float, value: float, lawful: bool) -> None:
    assert judged(f"X: {{type: number, multipleOf: {divisor}}}", value) is lawful
    found = validator(f"X: {{type: number, multipleOf: {divisor}}}")
    assert (next(errors_of(found.schema, value), None) is None) is lawful


DIRECTED = """
X:
  type: object
  required: [id, key, name]
  properties:
    id: {type: string, readOnly: true}
    key: {type: string, writeOnly: true}
    name: {type: string}
    made: {$ref: '#/components/schemas/Made'}
Made: {type: integer, readOnly: true}
"""


@pytest.mark.parametrize(
    ("direction", "value", "pointers"),
    [
        ("request", {"key": "k", "name": "n"}, []),
        ("request", {"key": "k", "name": "n", "id": "i"}, ["/id"]),
        ("request", {"key": "k", "name": "n", "made": 1}, ["/made"]),
        ("request", {"name": "n"}, ["/key"]),
        ("response", {"id": "i", "name": "n", "made": 1}, []),
        ("response", {"id": "i", "name": "n", "key": "k"}, ["/key"]),
        ("response", {"name": "n"}, ["/id"]),
    ],
)
def test_each_direction_rejects_fields_of_the_other(
    direction: Direction, value: Any, pointers: list[str]
) -> None:
    assert [error.pointer for error in validator(DIRECTED, direction).errors(value)] == pointers


def test_names_the_keyword_that_excludes_a_field() -> None:
    (error,) = validator(DIRECTED).errors({"key": "k", "name": "n", "id": "i"})
    assert error.keyword == "readOnly"
    assert error.clause == "azure-openai@2024-10-21#/components/schemas/X/properties/id/readOnly"


def test_a_required_field_of_the_other_direction_may_be_required_by_a_neighbour_in_allof() -> None:
    schema = (
        "X: {properties: {id: {type: string, readOnly: true}}, allOf: [{required: [id]}, {type: object}]}"
    )
    assert judged(schema, {})
    assert not judged(schema, {}, "response")


def test_an_open_enumeration_binds_requests_only() -> None:
    schema = "X: {type: string, enum: [a], x-ms-enum: {name: N, modelAsString: true}}"
    assert not judged(schema, "b")
    assert judged(schema, "b", "response")
    closed = "X: {type: string, enum: [a], x-ms-enum: {name: N, modelAsString: false}}"
    assert not judged(closed, "b", "response")


UNION = """
X:
  oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
  discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: Dog, hound: Dog}}
Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
Dog: {type: object, required: [kind], properties: {kind: {type: string}, bark: {type: string}}}
"""


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize(
    ("value", "pointer", "keyword"),
    [
        ({"kind": "cat", "lives": 9}, None, None),
        ({"kind": "dog", "lives": "x"}, None, None),
        ({"kind": "hound", "bark": "x"}, None, None),
        ({"kind": "cat", "lives": "x"}, "/lives", "type"),
        ({"kind": "hound", "bark": 1}, "/bark", "type"),
        ({"kind": "cow"}, "/kind", "discriminator"),
        ({"lives": 9}, "/kind", "required"),
        ("cat", "", "type"),
        (None, "", "type"),
    ],
)
def test_a_discriminated_union_is_one_branch_by_its_value(
    direction: Direction, value: Any, pointer: str | None, keyword: str | None
) -> None:
    errors = validator(UNION, direction).errors(value)
    assert [(error.pointer, error.keyword) for error in errors] == (
        [] if pointer is None else [(pointer, keyword)]
    )


def test_branches_without_a_mapping_are_identified_by_their_constant_or_name() -> None:
    schema = """
X:
  oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]
  discriminator: {propertyName: t}
A: {type: object, properties: {t: {type: string, enum: [first]}}}
B: {type: object, properties: {t: {type: string}, n: {type: integer}}}
"""
    assert judged(schema, {"t": "first"})
    assert judged(schema, {"t": "B", "n": 1})
    assert not judged(schema, {"t": "B", "n": "x"})
    assert not judged(schema, {"t": "A"})


BASE = """
X:
  type: object
  properties:
    animal: {$ref: '#/components/schemas/Animal'}
    cat: {$ref: '#/components/schemas/Cat'}
Animal:
  type: object
  required: [kind]
  properties: {kind: {$ref: '#/components/schemas/Kind'}}
  discriminator: {propertyName: kind%s}
Kind: {type: string, enum: [cat, dog]%s}
Cat:
  required: [lives]
  allOf: [{$ref: '#/components/schemas/Animal'}, {properties: {lives: {type: integer}}}]
  x-ms-discriminator-value: cat
Pet:
  allOf: [{$ref: '#/components/schemas/Animal'}, {properties: {owner: {type: string}}}]
Dog:
  allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {bark: {type: string}}}]
  x-ms-discriminator-value: dog
"""
MAPPING = ", mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}"


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ({"animal": {"kind": "cat", "lives": 9}}, []),
        ({"animal": {"kind": "cat"}}, ["/animal/lives"]),
        ({"animal": {"kind": "dog", "bark": "w", "owner": "o"}}, []),
        ({"animal": {"kind": "dog", "bark": 1, "owner": 2}}, ["/animal/bark", "/animal/owner"]),
        ({"animal": {"kind": "cow"}}, ["/animal/kind"]),
        ({"animal": {}}, ["/animal/kind"]),
        ({"cat": {"kind": "cat", "lives": 9}}, []),
        ({"cat": {"kind": "dog", "lives": 9}}, ["/cat/kind"]),
    ],
)
def test_a_base_schema_selects_its_child_by_value_and_a_child_only_itself(
    direction: Direction, value: Any, pointers: list[str]
) -> None:
    found = validator(BASE % (MAPPING, ""), direction)
    assert [error.pointer for error in found.errors(value)] == pointers
    assert found.is_valid(value) is (pointers == [])


def test_children_are_found_without_a_mapping() -> None:
    found = validator((BASE % ("", "")).replace("Pet:", "Unused: {}\nPet:"))
    assert not found.is_valid({"animal": {"kind": "cat"}})
    assert found.is_valid({"animal": {"kind": "cat", "lives": 1}})


def test_an_open_discriminator_accepts_new_values_in_responses_only() -> None:
    schema = BASE % (MAPPING, ", x-ms-enum: {modelAsString: true}")
    assert not judged(schema, {"animal": {"kind": "cow"}})
    assert judged(schema, {"animal": {"kind": "cow"}}, "response")


def test_a_union_whose_branches_extend_it_ends() -> None:
    schema = """
X:
  type: object
  required: [t]
  properties: {t: {type: string}}
  oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]
  discriminator: {propertyName: t, mapping: {a: A, b: B}}
A: {allOf: [{$ref: '#/components/schemas/X'}, {properties: {n: {type: integer}}}]}
B: {allOf: [{$ref: '#/components/schemas/X'}, {properties: {n: {type: string}}}]}
"""
    assert judged(schema, {"t": "a", "n": 1})
    assert not judged(schema, {"t": "b", "n": 1})


def test_the_default_mapping_of_3_2_matches_every_other_value() -> None:
    schema = UNION.replace("hound: Dog}", "hound: Dog}, defaultMapping: Dog")
    assert judged(schema, {"kind": "cow", "bark": "x"}, version="3.2.0")
    assert not judged(schema, {"kind": "cow", "bark": 1}, version="3.2.0")
    assert not judged(schema, {"kind": "cat", "lives": "x"}, version="3.2.0")


def test_schemas_may_contain_themselves() -> None:
    schema = "X: {type: object, properties: {next: {$ref: '#/components/schemas/X'}, n: {type: integer}}}"
    assert judged(schema, {"next": {"next": {"n": 1}}})
    assert not judged(schema, {"next": {"next": {"n": "x"}}})


def test_a_value_nested_too_deeply_is_rejected_without_a_crash() -> None:
    found = validator("X: {type: array, items: {$ref: '#/components/schemas/X'}}")
    value: list[Any] = []
    for _ in range(50_000):
        value = [value]
    assert not found.is_valid(value)
    assert [error.keyword for error in found.errors(value)] == ["depth"]
    while value:
        value = value.pop()


@pytest.mark.parametrize(
    "schema",
    [
        "X: {allOf: [{$ref: '#/components/schemas/X'}]}",
        "X: {oneOf: [{$ref: '#/components/schemas/Y'}]}\nY: {not: {$ref: '#/components/schemas/X'}}",
    ],
)
def test_rejects_schemas_that_never_end(schema: str) -> None:
    with pytest.raises(DocumentError, match="refer to themselves"):
        validator(schema)


@pytest.mark.parametrize("schema", ["X: {minimum: low}", "X: {pattern: '(['}", "X: {type: animal}", "X: 5"])
def test_rejects_meaningless_schemas(schema: str) -> None:
    with pytest.raises(DocumentError, match="#/components/schemas/X"):
        validator(schema)


def test_later_dialects_are_used_unchanged() -> None:
    schema = """
X:
  type: object
  properties:
    pair: {type: array, prefixItems: [{type: string}, {type: integer}], items: false}
    kind: {const: a}
    word: {$ref: '#/components/schemas/Word', maxLength: 3}
    never: false
  dependentRequired: {kind: [word]}
  unevaluatedProperties: false
Word: {type: string, minLength: 1}
"""

    def pointers(value: Any) -> list[str]:
        return [error.pointer for error in validator(schema, version="3.1.0").errors(value)]

    assert pointers({"pair": ["a", 1], "kind": "a", "word": "abc"}) == []
    assert pointers({"pair": ["a", "b"]}) == ["/pair/1"]
    assert pointers({"pair": ["a", 1, 2]}) == ["/pair/2"]
    assert pointers({"kind": "b", "word": "abc"}) == ["/kind"]
    assert pointers({"word": "abcd"}) == ["/word"]
    assert pointers({"word": ""}) == ["/word"]
    assert pointers({"kind": "a"}) == [""]
    assert pointers({"never": 1}) == ["/never"]
    assert pointers({"more": 1}) == [""]


def test_siblings_of_a_reference_are_ignored_in_3_0() -> None:
    assert judged("X: {$ref: '#/components/schemas/Y', maxLength: 1}\nY: {type: string}", "ab")


def test_rejected_additional_properties_are_named_one_by_one() -> None:
    found = validator("X: {type: object, properties: {a: {}}, additionalProperties: false}")
    assert [error.pointer for error in found.errors({"a": 1, "b": 2, "c/d": 3})] == ["/b", "/c~1d"]
