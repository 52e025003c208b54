"""Batches: what a batch says of itself, and that it only ever goes forward."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from aoai_conformance.clocks import is_unix_seconds
from aoai_conformance.flows import Flow, Lifeline, Made
from aoai_conformance.lifetimes import not_in_unix_seconds
from aoai_conformance.pointing import elements, members, text, whole
from aoai_conformance.rule import STORED, Violation, rule
from aoai_conformance.same_thing import another_than_meant, changing, going_back, other_than_asked

ABOUT_ONE = frozenset({"batch-create", "batch-get", "batch-cancel"})
LISTED = frozenset({"batch-list"})

_DOCUMENT = "azure-openai@2025-01-01-preview"
_BATCHES = f"{_DOCUMENT}#/paths/~1batches"
_BATCH = f"{_DOCUMENT}#/components/schemas/Batch/properties"
#: How far a batch has come. Whatever was cancelled, failed or expired may have been so at any time before.
_RANKS = {
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
#: What may go back; that an end stays is a rule of its own.
_UNENDED = {status: rank for status, rank in _RANKS.items() if status not in ENDED}
#: The times of a batch on its straight way, each after the one before it.
_WAY = ("created_at", "in_progress_at", "finalizing_at", "completed_at")
_TIMES = (*_WAY, "expires_at", "failed_at", "expired_at", "cancelling_at", "cancelled_at")
_ASKED_FOR = ("endpoint", "input_file_id", "completion_window", "metadata")
_NEVER_CHANGES = ("id", "object", "endpoint", "input_file_id", "completion_window", "created_at", "metadata")
#: The window of a batch, and by how many seconds clocks and roundings may shorten it.
_HOURS = re.compile(r"(\d{1,4})h")
_LEEWAY = 600
_COUNTS = ("total", "completed", "failed")


class BatchFlow(Flow):
    """What was done to batches, in order."""

    kinds = frozenset({"flow.batches", "flow.lists"})

    def lines(self) -> tuple[Lifeline, ...]:
        """The answers about each batch of the flow, those in lists too."""
        return Lifeline.of(self, ABOUT_ONE, LISTED)


class Batch(Made):
    """A batch, as one answer describes it."""

    @property
    def batch_status(self) -> str | None:
        """How far it has come."""
        return text(self.json.get("status"))

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of requests that are given."""
        counts = members(self.json.get("request_counts"))
        numbers = {name: whole(counts.get(name)) for name in _COUNTS}
        return {name: number for name, number in numbers.items() if number is not None}


@rule(
    "BATCHES-001",
    must="describe a new batch as it was asked for",
    clause=f"{_BATCHES}/post/requestBody",
    operations=frozenset({"batch-create"}),
)
def is_as_asked_for(answer: Batch) -> Iterator[Violation]:
    """Endpoint, input, window and metadata are those of the request."""
    asked = {name: answer.sent.get(name) for name in _ASKED_FOR}
    yield from other_than_asked(answer, "batch", asked, read_as=_without_version)
    if answer.sent.get("metadata") and answer.json.get("metadata") is None:
        yield answer.violates(
            "/metadata",
            "The batch has lost its metadata.",
            expected=answer.sent["metadata"],
            reason="no metadata",
            level="should",
        )


@rule(
    "BATCHES-002",
    must="answer with the batch that was meant",
    clause=f"{_BATCHES}~1{{batchId}}/get",
    operations=frozenset({"batch-get", "batch-cancel"}),
)
def is_the_batch_that_was_meant(answer: Batch) -> Iterator[Violation]:
    """The id of the path is the id of the answer."""
    yield from another_than_meant(answer, "Another batch is described than was meant.")


@rule(
    "BATCHES-003",
    must="never let a batch's status go back",
    clause=f"{_BATCH}/status",
    operations=STORED,
)
def status_never_goes_back(flow: BatchFlow) -> Iterator[Violation]:
    """Validating, in progress, finalizing, and an end."""
    yield from going_back(flow.lines(), "A batch goes back", _UNENDED)


@rule(
    "BATCHES-004",
    must="let a batch that has ended stay as it ended",
    clause=f"{_BATCH}/status",
    operations=STORED,
)
def ended_is_final(flow: BatchFlow) -> Iterator[Violation]:
    """Status, counts and the files of results do not change any more."""
    for line in flow.lines():
        for (_, _, before), (step, at, after) in line.pairs():
            if text(before.get("status")) not in ENDED:
                continue
            for name in ("status", "request_counts", "output_file_id", "error_file_id"):
                old, new = before.get(name), after.get(name)
                if old is not None and new is not None and old != new:
                    yield step.violates(
                        f"{at}/{name}", "A batch changes after its end", expected=old, actual=new, reason=name
                    )


@rule(
    "BATCHES-005",
    must="count the requests of a batch so that the numbers add up",
    clause=f"{_BATCH}/request_counts",
    operations=ABOUT_ONE,
)
def counts_add_up(answer: Batch) -> Iterator[Violation]:
    """No more are done than there are, and all are when the batch is completed."""
    counts = answer.counts
    for name, number in counts.items():
        if number < 0:
            yield answer.violates(
                f"/request_counts/{name}",
                "A number of requests is below zero.",
                actual=number,
                reason="below",
            )
            return
    if len(counts) < len(_COUNTS):
        return
    done = counts["completed"] + counts["failed"]
    if done > counts["total"]:
        yield answer.violates(
            "/request_counts",
            "More requests are done than there are.",
            expected=counts["total"],
            actual=done,
            reason="too many",
        )
    elif answer.batch_status == "completed" and done != counts["total"]:
        yield answer.violates(
            "/request_counts",
            "A completed batch has requests that are not done.",
            expected=counts["total"],
            actual=done,
            reason="too few",
        )


@rule(
    "BATCHES-006",
    must="never let a batch's numbers go back",
    clause=f"{_BATCH}/request_counts",
    operations=STORED,
)
def counts_never_go_back(flow: BatchFlow) -> Iterator[Violation]:
    """What is done stays done."""
    for line in flow.lines():
        for (_, _, before), (step, at, after) in line.pairs():
            for name in ("completed", "failed"):
                old = whole(members(before.get("request_counts")).get(name))
                new = whole(members(after.get("request_counts")).get(name))
                if old is not None and new is not None and new < old:
                    yield step.violates(
                        f"{at}/request_counts/{name}",
                        "Fewer requests are done than before",
                        expected=f"{old} or more",
                        actual=new,
                    )


@rule(
    "BATCHES-007",
    must="give the times of a batch in Unix seconds and in order",
    clause=f"{_BATCH}/created_at",
    operations=ABOUT_ONE,
)
def times_are_in_order(answer: Batch) -> Iterator[Violation]:
    """Created, in progress, finalizing, completed; and no end before the beginning."""
    times = {name: seconds for name in _TIMES if (seconds := answer.seconds(name)) is not None}
    wrong = list(not_in_unix_seconds(answer, _TIMES, reason="unit"))
    if wrong:
        yield from wrong
        return
    pairs = [
        *pairwise(_WAY),
        ("created_at", "finalizing_at"),
        ("created_at", "completed_at"),
    ]
    pairs += [("created_at", name) for name in _TIMES if name not in _WAY]
    pairs += [("cancelling_at", "cancelled_at"), ("in_progress_at", "completed_at")]
    for earlier, later in pairs:
        if earlier in times and later in times and times[later] < times[earlier]:
            yield answer.violates(
                f"/{later}",
                f"The {later} of a batch lies before its {earlier}.",
                expected=f"at least {times[earlier]}",
                actual=times[later],
                reason="order",
            )
            return


@rule(
    "BATCHES-021",
    should="let a batch expire no sooner than the time for it is over",
    clause=f"{_BATCH}/completion_window",
    operations=ABOUT_ONE,
    note="The window is the time within which a batch is answered; only one in hours is read.",
)
def lasts_as_long_as_its_window(answer: Batch) -> Iterator[Violation]:
    """`expires_at` is `completion_window` after `created_at`, or later."""
    created, expires = answer.seconds("created_at"), answer.seconds("expires_at")
    hours = _HOURS.fullmatch(text(answer.json.get("completion_window")) or "")
    if hours is None or created is None or expires is None or not is_unix_seconds(created):
        return
    least = created + int(hours[1]) * 3600
    if created <= expires < least - _LEEWAY:
        yield answer.violates(
            "/expires_at",
            "The batch expires within its window.",
            expected=f"at least {least}",
            actual=expires,
        )


@rule(
    "BATCHES-008",
    must="give the time of the end that a batch has come to, and of no other",
    clause=f"{_BATCH}/completed_at",
    operations=ABOUT_ONE,
    note="No description requires the times, so that one that is missing is a may.",
)
def has_the_time_of_its_end(answer: Batch) -> Iterator[Violation]:
    """A completed batch has completed_at, and none of the times of the other ends."""
    status = answer.batch_status
    if status not in _RANKS:
        return
    if status in ENDED and answer.json.get(f"{status}_at") is None:
        yield answer.violates(
            f"/{status}_at",
            f"A batch that is {status} does not say since when.",
            reason="missing",
            level="may",
        )
    for end in sorted(ENDED):
        other = answer.json.get(f"{end}_at")
        if end != status and other not in (None, 0):
            yield answer.violates(
                f"/{end}_at",
                f"A batch that is {status} has the time of another end.",
                actual=other,
                reason="another end",
            )


@rule(
    "BATCHES-009",
    must="say what is wrong with a batch that has failed",
    clause=f"{_BATCH}/errors",
    operations=ABOUT_ONE,
)
def failure_has_its_reasons(answer: Batch) -> Iterator[Violation]:
    """At least one error, each with words that people can read."""
    if answer.batch_status != "failed":
        return
    errors = elements(members(answer.json.get("errors")).get("data"))
    if not errors:
        yield answer.violates("/errors", "A failed batch does not say why.", reason="missing")
    for place, each in enumerate(errors):
        if not text(members(each).get("message")):
            yield answer.violates(
                f"/errors/data/{place}/message",
                "An error of a batch has no message.",
                actual=each,
                reason="no message",
            )
            return


@rule(
    "BATCHES-010",
    must="leave a completed batch's results in files",
    clause=f"{_BATCH}/output_file_id",
    operations=ABOUT_ONE,
)
def results_are_in_files(answer: Batch) -> Iterator[Violation]:
    """What succeeded is in the output file, what failed in the error file, and neither before the end."""
    if answer.batch_status in ("validating", "in_progress") and text(answer.json.get("output_file_id")):
        yield answer.violates(
            "/output_file_id",
            "A batch that has not ended names the file of its results.",
            actual=answer.batch_status,
            reason="too early",
            level="should",
        )
    if answer.batch_status != "completed":
        return
    for name, count in (("output_file_id", "completed"), ("error_file_id", "failed")):
        if answer.counts.get(count, 0) > 0 and not text(answer.json.get(name)):
            yield answer.violates(
                f"/{name}", f"Requests have {count}, and no file holds their results.", reason=name
            )


@rule(
    "BATCHES-011",
    must="describe one batch the same each time",
    clause=f"{_DOCUMENT}#/components/schemas/Batch",
    operations=STORED,
)
def stays_the_same(flow: BatchFlow) -> Iterator[Violation]:
    """What it was made of, and each time once it is set."""
    yield from changing(flow.lines(), (*_NEVER_CHANGES, *_TIMES), "The {name} of a batch changes")


@rule(
    "BATCHES-012",
    must="stop a batch that was cancelled, or say that it has ended otherwise",
    clause=f"{_BATCHES}~1{{batchId}}~1cancel/post",
    operations=frozenset({"batch-cancel"}),
)
def cancels(answer: Batch) -> Iterator[Violation]:
    """The answer to a cancellation is not that of a batch that goes on."""
    status = answer.batch_status
    if status in _RANKS and status not in ENDED and status != "cancelling":
        yield answer.violates(
            "/status",
            "A batch goes on after its cancellation.",
            expected="cancelling or cancelled",
            actual=status,
        )


@rule(
    "BATCHES-013",
    must="end a batch that is being cancelled as cancelled",
    clause=f"{_BATCHES}~1{{batchId}}~1cancel/post",
    operations=STORED,
    note="One that had finished its work before the cancellation reached it may be completed or have failed "
    "by then: that tells nothing.",
)
def cancelled_stays_cancelled(flow: BatchFlow) -> Iterator[Violation]:
    """No work begins again after cancelling."""
    for line in flow.lines():
        for (_, _, before), (step, at, after) in line.pairs():
            if before.get("status") == "cancelling" and text(after.get("status")) in (
                "completed",
                "finalizing",
            ):
                if text(after.get("status")) == "completed" and _was_done(before):
                    continue
                yield step.violates(
                    f"{at}/status",
                    "A batch that is being cancelled goes on to its end",
                    expected="cancelling or cancelled",
                    actual=after.get("status"),
                )


def _without_version(name: str, value: Any) -> Any:
    """An endpoint in the form in which two are compared: with and without `/v1` it is the same."""
    return value.removeprefix("/v1") if name == "endpoint" and isinstance(value, str) else value


def _was_done(batch: dict[str, Any]) -> bool:
    counts = members(batch.get("request_counts"))
    total = whole(counts.get("total"))
    done = (whole(counts.get("completed")) or 0) + (whole(counts.get("failed")) or 0)
    return total is not None and done >= total
