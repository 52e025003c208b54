"""Flows of batches: a file of requests goes in, a file of responses comes out, and invalid input fails.

A real service may take hours for a batch. Polling is bounded; if the batch has not ended by then, the steps
that depend on it are skipped.
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
    """Upload a file and wait until it is processed."""
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


def _of_kind(kind: str) -> Flow:
    """A batch for an operation that not every service supports in batches."""
    return Flow(
        kind,
        "flow.batches",
        f"A batch has a response to each request for {kind}.",
        (
            *_upload(requests_file(2, kind)),
            _create(of("ready"), ENDPOINTS[kind]).expect_any(),
            _UNTIL_ENDED,
            _OUTPUT,
        ),
        frozenset({kind}),
    )


def _invalid(name: str, media: MediaFile, description: str) -> Flow:
    """A batch with an invalid file, which is rejected at once or fails.

    If the batch completes, its files are read: no request may be lost without an error.
    """
    upload, ready = _upload(media)
    create = _create(of("ready")).expect_any(f"batch:{name}", description)
    if not media.content:  # many services reject an empty file at upload
        upload, create = upload.expect_any("file:empty", description), create.expect_any()
    results = (_OUTPUT.expect_any(), _ERRORS.expect_any())
    return Flow(
        name, "flow.batches", description, (upload, ready, create, _UNTIL_ENDED.expect_any(), *results)
    )


_ERRORS_OF_FILES = {
    "broken-line": "A line that is not JSON makes a batch fail.",
    "no-custom-id": "A request without custom_id makes a batch fail.",
    "duplicate-custom-id": "Two requests with the same custom_id make a batch fail.",
    "wrong-url": "A request for another endpoint than that of the batch makes it fail.",
    "empty-file": "A file without requests is not valid input of a batch.",
}

FLOWS: tuple[Flow, ...] = (
    Flow(
        "chat",
        "flow.batches",
        "A batch has a response to every request of its file, and stays completed.",
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
                "batch:cancel-after-end", "A client cancels a batch that has ended."
            ),
            Step("get-again", "batch-get", of("get")),
            Step("list", "batch-list").if_available(),
        ),
        frozenset({"chat"}),
    ),
    _of_kind("embeddings"),
    _of_kind("completions"),
    Flow(
        "mixed",
        "flow.batches",
        "The error file has the requests that fail, the output file the responses to the others.",
        (*_upload(file_with_wrong_requests()), _create(of("ready")), _UNTIL_ENDED, _OUTPUT, _ERRORS),
        frozenset({"chat"}),
    ),
    Flow(
        "cancelled",
        "flow.batches",
        "A batch can be cancelled until it has ended.",
        (
            *_upload(requests_file(3)),
            _create(of("ready")),
            Step("cancel", "batch-cancel", of("create")).expect_any(
                "batch:cancel-while-running", "A client cancels a batch that may have ended."
            ),
            _UNTIL_ENDED,
        ),
        frozenset({"chat"}),
    ),
    *(_invalid(name, media, _ERRORS_OF_FILES[name]) for name, media in broken_files().items()),
    Flow(
        "file-of-another-purpose",
        "flow.batches",
        "A file with another purpose is not valid input of a batch.",
        (
            _upload(requests_file(1), purpose="fine-tune")[0],
            _create(of("upload")).expect_any(
                "batch:file-of-another-purpose", "The input file has another purpose."
            ),
            _UNTIL_ENDED.expect_any(),
        ),
    ),
    Flow(
        "file-not-there",
        "flow.batches",
        "A deleted or unknown file is not valid input of a batch.",
        (
            Step("upload", "file-upload", form={"file": file_value(requests_file(1)), "purpose": "batch"}),
            Step("delete", "file-delete", of("upload")),
            _create(of("upload"), name="create-of-deleted").expect_rejection(
                "batch:file-deleted", "The input file has been deleted."
            ),
            _create(UNKNOWN_FILE, name="create-of-unknown").expect_rejection(
                "batch:file-unknown", "No file has this id."
            ),
        ),
    ),
    Flow(
        "absent",
        "flow.batches",
        "A batch that does not exist is not found.",
        (
            Step("file-upload", "file-upload").if_available(),
            *absent(("batch-get", "batch-cancel"), "batch", UNKNOWN_BATCH, "file-upload"),
        ),
    ),
)
