"""The results of the checks for one case of Schemathesis and its response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import aoai_conformance

NO_OPERATION = "http://127.0.0.1:1/openai/deployments/gpt/chats/completions?api-version=2024-10-21"


@pytest.fixture(scope="module")
def checks() -> Any:
    """The module `checked_responses`, which imports Schemathesis."""
    import checked_responses

    return checked_responses


def test_reports_nothing_for_a_valid_response(checks: Any) -> None:
    assert checks.failures(checks.received()) == []


def test_separates_two_rules_and_groups_one(checks: Any) -> None:
    wrong = {**checks.WRONG_USAGE, "object": "text_completion"}
    found = checks.failures(checks.received(wrong))
    assert len(found) >= 2
    assert len({failure.title for failure in found}) == len(set(found)) >= 2
    assert set(found) == set(checks.failures(checks.received(wrong)))


def test_reports_rule_requirement_clause_place_and_values(checks: Any) -> None:
    (failure,) = checks.failures(checks.received(checks.WRONG_USAGE))
    assert failure.title.startswith("USAGE-001: a server must report")
    lines = failure.message.splitlines()
    assert "At:       /usage/total_tokens" in lines
    assert "Expected: 5" in lines
    assert "Actual:   6" in lines
    assert any(line.startswith("Clause:   azure-openai@2024-10-21#/") for line in lines)


def test_leaves_should_to_a_separate_check(checks: Any) -> None:
    wrong = checks.received(checks.WRONG_USAGE)
    assert checks.aoai_should(None, wrong, checks.case()) is None
    with pytest.raises(checks.FailureGroup):
        checks.aoai_must(None, wrong, checks.case())


@pytest.mark.parametrize("version", ["2019-01-01", "%00", ""])
def test_judges_an_unknown_api_version_by_the_newest_stable_document(checks: Any, version: str) -> None:
    url = checks.URL.replace("2024-10-21", version)
    assert checks.broken(checks.received(checks.WRONG_USAGE, url=url)) == ["USAGE-001"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/openai/deployments/gpt/chats/completions?api-version=2024-10-21",
        "http://127.0.0.1:1/",
    ],
)
def test_skips_responses_of_no_operation(checks: Any, url: str) -> None:
    response = checks.received({"no": "answer"}, url=url)
    assert checks.aoai_must(None, response, checks.case()) is True
    assert checks.aoai_should(None, response, checks.case()) is True


def test_reveals_no_key_that_a_server_repeats(checks: Any) -> None:
    found = checks.failures(checks.received({**checks.ANSWER, "object": "tell-no-one"}))
    assert found
    assert not any("tell-no-one" in str(failure) for failure in found)


def test_reads_a_stream(checks: Any) -> None:
    def chunk(id_: str, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        head = {"id": id_, "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "gpt-4o"}
        return {**head, "choices": [choice]}

    asked = {**checks.SENT, "stream": True}
    first, last = chunk("a", {"role": "assistant", "content": "Hi."}), chunk("a", {}, "stop")
    done = b"data: [DONE]\n\n"

    def stream(body: bytes, **options: Any) -> list[str]:
        return checks.broken(checks.received(body, sent=asked, content_type="text/event-stream", **options))

    assert stream(checks.chunks(first, last) + done) == []
    assert stream(checks.chunks(first, last)) == ["SSE-007"]
    assert stream(checks.chunks(first), cut_short=True) == []


def test_no_package_imports_the_checks() -> None:
    package = Path(aoai_conformance.__file__).parent
    naming = [
        path.name
        for path in package.rglob("*.py")
        if "schemathesis_checks" in path.read_text(encoding="utf-8")
    ]
    assert naming == []
