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
        "The pictures that were asked for come in time, and are there until they are deleted.",
        (
            Step("submit", "image-submit", json={"prompt": "A red dot.", "n": 2, "size": "256x256"}),
            Step("get", "image-status", of("submit"), until=IMAGE_ENDED),
            Step("get-again", "image-status", of("get")),
            Step("delete", "image-delete", of("get")),
            Step("get-deleted", "image-status", of("get")).expect_any(
                "image:deleted", "A deleted picture is not found, or said to be deleted."
            ),
            Step("delete-again", "image-delete", of("get")).expect_any(
                "image:deleted-twice", "A picture is deleted once more."
            ),
        ),
    ),
    Flow(
        "running",
        "flow.images",
        "Only what has ended can be deleted.",
        (
            Step("submit", "image-submit"),
            Step("delete-running", "image-delete", of("submit")).expect_any(
                "image:delete-while-running", "A picture is deleted that may not be there yet."
            ),
            Step("get", "image-status", of("submit"), until=IMAGE_ENDED).expect_any(),
        ),
    ),
    Flow(
        "absent",
        "flow.images",
        "What was never asked for is neither found nor deleted.",
        absent(("image-status", "image-delete"), "image", UNKNOWN_IMAGE),
    ),
    Flow(
        "life",
        "flow.ingestion",
        "A job is found under its name, listed, and ends.",
        (
            Step("start", "ingestion-start", JOB).expect_any(),
            Step("get", "ingestion-status", of("start"), until=JOB_ENDED),
            Step("list", "ingestion-list"),
            Step("get-ended", "ingestion-status", of("start")),
            Step("start-again", "ingestion-start", of("start")).expect_any(
                "job:started-again", "A job of the same name is started again."
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
                "job:unknown", "There is no job of this name."
            ),
        ),
    ),
)
