"""Flows of batches: a file of requests goes in, one of answers comes out; what is wrong ends as failed.

A real service may take hours over a batch. `Until` bounds how often a flow asks; where the batch has not
ended by then, what would follow is not sent.
"""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_strategies.flows.files import UNKNOWN_FILE
from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.jsonl_files import (
    ENDPOINTS,
    broken_files,
    file_with_wrong_requests,
    requests_file,
)
from aoai_strategies.requests.media import MediaFile
from aoai_strategies.requests.resources import BATCH_ENDED, FILE_READY

UNKNOWN_BATCH = "batch_00000000-0000-4000-8000-000000000000"


def _upload(media: MediaFile, purpose: str = "batch") -> tuple[Step, Step]:
    """A file, and the wait until it can be used."""
    return (
        Step("upload", "file-upload", form={"file": file_value(media), "purpose": purpose}),
        Step("ready", "file-get", of("upload"), until=FILE_READY),
    )


def _create(file: str, endpoint: str = ENDPOINTS["chat"], name: str = "create") -> Step:
    body: Json = {"input_file_id": file, "endpoint": endpoint, "completion_window": "24h"}
    return Step(name, "batch-create", json=body)


_GET = Step("get", "batch-get", of("create"))
_UNTIL_ENDED = Step("get", "batch-get", of("create"), until=BATCH_ENDED)
_OUTPUT = Step("output", "file-content", of("get", "/output_file_id"))
_OUTPUT_DESCRIBED = Step("output-described", "file-get", of("get", "/output_file_id"))
_ERRORS = Step("errors", "file-content", of("get", "/error_file_id"))


def _answered(kind: str) -> Flow:
    """A batch for an operation that not every service takes in one."""
    return Flow(
        kind,
        "flow.batches",
        f"A batch answers requests for {kind}.",
        (
            *_upload(requests_file(2, kind)),
            _create(of("ready"), ENDPOINTS[kind]).expect_any(),
            _UNTIL_ENDED,
            _OUTPUT,
        ),
        frozenset({kind}),
    )


def _broken(name: str, media: MediaFile, description: str) -> Flow:
    """A batch of a file that is wrong, which is refused at once or ends as failed.

    Where it is completed after all, what it left is read: no request is lost in silence.
    """
    upload, ready = _upload(media)
    create = _create(of("ready")).expect_any(f"batch:{name}", description)
    if not media.content:  # many a service refuses such a file before there is a batch
        upload, create = upload.expect_any("file:empty", description), create.expect_any()
    left = (_OUTPUT.expect_any(), _ERRORS.expect_any())
    return Flow(name, "flow.batches", description, (upload, ready, create, _UNTIL_ENDED.expect_any(), *left))


_SAYS = {
    "broken-line": "A line that is no JSON spoils a batch.",
    "no-custom-id": "A request without custom_id spoils a batch.",
    "duplicate-custom-id": "Two requests of the same custom_id spoil a batch.",
    "wrong-url": "A request for another operation than the batch's spoils it.",
    "empty-file": "A file without a request is no batch.",
}

FLOWS: tuple[Flow, ...] = (
    Flow(
        "chat",
        "flow.batches",
        "A batch answers every request of its file, and stays ended.",
        (
            *_upload(requests_file(3)),
            _create(of("ready"), "/no/such/operation", "create-for-nothing").expect_rejection(
                "batch:unknown-endpoint", "No operation has this endpoint.", "should"
            ),
            _create(of("ready")),
            _UNTIL_ENDED,
            _OUTPUT,
            _OUTPUT_DESCRIBED.if_available(),
            Step("cancel-ended", "batch-cancel", of("get")).expect_any(
                "batch:cancel-after-end", "A batch that has ended is cancelled."
            ),
            Step("get-again", "batch-get", of("get")),
            Step("list", "batch-list").if_available(),
        ),
        frozenset({"chat"}),
    ),
    _answered("embeddings"),
    _answered("completions"),
    Flow(
        "mixed",
        "flow.batches",
        "A request that fails is told of in the error file, the others are answered.",
        (*_upload(file_with_wrong_requests()), _create(of("ready")), _UNTIL_ENDED, _OUTPUT, _ERRORS),
        frozenset({"chat"}),
    ),
    Flow(
        "cancelled",
        "flow.batches",
        "A batch can be stopped until it has ended.",
        (
            *_upload(requests_file(3)),
            _create(of("ready")),
            Step("cancel", "batch-cancel", of("create")).expect_any(
                "batch:cancel-while-running", "A batch is cancelled, unless it has ended already."
            ),
            _UNTIL_ENDED,
        ),
        frozenset({"chat"}),
    ),
    *(_broken(name, media, _SAYS[name]) for name, media in broken_files().items()),
    Flow(
        "file-of-another-purpose",
        "flow.batches",
        "A file that was not uploaded for a batch is no input.",
        (
            _upload(requests_file(1), purpose="fine-tune")[0],
            _create(of("upload")).expect_any(
                "batch:file-of-another-purpose", "The input was not uploaded for a batch."
            ),
            _UNTIL_ENDED.expect_any(),
        ),
    ),
    Flow(
        "file-not-there",
        "flow.batches",
        "A file that is deleted, or never was, is no input.",
        (
            Step("upload", "file-upload", form={"file": file_value(requests_file(1)), "purpose": "batch"}),
            Step("delete", "file-delete", of("upload")),
            _create(of("upload"), name="create-of-deleted").expect_rejection(
                "batch:file-deleted", "The input has been deleted."
            ),
            _create(UNKNOWN_FILE, name="create-of-unknown").expect_rejection(
                "batch:file-unknown", "There is no such file."
            ),
        ),
    ),
    Flow(
        "absent",
        "flow.batches",
        "What is no batch is neither described nor stopped.",
        (
            Step("file-upload", "file-upload").if_available(),
            *absent(("batch-get", "batch-cancel"), "batch", UNKNOWN_BATCH, "file-upload"),
        ),
    ),
)
