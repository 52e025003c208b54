"""Flows of lists: new resources are listed, pages are complete, and fixed lists do not change."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_strategies.flows.batches import UNKNOWN_BATCH
from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.jsonl_files import ENDPOINTS, PART, requests_file
from aoai_strategies.requests.media import MediaFile
from aoai_strategies.requests.resources import FILE_READY

UNKNOWN_MODEL = "no-such-model"
_TRAINING = file_value(MediaFile("training.jsonl", "application/jsonl", PART))
_BATCH: Json = {
    "input_file_id": of("ready"),
    "endpoint": ENDPOINTS["chat"],
    "completion_window": "24h",
}


def _twice(name: str, kind: str, summary: str) -> Flow:
    return Flow(name, "flow.lists", summary, (Step("list", kind), Step("list-again", kind)))


FLOWS: tuple[Flow, ...] = (
    Flow(
        "files",
        "flow.lists",
        "A list of files for a purpose has the files of this purpose only.",
        (
            Step("upload", "file-upload", form={"file": file_value(requests_file(1)), "purpose": "batch"}),
            Step("upload-other", "file-upload", form={"file": _TRAINING, "purpose": "fine-tune"}),
            Step("list", "file-list"),
            Step("list-of-purpose", "file-list", query={"purpose": "batch"}),
            Step("list-of-other-purpose", "file-list", query={"purpose": "fine-tune"}),
            Step("list-again", "file-list"),
            Step("list-of-other-purpose-again", "file-list", query={"purpose": "fine-tune"}),
        ),
    ),
    Flow(
        "batches",
        "flow.lists",
        "The pages of a list of batches have each batch exactly once.",
        (
            Step("upload", "file-upload", form={"file": file_value(requests_file(1)), "purpose": "batch"}),
            Step("ready", "file-get", of("upload"), until=FILE_READY),
            Step("create", "batch-create", json=_BATCH),
            Step("create-second", "batch-create", json=_BATCH),
            Step("whole", "batch-list"),
            Step("first-page", "batch-list", query={"limit": "1"}),
            Step("next-page", "batch-list", query={"limit": "1", "after": of("first-page", "/last_id")}),
            Step("rest", "batch-list", query={"after": of("first-page", "/last_id")}),
            Step("beyond-last", "batch-list", query={"after": of("whole", "/last_id")}),
            Step("after-unknown", "batch-list", query={"after": UNKNOWN_BATCH}).expect_any(
                "after:not-there", "A client requests the page after an unknown batch."
            ),
        ),
    ),
    _twice("models", "model-list", "The list of models does not change between two requests."),
    _twice("deployments", "deployment-list", "The list of deployments does not change between two requests."),
    Flow(
        "model",
        "flow.lists",
        "A listed model can be retrieved, and a model that does not exist is not found.",
        (
            Step("list", "model-list"),
            Step("get", "model-get", of("list", "/data/0/id")),
            *absent(("model-get",), "model", UNKNOWN_MODEL),
        ),
    ),
    Flow(
        "catalogue",
        "flow.lists",
        "The model of each deployment is listed.",
        (Step("models", "model-list"), Step("deployments", "deployment-list")),
    ),
    Flow(
        "answering",
        "flow.deployments",
        "A deployment that responds is listed, and its model has the capability.",
        (
            Step("models", "model-list").if_available(),
            Step("deployments", "deployment-list"),
            Step("chat", "chat").if_available(),
            Step("embeddings", "embeddings").if_available(),
        ),
    ),
)
