"""The comparison against an oracle: every difference that a validator detects is reported.

Random schemas are changed at random, and both validate the same values. A seed gives the same pairs
every time.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from small_descriptions import changes, description

TYPES = [
    "string",
    "integer",
    "number",
    "boolean",
    "object",
    "array",
    ["string", "null"],
    ["integer", "string"],
    None,
]
#: The gate tries the first three.
SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.whole_selftest) for seed in range(3, 12))]
PAIRS = 40


def schemas(random: Random, depth: int = 0) -> dict[str, Any]:
    """A small schema; unions are `anyOf`, whose branches do not shut each other out."""
    if depth < 2 and random.random() < 0.2:
        keyword = random.choice(["anyOf", "allOf"])
        return {keyword: [schemas(random, depth + 1) for _ in range(random.choice([1, 2, 3]))]}
    chosen = random.choice(TYPES)
    schema: dict[str, Any] = {} if chosen is None else {"type": chosen}
    bounds: dict[str, list[Any]] = {
        "enum": [["a"], ["a", "ab"], [1, 2], ["a", 1, None]],
        "const": ["a", 1],
        "maximum": [1, 2],
        "minimum": [0, 1],
        "exclusiveMaximum": [1, 2],
        "maxLength": [0, 1],
        "minLength": [1, 2],
        "maxItems": [0, 1],
        "pattern": ["^a", "b$"],
        "required": [["p"], ["p", "q"]],
        "additionalProperties": [False, True, {"type": "string"}],
    }
    for keyword, values in bounds.items():
        if random.random() < 0.15:
            schema[keyword] = random.choice(values)
    if depth < 3 and random.random() < 0.3:
        schema["items"] = schemas(random, depth + 1)
    if depth < 3 and random.random() < 0.4:
        schema["properties"] = {name: schemas(random, depth + 1) for name in random.sample("pqr", 2)}
    if depth < 2 and random.random() < 0.1:
        schema["not"] = schemas(random, depth + 1)
    return schema


def changed(random: Random, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with one keyword added, removed or changed."""
    copied: dict[str, Any] = json.loads(json.dumps(schema))
    places = [copied]
    for place in places:
        held = [*place.get("anyOf", ()), *place.get("allOf", ()), *place.get("properties", {}).values()]
        held += [place[name] for name in ("items", "not", "additionalProperties") if name in place]
        places += [each for each in held if isinstance(each, dict)]
    place, new = random.choice(places), schemas(random, 2)
    if place and random.random() < 0.5:
        place.pop(random.choice(list(place)))
    elif new:
        keyword = random.choice(list(new))
        place[keyword] = new[keyword]
    return copied


def values(random: Random, depth: int = 0) -> Any:
    kind = random.random()
    if depth < 3 and kind < 0.3:
        return {
            name: values(random, depth + 1) for name in random.sample("pqrs", random.choice([0, 1, 2, 3]))
        }
    if depth < 3 and kind < 0.4:
        return [values(random, depth + 1) for _ in range(random.choice([0, 1, 2]))]
    return random.choice(["a", "ab", "b", "", 0, 1, 2, 1.5, None, True])


@pytest.mark.parametrize("seed", SEEDS)
def test_reports_every_difference_that_a_validator_detects(seed: int) -> None:
    random = Random(seed)
    samples = [values(random) for _ in range(150)]
    for _ in range(PAIRS):
        base = schemas(random)
        revision = changed(random, base)
        verdicts = [
            [jsonschema_rs.Draft202012Validator(schema).is_valid(value) for value in samples]
            for schema in (base, revision)
        ]
        found = changes(*(description(request=schema, openapi="3.1.0") for schema in (base, revision)))
        shown = json.dumps([base, revision])
        assert found or verdicts[0] == verdicts[1], shown
        narrowed = any(before and not after for before, after in zip(*verdicts, strict=True))
        # a property that comes into an open object is the one narrowing that is no news to any client
        grave = any(change.verdict != "info" or change.id == "property-added" for change in found)
        assert grave or not narrowed, shown


@pytest.mark.parametrize("seed", SEEDS)
def test_a_difference_is_reported_in_both_directions(seed: int) -> None:
    random = Random(seed)
    for _ in range(PAIRS):
        base = description(request=schemas(random), response=schemas(random), openapi="3.1.0")
        revision = description(request=schemas(random), response=schemas(random), openapi="3.1.0")
        assert bool(changes(base, revision)) == bool(changes(revision, base))
        assert changes(revision, revision) == ()
