"""The rules, operations and plans that a user's choices select."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aoai_conformance.options import RunChoices, TargetLayout
from aoai_conformance.rule import Rule, rule_named, rules
from aoai_conformance.target.billing import without_billed
from aoai_conformance.target.layout import is_applicable
from aoai_conformance.target.targets import deployment_kind, parse_deployments
from aoai_model.case import Case, Plan, ScenarioStep, Unsendable
from aoai_reports.formats.quantities import quantity
from aoai_reports.results.point_account import BUDGET, NOT_ALLOWED, UNSENDABLE
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_strategies.planning.adapting import LeftOut, adapt, points_by_operation
from aoai_strategies.planning.budget import Room, cut
from aoai_strategies.planning.capabilities import Capabilities
from aoai_strategies.planning.plan_cache import PlanCache
from aoai_strategies.planning.planning import plan
from aoai_strategies.scenarios.responses import CREDENTIALS

#: How the ids of points about credentials start, and why `--auth none` does not send them.
_AUTHENTICATION = "authentication:"
_NO_CREDENTIALS = "--auth none: the run has no credentials, so a request without them is an ordinary one"


def choose_rules(ids: Sequence[str]) -> tuple[Rule, ...]:
    """The rules with these ids, or all rules without ids. Raises UnknownNameError for an unknown id."""
    if not ids:
        return rules()
    chosen = {rule.id: rule for rule in map(rule_named, ids)}
    return tuple(chosen[id_] for id_ in sorted(chosen))


def choose_operations(
    choices: RunChoices, documents: Iterable[Document]
) -> list[tuple[Document, list[Operation]]]:
    """The chosen operations of each document, in document order, without the excluded ones.

    By default, these are all operations except those on request whose kind has no `--deployment`. Names
    match operationIds in any letter case, since documents differ in it; an exact match takes precedence.
    Raises UnknownNameError for an operation that no document has, and ConformanceError for an ambiguous name.
    """
    documents = tuple(documents)
    deployments = parse_deployments(choices.deployments)
    chosen = [
        (document, {id_ for name in choices.operations for id_ in _ids(document, name)})
        for document in documents
    ]
    excluded = {id_ for document in documents for name in choices.excluded for id_ in _ids(document, name)}
    for name in (*choices.operations, *choices.excluded):
        if not any(_ids(document, name) for document in documents):
            raise UnknownNameError(
                "operation", name, {id_: None for each in documents for id_ in each.operations}
            )
    return [
        (
            document,
            [
                each
                for each in document.operations.values()
                if (each.id in ids if choices.operations else _is_usual(each, deployments))
                and each.id not in excluded
            ],
        )
        for document, ids in chosen
    ]


def _is_usual(operation: Operation, deployments: Collection[str]) -> bool:
    """Whether a run without `--operation` sends an operation, given the kinds that `--deployment` names."""
    return not operation.on_request or deployment_kind(operation.kind) in deployments


def excluded_operations(choices: RunChoices, documents: Iterable[Document]) -> tuple[str, ...]:
    """The ids of the operations that the user excluded, without duplicates."""
    found = (id_ for document in documents for name in choices.excluded for id_ in _ids(document, name))
    return tuple(dict.fromkeys(found))


def _ids(document: Document, name: str) -> list[str]:
    """The id that a name matches in a document, or nothing."""
    if name in document.operations:
        return [name]
    alike = [id_ for id_ in document.operations if id_.casefold() == name.casefold()]
    if len(alike) > 1:
        raise ConformanceError(f"{name!r} is ambiguous in {document.name}; use {' or '.join(alike)}.")
    return alike


def choose_plans(
    choices: RunChoices,
    operations: Iterable[tuple[Document, Sequence[Operation]]],
    serves: Callable[[Operation], bool] = lambda _: True,
    layout: TargetLayout = "azure",
    plans: PlanCache | None = None,
) -> tuple[Plan, ...]:
    """A plan for each document and those of its chosen operations that the target serves, without a budget.

    Plans that `plans` has are not made again. Cases that do not apply to the `layout` are omitted. With
    several documents, the ids of cases are prefixed with the name of their document.
    """
    operations = list(operations)
    make = plan if plans is None else plans.plan
    chosen_plans: list[Plan] = []
    for document, chosen in operations:
        planned = make(
            document,
            profile=choices.profile,
            seed=choices.seed,
            operations=[each.id for each in chosen if serves(each)],
            examples=choices.examples,
        )
        applicable = tuple(case for case in planned.cases if is_applicable(layout, case))
        planned = replace(planned, cases=applicable)
        if layout == "openai" or choices.auth in ("none", "entra"):  # there is no key to send in two ways
            planned = replace(
                planned, cases=tuple(case for case in planned.cases if not _compares_keys(case))
            )
        if choices.auth == "none":
            planned = _without_credentials(planned)
        if len(operations) > 1:
            planned = replace(
                planned, cases=tuple(_with_prefix(planned.document, case) for case in planned.cases)
            )
        chosen_plans.append(planned)
    return tuple(chosen_plans)


def _compares_keys(case: Case) -> bool:
    return case.scenario is not None and case.scenario.kind == CREDENTIALS


def _without_credentials(plan: Plan) -> Plan:
    """The plan for a server without credentials: points about them cannot be sent."""
    about = {
        id(case): [point.id for point in case.points if point.id.startswith(_AUTHENTICATION)]
        for case in plan.cases
    }
    unsendable = dict.fromkeys(
        Unsendable(case.operation, point, _NO_CREDENTIALS) for case in plan.cases for point in about[id(case)]
    )
    cases = tuple(case for case in plan.cases if not about[id(case)])
    return replace(plan, cases=cases, unsendable=(*plan.unsendable, *unsendable))


@dataclass(frozen=True, slots=True)
class SentPlan:
    """The part of a plan that a run sends.

    `points` are the ids of the points of the whole plan by operationId; `left_out` are those that no sent
    case carries, with the reason.
    """

    plan: Plan
    points: Mapping[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]


def sent_plans(
    plans: Iterable[Plan],
    documents: Mapping[str, Document],
    *,
    capabilities: Capabilities | None = None,
    room: Room | None = None,
    allow_billed: bool = True,
) -> tuple[SentPlan, ...]:
    """Adapt plans to the capabilities of the deployments and cut them to a budget, in the order of the plans.

    Without `allow_billed`, what `aoai_conformance.target.billing` lists is left out. All plans share the
    `room` of the budget (see `aoai_strategies.planning.budget`); None is unlimited.
    """
    plans = tuple(plans)
    adapted = [
        adapt(whole.cases, documents[whole.document], capabilities or Capabilities()) for whole in plans
    ]
    allowed = [cases if allow_billed else without_billed(cases, documents) for cases, _ in adapted]
    every = [case for cases in allowed for case in cases]
    selected = {case.id for case in (every if room is None else cut(every, room))}
    sent: list[SentPlan] = []
    for whole, (sendable, unsupported), cases in zip(plans, adapted, allowed, strict=True):
        remaining = tuple(case for case in cases if case.id in selected)
        unsendable = tuple(_unsendable(whole))
        billed = _missing_points(sendable, cases, NOT_ALLOWED)
        left_out = (*unsupported, *billed, *_missing_points(cases, remaining, BUDGET), *unsendable)
        points = _with_unsendable(points_by_operation(whole.cases), unsendable)
        sent.append(SentPlan(replace(whole, cases=remaining), points, left_out))
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


def _missing_points(cases: Sequence[Case], selected: Sequence[Case], cause: str) -> Iterator[LeftOut]:
    """The points that only cases which are not selected carry, by operation."""
    if len(selected) == len(cases):
        return
    remaining = points_by_operation(selected)
    for operation, points in points_by_operation(cases).items():
        missing = tuple(point for point in points if point not in remaining.get(operation, ()))
        if missing:
            document = next(case.document for case in cases if case.operation == operation)
            yield LeftOut(document, operation, cause, "", "", missing)


def left_out_sentence(each: LeftOut) -> str:
    """`ChatCompletions_Create: 4 points omitted – capability: temperature: Unsupported value …`."""
    reason = ": ".join(part for part in (each.cause, each.subject, each.message) if part)
    return f"{each.operation}: {quantity(len(each.points), 'point')} omitted – {reason}"


def _with_prefix(document: str, case: Case) -> Case:
    step = case.scenario
    if step is not None:
        step = ScenarioStep(f"{document}:{step.id}", step.kind, step.step)
    takes = tuple(replace(taken, under=f"{document}:") if taken.case else taken for taken in case.takes)
    return replace(case, id=f"{document}:{case.id}", scenario=step, takes=takes)
