"""Valid variants of stored objects: the newer rules about them accept what other servers may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import examples_details as details
import pytest
from examples_operations import (
    FAILED,
    IMAGES,
    JOBS,
    MODELS,
    ORDERED,
    PICTURE,
    STARTED,
    deployment,
    job,
    model,
)
from examples_stored import ASKED, CANCELLED, PAGES, UPLOADS, batch, file, jsonl, listed, put, result
from flows_by_hand import NOW, Sent, changed, document, exchanges
from test_flow_rules_by_example import verdicts, violations

from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named, rules
from aoai_model.verdict import Verdict
from claims import for_each

_TOPICS = {
    *("upload_files", "file_lists", "new_resources", "moments", "list_entries", "deployed_models"),
    *("batch_errors", "batch_progress", "batch_lines", "ingestion_ends", "image_results", "named_models"),
}
NEW = {each.id for each in rules() if each.topic in _TOPICS}


def judged(kind: str, steps: list[Sent]) -> list[Verdict]:
    return [each for each in verdicts(kind, exchanges(kind, steps)) if each.rule_id in NEW]


def with_(steps: Any, step: int, **change: Any) -> list[Sent]:
    return changed(steps, step, {name.replace("__", "."): value for name, value in change.items()})


def blamed_lines(line: Any, code: str = "invalid_json_line") -> list[Sent]:
    return details.failed(code, line)


_U, _F, _L, _B, _D = "flow.uploads", "flow.files", "flow.lists", "flow.batches", "flow.deployments"
_OUTPUT_LATER = {
    **details.WHOLE[2].answer,
    "status": "finalizing",
    "output_file_id": None,
    "completed_at": None,
}
_RENAMED = [
    details.ANSWERING[0],
    Sent("deployment-list", listed({**deployment("A-Deployment", "gpt-4o")}), document=MODELS),
    details.ANSWERING[2],
]
_SIGNED = [f"{PICTURE}?sig=1", f"{PICTURE}?sig=2"]

LAWFUL: dict[str, tuple[str, list[Sent]]] = {
    "an upload says nothing of a file": (_U, list(UPLOADS)),
    "an upload has a file of null": (_U, with_(CANCELLED, 0, answer__file=None)),
    "a part is stored a minute before its upload by another clock": (
        _U,
        with_(UPLOADS, 1, answer__created_at=NOW - 60),
    ),
    "a part comes at the end of the hour": (_U, with_(UPLOADS, 2, answer__created_at=NOW + 3600)),
    "a file of an upload is processed later": (
        _U,
        with_(details.DESCRIBED, 3, answer__file__status="pending"),
    ),
    "the file of an upload has failed in the meantime": (
        _U,
        with_(with_(details.DESCRIBED, 3, answer__file__status="running"), 5, answer__status="error")[:6],
    ),
    "parts have no blocks": (_U, UPLOADS),
    "a list that goes on lacks a file": (
        _U,
        with_(details.DESCRIBED, 6, answer=listed(file("file-x"), has_more=True)),
    ),
    "a list for another purpose lacks a file": (
        _U,
        with_(details.DESCRIBED, 6, answer=listed(), query={"purpose": "vision"}),
    ),
    "somebody deletes a file between two lists": (
        _L,
        with_(with_(details.BETWEEN, 1, answer=listed()), 2, answer=listed()),
    ),
    "somebody uploads a file between two lists": (_L, with_(details.BETWEEN, 0, answer=listed())),
    "a deleted file is listed as such": (
        _L,
        with_(details.BETWEEN, 1, answer=listed(file("file-0", purpose="fine-tune", status="deleting"))),
    ),
    "a list has pages": (
        _L,
        with_(details.BETWEEN, 1, answer=listed(file("file-x", purpose="fine-tune"), has_more=True)),
    ),
    "a server sends no date": (_F, with_(details.DATED, 0, headers=put().headers)),
    "clocks differ by some minutes": (_F, with_(details.DATED, 0, answer__created_at=NOW + 300)),
    "a date cannot be read": (_F, with_(details.DATED, 1, headers=(("date", "today"),))),
    "an error names the line from nought": (_B, blamed_lines(1)),
    "an error names the line in text": (_B, blamed_lines("2")),
    "an error names no line": (_B, blamed_lines(None)),
    "an error is of another code": (_B, blamed_lines(3, "model_not_found")),
    "an error of an empty file names its first line": (
        _B,
        with_(details.failed("empty_file", 1, b""), 2, answer__request_counts=None),
    ),
    "a page of what was selected is empty": (
        _L,
        [Sent("batch-list", listed(has_more=True), query={"$filter": "status eq 'failed'"})],
    ),
    "a single error is no list": (
        _B,
        with_(details.INVALID, 2, answer__errors__data={"code": "x", "message": "No.", "line": 2}),
    ),
    "a batch with failures has errors": (
        _B,
        with_(
            details.WHOLE,
            2,
            answer__errors={"object": "list", "data": [{"code": "x", "message": "No."}]},
            answer__request_counts={"total": 3, "completed": 2, "failed": 1},
        ),
    ),
    "counts are nought while validating": (
        _B,
        with_(details.SOUND, 1, answer__request_counts={"total": 0, "completed": 0, "failed": 0}),
    ),
    "counts come late": (
        _B,
        with_(details.SOUND, 2, answer__request_counts={"total": 0, "completed": 0, "failed": 0}),
    ),
    "invalid requests are counted while validating": (
        _B,
        with_(details.SOUND, 1, answer__request_counts={"total": 3, "completed": 0, "failed": 1}),
    ),
    "times that are not there yet are nought": (
        _B,
        with_(details.SOUND, 1, answer__finalizing_at=0, answer__in_progress_at=0),
    ),
    "results are named when the batch is finalizing": (
        _B,
        [*details.WHOLE[:2], Sent("batch-get", {**_OUTPUT_LATER, "output_file_id": "file-8"}, "batch-1")],
    ),
    "a batch without mistakes leaves only a file of results": (_B, details.WHOLE),
    "results have no ids": (
        _B,
        with_(
            details.SOUND,
            5,
            answer=jsonl(*({k: v for k, v in result(i).items() if k != "id"} for i in ("two", "one"))),
        ),
    ),
    "an error is told by the line": (
        _B,
        with_(
            details.SOUND,
            6,
            answer=jsonl({"custom_id": "three", "response": None, "error": {"code": "x", "message": "No."}}),
        ),
    ),
    "an error's body is text": (
        _B,
        with_(details.SOUND, 6, answer=jsonl(result("three", status=400, body={"message": "No."}))),
    ),
    "an empty page has ends of null": (
        _L,
        with_(PAGES, 3, answer={**listed(has_more=False), "first_id": None, "last_id": None}),
    ),
    "a page of none goes on": (
        _L,
        [Sent("batch-list", listed(has_more=True), query={"limit": "0"})],
    ),
    "a deployment is listed in other letters": (_D, _RENAMED),
    "a list of deployments goes on": (
        _D,
        with_(details.ANSWERING, 1, answer={**listed(), "nextLink": "https://example.com/2"}),
    ),
    "a model is listed with its version": (
        _D,
        with_(details.ANSWERING, 0, answer__data__0__id="gpt-4o-2024-08-06"),
    ),
    "a model says nothing of what it can do": (
        _D,
        with_(details.ANSWERING, 0, answer=listed(model("gpt-4o"))),
    ),
    "a deployment is updated between two lists": (
        _L,
        [
            Sent("deployment-list", listed({**deployment("d", "gpt-4o"), "updated_at": at}), document=MODELS)
            for at in (NOW, NOW + 5)
        ],
    ),
    "nothing is deployed and no model is listed": (
        _L,
        [Sent(kind, listed(), document=MODELS) for kind in ("model-list", "deployment-list")],
    ),
    "a capacity is nought": (
        _D,
        with_(details.ANSWERING, 1, answer__data__0__scale_settings__capacity=0),
    ),
    "a job with warnings has left something out": (
        "flow.ingestion",
        with_(details.ENDED, 2, answer=job("succeeded", 4, warnings=["One document is empty."])),
    ),
    "a job has a status that is not documented": (
        "flow.ingestion",
        with_(STARTED, 1, answer__status="queued"),
    ),
    "a job without an error has an error of null": (
        "flow.ingestion",
        [*STARTED[:1], Sent("ingestion-status", {**job("running"), "error": None}, "job-1", document=JOBS)],
    ),
    "a job that was asked to keep keeps": (
        "flow.ingestion",
        [
            Sent(
                "ingestion-start",
                job("running", completionAction="keepAllAssets"),
                "job-1",
                sent={"dataRefreshIntervalInMinutes": 0, "completionAction": "keepAllAssets"},
                document=JOBS,
            )
        ],
    ),
    "a start is not told the size of its pieces": (
        "flow.ingestion",
        with_(details.CHUNKED, 0, answer__chunkSize=None),
    ),
    "an order that failed has no result": ("flow.images", list(FAILED)),
    "an order has no error": ("flow.images", with_(ORDERED, 2, answer__error={})),
    "an image of an order could not be made": (
        "flow.images",
        with_(
            ORDERED,
            2,
            answer__result__data=[{"url": PICTURE}, {"error": {"code": "x", "message": "No."}}],
        ),
    ),
    "images differ by their signatures alone": (
        "flow.images",
        with_(ORDERED, 2, answer__result__data=[{"url": url} for url in _SIGNED]),
    ),
    "an unknown model is refused as a bad request": ("none", [replace(details.UNKNOWN_MODEL, status=400)]),
    "an unknown model is refused as an unprocessable one": (
        "none",
        [replace(details.UNKNOWN_MODEL, status=422)],
    ),
}


@for_each(LAWFUL, group=lambda name: LAWFUL[name][0], name=str)
def test_a_valid_flow_has_no_violations(name: str) -> None:
    kind, steps = LAWFUL[name]
    assert violations(judged(kind, steps)) == []


def test_an_endpoint_of_one_model_may_ignore_the_name() -> None:
    (exchange,) = exchanges("none", [replace(details.UNKNOWN_MODEL, status=200, answer={})]).values()
    alone = replace(exchange.request, url=exchange.request.url.replace("/models/", "/"))
    operation = document(exchange.case.document).operation(exchange.case.operation)
    (verdict,) = judge(replace(exchange, request=alone), operation, [rule_named("MODEL-001")])
    assert verdict.outcome == "not_applicable"


NOTHING: dict[str, Any] = {"an empty object": {}, "an empty list": [], "no body": b"", "a bare list": [{}]}
KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "azure-openai@2025-01-01-preview": (
        *(
            ("file-upload", ""),
            ("file-list", ""),
            ("file-get", "f"),
            ("upload-create", ""),
            ("upload-part", "u"),
        ),
        *(("upload-complete", "u"), ("upload-cancel", "u"), ("batch-create", ""), ("batch-get", "b")),
        *(("batch-list", ""), ("images", "")),
    ),
    IMAGES: (("image-submit", ""), ("image-status", "o")),
    JOBS: (("ingestion-start", "j"), ("ingestion-status", "j"), ("ingestion-list", "")),
    MODELS: (("model-list", ""), ("deployment-list", "")),
}
FLOW_KINDS = ("flow.files", _U, _B, _L, _D, "flow.images", "flow.ingestion")


@pytest.mark.parametrize("described", KINDS)
@pytest.mark.parametrize("body", NOTHING)
def test_no_rule_passes_an_empty_body(described: str, body: str) -> None:
    steps = [
        Sent(kind, NOTHING[body], resource, document=described, sent=ASKED, headers=details.DATE)
        for kind, resource in KINDS[described]
    ]
    outcomes = {
        (each.rule_id, each.outcome)
        for kind in FLOW_KINDS
        for each in judged(kind, steps)
        if each.outcome != "not_applicable"
    }
    assert outcomes == set()


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, True], ids=repr)
def test_wrong_types_are_left_to_the_schema_rules(value: Any) -> None:
    at_work = batch("in_progress")
    steps = [
        put(),
        *(Sent("batch-get", {**at_work, name: value}, "batch-1") for name in at_work if name != "status"),
        *(Sent("file-list", listed({**file(), name: value})) for name in file()),
    ]
    assert violations(judged(_B, steps)) == []
