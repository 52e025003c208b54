"""Background work of the independent server: pictures by DALL-E 2, and ingestion jobs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from checks import Checks, RefusedError

DAY = 86_400


@dataclass
class Drawing:
    id: str
    n: int
    created: int
    path: list[str]
    asked: int = 0
    deleted: bool = False

    @property
    def status(self) -> str:
        return self.path[min(self.asked, len(self.path) - 1)]


class Drawings:
    def __init__(self, switches: Collection[str]) -> None:
        self.switches = frozenset(switches)
        self.drawings: dict[str, Drawing] = {}

    def on(self, name: str) -> bool:
        return f"drawings/{name}" in self.switches

    def submit(self, body: dict[str, Any], root: str) -> tuple[dict[str, Any], dict[str, str]]:
        c = Checks(self.switches, "submit")
        c.text(body, "prompt", required=True, longest=1000)
        n = c.integer(body, "n", 1, 5, nullable=False) or 1
        c.choice(body, "size", ["256x256", "512x512", "1024x1024"])
        path = ["notRunning", "running", "succeeded"]
        for name, other in (
            ("lawful-done-at-once", ["succeeded"]),
            ("lawful-never-queued", ["running", "succeeded"]),
            ("lawful-canceled", ["notRunning", "canceled"]),
            ("lawful-failed", ["running", "failed"]),
            ("failed-without-error", ["running", "failed"]),
            ("goes-back", ["running", "notRunning", "succeeded"]),
            ("done-then-failed", ["running", "succeeded", "failed"]),
            ("status-unknown", ["notRunning", "busy", "succeeded"]),
            ("status-lower", ["notrunning", "succeeded"]),
            ("british", ["running", "cancelled"]),
        ):
            path = other if self.on(name) else path
        id_ = f"op-{uuid.uuid4().hex}" if self.on("lawful-other-ids") else str(uuid.uuid4())
        made = Drawing(id_, n, int(time.time()), path)
        self.drawings[id_] = made
        told = {"id": id_, "status": made.status}
        if self.on("lawful-submit-tells-more"):
            told |= {"created": made.created}
        if self.on("submit-without-id"):
            told.pop("id")
        if self.on("submit-without-status"):
            told.pop("status")
        where = f"{root}/openai/operations/images/{id_}"
        where += "" if self.on("lawful-location-without-version") else "?api-version=2023-06-01-preview"
        if self.on("location-relative"):
            where = f"/openai/operations/images/{id_}"
        if self.on("location-of-another"):
            where = f"{root}/openai/operations/images/{uuid.uuid4()}"
        if self.on("location-elsewhere"):
            where = f"{root}/openai/jobs/{id_}"
        if self.on("location-other-host"):
            where = f"http://example.invalid/openai/operations/images/{id_}"
        headers = {} if self.on("location-missing") else {"operation-location": where}
        if not self.on("lawful-no-retry-after"):
            headers["retry-after"] = "1"
        return told, headers

    def found(self, id_: str) -> Drawing:
        one = self.drawings.get(id_)
        if one is None or (
            one.deleted and not (self.on("lawful-deleted-status") or self.on("deleted-still-there"))
        ):
            if self.on("unknown-taken"):
                return Drawing(id_, 1, int(time.time()), ["succeeded"])
            status = 410 if one and self.on("lawful-410") else 404
            raise RefusedError(f"no operation {id_[:60]}", status=status, code="ResourceNotFound")
        return one

    def get(self, id_: str, root: str) -> dict[str, Any]:
        one = self.found(id_)
        one.asked += 1
        told: dict[str, Any] = {"id": one.id, "status": one.status}
        if one.deleted and not self.on("deleted-still-there"):
            return {"id": one.id, "status": "deleted"}
        if self.on("deleted-still-there") and one.deleted:
            told["status"] = "succeeded"
        if not self.on("lawful-no-times"):
            told |= {"created": one.created, "expires": one.created + DAY}
        if told["status"] == "succeeded" and not self.on("result-missing"):
            count = one.n + self.on("one-more") - self.on("one-less")
            images: list[dict[str, Any]] = [
                {"url": f"{root}/pictures/256x256.png?picture={place}"} for place in range(count)
            ]
            for each in images:
                if self.on("url-missing"):
                    each.pop("url")
                if self.on("url-relative"):
                    each["url"] = "/pictures/256x256.png"
                if self.on("url-base64"):
                    each |= {"url": None, "b64_json": "aGk="}
            told["result"] = {"data": images}
            if self.on("lawful-result-created"):
                told["result"]["created"] = one.created
        elif self.on("lawful-nulls"):
            told["result"] = None
        if told["status"] in ("failed", "canceled", "cancelled") and not self.on("failed-without-error"):
            told["error"] = {"code": "Timeout", "message": "It took too long."}
        elif self.on("lawful-nulls"):
            told["error"] = None
        if self.on("expires-before"):
            told["expires"] = one.created - 1
        if self.on("expires-in-an-hour"):
            told["expires"] = one.created + 3600
        if self.on("lawful-expires-some-seconds-late"):
            told["expires"] += 6
        if self.on("created-milliseconds"):
            told["created"] = one.created * 1000
        if self.on("created-text"):
            told["created"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
        if self.on("other-operation"):
            told["id"] = str(uuid.uuid4())
        if self.on("created-changes"):
            told["created"] = one.created + one.asked
        return told

    def delete(self, id_: str) -> None:
        one = self.found(id_)
        if one.deleted and not self.on("lawful-deleted-twice"):
            raise RefusedError("it is deleted", status=404, code="ResourceNotFound")
        running = one.status in ("notRunning", "running")
        if running and not self.on("running-deleted"):
            status = 409 if self.on("lawful-409") else 400
            raise RefusedError("it is running", status=status, code="Conflict")
        if not (running or self.on("delete-does-nothing")):
            one.deleted = True


@dataclass
class Job:
    name: str
    interval: Any
    action: str
    path: list[str]
    asked: int = 0

    @property
    def status(self) -> str:
        return self.path[min(self.asked, len(self.path) - 1)]


class Jobs:
    HEADERS = ("searchServiceEndpoint", "storageConnectionString", "storageContainer")

    def __init__(self, switches: Collection[str]) -> None:
        self.switches = frozenset(switches)
        self.jobs: dict[str, Job] = {}

    def on(self, name: str) -> bool:
        return f"jobs/{name}" in self.switches

    def start(self, name: str, headers: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        c = Checks(self.switches, "jobs")
        for header in self.HEADERS:
            if not headers.get(header) and not c.bent("optional", header):
                raise RefusedError(f"{header} is required", header)
        c.unless(
            "embeddingKey",
            bool(headers.get("embeddingEndpoint")) and not headers.get("embeddingKey"),
            "no key",
        )
        interval = c.value(body, "dataRefreshIntervalInMinutes", "interval", _whole, True, False)
        action = c.choice(body, "completionAction", ["cleanUpAssets", "keepAllAssets"]) or "cleanUpAssets"
        c.value(body, "chunkSize", "chunkSize", _whole, False, False)
        if self.on("lawful-no-second-start") and name in self.jobs:
            raise RefusedError("there is such a job", status=409, code="conflict")
        path = ["running", "succeeded"]
        for switch, other in (
            ("lawful-queued", ["notRunning", "running", "succeeded"]),
            ("lawful-failed", ["running", "failed"]),
            ("goes-back", ["running", "succeeded", "running", "succeeded"]),
            ("lawful-done-at-once", ["succeeded"]),
            ("failed-without-error", ["running", "failed"]),
            ("done-then-failed", ["succeeded", "succeeded", "failed"]),
            ("progress-goes-back", ["running", "running", "succeeded"]),
        ):
            path = other if self.on(switch) else path
        self.jobs[name] = Job(name, interval, action, path)
        return self.describe(self.jobs[name])

    def describe(self, job: Job, *, listed: bool = False) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": job.name, "dataRefreshIntervalInMinutes": job.interval, "completionAction": job.action,
            "status": job.status, "warnings": [],
        }  # fmt: skip
        share = min(40 * (job.asked + 1), 100)
        share = 100 if job.status == "succeeded" else share
        if self.on("progress-goes-back"):
            share = max(80 - 40 * job.asked, 0)
        if not listed and not self.on("lawful-no-progress"):
            told["progress"] = {"stageProgress": [
                {"name": "Preprocessing", "totalItems": 100, "processedItems": 100},
                {"name": "Indexing", "totalItems": 100, "processedItems": share},
            ]}  # fmt: skip
            if self.on("lawful-no-items-yet"):
                told["progress"]["stageProgress"][1] |= {"totalItems": 0, "processedItems": 0}
            if self.on("progress-above-total"):
                told["progress"]["stageProgress"][1]["processedItems"] = 140
            if self.on("progress-negative"):
                told["progress"]["stageProgress"][0]["processedItems"] = -1
            if self.on("progress-as-text"):
                told["progress"]["stageProgress"][0]["totalItems"] = "100"
        if job.status == "failed" and not self.on("failed-without-error"):
            told["error"] = {"code": "BadRequest", "message": "The skill could not be executed."}
        if self.on("error-in-success") and job.status == "succeeded":
            told["error"] = {"code": "BadRequest", "message": "Nothing."}
        if self.on("lawful-warnings"):
            told["warnings"] = [{"code": "W", "message": "a page is empty"}]
        if self.on("no-warnings"):
            told.pop("warnings")
        if self.on("interval-lost"):
            told["dataRefreshIntervalInMinutes"] = 0 if job.interval else 10
        if self.on("interval-as-text"):
            told["dataRefreshIntervalInMinutes"] = str(job.interval)
        if self.on("action-other"):
            told["completionAction"] = "keepAllAssets" if job.action == "cleanUpAssets" else "cleanUpAssets"
        if self.on("other-name"):
            told["id"] = job.name + "-index"
        if self.on("without-id"):
            told.pop("id")
        if self.on("without-status"):
            told.pop("status")
        if self.on("status-number"):
            told["status"] = 2
        return told

    def get(self, name: str) -> dict[str, Any]:
        if name not in self.jobs:
            if self.on("unknown-taken"):
                return {"id": name, "status": "succeeded", "dataRefreshIntervalInMinutes": 0}
            status = 500 if self.on("unknown-500") else 404
            raise RefusedError(f"no job {name[:60]}", status=status, code="notFound")
        self.jobs[name].asked += 1
        return self.describe(self.jobs[name])

    def list(self) -> dict[str, Any]:
        listed = [self.describe(job, listed=True) for job in self.jobs.values()]
        if self.on("list-empty"):
            listed = []
        if self.on("list-twice"):
            listed *= 2
        if self.on("lawful-newest-first"):
            listed.reverse()
        if self.on("list-status-first"):
            for one in listed:
                one["status"] = "notRunning"
        told: dict[str, Any] = {"data" if self.on("list-as-data") else "value": listed}
        if self.on("lawful-next-link-null"):
            told["nextLink"] = None
        return told


def _whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
