"""The schemas that operations use, in pairs, and those of parameters and headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.effects import Effect
from aoai_specs.comparison.endpoints.endpoint import Held
from aoai_specs.json_values import quote
from aoai_specs.pointers import join


class SchemaRoot(NamedTuple):
    """A pair of schemas that an operation uses: their pointers, the schemas, and a description of the place.

    `text` is set if the value is written as text, `given` if it is always present.
    """

    base: str
    revision: str
    schemas: tuple[Any, Any]
    place: str
    text: bool = False
    given: bool = False


Found = Iterator[Difference | SchemaRoot]


def held_schemas(before: Held, after: Held, place: str, effect: Effect) -> Found:
    """Yield the schemas of a parameter or header, either direct or by media type."""
    schemas = [each.described["schema"] for each in (before, after) if "schema" in each.described]
    if len(schemas) == 2:
        given = all(each.under("required") is True for each in (before, after))
        places = (f"{before.pointer}/schema", f"{after.pointer}/schema")
        yield SchemaRoot(*places, (schemas[0], schemas[1]), place, text=True, given=given)
        return
    contents = [_content(each) for each in (before, after)]
    if contents[0] and contents[1]:
        for media_type in [each for each in contents[0] if each in contents[1]]:
            held = (_schema_for(before, media_type), _schema_for(after, media_type))
            yield SchemaRoot(contents[0][media_type], contents[1][media_type], held, place)
        if contents[0].keys() == contents[1].keys():
            return
    if schemas or contents[0] or contents[1]:
        written = [quote(sorted(each)) if each else "as text" for each in contents]
        yield Difference(
            "serialization-changed",
            f"the serialization of {place} changes from {written[0]} to {written[1]}",
            before.pointer,
            after.pointer,
            sorted(contents[0]),
            sorted(contents[1]),
            request=effect,
            response=effect,
        )


def _content(held: Held) -> dict[str, str]:
    content = held.under("content")
    return {
        media_type: join(held.pointer, "content", media_type, "schema")
        for media_type, described in (content.items() if isinstance(content, dict) else ())
        if isinstance(described, dict) and "schema" in described
    }


def _schema_for(held: Held, media_type: str) -> Any:
    return held.described["content"][media_type]["schema"]
