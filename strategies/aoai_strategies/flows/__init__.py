"""Flows: the requests of a client to a resource from its creation to its end, as data."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from aoai_model.case import Case, JsonBody, PlannedRequest, Point, ScenarioStep
from aoai_specs.document import Document
from aoai_strategies.flows import (
    batches,
    conversations,
    files,
    jobs,
    lists,
    responses,
    uploads,
    vector_stores,
)
from aoai_strategies.flows.steps import Flow, Step
from aoai_strategies.requests.builder import RequestBuilder, RequestBuilders
from aoai_strategies.requests.editing import to_form
from aoai_strategies.requests.placeholders import find_placeholders, rename_sources
from aoai_strategies.requests.resources import UNPROMISED, resource_parameter

__all__ = ["FLOWS", "Flow", "Step", "flow_cases", "flows_of"]

#: Every flow, in plan order.
FLOWS: tuple[Flow, ...] = (
    *files.FLOWS,
    *uploads.FLOWS,
    *batches.FLOWS,
    *jobs.FLOWS,
    *lists.FLOWS,
    *responses.FLOWS,
    *conversations.FLOWS,
    *vector_stores.FLOWS,
)


def flows_of(document: Document) -> tuple[Flow, ...]:
    """The flows that a document supports, without optional steps that it lacks."""
    return tuple(flow for flow, _ in _flows(RequestBuilders(document)))


def flow_cases(builders: RequestBuilders, kinds: Collection[str]) -> Iterator[Case]:
    """The cases of the flows whose resource has an operation of one of these kinds.

    They include the flow's other operations. Their ids begin with the kind and the name of the flow.
    """
    for flow, requests in _flows(builders):
        if any(step.kind.startswith(flow.resource) and step.kind in kinds for step in flow.steps):
            yield from _cases(flow, requests)


def _flows(builders: RequestBuilders) -> Iterator[tuple[Flow, dict[str, _StepRequest]]]:
    """The flows that a document supports, with the request of each step."""
    kinds = {operation.kind for operation in builders.document.operations.values()}
    for flow in FLOWS:
        requests = _requests(flow, builders) if flow.needs <= kinds else {}
        steps = tuple(step for step in flow.steps if step.name in requests)
        if any(step.kind.startswith(flow.resource) for step in steps):
            yield replace(flow, steps=steps), requests


_StepRequest = tuple[RequestBuilder, PlannedRequest]


def _requests(flow: Flow, builders: RequestBuilders) -> dict[str, _StepRequest]:
    """The request of each step that a document supports; empty where it lacks a required step."""
    found: dict[str, _StepRequest] = {}
    for step in flow.steps:
        builder = builders.of_kind(step.kind)
        request = None if builder is None else _request(builder, step)
        if builder is not None and request is not None and _sources(request) <= found.keys():
            found[step.name] = (builder, request)
        elif not step.optional:
            return {}
    return found


def _request(builder: RequestBuilder, step: Step) -> PlannedRequest | None:
    """The request of a step; None where the operation lacks a query parameter or does not admit the body."""
    parameters = builder.operation.parameters
    if not step.query.keys() <= {each.name for each in parameters if each.location == "query"}:
        return None
    request = builder.request(sources=())
    parameter = resource_parameter(builder.operation)
    if parameter is not None and step.resource:
        around = {name: step.within or value for name, value in request.path_parameters.items()}
        request = replace(request, path_parameters={**around, parameter: step.resource})
    if step.form is not None:
        request = replace(request, body=to_form(step.form))
    elif step.json is not None and not builder.admits(step.json) and step.expect != "reject":
        return None
    elif step.json is not None:
        request = replace(request, body=JsonBody(step.json))
    return replace(request, query={**request.query, **step.query})


def _sources(request: PlannedRequest) -> set[str]:
    return {placeholder.case for placeholder in find_placeholders(request) if placeholder.case}


def _cases(flow: Flow, requests: dict[str, _StepRequest]) -> Iterator[Case]:
    scenario = f"{flow.kind}/{flow.name}"
    ids = {step.name: f"{scenario}/{step.name}" for step in flow.steps}
    for step in flow.steps:
        builder, request = requests[step.name]
        expect = "any" if builder.kind in UNPROMISED and step.expect == "accept" else step.expect
        case = builder.case(
            step.name,
            rename_sources(request, ids),
            expect,
            origin="scenario",
            points=_points(builder, step),
            prefix=scenario,
        )
        yield replace(case, scenario=ScenarioStep(scenario, flow.kind, step.name), until=step.until)


def _points(builder: RequestBuilder, step: Step) -> tuple[Point, ...]:
    if not step.point:
        return ()
    constraint = step.point.partition(":")[0]
    clause = builder.document.clause(builder.operation.pointer)
    return (Point(step.point, constraint, step.expect, step.level, clause, step.description),)
