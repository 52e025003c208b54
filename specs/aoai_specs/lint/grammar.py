"""The objects of OpenAPI and Swagger and their fields, as data.

Each line names a kind of object and its fields. A field is `name:form`, with `!` after a required name and
the versions that define it after `@`: `@3.1` since 3.1, `@3.0-3.1` from 3.0 to 3.1, `@-3.0` until 3.0. A form
is the kind of an object or value, `[kind]` for a list of these, `{kind}` for a map of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

VERSIONS = {20: "Swagger 2.0", 30: "OpenAPI 3.0", 31: "OpenAPI 3.1", 32: "OpenAPI 3.2"}
#: The kinds of plain values; every other kind is an object of the table.
PLAIN = frozenset({"text", "flag", "number", "count", "any"})
#: The kinds that a reference may replace, with the first version that allows it.
_REFERENCES = {
    "schema": 20, "parameter": 20, "response": 20, "path-item": 20, "header": 30, "example": 30,
    "request-body": 30, "link": 30, "callback": 30, "security-scheme": 30, "media-type": 32,
}  # fmt: skip
_OPERATIONS = " ".join(
    f"{method}:operation" for method in ("get", "put", "post", "delete", "options", "head", "patch")
)
_NUMBERS = "multipleOf:number maximum:number minimum:number"
_COUNTS = "maxLength:count minLength:count maxItems:count minItems:count"
_SERIALIZED = "style:text explode:flag schema:schema example:any examples:{example} content:{media-type}"

_OPENAPI = f"""
document openapi!:text info!:info servers:[server] paths!:paths@-3.0 paths:paths@3.1 components:components
  security:[security-requirement] tags:[tag] externalDocs:external-docs jsonSchemaDialect:text@3.1
  webhooks:{{path-item}}@3.1 $self:text@3.2
info title!:text summary:text@3.1 description:text termsOfService:text contact:contact license:license
  version!:text
contact name:text url:text email:text
license name!:text identifier:text@3.1 url:text
server url!:text description:text variables:{{server-variable}} name:text@3.2
server-variable enum:[text] default!:text description:text
components schemas:{{schema}} responses:{{response}} parameters:{{parameter}} examples:{{example}}
  requestBodies:{{request-body}} headers:{{header}} securitySchemes:{{security-scheme}} links:{{link}}
  callbacks:{{callback}} pathItems:{{path-item}}@3.1 mediaTypes:{{media-type}}@3.2
path-item $ref:text summary:text description:text {_OPERATIONS} trace:operation query:operation@3.2
  additionalOperations:{{operation}}@3.2 servers:[server] parameters:[parameter]
operation tags:[text] summary:text description:text externalDocs:external-docs operationId:text
  parameters:[parameter] requestBody:request-body responses!:responses@-3.0 responses:responses@3.1
  callbacks:{{callback}} deprecated:flag security:[security-requirement] servers:[server]
external-docs description:text url!:text
parameter name!:text in!:text description:text required:flag deprecated:flag allowEmptyValue:flag
  allowReserved:flag {_SERIALIZED}
header description:text required:flag deprecated:flag allowEmptyValue:flag@3.0-3.1
  allowReserved:flag@3.0-3.1 {_SERIALIZED}
request-body description:text content!:{{media-type}} required:flag
media-type schema:schema example:any examples:{{example}} encoding:{{encoding}} itemSchema:schema@3.2
  prefixEncoding:[encoding]@3.2 itemEncoding:encoding@3.2
encoding contentType:text headers:{{header}} style:text explode:flag allowReserved:flag
  encoding:{{encoding}}@3.2 prefixEncoding:[encoding]@3.2 itemEncoding:encoding@3.2
response description!:text@-3.1 description:text@3.2 summary:text@3.2 headers:{{header}}
  content:{{media-type}} links:{{link}}
example summary:text description:text value:any externalValue:text dataValue:any@3.2
  serializedValue:text@3.2
link operationRef:text operationId:text parameters:{{any}} requestBody:any description:text server:server
tag name!:text description:text externalDocs:external-docs summary:text@3.2 parent:text@3.2 kind:text@3.2
discriminator propertyName!:text mapping:{{text}} defaultMapping:text@3.2
xml name:text namespace:text prefix:text attribute:flag wrapped:flag nodeType:text@3.2
security-scheme type!:text description:text name:text in:text scheme:text bearerFormat:text
  flows:oauth-flows openIdConnectUrl:text oauth2MetadataUrl:text@3.2 deprecated:flag@3.2
oauth-flows implicit:oauth-flow password:oauth-flow clientCredentials:oauth-flow
  authorizationCode:oauth-flow deviceAuthorization:oauth-flow@3.2
oauth-flow authorizationUrl:text tokenUrl:text refreshUrl:text scopes!:{{text}}
  deviceAuthorizationUrl:text@3.2
schema $ref:text title:text description:text {_NUMBERS} exclusiveMaximum:any exclusiveMinimum:any {_COUNTS}
  pattern:text uniqueItems:flag maxProperties:count minProperties:count required:[text] enum:[any] type:any
  allOf:[schema] oneOf:[schema] anyOf:[schema] not:schema items:schema properties:{{schema}}
  additionalProperties:schema format:text default:any nullable:flag@-3.0 discriminator:discriminator
  readOnly:flag writeOnly:flag xml:xml externalDocs:external-docs example:any deprecated:flag
  examples:[any]@3.1 $id:text@3.1 $schema:text@3.1 $anchor:text@3.1 $dynamicRef:text@3.1
  $dynamicAnchor:text@3.1 $vocabulary:any@3.1 $comment:text@3.1 $defs:{{schema}}@3.1 const:any@3.1
  if:schema@3.1 then:schema@3.1 else:schema@3.1 dependentSchemas:{{schema}}@3.1 prefixItems:[schema]@3.1
  contains:schema@3.1 patternProperties:{{schema}}@3.1 propertyNames:schema@3.1
  unevaluatedItems:schema@3.1 unevaluatedProperties:schema@3.1 maxContains:count@3.1 minContains:count@3.1
  dependentRequired:{{[text]}}@3.1 contentEncoding:text@3.1 contentMediaType:text@3.1
  contentSchema:schema@3.1
"""
_ITEMS = f"""type:text format:text items:items collectionFormat:text default:any {_NUMBERS}
  exclusiveMaximum:flag exclusiveMinimum:flag {_COUNTS} pattern:text uniqueItems:flag enum:[any]"""
_SWAGGER = f"""
document swagger!:text info!:info host:text basePath:text schemes:[text] consumes:[text] produces:[text]
  paths!:paths definitions:{{schema}} parameters:{{parameter}} responses:{{response}}
  securityDefinitions:{{security-scheme}} security:[security-requirement] tags:[tag]
  externalDocs:external-docs
info title!:text description:text termsOfService:text contact:contact license:license version!:text
contact name:text url:text email:text
license name!:text url:text
path-item $ref:text {_OPERATIONS} parameters:[parameter]
operation tags:[text] summary:text description:text externalDocs:external-docs operationId:text
  consumes:[text] produces:[text] parameters:[parameter] responses!:responses schemes:[text] deprecated:flag
  security:[security-requirement]
external-docs description:text url!:text
parameter name!:text in!:text description:text required:flag schema:schema allowEmptyValue:flag {_ITEMS}
items {_ITEMS}
header type!:text description:text {_ITEMS.removeprefix("type:text ")}
response description!:text schema:schema headers:{{header}} examples:{{any}}
tag name!:text description:text externalDocs:external-docs
xml name:text namespace:text prefix:text attribute:flag wrapped:flag
security-scheme type!:text description:text name:text in:text flow:text authorizationUrl:text tokenUrl:text
  scopes:scopes
schema $ref:text title:text description:text {_NUMBERS} exclusiveMaximum:any exclusiveMinimum:any {_COUNTS}
  pattern:text uniqueItems:flag maxProperties:count minProperties:count required:[text] enum:[any] type:any
  allOf:[schema] items:schema properties:{{schema}} additionalProperties:schema format:text default:any
  discriminator:text readOnly:flag xml:xml externalDocs:external-docs example:any
"""
#: Objects whose names are free, and the kind of their values.
_MAPS = {"paths": "path-item", "responses": "response", "callback": "path-item", "scopes": "text"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the kind of its values, and whether it holds one, a list or a map of them."""

    kind: str
    form: Literal["one", "list", "map"]
    required: bool

    @property
    def described(self) -> str:
        """How a message names what the field holds."""
        if self.form == "list":
            return "a list"
        if self.form == "map" or self.kind not in PLAIN:
            return "an object"
        return {"text": "text", "flag": "true or false", "number": "a number"}.get(
            self.kind, "a whole number that is not negative"
        )


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one version defines: the fields of each kind, those it requires, and what may be a reference."""

    version: int
    fields: Mapping[str, Mapping[str, Field]]
    required: Mapping[str, tuple[str, ...]]
    references: frozenset[str]


def version_of(content: Mapping[str, object]) -> int:
    """Return the version of a description as two digits: 20, 30, 31 or 32; unknown versions count as 31."""
    stated = str(content.get("openapi", ""))
    if not stated:
        return 20 if "swagger" in content else 31
    return {"2.": 20, "3.0": 30, "3.1": 31, "3.2": 32}.get(stated[:3], 20 if stated[:2] == "2." else 31)


#: Kinds that a description has once, and letters with a vowel's sound ("an XML object").
_UNIQUE = frozenset({"document", "components", "info", "paths"})
_VOWELS = frozenset("aeioOX")


@cache
def grammar(version: int) -> Grammar:
    """Return the grammar of a version."""
    fields = _read(_SWAGGER if version == 20 else _OPENAPI, version)
    fields |= {kind: {} for kind in _MAPS}
    fields["security-requirement"] = {}
    required = {
        kind: tuple(name for name, field in named.items() if field.required) for kind, named in fields.items()
    }
    referable = frozenset(kind for kind, since in _REFERENCES.items() if since <= version)
    return Grammar(version, fields, required, referable)


def map_kind(kind: str) -> str | None:
    """Return the kind of the values of an object whose names are free, such as `paths`; else None."""
    return _MAPS.get(kind)


def with_article(kind: str) -> str:
    """Return a kind as a message names it, with the article before it: "an operation", "the components"."""
    name = named(kind)
    if kind in _UNIQUE:
        return f"the {name}"
    return f"{'an' if name[0] in _VOWELS else 'a'} {name}"


def named(kind: str) -> str:
    """Return a kind as a message names it."""
    return {
        "xml": "XML object",
        "oauth-flow": "OAuth flow",
        "oauth-flows": "list of OAuth flows",
        "paths": "list of paths",
        "responses": "list of responses",
        "scopes": "list of scopes",
        "info": "info object",
    }.get(kind, kind.replace("-", " "))


def _read(table: str, version: int) -> dict[str, Mapping[str, Field]]:
    kinds: dict[str, Mapping[str, Field]] = {}
    for entry in table.strip().replace("\n  ", " ").splitlines():
        kind, *described = entry.split()
        kinds[kind] = {
            name: field for name, field, first, last in map(_field, described) if first <= version <= last
        }
    return kinds


def _field(text: str) -> tuple[str, Field, int, int]:
    described, _, versions = text.partition("@")
    name, _, form = described.partition(":")
    first, dash, last = versions.partition("-")
    kind = form.strip("[]{}")
    shape: Literal["one", "list", "map"] = (
        "map" if form.startswith("{") else "list" if form.startswith("[") else "one"
    )
    return (
        name.removesuffix("!"),
        Field("any" if "[" in form[1:] else kind, shape, name.endswith("!")),
        _number(first, 0),
        _number(last, 99) if dash or not first else 99,
    )


def _number(version: str, otherwise: int) -> int:
    return int(version.replace(".", "")) if version else otherwise
