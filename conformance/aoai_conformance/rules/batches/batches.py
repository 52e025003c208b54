"""Batches: identity, requested properties, and progress that is never reversed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import members, text, whole
from aoai_conformance.rule import STORED, rule
from aoai_conformance.views.flows import CreatedResource, Flow, ResourceHistory
from aoai_conformance.views.resource_identity import (
    find_changes,
    find_regressions,
    require_requested_id,
    require_requested_values,
)
from aoai_model.verdict import Violation

ABOUT_ONE = frozenset({"batch-create", "batch-get", "batch-cancel"})
LISTED = frozenset({"batch-list"})

_DOCUMENT = "azure-openai@2025-01-01-preview"
_BATCHES = f"{_DOCUMENT}#/paths/~1batches"
_BATCH = f"{_DOCUMENT}#/components/schemas/Batch/properties"
#: The order of the statuses of a batch. A batch may be cancelled, fail or expire at any time.
STATUSES = {
    "validating": 0,
    "in_progress": 1,
    "finalizing": 2,
    "cancelling": 3,
    "completed": 4,
    "failed": 4,
    "expired": 4,
    "cancelled": 4,
}
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
#: The statuses before the end; BATCHES-004 covers ended batches.
_UNENDED = {status: rank for status, rank in STATUSES.items() if status not in ENDED}
#: The times of a successful batch, in order.
WAY = ("created_at", "in_progress_at", "finalizing_at", "completed_at")
TIMES = (*WAY, "expires_at", "failed_at", "expired_at", "cancelling_at", "cancelled_at")
_ASKED_FOR = ("endpoint", "input_file_id", "completion_window", "metadata")
_NEVER_CHANGES = ("id", "object", "endpoint", "input_file_id", "completion_window", "created_at", "metadata")


class BatchFlow(Flow):
    """The requests for batches, in order."""

    kinds = frozenset({"flow.batches", "flow.lists"})

    def histories(self) -> tuple[ResourceHistory, ...]:
        """Return the responses about each batch of the flow, including those in lists."""
        return ResourceHistory.of(self, ABOUT_ONE, LISTED)


class Batch(CreatedResource):
    """A batch as one response describes it."""

    @property
    def batch_status(self) -> str | None:
        """Return its status."""
        return text(self.json.get("status"))


@rule(
    "BATCHES-001",
    must="return the properties of a new batch as requested",
    clause=f"{_BATCHES}/post/requestBody",
    operations=frozenset({"batch-create"}),
)
def has_requested_properties(reply: Batch) -> Iterator[Violation]:
    """Compares the endpoint, input, window and metadata with the request."""
    requested = {name: reply.sent.get(name) for name in _ASKED_FOR}
    yield from require_requested_values(reply, "batch", requested, read_as=_remove_version)
    if reply.sent.get("metadata") and reply.json.get("metadata") is None:
        yield reply.violates(
            "/metadata",
            "The batch has no metadata, but the request has.",
            expected=reply.sent["metadata"],
            reason="no metadata",
            level="should",
        )


@rule(
    "BATCHES-002",
    must="return the requested batch",
    clause=f"{_BATCHES}~1{{batchId}}/get",
    operations=frozenset({"batch-get", "batch-cancel"}),
)
def is_the_requested_batch(reply: Batch) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    yield from require_requested_id(reply, "The response is about another batch.")


@rule(
    "BATCHES-003",
    must="never return a batch to an earlier status",
    clause=f"{_BATCH}/status",
    operations=STORED,
)
def status_does_not_regress(flow: BatchFlow) -> Iterator[Violation]:
    """The order is validating, in progress, finalizing, and an end."""
    yield from find_regressions(flow.histories(), "The batch returns to an earlier status", _UNENDED)


@rule(
    "BATCHES-004",
    must="not change a batch after it has ended",
    clause=f"{_BATCH}/status",
    operations=STORED,
)
def does_not_change_after_the_end(flow: BatchFlow) -> Iterator[Violation]:
    """The status, counts and result files no longer change."""
    for line in flow.histories():
        for (_, _, before), (step, at, after) in line.pairs():
            if text(before.get("status")) not in ENDED:
                continue
            for name in ("status", "request_counts", "output_file_id", "error_file_id"):
                old, new = before.get(name), after.get(name)
                if old is not None and new is not None and old != new:
                    yield step.violates(
                        f"{at}/{name}",
                        "The batch changes after its end",
                        expected=old,
                        actual=new,
                        reason=name,
                    )


@rule(
    "BATCHES-006",
    must="never decrease the counts of completed and failed requests",
    clause=f"{_BATCH}/request_counts",
    operations=STORED,
)
def counts_do_not_decrease(flow: BatchFlow) -> Iterator[Violation]:
    """Finished requests stay finished."""
    for line in flow.histories():
        for (_, _, before), (step, at, after) in line.pairs():
            for name in ("completed", "failed"):
                old = whole(members(before.get("request_counts")).get(name))
                new = whole(members(after.get("request_counts")).get(name))
                if old is not None and new is not None and new < old:
                    yield step.violates(
                        f"{at}/request_counts/{name}",
                        "A count is lower than before",
                        expected=f"{old} or more",
                        actual=new,
                    )


@rule(
    "BATCHES-011",
    must="return the same properties of a batch in every response",
    clause=f"{_DOCUMENT}#/components/schemas/Batch",
    operations=STORED,
)
def properties_do_not_change(flow: BatchFlow) -> Iterator[Violation]:
    """Compares the requested properties, and each time after it is set."""
    yield from find_changes(flow.histories(), (*_NEVER_CHANGES, *TIMES), "`{name}` of the batch changes")


@rule(
    "BATCHES-012",
    must="stop a cancelled batch, unless it has already ended",
    clause=f"{_BATCHES}~1{{batchId}}~1cancel/post",
    operations=frozenset({"batch-cancel"}),
)
def reports_the_cancellation(reply: Batch) -> Iterator[Violation]:
    """The response to a cancellation shows that the batch stops."""
    status = reply.batch_status
    if status in STATUSES and status not in ENDED and status != "cancelling":
        yield reply.violates(
            "/status",
            "The batch continues after its cancellation.",
            expected="cancelling or cancelled",
            actual=status,
        )


@rule(
    "BATCHES-013",
    must="end a batch with the status cancelled after cancelling",
    clause=f"{_BATCHES}~1{{batchId}}~1cancel/post",
    operations=STORED,
    note="A batch that finished before the cancellation may be completed or failed, which is not judged.",
)
def does_not_resume_after_cancelling(flow: BatchFlow) -> Iterator[Violation]:
    """A batch does not resume after cancelling."""
    for line in flow.histories():
        for (_, _, before), (step, at, after) in line.pairs():
            if before.get("status") == "cancelling" and text(after.get("status")) in (
                "completed",
                "finalizing",
            ):
                if text(after.get("status")) == "completed" and _is_finished(before):
                    continue
                yield step.violates(
                    f"{at}/status",
                    "The batch continues after cancelling",
                    expected="cancelling or cancelled",
                    actual=after.get("status"),
                )


def _remove_version(name: str, value: Any) -> Any:
    """Return an endpoint without `/v1`, for comparisons."""
    return value.removeprefix("/v1") if name == "endpoint" and isinstance(value, str) else value


def _is_finished(batch: dict[str, Any]) -> bool:
    counts = members(batch.get("request_counts"))
    total = whole(counts.get("total"))
    done = (whole(counts.get("completed")) or 0) + (whole(counts.get("failed")) or 0)
    return bool(total) and done >= (total or 0)
