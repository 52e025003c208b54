"""What to test: the documents, the rules and the cases that a user's choices come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aoai_conformance.rule import Rule, rule_named, rules
from aoai_conformance.target.layout import TargetLayout, is_applicable
from aoai_model.case import Case, Plan, ScenarioStep
from aoai_reports.results.point_account import BUDGET, UNSENDABLE
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_strategies.planning.adapting import LeftOut, adapt, points_by_operation
from aoai_strategies.planning.capabilities import Capabilities
from aoai_strategies.planning.planning import DEEP_EXAMPLES, plan
from aoai_strategies.planning.selecting import cut

PROFILES = ("smoke", "standard", "deep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a user may choose of a plan; the defaults are those of the command line."""

    profile: str = "standard"
    operations: tuple[str, ...] = ()
    seed: int = 0
    examples: int = DEEP_EXAMPLES
    excluded: tuple[str, ...] = ()


def chosen_rules(ids: Sequence[str]) -> tuple[Rule, ...]:
    """The rules with these ids, or every rule. Raises UnknownNameError with the nearest id."""
    if not ids:
        return rules()
    named = {rule.id: rule for rule in map(rule_named, ids)}
    return tuple(named[id_] for id_ in sorted(named))


def chosen_operations(
    choices: Choices, documents: Iterable[Document]
) -> list[tuple[Document, list[Operation]]]:
    """The chosen operations of each document, in document order; all where none is named, but the excluded.

    An operationId may be named in any case: `embeddings_create` is `Embeddings_Create` in the next document.
    Where a document has several that differ in case alone, the one that is named exactly is meant. Raises
    UnknownNameError for an operation that no document has, ConformanceError for one that could be several.
    """
    documents = tuple(documents)
    chosen = [
        (document, {id_ for name in choices.operations for id_ in _named(document, name)})
        for document in documents
    ]
    left_out = {id_ for document in documents for name in choices.excluded for id_ in _named(document, name)}
    for name in (*choices.operations, *choices.excluded):
        if not any(_named(document, name) for document in documents):
            raise UnknownNameError(
                "operation", name, {id_: None for each in documents for id_ in each.operations}
            )
    return [
        (
            document,
            [
                each
                for each in document.operations.values()
                if (not choices.operations or each.id in wanted) and each.id not in left_out
            ],
        )
        for document, wanted in chosen
    ]


def excluded_operations(choices: Choices, documents: Iterable[Document]) -> tuple[str, ...]:
    """The ids of the operations that the user excluded, each once."""
    found = (id_ for document in documents for name in choices.excluded for id_ in _named(document, name))
    return tuple(dict.fromkeys(found))


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
    """A plan for each document, over those of its chosen operations that the target serves, without a budget.

    Cases about what a target of the `layout` does not have are left out. With several documents the ids of
    the cases begin with their document's name, so that each id stands for one case.
    """
    operations = list(operations)
    plans: list[Plan] = []
    for document, chosen in operations:
        planned = plan(
            document,
            profile=choices.profile,
            seed=choices.seed,
            operations=[each.id for each in chosen if serves(each)],
            examples=choices.examples,
        )
        applicable = tuple(case for case in planned.cases if is_applicable(layout, case))
        planned = replace(planned, cases=applicable)
        if len(operations) > 1:
            planned = replace(planned, cases=tuple(_under(planned.document, case) for case in planned.cases))
        plans.append(planned)
    return tuple(plans)


@dataclass(frozen=True, slots=True)
class SentPlan:
    """What a run sends of a plan.

    `points` are the ids of the points of the whole plan by operationId; `left_out` are those of them that no
    case to be sent carries, and why.
    """

    plan: Plan
    points: Mapping[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]


def sent_plans(
    plans: Iterable[Plan],
    documents: Mapping[str, Document],
    *,
    capabilities: Capabilities | None = None,
    max_requests: int | None = None,
    max_tokens: int | None = None,
) -> tuple[SentPlan, ...]:
    """The plans as the deployments can take them, within a budget that is spent in the order of the plans.

    Base cases are kept first, then everything in plan order while it fits; the requests of one scenario stay
    together, and no case stays without those that it takes from.
    """
    sent: list[SentPlan] = []
    requests, tokens = max_requests, max_tokens
    for whole in plans:
        cases, left_out = adapt(whole.cases, documents[whole.document], capabilities or Capabilities())
        kept = cut(cases, requests, tokens)
        if requests is not None:
            requests = max(0, requests - len(kept))
        if tokens is not None:
            tokens = max(0, tokens - sum(map(tokens_of, kept)))
        unsendable = tuple(_unsendable(whole))
        left_out = (*left_out, *_cut_points(cases, kept), *unsendable)
        points = _with_unsendable(points_by_operation(whole.cases), unsendable)
        sent.append(SentPlan(replace(whole, cases=tuple(kept)), points, left_out))
    return tuple(sent)


def _unsendable(plan: Plan) -> Iterator[LeftOut]:
    """The points that no request can carry, by operation and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in plan.unsendable:
        found.setdefault((each.operation, each.reason), []).append(each.point)
    for (operation, reason), points in found.items():
        yield LeftOut(plan.document, operation, UNSENDABLE, "", reason, tuple(points))


def _with_unsendable(
    points: Mapping[str, tuple[str, ...]], unsendable: Iterable[LeftOut]
) -> dict[str, tuple[str, ...]]:
    whole = dict(points)
    for each in unsendable:
        whole[each.operation] = (*whole.get(each.operation, ()), *each.points)
    return whole


def _cut_points(cases: Sequence[Case], kept: Sequence[Case]) -> Iterator[LeftOut]:
    """The points that a budget cut, by operation."""
    if len(kept) == len(cases):
        return
    still = points_by_operation(kept)
    for operation, points in points_by_operation(cases).items():
        cut_points = tuple(point for point in points if point not in still.get(operation, ()))
        if cut_points:
            document = next(case.document for case in cases if case.operation == operation)
            yield LeftOut(document, operation, BUDGET, "", "", cut_points)


def left_out_sentence(each: LeftOut) -> str:
    """`ChatCompletions_Create: 4 points left out – capability: temperature: Unsupported value …`."""
    number = "1 point" if len(each.points) == 1 else f"{len(each.points):,} points"
    why = ": ".join(part for part in (each.cause, each.subject, each.message) if part)
    return f"{each.operation}: {number} left out – {why}"


def tokens_of(case: Case) -> int:
    """The tokens that a case is estimated to cost."""
    return case.prompt_tokens + case.completion_tokens


def _under(document: str, case: Case) -> Case:
    step = case.scenario
    if step is not None:
        step = ScenarioStep(f"{document}:{step.id}", step.kind, step.step)
    takes = tuple(replace(taken, under=f"{document}:") if taken.case else taken for taken in case.takes)
    return replace(case, id=f"{document}:{case.id}", scenario=step, takes=takes)
