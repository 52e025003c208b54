"""Batches of the independent server: a file of requests is checked, run and answered, step by step."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from checks import Checks, RefusedError
from stores import StoredFile, Stores

ENDPOINTS = ("/chat/completions", "/completions", "/embeddings")
ENDED = ("completed", "failed", "cancelled", "expired")
#: Runs one request: takes an endpoint and a body, returns status and response.
Run = Callable[[str, dict[str, Any]], Awaitable[tuple[int, dict[str, Any]]]]


@dataclass
class Batch:
    id: str
    asked: dict[str, Any]
    created: int
    status: str = "validating"
    times: dict[str, int] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"total": 0, "completed": 0, "failed": 0})
    output: str | None = None
    error: str | None = None
    polls: int = 0


class Batches:
    def __init__(self, stores: Stores, run: Run) -> None:
        self.stores, self.run = stores, run
        self.batches: dict[str, Batch] = {}

    def on(self, name: str) -> bool:
        return self.stores.on(f"batches/{name}")

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        c = Checks(self.stores.switches, "batches")
        file = c.text(body, "input_file_id", required=True, shortest=1) or ""
        endpoint = c.text(body, "endpoint", required=True) or ""
        c.choice(body, "completion_window", ["24h"], required=True)
        metadata = c.record(body, "metadata")
        for value in (metadata or {}).values():
            if not isinstance(value, str) and not c.bent("untyped", "metadata.values"):
                raise RefusedError("metadata holds something else than text", "metadata")
        known = endpoint.removeprefix("/v1") in ENDPOINTS
        c.unless("endpoint", not known, "no operation has this endpoint", "endpoint")
        kept = self.stores.files.get(file)
        if kept is None:
            kept = self.stores.gone.get(file) if c.bent("unchecked", "file-deleted") else None
            if kept is None and not c.bent("unchecked", "file-unknown"):
                status = 404 if self.on("lawful-404-for-file") else 400
                raise RefusedError("there is no such file", "input_file_id", status=status, code="notFound")
        if kept is not None and kept.purpose != "batch" and not self.on("lawful-any-purpose"):
            raise RefusedError("the file is not for a batch", "input_file_id")
        if kept is not None and self.on("lawful-checked-at-once"):
            wrong = self.mistakes(kept, endpoint)
            if wrong:
                raise RefusedError(wrong[0]["message"], "input_file_id", code="jsonlValidationFailed")
        asked = {
            "input_file_id": file,
            "endpoint": endpoint,
            "completion_window": "24h",
            "metadata": metadata,
        }
        made = Batch(
            "batch-1" if self.on("same-id") else self.stores.new_id("batch"), asked, self.stores.now()
        )
        if self.on("born-in_progress"):
            made.status = "in_progress"
        self.batches[made.id] = made
        return self.describe(made)

    def mistakes(self, kept: StoredFile, endpoint: str) -> list[dict[str, Any]]:
        """Return the mistakes in a file, each with its line."""
        found: list[dict[str, Any]] = []
        seen: set[str] = set()
        lines = [line for line in kept.content.decode("utf-8", "replace").splitlines() if line.strip()]
        for number, line in enumerate(lines, start=1):
            try:
                one = json.loads(line)
            except ValueError:
                one = None
            if not isinstance(one, dict):
                problem = "invalid_json" if not self.on("broken-line-skipped") else ""
            elif not isinstance(one.get("custom_id"), str):
                problem = "missing_custom_id" if not self.on("no-custom-id-taken") else ""
            elif one["custom_id"] in seen:
                problem = "duplicate_custom_id" if not self.on("duplicates-taken") else ""
            elif str(one.get("url")).removeprefix("/v1") != endpoint.removeprefix("/v1"):
                problem = "wrong_url" if not self.on("wrong-url-taken") else ""
            else:
                problem = ""
            if isinstance(one, dict):
                seen.add(str(one.get("custom_id")))
            if problem:
                found.append({"code": problem, "message": f"Line {number}: {problem}.", "line": number})
        if not lines and not self.on("empty-taken"):
            found.append({"code": "empty_file", "message": "The file holds no request."})
        return found

    def found(self, id_: str, act: str) -> Batch:
        if id_ not in self.batches:
            if self.on(f"{act}-unknown"):
                return Batch(id_, {"input_file_id": "none"}, self.stores.now())
            raise RefusedError(f"no batch {id_[:60]}", status=404, code="notFound")
        return self.batches[id_]

    async def get(self, id_: str) -> dict[str, Any]:
        batch = self.found(id_, "get")
        batch.polls += 1
        await self.step(batch)
        told = self.describe(batch)
        if self.on("other-batch") and len(self.batches) > 1:
            told = self.describe(next(one for one in self.batches.values() if one.id != id_))
        return told

    async def step(self, batch: Batch) -> None:
        """Advance by one step per poll; some servers are faster."""
        now = self.stores.now()
        if batch.status == "cancelling":
            self.end(batch, "cancelled", now)
            if self.on("cancelling-goes-on"):
                await self.work(batch)
                batch.times.pop("cancelled_at", None)
                self.end(batch, "completed", now)
            return
        if batch.status == "validating":
            kept = self.stores.files.get(batch.asked["input_file_id"])
            wrong = (
                self.mistakes(kept, batch.asked["endpoint"])
                if kept
                else [{"code": "gone", "message": "Gone."}]
            )
            if wrong:
                batch.errors = wrong
                self.end(batch, "failed", now)
                return
            batch.status = "in_progress"
            batch.times["in_progress_at"] = now
            batch.counts["total"] = len(self.requests(batch))
            if not self.on("lawful-all-in-one-poll"):
                return
        if batch.status == "in_progress":
            await self.work(batch)
            batch.status = "finalizing"
            batch.times["finalizing_at"] = now
            if self.on("lawful-with-finalizing"):
                return
        if batch.status == "finalizing":
            self.end(batch, "completed", now)
            return
        if batch.status in ENDED and self.on("goes-back") and batch.polls % 2:
            batch.status = "in_progress"
        if batch.status == "completed" and self.on("ended-becomes-expired") and batch.polls > 2:
            batch.status = "expired"

    def end(self, batch: Batch, how: str, now: int) -> None:
        batch.status = how
        batch.times[f"{how}_at"] = now

    def requests(self, batch: Batch) -> list[dict[str, Any]]:
        kept = self.stores.files.get(batch.asked["input_file_id"])
        text = kept.content.decode("utf-8", "replace") if kept else ""
        read = []
        for line in text.splitlines():
            try:
                one = json.loads(line)
            except ValueError:
                continue
            if isinstance(one, dict):
                read.append(one)
        return read

    async def work(self, batch: Batch) -> None:
        output, errors = [], []
        for one in self.requests(batch):
            status, body = await self.run(batch.asked["endpoint"], one.get("body") or {})
            good = status == 200
            response = {"status_code": status, "request_id": str(uuid.uuid4()), "body": body}
            line: dict[str, Any] = {
                "id": f"r-{uuid.uuid4().hex[:8]}", "custom_id": one.get("custom_id"), "response": response,
                "error": None,
            }  # fmt: skip
            if not good and self.on("lawful-error-beside-null-response"):
                line |= {"response": None, "error": {"code": "BadRequest", "message": "it is wrong"}}
            if self.on("lawful-bare-lines"):
                line.pop("id")
                line.pop("error")
            self.spoiled(line, response)
            (output if good or self.on("errors-in-output") else errors).append(line)
            batch.counts["completed" if good else "failed"] += 1
        self.leave(batch, output, errors)

    def spoiled(self, line: dict[str, Any], response: dict[str, Any]) -> None:
        for name in ("custom_id", "response"):
            if self.on(f"line-without-{name}"):
                line.pop(name)
        if self.on("line-without-status"):
            response.pop("status_code", None)
        if self.on("line-body-as-text"):
            response["body"] = json.dumps(response["body"])
        if self.on("line-body-without-choices"):
            response["body"].pop("choices", None)
        if self.on("line-body-finish-missing"):
            for choice in response["body"].get("choices", []):
                choice.pop("finish_reason", None)
        if self.on("custom-ids-numbered"):
            line["custom_id"] = f"{len(line)}-{uuid.uuid4().hex[:4]}"

    def leave(self, batch: Batch, output: list[Any], errors: list[Any]) -> None:
        if self.on("lawful-any-order"):
            output.reverse()
        if self.on("last-line-lost") and len(output) > 1:
            output.pop()
        if self.on("first-line-twice") and output:
            output.append(output[0])
        if self.on("lines-swapped-ids") and len(output) > 1:
            output[0]["custom_id"], output[1]["custom_id"] = output[1]["custom_id"], output[0]["custom_id"]
        if self.on("errors-lost"):
            errors = []
        if self.on("counts-miss-failed"):
            batch.counts["failed"] = 0
        if self.on("counts-completed-all"):
            batch.counts = {**batch.counts, "completed": batch.counts["total"], "failed": 0}
        if self.on("counts-total-more"):
            batch.counts["total"] += 1
        if self.on("counts-zero"):
            batch.counts = {"total": 0, "completed": 0, "failed": 0}
        end = b"" if self.on("lawful-no-last-newline") else b"\n"
        purpose = "batch" if self.on("lawful-results-for-batch") else "batch_output"
        for name, lines in (("output", output), ("error", errors)):
            if not lines and not self.on("lawful-empty-files"):
                continue
            written = b"\n".join(json.dumps(line).encode() for line in lines) + (end if lines else b"")
            if self.on("output-as-array"):
                written = json.dumps(lines).encode()
            if self.on("output-pretty"):
                written = b"\n".join(json.dumps(line, indent=1).encode() for line in lines) + b"\n"
            if self.on("lawful-blank-lines"):
                written = written.replace(b"\n", b"\n\n")
            if self.on("lawful-crlf"):
                written = written.replace(b"\n", b"\r\n")
            kept = self.stores.keep(f"{batch.id}_{name}.jsonl", purpose, written)
            if not (name == "output" and self.on("no-output-file")):
                setattr(batch, name, kept.id)
            if name == "output" and self.on("output-file-not-there"):
                self.stores.files.pop(kept.id)

    def describe(self, batch: Batch) -> dict[str, Any]:
        empty: Any = None if self.on("lawful-nulls") else ...
        told: dict[str, Any] = {
            "id": batch.id, "object": "batch", **batch.asked, "status": batch.status,
            "created_at": batch.created, "expires_at": batch.created + 86400,
            "request_counts": dict(batch.counts), "output_file_id": batch.output or empty,
            "error_file_id": batch.error or empty,
            "errors": {"object": "list", "data": batch.errors} if batch.errors else empty,
        }  # fmt: skip
        for name in (
            "in_progress",
            "finalizing",
            "completed",
            "failed",
            "cancelling",
            "cancelled",
            "expired",
        ):
            told[f"{name}_at"] = batch.times.get(f"{name}_at", empty)
        if told.get("metadata") is None:
            told["metadata"] = empty
        if self.on("lawful-empty-metadata") and told["metadata"] is ...:
            told["metadata"] = {}
        if self.on("lawful-v1-endpoint"):
            told["endpoint"] = "/v1" + told["endpoint"].removeprefix("/v1")
        if self.on("lawful-no-counts") or (self.on("lawful-counts-at-the-end") and batch.status not in ENDED):
            told["request_counts"] = ...
        if self.on("lawful-only-ended-times"):
            for name in ("in_progress_at", "finalizing_at", "expires_at"):
                told[name] = ...
        if self.on("lawful-no-times"):
            told |= {name: ... for name in told if name.endswith("_at") and name != "created_at"}
        if self.on("lawful-empty-error-text") and batch.status == "completed":
            told["error_file_id"] = batch.error or ""
        if self.on("lawful-more-fields"):
            told |= {"input_blob": None, "output_blob": None, "x_tokens": 4}
        self.lies(told, batch)
        return {name: value for name, value in told.items() if value is not ...}

    def lies(self, told: dict[str, Any], batch: Batch) -> None:
        done = batch.status == "completed"
        if self.on("endpoint-other"):
            told["endpoint"] = "/responses"
        if self.on("window-other"):
            told["completion_window"] = "48h"
        if self.on("metadata-lost"):
            told["metadata"] = ...
        if self.on("metadata-other") and told["metadata"] is not ...:
            told["metadata"] = {"other": "thing"}
        if self.on("input-other"):
            told["input_file_id"] = "file-other"
        if self.on("created-changes"):
            told["created_at"] += batch.polls
        if self.on("created-milliseconds"):
            told["created_at"] *= 1000
        if self.on("completed-before-created") and done:
            told["completed_at"] = batch.created - 5
        if self.on("finalizing-after-completed") and done:
            told["finalizing_at"] = told["completed_at"] + 9
        if self.on("expires-before-created"):
            told["expires_at"] = batch.created - 60
        if self.on("expires-at-once"):
            told["expires_at"] = batch.created + 1
        if self.on("failed-at-beside-completed") and done:
            told["failed_at"] = told["completed_at"]
        if self.on("completed-at-too-early") and batch.status == "in_progress":
            told["completed_at"] = told["created_at"]
        if self.on("output-too-early") and batch.status == "validating":
            told["output_file_id"] = self.stores.new_id("file")
        if self.on("counts-below-zero"):
            told["request_counts"]["failed"] = -1
        if self.on("counts-done-above-total") and done:
            told["request_counts"]["completed"] += 5
        if self.on("counts-fewer-later") and batch.polls > 2:
            told["request_counts"]["completed"] = 0
        if self.on("failed-without-errors") and batch.status == "failed":
            told["errors"] = ...
        if self.on("failed-with-empty-errors") and batch.status == "failed":
            told["errors"] = {"object": "list", "data": []}
        if self.on("failed-without-message") and batch.status == "failed":
            told["errors"]["data"] = [{"code": "x", "line": 1}]
        if self.on("status-unknown") and batch.status == "in_progress":
            told["status"] = "working"
        if self.on("status-in-capitals"):
            told["status"] = told["status"].title()
        if self.on("output-changes") and done:
            told["output_file_id"] = self.stores.new_id("file")

    def cancel(self, id_: str) -> dict[str, Any]:
        batch = self.found(id_, "cancel")
        if batch.status in ENDED:
            if self.on("lawful-ended-cancel-answered"):
                return self.describe(batch)
            if self.on("ended-becomes-cancelled"):
                self.end(batch, "cancelled", self.stores.now())
                return self.describe(batch)
            status = 409 if self.stores.on("stores/lawful-409") else 400
            raise RefusedError(f"the batch is {batch.status}", status=status, code="conflict")
        if not self.on("cancel-does-nothing"):
            batch.status = "cancelling"
            batch.times["cancelling_at"] = int(time.time())
        if self.on("lawful-cancelled-at-once"):
            self.end(batch, "cancelled", self.stores.now())
        told = self.describe(batch)
        if self.on("cancel-other-id"):
            told["id"] = self.stores.new_id("batch")
        return told

    def list(self, query: dict[str, str]) -> dict[str, Any]:
        c = Checks(self.stores.switches, "batch-list")
        limit = 20
        if "limit" in query:
            if not query["limit"].lstrip("-").isdigit():
                if not c.bent("untyped", "limit"):
                    raise RefusedError("limit is no number", "limit")
            else:
                limit = int(query["limit"])
                c.limit("limit", limit, 1, 100)
        listed = list(self.batches.values())
        if not self.on("lawful-oldest-first"):
            listed.reverse()
        after = query.get("after")
        if after and not self.on("list-after-ignored"):
            place = next((at for at, one in enumerate(listed) if one.id == after), None)
            if place is None:
                if not self.on("lawful-empty-after-unknown"):
                    raise RefusedError("there is no such batch", "after", status=404, code="notFound")
                place = len(listed)
            listed = listed[place if self.on("list-after-inclusive") else place + 1 :]
            if self.on("list-skips-one"):
                listed = listed[1:]
        shown = listed[: limit + 1] if self.on("list-one-more") else listed[:limit]
        if self.on("list-limit-ignored"):
            shown = listed
        if self.on("list-shuffled") and after:
            shown = list(self.batches.values())[-limit:]
        told: dict[str, Any] = {
            "object": "list", "data": [self.describe(one) for one in shown],
            "has_more": len(listed) > len(shown),
        }  # fmt: skip
        if shown or self.on("lawful-null-ends"):
            told["first_id"] = shown[0].id if shown else None
            told["last_id"] = shown[-1].id if shown else None
        if self.on("list-ends-wrong") and shown:
            told["first_id"], told["last_id"] = "a", told["first_id"]
        if self.on("list-last-off") and len(shown) > 1:
            told["last_id"] = shown[-2].id
        if self.on("has-more-always"):
            told["has_more"] = True
        if self.on("has-more-never"):
            told["has_more"] = False
        if self.on("has-more-text"):
            told["has_more"] = "false"
        if self.on("list-empty"):
            told["data"] = []
        if self.on("list-other-status"):
            for one in told["data"]:
                one["status"] = "validating"
        return told
