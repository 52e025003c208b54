"""What to test: the documents, the rules and the cases that a user's choices come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from aoai_conformance.rule import Rule, rule_named, rules
from aoai_conformance.target_layout import TargetLayout, is_applicable
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_strategies.case import Case, Plan, ScenarioStep
from aoai_strategies.planning import DEEP_EXAMPLES, plan

PROFILES = ("smoke", "standard", "deep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a user may choose of a plan; the defaults are those of the command line."""

    profile: str = "standard"
    operations: tuple[str, ...] = ()
    seed: int = 0
    max_requests: int | None = None
    max_tokens: int | None = None
    examples: int = DEEP_EXAMPLES


def chosen_rules(ids: Sequence[str]) -> tuple[Rule, ...]:
    """The rules with these ids, or every rule. Raises UnknownNameError with the nearest id."""
    if not ids:
        return rules()
    named = {rule.id: rule for rule in map(rule_named, ids)}
    return tuple(named[id_] for id_ in sorted(named))


def chosen_operations(
    choices: Choices, documents: Iterable[Document]
) -> list[tuple[Document, list[Operation]]]:
    """The chosen operations of each document, in document order; all where none is named.

    An operationId may be named in any case: `embeddings_create` is `Embeddings_Create` in the next document.
    Where a document has several that differ in case alone, the one that is named exactly is meant. Raises
    UnknownNameError for an operation that no document has, ConformanceError for one that could be several.
    """
    documents = tuple(documents)
    chosen = [
        (document, {id_ for name in choices.operations for id_ in _named(document, name)})
        for document in documents
    ]
    for name in choices.operations:
        if not any(_named(document, name) for document in documents):
            raise UnknownNameError(
                "operation", name, {id_: None for each in documents for id_ in each.operations}
            )
    return [
        (
            document,
            [each for each in document.operations.values() if not choices.operations or each.id in wanted],
        )
        for document, wanted in chosen
    ]


def _named(document: Document, name: str) -> list[str]:
    """The ids that a name means in a document: one, or none."""
    if name in document.operations:
        return [name]
    alike = [id_ for id_ in document.operations if id_.casefold() == name.casefold()]
    if len(alike) > 1:
        raise ConformanceError(
            f"{name!r} could be {' or '.join(alike)} of {document.name}; write it as the document does."
        )
    return alike


def chosen_plans(
    choices: Choices,
    operations: Iterable[tuple[Document, Sequence[Operation]]],
    serves: Callable[[Operation], bool] = lambda _: True,
    layout: TargetLayout = "azure",
) -> tuple[Plan, ...]:
    """A plan for each document, over those of its chosen operations that the target serves.

    A budget is spent in the order of the documents. Cases about what a target of the `layout` does not have
    are left out. With several documents the ids of the cases begin with their document's name, so that each
    id stands for one case.
    """
    operations = list(operations)
    plans: list[Plan] = []
    requests, tokens = choices.max_requests, choices.max_tokens
    for document, chosen in operations:
        planned = plan(
            document,
            profile=choices.profile,
            seed=choices.seed,
            operations=[each.id for each in chosen if serves(each)],
            max_requests=requests,
            max_tokens=tokens,
            examples=choices.examples,
        )
        applicable = tuple(case for case in planned.cases if is_applicable(layout, case))
        planned = replace(planned, cases=applicable)
        if len(operations) > 1:
            planned = replace(planned, cases=tuple(_under(planned.document, case) for case in planned.cases))
        plans.append(planned)
        if requests is not None:
            requests = max(0, requests - len(planned.cases))
        if tokens is not None:
            tokens = max(0, tokens - sum(map(tokens_of, planned.cases)))
    return tuple(plans)


def tokens_of(case: Case) -> int:
    """The tokens that a case is estimated to cost."""
    return case.prompt_tokens + case.completion_tokens


def _under(document: str, case: Case) -> Case:
    step = case.scenario
    if step is not None:
        step = ScenarioStep(f"{document}:{step.scenario}", step.kind, step.step)
    takes = tuple(replace(taken, under=f"{document}:") if taken.case else taken for taken in case.takes)
    return replace(case, id=f"{document}:{case.id}", scenario=step, takes=takes)
