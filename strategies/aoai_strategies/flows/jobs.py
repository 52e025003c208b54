"""Flows of jobs that a client polls: DALL-E 2 images, and the ingestion of documents.

A run has neither a search service nor a storage account, so that a server may reject an ingestion job, or the
job may fail.
"""

from __future__ import annotations

from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.resources import IMAGE_ENDED, JOB_ENDED

UNKNOWN_IMAGE = "00000000-0000-4000-8000-000000000000"
#: The name of the ingestion job, which also names an index: lower case, digits and dashes.
JOB = "aoai-conformance-flow"

FLOWS: tuple[Flow, ...] = (
    Flow(
        "life",
        "flow.images",
        "The requested images become available, and stay available until they are deleted.",
        (
            Step("submit", "image-submit", json={"prompt": "A red dot.", "n": 2, "size": "256x256"}),
            Step("get", "image-status", of("submit"), until=IMAGE_ENDED),
            Step("get-again", "image-status", of("get")),
            Step("delete", "image-delete", of("get")),
            Step("get-deleted", "image-status", of("get")).expect_any(
                "image:deleted", "A deleted image is not found, or has the status deleted."
            ),
            Step("delete-again", "image-delete", of("get")).expect_any(
                "image:deleted-twice", "A client deletes an image again."
            ),
        ),
    ),
    Flow(
        "running",
        "flow.images",
        "Only an operation that has ended can be deleted.",
        (
            Step("submit", "image-submit"),
            Step("delete-running", "image-delete", of("submit")).expect_any(
                "image:delete-while-running", "A client deletes an image that may not exist yet."
            ),
            Step("get", "image-status", of("submit"), until=IMAGE_ENDED).expect_any(),
        ),
    ),
    Flow(
        "absent",
        "flow.images",
        "An operation that does not exist is not found.",
        absent(("image-status", "image-delete"), "image", UNKNOWN_IMAGE),
    ),
    Flow(
        "life",
        "flow.ingestion",
        "A job can be retrieved by its name, is listed, and ends.",
        (
            Step("start", "ingestion-start", JOB).expect_any(),
            Step("get", "ingestion-status", of("start"), until=JOB_ENDED),
            Step("list", "ingestion-list"),
            Step("get-ended", "ingestion-status", of("start")),
            Step("start-again", "ingestion-start", of("start")).expect_any(
                "job:started-again", "A client starts a job of the same name again."
            ),
            Step("get-again", "ingestion-status", of("start"), until=JOB_ENDED),
        ),
    ),
    Flow(
        "absent",
        "flow.ingestion",
        "A job that was never started is not found.",
        (
            Step("list", "ingestion-list"),
            Step("status-unknown", "ingestion-status", "no-such-job").expect_rejection(
                "job:unknown", "No job has this name."
            ),
        ),
    ),
)
