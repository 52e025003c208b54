"""The kinds of change by id. Ids never change, because scripts and accepted changes use them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aoai_specs.comparison.keywords import BOUNDS

_BY_NAME = {
    "path-added": "a path is added",
    "path-removed": "a path is removed with all its operations",
    "path-parameter-renamed": "a path parameter is renamed",
    "base-path-changed": "the base path of all paths changes",
    "operation-added": "a method is added to an existing path",
    "operation-removed": "a method of a remaining path is removed",
    "operation-id-changed": "an operationId changes, which renames generated code",
    "parameter-added": "a parameter is added",
    "parameter-removed": "a parameter is removed",
    "parameter-moved": "a parameter moves, for example from the query to a header",
    "parameter-required": "a parameter becomes required",
    "parameter-optional": "a parameter becomes optional",
    "parameter-style-changed": "the style of a parameter changes",
    "parameter-explode-changed": "a parameter with several values is exploded or no longer exploded",
    "parameter-empty-allowed": "a parameter may now be empty",
    "parameter-empty-refused": "a parameter may no longer be empty",
    "parameter-reserved-allowed": "a parameter may now have reserved characters",
    "parameter-reserved-refused": "a parameter may no longer have reserved characters",
    "serialization-changed": "the media type of a parameter or header changes",
    "body-added": "a request body is added",
    "body-removed": "a request body is removed",
    "body-required": "a request body becomes required",
    "body-optional": "a request body becomes optional",
    "media-type-added": "a body may have another media type",
    "media-type-removed": "a body may no longer have a media type",
    "media-type-widened": "a media type is replaced by a range that includes it",
    "encoding-changed": "the encoding of a part of a form changes",
    "schema-added": "a body now has a schema",
    "schema-removed": "a body no longer has a schema",
    "item-schema-added": "the items of a body now have a schema",
    "item-schema-removed": "the items of a body no longer have a schema",
    "status-added": "a response is added",
    "status-removed": "a response is removed",
    "header-added": "a response header is added",
    "header-removed": "a response header is removed",
    "header-required": "a response header becomes required",
    "header-optional": "a response header becomes optional",
    "security-alternative-added": "another credential is accepted",
    "security-alternative-removed": "a credential is no longer accepted",
    "security-scope-added": "another scope is required",
    "security-scope-removed": "a scope is no longer required",
    "security-scheme-changed": "a credential is obtained or sent differently",
    "property-added": "a property is added",
    "property-removed": "a property is removed",
    "property-required": "a property becomes required",
    "property-optional": "a property becomes optional",
    "read-only-set": "a property becomes read-only",
    "read-only-unset": "a property is no longer read-only",
    "write-only-set": "a property becomes write-only",
    "write-only-unset": "a property is no longer write-only",
    "nullable-set": "null is now allowed",
    "nullable-unset": "null is no longer allowed",
    "type-changed": "the allowed types change",
    "format-added": "a format is added",
    "format-removed": "a format is removed",
    "format-changed": "a format changes",
    "enum-added": "only listed values are now allowed",
    "enum-removed": "values other than the listed ones are now allowed",
    "enum-value-added": "a value is added to an enumeration",
    "enum-value-removed": "a value is removed from an enumeration",
    "enum-opened": "an enumeration becomes open",
    "enum-closed": "an enumeration becomes closed",
    "const-added": "only one value is now allowed",
    "const-removed": "values other than a constant are now allowed",
    "const-changed": "a constant changes",
    "default-added": "a default is added",
    "default-removed": "a default is removed",
    "default-changed": "a default changes",
    "pattern-added": "a pattern is added",
    "pattern-removed": "a pattern is removed",
    "pattern-changed": "a pattern changes",
    "additional-properties-opened": "undeclared properties are now allowed",
    "additional-properties-closed": "undeclared properties are now rejected",
    "union-added": "a union is now required",
    "union-removed": "a union is no longer required",
    "union-branch-added": "a branch is added to a union",
    "union-branch-removed": "a branch is removed from a union",
    "union-exclusive": "exactly one branch of a union may match now",
    "union-inclusive": "several branches of a union may match now",
    "discriminator-added": "a property now selects the branch",
    "discriminator-removed": "no property selects the branch any more",
    "discriminator-property-changed": "another property selects the branch",
    "discriminator-value-changed": "another value selects a branch",
    "discriminator-mapping-added": "another value also selects a branch",
    "discriminator-mapping-removed": "a value no longer selects a branch",
    "discriminator-mapping-changed": "a value selects another schema",
    "dependent-required-added": "a property now requires others",
    "dependent-required-removed": "a property no longer requires others",
    "dependent-required-changed": "a property requires different properties",
    "schema-refuses-all": "no value is allowed any more",
    "schema-refuses-all-no-more": "values are allowed where none were",
    "deprecated": "something becomes deprecated",
    "undeprecated": "something is no longer deprecated",
    "sunset-set": "a sunset date is set",
    "sunset-removed": "a sunset date is removed",
    "sunset-earlier": "a sunset moves to an earlier or an unreadable date",
    "sunset-later": "a sunset moves to a later date",
    "sunset-unreadable": "a sunset is not a date",
    "stability-raised": "a stability level is raised",
    "stability-lowered": "a stability level is lowered",
    "stability-unreadable": "a stability level is unknown",
    "removal-without-deprecation": "something is removed that was not deprecated (reported on request)",
    "removal-without-sunset": "something is removed that had no sunset date (reported on request)",
    "removal-before-sunset": "something is removed before its sunset date (reported on request)",
    "sunset-missing": "something deprecated has no sunset date (reported on request)",
    "sunset-too-near": "a sunset date leaves too little time (reported on request)",
    "version-unchanged": "something changes, but not info.version (reported on request)",
    "description-changed": "a title or description changes (reported on request)",
}
_ENDS = {"set": "is set", "unset": "is removed", "tightened": "allows less", "loosened": "allows more"}
_WHOLE = ("multiple-of", "content-encoding", "content-media-type", "unique-items")
_WHOLE_ENDS = {"set": "is set", "unset": "is removed", "changed": "changes"}
#: The prefix of ids by keyword, for keywords with a schema.
HOLDING: Mapping[str, str] = {
    "items": "items",
    "additionalProperties": "additional-properties",
    "not": "not",
    "if": "if",
    "then": "then",
    "else": "else",
    "contains": "contains",
    "propertyNames": "property-names",
    "unevaluatedItems": "unevaluated-items",
    "unevaluatedProperties": "unevaluated-properties",
    "contentSchema": "content-schema",
    "patternProperties": "pattern-properties",
    "dependentSchemas": "dependent-schemas",
    "prefixItems": "prefix-items",
}


def kebab(keyword: str) -> str:
    """Return a keyword as it appears in ids: `maxLength` as `max-length`."""
    return re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", keyword)


#: Every kind with a one-line description.
KINDS: Mapping[str, str] = {
    **_BY_NAME,
    **{f"{kebab(name)}-{end}": f"{name} {text}" for name in BOUNDS for end, text in _ENDS.items()},
    **{f"{name}-{end}": f"{name} {text}" for name in _WHOLE for end, text in _WHOLE_ENDS.items()},
    **{
        f"{name}-{end}": f"{keyword} {text}"
        for keyword, name in HOLDING.items()
        for end, text in (("added", "adds a constraint"), ("removed", "no longer adds a constraint"))
    },
}
