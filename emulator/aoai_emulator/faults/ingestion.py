"""Faults of ingestion jobs: what starts one, how far it is said to have come, and which are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.anatomy import is_addressed
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest

_START = frozenset({"ingestion-start"})
_LIST = frozenset({"ingestion-list"})
_STATUS = frozenset({"ingestion-status"})
_ONE = _START | _STATUS
_ALL = _ONE | _LIST


class _Asked(Counter[str]):
    """How often each job was asked for."""


@acceptance_fault("ingestion-missing-header-accepted", check="relations", operations=_START)
def missing_header_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A job starts without the headers that the document requires."""
    del request
    return (refusal for refusal in found if refusal.code != "missing_required_parameter")


@acceptance_fault("ingestion-embedding-key-optional", check="relations", operations=_START)
def embedding_key_optional(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An embedding endpoint is taken without its key."""
    del request
    return (refusal for refusal in found if refusal.param != "embeddingKey")


@acceptance_fault("ingestion-any-action-accepted", check="schema", operations=_START)
def any_action_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A completionAction that does not exist is accepted."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("completionAction", "enum"))


@acceptance_fault("ingestion-chunk-size-words-accepted", check="schema", operations=_START)
def chunk_size_words_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A chunkSize that is no number is accepted."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("chunkSize", "type"))


@answer_fault("ingestion-id-other", operations=_ONE)
def id_other(body: JsonObject, request: AcceptedRequest) -> None:
    """A job bears another id than the name that it was started with."""
    del request
    body["id"] = f"job-{body['id']}"


@answer_fault("ingestion-interval-changes", operations=_ALL)
def interval_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """Whoever asks how far a job is hears of another interval than whoever started it."""
    for job in _jobs(body) if request.kind != "ingestion-start" else ():
        job["dataRefreshIntervalInMinutes"] = 60 + int(job.get("dataRefreshIntervalInMinutes", 0))


@answer_fault("ingestion-interval-ignored", operations=_ALL)
def interval_ignored(body: JsonObject, request: AcceptedRequest) -> None:
    """Every job is said to be refreshed once in 1440 minutes."""
    del request
    for job in _jobs(body):
        job["dataRefreshIntervalInMinutes"] = 1440


@answer_fault("ingestion-action-ignored", operations=_ALL)
def action_ignored(body: JsonObject, request: AcceptedRequest) -> None:
    """Every job tells the other completionAction than the one it was started with."""
    del request
    for job in _jobs(body):
        kept = job.get("completionAction") == "keepAllAssets"
        job["completionAction"] = "cleanUpAssets" if kept else "keepAllAssets"


@answer_fault("ingestion-warnings-missing", operations=_ALL)
def warnings_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """A job has no list of warnings."""
    del request
    for job in _jobs(body):
        job.pop("warnings", None)


@answer_fault("ingestion-warnings-text", operations=_ALL)
def warnings_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The warnings are one text, not a list."""
    del request
    for job in _jobs(body):
        job["warnings"] = "none"


@answer_fault("ingestion-status-goes-back", operations=_STATUS | _LIST)
def status_goes_back(body: JsonObject, request: AcceptedRequest) -> None:
    """A job that has ended is running again when it is asked for once more."""
    asked = request.memory.store(_Asked)
    for job in _jobs(body):
        if job.get("status") in ("succeeded", "failed"):
            asked[job["id"]] += 1
            if asked[job["id"]] > 1:
                job["status"] = "running"
                job.pop("error", None)


@answer_fault("ingestion-failed-without-error", operations=_STATUS | _LIST)
def failed_without_error(body: JsonObject, request: AcceptedRequest) -> None:
    """Every job that has ended is said to have failed, and not why."""
    del request
    for job in _jobs(body):
        if job.get("status") in ("succeeded", "failed"):
            job["status"] = "failed"
            job.pop("error", None)


@answer_fault("ingestion-succeeds-with-error", operations=_STATUS | _LIST)
def succeeds_with_error(body: JsonObject, request: AcceptedRequest) -> None:
    """A job that succeeded tells of an error."""
    del request
    for job in _jobs(body):
        if job.get("status") == "succeeded":
            job["error"] = {"code": "BadRequest", "message": "A web request failed."}


@answer_fault("ingestion-progress-goes-back", operations=_STATUS)
def progress_goes_back(body: JsonObject, request: AcceptedRequest) -> None:
    """Each answer tells of fewer processed items than the one before."""
    asked = request.memory.store(_Asked)
    asked[f"progress {body.get('id')}"] += 1
    for stage in _stages(body):
        less = 10 * asked[f"progress {body.get('id')}"]
        stage["processedItems"] = max(stage["totalItems"] - less, 0)


@answer_fault("ingestion-processed-beyond-total", operations=_ONE)
def processed_beyond_total(body: JsonObject, request: AcceptedRequest) -> None:
    """A stage has processed more items than there are."""
    del request
    for stage in _stages(body):
        stage["processedItems"] = stage["totalItems"] + 1


@answer_fault("ingestion-items-text", operations=_ONE)
def items_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The counts of items are texts, not numbers."""
    del request
    for stage in _stages(body):
        stage["processedItems"] = str(stage["processedItems"])


@answer_fault("ingestion-list-misses-job", operations=_LIST)
def list_misses_job(body: JsonObject, request: AcceptedRequest) -> None:
    """The list misses the job that was started last."""
    del request
    del body["value"][-1:]


@answer_fault("ingestion-list-doubles-job", operations=_LIST)
def list_doubles_job(body: JsonObject, request: AcceptedRequest) -> None:
    """The list names the job that was started last twice."""
    del request
    body["value"].extend(body["value"][-1:])


@reply_fault("ingestion-list-renamed", operations=_LIST)
def list_renamed(reply: Reply, request: IncomingRequest) -> None:
    """The list of jobs comes under the name `data`."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes):
        reply.body = reply.body.replace(b'"value":', b'"data":', 1)


@reply_fault("ingestion-unknown-job-found", operations=_STATUS)
def unknown_job_found(reply: Reply, request: IncomingRequest) -> None:
    """A job that nobody started is said to have succeeded."""
    if reply.status == 404 and is_addressed(request):
        name = next(iter(request.path_values.values()), "")
        body = {
            "id": name,
            "dataRefreshIntervalInMinutes": 0,
            "completionAction": "cleanUpAssets",
            "status": "succeeded",
            "warnings": [],
        }
        reply.status, reply.body = 200, write(body)


def _jobs(body: JsonObject) -> list[JsonObject]:
    """Return the jobs of an answer: those of a list, or the one that it is."""
    listed = body.get("value")
    return listed if isinstance(listed, list) else [body]


def _stages(body: JsonObject) -> list[JsonObject]:
    stages = (body.get("progress") or {}).get("stageProgress")
    return stages if isinstance(stages, list) else []
