"""Faults of what an ingestion job says beside its status."""

from __future__ import annotations

from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

_START = frozenset({"ingestion-start"})
_LIST = frozenset({"ingestion-list"})
_STATUS = frozenset({"ingestion-status"})
_ALL = _START | _STATUS | _LIST


def _jobs(body: JsonObject) -> list[JsonObject]:
    """Return the jobs of an answer: those of a list, or the one that it is."""
    listed = body.get("value")
    return listed if isinstance(listed, list) else [body]


@answer_fault("ingestion-succeeds-with-items-left", operations=_STATUS | _LIST)
def succeeds_with_items_left(body: JsonObject, request: AcceptedRequest) -> None:
    """A job that succeeded has processed half of its items."""
    del request
    for job in _jobs(body):
        if job.get("status") == "succeeded":
            job["progress"] = {"stageProgress": [{"name": "Indexing", "totalItems": 10, "processedItems": 5}]}


@answer_fault("ingestion-runs-with-error", operations=_ALL)
def runs_with_error(body: JsonObject, request: AcceptedRequest) -> None:
    """A job that runs has an error."""
    del request
    for job in _jobs(body):
        if job.get("status") == "running":
            job["error"] = {"code": "BadRequest", "message": "A web request failed."}


@answer_fault("ingestion-status-capitalised", operations=_ALL)
def status_capitalised(body: JsonObject, request: AcceptedRequest) -> None:
    """The status of a job begins with a capital letter."""
    del request
    for job in _jobs(body):
        job["status"] = str(job.get("status")).capitalize()


@answer_fault("ingestion-status-empty", operations=_ALL)
def status_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """The status of a job is an empty text."""
    del request
    for job in _jobs(body):
        job["status"] = ""


@answer_fault("ingestion-stage-twice", operations=_ALL)
def stage_twice(body: JsonObject, request: AcceptedRequest) -> None:
    """A job lists its last stage twice."""
    del request
    for job in _jobs(body):
        stages = (job.get("progress") or {}).get("stageProgress")
        if isinstance(stages, list):
            stages += stages[-1:]


@answer_fault("ingestion-keeps-by-default", operations=_START)
def keeps_by_default(body: JsonObject, request: AcceptedRequest) -> None:
    """A job keeps what it made unless asked to clean up."""
    if "completionAction" not in request.sent:
        body["completionAction"] = "keepAllAssets"


@answer_fault("ingestion-chunk-size-ignored", operations=_START)
def chunk_size_ignored(body: JsonObject, request: AcceptedRequest) -> None:
    """Whatever chunkSize is asked for, the job has 512."""
    del request
    body["chunkSize"] = 512
