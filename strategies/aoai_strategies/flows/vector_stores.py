"""Flows of vector stores: filled from files, one by one or in a batch, searched and deleted."""

from __future__ import annotations

from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.editing import file_value
from aoai_strategies.requests.media import MediaFile
from aoai_strategies.requests.resources import INDEXED

#: Ids in the format of the service that nothing has.
UNKNOWN_STORE = "vs_000000000000000000000000"
UNKNOWN_FILE = "assistant-000000000000000000000000"
_TEXT = MediaFile("rain.txt", "text/plain", b"The rain comes in from the sea. It stays for a week.\n")
_OTHER = MediaFile("snow.txt", "text/plain", b"The snow comes in from the north. It stays all winter.\n")


def _upload(name: str, media: MediaFile) -> Step:
    return Step(name, "file-upload", form={"file": file_value(media), "purpose": "assistants"})


_CREATE = Step("create", "vector-store-create", json={"name": "test", "metadata": {"purpose": "test"}})
_GONE = "A deleted vector store is not found."

FLOWS: tuple[Flow, ...] = (
    Flow(
        "life",
        "flow.vector-stores",
        "A vector store can be retrieved, changed and listed until it is deleted.",
        (
            _CREATE,
            Step("get", "vector-store-get", of("create")),
            Step("update", "vector-store-update", of("create"), json={"name": "changed"}),
            Step("get-updated", "vector-store-get", of("create")),
            Step("list", "vector-store-list", query={"order": "desc"}),
            Step("delete", "vector-store-delete", of("create")),
            Step("get-deleted", "vector-store-get", of("create")).expect_rejection(
                "vector-store:deleted", _GONE
            ),
        ),
    ),
    Flow(
        "file",
        "flow.vector-stores",
        "A file is indexed, found, and removed again.",
        (
            _upload("upload", _TEXT),
            _CREATE,
            Step("add", "vector-store-file-create", of("create"), json={"file_id": of("upload")}),
            Step("file", "vector-store-file-get", of("upload"), of("create"), until=INDEXED),
            Step("files", "vector-store-file-list", of("create")),
            Step("store", "vector-store-get", of("create")),
            Step(
                "search",
                "vector-store-search",
                of("create"),
                json={"query": "Where is the rain from?", "max_num_results": 5},
            ),
            Step("content", "vector-store-file-content", of("upload"), of("create")).if_available(),
            Step("remove", "vector-store-file-delete", of("upload"), of("create")),
            Step("file-removed", "vector-store-file-get", of("upload"), of("create")).expect_rejection(
                "vector-store-file:removed", "A removed file is not found."
            ),
            Step("files-without", "vector-store-file-list", of("create")),
            Step("delete", "vector-store-delete", of("create")),
            Step("delete-file", "file-delete", of("upload")),
        ),
        frozenset({"file-upload"}),
    ),
    Flow(
        "file-batch",
        "flow.vector-stores",
        "A batch of files is indexed, and each of them is listed.",
        (
            _upload("upload", _TEXT),
            _upload("upload-other", _OTHER),
            _CREATE,
            Step(
                "add",
                "vector-store-batch-create",
                of("create"),
                json={"file_ids": [of("upload"), of("upload-other")]},
            ),
            Step("batch", "vector-store-batch-get", of("add"), of("create"), until=INDEXED),
            Step("files-of-batch", "vector-store-batch-files", of("add"), of("create")),
            Step("first-page", "vector-store-file-list", of("create"), query={"limit": "1", "order": "asc"}),
            Step(
                "next-page",
                "vector-store-file-list",
                of("create"),
                query={"limit": "1", "order": "asc", "after": of("first-page", "/last_id")},
            ),
            Step("cancel-ended", "vector-store-batch-cancel", of("add"), of("create")).expect_any(
                "vector-store-batch:cancel-after-end", "A client cancels a batch that has ended."
            ),
            Step(
                "search", "vector-store-search", of("create"), json={"query": "How long does the snow stay?"}
            ),
            Step("delete", "vector-store-delete", of("create")),
        ),
        frozenset({"file-upload"}),
    ),
    Flow(
        "absent",
        "flow.vector-stores",
        "A vector store that does not exist is not found.",
        (
            *absent(
                ("vector-store-get", "vector-store-file-list", "vector-store-delete"),
                "vector-store",
                UNKNOWN_STORE,
            ),
            _CREATE,
            Step("file-unknown", "vector-store-file-get", UNKNOWN_FILE, of("create")).expect_rejection(
                "vector-store-file:unknown", "No file of the store has this id."
            ),
        ),
    ),
)
