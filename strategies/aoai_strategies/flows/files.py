"""Flows of files: uploaded, retrieved, listed, read and deleted."""

from __future__ import annotations

from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.jsonl_files import requests_file
from aoai_strategies.requests.resources import FILE_READY

#: An id in the format of the service that no file has.
UNKNOWN_FILE = "file-00000000000000000000000000000000"
_GONE = "A deleted file is not found."

FLOWS: tuple[Flow, ...] = (
    Flow(
        "life",
        "flow.files",
        "A file can be retrieved, listed and read unchanged until it is deleted.",
        (
            Step("upload", "file-upload", form={"file": file_value(requests_file(2)), "purpose": "batch"}),
            Step("get", "file-get", of("upload"), until=FILE_READY),
            Step("list", "file-list").if_available(),
            Step("list-of-purpose", "file-list", query={"purpose": "batch"}).if_available(),
            Step("content", "file-content", of("upload")).if_available(),
            Step("delete", "file-delete", of("upload")),
            Step("get-deleted", "file-get", of("upload")).expect_rejection("file:deleted", _GONE),
            Step("content-deleted", "file-content", of("upload"))
            .expect_rejection("file:deleted", _GONE)
            .if_available(),
            Step("delete-again", "file-delete", of("upload")).expect_rejection("file:deleted", _GONE),
            Step("list-without", "file-list").if_available(),
        ),
    ),
    Flow(
        "absent",
        "flow.files",
        "A file that does not exist is not found.",
        (
            Step("upload-create", "upload-create").if_available(),
            *absent(("file-get", "file-content", "file-delete"), "file", UNKNOWN_FILE, "upload-create"),
        ),
    ),
)
