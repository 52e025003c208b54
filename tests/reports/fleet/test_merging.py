"""The summary of a fleet follows from its results alone, in any order, and its reports show all of them."""

from __future__ import annotations

import itertools
import json

import pytest
from jsonschema import Draft202012Validator

from aoai_model.verdict import Tokens
from aoai_reports.fleet.page import fleet_html
from aoai_reports.fleet.result import (
    CauseResult,
    FleetVerdict,
    OperationResult,
    TaskResult,
    failed,
    read_result,
    result_json,
)
from aoai_reports.fleet.summary import FleetSummary, merge
from aoai_reports.fleet.tables import target_groups
from aoai_reports.fleet.text import fleet_text
from aoai_reports.formats.machine.schemas import find_schema
from aoai_reports.record.lines import MoneySpent
from aoai_specs.errors import ConformanceError

GA, PREVIEW = "azure-openai@2024-10-21", "azure-openai@2025-01-01-preview"
CHAT, EMBEDDINGS = "ChatCompletions_Create", "embeddings_create"
HOSTILE = "<script>alert(1)</script>\x1b[31m ##vso[task] \u202e"
VERDICTS: dict[int, FleetVerdict] = {0: "conformant", 1: "nonconformant", 3: "inconclusive"}


def result(target: str, document: str = GA, *causes: CauseResult, code: int = 0, must: int = 0) -> TaskResult:
    return TaskResult(
        target=target,
        document=document,
        verdict=VERDICTS[code],
        code=code,
        folder=f"{target}/{document}",
        requests=10,
        tokens=Tokens(3, 4),
        cost=MoneySpent("USD", 0.1),
        causes=causes,
        operations=(OperationResult(document, CHAT, planned=20, shown=18, must=must),),
    )


def cause(id_: str, violations: int = 1, *, level: str = "must", title: str = "Lacks a field") -> CauseResult:
    return CauseResult(id_, title, "responses", level, violations)


FLEET = (
    result("prod", GA, cause("missing-field:x", 2), code=1, must=2),
    result("prod", PREVIEW),
    result("test", GA, cause("missing-field:x", 1), cause("note", level="may"), code=1, must=1),
    result("edge", GA),
    failed(target="down", document=GA, error="No response."),
)


def test_the_summary_is_the_same_for_every_order() -> None:
    summaries = {json.dumps(merge(each).to_json()) for each in itertools.permutations(FLEET)}
    assert len(summaries) == 1


def test_results_that_come_twice_count_once() -> None:
    assert merge([*FLEET, *FLEET]).to_json() == merge(FLEET).to_json()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [((0, 0), 0), ((0, 3), 3), ((3, 2), 2), ((0, 3, 2, 1), 1), ((), 3)],
)
def test_the_exit_code_is_the_worst_one(codes: tuple[int, ...], expected: int) -> None:
    results = [
        result(str(number), code=code) if code != 2 else failed(target="x", document=GA, error="", code=2)
        for number, code in enumerate(codes)
    ]
    assert merge(results).code == expected


def test_a_planned_task_without_a_result_makes_a_fleet_inconclusive() -> None:
    summary = merge([result("prod")], [f"prod/{GA}", f"test/{GA}"])
    assert (summary.code, summary.verdict, summary.missing) == (3, "inconclusive", (f"test/{GA}",))


def test_a_cause_names_the_targets_that_have_it() -> None:
    first, note = merge(FLEET).causes
    assert (first.id, dict(first.violations)) == ("missing-field:x", {"prod": 2, "test": 1})
    assert note.level == "may"


def test_an_accepted_cause_is_no_open_cause() -> None:
    summary = merge([result("prod", GA, CauseResult("known", "Known", "errors", "must", 0, known=3))])
    assert summary.causes[0].known == 3
    assert "cause" not in fleet_text(summary).partition("Targets with")[0]


def test_an_operation_counts_the_targets_that_fail_it() -> None:
    ga, preview = merge(FLEET).operations
    assert (ga.document, ga.targets, ga.failing) == (GA, ("edge", "prod", "test"), ("prod", "test"))
    assert (preview.failing, preview.planned, preview.shown) == ((), 20, 18)


def test_a_should_violation_fails_an_operation_only_with_strict() -> None:
    def failing(*, strict: bool) -> tuple[str, ...]:
        operation = OperationResult(GA, CHAT, should=1)
        one = TaskResult(
            target="a", document=GA, verdict="conformant", code=0, strict=strict, operations=(operation,)
        )
        return merge([one]).operations[0].failing

    assert (failing(strict=False), failing(strict=True)) == ((), ("a",))


def test_targets_with_the_same_causes_share_a_group() -> None:
    many = [result(f"t{number:03}", GA, cause("same"), code=1) for number in range(200)]
    (group,) = target_groups(merge(many))
    assert (len(group.names), dict(group.violations)) == (200, {"same": 200})


def test_costs_and_tokens_are_added() -> None:
    summary = merge(FLEET)
    assert (summary.requests, summary.tokens, dict(summary.costs)) == (40, Tokens(12, 16), {"USD": 0.4})


def test_the_summary_matches_its_schema() -> None:
    validator = Draft202012Validator(json.loads(find_schema("fleet").text))
    for summary in (merge(FLEET, ["gone/x"]), merge([])):
        assert [error.message for error in validator.iter_errors(summary.to_json())] == []


def test_a_result_survives_its_file() -> None:
    for each in FLEET:
        assert read_result(json.loads(json.dumps(result_json(each))), "result.json") == each


@pytest.mark.parametrize("data", [None, [], {"schema": "other"}, {"schema": result_json(FLEET[0])["schema"]}])
def test_a_damaged_result_is_reported_with_its_file(data: object) -> None:
    with pytest.raises(ConformanceError, match=r"here/result\.json is"):
        read_result(data, "here/result.json")


def hostile() -> FleetSummary:
    bad = cause(HOSTILE, title=HOSTILE)
    return merge([result("a", GA, bad, code=1), failed(target="b", document=HOSTILE, error=HOSTILE)])


def test_the_text_shows_hostile_names_as_text() -> None:
    text = fleet_text(hostile())
    assert "\x1b" not in text
    assert "##vso[" not in text
    assert "\u202e" not in text


def test_the_page_shows_hostile_names_as_text() -> None:
    page = fleet_html(hostile())
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_the_page_links_each_result_to_its_report() -> None:
    page = fleet_html(merge(FLEET))
    assert 'href="prod/azure-openai%402024-10-21/report.html"' in page
    assert "No response." in page
    assert "2 of 3 fail" in page


def test_the_text_is_short_for_many_targets() -> None:
    results = [
        result(f"t{number:05}", GA, cause(f"c{number % 40}"), code=1, must=1) for number in range(10_000)
    ]
    text = fleet_text(merge(results))
    assert len(text.splitlines()) < 80
    assert "… and 20 more causes" in text
    assert "10,000 targets" in text
