"""Ingestion jobs: start, progress through stages, and end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.rule import rule
from aoai_conformance.views.flows import CreatedResource, Flow, ResourceHistory
from aoai_conformance.views.resource_identity import (
    find_changes,
    find_regressions,
    require_requested_id,
    require_requested_values,
)
from aoai_model.verdict import Violation

STARTED = frozenset({"ingestion-start"})
ASKED = frozenset({"ingestion-status"})
LISTED = frozenset({"ingestion-list"})
JOBS = STARTED | ASKED | LISTED

_JOBS = "azure-openai@2023-10-01-preview#/paths/~1extensions~1on-your-data~1ingestion-jobs"
_JOB = f"{_JOBS}~1{{job-name}}"
_RANKS = {"notRunning": 0, "running": 1, "succeeded": 2, "failed": 2}
_NEVER_CHANGES = ("dataRefreshIntervalInMinutes", "completionAction")
_ENDED = frozenset({"succeeded", "failed"})


class JobFlow(Flow):
    """The requests for ingestion jobs, in order."""

    kinds = frozenset({"flow.ingestion"})

    def histories(self) -> tuple[ResourceHistory, ...]:
        """Return the responses about each job of the flow, including those in lists."""
        return ResourceHistory.of(self, STARTED | ASKED, LISTED)


class Job(CreatedResource):
    """A response about one job."""


class Jobs(CreatedResource):
    """A list of jobs."""


def _described(reply: CreatedResource) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each job of a response with its pointer: the body itself, or the entries of a list."""
    if reply.operation.kind in LISTED:
        for place, each in objects(reply.json.get("value")):
            yield f"/value/{place}", each
    else:
        yield "", reply.json


@rule(
    "INGESTION-001",
    must="return the job that the path names",
    clause=f"{_JOB}/get",
    operations=STARTED | ASKED,
)
def is_the_requested_job(reply: Job) -> Iterator[Violation]:
    """The name of a job is its id."""
    yield from require_requested_id(reply, "The response describes a different job than the path names.")


@rule(
    "INGESTION-002",
    must="start a job with the requested settings",
    clause=f"{_JOB}/put/requestBody",
    operations=STARTED,
)
def has_requested_properties(reply: Job) -> Iterator[Violation]:
    """Interval and completion action match the request; numbers may be strings."""
    requested = {name: reply.sent.get(name) for name in _NEVER_CHANGES}
    yield from require_requested_values(reply, "job", requested, read_as=_normalize)


def _normalize(_: str, value: Any) -> str:
    """Return a value as text: `60`, `60.0` and `"60"` are equal."""
    exact = whole(value)
    return str(value if exact is None else exact)


@rule(
    "INGESTION-003",
    must="process no more items than a stage has",
    clause=f"{_JOB}/put/responses/200",
    operations=JOBS,
)
def progress_is_within_total(reply: CreatedResource) -> Iterator[Violation]:
    """Both numbers are at least 0."""
    for at, job in _described(reply):
        for place, stage in objects(dig(job, "/progress/stageProgress")):
            total, done = whole(stage.get("totalItems")), whole(stage.get("processedItems"))
            if total is not None and done is not None and not 0 <= done <= total:
                yield reply.violates(
                    f"{at}/progress/stageProgress/{place}/processedItems",
                    "The stage has processed more items than it has, or a negative number.",
                    expected=f"0 to {total}",
                    actual=done,
                )


@rule(
    "INGESTION-004",
    must="never let the status or progress of a job regress",
    clause=f"{_JOB}/get",
    operations=JOBS,
    note="A job that is started again starts over, so only responses between two starts are compared.",
)
def progress_does_not_regress(flow: JobFlow) -> Iterator[Violation]:
    """A status never returns to an earlier one, ended jobs stay ended, and processed items stay processed."""
    lines = [part for line in flow.histories() for part in line.split_at(STARTED)]
    yield from find_regressions(lines, "The status of a job regresses", _RANKS, ends=_ENDED, reason="status")
    for line in lines:
        for (_, _, before), (step, at, after) in line.pairs():
            earlier, later = _stages(before), _stages(after)
            for name, (total, done) in earlier.items():
                now = later.get(name)
                if now is not None and now[0] == total and now[1] < done:
                    yield step.violates(
                        f"{at}/progress/stageProgress",
                        f"The stage {name} has processed fewer items than before",
                        expected=f"{done} or more",
                        actual=now[1],
                        reason="progress",
                    )


@rule(
    "INGESTION-005",
    must="return an error for a failed job, and none for a successful one",
    clause=f"{_JOBS}/get/responses/200",
    operations=JOBS,
)
def has_an_error_if_failed(reply: CreatedResource) -> Iterator[Violation]:
    """The error has a message."""
    for at, job in _described(reply):
        status, error = text(job.get("status")), members(job.get("error"))
        if status == "failed" and not text(error.get("message")):
            yield reply.violates(
                f"{at}/error", "The job failed, but its error has no message.", reason="missing"
            )
        elif status == "succeeded" and error:
            yield reply.violates(
                f"{at}/error", "The job succeeded, but has an error.", actual=error, reason="error"
            )


@rule(
    "INGESTION-006",
    must="list every job that was started",
    clause=f"{_JOBS}/get",
    operations=JOBS,
)
def lists_started_jobs(flow: JobFlow) -> Iterator[Violation]:
    """Every list after its start has the job."""
    started: list[str] = []
    for step in flow.sequence:
        if step.kind == "ingestion-start" and step.succeeded and step.resource is not None:
            started.append(step.resource)
        elif step.kind == "ingestion-list" and step.succeeded and isinstance(step.json.get("value"), list):
            listed = {text(each.get("id")) for _, each in objects(step.json["value"])}
            if step.json.get("nextLink"):
                continue
            for name in dict.fromkeys(started):
                if name not in listed:
                    yield step.violates(
                        "/value", "The list does not have a job that was started", expected=name
                    )


@rule(
    "INGESTION-007",
    must="return the same settings of a job in every response",
    clause=f"{_JOB}/get",
    operations=JOBS,
)
def properties_do_not_change(flow: JobFlow) -> Iterator[Violation]:
    """Interval and completion action do not change after the start."""
    yield from find_changes(flow.histories(), _NEVER_CHANGES, "The {name} of a job changes")


def _stages(job: dict[str, Any]) -> dict[str, tuple[int, int]]:
    stages: dict[str, tuple[int, int]] = {}
    for stage in elements(dig(job, "/progress/stageProgress")):
        name = text(members(stage).get("name"))
        total, done = whole(members(stage).get("totalItems")), whole(members(stage).get("processedItems"))
        if name is not None and total is not None and done is not None:
            stages[name] = (total, done)
    return stages
