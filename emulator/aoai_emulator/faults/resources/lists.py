"""Faults of the lists of models and deployments."""

from __future__ import annotations

from aoai_emulator.faults.conditions import integer_in, object_in, objects_in
from aoai_emulator.faults.edits import (
    from_member,
    map_list,
    map_place,
    map_value,
    multiply,
    remove,
    rename,
    set_to,
)
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

#: The document with both lists, in which models have `created`.
_DOCUMENT = "azure-openai@2024-06-01"
LISTS = Topic("lists", document=_DOCUMENT)
DEPLOYED = Topic("deployed_models", document=_DOCUMENT)
ONE = Topic("one_model")
_EITHER = "model-list|deployment-list.response"
_MODEL = "model-list.response /data/*"
_DEPLOYMENT = "deployment-list.response /data/*"


def _add_unique(place: Place) -> object:
    unique = [{**model, "id": f"model-{place.request.id}"} for model in place.value[:1]]
    return [*place.value, *unique]


# fmt: off
LISTS.edit("list-object-wrong", "`object` of a list is `page`.", at=f"{_EITHER} /object", edit=set_to("page"))
LISTS.edit("list-data-renamed", "`data` is named `value`.", at=f"{_EITHER} /data", edit=rename("value"))
LISTS.edit("list-data-by-id", "`data` is an object with the ids as keys.", at=f"{_EITHER} /data",
    edit=map_list(lambda entries: {entry["id"]: entry for entry in entries}))
LISTS.edit("models-twice", "Every model is listed twice.", at="model-list.response /data",
    edit=map_list(lambda models: [*models, *models]))
LISTS.edit("models-differ-each-time", "Each list has a model that no other list has.",
    at="model-list.response /data", edit=map_place(_add_unique))
LISTS.edit("models-entry-object-wrong", "`object` of a model is `deployment`.", at=f"{_MODEL}/object",
    edit=set_to("deployment"))
LISTS.edit("models-created-text", "`created` of a model is a date in a string.", at=f"{_MODEL}/created",
    edit=set_to("2023-11-06T00:00:00Z"))
LISTS.edit("models-created-in-milliseconds", "The time of a model's creation is in milliseconds.",
    at=f"{_MODEL}/created", edit=multiply(1000))
LISTS.edit("models-created-in-milliseconds", at=f"{_MODEL}/created_at", edit=multiply(1000))
LISTS.edit("models-capabilities-words", "The capabilities of a model are `yes` and `no`.",
    at=f"{_MODEL}/capabilities/*", edit=map_value(lambda can: "yes" if can else "no"))
LISTS.edit("models-lifecycle-unknown", "`lifecycle_status` is not one that the document lists.",
    at=f"{_MODEL}/lifecycle_status", edit=set_to("retired"))
LISTS.edit("models-id-missing", "A model has no `id`.", at="model-list.response /data/0/id", edit=remove)
LISTS.edit("deployments-unknown-model", "`model` of a deployment is not in the list of models.",
    at=f"{_DEPLOYMENT}/model", edit=set_to("gpt-0"))
LISTS.edit("deployments-twice", "Every deployment is listed twice.", at="deployment-list.response /data",
    edit=map_list(lambda listed: [*listed, *listed]))
LISTS.edit("deployments-status-unknown", "`status` of a deployment is not one that the document lists.",
    at=f"{_DEPLOYMENT}/status", edit=set_to("ready"))
LISTS.edit("deployments-updated-before-created", "`updated_at` is before `created_at`.",
    at=f"{_DEPLOYMENT}[created_at]/updated_at", edit=from_member("created_at", -1))
LISTS.edit("deployments-created-text", "`created_at` of a deployment is a date in a string.",
    at=f"{_DEPLOYMENT}/created_at", edit=set_to("2024-01-15T10:30:00Z"))

ONE.edit("model-of-another-id", "The model has another `id` than the requested one.",
    at="model-get.response /id", edit=set_to("gpt-0"))
ONE.edit("model-object-wrong", "`object` of a model is `deployment`.", at="model-get.response /object",
    edit=set_to("deployment"))
ONE.edit("model-created-in-milliseconds", "The time of the model's creation is in milliseconds.",
    at="model-get.response /created_at", edit=multiply(1000))
ONE.accept("unknown-model-described", "A model that does not exist is described.", at="model-get.relations")
# fmt: on


class _Lists:
    """How often models were listed."""

    def __init__(self) -> None:
        self.count = 0


# fmt: off
DEPLOYED.edit("deployments-lack-first", "The list lacks the first deployment, which serves chats.",
    at="deployment-list.response /data", edit=map_list(lambda listed: listed[1:]))
DEPLOYED.edit("deployments-none", "No deployment is listed.", at="deployment-list.response /data",
    edit=set_to([]))
DEPLOYED.edit("models-incapable", "Every capability of every model is false.", at=f"{_MODEL}/capabilities/*",
    edit=set_to(False))
DEPLOYED.edit("models-none", "No model is listed.", at="model-list.response /data", edit=set_to([]))
DEPLOYED.edit("deployments-capacity-negative", "`capacity` of a deployment is negative.",
    at=f"{_DEPLOYMENT}/scale_settings/capacity", edit=set_to(-1))
# fmt: on


@DEPLOYED.code("models-created-moves", at="model-list.response")
def move_created(body: JsonObject, request: AcceptedRequest) -> None:
    """`created` of models increases with each list."""
    lists = request.memory.store(_Lists)
    lists.count += 1
    for model in objects_in(body, "data"):
        model["created"] = integer_in(model, "created") + lists.count


@DEPLOYED.code("models-deprecated-before-created", at="model-list.response")
def deprecate_early(body: JsonObject) -> None:
    """A model was deprecated before it was created."""
    for model in objects_in(body, "data"):
        object_in(model, "deprecation")["inference"] = integer_in(model, "created") - 1
