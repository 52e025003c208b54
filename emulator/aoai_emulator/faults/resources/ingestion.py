"""Faults of ingestion jobs: what starts one, its status and progress, and the list of them."""

from __future__ import annotations

from collections import Counter

from aoai_emulator.faults.conditions import is_addressed, object_in, objects_in, path_id
from aoai_emulator.faults.edits import (
    Edit,
    compute,
    format_text,
    from_member,
    map_list,
    map_value,
    remove,
    set_to,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

JOBS = Topic("ingestion")
ENDS = Topic("ingestion_ends")
_ONE = "ingestion-start|ingestion-status.response"
_SHOWN = "ingestion-status|ingestion-list"
_ANY = f"ingestion-start|{_SHOWN}"
_STAGE = f"{_ONE} /progress/stageProgress/*"
_ERROR = {"code": "BadRequest", "message": "A web request failed."}
_HALF_DONE = {"stageProgress": [{"name": "Indexing", "totalItems": 10, "processedItems": 5}]}


def _each_job(topic: Topic, fault_id: str, summary: str, *, of: str, at: str, edit: Edit) -> None:
    """Add a fault that edits the job of a response, or each job of a list."""
    for kind in of.split("|"):
        holder = "/value/*" if kind == "ingestion-list" else "/"
        topic.edit(fault_id, summary, at=f"{kind}.response {holder}{at}", edit=edit)


class _Requested(Counter[str]):
    """How often each job was requested."""


def _count(request: AcceptedRequest, key: str) -> int:
    requested = request.memory.store(_Requested)
    requested[key] += 1
    return requested[key]


def _jobs(body: JsonObject) -> list[JsonObject]:
    """Return the jobs of a response: those of a list, or the one that it is."""
    listed = body.get("value")
    return listed if isinstance(listed, list) else [body]


# fmt: off
JOBS.accept("ingestion-missing-header-accepted",
    "A job starts without the headers that the document requires.", at="ingestion-start.relations",
    matching=lambda rejection: rejection.code == "missing_required_parameter")
JOBS.accept("ingestion-embedding-key-optional", "An embedding endpoint without a key is accepted.",
    at="ingestion-start.relations embeddingKey")
JOBS.accept("ingestion-any-action-accepted", "An unknown `completionAction` is accepted.",
    at="ingestion-start.schema completionAction:enum")
JOBS.accept("ingestion-chunk-size-words-accepted", "A `chunkSize` that is not a number is accepted.",
    at="ingestion-start.schema chunkSize:type")
JOBS.edit("ingestion-id-other", "`id` of a job is not the name that it was started with.", at=f"{_ONE} /id",
    edit=format_text("job-{value}"))
_each_job(JOBS, "ingestion-interval-ignored", "Every job has the interval 1440.", of=_ANY,
    at="/dataRefreshIntervalInMinutes", edit=set_to(1440))
_each_job(JOBS, "ingestion-action-ignored", "`completionAction` is not the requested one.", of=_ANY,
    at="/completionAction",
    edit=compute(lambda place: "cleanUpAssets" if place.value == "keepAllAssets" else "keepAllAssets"))
_each_job(JOBS, "ingestion-warnings-missing", "A job has no `warnings`.", of=_ANY, at="/warnings",
    edit=remove)
_each_job(JOBS, "ingestion-warnings-text", "`warnings` is a string instead of a list.", of=_ANY,
    at="/warnings", edit=set_to("none"))
_each_job(JOBS, "ingestion-succeeds-with-error", "A successful job has an `error`.", of=_SHOWN,
    at="[status=succeeded]/error", edit=set_to(_ERROR))
JOBS.edit("ingestion-processed-beyond-total", "`processedItems` exceeds `totalItems`.",
    at=f"{_STAGE}/processedItems", edit=from_member("totalItems", 1))
JOBS.edit("ingestion-items-text", "`processedItems` is a string.", at=f"{_STAGE}/processedItems",
    edit=map_value(str))
JOBS.edit("ingestion-list-misses-job", "The list lacks the job that was started last.",
    at="ingestion-list.response /value", edit=map_list(lambda jobs: jobs[:-1]))
JOBS.edit("ingestion-list-doubles-job", "The list has the job that was started last twice.",
    at="ingestion-list.response /value", edit=map_list(lambda jobs: [*jobs, *jobs[-1:]]))
JOBS.edit("ingestion-list-renamed", "The list of jobs is named `data`.",
    at="ingestion-list.reply:success /body",
    edit=map_value(lambda body: body.replace(b'"value":', b'"data":', 1), bytes))
# fmt: on


@JOBS.code("ingestion-interval-changes", at=f"{_ANY}.response")
def change_interval(body: JsonObject, request: AcceptedRequest) -> None:
    """The interval of a job is not the one it was started with."""
    for job in _jobs(body) if request.kind != "ingestion-start" else ():
        job["dataRefreshIntervalInMinutes"] = 60 + int(job.get("dataRefreshIntervalInMinutes", 0))


@JOBS.code("ingestion-progress-goes-back", at="ingestion-status.response")
def revert_progress(body: JsonObject, request: AcceptedRequest) -> None:
    """`processedItems` decreases with each request."""
    less = 10 * _count(request, f"progress {body.get('id')}")
    for stage in objects_in(object_in(body, "progress"), "stageProgress"):
        stage["processedItems"] = max(stage["totalItems"] - less, 0)


@JOBS.code("ingestion-status-goes-back", at=f"{_SHOWN}.response")
def revert_status(body: JsonObject, request: AcceptedRequest) -> None:
    """A job that has ended is running again."""
    for job in _jobs(body):
        if job.get("status") in ("succeeded", "failed") and _count(request, job["id"]) > 1:
            job["status"] = "running"
            job.pop("error", None)


@JOBS.code("ingestion-failed-without-error", at=f"{_SHOWN}.response")
def fail_silently(body: JsonObject) -> None:
    """Every job that has ended failed, without an `error`."""
    for job in _jobs(body):
        if job.get("status") in ("succeeded", "failed"):
            job["status"] = "failed"
            job.pop("error", None)


@JOBS.code("ingestion-unknown-job-found", at="ingestion-status.reply:404")
def find_unknown_job(reply: Reply, request: IncomingRequest) -> None:
    """An unknown job has succeeded."""
    if is_addressed(request):
        name = path_id(request)
        interval = {"dataRefreshIntervalInMinutes": 0, "completionAction": "cleanUpAssets"}
        reply.status = 200
        reply.body = write({"id": name, **interval, "status": "succeeded", "warnings": []})


# fmt: off
_each_job(ENDS, "ingestion-succeeds-with-items-left", "A successful job has processed half of its items.",
    of=_SHOWN, at="[status=succeeded]/progress", edit=set_to(_HALF_DONE))
_each_job(ENDS, "ingestion-runs-with-error", "A running job has an `error`.", of=_ANY,
    at="[status=running]/error", edit=set_to(_ERROR))
_each_job(ENDS, "ingestion-status-capitalised", "`status` is capitalized.", of=_ANY, at="/status",
    edit=map_value(lambda status: str(status).capitalize()))
_each_job(ENDS, "ingestion-status-empty", "`status` is empty.", of=_ANY, at="/status", edit=set_to(""))
_each_job(ENDS, "ingestion-stage-twice", "The last stage of a job is listed twice.", of=_ANY,
    at="/progress/stageProgress", edit=map_list(lambda stages: [*stages, *stages[-1:]]))
ENDS.edit("ingestion-keeps-by-default", "The default of `completionAction` is `keepAllAssets`.",
    at="ingestion-start.response /completionAction", edit=set_to("keepAllAssets"),
    when=lambda request: "completionAction" not in request.sent)
ENDS.edit("ingestion-chunk-size-ignored", "`chunkSize` is 512, whatever was requested.",
    at="ingestion-start.response /chunkSize", edit=set_to(512))
# fmt: on
