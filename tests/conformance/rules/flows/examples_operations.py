"""Image operations, ingestion jobs, catalogues and model inference, valid and invalid."""

from __future__ import annotations

import json
from typing import Any

from flows_by_hand import NOW, FlowExample, Sent

IMAGES = "azure-openai@2023-06-01-preview"
JOBS = "azure-openai@2023-10-01-preview"
MODELS = "azure-openai@2024-06-01"
INFERENCE = "ai-model-inference@2025-04-01"
_ERROR = {"error": {"code": "404", "message": "There is no such thing."}}


def operation(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "op-1", "status": status, "created": NOW, **more}


def succeeded(*urls: str) -> dict[str, Any]:
    data = [{"url": url} for url in urls]
    return operation("succeeded", expires=NOW + 86_400, result={"created": NOW, "data": data})


AT = "operation-location"
LOCATION = "http://127.0.0.1:1/openai/operations/images/op-1?api-version=2023-06-01-preview"
PICTURE, SECOND_PICTURE = "https://example.com/1.png", "https://example.com/2.png"
ORDERED = [
    Sent(
        "image-submit",
        {"id": "op-1", "status": "notRunning"},
        status=202,
        sent={"prompt": "A dot.", "n": 2},
        headers=((AT, LOCATION),),
        document=IMAGES,
    ),
    Sent("image-status", operation("running"), "op-1", document=IMAGES),
    Sent("image-status", succeeded(PICTURE, SECOND_PICTURE), "op-1", document=IMAGES),
    Sent("image-delete", b"", "op-1", status=204, document=IMAGES),
    Sent("image-status", _ERROR, "op-1", status=404, expect="any", document=IMAGES),
]
FAILED = [
    ORDERED[0],
    Sent(
        "image-status",
        operation("failed", error={"code": "contentFilter", "message": "No."}),
        "op-1",
        document=IMAGES,
    ),
]
REFUSED = [
    ORDERED[0],
    Sent(
        "image-delete",
        {"error": {"code": "conflict", "message": "No."}},
        "op-1",
        status=409,
        expect="any",
        document=IMAGES,
    ),
]
_I = "flow.images"
IMAGE_EXAMPLES = [
    FlowExample("IMAGE-OPERATION-001", "it says where", _I, ORDERED, 0, {"headers": ()}, "missing"),
    FlowExample(
        "IMAGE-OPERATION-001",
        "whole",
        _I,
        ORDERED,
        0,
        {"headers": ((AT, "/op-1"),)},
        "relative",
    ),
    FlowExample(
        "IMAGE-OPERATION-001",
        "and truly",
        _I,
        ORDERED,
        0,
        {"headers": ((AT, LOCATION.replace("op-1", "op-2")),)},
        "another address",
    ),
    FlowExample(
        "IMAGE-OPERATION-002",
        "here",
        _I,
        ORDERED,
        0,
        {"headers": ((AT, LOCATION.replace("127.0.0.1:1", "elsewhere")),)},
    ),
    FlowExample("IMAGE-OPERATION-003", "the right one", _I, ORDERED, 1, {"answer.id": "op-2"}),
    FlowExample("IMAGE-OPERATION-004", "forward only", _I, ORDERED, 2, {"answer.status": "notRunning"}),
    FlowExample("IMAGE-OPERATION-005", "with images", _I, ORDERED, 2, {"answer.result": None}, "missing"),
    FlowExample(
        "IMAGE-OPERATION-005", "to fetch", _I, ORDERED, 2, {"answer.result.data.0": {"url": "x"}}, "no url"
    ),
    FlowExample("IMAGE-OPERATION-006", "as many", _I, ORDERED, 2, {"answer": succeeded(PICTURE)}),
    FlowExample("IMAGE-OPERATION-007", "for a day", _I, ORDERED, 2, {"answer.expires": NOW + 60}, "span"),
    FlowExample("IMAGE-OPERATION-007", "later", _I, ORDERED, 2, {"answer.expires": NOW - 60}, "order"),
    FlowExample("IMAGE-OPERATION-007", "in seconds", _I, ORDERED, 2, {"answer.expires": NOW * 1000}, "unit"),
    FlowExample("IMAGE-OPERATION-008", "with a reason", _I, FAILED, 1, {"answer.error": None}, "missing"),
    FlowExample(
        "IMAGE-OPERATION-009",
        "gone is gone",
        _I,
        ORDERED,
        4,
        {"status": 200, "answer": succeeded(PICTURE, SECOND_PICTURE)},
    ),
    FlowExample("IMAGE-OPERATION-011", "times stay", _I, ORDERED, 2, {"answer.created": NOW + 1}, "created"),
    FlowExample("IMAGE-OPERATION-012", "not at once", _I, REFUSED, 1, {"status": 204, "answer": b""}),
    FlowExample("IMAGE-OPERATION-013", "not too early", _I, ORDERED, 2, {"answer.status": "running"}),
    FlowExample(
        "IMAGE-OPERATION-010",
        "not at work",
        _I,
        ORDERED,
        4,
        {"status": 200, "answer": operation("running")},
    ),
]


def job(status: str, done: int | None = None, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": "job-1",
        "dataRefreshIntervalInMinutes": 0,
        "completionAction": "cleanUpAssets",
        "status": status,
        "warnings": [],
        **more,
    }
    if done is not None:
        stage = {"name": "Indexing", "totalItems": 9, "processedItems": done}
        made["progress"] = {"stageProgress": [stage]}
    return made


_ASKED = {"dataRefreshIntervalInMinutes": 0, "completionAction": "cleanUpAssets"}
STARTED = [
    Sent("ingestion-start", job("running", 1), "job-1", sent=_ASKED, document=JOBS),
    Sent("ingestion-status", job("running", 4), "job-1", document=JOBS),
    Sent("ingestion-status", job("succeeded"), "job-1", document=JOBS),
    Sent("ingestion-list", {"value": [job("succeeded")]}, document=JOBS),
]
_J = "flow.ingestion"
JOB_EXAMPLES = [
    FlowExample("INGESTION-001", "the right one", _J, STARTED, 1, {"answer.id": "job-2"}),
    FlowExample("INGESTION-002", "as asked", _J, STARTED, 0, {"answer.completionAction": "keepAllAssets"}),
    FlowExample(
        "INGESTION-003",
        "no more than there are",
        _J,
        STARTED,
        1,
        {"answer.progress.stageProgress.0.processedItems": 10},
    ),
    FlowExample("INGESTION-004", "ends stay", _J, STARTED, 3, {"answer.value.0.status": "running"}, "status"),
    FlowExample(
        "INGESTION-004",
        "work stays done",
        _J,
        STARTED,
        1,
        {"answer.progress.stageProgress.0.processedItems": 0},
        "progress",
    ),
    FlowExample("INGESTION-005", "a reason", _J, STARTED, 2, {"answer.status": "failed"}, "missing"),
    FlowExample(
        "INGESTION-005",
        "no reason",
        _J,
        STARTED,
        2,
        {"answer.error": {"code": "x", "message": "No."}},
        "error",
    ),
    FlowExample(
        "INGESTION-007",
        "its action stays",
        _J,
        STARTED,
        2,
        {"answer.completionAction": "keepAllAssets"},
        "completionAction",
    ),
    FlowExample("INGESTION-006", "it is listed", _J, STARTED, 3, {"answer": {"value": []}}),
]


def model(id_: str) -> dict[str, Any]:
    return {"id": id_, "object": "model", "created_at": NOW}


def deployment(id_: str, of: str) -> dict[str, Any]:
    return {"id": id_, "object": "deployment", "model": of, "status": "succeeded", "created_at": NOW}


CATALOGUE = [
    Sent("model-list", {"object": "list", "data": [model("gpt-4o"), model("whisper")]}, document=MODELS),
    Sent("model-list", {"object": "list", "data": [model("gpt-4o"), model("whisper")]}, document=MODELS),
    Sent("deployment-list", {"object": "list", "data": [deployment("mine", "gpt-4o")]}, document=MODELS),
]
_CAPABILITIES = ("chat_completion", "completion", "embeddings", "fine_tune", "inference")
DESCRIBED = {
    **model("gpt-4o"),
    "capabilities": dict.fromkeys(_CAPABILITIES, True),
    "deprecation": {"inference": NOW + 86_400},
    "lifecycle_status": "generally-available",
}
ONE_MODEL = [Sent("model-get", DESCRIBED, "gpt-4o", document="azure-openai@2024-10-21")]
_L = "flow.lists"
CATALOGUE_EXAMPLES = [
    FlowExample("CATALOGUE-001", "models are known", _L, CATALOGUE, 2, {"answer.data.0.model": "other"}),
    FlowExample("CATALOGUE-003", "created first", _L, CATALOGUE, 2, {"answer.data.0.updated_at": NOW - 1}),
    FlowExample("CATALOGUE-004", "in seconds", _L, CATALOGUE, 0, {"answer.data.0.created_at": NOW * 1000}),
    FlowExample(
        "CATALOGUE-004",
        "retired in seconds",
        _L,
        CATALOGUE,
        1,
        {"answer.data.0.deprecation": {"inference": NOW * 1000}},
    ),
    FlowExample("CATALOGUE-002", "asked twice", _L, CATALOGUE, 1, {"answer.data.1.id": "tts"}),
    FlowExample("CATALOGUE-011", "as asked", _L, ONE_MODEL, 0, {"answer.id": "whisper"}),
    FlowExample("CATALOGUE-012", "in seconds", _L, ONE_MODEL, 0, {"answer.created_at": NOW * 1000}),
]


def info(**more: Any) -> dict[str, Any]:
    return {"model_name": "m", "model_type": "chat-completion", "model_provider_name": "p", **more}


def extra(option: str | None, status: int, **more: Any) -> Sent:
    headers = {} if option is None else {"extra-parameters": option}
    answer: Any = {"error": {"code": "x", "message": "No."}} if status >= 400 else vectors()
    return Sent(
        "embeddings",
        answer,
        status=status,
        sent={"input": ["hi"], "new_thing": 1},
        request_headers=headers,
        point=f"extra-parameters:{option or 'absent'}",
        document=INFERENCE,
        **more,
    )


def vectors() -> dict[str, Any]:
    return {
        "id": "e-1",
        "object": "list",
        "model": "m",
        "data": [{"index": 0, "object": "embedding", "embedding": [0.6, 0.8]}],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def answered(**choice: Any) -> dict[str, Any]:
    said = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi."}}
    return {
        "id": "c-1",
        "object": "chat.completion",
        "created": NOW,
        "model": "m",
        "choices": [{**said, **choice}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def answered_along(reason: str) -> bytes:
    head = {"id": "c-1", "object": "chat.completion.chunk", "created": NOW, "model": "m"}
    begun = {"index": 0, "delta": {"role": "assistant", "content": "Hi."}, "finish_reason": None}
    chunks = [
        {**head, "choices": [each]} for each in (begun, {"index": 0, "delta": {}, "finish_reason": reason})
    ]
    return ("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n").encode()


_ASKED = {"messages": [{"role": "user", "content": "Say hi."}]}
CHATTED = [Sent("chat", answered(), sent=_ASKED, document=INFERENCE)]
CHATTED_ALONG = [
    Sent(
        "chat",
        answered_along("stop"),
        sent={**_ASKED, "stream": True},
        content_type="text/event-stream",
        document=INFERENCE,
    )
]
_CHOICE = "answer.choices.0"
#: Not flows: each step is judged alone, under a kind of scenario that no rule is about.
_N = "none"
INFERENCE_EXAMPLES = [
    FlowExample(
        "INFO-001", "a name", _N, [Sent("info", info(), document=INFERENCE)], 0, {"answer.model_name": " "}
    ),
    FlowExample(
        "EXTRA-001",
        "refused",
        _N,
        [extra(None, 422, expect="reject")],
        0,
        {"status": 200, "answer": vectors()},
    ),
    FlowExample("EXTRA-001", "named", _N, [extra("error", 400, expect="reject")], 0, {"status": 500}, "5xx"),
    FlowExample("EXTRA-002", "dropped", _N, [extra("drop", 200)], 0, {"status": 400, "answer": _ERROR}),
    FlowExample(
        "EXTRA-003", "passed", _N, [extra("pass-through", 200)], 0, {"status": 400, "answer": _ERROR}
    ),
    FlowExample(
        "MODEL-CHAT-001",
        "as the assistant",
        _N,
        CHATTED,
        0,
        {f"{_CHOICE}.message.role": "user"},
        "other role",
    ),
    FlowExample(
        "MODEL-CHAT-001", "in its very word", _N, CHATTED, 0, {f"{_CHOICE}.message.role": ""}, "other role"
    ),
    FlowExample(
        "MODEL-CHAT-002", "it is said", _N, CHATTED, 0, {"answer": answered(finish_reason=None)}, "null"
    ),
    FlowExample("MODEL-CHAT-002", "in a word", _N, CHATTED, 0, {f"{_CHOICE}.finish_reason": ""}, "empty"),
    FlowExample(
        "MODEL-CHAT-002",
        "in a stream too",
        _N,
        CHATTED_ALONG,
        0,
        {"answer": answered_along("")},
        "empty",
    ),
]

EXAMPLES = [*IMAGE_EXAMPLES, *JOB_EXAMPLES, *CATALOGUE_EXAMPLES, *INFERENCE_EXAMPLES]
