"""The comparison against a validator: every lost value is breaking, and nothing is breaking without one.

Random pairs of schemas with every keyword of JSON Schema 2020-12 stand for a request and a response. What a
validator says about values at their limits decides. These are conventions, and not expected to follow it: a
property that only one side of an open object names (its former values count if it is required or typed), and
a keyword of another type with a size (strings, arrays, objects), which both sides have.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from schema_pairs import SchemaPairs, values
from small_descriptions import changes, description

from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.witnesses.forms import Forms
from aoai_specs.comparison.witnesses.search import Finding, Search

ROOT = "#/components/schemas/Root"
#: Kinds that say that an open object names a property, or no longer does.
OF_OPEN_OBJECTS = {"property-added", "property-removed"}
Pair = tuple[Any, Any, dict[str, Any], dict[str, Any]]


def wrong_verdicts(seed: int, pairs: int) -> list[str]:
    """Return the pairs whose verdict a validator contradicts."""
    drawn, samples = SchemaPairs(seed), values(Random(seed), 1200)
    wrong = []
    for _ in range(pairs):
        pair = drawn.pair()
        wrong += [f"{reason}: {json.dumps(pair)}" for reason in contradictions(pair, samples)]
    return wrong


def contradictions(pair: Pair, samples: list[Any]) -> list[str]:
    base, revision, *components = pair
    sides = list(zip((base, revision), components, strict=True))
    validators = [validator(*side) for side in sides]
    allowed = [[each.is_valid(value) for value in samples] for each in validators]
    found = changes(
        *(
            description(request=schema, response=schema, schemas=held, openapi="3.1.0")
            for schema, held in sides
        )
    )
    reasons = []
    for way, wide in (("request", 0), ("response", 1)):
        shown = any(
            before and not after for before, after in zip(allowed[wide], allowed[1 - wide], strict=True)
        )
        kinds = {each.id for each in found if any(other.direction == way for other in each.operations)}
        breaking = {
            each.id
            for each in found
            if any((other.direction, other.verdict) == (way, "breaking") for other in each.operations)
        }
        if shown and not breaking and not kinds & OF_OPEN_OBJECTS:
            reasons.append(f"a {way} has a difference that is not reported as breaking")
        if breaking and not shown:
            finding = witness(sides, wide)
            if finding.found:
                assert validators[wide].is_valid(finding.example)
                assert not validators[1 - wide].is_valid(finding.example)
            elif finding.proved:
                reasons.append(f"{sorted(breaking)} breaks no {way}")
    return reasons


def validator(schema: Any, components: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    whole = {"$ref": ROOT, "components": {"schemas": {**components, "Root": schema}}}
    return jsonschema_rs.Draft202012Validator(whole)


def witness(sides: list[tuple[Any, dict[str, Any]]], wide: int) -> Finding:
    """Search longer than the comparison for a value that the wide side allows and the other does not."""
    forms = [
        Forms(Meanings({"openapi": "3.1.0", "components": {"schemas": {**held, "Root": schema}}}))
        for schema, held in sides
    ]
    root = ((ROOT, False),)
    return Search((forms[0], forms[1]), wide, lambda *_: False, 100_000).witness(root, root)


def test_no_verdict_contradicts_a_validator() -> None:
    assert wrong_verdicts(seed=3, pairs=60) == []


@pytest.mark.whole_selftest
def test_no_verdict_of_many_contradicts_a_validator() -> None:
    wrong = [each for seed in range(100, 110) for each in wrong_verdicts(seed, pairs=500)]
    assert wrong == []
