"""Differences between two descriptions of one api-version: both are valid, and quirks record the choice."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.rule import STORED, rule
from aoai_conformance.views.exchange_views import Reply, Success
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"


class UploadReply(Success):
    """The response to a successful upload."""


def _may_omit_version(reply: Reply) -> bool:
    """Whether the request omits the api-version, as one description allows."""
    return any(each.id == "api-version:missing" and each.expect == "any" for each in reply.case.points)


@rule(
    "DESCRIPTIONS-001",
    must="return 200 or 201 for the upload of a file",
    clause=f"{_DOCUMENT}#/paths/~1files/post/responses",
    operations=frozenset({"file-upload"}),
    since="2025-01-01-preview",
    note="One description of 2025-01-01-preview has 200, the other 201 with Location. "
    "The quirks upload-answered-200 and upload-answered-201 tell which one was seen.",
)
def returns_a_described_upload_status(reply: UploadReply) -> Iterator[Violation]:
    """Neither description declares another 2xx."""
    if reply.status not in (200, 201):
        yield reply.violates(
            "", "The status of an upload is neither 200 nor 201.", expected="200 or 201", actual=reply.status
        )


@rule(
    "DESCRIPTIONS-002",
    must="accept or reject a request without api-version for stored resources",
    clause=f"{_DOCUMENT}#/paths/~1batches/get/parameters",
    operations=STORED,
    when=_may_omit_version,
    note="One description of 2025-01-01-preview has no api-version for files, uploads and batches, the other "
    "requires it. The quirks version-needed and version-not-needed tell which one was seen.",
    decides=True,
)
def handles_a_missing_version(reply: Reply) -> Iterator[Violation]:
    """A 5xx neither accepts nor rejects the request."""
    if reply.status >= 500 and reply.status not in (502, 503, 504):
        yield reply.violates(
            "",
            "A request without api-version causes a server error.",
            expected="200, 400 or 404",
            actual=reply.status,
        )
