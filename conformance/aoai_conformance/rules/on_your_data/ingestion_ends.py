"""Ingestion jobs: errors, stages and items that match the status, and requested settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import rule
from aoai_conformance.rules.on_your_data.ingestion import JOBS, LISTED, STARTED
from aoai_conformance.views.flows import CreatedResource
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@2023-10-01-preview"
_JOB = f"{_DOCUMENT}#/components/schemas/ingestionJob/properties"
_START = f"{_DOCUMENT}#/components/schemas/startIngestionJob/properties"
_STATUSES = ("notRunning", "running", "succeeded", "failed")
_AT_WORK = frozenset({"notRunning", "running"})
_DEFAULT_ACTION = "cleanUpAssets"


class _Jobs(CreatedResource):
    """A response about one job, or a list of jobs."""

    @cached_property
    def jobs(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Return each job with its pointer."""
        if self.operation.kind in LISTED:
            return tuple((f"/value/{at}", each) for at, each in objects(self.json.get("value")))
        return (("", self.json),)


def _finished_stages(reply: _Jobs) -> tuple[tuple[str, int, int], ...]:
    """Return the pointer of each stage, its items, and the number of processed items."""
    found: list[tuple[str, int, int]] = []
    for at, job in reply.jobs:
        if job.get("status") != "succeeded" or job.get("warnings"):
            continue
        for place, stage in objects(dig(job, "/progress/stageProgress")):
            total, done = whole(stage.get("totalItems")), whole(stage.get("processedItems"))
            if total is not None and done is not None:
                found.append((f"{at}/progress/stageProgress/{place}/processedItems", total, done))
    return tuple(found)


@rule(
    "INGESTION-008",
    must="process every item of a job that succeeds",
    clause=f"{_JOB}/progress",
    operations=JOBS,
    evidence=_finished_stages,
    note="A job with warnings may have skipped items.",
)
def succeeded_job_is_complete(reply: _Jobs, stages: tuple[tuple[str, int, int], ...]) -> Iterator[Violation]:
    """Every stage has processed all of its items."""
    for pointer, total, done in stages:
        if 0 <= done < total:
            yield reply.violates(
                pointer,
                "The job succeeded, but a stage has unprocessed items.",
                expected=total,
                actual=done,
                reason="left",
            )
            return


def _unfinished_jobs(reply: _Jobs) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return each of them with its pointer."""
    return tuple((at, job) for at, job in reply.jobs if job.get("status") in _AT_WORK)


@rule(
    "INGESTION-009",
    must="return an error only for a failed job",
    clause=f"{_JOB}/error",
    operations=JOBS,
    evidence=_unfinished_jobs,
    note="INGESTION-005 covers successful jobs.",
)
def running_job_has_no_error(
    reply: _Jobs, jobs: tuple[tuple[str, dict[str, Any]], ...]
) -> Iterator[Violation]:
    """A running job has no error."""
    for at, job in jobs:
        if members(job.get("error")):
            yield reply.violates(
                f"{at}/error", "The job is running, but has an error.", actual=job["error"], reason="at work"
            )
            return


def _statuses(reply: _Jobs) -> tuple[tuple[str, str], ...]:
    """Return each status with its pointer."""
    statuses = ((f"{at}/status", text(job.get("status"))) for at, job in reply.jobs)
    return tuple((pointer, status) for pointer, status in statuses if status is not None)


@rule(
    "INGESTION-010",
    should="return the status of a job as documented",
    clause=f"{_JOB}/status",
    operations=JOBS,
    evidence=_statuses,
    note="The list of statuses is open, so other values are allowed; an empty string is a MUST violation.",
)
def returns_a_documented_status(reply: _Jobs, statuses: tuple[tuple[str, str], ...]) -> Iterator[Violation]:
    """Programs compare strings."""
    spelt = {status.casefold(): status for status in _STATUSES}
    for pointer, status in statuses:
        if not status.strip():
            yield reply.violates(
                pointer, "The status is empty.", expected=list(_STATUSES), reason="empty", level="must"
            )
            return
        if spelt.get(status.casefold(), status) != status:
            yield reply.violates(
                pointer,
                "The spelling of the status differs from the documented one.",
                expected=spelt[status.casefold()],
                actual=status,
                reason="case",
            )
            return


def _stage_names(reply: _Jobs) -> tuple[tuple[str, list[tuple[int, str]]], ...]:
    """Return the pointer of each list of stages, with positions and names."""
    found: list[tuple[str, list[tuple[int, str]]]] = []
    for at, job in reply.jobs:
        stages = objects(dig(job, "/progress/stageProgress"))
        named = [(place, name) for place, each in stages if (name := text(each.get("name"))) is not None]
        if named:
            found.append((f"{at}/progress/stageProgress", named))
    return tuple(found)


@rule(
    "INGESTION-011",
    should="list each stage of a job once, with a name",
    clause=f"{_JOB}/progress",
    operations=JOBS,
    evidence=_stage_names,
)
def stage_names_are_unique(
    reply: _Jobs, stages: tuple[tuple[str, list[tuple[int, str]]], ...]
) -> Iterator[Violation]:
    """Clients show progress by the name of the stage."""
    for at, named in stages:
        seen: set[str] = set()
        for place, name in named:
            if not name.strip() or name in seen:
                reason = "twice" if name.strip() else "empty"
                message = "A stage is listed twice." if name.strip() else "A stage has an empty name."
                yield reply.violates(f"{at}/{place}/name", message, actual=name, reason=reason)
                return
            seen.add(name)


def _default_action(reply: CreatedResource) -> tuple[str, ...]:
    """Return the completionAction of the job."""
    action = text(reply.json.get("completionAction"))
    return (action,) if action is not None and "completionAction" not in reply.sent else ()


@rule(
    "INGESTION-012",
    must="clean up the assets of a job unless the request asks to keep them",
    clause=f"{_START}/completionAction/default",
    operations=STARTED,
    evidence=_default_action,
)
def cleans_up_by_default(reply: CreatedResource, actions: tuple[str, ...]) -> Iterator[Violation]:
    """Compares completionAction with its default."""
    if actions[0] != _DEFAULT_ACTION:
        yield reply.violates(
            "/completionAction",
            "completionAction of the job is not the default.",
            expected=_DEFAULT_ACTION,
            actual=actions[0],
        )


def _chunk_sizes(reply: CreatedResource) -> tuple[int, ...]:
    """Return the requested size and that of the job."""
    requested, actual = whole(reply.sent.get("chunkSize")), whole(reply.json.get("chunkSize"))
    return () if requested is None or actual is None else (requested, actual)


@rule(
    "INGESTION-013",
    must="use the requested chunkSize",
    clause=f"{_START}/chunkSize",
    operations=STARTED,
    evidence=_chunk_sizes,
)
def uses_the_requested_chunk_size(reply: CreatedResource, sizes: tuple[int, ...]) -> Iterator[Violation]:
    """Compares the `chunkSize` of the job with that of the request."""
    requested, actual = sizes
    if requested != actual:
        yield reply.violates(
            "/chunkSize",
            "The chunkSize of the job differs from that of the request.",
            expected=requested,
            actual=actual,
        )
