"""The lists of models and deployments, compared with the requests that the resource serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from aoai_conformance.json_access import members, number, objects, text, whole
from aoai_conformance.rule import EVERY, rule
from aoai_conformance.rules.resources.catalogues import LISTED
from aoai_conformance.views.flows import CreatedResource, Flow, Step, path_values
from aoai_conformance.views.timestamps import is_unix_seconds
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2024-06-01"
_DEPLOYMENTS = f"{_DOCUMENT}#/paths/~1deployments/get/responses/200"
_MODEL = f"{_DOCUMENT}#/components/schemas/Model/properties"
_DEPLOYMENT = f"{_DOCUMENT}#/components/schemas/Deployment/properties"
#: The capabilities that a model needs for an operation.
_CAPABILITIES: Mapping[str, tuple[str, ...]] = {
    "chat": ("inference", "chat_completion"),
    "embeddings": ("inference", "embeddings"),
}
#: Properties that are fixed when a model is published or a deployment is created.
_FIXED = ("created", "created_at", "model", "owned_by", "owner")


def _entries(step: Step) -> list[tuple[int, dict[str, Any]]]:
    return objects(step.json.get("data"))


def _is_whole(step: Step) -> bool:
    listed = isinstance(step.json.get("data"), list)
    return listed and step.json.get("has_more") is not True and not step.json.get("nextLink")


def _deployment(step: Step) -> str | None:
    values = path_values(step.operation, step.exchange.request.url)
    return next((value for name, value in values.items() if "deployment" in name.lower()), None)


class CatalogueFlow(Flow):
    """A flow that lists models and deployments."""

    kinds = frozenset({"flow.lists", "flow.deployments"})


def _answered(flow: CatalogueFlow) -> tuple[tuple[str, str], ...]:
    """Return the kind of each successful request, with the deployment in its path."""
    steps = ((step.kind, _deployment(step)) for step in flow.sequence if step.succeeded)
    return tuple((kind, name) for kind, name in steps if name is not None)


def _working_deployments(flow: CatalogueFlow) -> tuple[tuple[Step, str], ...]:
    """Return each complete list of deployments with each deployment that serves requests."""
    lists = [step for step in flow.done("deployment-list") if _is_whole(step)]
    names = dict.fromkeys(name for _, name in _answered(flow))
    return tuple((step, name) for step in lists for name in names)


@rule(
    "CATALOGUE-005",
    must="list every deployment that serves requests",
    clause=_DEPLOYMENTS,
    operations=EVERY,
    evidence=_working_deployments,
    note="Names are compared without regard to case.",
)
def lists_working_deployments(deployments: tuple[tuple[Step, str], ...]) -> Iterator[Violation]:
    """Checks the list for the deployments of successful requests."""
    for step, name in deployments:
        listed = {id_.casefold() for _, each in _entries(step) if (id_ := text(each.get("id")))}
        if name.casefold() not in listed:
            yield step.violates("/data", "A deployment that serves requests is not listed", expected=name)


def _capabilities(flow: CatalogueFlow) -> tuple[Any, ...]:
    """Return the list of models with the pointer and value of each capability that a response required."""
    models = _required_capabilities(flow)
    found: dict[str, tuple[Step, str, Any]] = {}
    for step in flow.done("model-list"):
        for place, each in _entries(step):
            able = members(each.get("capabilities"))
            for name in models.get(str(each.get("id")), ()):
                if name in able:
                    pointer = f"/data/{place}/capabilities/{name}"
                    found[f"{step.name}{pointer}"] = (step, pointer, able[name])
    return tuple(found.values())


def _required_capabilities(flow: CatalogueFlow) -> dict[str, tuple[str, ...]]:
    """Return the capabilities that each used model must have, by the list of deployments."""
    deployed = {
        str(each.get("id")).casefold(): text(each.get("model"))
        for step in flow.done("deployment-list")
        for _, each in _entries(step)
    }
    required: dict[str, tuple[str, ...]] = {}
    for kind, name in _answered(flow):
        model = deployed.get(name.casefold())
        if model:
            required[model] = (*required.get(model, ()), *_CAPABILITIES.get(kind, ()))
    return required


@rule(
    "CATALOGUE-006",
    should="return the capabilities that a model has",
    clause=f"{_MODEL}/capabilities",
    operations=EVERY,
    evidence=_capabilities,
    note="Checked if the id of the model in the list of deployments is in the list of models.",
)
def returns_the_used_capabilities(capabilities: tuple[Any, ...]) -> Iterator[Violation]:
    """Checks inference, and chat or embeddings."""
    for step, pointer, value in capabilities:
        if value is False:
            yield step.violates(
                pointer,
                "A capability that the model has is false",
                expected=True,
                actual=False,
            )


def _model_lists(flow: CatalogueFlow) -> tuple[Step, ...]:
    """Return each complete list of models if there are deployments."""
    deployed = any(_entries(step) for step in flow.done("deployment-list"))
    return tuple(step for step in flow.done("model-list") if deployed and _is_whole(step))


@rule(
    "CATALOGUE-007",
    should="list at least one model if there are deployments",
    clause=f"{_DOCUMENT}#/paths/~1models/get/responses/200",
    operations=EVERY,
    evidence=_model_lists,
)
def lists_some_model(lists: tuple[Step, ...]) -> Iterator[Violation]:
    """A deployment needs a model."""
    for step in lists:
        if not step.json["data"]:
            yield step.violates("/data", "There are deployments, but no models are listed", actual=[])


def _repeated_entries(flow: CatalogueFlow) -> tuple[tuple[dict[str, Any], Step, int, dict[str, Any]], ...]:
    """Return each entry of a list with its position and content in the next list."""
    found: list[tuple[dict[str, Any], Step, int, dict[str, Any]]] = []
    for kind in sorted(LISTED):
        for first, second in pairwise(flow.done(kind)):
            before = {str(each.get("id")): each for _, each in _entries(first) if text(each.get("id"))}
            found += [
                (before[str(each.get("id"))], second, place, each)
                for place, each in _entries(second)
                if str(each.get("id")) in before
            ]
    return tuple(found)


@rule(
    "CATALOGUE-008",
    should="return the same properties of models and deployments when requested again",
    clause=f"{_MODEL}/created",
    operations=EVERY,
    evidence=_repeated_entries,
    note="SHOULD, since a deployment may be replaced between two requests.",
)
def entries_do_not_change(
    entries: tuple[tuple[dict[str, Any], Step, int, dict[str, Any]], ...],
) -> Iterator[Violation]:
    """Compares times of creation, models and owners."""
    for before, step, place, after in entries:
        for name in _FIXED:
            old, new = before.get(name), after.get(name)
            if old is not None and new is not None and old != new:
                yield step.violates(
                    f"/data/{place}/{name}",
                    f"`{name}` differs when requested again",
                    expected=old,
                    actual=new,
                    reason=name,
                )
                return


def _capacities(reply: CreatedResource) -> tuple[tuple[str, float], ...]:
    """Return each capacity with its pointer."""
    capacities = (
        (
            f"/data/{place}/scale_settings/capacity",
            number(members(each.get("scale_settings")).get("capacity")),
        )
        for place, each in objects(reply.json.get("data"))
    )
    return tuple((pointer, capacity) for pointer, capacity in capacities if capacity is not None)


@rule(
    "CATALOGUE-009",
    must="return capacities of 0 or more",
    clause=f"{_DEPLOYMENT}/scale_settings",
    operations=frozenset({"deployment-list"}),
    evidence=_capacities,
)
def capacity_is_not_negative(
    reply: CreatedResource, capacities: tuple[tuple[str, float], ...]
) -> Iterator[Violation]:
    """A capacity is an amount of throughput."""
    for pointer, capacity in capacities:
        if capacity < 0:
            yield reply.violates(pointer, "The capacity is negative.", expected="0 or more", actual=capacity)
            return


def _deprecations(reply: CreatedResource) -> tuple[tuple[str, int, int], ...]:
    """Return the pointer of each deprecation, its time and that of the creation."""
    found: list[tuple[str, int, int]] = []
    for place, each in objects(reply.json.get("data")):
        created = whole(each.get("created", each.get("created_at")))
        for name in ("fine_tune", "inference"):
            until = whole(members(each.get("deprecation")).get(name))
            if is_unix_seconds(created) and created is not None and until and is_unix_seconds(until):
                found.append((f"/data/{place}/deprecation/{name}", until, created))
    return tuple(found)


@rule(
    "CATALOGUE-010",
    should="return no time of deprecation before the time of creation",
    clause=f"{_MODEL}/deprecation",
    operations=frozenset({"model-list"}),
    evidence=_deprecations,
)
def deprecation_is_after_the_creation(
    reply: CreatedResource, deprecations: tuple[tuple[str, int, int], ...]
) -> Iterator[Violation]:
    """Compares the times of deprecation with that of the creation."""
    for pointer, until, created in deprecations:
        if until < created:
            yield reply.violates(
                pointer,
                "The time of deprecation is before that of the creation.",
                expected=f"at least {created}",
                actual=until,
            )
            return
