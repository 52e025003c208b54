"""What is new has an id, and one of its own."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import members
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import EVERY, Violation, rule
from aoai_conformance.rules.resources.made_things import AnyFlow
from aoai_conformance.views.evident import EvidentAnswer, EvidentFlow
from aoai_conformance.views.flows import Step

_DOCUMENT = "azure-openai@2025-01-01-preview"
_CREATING = frozenset({"file-upload", "upload-create", "batch-create", "image-submit"})
_NAMED = _CREATING | frozenset({"upload-part", "upload-complete"})


class NewThings(EvidentFlow, AnyFlow):
    """Two or more things of one kind that a flow has made."""

    @cached_property
    def evidence(self) -> tuple[Step, ...]:
        """The steps that made them."""
        made = [step for step in self.sequence if step.kind in _CREATING and step.succeeded and step.id]
        kinds = [step.kind for step in made]
        return tuple(step for step in made if kinds.count(step.kind) > 1)


@rule(
    "FLOW-004",
    must="give everything new an id of its own",
    clause=f"{_DOCUMENT}#/components/schemas/Batch/properties/id",
    operations=EVERY,
    note="Parts of uploads are UPLOADS-005's, and the caller chooses the name of an ingestion job.",
)
def new_things_differ(flow: NewThings) -> Iterator[Violation]:
    """The ids of all files, uploads, batches or orders that one flow has made."""
    seen: set[tuple[str, str | None]] = set()
    for step in flow.evidence:
        if (step.kind, step.id) in seen:
            yield step.violates("/id", "Two things have the same id", expected="another id", actual=step.id)
        seen.add((step.kind, step.id))


class Named(EvidentAnswer):
    """The response to a request that made something, with the id of what it made."""

    @cached_property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """The id, with its pointer, where it is text."""
        if self.operation.kind == "upload-complete":
            told = [("/file/id", members(self.json.get("file")).get("id"))]
        else:
            told = [("/id", self.json.get("id"))]
        return tuple((pointer, id_) for pointer, id_ in told if isinstance(id_, str))


@rule(
    "FLOW-005",
    must="name what is new by an id that is not empty",
    clause=f"{_DOCUMENT}#/components/schemas/OpenAIFile/properties/id",
    operations=_NAMED,
)
def new_things_are_named(answer: Named) -> Iterator[Violation]:
    """An id goes into a path, where an empty one leads to the list."""
    for pointer, id_ in answer.evidence:
        if not id_.strip():
            yield answer.violates(pointer, "The id is empty.", expected="an id", actual=id_, reason="empty")
