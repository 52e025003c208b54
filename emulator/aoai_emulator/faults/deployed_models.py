"""Faults of the lists of models and of deployments, as against what the resource answers with."""

from __future__ import annotations

from aoai_emulator.faults.anatomy import listed_in, number_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

_MODELS = frozenset({"model-list"})
_DEPLOYMENTS = frozenset({"deployment-list"})


class _Asked:
    """How often models were listed."""

    def __init__(self) -> None:
        self.times = 0


@answer_fault("deployments-lack-first", operations=_DEPLOYMENTS)
def lack_first(body: JsonObject, request: AcceptedRequest) -> None:
    """The first deployment, which chats, is not listed."""
    del request
    body["data"] = listed_in(body)[1:]


@answer_fault("deployments-none", operations=_DEPLOYMENTS)
def none_deployed(body: JsonObject, request: AcceptedRequest) -> None:
    """No deployment is listed."""
    del request
    body["data"] = []


@answer_fault("models-incapable", operations=_MODELS)
def incapable(body: JsonObject, request: AcceptedRequest) -> None:
    """Every model is said to be incapable of everything."""
    del request
    for model in listed_in(body):
        model["capabilities"] = dict.fromkeys(part_of(model, "capabilities"), False)


@answer_fault("models-none", operations=_MODELS)
def no_models(body: JsonObject, request: AcceptedRequest) -> None:
    """No model is listed."""
    del request
    body["data"] = []


@answer_fault("models-created-moves", operations=_MODELS)
def created_moves(body: JsonObject, request: AcceptedRequest) -> None:
    """Each list of models tells a later time of their creation."""
    asked = request.memory.store(_Asked)
    asked.times += 1
    for model in listed_in(body):
        model["created"] = number_of(model, "created") + asked.times


@answer_fault("deployments-capacity-negative", operations=_DEPLOYMENTS)
def capacity_negative(body: JsonObject, request: AcceptedRequest) -> None:
    """A deployment can bear less than nothing."""
    del request
    for deployment in listed_in(body):
        part_of(deployment, "scale_settings")["capacity"] = -1


@answer_fault("models-deprecated-before-created", operations=_MODELS)
def deprecated_before_created(body: JsonObject, request: AcceptedRequest) -> None:
    """A model cannot be used any more since before it was created."""
    del request
    for model in listed_in(body):
        part_of(model, "deprecation")["inference"] = number_of(model, "created") - 1
