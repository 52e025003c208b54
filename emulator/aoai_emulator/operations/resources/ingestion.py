"""Ingestion jobs: started by name, listed, and polled until their stages are complete.

A job is running from the start: first Preprocessing, then Indexing, each with a number of items. It succeeds,
or fails if its search service, storage or web page has an address that cannot exist. The 100 latest jobs are
kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aoai_emulator.content.seeding import chance
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.memory import Memory
from aoai_emulator.http.rejections import Rejection, RejectionError, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse

STAGES = (("Preprocessing", 0.3), ("Indexing", 0.4))
"""The stages in their order, each with the seconds that it lasts."""

FAILS_AFTER = 0.15
"""Seconds until a job that cannot succeed has failed."""

_MOST_KEPT = 100
_LONGEST_NAME = 128
_MOST_ITEMS = 400
_WEB = frozenset({"http", "https"})
_ACCOUNT = frozenset({"accountname", "accountkey"})


@dataclass(frozen=True, slots=True)
class IngestionJob:
    """One job: its name, its settings, its start, and the reason why it fails ("" if it succeeds).

    `items` is the number of items of each stage, in the order of STAGES.
    """

    id: str
    interval: Any
    action: str
    began: float
    obstacle: str
    items: tuple[int, ...]

    def status(self, now: float) -> str:
        """Return the status at a time: running, succeeded or failed."""
        if self.obstacle:
            return "failed" if now >= self.began + FAILS_AFTER else "running"
        return "succeeded" if now >= self.began + sum(lasts for _, lasts in STAGES) else "running"

    def progress(self, now: float) -> list[JsonObject]:
        """Return the progress of each stage at a time."""
        passed = now - self.began
        stages = []
        for (name, lasts), items in zip(STAGES, self.items, strict=True):
            done = min(max(passed / lasts, 0.0), 1.0) if not self.obstacle else 0.0
            stages.append({"name": name, "totalItems": items, "processedItems": int(done * items)})
            passed -= lasts
        return stages


class IngestionJobs:
    """The jobs of one emulator by their names, the one that was started last at the end."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, IngestionJob] = OrderedDict()

    def start(self, job: IngestionJob, memory: Memory) -> IngestionJob:
        """Start a job and return it. A running job with that name continues with the new settings."""
        elder = self._jobs.pop(job.id, None)
        goes_on = elder is not None and elder.status(memory.time_for(elder.id, elder.began)) == "running"
        if elder is not None and goes_on and not elder.obstacle and not job.obstacle:
            job = IngestionJob(job.id, job.interval, job.action, elder.began, "", elder.items)
        self._jobs[job.id] = job
        if len(self._jobs) > _MOST_KEPT:
            self._jobs.popitem(last=False)
        return job

    def find(self, name: str) -> IngestionJob | None:
        """Return the job with this name, or None."""
        return self._jobs.get(name)

    def all(self) -> list[IngestionJob]:
        """Return every job that is kept."""
        return list(self._jobs.values())


def report(job: IngestionJob, now: float) -> JsonObject:
    """Describe a job at a time, with its progress while it is running."""
    status = job.status(now)
    body: JsonObject = {
        "id": job.id,
        "dataRefreshIntervalInMinutes": job.interval,
        "completionAction": job.action,
        "status": status,
        "warnings": [],
    }
    if status == "running":
        body["progress"] = {"stageProgress": job.progress(now)}
    elif status == "failed":
        body["error"] = {"code": "BadRequest", "message": job.obstacle}
    return body


def _start_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require the headers, a name that an index could have, and a key with an embedding endpoint."""
    for parameter in request.operation.parameters:
        needed = parameter.location == "header" and parameter.required
        if needed and not request.headers.get(parameter.name.lower()):
            yield invalid_request(
                f"Missing required header: '{parameter.name}'.",
                param=parameter.name,
                code="missing_required_parameter",
            )
    if request.headers.get("embeddingendpoint") and not request.headers.get("embeddingkey"):
        yield invalid_request(
            "'embeddingKey' is required where 'embeddingEndpoint' is given.", param="embeddingKey"
        )
    if len(_name(request)) > _LONGEST_NAME:
        yield invalid_request(f"The name of a job has at most {_LONGEST_NAME} characters.")


async def _start(request: AcceptedRequest) -> ServiceResponse:
    fields, name, memory = request.fields, _name(request)[:_LONGEST_NAME], request.memory
    luck = chance(request.settings.seed, name)
    job = IngestionJob(
        id=name,
        interval=fields.get("dataRefreshIntervalInMinutes", 0),
        action=str(fields.get("completionAction", "cleanUpAssets")),
        began=memory.clock(),
        obstacle=next(_obstacles(request.headers), ""),
        items=tuple(luck.randint(_MOST_ITEMS // 4, _MOST_ITEMS) for _ in STAGES),
    )
    job = memory.store(IngestionJobs).start(job, memory)
    return JsonResponse(report(job, memory.time_for(job.id, job.began)), _declared_success(request))


def _obstacles(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the reasons why a job fails, from the headers that it was started with."""
    if not _is_web_address(headers.get("searchserviceendpoint", "")):
        yield "The search service could not be reached at its endpoint."
    pairs = (part.partition("=") for part in headers.get("storageconnectionstring", "").split(";"))
    given = {name.strip().lower() for name, _, value in pairs if value.strip()}
    if not given >= _ACCOUNT:
        yield "The storage connection string names no account with its key."
    for name in ("embeddingendpoint", "url"):
        if headers.get(name) and not _is_web_address(headers[name]):
            yield f"Nothing could be read from the address in the header '{name}'."


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in _WEB and bool(parts.hostname)


def _declared_success(request: AcceptedRequest) -> int:
    """Return the first 2xx status that the document declares for the operation, else 200."""
    statuses = sorted(status for status in request.operation.responses if status.isdigit())
    return next((int(status) for status in statuses if status.startswith("2")), 200)


def _list_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Check nothing: a list is always available."""
    del request
    return iter(())


async def _list(request: AcceptedRequest) -> ServiceResponse:
    memory = request.memory
    jobs = memory.store(IngestionJobs).all()
    return JsonResponse({"value": [report(job, memory.time_for(job.id, job.began)) for job in jobs]})


def _exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that a job with that name was started."""
    if request.memory.store(IngestionJobs).find(_name(request)) is None:
        yield _no_such_job()


async def _status(request: AcceptedRequest) -> ServiceResponse:
    job = request.memory.store(IngestionJobs).find(_name(request))
    if job is None:
        raise RejectionError(_no_such_job())
    return JsonResponse(report(job, request.memory.poll(job.id, job.began)))


def _name(request: AcceptedRequest) -> str:
    return next(iter(request.path_values.values()), "")


def _no_such_job() -> Rejection:
    return Rejection(404, "NotFound", "There is no ingestion job of this name.")


START = Service("ingestion-start", "ingestionJob", _start_relations, _start)
LIST = Service("ingestion-list", "ingestionJob", _list_relations, _list)
STATUS = Service("ingestion-status", "ingestionJob", _exists, _status)
