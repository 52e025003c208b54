"""Details of stored objects, batches, lists, jobs and image operations, valid and invalid."""

from __future__ import annotations

import json
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from examples_operations import FAILED as FAILED_ORDER
from examples_operations import (
    INFERENCE,
    JOBS,
    MODELS,
    ORDERED,
    PICTURE,
    STARTED,
    answered,
    deployment,
    job,
    model,
    vectors,
)
from examples_stored import (
    ASKED,
    BATCHES,
    CANCELLED,
    LINES,
    PAGES,
    UPLOADS,
    batch,
    file,
    jsonl,
    listed,
    part,
    put,
    result,
)
from flows_by_hand import NOW, FlowExample, Sent

_U, _F, _B, _L, _J, _I, _N = (
    *("flow.uploads", "flow.files", "flow.batches", "flow.lists"),
    *("flow.ingestion", "flow.images", "none"),
)
DATE = (("date", formatdate(NOW, usegmt=True)),)
_ERROR = {"error": {"code": "unknown_model", "message": "Unknown model: no-such-model"}}

# ---------------------------------------------------------------------------------------------- uploads
_MADE = UPLOADS[3].answer["file"]
DESCRIBED = [*UPLOADS[:5], Sent("file-get", _MADE, "file-9"), Sent("file-list", listed(_MADE))]
BLOCKS = [
    UPLOADS[0],
    *(
        Sent("upload-part", {**part(f"part-{name}"), "azure_block_id": name}, "upload-1", file=LINES)
        for name in ("AA==", "BB==")
    ),
]
UPLOAD_EXAMPLES = [
    FlowExample("UPLOADS-014", "no file yet", _U, UPLOADS, 0, {"answer.file": file("file-9")}),
    FlowExample("UPLOADS-014", "no file any more", _U, CANCELLED, 1, {"answer.file": file("file-9")}),
    FlowExample("UPLOADS-015", "one time", _U, DESCRIBED, 5, {"answer.created_at": NOW + 9}, "created_at"),
    FlowExample("UPLOADS-015", "one name", _U, DESCRIBED, 5, {"answer.filename": "x"}, "filename"),
    FlowExample("UPLOADS-015", "in a list", _U, DESCRIBED, 6, {"answer.data.0.purpose": "vision"}, "purpose"),
    FlowExample("UPLOADS-015", "forward", _U, DESCRIBED, 5, {"answer.status": "pending"}, "status"),
    FlowExample("UPLOADS-016", "parts in time", _U, UPLOADS, 1, {"answer.created_at": NOW - 3600}),
    FlowExample("UPLOADS-016", "not too late", _U, UPLOADS, 2, {"answer.created_at": NOW + 7200}),
    FlowExample("UPLOADS-016", "a file in time", _U, UPLOADS, 3, {"answer.file.created_at": NOW - 3600}),
    FlowExample("UPLOADS-017", "blocks differ", _U, BLOCKS, 2, {"answer.azure_block_id": "AA=="}),
    FlowExample("UPLOADS-018", "made, so listed", _U, DESCRIBED, 6, {"answer": listed()}),
]

# ------------------------------------------------------------------------------------------------ files
_OLD = file("file-0", purpose="fine-tune")
BETWEEN = [
    Sent("file-list", listed(_OLD)),
    Sent("file-list", listed(_OLD), query={"purpose": "fine-tune"}),
    Sent("file-list", listed(file(), _OLD)),
]
TWO = [put("file-1"), put("file-2")]
DATED = [replace(put(), headers=(*put().headers, *DATE)), Sent("file-list", listed(file()), headers=DATE)]
FILE_EXAMPLES = [
    FlowExample("FILES-013", "not forgotten", _L, BETWEEN, 1, {"answer": listed()}, "older"),
    FlowExample("FLOW-004", "two files, two ids", _L, TWO, 1, {"answer.id": "file-1"}),
    FlowExample("FLOW-005", "an id", _F, TWO, 0, {"answer.id": ""}, "empty"),
    FlowExample("FLOW-005", "of an upload's file", _U, UPLOADS, 3, {"answer.file.id": " "}, "empty"),
    FlowExample("CLOCK-001", "made now", _F, DATED, 0, {"answer.created_at": NOW - 7200}),
    FlowExample("CLOCK-002", "made before", _F, DATED, 1, {"answer.data.0.created_at": NOW + 7200}),
]

# ---------------------------------------------------------------------------------------------- batches
_REQUESTS = b"".join(
    json.dumps({"custom_id": id_, "url": "/chat/completions", "body": {}}).encode() + b"\n"
    for id_ in ("one", "two", "three")
)
SOUND = [put(content=_REQUESTS), *BATCHES[1:]]
_BROKEN = _REQUESTS.replace(b'"two", ', b'"two" ')


def failed(code: str, line: Any, content: bytes = _BROKEN) -> list[Sent]:
    errors = {"object": "list", "data": [{"code": code, "message": "No.", "line": line}]}
    return [
        put(content=content),
        Sent("batch-create", batch("validating"), status=201, sent=ASKED),
        Sent("batch-get", batch("failed", failed_at=NOW + 2, errors=errors), "batch-1"),
    ]


INVALID = failed("invalid_json_line", 2)
WHOLE = [
    put(content=_REQUESTS),
    Sent("batch-create", batch("validating"), status=201, sent=ASKED),
    Sent(
        "batch-get",
        batch(
            "completed",
            request_counts={"total": 3, "completed": 3, "failed": 0},
            in_progress_at=NOW + 1,
            completed_at=NOW + 2,
            output_file_id="file-8",
        ),
        "batch-1",
    ),
]
_MISTAKES = {"object": "list", "data": [{"code": "x", "message": "No."}]}
_NOTHING = {
    **WHOLE[2].answer,
    "request_counts": {"total": 0, "completed": 0, "failed": 0},
    "output_file_id": None,
}
_SAME = jsonl(result("two", id="line"), result("one", id="line"))
_WORDLESS = jsonl(result("three", status=400, body={"error": {"code": "BadRequest"}}))
_AT = "answer.errors.data.0.line"
BATCH_EXAMPLES = [
    FlowExample("BATCHES-022", "lines that are there", _B, INVALID, 2, {_AT: 7}),
    FlowExample("BATCHES-022", "in text too", _B, failed("x", "2"), 2, {_AT: "7"}),
    FlowExample("BATCHES-022", "from nought on", _B, INVALID, 2, {_AT: -1}),
    FlowExample("BATCHES-023", "lines that are wrong", _B, INVALID, 2, {_AT: 3}),
    FlowExample("BATCHES-024", "success is one", _B, WHOLE, 2, {"answer.errors": _MISTAKES}),
    FlowExample("BATCHES-025", "no more", _B, SOUND, 2, {"answer.request_counts.total": 4}),
    FlowExample(
        "BATCHES-026",
        "a total stays",
        _B,
        [*SOUND[:3], Sent("batch-get", batch("finalizing", 1, in_progress_at=NOW + 1), "batch-1")],
        3,
        {"answer.request_counts.total": 2},
    ),
    FlowExample("BATCHES-027", "not yet", _B, SOUND, 1, {"answer.request_counts.completed": 1}),
    FlowExample("BATCHES-028", "no later time", _B, SOUND, 1, {"answer.in_progress_at": NOW + 1}),
    FlowExample("BATCHES-028", "in progress", _B, SOUND, 2, {"answer.finalizing_at": NOW + 1}),
    FlowExample("BATCHES-029", "two files", _B, SOUND, 3, {"answer.error_file_id": "file-8"}),
    FlowExample("BATCHES-029", "and the input", _B, SOUND, 3, {"answer.output_file_id": "file-1"}),
    FlowExample(
        "BATCHES-030",
        "errors come last",
        _B,
        [*SOUND[:2], Sent("batch-get", batch("in_progress", error_file_id=None), "batch-1")],
        2,
        {"answer.error_file_id": "file-7"},
    ),
    FlowExample("BATCHES-031", "results are left", _B, WHOLE, 2, {"answer": _NOTHING}, "lost"),
    FlowExample("BATCHES-032", "ids differ", _B, SOUND, 5, {"answer": _SAME}, "same id"),
    FlowExample("BATCHES-033", "errors have words", _B, SOUND, 6, {"answer": _WORDLESS}, "no message"),
    FlowExample("LISTS-008", "an end is one", _L, PAGES, 3, {"answer.has_more": True}),
    FlowExample("LISTS-008", "without a last", _L, PAGES, 3, {"answer.last_id": "b-1"}, "last_id"),
    FlowExample("LISTS-009", "entries have ids", _L, PAGES, 0, {"answer.data.1.id": ""}),
]

# -------------------------------------------------------------------------------- models and deployments
ABLE = {"inference": True, "chat_completion": True}
_MINE = {**deployment("a-deployment", "gpt-4o"), "scale_settings": {"scale_type": "standard", "capacity": 1}}
_GPT = {**model("gpt-4o"), "capabilities": ABLE, "deprecation": {"inference": NOW + 86_400}}
_MODELS = Sent("model-list", listed(_GPT), document=MODELS)
ANSWERING = [
    _MODELS,
    Sent("deployment-list", listed(_MINE), document=MODELS),
    Sent("chat", answered(), sent={"messages": [{"role": "user", "content": "Hi."}]}, document=MODELS),
]
_D = "flow.deployments"
_CAPACITY = "answer.data.0.scale_settings.capacity"
CATALOGUE_EXAMPLES = [
    FlowExample("CATALOGUE-005", "what answers is listed", _D, ANSWERING, 1, {"answer.data.0.id": "other"}),
    FlowExample(
        "CATALOGUE-006",
        "it can chat",
        _D,
        ANSWERING,
        0,
        {"answer.data.0.capabilities.chat_completion": False},
    ),
    FlowExample("CATALOGUE-007", "some model", _D, ANSWERING, 0, {"answer": listed()}),
    FlowExample(
        "CATALOGUE-008", "asked twice", _L, [_MODELS, _MODELS], 1, {"answer.data.0.created_at": NOW + 1}
    ),
    FlowExample("CATALOGUE-009", "not below zero", _D, ANSWERING, 1, {_CAPACITY: -1}),
    FlowExample(
        "CATALOGUE-010", "created first", _D, ANSWERING, 0, {"answer.data.0.deprecation.inference": NOW - 1}
    ),
]

# ----------------------------------------------------------------------------------------- jobs and orders
ENDED = [*STARTED[:2], Sent("ingestion-status", job("succeeded", 9), "job-1", document=JOBS)]
_BARE = {"dataRefreshIntervalInMinutes": 0}
BARE = [Sent("ingestion-start", job("running"), "job-1", sent=_BARE, document=JOBS)]
CHUNKED = [
    Sent(
        "ingestion-start",
        job("running", chunkSize=256),
        "job-1",
        sent={**_BARE, "chunkSize": 256},
        document=JOBS,
    )
]
_STAGE = {"name": "Indexing", "totalItems": 9, "processedItems": 4}
_REASON = {"code": "x", "message": "No."}
OPERATION_EXAMPLES = [
    FlowExample(
        "INGESTION-008", "all", _J, ENDED, 2, {"answer.progress.stageProgress.0.processedItems": 4}, "left"
    ),
    FlowExample("INGESTION-009", "no error yet", _J, STARTED, 1, {"answer.error": _REASON}, "at work"),
    FlowExample("INGESTION-010", "as documented", _J, STARTED, 2, {"answer.status": "Succeeded"}, "case"),
    FlowExample("INGESTION-010", "not empty", _J, STARTED, 2, {"answer.status": ""}, "empty"),
    FlowExample(
        "INGESTION-011", "once", _J, STARTED, 1, {"answer.progress.stageProgress": [_STAGE, _STAGE]}, "twice"
    ),
    FlowExample(
        "INGESTION-011", "by name", _J, STARTED, 1, {"answer.progress.stageProgress.0.name": ""}, "empty"
    ),
    FlowExample("INGESTION-012", "by default", _J, BARE, 0, {"answer.completionAction": "keepAllAssets"}),
    FlowExample("INGESTION-013", "as asked for", _J, CHUNKED, 0, {"answer.chunkSize": 512}),
    FlowExample("IMAGE-OPERATION-014", "no error", _I, ORDERED, 2, {"answer.error": _REASON}),
    FlowExample("IMAGE-OPERATION-014", "not at work", _I, ORDERED, 1, {"answer.error": _REASON}),
    FlowExample(
        "IMAGE-OPERATION-015",
        "no images",
        _I,
        FAILED_ORDER,
        1,
        {"answer.result": {"data": [{"url": PICTURE}]}},
    ),
    FlowExample(
        "IMAGE-OPERATION-016", "two places", _I, ORDERED, 2, {"answer.result.data.1.url": PICTURE}, "same"
    ),
]
UNKNOWN_MODEL = Sent(
    "embeddings",
    _ERROR,
    status=404,
    sent={"input": ["hi"], "model": "no-such-model"},
    expect="reject",
    point="model:unknown",
    document=INFERENCE,
    origin="protocol",
)
MODEL_EXAMPLES = [
    FlowExample(
        "MODEL-001", "refused", _N, [UNKNOWN_MODEL], 0, {"status": 200, "answer": vectors()}, "accepted"
    ),
    FlowExample("MODEL-001", "without a failure", _N, [UNKNOWN_MODEL], 0, {"status": 500}, "5xx"),
]

EXAMPLES = [
    *(*UPLOAD_EXAMPLES, *FILE_EXAMPLES, *BATCH_EXAMPLES),
    *(*CATALOGUE_EXAMPLES, *OPERATION_EXAMPLES, *MODEL_EXAMPLES),
]
