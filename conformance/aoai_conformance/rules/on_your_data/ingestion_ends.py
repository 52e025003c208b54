"""What a job says beside its status: errors, stages and items that fit it, and what was asked for."""

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
        """Each job with its pointer."""
        if self.operation.kind in LISTED:
            return tuple((f"/value/{at}", each) for at, each in objects(self.json.get("value")))
        return (("", self.json),)


def _finished_stages(answer: _Jobs) -> tuple[tuple[str, int, int], ...]:
    """The pointer of each stage, its items and how many of them are processed."""
    found: list[tuple[str, int, int]] = []
    for at, job in answer.jobs:
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
    note="A job with warnings may have left something out.",
)
def success_is_complete(answer: _Jobs, stages: tuple[tuple[str, int, int], ...]) -> Iterator[Violation]:
    """As many items as each stage has."""
    for pointer, total, done in stages:
        if 0 <= done < total:
            yield answer.violates(
                pointer, "A job that succeeded has items left.", expected=total, actual=done, reason="left"
            )
            return


def _unfinished_jobs(answer: _Jobs) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Each of them with its pointer."""
    return tuple((at, job) for at, job in answer.jobs if job.get("status") in _AT_WORK)


@rule(
    "INGESTION-009",
    must="report an error only of a job that has failed",
    clause=f"{_JOB}/error",
    operations=JOBS,
    evidence=_unfinished_jobs,
    note="Of jobs that have succeeded INGESTION-005 says the same.",
)
def works_without_an_error(
    answer: _Jobs, jobs: tuple[tuple[str, dict[str, Any]], ...]
) -> Iterator[Violation]:
    """No error beside running."""
    for at, job in jobs:
        if members(job.get("error")):
            yield answer.violates(
                f"{at}/error", "A job that is at work has an error.", actual=job["error"], reason="at work"
            )
            return


def _statuses(answer: _Jobs) -> tuple[tuple[str, str], ...]:
    """Each status with its pointer."""
    told = ((f"{at}/status", text(job.get("status"))) for at, job in answer.jobs)
    return tuple((pointer, status) for pointer, status in told if status is not None)


@rule(
    "INGESTION-010",
    should="spell the status of a job as the documentation does",
    clause=f"{_JOB}/status",
    operations=JOBS,
    evidence=_statuses,
    note="Which statuses there are is left open, so that other words are lawful; an empty text is none, and "
    "must not be.",
)
def spells_the_status(answer: _Jobs, statuses: tuple[tuple[str, str], ...]) -> Iterator[Violation]:
    """A program compares texts."""
    spelt = {status.casefold(): status for status in _STATUSES}
    for pointer, status in statuses:
        if not status.strip():
            yield answer.violates(
                pointer, "The status is empty.", expected=list(_STATUSES), reason="empty", level="must"
            )
            return
        if spelt.get(status.casefold(), status) != status:
            yield answer.violates(
                pointer,
                "The status is spelt otherwise than documented.",
                expected=spelt[status.casefold()],
                actual=status,
                reason="case",
            )
            return


def _stage_names(answer: _Jobs) -> tuple[tuple[str, list[tuple[int, str]]], ...]:
    """The pointer of each list of stages, with places and names."""
    found: list[tuple[str, list[tuple[int, str]]]] = []
    for at, job in answer.jobs:
        stages = objects(dig(job, "/progress/stageProgress"))
        named = [(place, name) for place, each in stages if (name := text(each.get("name"))) is not None]
        if named:
            found.append((f"{at}/progress/stageProgress", named))
    return tuple(found)


@rule(
    "INGESTION-011",
    should="name each stage of a job, and list it once",
    clause=f"{_JOB}/progress",
    operations=JOBS,
    evidence=_stage_names,
)
def stages_are_told_apart(
    answer: _Jobs, stages: tuple[tuple[str, list[tuple[int, str]]], ...]
) -> Iterator[Violation]:
    """Progress is shown by the stage's name."""
    for at, named in stages:
        seen: set[str] = set()
        for place, name in named:
            if not name.strip() or name in seen:
                reason = "twice" if name.strip() else "empty"
                message = "A stage is listed twice." if name.strip() else "A stage has an empty name."
                yield answer.violates(f"{at}/{place}/name", message, actual=name, reason=reason)
                return
            seen.add(name)


def _default_action(answer: CreatedResource) -> tuple[str, ...]:
    """The action that the job has."""
    told = text(answer.json.get("completionAction"))
    return (told,) if told is not None and "completionAction" not in answer.sent else ()


@rule(
    "INGESTION-012",
    must="clean up after a job unless asked to keep what it made",
    clause=f"{_START}/completionAction/default",
    operations=STARTED,
    evidence=_default_action,
)
def cleans_up_by_default(answer: CreatedResource, actions: tuple[str, ...]) -> Iterator[Violation]:
    """The default of completionAction."""
    if actions[0] != _DEFAULT_ACTION:
        yield answer.violates(
            "/completionAction",
            "The job has another completionAction than the default.",
            expected=_DEFAULT_ACTION,
            actual=actions[0],
        )


def _chunk_sizes(answer: CreatedResource) -> tuple[int, ...]:
    """The size that was asked for and the one that the job has."""
    asked, told = whole(answer.sent.get("chunkSize")), whole(answer.json.get("chunkSize"))
    return () if asked is None or told is None else (asked, told)


@rule(
    "INGESTION-013",
    must="cut data into pieces of the size asked for",
    clause=f"{_START}/chunkSize",
    operations=STARTED,
    evidence=_chunk_sizes,
)
def keeps_the_chunk_size(answer: CreatedResource, sizes: tuple[int, ...]) -> Iterator[Violation]:
    """`chunkSize` of the request, against that of the job."""
    asked, told = sizes
    if asked != told:
        yield answer.violates(
            "/chunkSize", "The job has another chunkSize than asked for.", expected=asked, actual=told
        )
