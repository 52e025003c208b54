"""Faults of the lists of models and of deployments."""

from __future__ import annotations

from typing import Any

from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

_MODELS = frozenset({"model-list"})
_DEPLOYMENTS = frozenset({"deployment-list"})
_LISTS = _MODELS | _DEPLOYMENTS


@answer_fault("list-object-wrong", operations=_LISTS)
def object_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """A list calls itself a page."""
    del request
    body["object"] = "page"


@answer_fault("list-data-renamed", operations=_LISTS)
def data_renamed(body: JsonObject, request: AcceptedRequest) -> None:
    """What is listed comes under the name `value`."""
    del request
    body["value"] = body.pop("data", [])


@answer_fault("list-data-by-id", operations=_LISTS)
def data_by_id(body: JsonObject, request: AcceptedRequest) -> None:
    """What is listed comes as an object with the ids as its names."""
    del request
    body["data"] = {entry["id"]: entry for entry in _entries(body)}


@answer_fault("models-twice", operations=_MODELS)
def models_twice(body: JsonObject, request: AcceptedRequest) -> None:
    """Every model is listed twice."""
    del request
    body["data"] = [*_entries(body), *_entries(body)]


@answer_fault("models-differ-each-time", operations=_MODELS)
def models_differ(body: JsonObject, request: AcceptedRequest) -> None:
    """Each list of the models has one that no other has."""
    listed = _entries(body)
    body["data"] = [*listed, *({**model, "id": f"model-{request.id}"} for model in listed[:1])]


@answer_fault("models-entry-object-wrong", operations=_MODELS)
def model_object_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """A model calls itself a deployment."""
    del request
    _set(body, "object", "deployment")


@answer_fault("models-created-text", operations=_MODELS)
def model_created_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The time at which a model was created is a date in words."""
    del request
    _set(body, "created", "2023-11-06T00:00:00Z")


@answer_fault("models-created-in-milliseconds", operations=_MODELS)
def model_created_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time at which a model was created is in milliseconds."""
    del request
    for entry in _entries(body):
        for name in ("created", "created_at"):
            if isinstance(entry.get(name), int):
                entry[name] *= 1000


@answer_fault("models-capabilities-words", operations=_MODELS)
def capabilities_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The capabilities of a model are the words yes and no."""
    del request
    for entry in _entries(body):
        capabilities = entry.get("capabilities") or {}
        entry["capabilities"] = {name: "yes" if can else "no" for name, can in capabilities.items()}


@answer_fault("models-lifecycle-unknown", operations=_MODELS)
def lifecycle_unknown(body: JsonObject, request: AcceptedRequest) -> None:
    """A model is in a stage of life that the document does not know."""
    del request
    _set(body, "lifecycle_status", "retired")


@answer_fault("models-id-missing", operations=_MODELS)
def model_id_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """A model has no id."""
    del request
    for entry in _entries(body)[:1]:
        entry.pop("id", None)


@answer_fault("deployments-unknown-model", operations=_DEPLOYMENTS)
def deployment_of_unknown_model(body: JsonObject, request: AcceptedRequest) -> None:
    """A deployment is of a model that the list of models lacks."""
    del request
    _set(body, "model", "gpt-0")


@answer_fault("deployments-twice", operations=_DEPLOYMENTS)
def deployments_twice(body: JsonObject, request: AcceptedRequest) -> None:
    """Every deployment is listed twice."""
    del request
    body["data"] = [*_entries(body), *_entries(body)]


@answer_fault("deployments-status-unknown", operations=_DEPLOYMENTS)
def deployment_status_unknown(body: JsonObject, request: AcceptedRequest) -> None:
    """A deployment is in a status that the document does not know."""
    del request
    _set(body, "status", "ready")


@answer_fault("deployments-updated-before-created", operations=_DEPLOYMENTS)
def updated_before_created(body: JsonObject, request: AcceptedRequest) -> None:
    """A deployment was updated before it was created."""
    del request
    for entry in _entries(body):
        if isinstance(entry.get("created_at"), int):
            entry["updated_at"] = entry["created_at"] - 1


@answer_fault("deployments-created-text", operations=_DEPLOYMENTS)
def deployment_created_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The time at which a deployment was created is a date in words."""
    del request
    _set(body, "created_at", "2024-01-15T10:30:00Z")


def _entries(body: JsonObject) -> list[JsonObject]:
    """Return what is listed, whatever another fault made of the list."""
    data = body.get("data")
    return data if isinstance(data, list) else []


def _set(body: JsonObject, name: str, value: Any) -> None:
    for entry in _entries(body):
        entry[name] = value
