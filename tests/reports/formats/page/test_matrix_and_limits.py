"""The matrix, the number lines and the clauses of report.html."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from aoai_model.case import Point
from aoai_model.verdict import PointsShown
from aoai_reports.formats.html import html_text
from aoai_reports.formats.page.boundaries import NumberLine, Sample, SampleResult, number_lines, number_text
from aoai_reports.formats.page.clauses import clauses_of
from aoai_reports.formats.page.matrix import Matrix, differences_of, matrix_of, results_of
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import summarize
from aoai_reports.results.tallies import WHYS

NEWER = "azure-openai@2025-01-01"


def matrix(record: Record, **options: Any) -> Matrix:
    columns = dict.fromkeys((each.document, each.operation) for each in record.exchanges)
    return matrix_of(results_of(summarize(record, **options), record, tuple(columns)))


def states(found: Matrix) -> dict[str, str | None]:
    return {topic: cells[0] and cells[0].status for topic, cells in found.rows}


def test_a_cell_has_the_worst_result_of_its_rules(build: Any) -> None:
    record = build.record(
        build.broken("a", build.violation()),
        build.exchange("b", verdicts={"CHAT-003": "inconclusive", "CHAT-011": "pass"}),
        rule_operations={"IMAGES-004": (build.chat,)},
    )
    assert states(matrix(record)) == {
        "usage": "violated", "schema_rules": "passed", "chat": "inconclusive", "images": "untested",
    }  # fmt: skip


def test_a_cell_whose_violations_are_all_accepted_is_known(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    assert states(matrix(record, known=lambda _: "ours"))["usage"] == "known"


def test_a_cell_without_an_applicable_rule_is_empty(build: Any) -> None:
    found = matrix(build.conformant())
    (row,) = [cells for topic, cells in found.rows if topic == "embeddings"]
    by_operation = dict(zip(found.columns, row, strict=True))
    assert by_operation[build.document, build.embeddings] is not None
    other = build.record(
        build.exchange("a"), build.exchange("b", operation="X", verdicts={"EMB-002": "pass"})
    )
    assert None in dict(matrix(other).rows)["embeddings"]


def test_topics_with_violations_come_first(build: Any) -> None:
    found = matrix(build.nonconformant())
    counts = [sum(cell.entries for cell in cells if cell) for _, cells in found.rows]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0


def test_each_cell_links_to_a_view_and_says_what_it_holds(build: Any) -> None:
    record = build.record(build.broken("a", build.violation()))
    text = html_text(summarize(record), record)
    cell = re.search(r'<a class="cell violated" href="([^"]+)" aria-label="([^"]+)"', text)
    assert cell is not None
    assert cell.group(1) == f"#?topic=usage&amp;operation={build.chat}"
    assert cell.group(2) == f"usage, {build.chat}: 1 violation; rules: 1 violated"


def two_versions(build: Any) -> Record:
    return build.record(  # type: ignore[no-any-return]
        build.exchange("a", verdicts={"USAGE-001": "pass", "CHAT-003": "pass"}),
        build.broken("b", build.violation(), document=NEWER),
        documents=(build.document, NEWER),
    )


def test_rules_with_different_results_in_two_versions_are_compared(build: Any) -> None:
    record = two_versions(build)
    results = results_of(summarize(record), record, ())
    (difference,) = differences_of(results, record.header.documents)
    assert (difference.rule, difference.statuses) == ("USAGE-001", ("passed", "violated"))
    assert "Api-versions compared" in html_text(summarize(record), record)


def test_the_documents_of_one_operation_are_next_to_each_other(build: Any) -> None:
    record = build.record(
        build.exchange("a"),
        build.exchange("b", operation="Other"),
        build.exchange("c", document=NEWER, operation=build.chat.lower()),
    )
    assert [operation.lower() for _, operation in matrix(record).columns] == [
        build.chat.lower(), build.chat.lower(), "other",
    ]  # fmt: skip


def test_a_run_of_one_document_compares_no_versions(build: Any) -> None:
    record = build.nonconformant()
    assert "Api-versions compared" not in html_text(summarize(record), record)


# -- number lines ----------------------------------------------------------------------------------


def limited(build: Any, value: Any, place: str, expect: str, status: int, field: str = "n") -> Any:
    keyword = "maximum" if isinstance(value, int) else "maxItems" if isinstance(value, list) else "maxLength"
    point = Point(f"{field}.{keyword}:{place}", f"{field}.{keyword}", expect, "must", "doc#/n", ())  # type: ignore[arg-type]
    line = build.exchange(f"{field}-{place}", {field: value}, points=(point,), expect=expect)
    return replace(line, response=replace(line.response, status=status))


def only(*lines: Any, build: Any) -> NumberLine:
    (found,) = number_lines(build.record(*lines), {})
    return found


def test_a_number_line_has_accepted_and_rejected_values_and_the_limit(build: Any) -> None:
    line = only(
        limited(build, 129, "above", "reject", 200),
        limited(build, 128, "at", "accept", 200),
        limited(build, 500, "far-above", "reject", 400),
        build=build,
    )
    assert line.limits == (("maximum", 128),)
    assert [(each.value, each.result, each.wrong) for each in line.samples] == [
        (128, "accepted", False), (129, "accepted", True), (500, "rejected", False),
    ]  # fmt: skip
    assert [each.allowed for each in line.samples] == [True, False, False]


@pytest.mark.parametrize(
    ("value", "measure", "length"), [("abc", "characters", 3), (["a", "b"], "items", 2), (7, "value", 7)]
)
def test_a_length_is_what_the_keyword_measures(build: Any, value: Any, measure: str, length: int) -> None:
    line = only(limited(build, value, "at", "accept", 200), build=build)
    assert (line.measure, line.samples[0].value) == (measure, length)


@pytest.mark.parametrize(("expect", "allowed"), [("accept", True), ("reject", False), ("any", False)])
def test_a_value_is_allowed_only_if_the_document_allows_it(build: Any, expect: str, allowed: bool) -> None:
    line = only(limited(build, 129, "above", expect, 200), build=build)
    assert line.limits == ()
    assert [each.allowed for each in line.samples] == [allowed]


def test_a_failure_of_the_server_is_neither_accepted_nor_rejected(build: Any) -> None:
    line = only(limited(build, 129, "above", "reject", 500), build=build)
    assert [(each.result, each.wrong) for each in line.samples] == [("failed", True)]
    assert line.limits == ()


def test_a_response_about_something_else_is_no_sample(build: Any) -> None:
    assert number_lines(build.record(limited(build, 129, "above", "reject", 401)), {}) == ()
    assert number_lines(build.record(build.failed("x", points=build.points("n.maximum:at"))), {}) == ()


@pytest.mark.parametrize("status", [400, 500])
def test_a_rejection_of_several_points_says_nothing_about_each(build: Any, status: int) -> None:
    first = limited(build, 128, "at", "accept", status)
    second = limited(build, 2, "at", "accept", status, field="temperature")
    body = b'{"n": 128, "temperature": 2}'
    packed = replace(first, points=(*first.points, *second.points), request=replace(first.request, body=body))
    assert number_lines(build.record(packed), {}) == ()
    accepted = replace(packed, response=replace(packed.response, status=200))
    lines = number_lines(build.record(accepted), {})
    assert [(line.field, line.samples[0].result) for line in lines] == [
        ("n", "accepted"), ("temperature", "accepted"),
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["not_applicable", "not_shown"])
def test_a_value_about_which_the_response_shows_nothing_is_no_sample(build: Any, state: Any) -> None:
    line = replace(limited(build, 128, "at", "accept", 400), shown=PointsShown(state))
    assert number_lines(build.record(line), {}) == ()


def test_a_value_that_the_request_lacks_is_no_sample(build: Any) -> None:
    line = build.exchange("x", points=build.points("absent.maximum:at"))
    assert (
        number_lines(build.record(line, replace(line, request=replace(line.request, body=b"\xff"))), {}) == ()
    )


@pytest.mark.parametrize(("value", "text"), [(2.0, "2"), (0.1, "0.1"), (5e-324, "5e-324"), (1e20, "1e+20")])
def test_a_number_is_written_as_in_json(value: float, text: str) -> None:
    assert number_text(value) == text


# -- clauses ---------------------------------------------------------------------------------------


def test_a_clause_names_its_rules_and_counts_its_points(build: Any) -> None:
    record = build.run_of(
        build.exchange("a", points=build.points("temperature.maximum:at", "temperature.maximum:inside"))
    )
    clauses, left_out = clauses_of(summarize(record), record)
    assert left_out == 0
    by_address = {each.address.rpartition("/")[2]: each for each in clauses}
    assert by_address["completionUsage"].rules == ("USAGE-001",)
    assert by_address["temperature"].points == (("shown_correct", 2),)


def test_every_reason_for_an_untested_rule_has_a_sentence(build: Any) -> None:
    record = build.record(build.exchange())
    for why in WHYS:
        summary = replace(summarize(record), untested_why={why: ("IMAGES-004",)})
        assert "<b>Untested: " in html_text(summary, record)


def test_a_wrong_value_leads_to_its_violation(build: Any) -> None:
    key = (build.document, build.chat, "n.maximum:above")
    (line,) = number_lines(build.record(limited(build, 129, "above", "reject", 200)), {key: "f00d"})
    assert [each.entry for each in line.samples] == ["f00d"]


def test_a_cell_with_notes_only_is_no_failure(build: Any) -> None:
    record = build.record(build.broken("a", build.violation("SCHEMA-002", pointer="/x")))
    (cell,) = [cells[0] for topic, cells in matrix(record).rows if topic == "schema_rules"]
    assert cell is not None
    assert (cell.status, cell.level) == ("violated", "may")
    assert "violated may" in html_text(summarize(record), record)


@pytest.mark.parametrize("result", ["accepted", "rejected", "failed"])
def test_a_value_that_a_server_may_accept_or_reject_is_never_wrong(result: SampleResult) -> None:
    assert not Sample(1.0, result, "any", "case").wrong


def test_a_value_is_wrong_if_the_server_does_otherwise_than_the_contract() -> None:
    assert Sample(1.0, "rejected", "accept", "case").wrong
    assert Sample(1.0, "failed", "reject", "case").wrong
    assert not Sample(1.0, "rejected", "reject", "case").wrong


def test_a_table_of_rules_has_the_tested_ones_and_a_list_the_others(build: Any) -> None:
    record = build.conformant()
    summary = summarize(record)
    section = (
        html_text(summary, record).partition('<section id="rules">')[2].partition('<section id="clauses">')[0]
    )
    rows = re.findall(r'<th scope="row" class="mono">(.*?)</th>', section)
    names = re.findall(r'<span class="badge">([A-Z-]+-[0-9]+)</span>', section)
    assert "IMAGES-004" in summary.untested
    assert (names, sorted(rows)) == (list(summary.untested), sorted(summary.rules.keys() - set(names)))
