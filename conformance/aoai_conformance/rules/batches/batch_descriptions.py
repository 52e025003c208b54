"""Descriptions of batches, single or in lists: counts, times, ends and results."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from aoai_conformance.json_access import elements, members, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import BATCHES, rule
from aoai_conformance.rules.batches.batches import ENDED, LISTED, STATUSES, TIMES, WAY
from aoai_conformance.views.flows import CreatedResource, ResourceView
from aoai_conformance.views.timestamps import is_unix_seconds, require_times_in_unix_seconds
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_BATCH = f"{_DOCUMENT}#/components/schemas/Batch/properties"
#: The window of a batch, and the seconds by which clocks and rounding may shorten it.
_HOURS = re.compile(r"(\d{1,4})h")
_LEEWAY = 600
_COUNTS = ("total", "completed", "failed")


class Batch(ResourceView):
    """One batch as a response describes it."""

    __slots__ = ()

    @property
    def status(self) -> str | None:
        """Return its status."""
        return text(self.json.get("status"))

    @property
    def counts(self) -> dict[str, int]:
        """Return the request counts that are present."""
        counts = members(self.json.get("request_counts"))
        numbers = {name: whole(counts.get(name)) for name in _COUNTS}
        return {name: number for name, number in numbers.items() if number is not None}


class Batches(CreatedResource):
    """A response that describes one batch or a list of batches."""

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """Return the described batches, in order."""
        return Batch.listed(self) if self.operation.kind in LISTED else Batch.all(self)

    def find_first_violations(self, check: Callable[[Batch], Iterator[Violation]]) -> Iterator[Violation]:
        """Yield the violations of the first batch that has any."""
        for batch in self.batches:
            found = list(check(batch))
            if found:
                yield from found
                return


@rule(
    "BATCHES-005",
    must="return request counts of a batch that add up",
    clause=f"{_BATCH}/request_counts",
    operations=BATCHES,
)
def counts_add_up(reply: Batches) -> Iterator[Violation]:
    """No more requests are finished than exist, and a completed batch has finished all."""
    yield from reply.find_first_violations(_check_counts)


def _check_counts(batch: Batch) -> Iterator[Violation]:
    counts = batch.counts
    for name, number in counts.items():
        if number < 0:
            yield batch.violates(
                f"/request_counts/{name}",
                "A request count is negative.",
                actual=number,
                reason="below",
            )
            return
    if len(counts) < len(_COUNTS):
        return
    done = counts["completed"] + counts["failed"]
    if done > counts["total"]:
        yield batch.violates(
            "/request_counts",
            "More requests are finished than the batch has.",
            expected=counts["total"],
            actual=done,
            reason="too many",
        )
    elif batch.status == "completed" and done != counts["total"]:
        yield batch.violates(
            "/request_counts",
            "The batch is completed, but not all requests are finished.",
            expected=counts["total"],
            actual=done,
            reason="too few",
        )


@rule(
    "BATCHES-007",
    must="return the times of a batch in Unix seconds and in order",
    clause=f"{_BATCH}/created_at",
    operations=BATCHES,
)
def times_are_in_order(reply: Batches) -> Iterator[Violation]:
    """The order is created, in progress, finalizing, completed; no end is before the start."""
    yield from reply.find_first_violations(_check_times)


def _check_times(batch: Batch) -> Iterator[Violation]:
    times = {name: seconds for name in TIMES if (seconds := batch.seconds(name)) is not None}
    wrong = list(require_times_in_unix_seconds(batch, TIMES, reason="unit"))
    if wrong:
        yield from wrong
        return
    pairs = [
        *pairwise(WAY),
        ("created_at", "finalizing_at"),
        ("created_at", "completed_at"),
    ]
    pairs += [("created_at", name) for name in TIMES if name not in WAY]
    pairs += [("cancelling_at", "cancelled_at"), ("in_progress_at", "completed_at")]
    for earlier, later in pairs:
        if earlier in times and later in times and times[later] < times[earlier]:
            yield batch.violates(
                f"/{later}",
                f"{later} is before {earlier}.",
                expected=f"at least {times[earlier]}",
                actual=times[later],
                reason="order",
            )
            return


@rule(
    "BATCHES-021",
    should="not let a batch expire before the end of its completion window",
    clause=f"{_BATCH}/completion_window",
    operations=BATCHES,
    note="Checked only for windows in hours.",
)
def does_not_expire_early(reply: Batches) -> Iterator[Violation]:
    """`expires_at` is `completion_window` after `created_at`, or later."""
    yield from reply.find_first_violations(_check_expiry)


def _check_expiry(batch: Batch) -> Iterator[Violation]:
    created, expires = batch.seconds("created_at"), batch.seconds("expires_at")
    hours = _HOURS.fullmatch(text(batch.json.get("completion_window")) or "")
    if hours is None or created is None or expires is None or not is_unix_seconds(created):
        return
    least = created + int(hours[1]) * 3600
    if created <= expires < least - _LEEWAY:
        yield batch.violates(
            "/expires_at",
            "The batch expires before the end of its completion window.",
            expected=f"at least {least}",
            actual=expires,
        )


@rule(
    "BATCHES-008",
    must="return the time of the end that a batch has reached, and of no other end",
    clause=f"{_BATCH}/completed_at",
    operations=BATCHES,
    note="A missing time is a MAY violation, since no description requires the times.",
)
def has_its_end_time_only(reply: Batches) -> Iterator[Violation]:
    """A completed batch has completed_at, and none of the times of the other ends."""
    yield from reply.find_first_violations(_check_end_times)


def _check_end_times(batch: Batch) -> Iterator[Violation]:
    status = batch.status
    if status not in STATUSES:
        return
    if status in ENDED and batch.json.get(f"{status}_at") is None:
        yield batch.violates(
            f"/{status}_at",
            f"The batch is {status}, but {status}_at is missing.",
            reason="missing",
            level="may",
        )
    for end in sorted(ENDED):
        other = batch.json.get(f"{end}_at")
        if end != status and other not in (None, 0):
            yield batch.violates(
                f"/{end}_at",
                f"The batch is {status}, but {end}_at is set.",
                actual=other,
                reason="another end",
            )


@rule(
    "BATCHES-009",
    must="return errors with messages for a failed batch",
    clause=f"{_BATCH}/errors",
    operations=BATCHES,
)
def failed_batch_has_errors(reply: Batches) -> Iterator[Violation]:
    """There is at least one error, each with a message."""
    yield from reply.find_first_violations(_check_errors)


def _check_errors(batch: Batch) -> Iterator[Violation]:
    if batch.status != "failed":
        return
    errors = elements(members(batch.json.get("errors")).get("data"))
    if not errors:
        yield batch.violates("/errors", "The failed batch has no errors.", reason="missing")
    for place, each in enumerate(errors):
        if not text(members(each).get("message")):
            yield batch.violates(
                f"/errors/data/{place}/message",
                "An error of the batch has no message.",
                actual=each,
                reason="no message",
            )
            return


@rule(
    "BATCHES-010",
    must="return the output and error files of a completed batch",
    clause=f"{_BATCH}/output_file_id",
    operations=BATCHES,
)
def completed_batch_has_files(reply: Batches) -> Iterator[Violation]:
    """Neither file exists before the batch has ended."""
    yield from reply.find_first_violations(_check_files)


def _check_files(batch: Batch) -> Iterator[Violation]:
    if batch.status in ("validating", "in_progress") and text(batch.json.get("output_file_id")):
        yield batch.violates(
            "/output_file_id",
            "The batch has an output file before its end.",
            actual=batch.status,
            reason="too early",
            level="should",
        )
    if batch.status != "completed":
        return
    for name, count in (("output_file_id", "completed"), ("error_file_id", "failed")):
        if batch.counts.get(count, 0) > 0 and not text(batch.json.get(name)):
            yield batch.violates(f"/{name}", f"The batch has {count} requests, but no {name}.", reason=name)
