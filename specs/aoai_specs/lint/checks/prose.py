"""Constraints that only the prose of a description states, or that it contradicts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aoai_specs.json_values import quote
from aoai_specs.lint.checks.keywords import types_of
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join, tokens

_MAX_PROSE = 2000
_QUOTED = r"[`'\"“]([A-Za-z0-9][\w.+-]{0,40})[`'\"”]"
_CHOICE = re.compile(
    rf"\b(?:either|one of|options?:?|values?(?: are)?:?)\s+{_QUOTED}((?:(?:,|,? or|,? and)\s*{_QUOTED})+)"
)
_FOLLOWING = re.compile(_QUOTED)
_BINDING = {"enum", "const", "pattern", "format", "anyOf", "oneOf", "allOf"}
_BYTES = re.compile(r"(?:^|_)(?:bytes|size|filesize)$")


@check(severity="info")
def values_only_in_prose(subject: Subject) -> Iterator[Mistake]:
    """A string whose values are listed in prose but not in an enumeration."""
    for place in subject.survey.schemas:
        prose = place.schema.get("description")
        if (
            types_of(place.schema) != ("string",)
            or not isinstance(prose, str)
            or _BINDING & place.schema.keys()
        ):
            continue
        found = _CHOICE.search(prose[:_MAX_PROSE])
        if found:
            values = [found[1], *_FOLLOWING.findall(found[2])]
            yield Mistake(
                place.pointer,
                f"The prose lists {quote(values)}, but there is no enumeration.",
                "something-else",
            )


@check(severity="warning")
def bytes_in_32_bits(subject: Subject) -> Iterator[Mistake]:
    """A number of bytes declared as int32, which excludes 2 GiB and more."""
    for place in subject.survey.schemas:
        name = tokens(place.pointer)[-1] if place.keyword == "properties" else ""
        if place.schema.get("format") == "int32" and _BYTES.search(name):
            yield Mistake(
                join(place.pointer, "format"), f"{name} counts bytes, but int32 ends at 2 GiB.", 2**31
            )
