"""The lists of models and deployments: consistency with each other, and over repeated requests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.rule import rule
from aoai_conformance.views.flows import CreatedResource, Flow, Step
from aoai_conformance.views.resource_identity import require_requested_id
from aoai_conformance.views.timestamps import (
    is_unix_seconds,
    require_times_in_unix_seconds,
    require_unix_seconds,
)
from aoai_model.verdict import Violation
from aoai_specs.pointers import escape

LISTED = frozenset({"model-list", "deployment-list"})
ONE = frozenset({"model-get"})

_PATHS = "azure-openai@2024-06-01#/paths"


class CatalogueFlow(Flow):
    """A flow that lists models and deployments."""

    kinds = frozenset({"flow.lists"})


def _ids(step: Step) -> set[str]:
    return {id_ for _, each in objects(step.json.get("data")) if (id_ := text(each.get("id"))) is not None}


@rule(
    "CATALOGUE-001",
    should="list the model of every deployment",
    clause=f"{_PATHS}/~1deployments/get/responses/200",
    operations=LISTED,
    note="A model may be deployed under its name followed by a version.",
)
def lists_deployed_models(flow: CatalogueFlow) -> Iterator[Violation]:
    """Compares the model of each deployment with the listed models of the same flow."""
    models: set[str] = set()
    for step in flow.done("model-list"):
        models |= _ids(step)
    if not models:
        return
    for step in flow.done("deployment-list"):
        for place, each in objects(step.json.get("data")):
            model = text(each.get("model"))
            if model and not any(model.startswith(known) or known.startswith(model) for known in models):
                yield step.violates(
                    f"/data/{place}/model", "The model of a deployment is not listed", actual=model
                )


@rule(
    "CATALOGUE-002",
    should="list the same models and deployments when requested again",
    clause=f"{_PATHS}/~1models/get/responses/200",
    operations=LISTED,
    note="SHOULD rather than MUST, since deployments may change between two requests.",
)
def lists_the_same_entries_again(flow: CatalogueFlow) -> Iterator[Violation]:
    """Compares the ids of each list with those of the next."""
    for kind in sorted(LISTED):
        steps = list(flow.done(kind))
        for first, second in pairwise(steps):
            if _ids(first) != _ids(second):
                yield second.violates(
                    "/data",
                    "The list differs when requested again",
                    expected=sorted(_ids(first)),
                    actual=sorted(_ids(second)),
                )


@rule(
    "CATALOGUE-003",
    must="return no time of an update before the time of creation",
    clause=f"{_PATHS}/~1deployments/get/responses/200",
    operations=LISTED,
)
def times_are_in_order(reply: CreatedResource) -> Iterator[Violation]:
    """Compares `updated_at` of each entry with its `created_at`."""
    for place, each in objects(reply.json.get("data")):
        created, updated = whole(each.get("created_at")), whole(each.get("updated_at"))
        if created is not None and updated is not None and updated < created:
            yield reply.violates(
                f"/data/{place}/updated_at",
                "`updated_at` is before `created_at`.",
                expected=f"at least {created}",
                actual=updated,
            )
            return


@rule(
    "CATALOGUE-004",
    must="return the times of models and deployments in Unix seconds",
    clause=f"{_PATHS}/~1models/get/responses/200",
    operations=LISTED,
)
def times_are_in_seconds(reply: CreatedResource) -> Iterator[Violation]:
    """The usual mistake is milliseconds."""
    for place, each in objects(reply.json.get("data")):
        times = {name: each.get(name) for name in ("created", "created_at", "updated_at")}
        for name, moment in members(each.get("deprecation")).items():
            times[f"deprecation/{escape(name)}"] = moment
        for name, moment in times.items():
            seconds = whole(moment)
            if seconds is not None and not is_unix_seconds(seconds):
                yield from require_unix_seconds(reply, f"/data/{place}/{name}", seconds, reason=name)
                return


_MODEL = "azure-openai@2024-10-21#/components/schemas/Model/properties"


@rule(
    "CATALOGUE-011",
    must="return the requested model",
    clause="azure-openai@2024-10-21#/paths/~1models~1{model-id}/get",
    operations=ONE,
)
def is_the_requested_model(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    yield from require_requested_id(reply, "The response is about another model.")


@rule(
    "CATALOGUE-012",
    must="return the time of creation of a model in Unix seconds",
    clause=f"{_MODEL}/created_at",
    operations=ONE,
)
def returns_the_creation_time(reply: CreatedResource) -> Iterator[Violation]:
    """The usual mistakes are milliseconds and 0."""
    yield from require_times_in_unix_seconds(reply, ["created_at"])
