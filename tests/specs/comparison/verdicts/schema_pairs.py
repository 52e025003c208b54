"""Random pairs of schemas with every keyword of JSON Schema 2020-12, and values at their limits."""

from __future__ import annotations

import json
from random import Random
from typing import Any

WORDS = ["a", "b", "ab", "x-a", ""]
NAMES = ["a", "b", "c"]
PATTERNS = ["^a", "b$", "^x-", "^[a-c]+$", "a|b"]
SCHEMAS = "#/components/schemas"
TYPES = ["string", "integer", "number", "boolean", "object", "array", "null"]


class SchemaPairs:
    """Draws pairs of schemas; the same seed gives the same pairs. `components` holds what they refer to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def pair(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Return a base and a revision with the component schemas of each."""
        components = {name: self.schema(2) for name in ("S", "T")}
        base = self.schema()
        if self.random.random() < 0.2:
            return base, self.schema(), components, components
        revision, others = base, components
        for _ in range(self.random.choice([1, 1, 1, 2])):
            if self.random.random() < 0.15:
                name = self.random.choice(list(components))
                others = {**others, name: self.edited(others[name])}
            else:
                revision = self.edited(revision)
        return base, revision, components, others

    def schema(self, depth: int = 0) -> Any:
        """Return a schema, with fewer keywords the deeper it is."""
        chance = self.random.random()
        if depth > 3:
            return {"type": self.random.choice(TYPES)}
        if chance < 0.04:
            return self.random.random() < 0.6
        if chance < 0.12 and depth:
            return {"$ref": f"{SCHEMAS}/{self.random.choice('ST')}"} if depth < 2 else {}
        if chance < 0.3 and depth < 2:
            return self.union(depth)
        kind = self.random.choice([*TYPES, "object", "array", "string", None])
        schema: dict[str, Any] = {} if kind is None else {"type": kind}
        if kind is not None and self.random.random() < 0.15:
            schema["type"] = sorted({kind, self.random.choice(TYPES)})
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            named = schema.get("type", TYPES)
            drawn = named if isinstance(named, str) else self.random.choice(named)
            schema |= self.keyword(drawn, depth, alone=isinstance(named, str))
        return schema

    def union(self, depth: int) -> dict[str, Any]:
        keyword = self.random.choice(["anyOf", "oneOf", "allOf", "oneOf"])
        branches = [self.schema(depth + 1) for _ in range(self.random.choice([1, 2, 2, 3]))]
        schema: dict[str, Any] = {keyword: branches}
        if self.random.random() < 0.3:
            schema |= self.keyword(self.random.choice(TYPES), depth)
        return schema

    def keyword(self, kind: str, depth: int, *, alone: bool = False) -> dict[str, Any]:
        """Return a keyword for a type, or rarely one that does not apply, if there is no other type."""
        choose = self.random.choice
        if alone and kind in UNSIZED and self.random.random() < 0.15:
            kind = choose(TYPES)  # a keyword that does not apply, too
        if depth < 2 and self.random.random() < 0.15:
            kind = "applied"
        elif kind not in ("array", "object") and self.random.random() < 0.2:
            kind = "any"
        return self._drawn(choose(KEYWORDS.get(kind, KEYWORDS["any"])), depth + 1)

    def _drawn(self, keyword: str, depth: int) -> dict[str, Any]:
        """Return a keyword with a value, or keywords that belong together."""
        choose = self.random.choice
        if keyword in LIMITS:
            return {keyword: choose(LIMITS[keyword])}
        if keyword == "enum":
            return {keyword: self.random.sample(VALUES, choose([1, 2, 3]))}
        if keyword == "required":
            return {keyword: self.random.sample(NAMES, choose([1, 2]))}
        if keyword == "dependentRequired":
            return {keyword: {choose(NAMES): [choose(NAMES)]}}
        if keyword == "prefixItems":
            return {keyword: [self.schema(depth) for _ in range(choose([1, 2]))]}
        if keyword == "properties":
            return {keyword: {name: self.schema(depth) for name in self.random.sample(NAMES, choose([1, 2]))}}
        if keyword == "patternProperties":
            return {keyword: {choose(PATTERNS): self.schema(depth)}}
        if keyword == "dependentSchemas":
            return {keyword: {choose(NAMES): self.schema(depth)}}
        if keyword == "contains":
            more = choose([{}, {}, {"minContains": 0}, {"minContains": 2}, {"maxContains": 1}])
            return {keyword: self.schema(depth), **more}
        if keyword in ("additionalProperties", "unevaluatedItems", "unevaluatedProperties"):
            return {keyword: False if self.random.random() < 0.5 else self.schema(depth)}
        if keyword == "if":
            chosen = choose([("if", "then"), ("if", "else"), ("if", "then", "else"), ("then",)])
            return {each: self.schema(depth) for each in chosen}
        return {keyword: self.schema(depth)}

    def edited(self, schema: Any) -> Any:
        """Return a copy with one keyword of one schema inside added, removed or changed."""
        if not isinstance(schema, dict) or not schema:
            return self.schema(2)
        held = [(key, None, each) for key, each in schema.items() if isinstance(each, dict)
                and key in ("items", "not", "if", "then", "else", "contains", "additionalProperties",
                            "unevaluatedItems", "unevaluatedProperties", "propertyNames")]  # fmt: skip
        held += [(key, name, each) for key in ("properties", "patternProperties", "dependentSchemas")
                 for name, each in schema.get(key, {}).items()]  # fmt: skip
        held += [(key, index, each) for key in ("allOf", "anyOf", "oneOf", "prefixItems")
                 for index, each in enumerate(schema.get(key, ()))]  # fmt: skip
        copied: dict[str, Any] = json.loads(json.dumps(schema))
        chance = self.random.random()
        if held and chance < 0.6:
            key, place, inner = self.random.choice(held)
            if place is None:
                copied[key] = self.edited(inner)
            else:
                copied[key][place] = self.edited(inner)
        elif chance < 0.75:
            copied.pop(self.random.choice(list(copied)))
        elif chance < 0.82 and any(key in copied for key in ("allOf", "anyOf", "oneOf")):
            key = next(key for key in ("allOf", "anyOf", "oneOf") if key in copied)
            if len(copied[key]) > 1 and self.random.random() < 0.5:
                copied[key].pop(self.random.randrange(len(copied[key])))
            else:
                copied[key].append(self.schema(2))
        else:
            named = copied.get("type", TYPES)
            drawn = named if isinstance(named, str) else self.random.choice(named)
            copied |= self.keyword(drawn, 2, alone=isinstance(named, str))
        return copied


#: Types without a size; a limit of a size beside them is no mistake in the type.
UNSIZED = ["integer", "number", "boolean", "null"]
NUMBER_KEYWORDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
KEYWORDS = {
    "integer": NUMBER_KEYWORDS,
    "number": NUMBER_KEYWORDS,
    "string": ["minLength", "maxLength", "pattern"],
    "array": ["minItems", "maxItems", "uniqueItems", "items", "items", "prefixItems", "contains", "contains",
              "unevaluatedItems"],
    "object": ["properties", "properties", "properties", "required", "additionalProperties",
               "patternProperties", "propertyNames", "minProperties", "maxProperties", "dependentRequired",
               "dependentSchemas", "unevaluatedProperties"],
    "any": ["enum", "const"],
    "applied": ["not", "if"],
}  # fmt: skip
LIMITS: dict[str, list[Any]] = {
    "minimum": [0, 1, 1.5], "exclusiveMinimum": [0, 1, 1.5], "maximum": [2, 3, 3.5],
    "exclusiveMaximum": [2, 3, 3.5], "multipleOf": [1, 2, 3, 0.5], "minLength": [0, 1, 2],
    "maxLength": [1, 2, 3], "pattern": PATTERNS, "minItems": [0, 1, 2], "maxItems": [0, 1, 2],
    "uniqueItems": [True, True, False], "minProperties": [0, 1, 2], "maxProperties": [0, 1, 2],
    "propertyNames": [*({"pattern": each} for each in PATTERNS), {"maxLength": 1}],
}  # fmt: skip
VALUES: list[Any] = ["a", "b", "ab", "x-a", 0, 1, 2, 3, 1.5, None, True, [], {}, {"a": 1}, ["a"]]
LIMITS["const"] = VALUES
SCALARS: list[Any] = [
    "",
    "a",
    "b",
    "ab",
    "abc",
    "x-a",
    "zz",
    0,
    1,
    2,
    3,
    4,
    1.5,
    3.5,
    -1,
    1000,
    None,
    True,
    False,
]


def values(random: Random, count: int, depth: int = 0) -> list[Any]:
    """Return every scalar and random arrays and objects."""
    found = list(SCALARS)
    found += [[], {}, *([each] for each in SCALARS), *({name: each} for name in ("a", "b", "c", "x-a", "zz")
                                                       for each in SCALARS)]  # fmt: skip
    found += [_value(random, depth) for _ in range(count)]
    return found


def _value(random: Random, depth: int) -> Any:
    chance = random.random()
    if depth < 3 and chance < 0.4:
        names = random.sample(["a", "b", "c", "x-a", "zz"], random.choice([0, 1, 2, 2, 3]))
        return {name: _value(random, depth + 1) for name in names}
    if depth < 3 and chance < 0.75:
        return [_value(random, depth + 1) for _ in range(random.choice([0, 1, 2, 2, 3]))]
    return random.choice(SCALARS)
