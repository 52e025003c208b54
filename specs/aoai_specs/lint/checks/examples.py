"""Examples in a description, validated against their own schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_specs.json_values import quote
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.lint.survey import Carrier
from aoai_specs.pointers import join
from aoai_specs.schemas.translation import Direction


@check
def example_breaks_schema(subject: Subject) -> Iterator[Mistake]:
    """An example that its own schema rejects."""
    for place in subject.survey.schemas:
        if "example" in place.schema:
            pointer = join(place.pointer, "example")
            yield from _broken(subject, pointer, place.schema["example"], place.pointer, place.direction)
        listed = place.schema.get("examples")
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            pointer = join(place.pointer, "examples", index)
            yield from _broken(subject, pointer, value, place.pointer, place.direction)
    for carrier in subject.survey.carriers:
        schema = join(carrier.pointer, "schema")
        if not isinstance(carrier.described.get("schema"), dict) or not _is_comparable(carrier):
            continue
        for pointer, value in carried_examples(subject, carrier):
            if not (isinstance(value, str) and _is_wire_format(carrier)):
                yield from _broken(subject, pointer, value, schema, carrier.direction)


def carried_examples(subject: Subject, carrier: Carrier) -> Iterator[tuple[str, Any]]:
    """Yield the examples of a parameter, header or media type with their pointers, except in other files."""
    if "example" in carrier.described:
        yield join(carrier.pointer, "example"), carrier.described["example"]
    named = carrier.described.get("examples")
    for name in named if isinstance(named, dict) else ():
        pointer, example = subject.follow(join(carrier.pointer, "examples", name))
        for key in ("value", "dataValue"):
            if key in example:
                yield join(pointer, key), example[key]


def _broken(
    subject: Subject, pointer: str, value: Any, schema: str, direction: Direction | None
) -> Iterator[Mistake]:
    for error in subject.errors(schema, value, direction):
        text = quote(error.actual) if error.keyword != "required" else quote(value)
        yield Mistake(pointer, f"The example {text} does not match its schema: {error.message}", value)


def _is_comparable(carrier: Carrier) -> bool:
    """Whether an example has the form that the schema describes, as in JSON and forms but not in XML."""
    kind = carrier.media_type.partition(";")[0].strip().lower()
    return not kind.endswith("xml")


def _is_wire_format(carrier: Carrier) -> bool:
    """Whether a string is the wire format of the value that the schema describes."""
    return carrier.media_type.startswith(("multipart/", "application/x-www-form", "text/event-stream"))


@check(severity="info")
def example_elsewhere(subject: Subject) -> Iterator[Mistake]:
    """An example in another file that was not provided."""
    given = {example.file.rpartition("/")[2].rpartition(".")[0] for example in subject.examples}
    for operation in subject.survey.operations:
        named = operation.described.get("x-ms-examples")
        for name, each in named.items() if isinstance(named, dict) else ():
            target = each.get("$ref") if isinstance(each, dict) else None
            if isinstance(target, str) and file_stem(target) not in given:
                pointer = join(operation.pointer, "x-ms-examples", name)
                yield Mistake(
                    pointer, f"{operation.title}: this example is in {target}, which was not provided."
                )


def file_stem(target: str) -> str:
    """Return the name of a file reference without folder and extension."""
    return target.rpartition("/")[2].rpartition(".")[0]
