"""Valid flows of files, uploads and batches, and each change that a rule must report."""

from __future__ import annotations

import json
from typing import Any

from flows_by_hand import NOW, FlowExample, Sent

LINES = b'{"custom_id": "one"}\n{"custom_id": "two"}\n{"custom_id": "three"}\n'


def file(
    id_: str = "file-1", *, content: bytes = LINES, status: str = "processed", **more: Any
) -> dict[str, Any]:
    return {
        "id": id_,
        "object": "file",
        "bytes": len(content),
        "filename": "lines.jsonl",
        "purpose": "batch",
        "created_at": NOW,
        "status": status,
        **more,
    }


def listed(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"object": "list", "data": list(entries), **more}


def put(id_: str = "file-1", content: bytes = LINES, status: str = "pending") -> Sent:
    return Sent(
        "file-upload",
        file(id_, content=content, status=status),
        status=201,
        file=content,
        fields={"purpose": "batch"},
        headers=(("location", f"http://127.0.0.1:1/openai/files/{id_}"),),
    )


FILES = [
    put(),
    Sent("file-get", file(), "file-1"),
    Sent("file-list", listed(file())),
    Sent("file-list", listed(file()), query={"purpose": "batch"}),
    Sent("file-content", LINES, "file-1"),
    Sent("file-delete", {"id": "file-1", "object": "file", "deleted": True}, "file-1"),
    Sent("file-get", {}, "file-1", 404, expect="reject", point="file:deleted"),
    Sent("file-content", {}, "file-1", 404, expect="reject", point="file:deleted"),
    Sent("file-list", listed()),
]
_ERROR = {"error": {"code": "notFound", "message": "There is no such file."}}
FILES = [Sent(**{**vars(each), "answer": _ERROR}) if each.status == 404 else each for each in FILES]

_F = "flow.files"
FILE_EXAMPLES = [
    FlowExample("FILES-001", "content is read back", _F, FILES, 4, {"answer": LINES[:-1] + b"x"}, "bytes"),
    FlowExample("FILES-001", "content is whole", _F, FILES, 4, {"answer": LINES[:-4]}, "length"),
    FlowExample("FILES-006", "deleted is gone", _F, FILES, 6, {"status": 200, "answer": file()}),
    FlowExample("FILES-006", "its content too", _F, FILES, 7, {"status": 200, "answer": LINES}),
    FlowExample("FILES-007", "an upload is listed", _F, FILES, 2, {"answer": listed()}),
    FlowExample("FILES-007", "by its purpose too", _F, FILES, 3, {"answer": listed()}),
    FlowExample("FILES-007", "what is deleted is not", _F, FILES, 8, {"answer": listed(file())}, "deleted"),
    FlowExample("FILES-009", "processed stays so", _F, FILES, 2, {"answer.data.0.status": "pending"}),
    FlowExample("FILES-009", "failed is no success", _F, FILES, 2, {"answer.data.0.status": "error"}),
    FlowExample("FILES-010", "a name stays", _F, FILES, 1, {"answer.filename": "other.jsonl"}, "filename"),
    FlowExample("FILES-010", "a size stays", _F, FILES, 1, {"answer.bytes": 1}, "bytes"),
    FlowExample("FLOW-001", "a deleted file is refused", _F, FILES, 6, {"status": 200, "answer": file()}),
    FlowExample("FLOW-001", "without a failure", _F, FILES, 6, {"status": 500}, "5xx"),
    FlowExample("FLOW-002", "with 404", _F, FILES, 6, {"status": 400}, "status"),
    FlowExample("FILES-002", "bytes are counted", _F, FILES, 0, {"answer.bytes": 7}),
    FlowExample("FILES-003", "a name is kept", _F, FILES, 0, {"answer.filename": "x"}, "filename"),
    FlowExample("FILES-003", "a purpose is kept", _F, FILES, 0, {"answer.purpose": "assistants"}, "purpose"),
    FlowExample("FILES-004", "it is the file asked for", _F, FILES, 1, {"answer.id": "file-2"}),
    FlowExample("FILES-005", "a deletion is one", _F, FILES, 5, {"answer.deleted": False}),
    FlowExample("FILES-005", "of this file", _F, FILES, 5, {"answer.id": "file-2"}, "another file"),
    FlowExample("FILES-008", "purposes do not mix", _F, FILES, 3, {"answer.data.0.purpose": "assistants"}),
    FlowExample("FILES-011", "times are seconds", _F, FILES, 0, {"answer.created_at": NOW * 1000}),
    FlowExample("FILES-011", "in a list too", _F, FILES, 2, {"answer.data.0.created_at": 0}),
    FlowExample("FILES-012", "a 201 says where", _F, FILES, 0, {"headers": ()}, "missing"),
    FlowExample("FILES-012", "and truly", _F, FILES, 0, {"headers": (("location", "/openai/files/x"),)}),
]

FIRST, SECOND = b'{"custom_id": "one"}\n', b'{"custom_id": "two"}\n'
JOINED = SECOND + FIRST


def upload(status: str = "pending", **more: Any) -> dict[str, Any]:
    return {
        "id": "upload-1",
        "object": "upload",
        "filename": "lines.jsonl",
        "bytes": len(JOINED),
        "purpose": "batch",
        "status": status,
        "created_at": NOW,
        "expires_at": NOW + 3600,
        **more,
    }


def part(id_: str) -> dict[str, Any]:
    return {"id": id_, "object": "upload.part", "upload_id": "upload-1", "created_at": NOW}


UPLOADS = [
    Sent(
        "upload-create",
        upload(),
        sent={"filename": "lines.jsonl", "bytes": len(JOINED), "purpose": "batch", "mime_type": "x/y"},
    ),
    Sent("upload-part", part("part-1"), "upload-1", file=FIRST),
    Sent("upload-part", part("part-2"), "upload-1", file=SECOND),
    Sent(
        "upload-complete",
        upload("completed", file=file("file-9", content=JOINED)),
        "upload-1",
        sent={"part_ids": ["part-2", "part-1"]},
    ),
    Sent("file-content", JOINED, "file-9"),
    Sent("upload-part", _ERROR, "upload-1", 400, file=FIRST, expect="reject", point="part:after-completion"),
]
CANCELLED = [UPLOADS[0], Sent("upload-cancel", upload("cancelled"), "upload-1")]
CANCELLED_TWICE = [*CANCELLED, Sent("upload-cancel", upload("cancelled"), "upload-1", expect="any")]
_U = "flow.uploads"
UPLOAD_EXAMPLES = [
    FlowExample("UPLOADS-001", "a name is kept", _U, UPLOADS, 0, {"answer.filename": "x"}, "filename"),
    FlowExample("UPLOADS-001", "a size is kept", _U, UPLOADS, 0, {"answer.bytes": 1}, "bytes"),
    FlowExample("UPLOADS-002", "it begins pending", _U, UPLOADS, 0, {"answer.status": "completed"}),
    FlowExample("UPLOADS-003", "it expires later", _U, UPLOADS, 0, {"answer.expires_at": NOW}, "order"),
    FlowExample("UPLOADS-003", "in an hour", _U, UPLOADS, 0, {"answer.expires_at": NOW + 86400}, "span"),
    FlowExample("UPLOADS-003", "in seconds", _U, UPLOADS, 0, {"answer.expires_at": NOW * 1000}, "unit"),
    FlowExample("UPLOADS-004", "a part has its upload", _U, UPLOADS, 1, {"answer.upload_id": "upload-2"}),
    FlowExample("UPLOADS-013", "a part's time", _U, UPLOADS, 1, {"answer.created_at": 0}),
    FlowExample("FILES-011", "of what was made", _U, UPLOADS, 3, {"answer.file.created_at": NOW * 1000}),
    FlowExample("UPLOADS-005", "parts differ", _U, UPLOADS, 2, {"answer.id": "part-1"}),
    FlowExample("UPLOADS-006", "it is completed", _U, UPLOADS, 3, {"answer.status": "pending"}),
    FlowExample("UPLOADS-006", "with a file", _U, UPLOADS, 3, {"answer.file": None}, "no file"),
    FlowExample("UPLOADS-006", "of its name", _U, UPLOADS, 3, {"answer.file.filename": "x"}, "filename"),
    FlowExample("UPLOADS-007", "the right one", _U, UPLOADS, 3, {"answer.id": "upload-2"}),
    FlowExample("UPLOADS-008", "cancelled is cancelled", _U, CANCELLED, 1, {"answer.status": "pending"}),
    FlowExample("UPLOADS-009", "in order", _U, UPLOADS, 4, {"answer": FIRST + SECOND}, "order"),
    FlowExample("UPLOADS-009", "whole", _U, UPLOADS, 4, {"answer": SECOND}, "bytes"),
    FlowExample("UPLOADS-010", "sizes add up", _U, UPLOADS, 3, {"answer.file.bytes": 3}),
    FlowExample("UPLOADS-011", "an end is one", _U, CANCELLED_TWICE, 2, {"answer.status": "completed"}),
    FlowExample("UPLOADS-012", "a name stays", _U, UPLOADS, 3, {"answer.filename": "x"}, "filename"),
    FlowExample(
        "FLOW-001", "no part after the end", _U, UPLOADS, 5, {"status": 200, "answer": part("part-3")}
    ),
]


def batch(status: str, done: int = 0, failed: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": "batch-1",
        "object": "batch",
        "endpoint": "/chat/completions",
        "input_file_id": "file-1",
        "completion_window": "24h",
        "status": status,
        "created_at": NOW,
        "expires_at": NOW + 86400,
        "request_counts": {"total": 3, "completed": done, "failed": failed},
        **more,
    }


def answer(text: str = "Hi.") -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": NOW,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": None,
                "message": {"role": "assistant", "content": text, "refusal": None},
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def result(custom_id: str, *, status: int = 200, body: Any = None, **more: Any) -> dict[str, Any]:
    response = {"status_code": status, "request_id": "r", "body": body or answer()}
    return {"id": f"line-{custom_id}", "custom_id": custom_id, "response": response, "error": None, **more}


def jsonl(*lines: Any) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


FAILED = result("three", status=400, body=_ERROR)
OUTPUT, ERRORS = jsonl(result("two"), result("one")), jsonl(FAILED)
_BEGUN = {"in_progress_at": NOW + 1}
_DONE = {
    **_BEGUN,
    "finalizing_at": NOW + 2,
    "completed_at": NOW + 3,
    "output_file_id": "file-8",
    "error_file_id": "file-7",
}
ASKED = {"endpoint": "/chat/completions", "input_file_id": "file-1", "completion_window": "24h"}
BATCHES = [
    put(),
    Sent(
        "batch-create",
        batch("validating", metadata={"a": "b"}),
        status=201,
        sent={**ASKED, "metadata": {"a": "b"}},
    ),
    Sent("batch-get", batch("in_progress", 1, **_BEGUN), "batch-1"),
    Sent("batch-get", batch("completed", 2, 1, **_DONE), "batch-1"),
    Sent("batch-get", batch("completed", 2, 1, **_DONE), "batch-1"),
    Sent("file-content", OUTPUT, "file-8"),
    Sent("file-content", ERRORS, "file-7"),
    Sent(
        "batch-list",
        listed(batch("completed", 2, 1, **_DONE), first_id="batch-1", last_id="batch-1", has_more=False),
    ),
    Sent("file-get", file("file-8", content=OUTPUT, purpose="batch_output"), "file-8"),
]
_REASONS = {"object": "list", "data": [{"code": "invalid_json", "message": "Line 2 is no JSON.", "line": 2}]}
BROKEN_INPUT = [
    put(),
    Sent("batch-create", batch("validating"), status=201, sent=ASKED),
    Sent("batch-get", batch("failed", failed_at=NOW + 2, errors=_REASONS), "batch-1"),
]
STOPPED = [
    put(),
    Sent("batch-create", batch("validating"), status=201, sent=ASKED),
    Sent("batch-cancel", batch("cancelling", cancelling_at=NOW + 1), "batch-1"),
    Sent("batch-get", batch("cancelled", cancelling_at=NOW + 1, cancelled_at=NOW + 2), "batch-1"),
]


def embedded(custom_id: str, count: int) -> dict[str, Any]:
    data = [{"object": "embedding", "index": at, "embedding": [1.0]} for at in range(count)]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return result(custom_id, body={"object": "list", "data": data, "model": "m", "usage": usage})


_TO_EMBED = jsonl(
    {"custom_id": "one", "body": {"input": "hi"}}, {"custom_id": "two", "body": {"input": ["a", "b"]}}
)
EMBEDDED = [
    put(content=_TO_EMBED),
    Sent(
        "batch-create",
        batch("validating", endpoint="/embeddings"),
        status=201,
        sent={**ASKED, "endpoint": "/embeddings"},
    ),
    Sent(
        "batch-get",
        batch(
            "completed",
            2,
            endpoint="/embeddings",
            request_counts={"total": 2, "completed": 2, "failed": 0},
            **{**_DONE, "error_file_id": None},
        ),
        "batch-1",
    ),
    Sent("file-content", jsonl(embedded("two", 2), embedded("one", 1)), "file-8"),
]
_SWAPPED = jsonl(embedded("one", 2), embedded("two", 1))
_B = "flow.batches"
BATCH_EXAMPLES = [
    FlowExample(
        "BATCHES-001", "as asked for", _B, BATCHES, 1, {"answer.endpoint": "/embeddings"}, "endpoint"
    ),
    FlowExample("BATCHES-001", "with its metadata", _B, BATCHES, 1, {"answer.metadata": {}}, "metadata"),
    FlowExample("BATCHES-001", "which is not lost", _B, BATCHES, 1, {"answer.metadata": None}, "no metadata"),
    FlowExample("BATCHES-002", "the right one", _B, BATCHES, 2, {"answer.id": "batch-2"}),
    FlowExample("BATCHES-003", "forward only", _B, BATCHES, 1, {"answer.status": "finalizing"}),
    FlowExample("BATCHES-004", "an end is one", _B, BATCHES, 4, {"answer.status": "failed"}, "status"),
    FlowExample(
        "BATCHES-004", "its files too", _B, BATCHES, 4, {"answer.output_file_id": "x"}, "output_file_id"
    ),
    FlowExample(
        "BATCHES-005", "not too many", _B, BATCHES, 3, {"answer.request_counts.completed": 3}, "too many"
    ),
    FlowExample("BATCHES-005", "not too few", _B, BATCHES, 3, {"answer.request_counts.failed": 0}, "too few"),
    FlowExample(
        "BATCHES-005", "not below zero", _B, BATCHES, 2, {"answer.request_counts.failed": -1}, "below"
    ),
    FlowExample("BATCHES-006", "done is done", _B, BATCHES, 2, {"answer.request_counts.completed": 3}),
    FlowExample("BATCHES-007", "times in order", _B, BATCHES, 3, {"answer.completed_at": NOW + 1}, "order"),
    FlowExample(
        "BATCHES-007", "times in seconds", _B, BATCHES, 3, {"answer.completed_at": NOW * 1000}, "unit"
    ),
    FlowExample(
        "BATCHES-007", "in a list too", _B, BATCHES, 7, {"answer.data.0.expires_at": NOW * 1000}, "unit"
    ),
    FlowExample(
        "BATCHES-008", "the end has its time", _B, BATCHES, 3, {"answer.completed_at": None}, "missing"
    ),
    FlowExample("BATCHES-008", "and no other", _B, BATCHES, 3, {"answer.failed_at": NOW + 3}, "another end"),
    FlowExample(
        "BATCHES-009", "a failure has reasons", _B, BROKEN_INPUT, 2, {"answer.errors": None}, "missing"
    ),
    FlowExample(
        "BATCHES-009", "in words", _B, BROKEN_INPUT, 2, {"answer.errors.data.0.message": ""}, "no message"
    ),
    FlowExample("BATCHES-010", "results lie in files", _B, BATCHES, 3, {"answer.output_file_id": None}),
    FlowExample(
        "BATCHES-010", "not too early", _B, BATCHES, 2, {"answer.output_file_id": "file-8"}, "too early"
    ),
    FlowExample("BATCHES-011", "the input stays", _B, BATCHES, 2, {"answer.input_file_id": "file-2"}),
    FlowExample(
        "BATCHES-011", "a time stays", _B, BATCHES, 4, {"answer.in_progress_at": NOW + 2}, "in_progress_at"
    ),
    FlowExample("BATCHES-012", "a cancellation counts", _B, STOPPED, 2, {"answer.status": "in_progress"}),
    FlowExample(
        "BATCHES-013",
        "and stays so",
        _B,
        STOPPED,
        3,
        {
            "answer": batch(
                "completed", 3, cancelling_at=NOW + 1, completed_at=NOW + 2, output_file_id="file-8"
            )
        },
    ),
    FlowExample("BATCHES-014", "none is lost", _B, BATCHES, 5, {"answer": jsonl(result("two"))}, "lost"),
    FlowExample(
        "BATCHES-014", "none comes twice", _B, BATCHES, 5, {"answer": OUTPUT + jsonl(result("one"))}, "twice"
    ),
    FlowExample(
        "BATCHES-014", "none is unknown", _B, BATCHES, 5, {"answer": OUTPUT + jsonl(result("x"))}, "unknown"
    ),
    FlowExample("BATCHES-015", "lines are JSON", _B, BATCHES, 5, {"answer": OUTPUT + b"{\n"}, "no json"),
    FlowExample(
        "BATCHES-015",
        "with a response",
        _B,
        BATCHES,
        5,
        {"answer": jsonl(result("one"), {"custom_id": "two", "response": None})},
        "response",
    ),
    FlowExample("BATCHES-016", "failures lie apart", _B, BATCHES, 5, {"answer": OUTPUT + ERRORS}, "failed"),
    FlowExample(
        "BATCHES-016", "successes too", _B, BATCHES, 6, {"answer": jsonl(result("three"))}, "succeeded"
    ),
    FlowExample(
        "BATCHES-017", "numbers are true", _B, BATCHES, 5, {"answer": jsonl(result("one"))}, "completed"
    ),
    FlowExample(
        "BATCHES-018",
        "answers are answers",
        _B,
        BATCHES,
        5,
        {"answer": jsonl(result("one", body={"object": "list"}), result("two"))},
    ),
    FlowExample("BATCHES-019", "under its own id", _B, EMBEDDED, 3, {"answer": _SWAPPED}, "another request"),
    FlowExample("BATCHES-020", "output is told as such", _B, BATCHES, 8, {"answer.purpose": "batch"}),
    FlowExample("BATCHES-021", "there is time", _B, BATCHES, 1, {"answer.expires_at": NOW + 3600}),
    FlowExample("FLOW-003", "results are there", _B, BATCHES, 5, {"status": 404, "answer": _ERROR}),
    FlowExample("LISTS-007", "what was made is listed", _B, BATCHES, 7, {"answer.data": []}),
]


def page(*ids: str, more: bool, **query: str) -> Sent:
    entries = [{**batch("validating"), "id": id_} for id_ in ids]
    ends = {"first_id": ids[0], "last_id": ids[-1]} if ids else {}
    return Sent("batch-list", listed(*entries, has_more=more, **ends), query=query)


PAGES = [
    page("b-3", "b-2", "b-1", more=False),
    page("b-3", more=True, limit="1"),
    page("b-2", "b-1", more=False, limit="2", after="b-3"),
    page(more=False, after="b-1"),
]
MADE = [
    Sent("batch-create", {**batch("validating"), "id": "b-1"}, status=201, sent=ASKED),
    Sent("batch-create", {**batch("validating"), "id": "b-2"}, status=201, sent=ASKED),
    page("b-2", more=True, limit="1"),
    page("b-1", more=False, after="b-2"),
]
#: Somebody else makes a batch while the list is read.
GROWN = [
    page("b-2", "b-1", more=False),
    page("b-9", more=True, limit="1"),
    page("b-2", "b-1", more=False, after="b-9"),
]
_L = "flow.lists"
LIST_EXAMPLES = [
    FlowExample("LISTS-004", "a list may grow", _L, GROWN, 2, {"answer.data.0.id": "b-9"}),
    FlowExample("LISTS-001", "nothing twice", _L, PAGES, 0, {"answer.data.1.id": "b-3"}),
    FlowExample("LISTS-002", "a limit is one", _L, PAGES, 1, {"query": {"limit": "0"}}),
    FlowExample("LISTS-003", "it names its first", _L, PAGES, 0, {"answer.first_id": "b-1"}, "first_id"),
    FlowExample("LISTS-003", "it names its last", _L, PAGES, 0, {"answer.last_id": "b-3"}, "last_id"),
    FlowExample("LISTS-004", "pages do not overlap", _L, PAGES, 2, {"answer.data.0.id": "b-3"}),
    FlowExample("LISTS-005", "more is more", _L, PAGES, 1, {"answer.has_more": False}),
    FlowExample("LISTS-005", "an end is one", _L, PAGES, 2, {"answer.has_more": True}),
    FlowExample("LISTS-007", "nothing between the pages", _L, MADE, 3, {"answer.data.0.id": "b-0"}),
    FlowExample("LISTS-006", "a short page goes on", _L, PAGES, 1, {"answer.has_more": False}),
]

EXAMPLES = [*FILE_EXAMPLES, *UPLOAD_EXAMPLES, *BATCH_EXAMPLES, *LIST_EXAMPLES]
