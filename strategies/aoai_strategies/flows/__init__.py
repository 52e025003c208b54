"""Flows: what a client does with a resource from its making to its end, one module for each resource."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from aoai_model.case import Case, JsonBody, PlannedRequest, Point, ScenarioStep
from aoai_specs.document import Document, Operation
from aoai_strategies.flows import batches, files, images, ingestion, lists, uploads
from aoai_strategies.flows.steps import Flow, Step
from aoai_strategies.requests.bases import base_request
from aoai_strategies.requests.building import case_of
from aoai_strategies.requests.editing import form
from aoai_strategies.requests.naming import operation_of_kind
from aoai_strategies.requests.placeholders import sources_renamed, taken_in
from aoai_strategies.requests.resources import UNPROMISED, resource_parameter

__all__ = ["FLOWS", "Flow", "Step", "flow_cases", "flows_of"]

#: Every flow, in the order in which they are planned.
FLOWS: tuple[Flow, ...] = (
    *files.FLOWS,
    *uploads.FLOWS,
    *batches.FLOWS,
    *images.FLOWS,
    *ingestion.FLOWS,
    *lists.FLOWS,
)


def flows_of(document: Document) -> tuple[Flow, ...]:
    """The flows that a document has the operations for, without those of their steps that it has not."""
    fitted = (_fitted(document, flow) for flow in FLOWS)
    return tuple(flow for flow in fitted if flow is not None)


def flow_cases(document: Document, operations: Collection[str]) -> Iterator[Case]:
    """The cases of the flows about the resources of these operations, by their operationIds.

    A flow's other operations come along. The ids of its cases begin with the flow's kind and name.
    """
    chosen = {document.operation(name).kind for name in operations}
    for flow in flows_of(document):
        about = {step.kind for step in flow.steps if step.kind.startswith(flow.resource)}
        if about & chosen:
            yield from _cases(document, flow)


def _cases(document: Document, flow: Flow) -> Iterator[Case]:
    scenario = f"{flow.kind}/{flow.name}"
    ids = {step.name: f"{scenario}/{step.name}" for step in flow.steps}
    for step in flow.steps:
        operation = _operation(document, step)
        request = sources_renamed(_request(operation, step), ids)
        expect = "any" if operation.kind in UNPROMISED and step.expect == "accept" else step.expect
        case = case_of(
            operation,
            step.name,
            request,
            expect,
            origin="scenario",
            points=_points(operation, step),
            prefix=scenario,
        )
        yield replace(case, scenario=ScenarioStep(scenario, flow.kind, step.name), until=step.until)


def _request(operation: Operation, step: Step) -> PlannedRequest:
    request = base_request(operation, sources=())
    parameter = resource_parameter(operation)
    if parameter is not None and step.resource:
        request = replace(request, path_parameters={**request.path_parameters, parameter: step.resource})
    if step.form is not None:
        request = replace(request, body=form(step.form))
    elif step.json is not None:
        request = replace(request, body=JsonBody(step.json))
    return replace(request, query={**request.query, **step.query})


def _points(operation: Operation, step: Step) -> tuple[Point, ...]:
    if not step.point:
        return ()
    constraint = step.point.partition(":")[0]
    clause = operation.document.clause(operation.pointer)
    return (Point(step.point, constraint, step.expect, step.level, clause, step.says),)


def _fitted(document: Document, flow: Flow) -> Flow | None:
    """The flow without the optional steps that a document cannot send; None where it lacks another one."""
    kinds = {operation.kind for operation in document.operations.values()}
    if not flow.needs <= kinds:
        return None
    kept: dict[str, Step] = {}
    for step in flow.steps:
        if _can_be_sent(document, step, kept):
            kept[step.name] = step
        elif not step.optional:
            return None
    useful = any(step.kind.startswith(flow.resource) for step in kept.values())
    return replace(flow, steps=tuple(kept.values())) if useful else None


def _can_be_sent(document: Document, step: Step, before: Collection[str]) -> bool:
    operation = operation_of_kind(document, step.kind)
    if operation is None:
        return False
    declared = {parameter.name for parameter in operation.parameters if parameter.location == "query"}
    if not step.query.keys() <= declared:
        return False
    return all(taken.case in before for taken in taken_in(_request(operation, step)) if taken.case)


def _operation(document: Document, step: Step) -> Operation:
    operation = operation_of_kind(document, step.kind)
    if operation is None:
        raise LookupError(f"{document.name} has no operation of the kind {step.kind}.")
    return operation
