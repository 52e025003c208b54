"""Flows of lists: what was made is listed, pages follow on one another, and what is fixed stays the same."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_strategies.flows.batches import UNKNOWN_BATCH
from aoai_strategies.flows.steps import Flow, Step, of
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.jsonl_files import ENDPOINTS, PART, requests_file
from aoai_strategies.requests.media import MediaFile
from aoai_strategies.requests.resources import FILE_READY

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
        "A list of files for a purpose holds those for it and no other.",
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
        "One page of batches follows on the other, without a gap and without a repetition.",
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
                "after:not-there", "A page is asked for that follows on a batch that is not there."
            ),
        ),
    ),
    _twice("models", "model-list", "The models of a resource are the same from one moment to the next."),
    _twice("deployments", "deployment-list", "The deployments of a resource do not change by being listed."),
    Flow(
        "catalogue",
        "flow.lists",
        "What is deployed is a model that is listed.",
        (Step("models", "model-list"), Step("deployments", "deployment-list")),
    ),
    Flow(
        "answering",
        "flow.deployments",
        "A deployment that answers is listed, and its model is one that can do so.",
        (
            Step("models", "model-list").if_available(),
            Step("deployments", "deployment-list"),
            Step("chat", "chat").if_available(),
            Step("embeddings", "embeddings").if_available(),
        ),
    ),
)
