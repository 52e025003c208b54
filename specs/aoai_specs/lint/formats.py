"""Formats that nobody knows for the type beside them.

Known are those of JSON Schema, of the OpenAPI specifications and of the OpenAPI Format Registry
(https://spec.openapis.org/registry/format/).
"""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.keywords import types_of
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_WHOLE = frozenset(
    {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "double-int", "sf-integer"}
)
_FRACTIONAL = frozenset({"float", "double", "decimal", "decimal128", "sf-decimal"})
_TEXT = frozenset(
    {
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "byte",
        "binary",
        "password",
        "base64url",
        "char",
        "commonmark",
        "html",
        "http-date",
        "media-range",
        "decimal",
        "decimal128",
        "int64",
        "uint64",
        "sf-binary",
        "sf-string",
        "sf-token",
        "sf-boolean",
        "date-time-local",
        "time-local",
    }
)
_KNOWN = {"integer": _WHOLE | _FRACTIONAL, "number": _WHOLE | _FRACTIONAL, "string": _TEXT}


@check
def unknown_format(subject: Subject) -> Iterator[Mistake]:
    """A format that is not known for the type beside it."""
    for place in subject.survey.schemas:
        form, types = place.schema.get("format"), types_of(place.schema)
        stated = [each for each in types if each != "null"]
        if isinstance(form, str) and stated and not any(form in _KNOWN.get(each, ()) for each in stated):
            yield Mistake(
                join(place.pointer, "format"),
                f"The format {form!r} is not known for {' or '.join(stated)}, so nobody checks it.",
            )
