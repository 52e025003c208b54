"""The progress of a batch: counts and times that match its status and its input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from aoai_conformance.json_access import members, text, whole
from aoai_conformance.rule import BATCHES, STORED, rule
from aoai_conformance.rules.batches.batch_descriptions import Batch, Batches
from aoai_conformance.rules.batches.batch_errors import BatchInputFlow, Input
from aoai_conformance.views.flows import Step
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2025-01-01-preview"
_BATCH = f"{_DOCUMENT}#/components/schemas/Batch/properties"
#: Statuses in which the number of requests is known.
_VALIDATED = ("in_progress", "finalizing", "cancelling", "cancelled", "expired")
#: The times of later phases, by status.
_LATER: Mapping[str, tuple[str, ...]] = {
    "validating": ("in_progress_at", "finalizing_at", "cancelling_at"),
    "in_progress": ("finalizing_at", "cancelling_at"),
}
_FILES = ("input_file_id", "output_file_id", "error_file_id")


def _total(batch: Mapping[str, Any]) -> int | None:
    return whole(members(batch.get("request_counts")).get("total"))


def _totals(flow: BatchInputFlow) -> tuple[tuple[Step, str, int, Input], ...]:
    """Return each total after validation with its input. BATCHES-017 covers completed batches."""
    return tuple(
        (step, at, total, given)
        for step, at, batch, given in flow.described
        if batch.get("status") in (*_VALIDATED, "failed") and (total := _total(batch)) is not None
    )


@rule(
    "BATCHES-025",
    must="not count more requests than the input has",
    clause=f"{_BATCH}/request_counts",
    operations=STORED,
    evidence=_totals,
    note="Skipped during validation, when the count may be an estimate.",
)
def counts_what_was_sent(totals: tuple[tuple[Step, str, int, Input], ...]) -> Iterator[Violation]:
    """Compares `total` with the uploaded lines."""
    for step, at, total, given in totals:
        if total > given.requests:
            yield step.violates(
                f"{at}/request_counts/total",
                "The batch counts more requests than its input has",
                expected=f"at most {given.requests}",
                actual=total,
            )
            return


def _successive_totals(flow: BatchInputFlow) -> tuple[tuple[int, Step, str, int], ...]:
    """Return each total with the next one of the same batch and the place of the latter."""
    found: list[tuple[int, Step, str, int]] = []
    for line in flow.histories():
        totals = [
            (step, at, total)
            for step, at, batch in line.shown
            if batch.get("status") in _VALIDATED and (total := _total(batch))
        ]
        found += [(before[2], *after[:2], after[2]) for before, after in pairwise(totals)]
    return tuple(found)


@rule(
    "BATCHES-026",
    should="not change the total of a batch's requests after validation",
    clause=f"{_BATCH}/request_counts",
    operations=STORED,
    evidence=_successive_totals,
    note="A total of 0 is skipped: the requests may not be counted yet.",
)
def total_does_not_change(totals: tuple[tuple[int, Step, str, int], ...]) -> Iterator[Violation]:
    """Compares `total` in each response with the previous one."""
    for before, step, at, after in totals:
        if after != before:
            yield step.violates(
                f"{at}/request_counts/total",
                "The total changes after validation",
                expected=before,
                actual=after,
            )


def _any_batch(concerns: Callable[[Batch], bool]) -> Callable[[Batches], bool]:
    """Return the condition that some batch of a response meets `concerns`."""
    return lambda reply: any(concerns(batch) for batch in reply.batches)


def _counts_while_validating(batch: Batch) -> bool:
    """Whether a batch is validating and has a count of completed requests."""
    return batch.status == "validating" and "completed" in batch.counts


@rule(
    "BATCHES-027",
    must="not count requests as completed during validation",
    clause=f"{_BATCH}/request_counts",
    operations=BATCHES,
    when=_any_batch(_counts_while_validating),
)
def completes_nothing_during_validation(reply: Batches) -> Iterator[Violation]:
    """Work begins after validation."""
    yield from reply.find_first_violations(_check_validating_counts)


def _check_validating_counts(batch: Batch) -> Iterator[Violation]:
    counts = batch.counts
    done, total = counts.get("completed", 0), counts.get("total")
    beyond = total is not None and done > total  # BATCHES-005 reports it
    if batch.status == "validating" and done > 0 and not beyond:
        yield batch.violates(
            "/request_counts/completed",
            "The batch is validating, but has completed requests.",
            expected=0,
            actual=done,
        )


def _is_unfinished(batch: Batch) -> bool:
    """Whether a batch is validating or in progress."""
    return batch.status in _LATER


@rule(
    "BATCHES-028",
    must="return the time of a phase only after the batch has reached it",
    clause=f"{_BATCH}/finalizing_at",
    operations=BATCHES,
    when=_any_batch(_is_unfinished),
    note="BATCHES-008 checks the times of ends. 0 is treated as null.",
)
def has_no_later_times(reply: Batches) -> Iterator[Violation]:
    """For example, a batch in progress has no finalizing_at."""
    yield from reply.find_first_violations(_check_later_times)


def _check_later_times(batch: Batch) -> Iterator[Violation]:
    for name in _LATER.get(batch.status or "", ()):
        if batch.seconds(name):
            yield batch.violates(
                f"/{name}",
                f"The batch is {batch.status}, but {name} is set.",
                actual=batch.seconds(name),
            )
            return


def _names_several_files(batch: Batch) -> bool:
    """Whether a batch has two or three files."""
    return sum(bool(text(batch.json.get(name))) for name in _FILES) > 1


@rule(
    "BATCHES-029",
    must="use different files for the input, output and errors of a batch",
    clause=f"{_BATCH}/error_file_id",
    operations=BATCHES,
    when=_any_batch(_names_several_files),
)
def files_differ(reply: Batches) -> Iterator[Violation]:
    """The files have three different ids."""
    yield from reply.find_first_violations(_check_file_ids)


def _check_file_ids(batch: Batch) -> Iterator[Violation]:
    seen: dict[str, str] = {}
    for name in _FILES:
        id_ = text(batch.json.get(name))
        if id_ and id_ in seen:
            yield batch.violates(f"/{name}", f"{name} is the same file as {seen[id_]}.", actual=id_)
            return
        seen[id_ or ""] = name


def _is_unfinished_with_errors(batch: Batch) -> bool:
    """Whether an unfinished batch has the member `error_file_id`."""
    return batch.status in _LATER and "error_file_id" in batch.json


@rule(
    "BATCHES-030",
    should="return the error file only after a batch has finished its requests",
    clause=f"{_BATCH}/error_file_id",
    operations=BATCHES,
    when=_any_batch(_is_unfinished_with_errors),
    note="BATCHES-010 checks the output file.",
)
def has_no_error_file_early(reply: Batches) -> Iterator[Violation]:
    """Not during validation or in progress."""
    yield from reply.find_first_violations(_check_error_file)


def _check_error_file(batch: Batch) -> Iterator[Violation]:
    if batch.status in _LATER and text(batch.json.get("error_file_id")):
        yield batch.violates(
            "/error_file_id",
            "The batch has an error file before it has finished its requests.",
            actual=batch.status,
        )
