"""The ids of new resources."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import members
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.rules.resources.returned_resources import AnyFlow
from aoai_conformance.views.flows import CreatedResource, Step
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_CREATING = frozenset({"file-upload", "upload-create", "batch-create", "image-submit"})
_NAMED = _CREATING | frozenset({"upload-part", "upload-complete"})


def _new_resources(flow: AnyFlow) -> tuple[Step, ...]:
    """Return the steps that created resources."""
    made = [step for step in flow.sequence if step.kind in _CREATING and step.succeeded and step.id]
    kinds = [step.kind for step in made]
    return tuple(step for step in made if kinds.count(step.kind) > 1)


@rule(
    "FLOW-004",
    must="give each new resource a different id",
    clause=f"{_DOCUMENT}#/components/schemas/Batch/properties/id",
    operations=EVERY,
    evidence=_new_resources,
    note="UPLOADS-005 checks the parts of uploads; ingestion jobs are named by the client.",
)
def new_ids_are_unique(created: tuple[Step, ...]) -> Iterator[Violation]:
    """Compares the ids of all resources of one kind that a flow creates."""
    seen: set[tuple[str, str | None]] = set()
    for step in created:
        if (step.kind, step.id) in seen:
            yield step.violates(
                "/id", "Two resources have the same id", expected="another id", actual=step.id
            )
        seen.add((step.kind, step.id))


def _new_ids(reply: CreatedResource) -> tuple[tuple[str, str], ...]:
    """Return the id with its pointer if it is a string."""
    if reply.operation.kind == "upload-complete":
        ids = [("/file/id", members(reply.json.get("file")).get("id"))]
    else:
        ids = [("/id", reply.json.get("id"))]
    return tuple((pointer, id_) for pointer, id_ in ids if isinstance(id_, str))


@rule(
    "FLOW-005",
    must="give each new resource a non-empty id",
    clause=f"{_DOCUMENT}#/components/schemas/OpenAIFile/properties/id",
    operations=_NAMED,
    evidence=_new_ids,
)
def new_ids_are_not_empty(reply: CreatedResource, ids: tuple[tuple[str, str], ...]) -> Iterator[Violation]:
    """In a path, an empty id would address the list."""
    for pointer, id_ in ids:
        if not id_.strip():
            yield reply.violates(pointer, "The id is empty.", expected="an id", actual=id_, reason="empty")
