"""The keywords of JSON Schema by what they apply to."""

from __future__ import annotations

NUMBER_KEYWORDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")
STRING_KEYWORDS = ("minLength", "maxLength", "pattern")
ARRAY_KEYWORDS = ("minItems", "maxItems", "uniqueItems")
OBJECT_KEYWORDS = ("minProperties", "maxProperties")

#: Keywords with one schema, in OpenAPI 3.0 and in later versions.
SINGLE_SCHEMA_3_0 = ("items", "additionalProperties", "not")
SINGLE_SCHEMA = (
    *SINGLE_SCHEMA_3_0, "if", "then", "else", "contains", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "contentSchema",
)  # fmt: skip
#: Keywords with a list of schemas that apply to the same value.
SCHEMA_LISTS = ("allOf", "oneOf", "anyOf")
#: Keywords with schemas by name, beside `properties`.
NAMED_SCHEMAS = ("patternProperties", "dependentSchemas")
