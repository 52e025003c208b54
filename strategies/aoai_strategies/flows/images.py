"""Flows of DALL-E 2: a picture is asked for, waited for, fetched and deleted."""

from __future__ import annotations

from aoai_strategies.flows.steps import Flow, Step, absent, of
from aoai_strategies.requests.resources import IMAGE_ENDED

UNKNOWN_IMAGE = "00000000-0000-4000-8000-000000000000"

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
            Step("get-deleted", "image-status", of("get")).unsettled(
                "image:deleted", "A deleted picture is not found, or said to be deleted."
            ),
            Step("delete-again", "image-delete", of("get")).unsettled(
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
            Step("delete-running", "image-delete", of("submit")).unsettled(
                "image:delete-while-running", "A picture is deleted that may not be there yet."
            ),
            Step("get", "image-status", of("submit"), until=IMAGE_ENDED).unsettled(),
        ),
    ),
    Flow(
        "absent",
        "flow.images",
        "What was never asked for is neither found nor deleted.",
        absent(("image-status", "image-delete"), "image", UNKNOWN_IMAGE),
    ),
)
