"""The kinds of change, by their ids, which stay as they are: scripts and accepted changes name them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aoai_specs.comparison.keywords import BOUNDS

_BY_NAME = {
    "path-added": "a path came",
    "path-removed": "a path went, with all its operations",
    "path-parameter-renamed": "a parameter of a path is called otherwise",
    "base-path-changed": "what stands before all paths changed",
    "operation-added": "a method of a known path came",
    "operation-removed": "a method of a path that stays went",
    "operation-id-changed": "generated code is called otherwise",
    "parameter-added": "a parameter came",
    "parameter-removed": "a parameter went",
    "parameter-moved": "a parameter goes elsewhere, such as from the query to a header",
    "parameter-required": "a parameter is required now",
    "parameter-optional": "a parameter is optional now",
    "parameter-style-changed": "a parameter is written in another style",
    "parameter-explode-changed": "a parameter of several values is written together or apart",
    "parameter-empty-allowed": "a parameter may be empty",
    "parameter-empty-refused": "a parameter may not be empty",
    "parameter-reserved-allowed": "a parameter may hold reserved characters",
    "parameter-reserved-refused": "a parameter may not hold reserved characters",
    "serialization-changed": "a parameter or header is written as another media type",
    "body-added": "a request has a body now",
    "body-removed": "a request has no body any more",
    "body-required": "the body is required now",
    "body-optional": "the body is optional now",
    "media-type-added": "a body may be of a further media type",
    "media-type-removed": "a body is no longer of a media type",
    "media-type-widened": "a media type gave way to a range that holds it",
    "encoding-changed": "a part of a form is written otherwise",
    "schema-added": "a body has to keep a schema now",
    "schema-removed": "a body keeps no schema any more",
    "item-schema-added": "each item of a body has to keep a schema now",
    "item-schema-removed": "the items of a body keep no schema any more",
    "status-added": "a response came",
    "status-removed": "a response went",
    "header-added": "a header of a response came",
    "header-removed": "a header of a response went",
    "header-required": "a header of a response always comes",
    "header-optional": "a header of a response may be missing",
    "security-alternative-added": "a further credential is accepted",
    "security-alternative-removed": "a credential is no longer accepted",
    "security-scope-added": "a further scope is needed",
    "security-scope-removed": "a scope is no longer needed",
    "security-scheme-changed": "a credential is got or sent otherwise",
    "property-added": "a property came",
    "property-removed": "a property went",
    "property-required": "a property is required now",
    "property-optional": "a property is optional now",
    "read-only-set": "a property became read-only",
    "read-only-unset": "a property is no longer read-only",
    "write-only-set": "a property became write-only",
    "write-only-unset": "a property is no longer write-only",
    "nullable-set": "null is allowed now",
    "nullable-unset": "null is no longer allowed",
    "type-changed": "other types are allowed",
    "format-added": "a format is set",
    "format-removed": "a format is taken away",
    "format-changed": "a format gave way to another",
    "enum-added": "only listed values are allowed now",
    "enum-removed": "values beside the listed ones are allowed now",
    "enum-value-added": "a value is listed",
    "enum-value-removed": "a value is no longer listed",
    "enum-opened": "a list of values became open",
    "enum-closed": "a list of values became closed",
    "const-added": "just one value is allowed now",
    "const-removed": "other values than one are allowed now",
    "const-changed": "another value is the only one",
    "default-added": "a default is told",
    "default-removed": "a default is no longer told",
    "default-changed": "another default is told",
    "pattern-added": "a pattern is set",
    "pattern-removed": "a pattern is taken away",
    "pattern-changed": "a pattern gave way to another",
    "additional-properties-opened": "properties that are not described are allowed now",
    "additional-properties-closed": "properties that are not described are refused now",
    "union-added": "one of several branches has to fit too",
    "union-removed": "no branch has to fit any more",
    "union-branch-added": "a branch of a union came",
    "union-branch-removed": "a branch of a union went",
    "union-exclusive": "just one branch may fit now",
    "union-inclusive": "several branches may fit now",
    "discriminator-added": "a property tells which branch is meant",
    "discriminator-removed": "no property tells which branch is meant",
    "discriminator-property-changed": "another property tells which branch is meant",
    "discriminator-value-changed": "another value selects a branch",
    "discriminator-mapping-added": "a further value selects a branch",
    "discriminator-mapping-removed": "a value no longer selects a branch",
    "discriminator-mapping-changed": "a value selects another schema",
    "dependent-required-added": "a property asks for others beside it",
    "dependent-required-removed": "a property asks for no others beside it",
    "dependent-required-changed": "a property asks for other properties beside it",
    "schema-refuses-all": "no value is allowed any more",
    "schema-refuses-all-no-more": "values are allowed where none was",
    "deprecated": "something became deprecated",
    "undeprecated": "something is no longer deprecated",
    "sunset-set": "the day of a sunset is told",
    "sunset-removed": "the day of a sunset is taken away",
    "sunset-earlier": "a sunset comes earlier, or nobody can tell",
    "sunset-later": "a sunset comes later",
    "sunset-unreadable": "the day of a sunset is no date",
    "stability-raised": "a stability level promises more",
    "stability-lowered": "a stability level promises less",
    "stability-unreadable": "a stability level is none that is known",
    "description-changed": "words changed (told only when asked for)",
}
_ENDS = {
    "set": "is set",
    "unset": "is taken away",
    "tightened": "allows less",
    "loosened": "allows more",
}
_WHOLE = ("multiple-of", "content-encoding", "content-media-type", "unique-items")
_WHOLE_ENDS = {"set": "is set", "unset": "is taken away", "changed": "gave way to another"}
#: What the ids of keywords that hold a schema begin with.
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
    """A keyword as ids have it: `maxLength` as `max-length`."""
    return re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", keyword)


#: Every kind, with a line that says what it is.
KINDS: Mapping[str, str] = {
    **_BY_NAME,
    **{f"{kebab(name)}-{end}": f"{name} {told}" for name in BOUNDS for end, told in _ENDS.items()},
    **{f"{name}-{end}": f"{name} {told}" for name in _WHOLE for end, told in _WHOLE_ENDS.items()},
    **{
        f"{name}-{end}": f"{keyword} asks for {told}"
        for keyword, name in HOLDING.items()
        for end, told in (("added", "more"), ("removed", "nothing any more"))
    },
}
