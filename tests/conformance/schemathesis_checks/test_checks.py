"""The results of the checks for one case of Schemathesis and its response."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup

import aoai_conformance
from aoai_conformance.schemathesis_checks import BrokenRule, aoai_must, aoai_should
from aoai_specs.catalogue import Catalogue

SCHEMA = schemathesis.openapi.from_dict(
    dict(Catalogue.packaged().load("2024-10-21", as_published=True).content)
)
PATH = "/deployments/{deployment-id}/chat/completions"
URL = "http://127.0.0.1:1/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
SENT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi."}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello.", "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": USAGE,
}


def received(
    answer: object = ANSWER,
    *,
    url: str = URL,
    sent: object = SENT,
    content_type: str = "application/json",
    cut_short: bool = False,
    **headers: str,
) -> schemathesis.Response:
    request = requests.Request(
        "POST", url, json=sent, headers={"api-key": "tell-no-one", **headers}
    ).prepare()
    return schemathesis.Response(
        status_code=200,
        headers={"Content-Type": [content_type]},
        content=answer if isinstance(answer, bytes) else json.dumps(answer).encode(),
        request=request,
        elapsed=0.1,
        verify=True,
        stream_cut_short=cut_short,
    )


def case() -> schemathesis.Case[Any]:
    return SCHEMA[PATH]["POST"].Case(body=SENT)


def failures(response: schemathesis.Response) -> list[Failure]:
    """Every failure of both checks."""
    found: list[Failure] = []
    for check in (aoai_must, aoai_should):
        try:
            assert check(None, response, case()) is None  # type: ignore[arg-type]
        except FailureGroup as group:
            found.extend(group.exceptions)
    return found


def broken(response: schemathesis.Response) -> list[str]:
    return [failure.rule.id for failure in failures(response) if isinstance(failure, BrokenRule)]


def chunks(*objects: object) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in objects)


def test_reports_nothing_for_a_valid_response() -> None:
    assert failures(received()) == []


def test_separates_two_rules_and_groups_one() -> None:
    wrong = {**ANSWER, "object": "text_completion", "usage": {**USAGE, "total_tokens": 6}}
    found = failures(received(wrong))
    assert len(found) >= 2
    assert len({failure.title for failure in found}) == len(set(found)) >= 2
    assert set(found) == set(failures(received(wrong)))


def test_reports_rule_requirement_clause_place_and_values() -> None:
    (failure,) = failures(received({**ANSWER, "usage": {**USAGE, "total_tokens": 6}}))
    assert failure.title.startswith("USAGE-001: a server must report")
    lines = failure.message.splitlines()
    assert "At:       /usage/total_tokens" in lines
    assert "Expected: 5" in lines
    assert "Actual:   6" in lines
    assert any(line.startswith("Clause:   azure-openai@2024-10-21#/") for line in lines)


def test_leaves_should_to_a_separate_check() -> None:
    wrong = received({**ANSWER, "usage": {**USAGE, "total_tokens": 6}})
    assert aoai_should(None, wrong, case()) is None  # type: ignore[arg-type]
    with pytest.raises(FailureGroup):
        aoai_must(None, wrong, case())  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["2019-01-01", "%00", ""])
def test_judges_an_unknown_api_version_by_the_newest_stable_document(version: str) -> None:
    wrong = {**ANSWER, "usage": {**USAGE, "total_tokens": 6}}
    assert broken(received(wrong, url=URL.replace("2024-10-21", version))) == ["USAGE-001"]


@pytest.mark.parametrize("url", [URL.replace("/chat/", "/chats/"), "http://127.0.0.1:1/"])
def test_skips_responses_of_no_operation(url: str) -> None:
    response = received({"no": "answer"}, url=url)
    assert aoai_must(None, response, case()) is True  # type: ignore[arg-type]
    assert aoai_should(None, response, case()) is True  # type: ignore[arg-type]


def test_reveals_no_key_that_a_server_repeats() -> None:
    found = failures(received({**ANSWER, "object": "tell-no-one"}))
    assert found
    assert not any("tell-no-one" in str(failure) for failure in found)


def test_reads_a_stream() -> None:
    def chunk(id_: str, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        head = {"id": id_, "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o"}
        return {**head, "choices": [choice]}

    asked = {**SENT, "stream": True}
    first, last = chunk("a", {"role": "assistant", "content": "Hi."}), chunk("a", {}, "stop")
    done = b"data: [DONE]\n\n"

    def stream(body: bytes, **options: Any) -> list[str]:
        return broken(received(body, sent=asked, content_type="text/event-stream", **options))

    assert stream(chunks(first, last) + done) == []
    assert stream(chunks(first, last)) == ["SSE-007"]
    assert stream(chunks(first), cut_short=True) == []


def test_no_package_imports_the_checks() -> None:
    package = Path(aoai_conformance.__file__).parent
    naming = [
        path.name
        for path in package.rglob("*.py")
        if "schemathesis_checks" in path.read_text(encoding="utf-8")
    ]
    assert naming == []
