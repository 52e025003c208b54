"""Parts of a description that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.lint.checks.unused import reachable_schemas
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join
from aoai_specs.schemas.translation import Direction


@check(reports_notes=True)
def unusable_schema(subject: Subject) -> Iterator[Mistake]:
    """A schema that no validator can be built from."""
    by_direction: dict[Direction, list[str]] = {"request": [], "response": []}
    for carrier in subject.survey.carriers:
        for key in ("schema", "itemSchema"):
            if isinstance(carrier.described.get(key), dict):
                by_direction[carrier.direction or "request"].append(join(carrier.pointer, key))
    used = reachable_schemas(subject)
    named = (join("#/components/schemas", name) for name in subject.schemas)
    by_direction["request"] += [pointer for pointer in named if pointer not in used]
    if not _all_usable(subject, [pointer for pointers in by_direction.values() for pointer in pointers]):
        for direction, pointers in by_direction.items():
            for pointer in pointers:
                subject.validator(pointer, direction)
    for pointer, reason in subject.unusable.items():
        yield Mistake(pointer, f"No validator can be built from this schema: {reason}")


def _all_usable(subject: Subject, pointers: list[str]) -> bool:
    """Whether all schemas are usable: only properties that responses hide differ in requests."""
    hiding = any(place.schema.get("writeOnly") is True for place in subject.survey.schemas)
    return subject.all_usable(pointers, "response") and (
        not hiding or subject.all_usable(pointers, "request")
    )


@check
def repeated_operation_id(subject: Subject) -> Iterator[Mistake]:
    """Two operations with the same operationId."""
    seen: dict[str, str] = {}
    for operation in subject.survey.operations:
        name = operation.described.get("operationId")
        if isinstance(name, str) and seen.setdefault(name, operation.title) != operation.title:
            yield Mistake(
                join(operation.pointer, "operationId"), f"{name!r} is also the operationId of {seen[name]}."
            )


@check
def path_parameter_undeclared(subject: Subject) -> Iterator[Mistake]:
    """A path whose placeholders differ from its declared path parameters."""
    for operation in subject.survey.operations:
        declared = {str(each.get("name")) for _, each in operation.parameters if each.get("in") == "path"}
        named = {part.partition("}")[0] for part in operation.path.split("{")[1:]}
        for name in sorted(named - declared):
            yield Mistake(operation.pointer, f"{operation.title}: {{{name}}} is not declared as a parameter.")
        for name in sorted(declared - named):
            yield Mistake(operation.pointer, f"{operation.title}: the parameter {name!r} is not in the path.")
